/* exports/onnx_run.h: reads an ONNX file to its last byte, and computes it, in double and by the definitions
 * of the operators (https://onnx.ai/onnx/operators). What is not as the format has it fails a CHECK, and
 * gives NULL. */
#ifndef ONNX_RUN_H
#define ONNX_RUN_H

#include "check.h"

#include <stdbool.h>
#include <stdint.h>

enum { ONNX_DIMS = 8, ONNX_NAME = 200, ONNX_VALUES = 4096, ONNX_GIVEN = 4 };

typedef struct onnx_span {
    const uint8_t *at, *end;
} onnx_span;

/* ---- protocol buffers ---- */

typedef struct onnx_field {
    int number;
    int64_t whole;
    onnx_span bytes; /* of a text, a message, or a float */
    bool is_whole;
} onnx_field;

static inline bool onnx_varint(onnx_span *s, uint64_t *out)
{
    *out = 0;
    for (int shift = 0; s->at < s->end && shift < 64; shift += 7) {
        uint8_t byte = *s->at++;
        *out |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) return true;
    }
    return false;
}

/* The next field; false at the end, which must be that of the message. */
static inline bool onnx_next(onnx_span *s, onnx_field *f)
{
    uint64_t tag = 0, n = 0;
    if (s->at == s->end) return false;
    bool good = onnx_varint(s, &tag);
    *f = (onnx_field){.number = (int)(tag >> 3), .is_whole = (tag & 7) == 0};
    switch (tag & 7) {
    case 0:
        good = good && onnx_varint(s, &n);
        f->whole = (int64_t)n;
        break;
    case 2:
        good = good && onnx_varint(s, &n) && n <= (uint64_t)(s->end - s->at);
        break;
    case 5:
        n = 4, good = good && s->end - s->at >= 4;
        break;
    default:
        good = false;
    }
    CHECK(good);
    if (!good) return false;
    if (f->is_whole) return true;
    f->bytes = (onnx_span){s->at, s->at + n};
    s->at += n;
    return true;
}

/* Field `number` for the i-th time. */
static inline bool onnx_find(onnx_span s, int number, int i, onnx_field *f)
{
    while (onnx_next(&s, f))
        if (f->number == number && i-- == 0) return true;
    return false;
}

static inline int onnx_count(onnx_span s, int number)
{
    onnx_field f;
    int n = 0;
    while (onnx_next(&s, &f))
        n += f.number == number;
    return n;
}

static inline int64_t onnx_whole(onnx_span s, int number, int i)
{
    onnx_field f;
    bool found = onnx_find(s, number, i, &f) && f.is_whole;
    CHECK(found);
    return found ? f.whole : -1;
}

static inline onnx_span onnx_message(onnx_span s, int number, int i)
{
    onnx_field f;
    bool found = onnx_find(s, number, i, &f) && !f.is_whole;
    CHECK(found);
    return found ? f.bytes : (onnx_span){s.end, s.end};
}

static inline const char *onnx_text(onnx_span s, int number, int i, char out[ONNX_NAME])
{
    onnx_span t = onnx_message(s, number, i);
    CHECK(t.end - t.at < ONNX_NAME);
    snprintf(out, ONNX_NAME, "%.*s", (int)(t.end - t.at), (const char *)t.at);
    return out;
}

/* ---- the file ---- */

/* The numbers of fields and types, from onnx.proto3. */
enum { ONNX_IR = 1, ONNX_VERSION = 3, ONNX_GRAPH = 7, ONNX_OPSETS = 8, ONNX_NOTES = 14 };
enum { ONNX_NODES = 1, ONNX_TENSORS = 5, ONNX_INPUTS = 11, ONNX_OUTPUTS = 12 };
enum { ONNX_NODE_IN = 1, ONNX_NODE_OUT = 2, ONNX_NODE_OPERATOR = 4, ONNX_NODE_ATTRIBUTE = 5 };
enum { ONNX_F32 = 1, ONNX_I64 = 7 };

