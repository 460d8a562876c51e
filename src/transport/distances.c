#include "transport/distances.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "transport/weighted.h"

#define LIST(name) &rc_distance_##name,
const rc_distance_kind *const rc_distance_table[] = {RC_DISTANCES(LIST) NULL};

rc_distance_settings rc_distance_defaults(void)
{
    return (rc_distance_settings){.sinkhorn = rc_sinkhorn_defaults(), .projections = 128, .shrinkage = -1.0};
}

rc_status rc_distance_find(const char *name, const rc_distance_kind **out)
{
    const char *known[sizeof rc_distance_table / sizeof *rc_distance_table];
    size_t n = 0;
    for (; rc_distance_table[n]; n++) {
        *out = rc_distance_table[n];
        known[n] = (*out)->name;
        if (strcmp(known[n], name) == 0) return RC_OK;
    }
    return rc_fail_unknown(name, known, n, NULL, "no distance is called \"%.40s\"", name);
}

static rc_status check_samples(const rc_distance_kind *kind, const char *name, const rc_sample_set *s)
{
    RC_CHECK(s->n > 0 && s->d > 0, RC_SHAPE,
             "distance %s: %s has %lld samples of %lld values; at least one is needed", kind->name, name,
             (long long)s->n, (long long)s->d);
    for (int64_t i = 0; i < s->n * s->d; i++) {
        RC_CHECK(isfinite(s->x[i]), RC_NUMERIC, "distance %s: %s, sample %lld, value %lld is not finite",
                 kind->name, name, (long long)(i / s->d), (long long)(i % s->d));
    }
    if (!kind->labels) return RC_OK;
    RC_CHECK(s->label, RC_DATA, "distance %s needs the labels of %s", kind->name, name);
    for (int64_t i = 0; i < s->n; i++) {
        RC_CHECK(s->label[i] >= 0 && s->label[i] < s->classes, RC_DATA,
                 "distance %s: %s, label %lld is %d; labels are 0 to %lld", kind->name, name, (long long)i,
                 (int)s->label[i], (long long)s->classes - 1);
    }
    return RC_OK;
}

rc_status rc_distance_create(const rc_distance_kind *kind, const rc_sample_set *b,
                             const rc_distance_settings *o, rc_distance **out)
{
    RC_TRY(check_samples(kind, "b", b));
    RC_CHECK(!o->plan || kind->plans, RC_UNSUPPORTED,
             "distance %s has no transport plan; w1, w2, sinkhorn, otdd and gw have one", kind->name);
    RC_TRY(RC_NEW(out, 1));
    **out = (rc_distance){.kind = kind, .settings = *o};
    rc_status status = rc__weighted_create("b", b, &(*out)->weighted_b);
    (*out)->b = (*out)->weighted_b.set;
    if (status == RC_OK && kind->prepare) status = kind->prepare(*out);
    if (status != RC_OK) rc_distance_destroy(out);
    return status;
}

rc_status rc_distance_measure(const rc_distance *to, const rc_sample_set *a, rc_measured *out, float *grad)
{
    *out = (rc_measured){.how.converged = true};
    RC_TRY(check_samples(to->kind, "a", a));
    RC_CHECK(to->kind->widths || a->d == to->b.d, RC_SHAPE,
             "distance %s: a has %lld values a sample and b %lld; they must agree", to->kind->name,
             (long long)a->d, (long long)to->b.d);
    rc_weighted weighted;
    RC_TRY(rc__weighted_create("a", a, &weighted));
    rc_status status = rc__weighted_measure(to, &weighted, out, grad);
    rc__weighted_free(&weighted);
    if (out->value < 0.0) out->value = 0.0;
    return status;
}

void rc_distance_destroy(rc_distance **to)
{
    if (!*to) return;
    if ((*to)->state && (*to)->kind->release) (*to)->kind->release((*to)->state);
    rc__weighted_free(&(*to)->weighted_b);
    rc_free(*to);
    *to = NULL;
}
