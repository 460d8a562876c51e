/* published/benchmark.h: the tasks of the field, a row each: what goes in and out, loss and metric, where the
 * data come from, and the published recipe as settings. */
#ifndef RC_PUBLISHED_BENCHMARK_H
#define RC_PUBLISHED_BENCHMARK_H

#include "settings/config.h"

typedef struct rc_recipe {
    const char *optimizer;
    double lr, weight_decay, momentum;
    double warmup, decay; /* epochs */
    int epochs, batch, accumulate;
    double clip;                          /* 0: off */
    int align_samples, distortion_epochs; /* stage 1; 60 epochs of alignment in all */
} rc_recipe;

typedef struct rc_benchmark {
    const char *name, *suite, *about;
    const char *x, *y;   /* shapes of a sample, in words */
    const char *samples; /* training and test, as published */
    const char *loss, *metric;
    const char *data; /* where it comes from */
    const char *more; /* further settings, "key=value" with blanks between; "" for none */
    rc_recipe recipe;
} rc_benchmark;

extern const rc_benchmark rc_benchmark_table[];
extern const int rc_benchmark_count;
rc_status rc_benchmark_find(const char *name, const rc_benchmark **out) RC_MUST_CHECK;
/* Calls with every setting of the recipe, as "key=value". */
rc_status rc_benchmark_each(const rc_benchmark *b, rc_status (*visit)(void *context, const char *assignment),
                            void *context) RC_MUST_CHECK;
/* Sets them all. */
rc_status rc_benchmark_apply(const rc_benchmark *b, rc_config *c) RC_MUST_CHECK;

#endif
