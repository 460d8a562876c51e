/* Batches: samples of a part as a model is given them. */
#include <math.h>
#include <string.h>

#include "tasks/task.h"

/* For one sample: its input and a copy while it is laid out, then a copy of its target. */
static int64_t scratch_room(const rc_task *t)
{
    int64_t x = 2 * rc_task_room(t);
    return x > t->y_size ? x : t->y_size;
}

rc_status rc_given_create(const rc_task *t, int64_t n, rc_given *out)
{
    *out = (rc_given){0};
    rc_status status = RC_NEW(&out->x, n * rc_task_given(t));
    if (status == RC_OK) status = RC_NEW(&out->ids, n * rc_task_ids(t));
    if (status != RC_OK) rc_given_free(out);
    return status;
}

void rc_given_free(rc_given *g)
{
    rc_free(g->x);
    rc_free(g->ids);
    *g = (rc_given){0};
}

rc_status rc_batch_create(const rc_task *t, int64_t capacity, rc_batch *out)
{
    *out = (rc_batch){.capacity = capacity};
    bool words = t->target == RC_TARGET_WORDS;
    int64_t y = rc_target_is_class(t->target) ? 1 : t->y_size;
    rc_status status = rc_given_create(t, capacity, &out->given);
    if (status == RC_OK) status = RC_NEW(&out->y, capacity * y);
    if (status == RC_OK && t->data && t->data->has_gaps) status = RC_NEW(&out->known, capacity * y);
    if (status == RC_OK) status = RC_NEW(&out->label, capacity * (words ? t->y_size : 1));
    if (status == RC_OK) status = RC_NEW(&out->share, capacity);
    if (status == RC_OK) status = RC_NEW(&out->other, capacity);
    if (status == RC_OK) status = RC_NEW(&out->weight, capacity);
    if (status == RC_OK) status = RC_NEW(&out->scratch, capacity * scratch_room(t));
    if (status != RC_OK) rc_batch_free(out);
    return status;
}

void rc_batch_free(rc_batch *b)
{
    rc_given_free(&b->given);
    rc_free(b->y);
    rc_free(b->known);
    rc_free(b->label);
    rc_free(b->share);
    rc_free(b->other);
    rc_free(b->weight);
    rc_free(b->scratch);
    *b = (rc_batch){0};
}

float rc_batch_number(const rc_task *t, const rc_batch *b, int64_t k)
{
    bool known = t->point_classes ? b->y[k] >= 0 : !b->known || b->known[k] > 0;
    return known ? b->y[k] : NAN;
}

void rc_fill_unknown(int64_t n, int64_t width, float *y)
{
    for (int64_t k = 0; k < width; k++) {
        double sum = 0;
        int64_t known = 0;
        for (int64_t i = 0; i < n; i++) {
            if (isnan(y[i * width + k])) continue;
            sum += (double)y[i * width + k];
            known++;
        }
        for (int64_t i = 0; i < n && known < n; i++)
            if (isnan(y[i * width + k])) y[i * width + k] = known ? (float)(sum / (double)known) : 0;
    }
}

rc_augment rc_augment_of(const rc_config *c, int64_t epoch, int64_t batch)
{
    return (rc_augment){.flip = c->fit.flip,
                        .turn = c->fit.turn,
                        .hide = c->fit.input_dropout,
                        .crop = c->fit.crop,
                        .what = c->fit.augment,
                        .mixup = c->fit.mixup,
                        .seed = (uint64_t)c->seed,
                        .epoch = (uint64_t)epoch,
                        .batch = (uint64_t)batch};
}

double rc_task_hides(const rc_task *t, const rc_config *c)
{
    return t->n_more > 0 ? c->fit.input_dropout : 0;
}

static bool is_moved(const rc_augment *a)
{
    return a && (a->flip || a->turn || a->crop > 0);
}

static rc_pose pose_of(const rc_augment *a, int64_t sample)
{
    rc_rng rng = rc_rng_make(a->seed ^ (a->epoch * 0x9e3779b97f4a7c15u), "augment", (uint64_t)sample);
    return rc_pose_draw(&rng, a->crop, a->flip, a->turn);
}

static void note_gaps(int64_t n, float *y, float *known)
{
    for (int64_t k = 0; k < n; k++) {
        known[k] = isnan(y[k]) ? 0 : 1;
        if (known[k] == 0) y[k] = 0;
    }
}

double rc_batch_weight(const rc_task *t, const rc_batch *b, int64_t i)
{
    return t->mean_weight > 0 ? (double)b->weight[i] : 1.0;
}

