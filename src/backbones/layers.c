#include "backbones/layers.h"

#include <math.h>
#include <stdio.h>

#include "ops/ops.h"

/* ---- declaring ---- */

static int declare(rc__declaration *d, const char *prefix, const char *name, rc_shape shape, rc_init init,
                   double std, bool joined)
{
    char full[RC_LAYER_NAME];
    int index = -1;
    if (d->status != RC_OK) return -1;
    snprintf(full, sizeof full, "%s%s", prefix, name);
    d->status = rc_params_declare(d->params, full, shape, init, (float)std, joined, &index);
    if (d->status == RC_OK) rc_params_get(d->params, index)->block = d->block;
    return index;
}

int rc__declare(rc__declaration *d, const char *prefix, const char *name, rc_shape shape, rc_init init,
                bool joined)
{
    return declare(d, prefix, name, shape, init, init == RC_INIT_NORMAL ? RC__WEIGHT_STD : 0, joined);
}

int rc__declare_projection(rc__declaration *d, const char *prefix, const char *name, rc_shape shape)
{
    int64_t fan_in = rc_shape_size(&shape) / shape.dim[0];
    return declare(d, prefix, name, shape, RC_INIT_NORMAL, RC__WEIGHT_STD / sqrt((double)fan_in), false);
}

static int declare_part(rc__declaration *d, const char *prefix, const char *layer, const char *part,
                        rc_shape shape, rc_init init, bool joined)
{
    char name[RC_LAYER_NAME];
    snprintf(name, sizeof name, "%s.%s", layer, part);
    return rc__declare(d, prefix, name, shape, init, joined);
}

static int declare_matrix(rc__declaration *d, const char *prefix, const char *layer, int64_t out, int64_t in,
                          bool joined)
{
    int at = declare_part(d, prefix, layer, "weight", RC_SHAPE(out, in), RC_INIT_NORMAL, joined);
    if (at >= 0) rc_params_get(d->params, at)->matrix = true;
    return at;
}

void rc__declare_linear(rc__declaration *d, const char *prefix, const char *layer, int64_t out, int64_t in,
                        bool bias, int index[2])
{
    index[0] = declare_matrix(d, prefix, layer, out, in, false);
    index[1] = bias ? declare_part(d, prefix, layer, "bias", RC_SHAPE(out), RC_INIT_ZEROS, false) : -1;
}

void rc__declare_norm(rc__declaration *d, const char *prefix, const char *layer, int64_t width, int index[2])
{
    index[0] = declare_part(d, prefix, layer, "weight", RC_SHAPE(width), RC_INIT_ONES, false);
    index[1] = declare_part(d, prefix, layer, "bias", RC_SHAPE(width), RC_INIT_ZEROS, false);
}

void rc__declare_joined(rc__declaration *d, const char *prefix, const char *const *layer, int count,
                        int64_t out, int64_t in, bool bias, int index[2])
{
    index[1] = -1;
    for (int i = 0; i < count; i++) {
        int at = declare_matrix(d, prefix, layer[i], out, in, i > 0);
        if (i == 0) index[0] = at;
    }
    for (int i = 0; bias && i < count; i++) {
        int at = declare_part(d, prefix, layer[i], "bias", RC_SHAPE(out), RC_INIT_ZEROS, i > 0);
        if (i == 0) index[1] = at;
    }
}

/* ---- layers ---- */

static rc_var optional(rc_graph *g, rc_params *p, int index)
{
    return index < 0 ? NULL : rc_params_var(g, p, index);
}

rc_var rc__sum(rc_graph *g, rc_var a, rc_var b)
{
    rc_var sum = rc_add(g, a, b);
    rc_graph_forget(a);
    rc_graph_forget(b);
    return sum;
}

rc_var rc__norm(rc_graph *g, rc_params *p, const int index[2], double eps, rc_var x)
{
    return rc_layernorm(g, x, rc_params_var(g, p, index[0]), rc_params_var(g, p, index[1]), (float)eps);
}

static rc_adapter adapter_of(rc_graph *g, rc_params *p, int weight, int64_t first)
{
    int a = rc_params_get(p, weight)->adapter;
    return (rc_adapter){rc_params_var(g, p, a), rc_params_var(g, p, a + 1), first};
}