typedef struct onnx_value {
    char name[ONNX_NAME];
    int n;
    int64_t dim[ONNX_DIMS];
    double *v; /* owned */
    bool constant;
    int element, used;
} onnx_value;

typedef struct onnx_file {
    uint8_t *bytes;
    onnx_span all, graph;
    int n;
    onnx_value *value; /* constants, then inputs, then what is computed */
} onnx_file;

static inline int64_t onnx_size(const onnx_value *x)
{
    int64_t n = 1;
    for (int i = 0; i < x->n; i++)
        n *= x->dim[i];
    return n;
}

static inline onnx_value *onnx_get(const onnx_file *f, const char *name)
{
    for (int i = 0; i < f->n; i++)
        if (strcmp(f->value[i].name, name) == 0) return &f->value[i];
    return NULL;
}

/* Room for a value of this shape; its name must be new. */
static inline onnx_value *onnx_new(onnx_file *f, const char *name, int n, const int64_t *dim)
{
    CHECK(!onnx_get(f, name));
    if (f->n == ONNX_VALUES) return NULL;
    onnx_value *x = &f->value[f->n++];
    *x = (onnx_value){.n = n, .element = ONNX_F32};
    snprintf(x->name, sizeof x->name, "%s", name);
    for (int i = 0; i < n; i++)
        x->dim[i] = dim[i];
    x->v = calloc((size_t)onnx_size(x) + 1, sizeof(double));
    return x;
}

static inline void onnx_read_tensor(onnx_file *f, onnx_span s)
{
    int64_t dim[ONNX_DIMS];
    char name[ONNX_NAME];
    int n = onnx_count(s, 1);
    for (int i = 0; i < n && i < ONNX_DIMS; i++)
        dim[i] = onnx_whole(s, 1, i);
    onnx_value *x = onnx_new(f, onnx_text(s, 8, 0, name), n, dim);
    onnx_span data = onnx_message(s, 9, 0);
    x->element = (int)onnx_whole(s, 2, 0);
    x->constant = true;
    int64_t each = x->element == ONNX_I64 ? 8 : 4;
    REQUIRE((x->element == ONNX_I64 || x->element == ONNX_F32) && data.end - data.at == each * onnx_size(x));
    for (int64_t i = 0; i < onnx_size(x); i++) {
        float number;
        int64_t whole;
        if (x->element == ONNX_F32) memcpy(&number, data.at + 4 * i, 4);
        if (x->element == ONNX_I64) memcpy(&whole, data.at + 8 * i, 8);
        x->v[i] = x->element == ONNX_F32 ? (double)number : (double)whole;
    }
}

static inline bool onnx_open(const char *path, onnx_file *f)
{
    *f = (onnx_file){0};
    FILE *file = fopen(path, "rb");
    CHECK(file);
    if (!file) return false;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    f->bytes = malloc((size_t)size);
    f->value = calloc(ONNX_VALUES, sizeof *f->value);
    CHECK(fread(f->bytes, 1, (size_t)size, file) == (size_t)size);
    fclose(file);
    f->all = (onnx_span){f->bytes, f->bytes + size};
    f->graph = onnx_message(f->all, ONNX_GRAPH, 0);
    for (int i = 0; i < onnx_count(f->graph, ONNX_TENSORS); i++)
        onnx_read_tensor(f, onnx_message(f->graph, ONNX_TENSORS, i));
    return true;
}

/* Forgets what was computed. */
static inline void onnx_reset(onnx_file *f)
{
    while (f->n > 0 && !f->value[f->n - 1].constant)
        free(f->value[--f->n].v);
}

static inline void onnx_close(onnx_file *f)
{
    onnx_reset(f);
    while (f->n > 0)
        free(f->value[--f->n].v);
    free(f->value);
    free(f->bytes);
}

/* ---- operators ---- */

typedef struct onnx_node {
    onnx_span s;
    const char *operator;
    int given;
    const onnx_value *in[ONNX_GIVEN];
    char out[ONNX_NAME];
} onnx_node;

