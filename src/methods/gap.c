#include "methods/gap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/progress.h"
#include "base/rng.h"
#include "parallel/parallel.h"
#include "transport/exact.h"

/* ---- which distances ---- */

static bool is_wanted(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = list; at; at = strchr(at, ','), at = at ? at + 1 : NULL)
        if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0')) return true;
    return false;
}

rc_status rc_gap_check(const rc_gap_options *o)
{
    for (const char *at = o->distances; at; at = strchr(at, ','), at = at ? at + 1 : NULL) {
        char name[32] = "";
        const rc_distance_kind *kind;
        size_t length = strcspn(at, ",");
        if (length < sizeof name) memcpy(name, at, length);
        RC_TRY(rc_distance_find(length < sizeof name ? name : at, &kind));
    }
    return RC_OK;
}

/* ---- what the card says ---- */

/* Of the head that the predictions are made with. */
static void read_card(const rc_alignment *a, const rc_source_set *s, rc_gap_terms *out)
{
    static const char *const key[] = {"gradient_norm_q05", "gradient_norm_q25", "gradient_norm_q50",
                                      "gradient_norm_q75", "gradient_norm_q95"};
    bool plain = rc_alignment_plain_head(a->c);
    const rc_json *head = rc_json_get(s->card, plain ? "before_recalibration" : "after_recalibration");
    out->accuracy = rc_json_number(head, "accuracy", NAN);
    out->loss = rc_json_number(head, "loss", NAN);
    out->norm_mean = rc_json_number(head, "gradient_norm_mean", NAN);
    for (int i = 0; i < 5; i++)
        out->norm[i] = rc_json_number(head, key[i], NAN);
    out->risk = isfinite(out->loss) ? out->loss : 1.0 - out->accuracy;
}

/* ---- the source's features ---- */

/* Of every set so many at most, behind each other. */
typedef struct source {
    float *x;
    int32_t *label;
    double *weight; /* what those of a set weigh together is its weight; NULL: of one set */
    int64_t n, first[RC_SOURCE_SETS + 1];
} source;

static void free_source(source *s)
{
    rc_free(s->x);
    rc_free(s->label);
    rc_free(s->weight);
}

static rc_status make_source(const rc_bundle *b, int64_t max, source *out)
{
    for (int k = 0; k < b->sets; k++)
        out->first[k + 1] = out->first[k] + (b->set[k].n_features < max ? b->set[k].n_features : max);
    out->n = out->first[b->sets];
    RC_TRY(RC_NEW(&out->x, out->n * b->width));
    if (b->labels) RC_TRY(RC_NEW(&out->label, out->n));
    return b->sets > 1 ? RC_NEW(&out->weight, out->n) : RC_OK;
}

static rc_status choose_features(const rc_alignment *a, uint64_t seed, int k, source *out)
{
    const rc_bundle *b = a->source;
    const rc_source_set *set = &b->set[k];
    int64_t *order, n = out->first[k + 1] - out->first[k];
    RC_TRY(RC_NEW(&order, set->n_features));
    rc_rng rng = rc_rng_make(seed, "gap.source", (uint64_t)k);
    for (int64_t i = 0; i < set->n_features; i++)
        order[i] = set->first_feature + i;
    if (n < set->n_features) rc_rng_shuffle(&rng, set->n_features, order);
    for (int64_t i = 0; i < n; i++) {
        int64_t at = out->first[k] + i;
        memcpy(out->x + at * b->width, b->features + order[i] * b->width, sizeof(float) * (size_t)b->width);
        if (b->labels) out->label[at] = b->labels[order[i]];
        if (out->weight) out->weight[at] = a->head[k].weight / (double)n;
    }
    rc_free(order);
    return RC_OK;
}

/* ---- one distance with its interval ---- */

typedef struct resample {
    rc_sample_set samples;
    float *x;
    int32_t *label;
    rc_measured *found; /* [resamples] */
    double *value;      /* likewise */
} resample;

static rc_status make_resample(const rc_alignment *a, int64_t count, resample *r)
{
    RC_TRY(RC_NEW(&r->x, a->n * a->width));
    RC_TRY(RC_NEW(&r->label, a->n));
    RC_TRY(RC_NEW(&r->found, count));
    RC_TRY(RC_NEW(&r->value, count));
    r->samples = (rc_sample_set){r->x, a->n, a->width, r->label, a->target_classes, NULL, false};
    return RC_OK;
}

