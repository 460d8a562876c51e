/* commands/outputs.h: the files that results go to, and numbers as a table in one of them. */
#ifndef RC_COMMANDS_OUTPUTS_H
#define RC_COMMANDS_OUTPUTS_H

#include "formats/array_file.h"

/* Endings that an output may have, NULL-ended; the first is also what streams get: standard output ("-"),
 * pipes. */
extern const char *const rc__output_numbers[], *const rc__output_pages[], *const rc__output_lines[];
enum { RC__CSV, RC__NPY, RC__JSONL }; /* places in rc__output_numbers */
/* Refuses what has another ending, or cannot be written. kind: which ending it is; may be NULL. */
rc_status rc__output_check(const char *output, const char *const *endings, int *kind) RC_MUST_CHECK;

enum { RC__OUTPUT_ID = 320 };
/* Numbers of samples, [n, ...]: as .npy; as CSV with a header and a line a sample; or as JSON, an object a
 * line. A column is called by `prefix` and the name of its class, or its place: "p_cat", "feature_7",
 * "value_0_3"; a lone one by the prefix alone; or by its own name alone. Of classes a column "class" comes
 * first, the one with the largest number. Where samples are called something, "id" is in front. */
typedef struct rc__numbers {
    const char *prefix;
    bool classes;
    double threshold;        /* of two classes (rc_decide); 0: none */
    bool alone;              /* names are whole */
    const char *const *name; /* of the columns, or NULL */
    void *context;           /* NULL: samples are not called anything */
    void (*id)(void *context, int64_t i, char text[RC__OUTPUT_ID]);
    int64_t at; /* the sample whose row comes next */
    rc_shape shape;
    int kind;
    rc_file_writer w;
} rc__numbers;
/* All in front of kind is filled in. On success rc__numbers_end is due. */
rc_status rc__numbers_begin(const char *output, rc__numbers *io) RC_MUST_CHECK;
rc_status rc__numbers_add(rc__numbers *f, int64_t n, const float *rows) RC_MUST_CHECK;
/* Gives the outcome: keeps the file if all went well. */
rc_status rc__numbers_end(rc__numbers *f, rc_status status) RC_MUST_CHECK;
/* An interruption of what was to be written as a whole, in words; any other outcome as it is. */
rc_status rc__nothing_written(rc_status status) RC_MUST_CHECK;

#endif
