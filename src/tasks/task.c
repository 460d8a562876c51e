#include "tasks/ensemble.h"

#include <assert.h>
#include <string.h>

/* ---- choices ---- */

static rc_norm_kind norm_of(rc_normalise how, rc_norm_kind automatic)
{
    static const rc_norm_kind kind[] = {[RC_NORMALISE_NONE] = RC_NORM_NONE,
                                        [RC_NORMALISE_CHANNEL] = RC_NORM_CHANNEL,
                                        [RC_NORMALISE_POINT] = RC_NORM_POINT};
    return how == RC_NORMALISE_AUTO ? automatic : kind[how];
}

/* A channel that never varies (a coordinate) tells the model where it is: it stays as it is. */
static void keep_constant_channels(rc_normaliser *z)
{
    if (z->kind != RC_NORM_POINT) return;
    for (int64_t c = 0; c < z->channels; c++) {
        bool constant = true;
        for (int64_t i = 0; i < z->points; i++)
            constant &= z->std[c * z->points + i] == 1.0f;
        if (constant) memset(z->mean + c * z->points, 0, (size_t)z->points * sizeof(float));
    }
}

/* Columns of a table, and points of a field, have scales of their own. */
static rc_status fit_input(const rc_task *t, const rc_config *c, int k, const rc_turns *turns,
                           rc_normaliser *out)
{
    rc_dataset view = rc_dataset_input(t->data, k);
    if (view.form == RC_FORM_TEXTS) return RC_OK;
    bool by_point = t->target == RC_TARGET_DENSE || view.form == RC_FORM_TABLE;
    RC_TRY(rc_normaliser_fit_x(
        &view, norm_of(c->data.normalise_x, by_point ? RC_NORM_POINT : RC_NORM_CHANNEL), turns, out));
    keep_constant_channels(out);
    return RC_OK;
}

static rc_status fit_normalisers(rc_task *t, const rc_config *c)
{
    if (t->data->form == RC_FORM_TEXTS) return RC_OK;
    bool standardised = c->data.normalise_x != RC_NORMALISE_NONE;
    bool raw = rc_loss_of(t->loss)->raw;
    rc_norm_kind y = norm_of(c->data.normalise_y, raw ? RC_NORM_NONE : RC_NORM_POINT);
    t->fills_missing = c->data.missing == RC_MISSING_MEAN;
    RC_CHECK(!t->fills_missing || standardised, RC_CONFIG,
             "data.missing=mean needs standardised inputs: data.normalise_x must not be none");
    RC_CHECK(!raw || y == RC_NORM_NONE, RC_CONFIG,
             "data.normalise_y does not go with the losses bce, poisson and cox, nor with classes of points: "
             "their targets mean what they are");
    if (t->target != RC_TARGET_DENSE && t->target != RC_TARGET_REGRESSION) y = RC_NORM_NONE;
    const rc_turns *turns = t->turns ? &t->turn : NULL;
    RC_TRY(fit_input(t, c, 0, turns, &t->nx));
    for (int k = 1; k <= t->n_more; k++)
        RC_TRY(fit_input(t, c, k, NULL, &t->more[k - 1].nx));
    return rc_normaliser_fit_y(t->data, y, turns && t->target == RC_TARGET_DENSE ? turns : NULL, &t->ny);
}

/* The device needs the target's scale for a loss on decoded values. */
rc_status rc__task_upload_scale(rc_task *t)
{
    if (!rc_loss_of(t->loss)->decoded || t->ny.kind == RC_NORM_NONE) return RC_OK;
    float *full;
    RC_TRY(RC_NEW(&full, t->y_size));
    rc_status status = rc_tensor_create(t->device, RC_DTYPE_F32, RC_SHAPE(t->y_size), &t->scale);
    if (status == RC_OK) status = rc_tensor_create(t->device, RC_DTYPE_F32, RC_SHAPE(t->y_size), &t->mean);
    int64_t repeat = t->ny.kind == RC_NORM_CHANNEL ? t->ny.points : 1;
    for (int64_t i = 0; i < t->y_size; i++)
        full[i] = t->ny.std[i / repeat];
    if (status == RC_OK) status = rc_tensor_upload(&t->scale, full);
    for (int64_t i = 0; i < t->y_size; i++)
        full[i] = t->ny.mean[i / repeat];
    if (status == RC_OK) status = rc_tensor_upload(&t->mean, full);
    rc_free(full);
    return status;
}

