/* transforms/transforms.h: a data set made from another: one row a transform, with its parameters and what it
 * does to one sample. transform_apply.c does the rest for all of them: parts, threads, progress, files. */
#ifndef RC_TRANSFORMS_TRANSFORMS_H
#define RC_TRANSFORMS_TRANSFORMS_H

#include <stdint.h>

#include "base/parameter.h"
#include "formats/container.h"

enum { RC_TRANSFORM_PARAMETERS = 8 };

typedef struct rc_transform_options {
    uint64_t seed;
    double parameter[RC_TRANSFORM_PARAMETERS];
} rc_transform_options;

typedef enum rc_transform_part {
    RC_TRANSFORM_TRAIN,
    RC_TRANSFORM_VALID,
    RC_TRANSFORM_TEST,
    RC_TRANSFORM_PARTS
} rc_transform_part;
#define RC_TRANSFORM_PART_NAMES "train|valid|test"

/* One sample as float32, and where it stands. */
typedef struct rc_transform_sample {
    int64_t index; /* in its part */
    rc_transform_part part;
    const float *x; /* of the shape that `open` was given */
    int64_t label;  /* -1 without classes */
    int64_t length; /* of a record that is shorter than its row; else the row's */
} rc_transform_sample;

typedef struct rc_transform {
    const char *name, *about;
    const rc_parameter *parameters;
    rc_dtype dtype; /* of the new x */
    /* `in` is a sample's shape; gives the new one's. */
    rc_status (*open)(const rc_transform_options *o, rc_shape in, rc_shape *out, void **context);
    void (*close)(void *context);
    /* How many new samples come of one (NULL: 1), and the k-th of them. */
    int64_t (*count)(const void *context, const rc_transform_sample *s);
    rc_status (*run)(const void *context, const rc_transform_sample *s, int64_t k, void *out);
} rc_transform;

extern const rc_transform *const rc_transform_table[];
extern const int rc_transform_count;
rc_status rc_transform_find(const char *name, const rc_transform **out) RC_MUST_CHECK;
rc_transform_options rc_transform_defaults(const rc_transform *t);
rc_status rc_transform_assign(const rc_transform *t, const char *assignment,
                              rc_transform_options *io) RC_MUST_CHECK;

typedef struct rc_transform_report {
    int64_t n_in[RC_TRANSFORM_PARTS], n_out[RC_TRANSFORM_PARTS]; /* train, valid, test */
    rc_shape x_in, x_out;                                        /* of a sample */
    rc_texts notes;                                              /* of the data set that was read */
} rc_transform_report;
void rc_transform_report_free(rc_transform_report *report);
/* From a data set's folder to a new folder: x transformed, y kept (repeated where one sample becomes several,
 * with group_PART.npy then naming the sample each came of, if there were no groups before). On failure
 * nothing is left behind. */
rc_status rc_transform_apply(const rc_transform *t, const rc_transform_options *o, const char *from,
                             const char *to, rc_transform_report *report) RC_MUST_CHECK;

#endif
