/* The side of the source in an alignment: its sets, what they weigh, and the distance to their features. */
#include <math.h>

#include "methods/alignment.h"
#include "source/source_samples.h"

/* Information below it is rounding. */
static const double NOTHING = 1e-12;

bool rc_alignment_plain_head(const rc_config *c)
{
    return c->align.source_head == RC_PREDICTOR_PLAIN;
}

rc_status rc_alignment_check(const rc_bundle *source, const rc_config *c)
{
    return rc_source_head_check(source, rc_alignment_plain_head(c));
}

/* ---- sets of the source ---- */

rc_status rc_alignment_weigh(rc_alignment *a)
{
    int sets = a->source->sets;
    double tells[RC_SOURCE_SETS], sum = 0;
    if (sets == 1) return RC_OK;
    for (int k = 0; k < sets; k++) {
        double information = rc_distortion_evaluate(&a->head[k].distortion).information;
        RC_CHECK(isfinite(information), RC_NUMERIC, "%s: the predictions of its head are not finite numbers",
                 a->source->set[k].name);
        tells[k] = fmax(0, information);
        sum += tells[k];
    }
    for (int k = 0; k < sets; k++)
        a->head[k].weight = sum > NOTHING ? tells[k] / sum : 1.0 / sets;
    return RC_OK;
}

rc_distortion_values rc_alignment_distortion(const rc_alignment *a)
{
    rc_distortion_values mean = {0};
    for (int k = 0; k < a->source->sets; k++) {
        rc_distortion_values v = rc_distortion_evaluate(&a->head[k].distortion);
        mean.conditional_entropy += a->head[k].weight * v.conditional_entropy;
        mean.entropy += a->head[k].weight * v.entropy;
        mean.information += a->head[k].weight * v.information;
        mean.used_classes += a->head[k].weight * v.used_classes;
    }
    return mean;
}

double rc_alignment_leep(const rc_alignment *a)
{
    double mean = 0;
    for (int k = 0; k < a->source->sets; k++)
        mean += a->head[k].weight * a->head[k].leep;
    return mean;
}

/* ---- distances ---- */

rc_distance_settings rc_alignment_settings(const rc_config *c)
{
    rc_distance_settings o = rc_distance_defaults();
    o.sinkhorn.epsilon = c->align.epsilon;
    o.sinkhorn.scaling = c->align.scaling;
    o.projections = (int)c->align.projections;
    o.seed = (uint64_t)c->seed;
    o.shrinkage = c->align.shrinkage;
    o.exact_labels = c->align.label_distance == RC_BETWEEN_LABELS_EXACT;
    return o;
}

rc_status rc_alignment_check_distance(const rc_bundle *source, const rc_distance_kind *kind)
{
    RC_CHECK(!kind->labels || source->labels, RC_DATA,
             "%s: the bundle has no labels of its features, which the distance %s compares; build it again "
             "(`\1rc_source_build`)",
             source->name, kind->name);
    return RC_OK;
}

/* The features of a set share what it weighs. */
static rc_status weigh_features(rc_alignment *a)
{
    const rc_bundle *source = a->source;
    if (source->sets == 1) return RC_OK;
    if (!a->set_weight) RC_TRY(RC_NEW(&a->set_weight, source->n_features));
    for (int k = 0; k < source->sets; k++)
        for (int64_t i = 0; i < source->set[k].n_features; i++)
            a->set_weight[source->set[k].first_feature + i] =
                a->head[k].weight / (double)source->set[k].n_features;
    return RC_OK;
}

rc_status rc_alignment_distance(rc_alignment *a, const rc_distance_kind *kind, rc_distance **out)
{
    const rc_bundle *source = a->source;
    rc_distance_settings o = rc_alignment_settings(a->c);
    RC_TRY(rc_alignment_check_distance(source, kind));
    RC_TRY(weigh_features(a));
    /* The bundle's own term serves only the epsilon it was computed for, and features that weigh the same. */
    o.self = (rc_sinkhorn_self){source->self_distance,
                                source->self_epsilon,
                                source->sets == 1 && source->self_epsilon == o.sinkhorn.epsilon,
                                {.converged = true}};
    rc_sample_set to = {source->features, source->n_features, source->width, source->labels,
                        source->classes,  a->set_weight,      true};
    return rc_distance_create(kind, &to, &o, out);
}
