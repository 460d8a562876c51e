#include "autodiff/graph.h"

#include <assert.h>
#include <string.h>

/* By what a body attends last. */
typedef struct noticed {
    rc_var qkv;
    int64_t heads;
    bool ended;
    struct noticed *next;
} noticed;

struct rc_graph {
    rc_device *device;
    rc_arena *arena; /* node records and settings */
    rc_pool *pool;   /* numbers */
    rc_status status;
    bool record;
    bool recompute;
    bool watches;
    /* while walking back: */
    bool retain;
    bool by_rows;          /* gradients of tables may be given by rows */
    rc_gradient_sink sink; /* NULL: gradients stay */
    void *sink_context;
    rc_node *first, *last;
    rc_node *narrowed; /* this node and those before it are kept as bfloat16 already */
    noticed *first_body, *last_body;
    rc_noise noise;
};

/* ---- life ---- */

static rc_status get_block(void *context, size_t bytes, void **out)
{
    rc_device *device = context;
    return device->alloc(device, bytes, out);
}

static void put_block(void *context, void *block, size_t bytes)
{
    rc_device *device = context;
    device->release(device, block, bytes);
}

rc_status rc_graph_create(rc_device *device, rc_graph **out)
{
    rc_graph *g;
    RC_TRY(RC_NEW(&g, 1));
    g->device = device;
    rc_status status = rc_arena_create(&g->arena);
    rc_pool_source source = {get_block, put_block, device, device->peak != NULL};
    if (status == RC_OK) status = rc_pool_create(source, &g->pool);
    if (status != RC_OK) {
        rc_graph_destroy(&g);
        return status;
    }
    g->record = true;
    *out = g;
    return RC_OK;
}

void rc_graph_destroy(rc_graph **g)
{
    if (!*g) return;
    rc_pool_destroy(&(*g)->pool);
    rc_arena_destroy(&(*g)->arena);
    rc_free(*g);
    *g = NULL;
}

void rc_graph_reset(rc_graph *g, bool record)
{
    rc_pool_reset(g->pool);
    rc_arena_reset(g->arena);
    g->status = RC_OK;
    g->record = record;
    g->recompute = g->watches = false;
    g->first = g->last = g->narrowed = NULL;
    g->first_body = g->last_body = NULL;
    g->noise = (rc_noise){0};
}

rc_noise *rc_graph_noise(rc_graph *g)
{
    return &g->noise;
}

rc_status rc_graph_status(const rc_graph *g)
{
    return g->status;
}

rc_device *rc_graph_device(const rc_graph *g)
{
    return g->device;
}

bool rc_graph_recording(const rc_graph *g)
{
    return g->record;
}

size_t rc_graph_peak_bytes(const rc_graph *g)
{
    return rc_pool_peak(g->pool);
}

rc_var rc_graph_fail(rc_graph *g, rc_status status)
{
    assert(status != RC_OK);
    if (g->status == RC_OK) g->status = status;
    return NULL;
}

/* ---- nodes ---- */

static rc_node *new_node(rc_graph *g)
{
    void *memory;
    rc_status status = rc_arena_alloc(g->arena, sizeof(rc_node), &memory);
    if (status != RC_OK) return rc_graph_fail(g, status);
    rc_node *node = memory;
    node->graph = g;
    node->previous = g->last;
    if (g->last)
        g->last->next = node;
    else
        g->first = node;
    g->last = node;
    return node;
}

static rc_status copy_attr(rc_node *node, const void *attr, size_t size)
{
    void *copy;
    RC_TRY(rc_arena_alloc(node->graph->arena, size, &copy));
    memcpy(copy, attr, size);
    node->attr = copy;
    return RC_OK;
}

rc_var rc_graph_leaf(rc_graph *g, rc_tensor value, bool needs_grad)
{
    if (g->status != RC_OK) return NULL;
    rc_node *node = new_node(g);
    if (!node) return NULL;
    node->value = value;
    node->needs_grad = needs_grad && g->record;
    node->keep = true;
    return node;
}

rc_var rc_graph_parameter(rc_graph *g, rc_tensor value, rc_gradient *home)
{
    rc_var node = rc_graph_leaf(g, value, home != NULL);
    if (node && node->needs_grad) node->home = home;
    return node;
}

rc_var rc_graph_int8(rc_graph *g, rc_tensor value, rc_int8_matrix matrix)
{
    if (g->record)
        return rc_graph_fail(g, rc_fail(RC_UNSUPPORTED, "the model has 8-bit weights, which can predict but "
                                                        "not learn; use the run that it was exported from"));
    rc_var node = rc_graph_leaf(g, value, false);
    rc_status status = node ? copy_attr(node, &matrix, sizeof matrix) : g->status;
    return status == RC_OK ? node : rc_graph_fail(g, status);
}

