/* commands/raw_input.h: files that are no arrays yet, by the encoders of a run or a data set. */
#ifndef RC_COMMANDS_RAW_INPUT_H
#define RC_COMMANDS_RAW_INPUT_H

#include "importers/encoders.h"
#include "tasks/task.h"

#define RC_STANDARD_INPUT "-"
/* Those of a data set that was imported, or of a run; NULL: its data were not imported, or by a version that
 * kept none. */
rc_status rc__encoders_of(const char *path, rc_encoders **out) RC_MUST_CHECK;

typedef struct rc__raw_input {
    const char *run; /* borrowed */
    rc_encoders *encoders;
    rc_raw *raw;
    int standard_input; /* 1 + the file that holds what came from there; 0: none */
} rc__raw_input;
/* The run's encoders, or NULL; then what they are to encode. path: "-" is standard input. labels: they are
 * required. To be closed in any case. */
rc_status rc__raw_input_begin(const rc_task *t, const char *run, rc__raw_input *out) RC_MUST_CHECK;
rc_status rc__raw_input_open(const char *path, bool labels, const char *encoding,
                             rc__raw_input *r) RC_MUST_CHECK;
void rc__raw_input_close(rc__raw_input *r);
/* Is it something else than a data set, so that encoders are needed? */
rc_status rc__is_raw(const char *path, bool *raw) RC_MUST_CHECK;
/* Into j's "notes", and to whoever follows the work. */
rc_status rc__raw_input_notes(const rc__raw_input *r, rc_json *j) RC_MUST_CHECK;

#endif