/* An attribute's message; empty where there is none of this name. */
static inline onnx_span onnx_attribute(const onnx_node *k, const char *name)
{
    char text[ONNX_NAME];
    for (int i = 0; i < onnx_count(k->s, ONNX_NODE_ATTRIBUTE); i++) {
        onnx_span a = onnx_message(k->s, ONNX_NODE_ATTRIBUTE, i);
        if (strcmp(onnx_text(a, 1, 0, text), name) == 0) return a;
    }
    CHECK(!"there is such an attribute");
    return (onnx_span){0};
}

/* Where the number at place i of `shape` lies in x, whose dimensions are stretched to it. */
static inline int64_t onnx_stretched(const onnx_value *x, const onnx_value *shape, int64_t i)
{
    int64_t at = 0, step = 1;
    for (int k = shape->n - 1; k >= 0; k--) {
        int own = k - (shape->n - x->n);
        if (own >= 0 && x->dim[own] > 1) at += i % shape->dim[k] * step;
        if (own >= 0) step *= x->dim[own];
        i /= shape->dim[k];
    }
    return at;
}

static inline double onnx_each(const char *operator, const double * a)
{
    static const char *const name[] = {"Add",   "Sub",   "Mul",   "Div",      "Max",  "Min", "Greater",
                                       "Equal", "Where", "Sqrt",  "Erf",      "Relu", "Exp", "Sigmoid",
                                       "Abs",   "Floor", "IsNaN", "Identity", "Cast"};
    double of[] = {a[0] + a[1],
                   a[0] - a[1],
                   a[0] * a[1],
                   a[0] / a[1],
                   fmax(a[0], a[1]),
                   fmin(a[0], a[1]),
                   a[0] > a[1],
                   a[0] == a[1],
                   a[0] != 0 ? a[1] : a[2],
                   sqrt(a[0]),
                   erf(a[0]),
                   fmax(a[0], 0),
                   exp(a[0]),
                   1 / (1 + exp(-a[0])),
                   fabs(a[0]),
                   floor(a[0]),
                   isnan(a[0]),
                   a[0],
                   a[0]};
    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        if (strcmp(name[i], operator) == 0) return of[i];
    fprintf(stderr, "the operator %s is not known\n", operator);
    CHECK(!"known");
    return NAN;
}

static inline onnx_value *onnx_elementwise(onnx_file *f, const onnx_node *k)
{
    onnx_value shape = {0};
    for (int g = 0; g < k->given; g++)
        shape.n = k->in[g]->n > shape.n ? k->in[g]->n : shape.n;
    for (int i = 0; i < shape.n; i++) {
        shape.dim[i] = 1;
        for (int g = 0; g < k->given; g++) {
            int own = i - (shape.n - k->in[g]->n);
            int64_t d = own < 0 ? 1 : k->in[g]->dim[own];
            CHECK(d == 1 || shape.dim[i] == 1 || d == shape.dim[i]);
            if (d > shape.dim[i]) shape.dim[i] = d;
        }
    }
    onnx_value *y = onnx_new(f, k->out, shape.n, shape.dim);
    for (int64_t i = 0; i < onnx_size(y); i++) {
        double a[ONNX_GIVEN] = {0};
        for (int g = 0; g < k->given; g++)
            a[g] = k->in[g]->v[onnx_stretched(k->in[g], y, i)];
        y->v[i] = onnx_each(k->operator, a);
    }
    return y;
}

