#include "source/source_samples.h"

#include <string.h>

#include "datasets/dataset.h"

/* ---- making ---- */

static rc_status make_batch(rc_graph *g, rc_model *m, const rc_task *t, rc_batch *b, int64_t first,
                            float *tokens, int32_t **length, int64_t n)
{
    int64_t size = rc_grid_tokens(&m->u) * rc_model_width(m);
    rc_graph_reset(g, false);
    rc_feed feed = rc_task_feed(g, t, b->n, &b->given);
    rc_var u = rc_model_embed(g, m, &feed);
    RC_TRY(rc_graph_status(g));
    RC_TRY(rc_tensor_download(&u->value, tokens + first * size));
    rc_spread_rows(tokens + first * size, b->n, rc_tensor_size(&u->value) / b->n, size);
    if (!feed.length) return RC_OK;
    if (!*length) RC_TRY(RC_NEW(length, n));
    return rc_tensor_download(&feed.length->value, *length + first);
}

rc_status rc_source_tokens_make(rc_graph *g, rc_model *m, const rc_task *t, const rc_part *part,
                                uint64_t seed, int64_t n, float *tokens, int32_t **length)
{
    enum { BATCH = 32 };
    int64_t *order;
    rc_batch b = {0};
    *length = NULL;
    RC_TRY(RC_NEW(&order, part->n));
    rc_status status = rc_part_order(part, seed ^ 0xfea7ull, 0, order); /* that of rc_pooled_features */
    if (status == RC_OK) status = rc_batch_create(t, BATCH, &b);
    for (int64_t i = 0; i < n && status == RC_OK; i += BATCH) {
        status = rc_batch_fill(&b, t, part, order + i, n - i < BATCH ? n - i : BATCH, NULL);
        if (status == RC_OK) status = make_batch(g, m, t, &b, i, tokens, length, n);
    }
    rc_batch_free(&b);
    rc_free(order);
    return status;
}

/* ---- the head ---- */

/* Of the tensor of this shape, which has a row for each class of the source, the set's. */
static rc_status load(rc_device *device, const rc_bundle *b, const rc_source_set *set, const char *name,
                      rc_shape shape, rc_tensor *out)
{
    int at = rc_safetensors_find(b->file, name);
    RC_CHECK(at >= 0, RC_FORMAT, "%s: tensor \"%s\" is missing", b->name, name);
    rc_safetensors_entry e = rc_safetensors_get(b->file, at);
    RC_CHECK(rc_shape_equal(&e.shape, &shape), RC_SHAPE, "%s: tensor \"%s\" has the wrong shape", b->name,
             name);
    int64_t row = rc_shape_size(&shape) / b->classes, size = set->classes * row;
    shape.dim[0] = set->classes;
    RC_TRY(rc_tensor_create(device, RC_DTYPE_F32, shape, out));
    void *host;
    RC_TRY(rc_tensor_map_write(out, &host));
    rc_convert_to_f32(e.dtype,
                      (const char *)e.data + (size_t)(set->first_class * row) * rc_dtype_size(e.dtype), size,
                      host);
    rc_status status = rc_weights_check_numbers(b->name, name, host, size);
    rc_tensor_unmap(out, host);
    return status;
}

static const char *const plain_weight = "source.plain_head.weight";

rc_status rc_source_head_check(const rc_bundle *b, bool plain)
{
    RC_CHECK(!plain || rc_safetensors_find(b->file, plain_weight) >= 0, RC_DATA,
             "%s: the bundle holds no head from before recalibration, which align.source_head=plain asks "
             "for; build it again (`\1rc_source_build`)",
             b->name);
    return RC_OK;
}

rc_status rc_source_head_load(rc_device *device, const rc_bundle *b, int set, bool plain, rc_tensor head[2])
{
    const char *weight = plain ? plain_weight : "classifier.weight";
    RC_TRY(rc_source_head_check(b, plain));
    int64_t features = rc_backbone_of(&b->backbone)->features(&b->backbone);
    RC_TRY(load(device, b, &b->set[set], weight, RC_SHAPE(b->classes, features), &head[0]));
    return load(device, b, &b->set[set], plain ? "source.plain_head.bias" : "classifier.bias",
                RC_SHAPE(b->classes), &head[1]);
}

/* ---- drawing ---- */

