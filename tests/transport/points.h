/* tests/transport/points.h: clouds of points for the tests of distances. */
#ifndef RC_TESTS_POINTS_H
#define RC_TESTS_POINTS_H

#include "base/memory.h"
#include "base/rng.h"
#include "check.h"
#include "transport/distances.h"

/* n normal points; labels 0 .. classes - 1 in turn, each class moved a little its own way. */
static inline rc_sample_set make_samples(int64_t n, int64_t d, int64_t classes, double spread, double shift,
                                         uint64_t seed)
{
    float *x;
    int32_t *label;
    rc_rng rng = rc_rng_make(seed, "points", 0);
    if (RC_NEW(&x, n * d) != RC_OK || RC_NEW(&label, n) != RC_OK) abort();
    for (int64_t i = 0; i < n; i++) {
        label[i] = (int32_t)(i % classes);
        for (int64_t k = 0; k < d; k++)
            x[i * d + k] = (float)(spread * rc_rng_normal(&rng) + shift + (k == label[i] ? 0.4 : 0.0));
    }
    return (rc_sample_set){x, n, d, label, classes, NULL, false};
}

/* Every point so many times: the same distribution. */
static inline float *repeat_points(const float *x, int64_t count, int64_t times)
{
    float *out;
    if (RC_NEW(&out, count * times) != RC_OK) abort();
    for (int64_t i = 0; i < count * times; i++)
        out[i] = x[i % count];
    return out;
}

static inline void free_samples(rc_sample_set *s)
{
    rc_free((void *)s->x);
    rc_free((void *)s->label);
}

/* The same points in another order. */
static inline rc_sample_set reverse_samples(const rc_sample_set *s)
{
    rc_sample_set out = make_samples(s->n, s->d, s->classes, 1.0, 0.0, 0);
    for (int64_t i = 0; i < s->n; i++) {
        memcpy((float *)out.x + i * s->d, s->x + (s->n - 1 - i) * s->d, sizeof(float) * (size_t)s->d);
        ((int32_t *)out.label)[i] = s->label[s->n - 1 - i];
    }
    return out;
}

static inline double distance_between(const rc_distance_kind *kind, const rc_sample_set *a,
                                      const rc_sample_set *b, const rc_distance_settings *o, float *grad)
{
    rc_distance *to = NULL;
    rc_measured found = {.value = NAN};
    if (rc_distance_create(kind, b, o, &to) != RC_OK || rc_distance_measure(to, a, &found, grad) != RC_OK) {
        fprintf(stderr, "%s: %s\n", kind->name, rc_error_text());
        CHECK(!"the distance failed");
    }
    rc_distance_destroy(&to);
    return found.value;
}

#endif