static inline onnx_value *onnx_matmul(onnx_file *f, const onnx_node *k)
{
    const onnx_value *a = k->in[0], *b = k->in[1];
    onnx_value shape = {.n = a->n > b->n ? a->n : b->n}, blocks_a = *a, blocks_b = *b;
    int64_t rows = a->dim[a->n - 2], inner = a->dim[a->n - 1], cols = b->dim[b->n - 1];
    CHECK(b->dim[b->n - 2] == inner);
    for (int i = 0; i < shape.n - 2; i++) {
        int64_t da = i - (shape.n - a->n) < 0 ? 1 : a->dim[i - (shape.n - a->n)];
        int64_t db = i - (shape.n - b->n) < 0 ? 1 : b->dim[i - (shape.n - b->n)];
        CHECK(da == db || da == 1 || db == 1);
        shape.dim[i] = da > db ? da : db;
    }
    shape.dim[shape.n - 2] = rows, shape.dim[shape.n - 1] = cols;
    onnx_value *y = onnx_new(f, k->out, shape.n, shape.dim);
    shape.n -= 2, blocks_a.n -= 2, blocks_b.n -= 2; /* of whole matrices */
    for (int64_t m = 0; m < onnx_size(&shape); m++) {
        const double *p = a->v + onnx_stretched(&blocks_a, &shape, m) * rows * inner;
        const double *q = b->v + onnx_stretched(&blocks_b, &shape, m) * inner * cols;
        for (int64_t i = 0; i < rows * cols; i++)
            for (int64_t j = 0; j < inner; j++)
                y->v[m * rows * cols + i] += p[i / cols * inner + j] * q[j * cols + i % cols];
    }
    return y;
}

static inline onnx_value *onnx_reshape(onnx_file *f, const onnx_node *k)
{
    const onnx_value *x = k->in[0], *to = k->in[1];
    int64_t dim[ONNX_DIMS], known = 1;
    int open = -1;
    for (int i = 0; i < to->dim[0]; i++) {
        dim[i] = to->v[i] == 0 ? x->dim[i] : (int64_t)to->v[i];
        if (dim[i] < 0) open = i;
        if (dim[i] >= 0) known *= dim[i];
    }
    if (open >= 0) dim[open] = onnx_size(x) / known;
    onnx_value *y = onnx_new(f, k->out, (int)to->dim[0], dim);
    CHECK(onnx_size(y) == onnx_size(x));
    if (onnx_size(y) == onnx_size(x)) memcpy(y->v, x->v, (size_t)onnx_size(x) * sizeof *y->v);
    return y;
}

static inline onnx_value *onnx_transpose(onnx_file *f, const onnx_node *k)
{
    const onnx_value *x = k->in[0];
    onnx_span perm = onnx_attribute(k, "perm");
    int64_t dim[ONNX_DIMS], step[ONNX_DIMS], order[ONNX_DIMS];
    for (int i = x->n - 1; i >= 0; i--)
        step[i] = i == x->n - 1 ? 1 : step[i + 1] * x->dim[i + 1];
    CHECK(onnx_count(perm, 8) == x->n);
    for (int i = 0; i < x->n; i++) {
        order[i] = onnx_whole(perm, 8, i);
        dim[i] = x->dim[order[i]];
    }
    onnx_value *y = onnx_new(f, k->out, x->n, dim);
    for (int64_t i = 0; i < onnx_size(y); i++) {
        int64_t at = 0, rest = i;
        for (int d = y->n - 1; d >= 0; d--) {
            at += rest % y->dim[d] * step[order[d]];
            rest /= y->dim[d];
        }
        y->v[i] = x->v[at];
    }
    return y;
}

static inline onnx_value *onnx_gather(onnx_file *f, const onnx_node *k)
{
    const onnx_value *x = k->in[0], *index = k->in[1];
    int axis = (int)onnx_whole(onnx_attribute(k, "axis"), 3, 0), n = 0;
    int64_t dim[ONNX_DIMS], before = 1, behind = 1, many = onnx_size(index);
    CHECK(index->element == ONNX_I64);
    for (int i = 0; i < axis; i++)
        before *= dim[n++] = x->dim[i];
    for (int i = 0; i < index->n; i++)
        dim[n++] = index->dim[i];
    for (int i = axis + 1; i < x->n; i++)
        behind *= dim[n++] = x->dim[i];
    onnx_value *y = onnx_new(f, k->out, n, dim);
    for (int64_t i = 0; i < before * many; i++) {
        int64_t row = (int64_t)index->v[i % many];
        CHECK(row >= 0 && row < x->dim[axis]);
        memcpy(y->v + i * behind, x->v + (i / many * x->dim[axis] + row) * behind,
               (size_t)behind * sizeof *y->v);
    }
    return y;
}

