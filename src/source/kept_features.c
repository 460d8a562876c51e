#include "source/kept_features.h"

#include <stdlib.h>
#include <string.h>

#include "base/progress.h"
#include "parallel/parallel.h"

/* ---- order ---- */

rc_status rc_part_lengths(const rc_task *t, const rc_part *part, int32_t **length)
{
    *length = NULL;
    if (t->data->form != RC_FORM_TEXTS) return RC_OK;
    RC_TRY(RC_NEW(length, part->n));
    for (int64_t i = 0; i < part->n; i++)
        (*length)[i] = (int32_t)rc_part_tokens(part, t->data, i);
    return RC_OK;
}

typedef struct keyed {
    int64_t key, sample;
} keyed;

static int by_key(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return x->sample < y->sample ? -1 : x->sample > y->sample;
}

rc_status rc_samples_sort(const int32_t *key, int64_t n, int64_t *sample)
{
    keyed *all;
    RC_TRY(RC_NEW_RAW(&all, n));
    for (int64_t i = 0; i < n; i++)
        all[i] = (keyed){key[sample[i]], sample[i]};
    qsort(all, (size_t)n, sizeof *all, by_key);
    for (int64_t i = 0; i < n; i++)
        sample[i] = all[i].sample;
    rc_free(all);
    return RC_OK;
}

/* ---- keeping ---- */

void rc_kept_features_free(rc_kept_features *k)
{
    rc_free(k->first);
    rc_free(k->label);
    rc_free(k->row);
    *k = (rc_kept_features){0};
}

int64_t rc_kept_features_bytes(const rc_kept_features *k)
{
    return k->n ? k->first[k->n] * k->width * (int64_t)sizeof *k->row : 0;
}

/* Where the rows of each sample lie, and their labels. */
static rc_status count_rows(const rc_task *t, const rc_part *part, rc_kept_features *k)
{
    bool words = t->target == RC_TARGET_WORDS;
    int64_t each = words ? t->y_size : 1, rows = 0;
    int32_t *label;
    RC_TRY(RC_NEW(&k->first, part->n + 1));
    RC_TRY(RC_NEW(&k->label, part->n * each));
    RC_TRY(RC_NEW_RAW(&label, each));
    for (int64_t i = 0; i < part->n; i++) {
        if (words)
            rc_part_words(part, t->data, i, label);
        else
            label[0] = rc_part_label(part, i);
        for (int64_t w = 0; w < each; w++)
            if (label[w] >= 0) k->label[rows++] = label[w];
        k->first[i + 1] = rows;
    }
    rc_free(label);
    return RC_OK;
}

/* One batch; features [n, tokens, width] of words, else [n, width]. */
static void take_rows(const rc_task *t, const rc_batch *b, const int64_t *sample, int64_t tokens,
                      const float *features, rc_kept_features *k)
{
    bool words = t->target == RC_TARGET_WORDS;
    size_t bytes = (size_t)k->width * sizeof *k->row;
    for (int64_t i = 0; i < b->n; i++) {
        float *to = k->row + k->first[sample[i]] * k->width;
        if (!words) memcpy(to, features + i * k->width, bytes);
        for (int64_t w = 0; words && w < tokens; w++) {
            if (b->label[i * t->y_size + w] < 0) continue;
            memcpy(to, features + (i * tokens + w) * k->width, bytes);
            to += k->width;
        }
    }
}

static rc_status run_batch(rc_graph *g, rc_model *m, const rc_task *t, const rc_batch *b,
                           const int64_t *sample, rc_kept_features *k)
{
    const void *host;
    rc_graph_reset(g, false);
    rc_feed feed = rc_task_feed(g, t, b->n, &b->given);
    rc_var f = rc_model_body(g, m, rc_model_embed(g, m, &feed), &feed);
    if (t->target != RC_TARGET_WORDS) f = rc_model_pool(g, m, f, &feed);
    RC_TRY(rc_graph_status(g));
    RC_TRY(rc_tensor_map_read(&f->value, &host));
    take_rows(t, b, sample, rc_tensor_size(&f->value) / (b->n * k->width), host, k);
    rc_tensor_unmap(&f->value, host);
    return RC_OK;
}