static void free_resample(resample *r)
{
    rc_free(r->x);
    rc_free(r->label);
    rc_free(r->found);
    rc_free(r->value);
}

/* Every distance sees the same draws. */
static void draw(const rc_alignment *a, uint64_t seed, int64_t round, resample *r)
{
    rc_rng rng = rc_rng_make(seed, "gap.resample", (uint64_t)round);
    for (int64_t i = 0; i < a->n; i++) {
        int64_t from = (int64_t)rc_rng_below(&rng, (uint64_t)a->n);
        memcpy(r->x + i * a->width, a->features + from * a->width, sizeof(float) * (size_t)a->width);
        r->label[i] = a->label[from];
    }
}

static int ascending(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

static double quantile(const double *sorted, int64_t n, double at)
{
    double place = at * (double)(n - 1);
    int64_t below = (int64_t)place;
    double over = place - (double)below;
    return below + 1 < n ? sorted[below] * (1.0 - over) + sorted[below + 1] * over : sorted[n - 1];
}

/* Every rank does some of them. */
static rc_status measure_again(const rc_alignment *a, const rc_distance *to, const rc_gap_options *o,
                               resample *r)
{
    int64_t n = o->resamples, ranks = rc_parallel_size(), first, end;
    rc_parallel_part(n, rc_parallel_rank(), &first, &end);
    for (int64_t done = 0; done < n; done += ranks, first++) {
        if (first < end) {
            draw(a, o->seed, first, r);
            RC_TRY(rc_distance_measure(to, &r->samples, &r->found[first], NULL));
        }
        rc_progress_step(to->kind->name, done + ranks < n ? done + ranks : n, n, NULL);
        RC_TRY(rc_parallel_agree());
        if (rc_interrupt_requested()) return rc_fail(RC_INTERRUPTED, "interrupted");
    }
    return rc_parallel_complete(n, 1, NULL, sizeof *r->found, r->found);
}

static rc_status find_interval(const rc_alignment *a, const rc_distance *to, const rc_gap_options *o,
                               resample *r, rc_gap_distance *io)
{
    io->low = io->high = NAN;
    if (o->resamples < 1) return RC_OK;
    RC_TRY(measure_again(a, to, o, r));
    for (int64_t k = 0; k < o->resamples; k++) {
        r->value[k] = r->found[k].value;
        rc_convergence_join(&io->how, &r->found[k].how);
    }
    qsort(r->value, (size_t)o->resamples, sizeof *r->value, ascending);
    double mean = 0.0;
    for (int64_t k = 0; k < o->resamples; k++)
        mean += r->value[k] / (double)o->resamples;
    io->low = fmax(0.0, io->value - (quantile(r->value, o->resamples, 0.975) - mean));
    io->high = io->value + (mean - quantile(r->value, o->resamples, 0.025));
    return RC_OK;
}

static rc_status measure_one(const rc_alignment *a, const source *s, const rc_gap_options *o, resample *r,
                             rc_gap_distance *io)
{
    rc_distance_settings settings = rc_alignment_settings(a->c);
    rc_sample_set from = {a->features, a->n, a->width, a->label, a->target_classes, NULL, false};
    rc_sample_set to = {s->x, s->n, a->width, s->label, a->source->classes, s->weight, false};
    rc_distance *distance = NULL;
    rc_measured found = {0};
    settings.sinkhorn.passes = RC_PASSES_ALONE;
    rc_status status = rc_distance_create(io->kind, &to, &settings, &distance);
    if (status == RC_OK) status = rc_distance_measure(distance, &from, &found, NULL);
    io->value = found.value;
    io->how = found.how;
    if (status == RC_OK) status = find_interval(a, distance, o, r, io);
    rc_distance_destroy(&distance);
    return status;
}

/* ---- the bound ---- */

static bool labels_differ(const rc_alignment *a)
{
    for (int64_t i = 1; i < a->n; i++)
        if (a->label[i] != a->label[0]) return true;
    return false;
}

static rc_status measure_predictions(const rc_alignment *a, const rc_alignment_head *h, rc_gap_terms *out)
{
    out->leep = out->nce = NAN;
    if (!labels_differ(a)) return RC_OK;
    RC_TRY(rc_leep(a->n, h->classes, a->target_classes, h->p, a->label, &out->leep, NULL));
    return rc_nce(a->n, h->classes, a->target_classes, h->p, a->label, &out->nce);
}

/* To x [n, width]; of several inputs the mean, each over the samples that have it. */
static rc_status measure_w1(const rc_alignment *a, const float *x, int64_t n, double *out)
{
    double sum = 0, w1;
    for (int k = 0; k < a->inputs; k++) {
        rc_sample_set from = rc_alignment_samples(a, k);
        RC_TRY(rc_wasserstein(1, from.x, from.weight, a->n, x, NULL, n, a->width, &w1, NULL, NULL));
        sum += w1;
    }
    *out = sum / a->inputs;
    return RC_OK;
}

static rc_status measure_set(const rc_alignment *a, const source *s, int k, rc_gap_terms *out)
{
    const rc_alignment_head *h = &a->head[k];
    const float *x = s->x + s->first[k] * a->width;
    *out = (rc_gap_terms){.weight = h->weight, .distortion = rc_distortion_evaluate(&h->distortion)};
    read_card(a, &a->source->set[k], out);
    RC_TRY(measure_predictions(a, h, out));
    RC_TRY(measure_w1(a, x, s->first[k + 1] - s->first[k], &out->w1));
    out->transport = out->norm[4] * a->root_tokens * out->w1;
    out->bound = out->risk + out->transport + out->distortion.conditional_entropy;
    return RC_OK;
}

static void add_terms(const rc_gap_terms *t, rc_gap_terms *mean)
{
    double w = t->weight;
    mean->weight += w;
    mean->accuracy += w * t->accuracy;
    mean->loss += w * t->loss;
    mean->norm_mean += w * t->norm_mean;
    for (int i = 0; i < 5; i++)
        mean->norm[i] += w * t->norm[i];
    mean->leep += w * t->leep;
    mean->nce += w * t->nce;
    mean->risk += w * t->risk;
    mean->w1 += w * t->w1;
    mean->transport += w * t->transport;
    mean->bound += w * t->bound;
}

static rc_status measure_sets(const rc_alignment *a, const source *s, rc_gap *g)
{
    g->sets = a->source->sets;
    g->mean.distortion = rc_alignment_distortion(a);
    for (int k = 0; k < g->sets; k++) {
        RC_TRY(measure_set(a, s, k, &g->set[k]));
        add_terms(&g->set[k], &g->mean);
    }
    return RC_OK;
}

static rc_status measure_distances(const rc_alignment *a, const rc_gap_options *o, const source *s,
                                   resample *r, rc_gap *g)
{
    for (const rc_distance_kind *const *k = rc_distance_table; *k && g->count < RC_GAP_DISTANCES; k++) {
        bool leave_out = (*k)->local || ((*k)->labels && !s->label);
        if (o->distances ? !is_wanted(o->distances, (*k)->name) : leave_out) continue;
        RC_TRY(rc_alignment_check_distance(a->source, *k));
        rc_gap_distance *d = &g->distance[g->count++];
        d->kind = *k;
        RC_TRY(measure_one(a, s, o, r, d));
    }
    return RC_OK;
}

rc_status rc_gap_measure(const rc_alignment *a, const rc_gap_options *o, rc_gap *out)
{
    source s = {0};
    resample r = {0};
    rc_status status = RC_OK;
    *out = (rc_gap){0};
    RC_TRY_DONE(make_source(a->source, o->source_features, &s));
    for (int k = 0; k < a->source->sets; k++)
        RC_TRY_DONE(choose_features(a, o->seed, k, &s));
    RC_TRY_DONE(measure_sets(a, &s, out));
    RC_TRY_DONE(make_resample(a, o->resamples, &r));
    RC_TRY_DONE(measure_distances(a, o, &s, &r, out));
    RC_TRY_DONE(rc_source_scores_measure(a, o->frozen, &out->scores));
done:
    free_source(&s);
    free_resample(&r);
    return status;
}
