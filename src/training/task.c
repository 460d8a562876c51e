#include "training/task.h"

#include <math.h>
#include <string.h>

/* ---- choices ---- */

static rc_norm_kind norm_by_name(const char *name, rc_norm_kind automatic)
{
    if (strcmp(name, "none") == 0) return RC_NORM_NONE;
    if (strcmp(name, "channel") == 0) return RC_NORM_CHANNEL;
    if (strcmp(name, "point") == 0) return RC_NORM_POINT;
    return automatic;
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

static rc_status fit_normalisers(rc_task *t, const rc_config *c)
{
    bool dense = t->target == RC_TARGET_DENSE;
    rc_norm_kind x = norm_by_name(c->data.normalise_x, dense ? RC_NORM_POINT : RC_NORM_CHANNEL);
    rc_norm_kind y = norm_by_name(c->data.normalise_y, RC_NORM_POINT);
    if (t->target != RC_TARGET_DENSE && t->target != RC_TARGET_REGRESSION) y = RC_NORM_NONE;
    RC_TRY(rc_normaliser_fit_x(t->data, x, &t->nx));
    keep_constant_channels(&t->nx);
    return rc_normaliser_fit_y(t->data, y, &t->ny);
}

static rc_status choose_loss(rc_task *t, const char *name)
{
    static const struct {
        const char *name;
        rc_loss_kind kind;
    } known[] = {{"cross-entropy", RC_LOSS_CROSS_ENTROPY},
                 {"bce", RC_LOSS_BCE},
                 {"mse", RC_LOSS_MSE},
                 {"relative-l2", RC_LOSS_RELATIVE_L2}};
    static const rc_loss_kind automatic[] = {[RC_TARGET_CLASSES] = RC_LOSS_CROSS_ENTROPY,
                                             [RC_TARGET_MULTILABEL] = RC_LOSS_BCE,
                                             [RC_TARGET_REGRESSION] = RC_LOSS_MSE,
                                             [RC_TARGET_DENSE] = RC_LOSS_RELATIVE_L2};
    t->loss = automatic[t->target];
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i].name) == 0) t->loss = known[i].kind;
    bool numbers = t->target == RC_TARGET_REGRESSION || t->target == RC_TARGET_DENSE;
    bool fits = t->loss == automatic[t->target] ||
                (numbers && (t->loss == RC_LOSS_MSE || t->loss == RC_LOSS_RELATIVE_L2)) ||
                (t->target == RC_TARGET_DENSE && t->loss == RC_LOSS_BCE);
    RC_CHECK(fits, RC_CONFIG, "fit.loss %s does not fit this target; use auto", name);
    return RC_OK;
}

static const char *metric_of(rc_target_kind target)
{
    static const char *const name[] = {[RC_TARGET_CLASSES] = "error",
                                       [RC_TARGET_MULTILABEL] = "label_error",
                                       [RC_TARGET_REGRESSION] = "rmse",
                                       [RC_TARGET_DENSE] = "relative_l2"};
    return name[target];
}

/* Classes see the image at the backbone's own size. A dense target wants at least its own grid: the smallest
 * multiple of the backbone's stride that covers it. */
static void choose_input(const rc_config *c, const rc_dataset *d, rc_model_spec *s)
{
    const rc_backbone *b = rc_backbone_of(&s->backbone);
    int64_t stride = b->stride(&s->backbone);
    s->input = b->native_input(&s->backbone);
    s->input.channels = d->x_shape[0];
    if (c->model.image_size > 0) {
        s->input.height = s->input.width = c->model.image_size;
    } else if (d->target == RC_TARGET_DENSE && d->y_shape.n >= 2) {
        s->input.height = (d->y_shape.dim[d->y_shape.n - 2] + stride - 1) / stride * stride;
        s->input.width = (d->y_shape.dim[d->y_shape.n - 1] + stride - 1) / stride * stride;
    }
}

static rc_status choose_head(const rc_dataset *d, rc_model_spec *s)
{
    if (d->target == RC_TARGET_DENSE) {
        int n = d->y_shape.n;
        char text[RC_SHAPE_TEXT];
        RC_CHECK(n == 2 || n == 3, RC_UNSUPPORTED,
                 "%s: a dense target of shape %s; supported are [H, W] and [K, H, W]", d->name,
                 rc_shape_text(&d->y_shape, text));
        s->head = RC_HEAD_DENSE;
        s->out_shape[0] = n == 3 ? d->y_shape.dim[0] : 1;
        s->out_shape[1] = d->y_shape.dim[n - 2];
        s->out_shape[2] = d->y_shape.dim[n - 1];
        return RC_OK;
    }
    s->head = RC_HEAD_LINEAR;
    s->outputs = d->classes > 0 ? d->classes : d->y_size;
    return RC_OK;
}