rc_var rc__dense(rc_graph *g, rc_params *p, const int index[2], rc_var x, rc_var residual)
{
    const rc_param *weight = rc_params_get(p, index[0]);
    rc_var w = rc_params_var(g, p, index[0]), b = optional(g, p, index[1]);
    if (weight->adapter < 0) return rc_linear(g, x, w, b, residual);
    rc_adapter adapter = adapter_of(g, p, index[0], 0);
    return rc_linear_lora(g, x, w, b, residual, &adapter, 1, weight->adapter_scale);
}

rc_var rc__look_up(rc_graph *g, rc_params *p, int table, rc_var ids)
{
    if (!ids) return NULL;
    int64_t width = rc_params_get(p, table)->shape.dim[1];
    const int64_t *dim = ids->value.shape.dim;
    return rc_gather(g, rc_params_var(g, p, table), ids, 1, width, RC_SHAPE(dim[0], dim[1], width));
}

rc_var rc__joined(rc_graph *g, rc_params *p, const int index[2], int count, rc_var x)
{
    const int64_t *dim = rc_params_get(p, index[0])->shape.dim, all = count * dim[0];
    rc_var bias = index[1] < 0 ? NULL : rc_params_span(g, p, index[1], count, RC_SHAPE(all));
    rc_var weight = rc_params_span(g, p, index[0], count, RC_SHAPE(all, dim[1]));
    rc_adapter adapter[RC_ADAPTERS];
    int adapters = 0;
    float scale = 0;
    for (int i = 0; i < count; i++) {
        const rc_param *part = rc_params_get(p, index[0] + i);
        if (part->adapter < 0) continue;
        adapter[adapters++] = adapter_of(g, p, index[0] + i, i * dim[0]);
        scale = part->adapter_scale;
    }
    return adapters > 0 ? rc_linear_lora(g, x, weight, bias, NULL, adapter, adapters, scale)
                        : rc_linear(g, x, weight, bias, NULL);
}

static rc_var feed_forward(rc_graph *g, rc_params *p, const int fc1[2], const int fc2[2], rc_var x,
                           rc_var residual)
{
    /* The fused op knows no adapters. */
    if (rc_params_get(p, fc1[0])->adapter >= 0 || rc_params_get(p, fc2[0])->adapter >= 0)
        return rc__dense(g, p, fc2, rc_gelu(g, rc__dense(g, p, fc1, x, NULL)), residual);
    return rc_mlp(g, x, rc_params_var(g, p, fc1[0]), rc_params_var(g, p, fc1[1]), rc_params_var(g, p, fc2[0]),
                  rc_params_var(g, p, fc2[1]), residual);
}

/* ---- noise ---- */

/* A leaf of `draws` times `repeat` numbers: 0 with the chance `rate`, else 1 / (1 - rate). */
static rc_var draw_mask(rc_graph *g, int64_t draws, int64_t repeat, double rate)
{
    void *host;
    rc_status status = rc_graph_scratch(g, (size_t)(draws * repeat) * sizeof(float), &host);
    if (status != RC_OK) return rc_graph_fail(g, status);
    for (int64_t i = 0; i < draws; i++) {
        bool dropped = rc_rng_uniform(&rc_graph_noise(g)->rng) < rate;
        for (int64_t k = 0; k < repeat; k++)
            ((float *)host)[i * repeat + k] = dropped ? 0.0f : (float)(1 / (1 - rate));
    }
    return rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(draws * repeat), host, false);
}

rc_var rc__reshape(rc_graph *g, rc_var x, rc_shape shape)
{
    static const int32_t whole[1] = {0};
    if (!x) return NULL;
    rc_var index = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(1), whole, false);
    return rc_gather(g, x, index, 1, rc_tensor_size(&x->value), shape);
}

rc_var rc__repeated(rc_graph *g, int64_t n, float number)
{
    void *host;
    rc_status status = rc_graph_scratch(g, (size_t)n * sizeof(float), &host);
    if (status != RC_OK) return rc_graph_fail(g, status);
    for (int64_t i = 0; i < n; i++)
        ((float *)host)[i] = number;
    return rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(n), host, false);
}

/* MOMENT adds 1e-5 to the deviation, and Chronos-Bolt replaces one of 0; with this in the variance the
 * results differ by a part in 10^5 where the deviation is 1. What it is for is the same: a row without any
 * deviation becomes zeros.
 */
