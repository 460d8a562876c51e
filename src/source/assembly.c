#include "source/assembly.h"

#include <string.h>

#include "base/memory.h"
#include "base/progress.h"
#include "recraft/version.h"

/* ---- building ---- */

static void write_card(const rc_assembly *a, rc_json *card)
{
    rc_json_set_integer(card, "classes", a->classes);
    rc_json_set_integer(card, "features", a->n_features);
    rc_json_set_string(card, "model", a->of->model_name);
    rc_json_set_string(card, "made_with", a->of->made_with);
    rc_json_set_string(card, "version", rc_version());
}

static void count_set(rc_assembly *a, int k)
{
    const rc_building *b = &a->of[k];
    a->set[k] = (rc_source_set){.classes = b->data->classes,
                                .first_class = a->classes,
                                .n_features = b->n_features,
                                .first_feature = a->n_features};
    a->classes += a->set[k].classes;
    a->n_features += a->set[k].n_features;
}

static rc_status build(rc_assembly *a, int k, rc_json *card)
{
    RC_TRY(rc_building_run(&a->of[k], k == 0, card)); /* what takes tokens takes those of the first */
    count_set(a, k);
    if (k > 0) rc_model_destroy(&a->of[k].model); /* the body is the first's */
    return RC_OK;
}

static rc_status build_all(rc_assembly *a, rc_json *card)
{
    if (a->sets == 1) return build(a, 0, card);
    rc_json *list = rc_json_set(card, "sets", rc_json_array());
    for (int k = 0; k < a->sets; k++) {
        rc_progress_note("set %d of %d: %s", k + 1, a->sets, a->of[k].data->name);
        rc_json *one = rc_json_append(list, rc_json_object());
        RC_TRY(build(a, k, one));
    }
    write_card(a, card);
    return RC_OK;
}

/* ---- putting together ---- */

static void take(rc_assembly *a, int k)
{
    const rc_building *b = &a->of[k];
    const rc_source_set *s = &a->set[k];
    int64_t width = rc_model_width(a->of->model), reads = rc_model_features(a->of->model);
    size_t row = (size_t)(s->classes * reads) * sizeof(float), column = (size_t)s->classes * sizeof(float);
    memcpy(a->features + s->first_feature * width, b->features,
           (size_t)(s->n_features * width) * sizeof *b->features);
    for (int64_t i = 0; i < s->n_features; i++)
        a->labels[s->first_feature + i] = (int32_t)s->first_class + b->labels[i];
    memcpy(a->head[0] + s->first_class * reads, b->head[0], row);
    memcpy(a->head[1] + s->first_class, b->head[1], column);
    memcpy(a->plain[0] + s->first_class * reads, b->plain[0], row);
    memcpy(a->plain[1] + s->first_class, b->plain[1], column);
    memcpy(a->prior + s->first_class, b->prior, column);
}

static rc_status put_together(rc_assembly *a)
{
    const rc_model *m = a->of->model;
    int64_t width = rc_model_width(m), reads = rc_model_features(m);
    RC_TRY(RC_NEW_RAW(&a->features, a->n_features * width));
    RC_TRY(RC_NEW_RAW(&a->labels, a->n_features));
    RC_TRY(RC_NEW_RAW(&a->prior, a->classes));
    for (int i = 0; i < 2; i++) {
        RC_TRY(RC_NEW_RAW(&a->head[i], i == 0 ? a->classes * reads : a->classes));
        RC_TRY(RC_NEW_RAW(&a->plain[i], i == 0 ? a->classes * reads : a->classes));
    }
    for (int k = 0; k < a->sets; k++)
        take(a, k);
    rc_sinkhorn_options o = rc_sinkhorn_defaults();
    o.epsilon = a->of->config.align.epsilon;
    o.scaling = a->of->config.align.scaling;
    return rc_sinkhorn_self_term(a->features, a->n_features, width, &o, &a->self);
}

static rc_status create(rc_assembly *a, const char *place, rc_json *card)
{
    RC_CHECK(a->sets <= RC_SOURCE_SETS, RC_CONFIG, "%d labelled sets; a source takes %d", a->sets,
             RC_SOURCE_SETS);
    for (int k = 0; k < a->sets; k++)
        RC_TRY(rc_building_check(&a->of[k], place));
    RC_TRY(build_all(a, card));
    return put_together(a);
}

rc_status rc_assembly_create(rc_building *of, int sets, const char *place, rc_json *card, rc_assembly *out)
{
    *out = (rc_assembly){.of = of, .sets = sets};
    rc_status status = create(out, place, card);
    if (status != RC_OK) rc_assembly_free(out);
    return status;
}

void rc_assembly_free(rc_assembly *a)
{
    rc_free(a->features);
    rc_free(a->labels);
    rc_free(a->prior);
    for (int i = 0; i < 2; i++) {
        rc_free(a->head[i]);
        rc_free(a->plain[i]);
    }
    *a = (rc_assembly){0};
}

rc_bundle_parts rc_assembly_parts(const rc_assembly *a, const rc_json *card)
{
    const rc_building *first = a->of;
    return (rc_bundle_parts){.model = first->model,
                             .sets = a->sets,
                             .set = a->set,
                             .classes = a->classes,
                             .n_features = a->n_features,
                             .features = a->features,
                             .labels = a->labels,
                             .n_tokens = first->n_tokens,
                             .tokens = first->tokens,
                             .token_length = first->token_length,
                             .weight = a->head[0],
                             .bias = a->head[1],
                             .plain_weight = a->plain[0],
                             .plain_bias = a->plain[1],
                             .prior = a->prior,
                             .self_distance = a->self.value,
                             .self_epsilon = a->self.epsilon,
                             .card = card,
                             .tokenizer = first->tokenizer,
                             .storage = rc_building_storage(first)};
}
