#include "commands/align_result.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

/* Points of the source in a picture. */
enum { SHOWN = 400 };

rc_status rc__append(rc_json *object, const char *key, rc_json *child)
{
    /* The document is ours: what it lends may be changed. */
    return rc_json_append((rc_json *)rc_json_get(object, key), child);
}

void rc__stages_free(rc__stages *s)
{
    for (int i = 0; i < s->count; i++) {
        rc_json_free(&s->list[i]);
        rc_free(s->features[i]);
    }
    *s = (rc__stages){0};
}

/* ---- numbers ---- */

static rc_status write_distance(const rc_gap_distance *d, rc_json *j)
{
    RC_TRY(rc_json_set_string(j, "name", d->kind->name));
    RC_TRY(rc_json_set_number(j, "value", d->value));
    RC_TRY(rc_json_set_number(j, "low", d->low));
    RC_TRY(rc_json_set_number(j, "high", d->high));
    if (d->how.iterations == 0) return RC_OK;
    RC_TRY(rc_json_set_integer(j, "iterations", d->how.iterations));
    RC_TRY(rc_json_set_number(j, "marginal_error", d->how.marginal_error));
    if (d->kind->local) RC_TRY(rc_json_set_string(j, "optimum", "local"));
    return rc_json_set_boolean(j, "converged", d->how.converged);
}

static rc_status write_distances(const rc_gap *g, rc_json *j)
{
    rc_json *list;
    RC_TRY(rc_json_array(&list));
    RC_TRY(rc_json_set(j, "distances", list));
    for (int i = 0; i < g->count; i++) {
        rc_json *one;
        RC_TRY(rc_json_object(&one));
        RC_TRY(rc_json_append(list, one));
        RC_TRY(write_distance(&g->distance[i], one));
    }
    return RC_OK;
}

static rc_status write_stage(const char *stage, const rc_gap *g, rc_json *j)
{
    RC_TRY(rc_json_set_string(j, "stage", stage));
    RC_TRY(rc_json_set_number(j, "risk", g->risk));
    RC_TRY(rc_json_set_number(j, "lipschitz", g->norm[4]));
    RC_TRY(rc_json_set_number(j, "w1", g->w1));
    RC_TRY(rc_json_set_number(j, "transport", g->transport));
    RC_TRY(rc_json_set_number(j, "conditional_entropy", g->distortion.conditional_entropy));
    RC_TRY(rc_json_set_number(j, "entropy", g->distortion.entropy));
    RC_TRY(rc_json_set_number(j, "information", g->distortion.information));
    RC_TRY(rc_json_set_number(j, "used_classes", g->distortion.used_classes));
    RC_TRY(rc_json_set_number(j, "bound", g->bound));
    RC_TRY(rc_json_set_number(j, "leep", g->scores.leep));
    RC_TRY(rc_json_set_number(j, "nce", g->scores.nce));
    RC_TRY(rc_json_set_number(j, "logme", g->scores.logme));
    RC_TRY(rc_json_set_number(j, "probe", g->scores.probe));
    if (g->scores.samples) RC_TRY(rc_json_set_integer(j, "frozen_samples", g->scores.samples));
    return write_distances(g, j);
}

/* What is the source's own does not change from stage to stage. */
static rc_status write_source(const rc_gap *g, rc_json *j)
{
    static const char *const key[] = {"gradient_norm_q05", "gradient_norm_q25", "gradient_norm_q50",
                                      "gradient_norm_q75", "gradient_norm_q95"};
    RC_TRY(rc_json_set_number(j, "accuracy", g->accuracy));
    RC_TRY(rc_json_set_string(j, "risk_is", isfinite(g->loss) ? "cross-entropy" : "error"));
    RC_TRY(rc_json_set_number(j, "gradient_norm_mean", g->norm_mean));
    for (int i = 0; i < 5; i++)
        RC_TRY(rc_json_set_number(j, key[i], g->norm[i]));
    return RC_OK;
}

