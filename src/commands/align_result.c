#include "commands/align_result.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

/* Points of the source in a picture. */
enum { SHOWN = 400 };

void rc__stages_free(rc__stages *s)
{
    for (int i = 0; i < s->count; i++) {
        rc_json_free(&s->list[i]);
        rc_free(s->features[i]);
    }
    *s = (rc__stages){0};
}

/* ---- numbers ---- */

static void write_distance(const rc_gap_distance *d, rc_json *j)
{
    rc_json_set_string(j, "name", d->kind->name);
    rc_json_set_number(j, "value", d->value);
    rc_json_set_number(j, "low", d->low);
    rc_json_set_number(j, "high", d->high);
    if (d->how.iterations == 0) return;
    rc_json_set_integer(j, "iterations", d->how.iterations);
    rc_json_set_number(j, "marginal_error", d->how.marginal_error);
    if (d->kind->local) rc_json_set_string(j, "optimum", "local");
    rc_json_set_boolean(j, "converged", d->how.converged);
}

static void write_distances(const rc_gap *g, rc_json *j)
{
    rc_json *list = rc_json_set(j, "distances", rc_json_array());
    for (int i = 0; i < g->count; i++) {
        rc_json *one = rc_json_append(list, rc_json_object());
        write_distance(&g->distance[i], one);
    }
}

static void write_terms(const rc_gap_terms *t, rc_json *j)
{
    rc_json_set_number(j, "risk", t->risk);
    rc_json_set_number(j, "lipschitz", t->norm[4]);
    rc_json_set_number(j, "w1", t->w1);
    rc_json_set_number(j, "transport", t->transport);
    rc_json_set_number(j, "conditional_entropy", t->distortion.conditional_entropy);
    rc_json_set_number(j, "entropy", t->distortion.entropy);
    rc_json_set_number(j, "information", t->distortion.information);
    rc_json_set_number(j, "used_classes", t->distortion.used_classes);
    rc_json_set_number(j, "bound", t->bound);
    rc_json_set_number(j, "leep", t->leep);
    rc_json_set_number(j, "nce", t->nce);
}

/* What is the source's own does not change from stage to stage. */
static void write_head(const rc_gap_terms *t, rc_json *j)
{
    static const char *const key[] = {"gradient_norm_q05", "gradient_norm_q25", "gradient_norm_q50",
                                      "gradient_norm_q75", "gradient_norm_q95"};
    rc_json_set_number(j, "accuracy", t->accuracy);
    rc_json_set_string(j, "risk_is", isfinite(t->loss) ? "cross-entropy" : "error");
    rc_json_set_number(j, "gradient_norm_mean", t->norm_mean);
    for (int i = 0; i < 5; i++)
        rc_json_set_number(j, key[i], t->norm[i]);
}

/* Of several sets each one's. */
static void write_sets(const rc_gap *g, const rc_bundle *source,
                       void (*write)(const rc_gap_terms *t, rc_json *j), rc_json *j)
{
    if (g->sets == 1) return;
    rc_json *list = rc_json_set(j, "sets", rc_json_array());
    for (int k = 0; k < g->sets; k++) {
        rc_json *one = rc_json_append(list, rc_json_object());
        rc_json_set_string(one, "data", source->set[k].name);
        rc_json_set_number(one, "weight", g->set[k].weight);
        write(&g->set[k], one);
    }
}

static void write_stage(const char *stage, const rc_gap *g, const rc_bundle *source, rc_json *j)
{
    rc_json_set_string(j, "stage", stage);
    write_terms(&g->mean, j);
    rc_json_set_number(j, "logme", g->scores.logme);
    rc_json_set_number(j, "probe", g->scores.probe);
    if (g->scores.samples) rc_json_set_integer(j, "frozen_samples", g->scores.samples);
    write_sets(g, source, write_terms, j);
    write_distances(g, j);
}

rc_status rc__stages_add(rc__stages *s, const char *stage, const rc_gap *gap, const rc_alignment *a)
{
    int i = s->count;
    int64_t size = a->n * a->width;
    if (i == 0) s->gap = *gap;
    s->list[i] = rc_json_object();
    s->count++;
    write_stage(stage, gap, a->source, s->list[i]);
    RC_TRY(RC_NEW(&s->features[i], size));
    memcpy(s->features[i], a->features, sizeof(float) * (size_t)size);
    return RC_OK;
}