rc_var rc__standardised(rc_graph *g, rc_var x)
{
    static const float EPS = 1e-10f;
    if (!x) return NULL;
    int64_t n = x->value.shape.dim[x->value.shape.n - 1];
    return rc_layernorm(g, x, rc__repeated(g, n, 1), rc__repeated(g, n, 0), EPS);
}

rc_var rc__dropout(rc_graph *g, rc_var x)
{
    double rate = rc_graph_noise(g)->dropout;
    if (!x || rate == 0) return x;
    int64_t n = rc_tensor_size(&x->value);
    rc_var y = rc_scale_rows(g, rc__reshape(g, x, RC_SHAPE(n, 1)), draw_mask(g, n, 1, rate));
    return rc__reshape(g, y, x->value.shape);
}

rc_var rc__drop_path(rc_graph *g, rc_var branch)
{
    double rate = rc_graph_noise(g)->drop_path;
    if (!branch || rate == 0) return branch;
    const rc_shape *s = &branch->value.shape;
    int64_t rows = rc_shape_size(s) / s->dim[s->n - 1];
    rc_var kept = rc_scale_rows(g, branch, draw_mask(g, s->dim[0], rows / s->dim[0], rate));
    rc_graph_forget(branch);
    return kept;
}

static rc_var close_branch(rc_graph *g, rc_var branch, rc_var residual)
{
    branch = rc__drop_path(g, branch);
    if (!residual) return branch;
    rc_var sum = rc_add(g, branch, residual);
    rc_graph_forget(branch);
    return sum;
}

rc_var rc__branch(rc_graph *g, rc_params *p, const int index[2], rc_var x, rc_var residual)
{
    if (rc_graph_noise(g)->drop_path == 0) return rc__dense(g, p, index, x, residual);
    return close_branch(g, rc__dense(g, p, index, x, NULL), residual);
}

rc_var rc__feed_forward(rc_graph *g, rc_params *p, const int fc1[2], const int fc2[2], rc_var x,
                        rc_var residual)
{
    if (rc_graph_noise(g)->drop_path == 0) return feed_forward(g, p, fc1, fc2, x, residual);
    return close_branch(g, feed_forward(g, p, fc1, fc2, x, NULL), residual);
}

/* ---- index tables ---- */

rc_status rc__index_create(int64_t n, int32_t **host)
{
    RC_CHECK(n <= INT32_MAX, RC_SHAPE, "the input is too large: an index table would have %lld entries",
             (long long)n);
    return RC_NEW(host, n);
}

rc_status rc__index_store(int32_t *host, int64_t n, rc_device *device, rc_tensor *out)
{
    rc_status status = rc_tensor_create(device, RC_DTYPE_I32, RC_SHAPE(n), out);
    if (status == RC_OK) status = rc_tensor_upload(out, host);
    rc_free(host);
    return status;
}

rc_status rc__patches_create(rc_device *device, int64_t channels, int64_t h, int64_t w, int64_t ph,
                             int64_t pw, int64_t gh, int64_t gw, rc__patches *out)
{
    int64_t run = w % pw == 0 ? pw : 1, runs = pw / run;
    int64_t n = gh * gw * channels * ph * runs;
    int32_t *host;
    RC_TRY(rc__index_create(n, &host));
    int32_t *to = host;
    for (int64_t token = 0; token < gh * gw; token++)
        for (int64_t k = 0; k < channels; k++)
            for (int64_t i = 0; i < ph; i++)
                for (int64_t r = 0; r < runs; r++) {
                    int64_t y = token / gw * ph + i, x = token % gw * pw + r * run;
                    *to++ = y < h && x < w ? (int32_t)(((k * h + y) * w + x) / run) : -1;
                }
    out->run = run;
    out->tokens = gh * gw;
    out->width = channels * ph * pw;
    return rc__index_store(host, n, device, &out->index);
}

void rc__patches_destroy(rc__patches *p)
{
    rc_tensor_destroy(&p->index);
}

rc_var rc__patches_cut(rc_graph *g, const rc__patches *p, rc_var x)
{
    if (!x) return NULL;
    int64_t batch = x->value.shape.dim[0];
    return rc_gather(g, x, rc_graph_leaf(g, p->index, false), batch, p->run,
                     RC_SHAPE(batch, p->tokens, p->width));
}