rc_status rc_batch_fill(rc_batch *b, const rc_task *t, const rc_part *part, const int64_t *order, int64_t n,
                        const rc_augment *augment)
{
    b->n = n;
    b->mixed = false;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i++) {
        float *raw = b->scratch + i * scratch_room(t), *y = b->y + i * t->y_size;
        int32_t *ids = b->given.ids + i * rc_task_ids(t);
        const int64_t *shape = t->layout.x_shape;
        bool moved = is_moved(augment);
        rc_pose pose = moved ? pose_of(augment, order[i]) : (rc_pose){0};
        rc_task_read(t, part, order[i], raw, ids);
        if (t->n_more) rc__task_hide_inputs(t, augment, order[i], raw, ids);
        if (moved)
            rc_pose_apply(&pose, t->turn.stays, shape[0], shape[1], shape[2], raw,
                          raw + rc_layout_room(&t->layout));
        rc_task_prepare(t, augment, order[i], raw, b->given.x + i * rc_task_given(t));
        if (!part->y) continue;
        if (t->mean_weight > 0)
            b->weight[i] = (float)((double)rc_part_weight(part, order[i]) / t->mean_weight);
        if (t->target == RC_TARGET_WORDS) {
            rc_part_words(part, t->data, order[i], b->label + i * t->y_size);
        } else if (t->target == RC_TARGET_CLASSES) {
            b->label[i] = rc_part_label(part, order[i]);
        } else {
            rc_part_read(part, t->data, RC_PART_Y, order[i], y);
            if (moved && t->target == RC_TARGET_DENSE) {
                const int64_t *side = t->y_shape.dim + t->y_shape.n - 2;
                rc_pose_apply(&pose, NULL, t->y_size / (side[0] * side[1]), side[0], side[1], y, raw);
            }
            if (b->known && !t->point_classes) note_gaps(t->y_size, y, b->known + i * t->y_size);
            rc_normaliser_encode(&t->ny, y);
        }
    }
    if (augment && augment->mixup > 0)
        rc_batch_mix(b, t, augment->mixup, rc_rng_make(augment->seed, "mixup", augment->batch));
    return rc_dataset_status(t->data);
}

/* Each keeps its own share and takes the rest from the other. */
static void mix_pair(int64_t n, float share_a, float share_b, float *a, float *b)
{
    for (int64_t k = 0; k < n; k++) {
        float old = a[k];
        a[k] = share_a * old + (1 - share_a) * b[k];
        b[k] = share_b * b[k] + (1 - share_b) * old;
    }
}

void rc_batch_mix(rc_batch *b, const rc_task *t, double max, rc_rng rng)
{
    int64_t size = rc_task_given(t);
    bool classes = rc_target_is_class(t->target);
    for (int64_t i = 0; i < b->n; i++) {
        b->share[i] = (float)(1 - max * rc_rng_uniform(&rng));
        if (classes) b->other[i] = b->label[b->n - 1 - i];
    }
    for (int64_t i = 0; i < b->n / 2; i++) {
        int64_t other = b->n - 1 - i;
        mix_pair(size, b->share[i], b->share[other], b->given.x + i * size, b->given.x + other * size);
        if (!classes)
            mix_pair(t->y_size, b->share[i], b->share[other], b->y + i * t->y_size, b->y + other * t->y_size);
    }
    b->mixed = classes;
}

int64_t rc_batch_words(const rc_batch *b, const rc_task *t, int64_t tokens, int32_t *row, int32_t *label)
{
    int64_t rows = 0;
    for (int64_t i = 0; i < b->n; i++)
        for (int64_t k = 0; k < tokens; k++) {
            int32_t is = b->label[i * t->y_size + k];
            if (is < 0) continue;
            row[rows] = (int32_t)(i * tokens + k);
            label[rows++] = is;
        }
    return rows;
}

/* Numbers alone: texts are few bytes, and several inputs are laid out anew. */
rc_status rc_batch_bring(const rc_batch *b, const rc_task *t, rc_device *device)
{
    rc_shape x = rc_input_shape(&t->layout.input, b->n);
    if (!t->n_more && t->layout.input.kind != RC_INPUT_TOKENS)
        RC_TRY(rc_tensor_bring(device, b->given.x, (size_t)rc_shape_size(&x) * sizeof *b->given.x));
    return t->target == RC_TARGET_DENSE && !t->point_classes
               ? rc_tensor_bring(device, b->y, (size_t)(b->n * t->y_size) * sizeof *b->y)
               : RC_OK;
}