rc_status rc__stages_add(rc__stages *s, const char *stage, const rc_gap *gap, const rc_alignment *a)
{
    int i = s->count;
    int64_t size = a->n * a->width;
    if (i == 0) s->gap = *gap;
    RC_TRY(rc_json_object(&s->list[i]));
    s->count++;
    RC_TRY(write_stage(stage, gap, s->list[i]));
    RC_TRY(RC_NEW(&s->features[i], size));
    memcpy(s->features[i], a->features, sizeof(float) * (size_t)size);
    return RC_OK;
}

/* ---- the projection ---- */

typedef struct plane {
    double *mean, *axes, share[2];
} plane;

/* Of the source's features and the target's at every stage, so that one picture holds them all. */
static rc_status find_plane(const rc__stages *s, const rc_alignment *a, int64_t shown, plane *p)
{
    int64_t d = a->width, rows = shown + s->count * a->n;
    float *all;
    RC_TRY(RC_NEW(&p->mean, d));
    RC_TRY(RC_NEW(&p->axes, 2 * d));
    RC_TRY(RC_NEW(&all, rows * d));
    memcpy(all, a->source->features, sizeof(float) * (size_t)(shown * d));
    for (int i = 0; i < s->count; i++)
        memcpy(all + (shown + i * a->n) * d, s->features[i], sizeof(float) * (size_t)(a->n * d));
    rc_status status = rc_principal_plane(all, rows, d, p->mean, p->axes, p->share);
    rc_free(all);
    return status;
}

static rc_status write_points(rc_json *j, const char *key, const plane *p, const float *x, int64_t n,
                              int64_t d)
{
    rc_json *list;
    RC_TRY(rc_json_array(&list));
    RC_TRY(rc_json_set(j, key, list));
    for (int64_t i = 0; i < n; i++) {
        rc_json *point;
        RC_TRY(rc_json_array(&point));
        RC_TRY(rc_json_append(list, point));
        for (int axis = 0; axis < 2; axis++) {
            double sum = 0.0;
            for (int64_t k = 0; k < d; k++)
                sum += ((double)x[i * d + k] - p->mean[k]) * p->axes[axis * d + k];
            RC_TRY(rc_json_append_number(point, sum));
        }
    }
    return RC_OK;
}

static rc_status write_projection(const rc__stages *s, const rc_alignment *a, const plane *p, int64_t shown,
                                  rc_json *j)
{
    rc_json *share;
    RC_TRY(rc_json_array(&share));
    RC_TRY(rc_json_set(j, "variance", share));
    RC_TRY(rc_json_append_number(share, p->share[0]));
    RC_TRY(rc_json_append_number(share, p->share[1]));
    RC_TRY(write_points(j, "source", p, a->source->features, shown, a->width));
    for (int i = 0; i < s->count; i++)
        RC_TRY(write_points(j, rc_json_string(s->list[i], "stage", "?"), p, s->features[i], a->n, a->width));
    return RC_OK;
}

static rc_status project(const rc__stages *s, const rc_alignment *a, rc_json *j)
{
    int64_t shown = a->source->n_features < SHOWN ? a->source->n_features : SHOWN;
    plane p = {0};
    rc_status status = find_plane(s, a, shown, &p);
    if (status == RC_OK) status = write_projection(s, a, &p, shown, j);
    rc_free(p.mean);
    rc_free(p.axes);
    return status;
}

/* ---- ---- */

static rc_status fill(rc__stages *s, const rc_alignment *a, rc_json *j)
{
    rc_json *stages, *projection;
    RC_TRY(rc_json_set_string(j, "source", a->source->name));
    RC_TRY(write_source(&s->gap, j));
    RC_TRY(rc_json_object(&projection));
    RC_TRY(rc_json_set(j, "projection", projection));
    RC_TRY(project(s, a, projection));
    RC_TRY(rc_json_array(&stages));
    RC_TRY(rc_json_set(j, "stages", stages));
    for (int i = 0; i < s->count; i++) {
        rc_json *one = s->list[i];
        s->list[i] = NULL;
        RC_TRY(rc_json_append(stages, one));
    }
    return RC_OK;
}

rc_status rc__stages_json(rc__stages *s, const rc_alignment *a, rc_json **out)
{
    RC_TRY(rc_json_object(out));
    rc_status status = fill(s, a, *out);
    if (status != RC_OK) rc_json_free(out);
    return status;
}
