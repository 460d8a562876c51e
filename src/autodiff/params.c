#include "autodiff/params.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/first_failure.h"

enum { NAME = 256 }; /* bytes of a name */

struct rc_params {
    rc_device *device;
    rc_param *entry;
    int count, capacity;
    int64_t total, grad_total;
    rc_tensor values, grads;
    int64_t codes_total, rows_total; /* of 8-bit parameters */
    rc_tensor codes, scales, sums;
    rc_param_check check; /* NULL: everything may be declared */
    const void *check_context;
    const char *prefix; /* of names; NULL: none */
};

rc_status rc_params_create(rc_device *device, rc_params **out)
{
    RC_TRY(RC_NEW(out, 1));
    (*out)->device = device;
    return RC_OK;
}

void rc_params_destroy(rc_params **p)
{
    if (!*p) return;
    for (int i = 0; i < (*p)->count; i++)
        rc_free((*p)->entry[i].name);
    rc_free((*p)->entry);
    rc_tensor_destroy(&(*p)->values);
    rc_tensor_destroy(&(*p)->grads);
    rc_tensor_destroy(&(*p)->codes);
    rc_tensor_destroy(&(*p)->scales);
    rc_tensor_destroy(&(*p)->sums);
    rc_free(*p);
    *p = NULL;
}

/* ---- the table ---- */

static rc_status make_room(rc_params *p)
{
    if (p->count < p->capacity) return RC_OK;
    int capacity = p->capacity ? 2 * p->capacity : 64;
    void *entries = p->entry;
    RC_TRY(rc_realloc((size_t)p->capacity * sizeof(rc_param), (size_t)capacity * sizeof(rc_param), &entries));
    p->entry = entries;
    p->capacity = capacity;
    return RC_OK;
}

/* Whole units of alignment, in elements of so many bytes. */
static int64_t round_up_to(int64_t n, int64_t bytes)
{
    const int64_t unit = RC_ALIGNMENT / bytes;
    return (n + unit - 1) / unit * unit;
}

static int64_t round_up(int64_t n)
{
    return round_up_to(n, sizeof(float));
}

rc_status rc_params_declare(rc_params *p, const char *name, rc_shape shape, rc_init init, float std,
                            bool joined, int *index)
{
    assert(!p->values.data && (!joined || p->count > 0));
    int64_t size;
    char full[NAME];
    int length = snprintf(full, sizeof full, "%s%s", p->prefix ? p->prefix : "", name);
    RC_CHECK(length < NAME, RC_FORMAT, "the name of a parameter is longer than %d bytes: %.60s...", NAME - 1,
             full);
    RC_TRY(rc_shape_count(&shape, &size));
    if (p->check) RC_TRY(p->check(p->check_context, full, &shape));
    RC_TRY(make_room(p));
    rc_param *e = &p->entry[p->count];
    *e = (rc_param){.shape = shape,
                    .init = init,
                    .std = std,
                    .size = size,
                    .trainable = true,
                    .rate = 1,
                    .decays = true,
                    .grad_offset = -1,
                    .adapter = -1,
                    .block = -1};
    RC_TRY(rc_strdup(full, &e->name));
    e->group = joined ? p->entry[p->count - 1].group : p->count;
    if (index) *index = p->count;
    p->count++;
    return RC_OK;
}

void rc_params_set_prefix(rc_params *p, const char *prefix)
{
    p->prefix = prefix;
}

void rc_params_mark_table(rc_params *p, int i)
{
    assert(p->entry[i].shape.n == 2 && p->entry[i].group == i);
    p->entry[i].table = true;
}

void rc_params_set_check(rc_params *p, rc_param_check check, const void *context)
{
    p->check = check;
    p->check_context = context;
}

static void lay_out(rc_params *p)
{
    for (int i = 0; i < p->count; i++) {
        rc_param *e = &p->entry[i];
        int64_t *total = e->int8 ? &p->codes_total : &p->total;
        bool joined = e->group != i;
        assert(e->int8 == p->entry[e->group].int8);
        e->offset = joined ? *total : round_up_to(*total, e->int8 ? 1 : sizeof(float));
        *total = e->offset + e->size;
        if (!e->int8) continue;
        e->row = joined ? p->rows_total : round_up(p->rows_total);
        p->rows_total = e->row + e->shape.dim[0];
    }
    p->total = round_up(p->total);
}

static rc_status allocate_codes(rc_params *p)
{
    if (p->codes_total == 0) return RC_OK;
    RC_TRY(rc_tensor_create(p->device, RC_DTYPE_I8, RC_SHAPE(p->codes_total), &p->codes));
    RC_TRY(rc_tensor_create(p->device, RC_DTYPE_F32, RC_SHAPE(p->rows_total), &p->scales));
    return rc_tensor_create(p->device, RC_DTYPE_I32, RC_SHAPE(p->rows_total), &p->sums);
}