int64_t rc_task_width(const rc_task *t)
{
    if (t->target != RC_TARGET_DENSE) return t->outputs;
    return t->y_size * (t->point_classes ? t->point_classes : 1);
}

/* What a head says of a sample. */
static int64_t outputs_of(const rc_task *t)
{
    if (t->data->classes > 0) return t->data->classes;
    if (rc_task_says(t) == RC_SAYS_RISKS) return 1;
    return t->quantiles ? t->y_size * t->quantiles : t->y_size;
}

static rc_status begin(const rc_config *c, rc_dataset *data, rc_device *device, rc_task *t)
{
    t->data = data;
    t->device = device;
    t->target = data->target;
    t->y_size = data->y_size;
    t->y_shape = data->y_shape;
    t->n_more = data->n_more;
    for (int k = 0; k < t->n_more; k++)
        memcpy(t->more[k].name, data->more[k].name, sizeof t->more[k].name);
    RC_TRY(rc__task_choose_objective(t, c));
    t->outputs = outputs_of(t);
    return RC_OK;
}

static rc_status check_inputs(const rc_config *c, const rc_dataset *d)
{
    for (int k = 0; k < d->n_more; k++)
        RC_CHECK(
            d->more[k].form != RC_FORM_TEXTS || d->more[k].x_shape[1] > 0, RC_CONFIG,
            "%s: the input %s is of texts, which a source that was trained on text reads; name one, or do "
            "without that input",
            d->name, d->more[k].name);
    RC_CHECK(d->n_more == 0 || d->target != RC_TARGET_DENSE, RC_UNSUPPORTED,
             "%s: samples of several inputs have one answer: classes, labels or numbers, no fields", d->name);
    RC_CHECK(d->n_more == 0 || (!c->fit.flip && !c->fit.turn && c->fit.crop == 0), RC_CONFIG,
             "%s: fit.flip, fit.turn and fit.crop are for samples of one input", d->name);
    RC_CHECK(
        d->n_more == 0 || c->fit.mixup == 0, RC_CONFIG,
        "%s: fit.mixup is for samples of one input: two samples that lack different inputs cannot be mixed",
        d->name);
    return RC_OK;
}

static rc_status choose_layouts(const rc_config *c, rc_task *t, rc_model_spec *spec)
{
    const rc_model_spec first = *spec;
    RC_TRY(check_inputs(c, t->data));
    RC_TRY(rc_layout_choose(c, t->data, spec, &t->layout));
    RC_CHECK(!c->fit.by_length || t->layout.input.kind == RC_INPUT_TOKENS, RC_CONFIG,
             "%s: fit.by_length is for texts", t->data->name);
    spec->n_more = t->n_more;
    spec->fusion = t->n_more > 0 && c->model.fusion == RC_JOINS_LATE ? RC_FUSION_LATE : RC_FUSION_EARLY;
    for (int k = 0; k < t->n_more; k++) {
        rc_dataset view = rc_dataset_input(t->data, k + 1);
        rc_model_spec own = first;
        RC_TRY(rc_layout_choose(c, &view, &own, &t->more[k].layout));
        spec->more[k].input = own.input;
        memcpy(spec->more[k].name, t->more[k].name, sizeof spec->more[k].name);
    }
    return RC_OK;
}