/* Indices are few; to read them back would wait for the device. */
static rc_status keep_host(rc_node *node, const void *host)
{
    void *copy;
    size_t bytes = rc_tensor_bytes(&node->value);
    if (node->value.dtype != RC_DTYPE_I32 || !node->graph->record || bytes == 0) return RC_OK;
    RC_TRY(rc_arena_alloc(node->graph->arena, bytes, &copy));
    node->host = memcpy(copy, host, bytes);
    return RC_OK;
}

rc_var rc_graph_input(rc_graph *g, rc_dtype dtype, rc_shape shape, const void *host, bool needs_grad)
{
    if (g->status != RC_OK) return NULL;
    rc_tensor value;
    rc_status status = rc_graph_take(g, dtype, shape, &value);
    if (status == RC_OK) status = rc_tensor_upload(&value, host);
    if (status != RC_OK) return rc_graph_fail(g, status);
    rc_var node = rc_graph_leaf(g, value, needs_grad);
    if (!node) return NULL;
    node->owns_value = true;
    status = keep_host(node, host);
    return status == RC_OK ? node : rc_graph_fail(g, status);
}

rc_var rc_graph_detach(rc_graph *g, rc_var v, bool needs_grad)
{
    if (g->status != RC_OK) return NULL;
    rc_tensor value;
    rc_status status = rc_graph_take(g, v->value.dtype, v->value.shape, &value);
    if (status == RC_OK)
        status = g->device->copy(g->device, value.data, v->value.data, rc_tensor_bytes(&value));
    if (status != RC_OK) return rc_graph_fail(g, status);
    rc_var node = rc_graph_leaf(g, value, needs_grad);
    if (node) node->owns_value = true;
    return node;
}

rc_var rc_graph_apply(rc_graph *g, const rc_op *op, int n_in, rc_var const *in, const void *attr,
                      size_t attr_size, rc_dtype dtype, rc_shape shape)
{
    assert(n_in <= RC_OP_INPUTS);
    if (g->status != RC_OK) return NULL;
    rc_node *node = new_node(g);
    if (!node) return NULL;
    node->op = op;
    node->n_in = n_in;
    node->reads = ~0u;
    for (int i = 0; i < n_in; i++) {
        assert(!in[i] || in[i]->value.dtype != RC_DTYPE_BF16);
        node->in[i] = in[i];
        node->needs_grad |= in[i] && in[i]->needs_grad;
    }
    rc_status status = attr_size ? copy_attr(node, attr, attr_size) : RC_OK;
    if (status == RC_OK) status = rc_graph_take(g, dtype, shape, &node->value);
    if (status != RC_OK) return rc_graph_fail(g, status);
    node->owns_value = true;
    status = op->forward(node);
    return status == RC_OK ? node : rc_graph_fail(g, status);
}

rc_var rc_node_reads(rc_var node, unsigned values)
{
    if (node) node->reads = values;
    return node;
}

void rc_graph_keep(rc_var v)
{
    if (v) v->keep = true;
}

void rc_graph_watch(rc_graph *g)
{
    g->watches = true;
    g->first_body = g->last_body = NULL;
}

static rc_status add_body(rc_graph *g)
{
    void *memory;
    RC_TRY(rc_arena_alloc(g->arena, sizeof(noticed), &memory));
    noticed *body = memory;
    *body = (noticed){0};
    if (g->last_body)
        g->last_body->next = body;
    else
        g->first_body = body;
    g->last_body = body;
    return RC_OK;
}

void rc_graph_notice(rc_graph *g, rc_var qkv, int64_t heads)
{
    if (!g->watches || !qkv) return;
    rc_status status;
    if (!g->last_body || g->last_body->ended) {
        status = add_body(g);
    } else {
        g->last_body->qkv->keep = false;
        status = rc_graph_narrow(g, &g->last_body->qkv->value);
    }
    if (status != RC_OK) {
        (void)rc_graph_fail(g, status);
        return;
    }
    g->last_body->qkv = qkv;
    g->last_body->heads = heads;
    rc_graph_keep(qkv);
}

void rc_graph_notice_end(rc_graph *g)
{
    if (g->last_body) g->last_body->ended = true;
}

rc_var rc_graph_noticed(const rc_graph *g, int k, int64_t *heads)
{
    const noticed *body = g->first_body;
    while (body && k-- > 0)
        body = body->next;
    *heads = body ? body->heads : 0;
    return body ? body->qkv : NULL;
}