static void find_origins(const rc_grid *from, const rc_grid *to, int64_t *origin)
{
    for (int64_t i = 0; i < to->extra; i++)
        origin[i] = i;
    for (int64_t y = 0; y < to->h; y++)
        for (int64_t x = 0; x < to->w; x++) {
            bool sequence = from->h == 1 && to->h == 1;
            int64_t fy = sequence ? 0 : y * from->h / to->h, fx = sequence ? x : x * from->w / to->w;
            origin[to->extra + y * to->w + x] = fx < from->w ? from->extra + fy * from->w + fx : -1;
        }
}

rc_status rc_source_samples_check(const rc_config *c, const rc_bundle *b)
{
    (void)c;
    RC_CHECK(b->n_tokens > 0, RC_UNSUPPORTED,
             "%s: the bundle holds no source tokens, which this method needs; build it again "
             "(`\1rc_source_build`)",
             b->name);
    return rc_source_head_check(b, false);
}

rc_status rc_source_samples_create(const rc_bundle *b, const rc_model *m, int64_t capacity,
                                   rc_source_samples *out)
{
    int64_t tokens = rc_grid_tokens(&m->u);
    *out = (rc_source_samples){.bundle = b, .grid = m->u, .capacity = capacity};
    RC_CHECK(m->u.extra == b->grid.extra, RC_SHAPE,
             "%s: source samples begin with %lld extra tokens, the target's with %lld", b->name,
             (long long)b->grid.extra, (long long)m->u.extra);
    rc_status status = RC_NEW(&out->tokens, capacity * tokens * b->width);
    if (status == RC_OK) status = RC_NEW(&out->whole, rc_grid_tokens(&b->grid) * b->width);
    if (status == RC_OK) status = RC_NEW(&out->origin, tokens);
    if (status == RC_OK) status = RC_NEW(&out->length, capacity);
    if (status == RC_OK) status = RC_NEW(&out->label, capacity);
    if (status != RC_OK) {
        rc_source_samples_free(out);
        return status;
    }
    find_origins(&b->grid, &m->u, out->origin);
    out->padded = out->origin[tokens - 1] < 0 || rc_safetensors_find(b->file, "source.token_lengths") >= 0;
    return RC_OK;
}

void rc_source_samples_free(rc_source_samples *s)
{
    rc_free(s->tokens);
    rc_free(s->whole);
    rc_free(s->origin);
    rc_free(s->length);
    rc_free(s->label);
    *s = (rc_source_samples){0};
}

static void place(rc_source_samples *s, int64_t slot, int64_t sample)
{
    int64_t tokens = rc_grid_tokens(&s->grid), width = s->bundle->width, present = 0;
    int64_t length = rc_bundle_tokens(s->bundle, sample, s->whole);
    float *to = s->tokens + slot * tokens * width;
    for (int64_t i = 0; i < tokens; i++, to += width) {
        bool there = s->origin[i] >= 0 && s->origin[i] < length;
        if (there)
            memcpy(to, s->whole + s->origin[i] * width, (size_t)width * sizeof *to);
        else
            memset(to, 0, (size_t)width * sizeof *to);
        present += there;
    }
    s->length[slot] = (int32_t)present;
    s->label[slot] = s->bundle->labels[sample];
}

void rc_source_samples_draw(rc_source_samples *s, uint64_t seed, int64_t step, int64_t n)
{
    int64_t all = s->bundle->n_tokens;
    for (int64_t i = 0; i < n; i++) {
        int64_t count = step * s->capacity + i;
        /* The bundle's samples lie in random order; each round goes through them once from a new start. */
        rc_rng rng = rc_rng_make(seed, "source-samples", (uint64_t)(count / all));
        int64_t start = (int64_t)rc_rng_below(&rng, (uint64_t)all);
        place(s, i, (start + count % all) % all);
    }
}

rc_var rc_source_samples_u(rc_graph *g, const rc_source_samples *s, int64_t n)
{
    return rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(n, rc_grid_tokens(&s->grid), s->bundle->width), s->tokens,
                          false);
}

rc_var rc_source_samples_length(rc_graph *g, const rc_source_samples *s, int64_t n)
{
    return s->padded ? rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(n), s->length, false) : NULL;
}

rc_var rc_source_samples_label(rc_graph *g, const rc_source_samples *s, int64_t n)
{
    return rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(n), s->label, false);
}