/* Zeros before and behind. */
static inline onnx_value *onnx_pad(onnx_file *f, const onnx_node *k)
{
    const onnx_value *x = k->in[0], *pads = k->in[1];
    int64_t dim[ONNX_DIMS];
    CHECK(pads->dim[0] == 2 * x->n);
    for (int i = 0; i < x->n; i++)
        dim[i] = x->dim[i] + (int64_t)(pads->v[i] + pads->v[x->n + i]);
    onnx_value *y = onnx_new(f, k->out, x->n, dim);
    for (int64_t i = 0; i < onnx_size(x); i++) {
        int64_t at = 0, step = 1, rest = i;
        for (int d = x->n - 1; d >= 0; d--) {
            at += (rest % x->dim[d] + (int64_t)pads->v[d]) * step;
            rest /= x->dim[d];
            step *= y->dim[d];
        }
        y->v[at] = x->v[i];
    }
    return y;
}

static inline onnx_value *onnx_sum(onnx_file *f, const onnx_node *k)
{
    const onnx_value *x = k->in[0];
    bool keeps = onnx_whole(onnx_attribute(k, "keepdims"), 3, 0);
    int axis = (int)k->in[1]->v[0], n = 0;
    int64_t dim[ONNX_DIMS], behind = 1;
    CHECK(onnx_size(k->in[1]) == 1);
    axis = axis < 0 ? axis + x->n : axis;
    for (int i = 0; i < x->n; i++) {
        if (i != axis || keeps) dim[n++] = i == axis ? 1 : x->dim[i];
        if (i > axis) behind *= x->dim[i];
    }
    onnx_value *y = onnx_new(f, k->out, n, dim);
    for (int64_t i = 0; i < onnx_size(x); i++)
        y->v[i / (behind * x->dim[axis]) * behind + i % behind] += x->v[i];
    return y;
}

static inline onnx_value *onnx_softmax(onnx_file *f, const onnx_node *k)
{
    const onnx_value *x = k->in[0];
    int64_t cols = x->dim[x->n - 1];
    CHECK(onnx_whole(onnx_attribute(k, "axis"), 3, 0) == -1);
    onnx_value *y = onnx_new(f, k->out, x->n, x->dim);
    for (int64_t r = 0; r < onnx_size(x); r += cols) {
        double max = -INFINITY, sum = 0;
        for (int64_t c = 0; c < cols; c++)
            max = fmax(max, x->v[r + c]);
        for (int64_t c = 0; c < cols; c++)
            sum += y->v[r + c] = exp(x->v[r + c] - max);
        for (int64_t c = 0; c < cols; c++)
            y->v[r + c] /= sum;
    }
    return y;
}

static inline onnx_value *onnx_normalise(onnx_file *f, const onnx_node *k)
{
    const onnx_value *x = k->in[0];
    int64_t cols = x->dim[x->n - 1];
    onnx_span epsilon = onnx_message(onnx_attribute(k, "epsilon"), 2, 0);
    float eps = NAN;
    if (epsilon.end - epsilon.at == 4) memcpy(&eps, epsilon.at, 4);
    onnx_value *y = onnx_new(f, k->out, x->n, x->dim);
    for (int64_t r = 0; r < onnx_size(x); r += cols) {
        double mean = 0, square = 0;
        for (int64_t c = 0; c < cols; c++)
            mean += x->v[r + c] / (double)cols;
        for (int64_t c = 0; c < cols; c++)
            square += (x->v[r + c] - mean) * (x->v[r + c] - mean) / (double)cols;
        for (int64_t c = 0; c < cols; c++)
            y->v[r + c] = (x->v[r + c] - mean) / sqrt(square + (double)eps) * k->in[1]->v[c] + k->in[2]->v[c];
    }
    return y;
}

