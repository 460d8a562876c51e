/* generators/generator.h: a data set that is made (by solving an equation, or up) is one row: its name, its
 * parameters, what a sample looks like, and a worker that makes samples. generate.c does the rest for all of
 * them: threads, progress, interruption, files. */
#ifndef RC_GENERATORS_GENERATOR_H
#define RC_GENERATORS_GENERATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"
#include "base/parameter.h"
#include "base/rng.h"
#include "base/text.h"

enum { RC_GENERATOR_PARAMETERS = 8 };

typedef struct rc_generate_options {
    int64_t n_train, n_test, resolution;
    uint64_t seed;
    double parameter[RC_GENERATOR_PARAMETERS]; /* in the order of the generator's list */
} rc_generate_options;

typedef struct rc_generator {
    const char *name, *about;
    int64_t n_train, n_test;      /* defaults */
    int64_t resolution, min, max; /* points each way of what is written */
    const rc_parameter *parameters;
    int dims;                   /* 1: [N, C, R]; 2: [N, C, R, R] */
    int x_channels, y_channels; /* y_channels 0: one field, without a channel axis */
    bool labels;                /* y is a class instead, written as whole numbers [N] */
    /* What one thread needs to make samples; `sample` may only depend on the options and on rng. */
    rc_status (*open)(const rc_generate_options *o, void **worker);
    rc_status (*sample)(void *worker, rc_rng *rng, float *x, float *y);
    void (*close)(void *worker);
    /* The body of source.md: equation, solver, what x and y are. */
    rc_status (*describe)(const rc_generate_options *o, rc_string *out);
} rc_generator;

extern const rc_generator *const rc_generator_table[];
extern const int rc_generator_count;
/* Fails with the list of names, and the nearest. */
rc_status rc_generator_find(const char *name, const rc_generator **out) RC_MUST_CHECK;

rc_generate_options rc_generate_defaults(const rc_generator *g);
/* "nu=0.01", as `set` takes it. */
rc_status rc_generate_assign(const rc_generator *g, const char *assignment,
                             rc_generate_options *io) RC_MUST_CHECK;
/* Writes x_train.npy, y_train.npy, the same for test, and source.md into a new folder; on failure nothing is
 * left behind. All threads; sample i of a part depends on the options, the seed and i alone. */
rc_status rc_generate(const rc_generator *g, const rc_generate_options *o,
                      const char *directory) RC_MUST_CHECK;

#endif