static void release_saved(rc_node *node)
{
    for (int i = 0; i < RC_OP_SAVED; i++)
        rc_graph_release(node->graph, &node->saved[i]);
}

/* Of what is there, or can itself be made again. */
static bool can_be_made(const rc_node *node)
{
    if (!node->op || node->settled) return false;
    for (int i = 0; i < node->n_in; i++)
        if (node->in[i] && !node->in[i]->value.data && !can_be_made(node->in[i])) return false;
    return true;
}

void rc_graph_forget(rc_var v)
{
    if (!v || !v->op || v->keep || v->ends_block || !v->value.data) return;
    if (v->graph->record && !can_be_made(v)) return;
    rc_graph_release(v->graph, &v->value);
}

/* ---- what waits for the way back as bfloat16 ---- */

static bool narrows(const rc_graph *g)
{
    return g->device->keeps_narrow && g->record && !g->recompute;
}

static rc_status convert(rc_graph *g, rc_tensor *t, rc_dtype to)
{
    rc_tensor other;
    RC_TRY(rc_graph_take(g, to, t->shape, &other));
    if (to == RC_DTYPE_BF16)
        RC_LAUNCH(g->device, narrow, rc_tensor_size(t), t->data, other.data);
    else
        RC_LAUNCH(g->device, widen, rc_tensor_size(t), t->data, other.data);
    rc_graph_release(g, t);
    *t = other;
    return RC_OK;
}

rc_status rc_graph_narrow(rc_graph *g, rc_tensor *t)
{
    bool can = t->data && t->dtype == RC_DTYPE_F32 && narrows(g);
    return can ? convert(g, t, RC_DTYPE_BF16) : RC_OK;
}

static rc_status widen(rc_graph *g, rc_tensor *t)
{
    return t->data && t->dtype == RC_DTYPE_BF16 ? convert(g, t, RC_DTYPE_F32) : RC_OK;
}

/* ---- values that are made again ---- */

static rc_status make_again(rc_node *node);

rc_status rc_graph_remember(rc_node *node)
{
    if (!node || !node->op) return RC_OK;
    return node->value.data ? widen(node->graph, &node->value) : make_again(node);
}

/* The value of a forgotten node, or what it had saved, and before it those it is made of. */
static rc_status make_again(rc_node *node)
{
    for (int i = 0; i < node->n_in; i++)
        RC_TRY(rc_graph_remember(node->in[i]));
    if (!node->value.data) {
        RC_TRY(rc_graph_take(node->graph, node->value.dtype, node->value.shape, &node->value));
        node->bare = false;
    }
    RC_TRY(node->op->forward(node));
    node->bare = false;
    return RC_OK;
}

/* What a derivative of the node reads: `values` as in node->reads, and what the node has saved. */
static rc_status remember_all(rc_node *node, unsigned values)
{
    for (int i = 0; i < node->n_in; i++)
        if (values & RC_READS(i)) RC_TRY(rc_graph_remember(node->in[i]));
    if (node->bare)
        RC_TRY(make_again(node));
    else if (values & RC_READS_OWN)
        RC_TRY(rc_graph_remember(node));
    for (int i = 0; i < RC_OP_SAVED; i++)
        RC_TRY(widen(node->graph, &node->saved[i]));
    return RC_OK;
}

/* ---- memory of the step ---- */

rc_status rc_graph_take(rc_graph *g, rc_dtype dtype, rc_shape shape, rc_tensor *out)
{
    int64_t count;
    RC_TRY(rc_shape_count(&shape, &count));
    *out = (rc_tensor){.device = g->device, .dtype = dtype, .shape = shape};
    return rc_pool_take(g->pool, (size_t)count * rc_dtype_size(dtype), &out->data);
}

void rc_graph_release(rc_graph *g, rc_tensor *t)
{
    if (t->data) rc_pool_give(g->pool, t->data);
    t->data = NULL;
}

rc_status rc_node_save(rc_node *node, int i, rc_dtype dtype, rc_shape shape)
{
    rc_tensor *saved = &node->saved[i];
    if (saved->data && saved->dtype == dtype) return RC_OK;
    rc_graph_release(node->graph, saved); /* it was narrow */
    return rc_graph_take(node->graph, dtype, shape, saved);
}

/* ---- reverse mode ---- */

static rc_status own_grad(rc_node *node)
{
    RC_TRY(rc_graph_take(node->graph, RC_DTYPE_F32, node->value.shape, &node->grad));
    node->owns_grad = true;
    return RC_OK;
}