rc_status rc_params_allocate(rc_params *p)
{
    lay_out(p);
    RC_TRY(allocate_codes(p));
    RC_TRY(rc_tensor_create(p->device, RC_DTYPE_F32, RC_SHAPE(p->total), &p->values));
    RC_LAUNCH(p->device, fill, p->total, 0.0f, p->values.data); /* the gaps too: files are reproducible */
    return RC_OK;
}

int rc_params_count(const rc_params *p)
{
    return p->count;
}

rc_param *rc_params_get(rc_params *p, int i)
{
    return &p->entry[i];
}

int rc_params_find(const rc_params *p, const char *name)
{
    for (int i = 0; i < p->count; i++)
        if (strcmp(p->entry[i].name, name) == 0) return i;
    return -1;
}

int64_t rc_params_total(const rc_params *p)
{
    return p->total + p->codes_total;
}

int64_t rc_params_grad_total(const rc_params *p)
{
    return p->grad_total;
}

int64_t rc_params_trainable_total(const rc_params *p)
{
    int64_t total = 0;
    for (int i = 0; i < p->count; i++)
        if (p->entry[i].trainable) total += p->entry[i].size;
    return total;
}

static rc_tensor slice(const rc_tensor *block, int64_t offset, rc_shape shape)
{
    rc_tensor t = *block;
    t.data = (char *)block->data + (size_t)offset * rc_dtype_size(block->dtype);
    t.shape = shape;
    return t;
}

rc_tensor rc_params_value(rc_params *p, int i)
{
    const rc_param *e = &p->entry[i];
    return slice(e->int8 ? &p->codes : &p->values, e->offset, e->shape);
}

rc_tensor rc_params_value_block(const rc_params *p)
{
    return p->values;
}

rc_tensor rc_params_scale(rc_params *p, int i)
{
    return slice(&p->scales, p->entry[i].row, RC_SHAPE(p->entry[i].shape.dim[0]));
}

rc_status rc_params_sum_codes(rc_params *p, int i)
{
    const rc_shape *shape = &p->entry[i].shape;
    rc_tensor codes = rc_params_value(p, i), sums = slice(&p->sums, p->entry[i].row, RC_SHAPE(shape->dim[0]));
    const void *from;
    void *to;
    RC_TRY(rc_tensor_map_read(&codes, &from));
    rc_status status = rc_tensor_map_write(&sums, &to);
    if (status == RC_OK) {
        rc_int8_sum(shape->dim[0], shape->dim[1], from, to);
        rc_tensor_unmap(&sums, to);
    }
    rc_tensor_unmap(&codes, from);
    return status;
}

rc_tensor rc_params_grad(rc_params *p, int i)
{
    const rc_param *e = &p->entry[i], *first = &p->entry[e->group];
    if (e->grad_offset < 0 || !first->grad.value.data) return (rc_tensor){0};
    return slice(&first->grad.value, e->grad_offset - first->grad_offset, e->shape);
}

int rc_params_set_trainable(rc_params *p, const char *prefix, bool trainable)
{
    int changed = 0;
    for (int i = 0; i < p->count; i++) {
        if (strncmp(p->entry[i].name, prefix, strlen(prefix)) != 0) continue;
        p->entry[i].trainable = trainable;
        changed++;
    }
    return changed;
}

/* ---- gradients ---- */

void rc_params_lay_out_grads(rc_params *p)
{
    rc_tensor_destroy(&p->grads);
    int64_t total = 0;
    for (int i = 0; i < p->count; i++) {
        rc_param *e = &p->entry[i];
        e->grad_offset = -1;
        e->grad = (rc_gradient){.table = e->table};
        assert(e->trainable == p->entry[e->group].trainable);
        if (!e->trainable) continue;
        e->grad_offset = e->group == i ? round_up(total) : total;
        total = e->grad_offset + e->size;
    }
    p->grad_total = round_up(total);
}

/* Numbers of the tables among the first `count` that learn: what a block without tables leaves out. */
static int64_t table_total(const rc_params *p, int count)
{
    int64_t total = 0;
    for (int i = 0; i < count; i++)
        if (p->entry[i].table && p->entry[i].grad_offset >= 0) total += round_up(p->entry[i].size);
    return total;
}

/* Gaps are zero, and the block has a norm. */
static rc_status give_room(rc_params *p, bool to_tables)
{
    int64_t total = p->grad_total - (to_tables ? 0 : table_total(p, p->count));
    if (!total) return RC_OK;
    RC_TRY(rc_tensor_create_zeroed(p->device, RC_DTYPE_F32, RC_SHAPE(total), &p->grads));
    for (int i = 0; i < p->count; i++) {
        rc_param *e = &p->entry[i];
        if (e->grad_offset < 0 || e->group != i || (e->table && !to_tables)) continue;
        e->grad.value = slice(&p->grads, e->grad_offset - (to_tables ? 0 : table_total(p, i)), e->shape);
    }
    return RC_OK;
}