/* The device needs the target's scale for a loss on decoded values. */
rc_status rc__task_upload_scale(rc_task *t)
{
    if (t->loss != RC_LOSS_RELATIVE_L2 || t->ny.kind == RC_NORM_NONE) return RC_OK;
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

static rc_status fill_from_data(rc_task *t, const rc_dataset *d, const rc_model_spec *spec)
{
    const rc_backbone *b = rc_backbone_of(&spec->backbone);
    RC_CHECK(b->native->input == RC_INPUT_IMAGE, RC_UNSUPPORTED,
             "%s: a %s backbone takes %s; this version trains image backbones only", d->name, b->name,
             rc_input_kind_text(b->native->input));
    RC_CHECK(d->x_dims == 2, RC_SHAPE,
             "%s: inputs are %s; this backbone takes images [N, C, H, W] (one-dimensional data need a text "
             "backbone)",
             d->name, d->is_table ? "a table [N, F]" : "sequences [N, C, L]");
    t->target = d->target;
    memcpy(t->x_shape, d->x_shape, sizeof t->x_shape);
    t->y_size = d->y_size;
    t->metric = metric_of(d->target);
    return RC_OK;
}

rc_status rc_task_create(const rc_config *c, rc_dataset *data, rc_device *device, rc_model_spec *spec,
                         rc_task **out)
{
    RC_TRY(RC_NEW(out, 1));
    rc_task *t = *out;
    t->data = data;
    t->device = device;
    t->smoothing = c->fit.smoothing;
    rc_status status = fill_from_data(t, data, spec);
    if (status == RC_OK) status = choose_loss(t, c->fit.loss);
    if (status == RC_OK) status = choose_head(data, spec);
    if (status == RC_OK) status = fit_normalisers(t, c);
    if (status == RC_OK) {
        choose_input(c, data, spec);
        t->input = spec->input;
        status = rc_resize_create(t->x_shape[1], t->x_shape[2], t->input.height, t->input.width, &t->resize);
    }
    if (status == RC_OK) status = rc__task_upload_scale(t);
    if (status != RC_OK) rc_task_destroy(out);
    return status;
}

void rc_task_destroy(rc_task **t)
{
    if (!*t) return;
    rc_normaliser_free(&(*t)->nx);
    rc_normaliser_free(&(*t)->ny);
    rc_resize_destroy(&(*t)->resize);
    rc_tensor_destroy(&(*t)->scale);
    rc_tensor_destroy(&(*t)->mean);
    rc_free(*t);
    *t = NULL;
}

/* ---- batches ---- */

static int64_t raw_size(const rc_task *t)
{
    return t->x_shape[0] * t->x_shape[1] * t->x_shape[2];
}

rc_status rc_batch_create(const rc_task *t, int64_t capacity, rc_batch *out)
{
    *out = (rc_batch){.capacity = capacity};
    int64_t y = t->target == RC_TARGET_CLASSES ? 1 : t->y_size;
    rc_status status = RC_NEW(&out->x, capacity * rc_input_size(&t->input));
    if (status == RC_OK) status = RC_NEW(&out->y, capacity * y);
    if (status == RC_OK) status = RC_NEW(&out->label, capacity);
    if (status == RC_OK) status = RC_NEW(&out->scratch, capacity * 2 * raw_size(t));
    if (status != RC_OK) rc_batch_free(out);
    return status;
}

void rc_batch_free(rc_batch *b)
{
    rc_free(b->x);
    rc_free(b->y);
    rc_free(b->label);
    rc_free(b->scratch);
    *b = (rc_batch){0};
}

void rc_task_prepare_x(const rc_task *t, float *raw, float *out)
{
    rc_normaliser_encode(&t->nx, raw);
    rc_resize_apply(t->resize, t->x_shape[0], raw, out);
}

void rc_batch_fill(rc_batch *b, const rc_task *t, const rc_part *part, const int64_t *order, int64_t n,
                   const rc_augment *augment)
{
    b->n = n;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i++) {
        float *raw = b->scratch + 2 * i * raw_size(t);
        rc_part_x(part, t->data, order[i], raw);
        if (augment && (augment->flip || augment->crop > 0)) {
            rc_rng rng = rc_rng_make(augment->seed ^ (augment->epoch * 0x9e3779b97f4a7c15u), "augment",
                                     (uint64_t)order[i]);
            rc_augment_crop_flip(&rng, t->x_shape[0], t->x_shape[1], t->x_shape[2], (int)augment->crop,
                                 augment->flip, raw, raw + raw_size(t));
        }
        rc_task_prepare_x(t, raw, b->x + i * rc_input_size(&t->input));
        if (t->target == RC_TARGET_CLASSES) {
            b->label[i] = rc_part_label(part, order[i]);
        } else {
            rc_part_y(part, t->data, order[i], b->y + i * t->y_size);
            rc_normaliser_encode(&t->ny, b->y + i * t->y_size);
        }
    }
}

rc_feed rc_batch_feed(rc_graph *g, const rc_task *t, const rc_batch *b)
{
    return (rc_feed){.x = rc_graph_input(g, RC_DTYPE_F32, rc_input_shape(&t->input, b->n), b->x, false)};
}
