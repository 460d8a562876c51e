/* Sources as objects. */
#include <math.h>
#include <string.h>

#include "api/predictor_parts.h"
#include "base/memory.h"
#include "source/building.h"

rc_status rc_source_open(rc_context *context, const char *name, rc_source **out)
{
    rc__call call = rc__call_begin(context);
    rc_status status = RC_NEW(out, 1);
    if (status == RC_OK) status = rc_bundle_open(name, &(*out)->bundle);
    if (status != RC_OK) rc_source_destroy(out);
    return rc__call_end(&call, status);
}

void rc_source_destroy(rc_source **s)
{
    if (!*s) return;
    rc_bundle_close(&(*s)->bundle);
    rc_free(*s);
    *s = NULL;
}

rc_status rc_source_save(rc_context *context, const rc_source *s, const char *path)
{
    rc__call call = rc__call_begin(context);
    return rc__call_end(&call, rc_bundle_save(s->bundle, path));
}

/* ---- what it is ---- */

rc_status rc_source_describe(const rc_source *s, rc_source_info *out)
{
    const rc_bundle *b = s->bundle;
    const rc_backbone *backbone = rc_backbone_of(&b->backbone);
    const rc_json *state = rc_json_get(b->card, "after_recalibration");
    rc_source_info info = RC_SOURCE_INFO_INIT;
    info.name = b->name;
    info.family = backbone->name;
    info.texts = backbone->native->input == RC_INPUT_TOKENS;
    info.classes = b->classes;
    info.features = b->n_features;
    info.width = b->width;
    info.tokens = b->n_tokens;
    info.self_distance = b->self_distance;
    info.self_epsilon = b->self_epsilon;
    info.accuracy = rc_json_number(state, "accuracy", NAN);
    info.loss = rc_json_number(state, "loss", NAN);
    info.gradient_norm_mean = rc_json_number(state, "gradient_norm_mean", NAN);
    info.gradient_norm_q95 = rc_json_number(state, "gradient_norm_q95", NAN);
    return rc__options_give("rc_source_info", &info, sizeof info, out);
}

rc_status rc_source_features(const rc_source *s, rc_view *features, rc_view *labels)
{
    const rc_bundle *b = s->bundle;
    *features = RC_VIEW(b->features, RC_DTYPE_F32, b->n_features, b->width);
    if (labels) *labels = RC_VIEW(b->labels, RC_DTYPE_I32, b->n_features);
    return RC_OK;
}

/* ---- of one's own ---- */

static rc_status build(const rc_predictor *p, rc_building *b, const char *name, rc_bundle **out)
{
    rc_json *card;
    RC_TRY(rc_building_adopt(b, p->session->model, "the predictor"));
    RC_TRY(rc_json_object(&card));
    rc_status status = rc_building_run(b, card);
    if (status == RC_OK) {
        rc_bundle_parts parts = rc_building_parts(b, card);
        status = rc_bundle_make(name, &parts, out);
    }
    rc_json_free(&card);
    return status;
}

static rc_status from_predictor(const rc_predictor *p, const rc_data *data, const rc_options *options,
                                const char *name, rc_source **out)
{
    rc_dataset *d = NULL;
    rc_building b = {.model_name = name, .made_with = "rc_source_from_predictor"};
    RC_TRY(rc__options_config(options, &b.config));
    RC_TRY(rc__data_like(p, data, &d));
    b.data = d;
    b.tokenizer = p->session->task->tokenizer;
    rc_status status =
        d->train.n > 0 ? RC_NEW(out, 1) : rc_fail(RC_DATA, "%s: there is no training part", d->name);
    if (status == RC_OK) status = build(p, &b, name, &(*out)->bundle);
    rc_building_free(&b);
    rc_dataset_close(&d);
    return status;
}

rc_status rc_source_from_predictor(rc_context *context, const rc_predictor *p, const rc_data *data,
                                   const rc_options *options, const char *name, rc_source **out)
{
    rc__call call = rc__call_begin(context);
    *out = NULL;
    rc_status status = from_predictor(p, data, options, name, out);
    if (status != RC_OK) rc_source_destroy(out);
    return rc__call_end(&call, status);
}