/* Equal shares of the last dimension. */
static inline onnx_value *onnx_split(onnx_file *f, const onnx_node *k)
{
    const onnx_value *x = k->in[0];
    onnx_value *y = NULL, shape = *x;
    int parts = onnx_count(k->s, ONNX_NODE_OUT);
    int64_t cols = x->dim[x->n - 1], share = cols / parts;
    char name[ONNX_NAME];
    CHECK(onnx_whole(onnx_attribute(k, "axis"), 3, 0) == -1 && share * parts == cols);
    shape.dim[x->n - 1] = share;
    for (int p = 0; p < parts; p++) {
        y = onnx_new(f, onnx_text(k->s, ONNX_NODE_OUT, p, name), x->n, shape.dim);
        for (int64_t i = 0; i < onnx_size(y); i++)
            y->v[i] = x->v[i / share * cols + p * share + i % share];
    }
    return y;
}

/* Along the second of two dimensions. */
static inline onnx_value *onnx_count_up(onnx_file *f, const onnx_node *k)
{
    const onnx_value *x = k->in[0];
    CHECK(x->n == 2 && k->in[1]->v[0] == 1);
    onnx_value *y = onnx_new(f, k->out, x->n, x->dim);
    for (int64_t i = 0; i < onnx_size(x); i++)
        y->v[i] = x->v[i] + (i % x->dim[1] ? y->v[i - 1] : 0);
    return y;
}

static const struct onnx_operator {
    const char *name;
    onnx_value *(*run)(onnx_file *f, const onnx_node *k);
} onnx_operators[] = {
    {"MatMul", onnx_matmul},   {"Reshape", onnx_reshape}, {"Transpose", onnx_transpose},
    {"Gather", onnx_gather},   {"Pad", onnx_pad},         {"ReduceSum", onnx_sum},
    {"Softmax", onnx_softmax}, {"Split", onnx_split},     {"LayerNormalization", onnx_normalise},
    {"CumSum", onnx_count_up}};

static inline bool onnx_run_node(onnx_file *f, onnx_span s)
{
    char name[ONNX_NAME], operator[ONNX_NAME];
    onnx_node k = {.s = s, .operator= onnx_text(s, ONNX_NODE_OPERATOR, 0, operator)};
    onnx_value *(*run)(onnx_file *, const onnx_node *) = onnx_elementwise;
    k.given = onnx_count(s, ONNX_NODE_IN);
    CHECK(k.given <= ONNX_GIVEN);
    for (int i = 0; i < k.given && i < ONNX_GIVEN; i++) {
        onnx_value *in = onnx_get(f, onnx_text(s, ONNX_NODE_IN, i, name));
        if (!in) fprintf(stderr, "%s reads %s before it is there\n", operator, name);
        CHECK(in);
        if (!in) return false;
        in->used++;
        k.in[i] = in;
    }
    onnx_text(s, ONNX_NODE_OUT, 0, k.out);
    for (size_t i = 0; i < sizeof onnx_operators / sizeof *onnx_operators; i++)
        if (strcmp(onnx_operators[i].name, operator) == 0) run = onnx_operators[i].run;
    onnx_value *y = run(f, &k);
    bool whole = strcmp(operator, "Cast") == 0 && onnx_whole(onnx_attribute(&k, "to"), 3, 0) == ONNX_I64;
    if (y && (whole || (run == onnx_elementwise && k.in[k.given - 1]->element == ONNX_I64)))
        y->element = strcmp(operator, "Cast") == 0 && !whole ? ONNX_F32 : ONNX_I64;
    return y != NULL;
}

/* All nodes, in the order of the file; inputs have been set (onnx_new). The first output. */
static inline const onnx_value *onnx_run(onnx_file *f)
{
    char name[ONNX_NAME];
    int nodes = onnx_count(f->graph, ONNX_NODES);
    for (int i = 0; i < nodes; i++)
        if (!onnx_run_node(f, onnx_message(f->graph, ONNX_NODES, i))) return NULL;
    return onnx_get(f, onnx_text(onnx_message(f->graph, ONNX_OUTPUTS, 0), 1, 0, name));
}

#endif