/* Texts of about the same length go through the body together. */
static rc_status choose_order(const rc_task *t, const rc_part *part, int64_t *order)
{
    int32_t *length;
    for (int64_t i = 0; i < part->n; i++)
        order[i] = i;
    RC_TRY(rc_part_lengths(t, part, &length));
    rc_status status = length ? rc_samples_sort(length, part->n, order) : RC_OK;
    rc_free(length);
    return status;
}

/* Of n samples: those that this rank has done to all, and the others' from them. */
static rc_status share(const int64_t *sample, int64_t n, int64_t batch, rc_kept_features *k)
{
    int64_t first, end, *at;
    float *rows = NULL;
    RC_TRY(RC_NEW(&at, n + 1));
    for (int64_t i = 0; i < n; i++)
        at[i + 1] = at[i] + k->first[sample[i] + 1] - k->first[sample[i]];
    size_t bytes = (size_t)k->width * sizeof *rows;
    rc_status status = RC_NEW_RAW(&rows, at[n] * k->width);
    rc_parallel_batches(n, batch, &first, &end);
    for (int64_t i = first; i < end && status == RC_OK; i++)
        memcpy(rows + at[i] * k->width, k->row + k->first[sample[i]] * k->width,
               (size_t)(at[i + 1] - at[i]) * bytes);
    if (status == RC_OK) status = rc_parallel_complete(n, batch, at, bytes, rows);
    for (int64_t i = 0; i < n && status == RC_OK; i++)
        memcpy(k->row + k->first[sample[i]] * k->width, rows + at[i] * k->width,
               (size_t)(at[i + 1] - at[i]) * bytes);
    rc_free(rows);
    rc_free(at);
    return status;
}

/* A batch for each rank. */
static rc_status run_round(rc_graph *g, rc_model *m, const rc_task *t, const rc_part *part, rc_batch *b,
                           const int64_t *sample, int64_t n, rc_kept_features *k)
{
    int64_t first, end;
    rc_parallel_batches(n, b->capacity, &first, &end);
    if (first < end) {
        RC_TRY(rc_batch_fill(b, t, part, sample + first, end - first, NULL));
        RC_TRY(run_batch(g, m, t, b, sample + first, k));
    }
    return rc_parallel_size() > 1 ? share(sample, n, b->capacity, k) : RC_OK;
}

static rc_status fill(rc_graph *g, rc_model *m, const rc_task *t, const rc_part *part, rc_batch *b,
                      int64_t *order, rc_kept_features *k)
{
    RC_TRY(choose_order(t, part, order));
    int64_t round = b->capacity * rc_parallel_size();
    for (int64_t i = 0; i < part->n; i += round) {
        int64_t n = part->n - i < round ? part->n - i : round;
        RC_TRY(run_round(g, m, t, part, b, order + i, n, k));
        rc_progress_step("features", i + n, part->n, "");
        RC_TRY(rc_parallel_agree());
        if (rc_interrupt_requested()) return rc_fail(RC_INTERRUPTED, "interrupted; nothing was written");
    }
    return RC_OK;
}

rc_status rc_features_keep(rc_graph *g, rc_model *m, const rc_task *t, const rc_part *part, int64_t batch,
                           int64_t max, rc_kept_features *out)
{
    int64_t *order = NULL;
    rc_batch b = {0};
    *out = (rc_kept_features){.n = part->n, .width = rc_model_features(m)};
    rc_status status = count_rows(t, part, out);
    bool room = status == RC_OK && rc_kept_features_bytes(out) <= max;
    if (room) status = RC_NEW(&order, part->n);
    if (room && status == RC_OK) status = RC_NEW_RAW(&out->row, out->first[part->n] * out->width);
    if (room && status == RC_OK) status = rc_batch_create(t, batch, &b);
    if (room && status == RC_OK) status = fill(g, m, t, part, &b, order, out);
    rc_batch_free(&b);
    rc_free(order);
    if (!room || status != RC_OK) rc_kept_features_free(out);
    return status;
}