static void choose_plain_layouts(rc_task *t)
{
    for (int k = 0; k <= t->n_more; k++) {
        rc_dataset view = rc_dataset_input(t->data, k);
        rc_layout *l = k ? &t->more[k - 1].layout : &t->layout;
        *l = (rc_layout){.form = view.form};
        memcpy(l->x_shape, view.x_shape, sizeof view.x_shape);
        rc__plain_layout(l);
        if (t->n_more && view.form == RC_FORM_TEXTS) l->input.length = 0; /* numbers beside it are read */
    }
}

rc_status rc_task_create(const rc_config *c, rc_dataset *data, rc_device *device, rc_model_spec *spec,
                         rc_task **out)
{
    RC_TRY(RC_NEW(out, 1));
    rc_task *t = *out;
    rc_status status = begin(c, data, device, t);
    t->backbone = spec->backbone;
    t->masks = t->n_more > 0;
    if (status == RC_OK) status = choose_layouts(c, t, spec);
    if (rc_head_is_linear(spec->head)) spec->outputs = t->outputs;
    spec->ordered = rc__task_metric_target(t) == RC_METRIC_ORDERED;
    if (t->point_classes) spec->out_shape[0] = t->point_classes;
    if (status == RC_OK) status = rc__task_choose_turns(t, c);
    if (status == RC_OK) status = fit_normalisers(t, c);
    if (status == RC_OK) status = rc__task_upload_scale(t);
    if (status != RC_OK) rc_task_destroy(out);
    return status;
}

rc_status rc_task_create_plain(const rc_config *c, rc_dataset *data, rc_device *device, rc_task **out)
{
    RC_TRY(RC_NEW(out, 1));
    rc_task *t = *out;
    rc_status status = begin(c, data, device, t);
    if (status == RC_OK) status = check_inputs(c, data);
    choose_plain_layouts(t);
    if (status == RC_OK) status = fit_normalisers(t, c);
    if (status == RC_OK) status = rc__task_upload_scale(t);
    if (status != RC_OK) rc_task_destroy(out);
    return status;
}

rc_status rc_task_create_bare(const rc_backbone_config *backbone, const rc_input *input, rc_task **out)
{
    static const rc_form form[] = {[RC_INPUT_IMAGE] = RC_FORM_IMAGES,
                                   [RC_INPUT_TOKENS] = RC_FORM_TEXTS,
                                   [RC_INPUT_SIGNAL] = RC_FORM_SEQUENCES};
    bool image = input->kind == RC_INPUT_IMAGE, text = input->kind == RC_INPUT_TOKENS;
    assert(input->kind != RC_INPUT_TABLE); /* no backbone reads tables by itself */
    RC_TRY(RC_NEW(out, 1));
    rc_layout *l = &(*out)->layout;
    (*out)->backbone = *backbone;
    l->form = form[input->kind];
    l->input = *input;
    l->x_shape[0] = text ? 1 : input->channels;
    l->x_shape[1] = image ? input->height : input->length;
    l->x_shape[2] = image ? input->width : 1;
    return RC_OK;
}

void rc_task_destroy(rc_task **t)
{
    if (!*t) return;
    rc_normaliser_free(&(*t)->nx);
    rc_normaliser_free(&(*t)->ny);
    rc_layout_free(&(*t)->layout);
    for (int k = 0; k < RC_MORE_INPUTS; k++) {
        rc_layout_free(&(*t)->more[k].layout);
        rc_normaliser_free(&(*t)->more[k].nx);
    }
    rc_tensor_destroy(&(*t)->scale);
    rc_tensor_destroy(&(*t)->mean);
    rc_free((*t)->turn.stays);
    rc_free((*t)->class_weight);
    rc_free((*t)->share);
    rc_free((*t)->prior);
    for (int64_t i = 0; i < (*t)->labels; i++)
        rc_free((*t)->label_name[i]);
    rc_free((*t)->label_name);
    rc_free((*t)->encoders);
    rc_tokenizer_close(&(*t)->tokenizer);
    rc_plain_destroy(&(*t)->plain);
    rc_ensemble_destroy(&(*t)->ensemble);
    rc_free(*t);
    *t = NULL;
}