static rc_status home_of(rc_graph *g, rc_gradient *home, rc_tensor *out, bool *acc)
{
    if (!home->value.data) {
        RC_TRY(rc_graph_take(g, RC_DTYPE_F32, home->value.shape, &home->value));
        home->pooled = true;
    }
    *acc = home->ready;
    home->ready = true;
    *out = home->value;
    return RC_OK;
}

rc_status rc_node_grad_of(rc_node *node, int i, rc_tensor *out, bool *acc)
{
    rc_node *input = node->in[i];
    *out = (rc_tensor){0};
    *acc = false;
    if (!input || !input->needs_grad) return RC_OK;
    if (input->home) return home_of(node->graph, input->home, out, acc);
    if (input->grad.data)
        *acc = true;
    else
        RC_TRY(own_grad(input));
    *out = input->grad;
    return RC_OK;
}

rc_status rc_node_pass_grad(rc_node *node, int i)
{
    rc_graph *g = node->graph;
    rc_node *input = node->in[i];
    bool stays = input && input->needs_grad && !input->home && !input->grad.data;
    if (stays && node->owns_grad && !g->retain) {
        input->grad = node->grad;
        input->grad.shape = input->value.shape;
        input->owns_grad = true;
        node->owns_grad = false;
        return RC_OK;
    }
    rc_tensor dx;
    bool acc;
    RC_TRY(rc_node_grad_of(node, i, &dx, &acc));
    if (!dx.data) return RC_OK;
    if (!acc) return g->device->copy(g->device, dx.data, node->grad.data, rc_tensor_bytes(&dx));
    RC_LAUNCH(g->device, axpy, rc_tensor_size(&dx), 1.0f, node->grad.data, dx.data);
    return RC_OK;
}

rc_status rc_graph_scratch(rc_graph *g, size_t bytes, void **out)
{
    return rc_arena_alloc(g->arena, bytes, out);
}

bool rc_node_takes_rows(const rc_node *node, int i)
{
    const rc_gradient *home = node->in[i] ? node->in[i]->home : NULL;
    return home && home->table && node->graph->by_rows && home->uses == 1 && !home->ready;
}

rc_status rc_node_grad_rows(rc_node *node, int i, int64_t n, int64_t width, const int32_t *touched,
                            rc_tensor *out)
{
    rc_gradient *home = node->in[i]->home;
    RC_TRY(rc_graph_take(node->graph, RC_DTYPE_I32, RC_SHAPE(n), &home->touched));
    RC_TRY(rc_tensor_upload(&home->touched, touched));
    home->pooled = !home->value.data;
    home->rows = home->value;
    home->rows.shape = RC_SHAPE(n, width);
    if (home->pooled) RC_TRY(rc_graph_take(node->graph, RC_DTYPE_F32, home->rows.shape, &home->rows));
    home->ready = true;
    *out = home->rows;
    return RC_OK;
}

rc_status rc_node_grad_added(rc_node *node, int i, rc_tensor *out)
{
    bool acc;
    RC_TRY(rc_node_grad_of(node, i, out, &acc));
    if (!out->data || acc) return RC_OK;
    RC_LAUNCH(out->device, fill, rc_tensor_size(out), 0.0f, out->data);
    return RC_OK;
}

rc_status rc_graph_seed(rc_var v, const float *host)
{
    assert(v->graph->record);
    if (!v->grad.data) RC_TRY(own_grad(v));
    if (host) return rc_tensor_upload(&v->grad, host);
    RC_LAUNCH(v->grad.device, fill, rc_tensor_size(&v->grad), 1.0f, v->grad.data);
    return RC_OK;
}

static void release_grad(rc_node *node)
{
    if (node->owns_grad) rc_graph_release(node->graph, &node->grad);
    node->grad.data = NULL;
    node->owns_grad = false;
}

/* Once a node's backward has run, nothing later in the walk reads its value, gradient or saved tensors. */
static void release_node(rc_node *node)
{
    if (!node->op) return;
    release_grad(node);
    release_saved(node);
    if (node->owns_value && !node->keep) {
        rc_graph_release(node->graph, &node->value);
        node->owns_value = false;
    }
}

/* Every operation that will be walked over adds, or passes by, one share of each of its parameters'
 * gradients. */
static void count_uses(rc_graph *g)
{
    for (rc_node *node = g->first; node; node = node->next)
        if (node->home) node->home->uses = 0;
    for (rc_node *node = g->first; node; node = node->next)
        for (int i = 0; i < node->n_in; i++)
            if (node->in[i] && node->in[i]->home) node->in[i]->home->uses++;
}