rc_status rc_params_prepare_grads(rc_params *p)
{
    rc_params_lay_out_grads(p);
    return give_room(p, true);
}

rc_status rc_params_prepare_step_grads(rc_params *p)
{
    rc_params_lay_out_grads(p);
    return p->device->queued ? give_room(p, false) : RC_OK;
}

rc_tensor rc_params_grad_block(const rc_params *p)
{
    return p->grads;
}

int64_t rc_params_grad_at(rc_params *p, int i)
{
    rc_tensor grad = rc_params_grad(p, i);
    if (!grad.data || !p->grads.data || p->entry[p->entry[i].group].grad.pooled) return -1;
    return (const float *)grad.data - (const float *)p->grads.data;
}

void rc_params_zero_grads(rc_params *p)
{
    for (int i = 0; i < p->count; i++) {
        rc_gradient *grad = &p->entry[i].grad;
        grad->ready = false;
        if (grad->pooled) grad->value.data = NULL;
        grad->rows.data = grad->touched.data = NULL;
        grad->pooled = false;
    }
}

bool rc_params_grad_ready(rc_params *p, int i)
{
    return p->entry[i].grad_offset >= 0 && p->entry[p->entry[i].group].grad.ready;
}

void rc_params_set_grad_ready(rc_params *p, int i)
{
    p->entry[p->entry[i].group].grad.ready = true;
}

int rc_params_group_of(rc_params *p, const rc_gradient *gradient, int *count)
{
    const rc_param *e = (const rc_param *)((const char *)gradient - offsetof(rc_param, grad));
    int first = (int)(e - p->entry), end = first;
    while (end < p->count && p->entry[end].group == first)
        end++;
    *count = end - first;
    return first;
}

/* ---- initial values ---- */

static float cut_normal(rc_rng *rng)
{
    for (;;) {
        double x = rc_rng_normal(rng);
        if (fabs(x) <= 2.0) return (float)x;
    }
}

static void fill_host(const rc_param *e, uint64_t seed, float *x)
{
    rc_rng rng = rc_rng_make(seed, e->name, 0);
    int64_t fan_in = e->shape.n > 1 ? e->size / e->shape.dim[0] : e->size;
    float bound = e->std > 0 ? e->std : 1.0f / sqrtf((float)(fan_in > 0 ? fan_in : 1));
    for (int64_t i = 0; i < e->size; i++) {
        switch (e->init) {
        case RC_INIT_ZEROS:
            x[i] = 0.0f;
            break;
        case RC_INIT_ONES:
            x[i] = 1.0f;
            break;
        case RC_INIT_NORMAL:
            x[i] = e->std * cut_normal(&rng);
            break;
        case RC_INIT_KAIMING:
            x[i] = bound * (2.0f * rc_rng_uniform_f(&rng) - 1.0f);
            break;
        }
    }
}

static rc_status initialise_one(rc_params *p, int i, uint64_t seed)
{
    rc_tensor t = rc_params_value(p, i);
    void *host;
    RC_TRY(rc_tensor_map_write(&t, &host));
    fill_host(&p->entry[i], seed, host);
    rc_tensor_unmap(&t, host);
    return RC_OK;
}

rc_status rc_params_initialise_range(rc_params *p, int first, int end, uint64_t seed)
{
    rc_first_failure failure = {0};
#pragma omp parallel for schedule(dynamic)
    for (int i = first; i < end; i++)
        rc_first_failure_note(&failure, i, initialise_one(p, i, seed));
    return rc_first_failure_raise(&failure);
}

rc_status rc_params_initialise(rc_params *p, uint64_t seed)
{
    return rc_params_initialise_range(p, 0, p->count, seed);
}

/* ---- in a graph ---- */

rc_var rc_params_span(rc_graph *g, rc_params *p, int first, int count, rc_shape shape)
{
    rc_param *e = &p->entry[first];
    assert(e->group == first && p->entry[first + count - 1].group == first);
    assert(first + count == p->count || p->entry[first + count].group != first);
    (void)count; /* a check only */
    if (e->int8)
        return rc_graph_int8(g, slice(&p->codes, e->offset, shape),
                             (rc_int8_matrix){(const int8_t *)p->codes.data + e->offset,
                                              (const float *)p->scales.data + e->row,
                                              (const int32_t *)p->sums.data + e->row});
    rc_tensor value = slice(&p->values, e->offset, shape);
    if (e->grad_offset < 0) return rc_graph_parameter(g, value, NULL);
    e->grad.value.shape = shape;
    return rc_graph_parameter(g, value, &e->grad);
}

rc_var rc_params_var(rc_graph *g, rc_params *p, int i)
{
    return rc_params_span(g, p, i, 1, p->entry[i].shape);
}