/* ---- the projection ---- */

typedef struct plane {
    double *mean, *axes, share[2];
    float *source; /* [shown, width] */
    int64_t shown;
} plane;

/* Of each of the source's sets as many. */
static rc_status choose_shown(const rc_bundle *b, plane *p)
{
    RC_TRY(RC_NEW(&p->source, SHOWN * b->width));
    for (int k = 0; k < b->sets; k++) {
        const rc_source_set *s = &b->set[k];
        int64_t max = SHOWN / b->sets, n = s->n_features < max ? s->n_features : max;
        memcpy(p->source + p->shown * b->width, b->features + s->first_feature * b->width,
               sizeof(float) * (size_t)(n * b->width));
        p->shown += n;
    }
    return RC_OK;
}

/* Of the source's features and the target's at every stage, so that one picture holds them all. */
static rc_status find_plane(const rc__stages *s, const rc_alignment *a, plane *p)
{
    int64_t d = a->width, rows = p->shown + s->count * a->n;
    float *all;
    RC_TRY(RC_NEW(&p->mean, d));
    RC_TRY(RC_NEW(&p->axes, 2 * d));
    RC_TRY(RC_NEW(&all, rows * d));
    memcpy(all, p->source, sizeof(float) * (size_t)(p->shown * d));
    for (int i = 0; i < s->count; i++)
        memcpy(all + (p->shown + i * a->n) * d, s->features[i], sizeof(float) * (size_t)(a->n * d));
    rc_status status = rc_principal_plane(all, rows, d, p->mean, p->axes, p->share);
    rc_free(all);
    return status;
}

static void write_points(rc_json *j, const char *key, const plane *p, const float *x, int64_t n, int64_t d)
{
    rc_json *list = rc_json_set(j, key, rc_json_array());
    for (int64_t i = 0; i < n; i++) {
        rc_json *point = rc_json_append(list, rc_json_array());
        for (int axis = 0; axis < 2; axis++) {
            double sum = 0.0;
            for (int64_t k = 0; k < d; k++)
                sum += ((double)x[i * d + k] - p->mean[k]) * p->axes[axis * d + k];
            rc_json_append_number(point, sum);
        }
    }
}

static void write_projection(const rc__stages *s, const rc_alignment *a, const plane *p, rc_json *j)
{
    rc_json *share = rc_json_set(j, "variance", rc_json_array());
    rc_json_append_number(share, p->share[0]);
    rc_json_append_number(share, p->share[1]);
    write_points(j, "source", p, p->source, p->shown, a->width);
    for (int i = 0; i < s->count; i++)
        write_points(j, rc_json_string(s->list[i], "stage", "?"), p, s->features[i], a->n, a->width);
}

static rc_status project(const rc__stages *s, const rc_alignment *a, rc_json *j)
{
    plane p = {0};
    rc_status status = choose_shown(a->source, &p);
    if (status == RC_OK) status = find_plane(s, a, &p);
    if (status == RC_OK) write_projection(s, a, &p, j);
    rc_free(p.mean);
    rc_free(p.axes);
    rc_free(p.source);
    return status;
}

/* ---- ---- */

static rc_status tell_stages(rc__stages *s, const rc_alignment *a, rc_json *j)
{
    rc_json_set_string(j, "source", a->source->name);
    write_head(&s->gap.mean, j);
    write_sets(&s->gap, a->source, write_head, j);
    rc_json *projection = rc_json_set(j, "projection", rc_json_object());
    RC_TRY(project(s, a, projection));
    rc_json *stages = rc_json_set(j, "stages", rc_json_array());
    for (int i = 0; i < s->count; i++) {
        rc_json *one = s->list[i];
        s->list[i] = NULL;
        rc_json_append(stages, one);
    }
    return RC_OK;
}

rc_status rc__stages_json(rc__stages *s, const rc_alignment *a, rc_json **out)
{
    *out = rc_json_object();
    rc_status status = tell_stages(s, a, *out);
    if (status != RC_OK) rc_json_free(out);
    return status;
}