rc_status rc_node_grad_done(rc_node *node, int i)
{
    rc_graph *g = node->graph;
    rc_gradient *home = node->in[i] ? node->in[i]->home : NULL;
    if (!g->sink || !home || node->done & RC_READS(i)) return RC_OK;
    node->done |= RC_READS(i);
    if (--home->uses > 0 || !home->ready) return RC_OK;
    RC_TRY(g->sink(g->sink_context, home));
    home->ready = false;
    if (home->pooled) rc_graph_release(g, home->rows.data ? &home->rows : &home->value);
    rc_graph_release(g, &home->touched);
    home->rows.data = NULL;
    home->pooled = false;
    return RC_OK;
}

static rc_status walk_node(rc_node *node)
{
    if (node->op && node->needs_grad && node->grad.data) {
        RC_TRY(remember_all(node, node->reads));
        RC_TRY(node->op->backward(node));
    }
    for (int i = 0; i < node->n_in; i++)
        RC_TRY(rc_node_grad_done(node, i));
    return RC_OK;
}

static rc_status walk_back(rc_graph *g, bool retain)
{
    RC_TRY(g->status);
    g->retain = retain;
    if (g->sink) count_uses(g);
    for (rc_node *node = g->last; node; node = node->previous) {
        RC_TRY(walk_node(node));
        if (!retain) release_node(node);
    }
    return RC_OK;
}

rc_var rc_graph_mark(const rc_graph *g)
{
    return g->last;
}

void rc_graph_recompute(rc_graph *g)
{
    g->recompute = g->record;
}

static void forget_saved(rc_node *node)
{
    node->bare = node->saved[0].data;
    release_saved(node);
}

/* What lies between the end of a block and the end of the one before it, or the mark. */
static void forget_block(const rc_node *mark, rc_node *to)
{
    for (rc_node *node = to->previous; node && node != mark && !node->ends_block; node = node->previous) {
        rc_graph_forget(node);
        if (!node->value.data) forget_saved(node);
    }
    forget_saved(to);
    to->ends_block = true;
}

/* `to` itself has readers yet; it waits for the end of the next block. */
static rc_status narrow_block(const rc_node *mark, const rc_node *to)
{
    rc_graph *g = to->graph;
    for (rc_node *node = to->previous; node && node != mark && node != g->narrowed; node = node->previous)
        if (node->op && !node->keep) RC_TRY(rc_graph_narrow(g, &node->value));
    g->narrowed = to->previous;
    return RC_OK;
}

void rc_graph_settle(rc_graph *g, rc_var mark, rc_var to)
{
    if (g->status != RC_OK || !to) return;
    if (to->needs_grad) {
        rc_status status = RC_OK;
        if (g->recompute)
            forget_block(mark, to);
        else
            status = narrow_block(mark, to);
        if (status != RC_OK) (void)rc_graph_fail(g, status);
        return;
    }
    for (rc_node *node = mark ? mark->next : g->first; node && node != to; node = node->next)
        if (!node->needs_grad && !node->tangent.data) {
            release_node(node);
            node->settled = true;
        }
}

rc_status rc_graph_backward(rc_graph *g, bool retain)
{
    return walk_back(g, retain);
}

rc_status rc_graph_backward_into(rc_graph *g, bool by_rows, rc_gradient_sink sink, void *context)
{
    g->by_rows = by_rows;
    g->sink = sink;
    g->sink_context = context;
    rc_status status = walk_back(g, false);
    g->by_rows = false;
    g->sink = NULL;
    return status;
}

void rc_graph_clear_grads(rc_graph *g)
{
    for (rc_node *node = g->first; node; node = node->next)
        release_grad(node);
}

/* ---- forward mode ---- */

static rc_status take_tangent(rc_node *node)
{
    return rc_graph_take(node->graph, RC_DTYPE_F32, node->value.shape, &node->tangent);
}

rc_status rc_graph_seed_tangent(rc_var v, const float *host)
{
    if (!v->tangent.data) RC_TRY(take_tangent(v));
    return rc_tensor_upload(&v->tangent, host);
}

static bool has_tangent_input(const rc_node *node)
{
    for (int i = 0; i < node->n_in; i++)
        if (node->in[i] && node->in[i]->tangent.data) return true;
    return false;
}

rc_status rc_graph_jvp(rc_graph *g)
{
    RC_TRY(g->status);
    for (rc_node *node = g->first; node; node = node->next) {
        if (!node->op || !has_tangent_input(node)) continue;
        RC_TRY(remember_all(node, ~0u));
        if (!node->tangent.data) RC_TRY(take_tangent(node));
        RC_TRY(node->op->jvp(node));
    }
    return RC_OK;
}
