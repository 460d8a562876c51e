/* Extremely randomised trees (Geurts, Ernst and Wehenkel, Machine Learning 2006): every tree sees all
 * samples, every split is the best of a few columns, each cut at random between its least and largest value.
 * A split is as good as it makes the sums of its sides differ: sum over outputs of L^2 / n_L + R^2 / n_R,
 * which is Gini's index for classes and the variance for numbers. Each tree has random numbers of its own. */
#include <math.h>
#include <string.h>

#include "base/first_failure.h"
#include "base/memory.h"
#include "base/rng.h"
#include "plain/plain_parts.h"

enum { TREES = 300, MAX_NUMBERS = 1 << 28 };

typedef struct node {
    int32_t column; /* -1: a leaf */
    float cut;      /* at most this: to `next`, else next + 1 */
    int32_t next;   /* of a leaf: row of the values */
} node;

typedef struct tree {
    node *node;
    float *value; /* [values, outputs] */
    int64_t nodes, node_room, values, value_room;
} tree;

typedef struct data {
    const rc_plain_form *f;
    int64_t n, d, tries;
    const float *column; /* [d, n] */
    const rc_plain_samples *s;
} data;

/* ---- one tree ---- */

typedef struct grower {
    const data *of;
    tree *t;
    rc_rng rng;
    int32_t *row;       /* samples, those of a node side by side */
    int32_t *order;     /* columns */
    float *here;        /* a column's values in a node */
    double *all, *left; /* [outputs]: sums over a node, and over its left side */
} grower;

static void grower_free(grower *g)
{
    rc_free(g->row);
    rc_free(g->order);
    rc_free(g->here);
    rc_free(g->all);
}

static rc_status grower_make(grower *g, const data *of, tree *t, uint64_t seed, uint64_t number)
{
    *g = (grower){.of = of, .t = t, .rng = rc_rng_make(seed, "forest", number)};
    RC_TRY(RC_NEW_RAW(&g->row, of->n));
    RC_TRY(RC_NEW_RAW(&g->order, of->d));
    RC_TRY(RC_NEW_RAW(&g->here, of->n));
    RC_TRY(RC_NEW_RAW(&g->all, 2 * of->f->outputs));
    g->left = g->all + of->f->outputs;
    for (int64_t k = 0; k < of->d; k++)
        g->order[k] = (int32_t)k;
    return RC_OK;
}

/* Returns as how many it counts. */
static double add_sample(const data *of, int32_t row, double *sum)
{
    int64_t outputs = of->f->outputs;
    double weight = rc_plain_weight(of->s, row);
    if (of->f->target == RC_PLAIN_CLASSES) {
        sum[of->s->label[row]] += weight;
        return weight;
    }
    for (int64_t k = 0; k < outputs; k++)
        sum[k] += weight * (double)of->s->y[row * outputs + k];
    return weight;
}

static bool alike(const data *of, const int32_t *row, int64_t n)
{
    int64_t outputs = of->f->outputs;
    for (int64_t i = 1; i < n; i++) {
        bool same = of->f->target == RC_PLAIN_CLASSES
                        ? of->s->label[row[i]] == of->s->label[row[0]]
                        : memcmp(of->s->y + row[i] * outputs, of->s->y + row[0] * outputs,
                                 (size_t)outputs * sizeof(float)) == 0;
        if (!same) return false;
    }
    return true;
}

typedef struct split {
    int32_t column;
    float cut;
    double worth;
} split;

/* A cut through one column; false: it does not vary here, or the cut leaves a side empty. */
static bool try_column(grower *g, const int32_t *row, int64_t n, double mass, int32_t column, split *out)
{
    const float *value = g->of->column + (int64_t)column * g->of->n;
    float min = INFINITY, max = -INFINITY;
    for (int64_t i = 0; i < n; i++) {
        float v = g->here[i] = value[row[i]];
        min = v < min ? v : min;
        max = v > max ? v : max;
    }
    if (!(min < max)) return false;
    int64_t outputs = g->of->f->outputs, count = 0;
    double left = 0, worth = 0;
    float cut = min + rc_rng_uniform_f(&g->rng) * (max - min);
    memset(g->left, 0, (size_t)outputs * sizeof *g->left);
    for (int64_t i = 0; i < n; i++) {
        if (g->here[i] > cut) continue;
        left += add_sample(g->of, row[i], g->left);
        count++;
    }
    /* Beside the others', the weight of one may be lost to rounding. */
    if (count == 0 || count == n || !(left < mass)) return false;
    for (int64_t k = 0; k < outputs; k++) {
        double l = g->left[k], r = g->all[k] - l;
        worth += l * l / left + r * r / (mass - left);
    }
    *out = (split){column, cut, worth};
    return true;
}

/* The best of `tries` columns; of more, where none of these varies. */
static bool find_split(grower *g, const int32_t *row, int64_t n, split *best)
{
    bool found = false;
    double mass = 0;
    *best = (split){.worth = -INFINITY};
    memset(g->all, 0, (size_t)g->of->f->outputs * sizeof *g->all);
    for (int64_t i = 0; i < n; i++)
        mass += add_sample(g->of, row[i], g->all);
    for (int64_t i = 0; i < g->of->d && (i < g->of->tries || !found); i++) {
        int64_t j = i + (int64_t)rc_rng_below(&g->rng, (uint64_t)(g->of->d - i));
        int32_t column = g->order[j];
        split s;
        g->order[j] = g->order[i];
        g->order[i] = column;
        if (!try_column(g, row, n, mass, column, &s)) continue;
        found = true;
        if (s.worth > best->worth) *best = s;
    }
    return found;
}

static int64_t part_rows(const data *of, int32_t *row, int64_t n, const split *s)
{
    const float *value = of->column + (int64_t)s->column * of->n;
    int64_t left = 0;
    for (int64_t i = 0; i < n; i++) {
        int32_t r = row[i];
        if (value[r] > s->cut) continue;
        row[i] = row[left];
        row[left++] = r;
    }
    return left;
}

static rc_status add_nodes(tree *t, int64_t count)
{
    if (t->nodes + count > t->node_room) {
        int64_t room = 2 * t->node_room + 64;
        RC_TRY(rc_realloc((size_t)t->node_room * sizeof *t->node, (size_t)room * sizeof *t->node,
                          (void **)&t->node));
        t->node_room = room;
    }
    t->nodes += count;
    return RC_OK;
}

/* Leaves of one class share a row of the values: the first ones, a row for each class. */
static rc_status make_leaf(grower *g, int64_t at, const int32_t *row, int64_t n, bool same)
{
    tree *t = g->t;
    int64_t outputs = g->of->f->outputs;
    t->node[at] = (node){.column = -1, .next = (int32_t)t->values};
    if (same && g->of->f->target == RC_PLAIN_CLASSES) {
        t->node[at].next = g->of->s->label[row[0]];
        return RC_OK;
    }
    if (t->values == t->value_room) {
        int64_t more = 2 * t->value_room + 16;
        size_t each = (size_t)outputs * sizeof *t->value;
        RC_TRY(rc_realloc((size_t)t->value_room * each, (size_t)more * each, (void **)&t->value));
        t->value_room = more;
    }
    double mass = 0;
    memset(g->all, 0, (size_t)outputs * sizeof *g->all);
    for (int64_t i = 0; i < n; i++)
        mass += add_sample(g->of, row[i], g->all);
    for (int64_t k = 0; k < outputs; k++)
        t->value[t->values * outputs + k] = (float)(g->all[k] / mass);
    t->values++;
    return RC_OK;
}

typedef struct job {
    int64_t node, first, n;
} job;

/* Depth first: no more jobs wait than the tree is deep, plus one. */
static rc_status grow_from(grower *g, job *waiting, int64_t n)
{
    int64_t jobs = 1;
    RC_TRY(add_nodes(g->t, 1));
    waiting[0] = (job){0, 0, n};
    while (jobs > 0) {
        job j = waiting[--jobs];
        int32_t *row = g->row + j.first;
        split s;
        bool same = alike(g->of, row, j.n);
        if (same || !find_split(g, row, j.n, &s)) {
            RC_TRY(make_leaf(g, j.node, row, j.n, same));
            continue;
        }
        int64_t left = part_rows(g->of, row, j.n, &s), next = g->t->nodes;
        RC_TRY(add_nodes(g->t, 2));
        g->t->node[j.node] = (node){s.column, s.cut, (int32_t)next};
        waiting[jobs++] = (job){next + 1, j.first + left, j.n - left};
        waiting[jobs++] = (job){next, j.first, left};
    }
    return RC_OK;
}

/* The rows of the values that are the same in all trees: pure classes. */
static rc_status begin_values(tree *t, const rc_plain_form *f)
{
    int64_t k = f->target == RC_PLAIN_CLASSES ? f->outputs : 0;
    *t = (tree){.values = k, .value_room = k};
    RC_TRY(RC_NEW(&t->value, k * f->outputs));
    for (int64_t i = 0; i < k; i++)
        t->value[i * f->outputs + i] = 1;
    return RC_OK;
}

static rc_status grow_tree(const data *of, uint64_t seed, uint64_t number, tree *t)
{
    grower g = {0};
    job *waiting = NULL;
    rc_status status = begin_values(t, of->f);
    if (status == RC_OK) status = grower_make(&g, of, t, seed, number);
    if (status == RC_OK) status = RC_NEW_RAW(&waiting, of->n + 1);
    for (int64_t i = 0; i < of->n && status == RC_OK; i++)
        g.row[i] = (int32_t)i;
    if (status == RC_OK) status = grow_from(&g, waiting, of->n);
    rc_free(waiting);
    grower_free(&g);
    return status;
}

static void tree_free(tree *t)
{
    rc_free(t->node);
    rc_free(t->value);
}

/* ---- the forest ---- */

static rc_status grow_all(const data *of, uint64_t seed, int64_t trees, tree *t)
{
    rc_first_failure failure = {0};
#pragma omp parallel for schedule(dynamic, 1)
    for (int64_t i = 0; i < trees; i++)
        rc_first_failure_note(&failure, i, grow_tree(of, seed, (uint64_t)i, &t[i]));
    return rc_first_failure_raise(&failure);
}

static void free_all(tree *t, int64_t trees)
{
    for (int64_t i = 0; t && i < trees; i++)
        tree_free(&t[i]);
    rc_free(t);
}

/* All trees as one list of nodes and one of values; the rows of pure classes stand there once. */
static rc_status keep(rc_plain *p, const tree *t, int64_t trees)
{
    int64_t outputs = p->form.outputs, pure = p->form.target == RC_PLAIN_CLASSES ? outputs : 0;
    int64_t nodes = 0, values = pure;
    int32_t *root, *column, *next;
    float *cut, *value;
    for (int64_t i = 0; i < trees; i++) {
        nodes += t[i].nodes;
        values += t[i].values - pure;
    }
    RC_CHECK(nodes < MAX_NUMBERS && values < MAX_NUMBERS / outputs, RC_UNSUPPORTED,
             "forest: %lld nodes and %lld leaves of %lld numbers are too many to keep; take fewer samples",
             (long long)nodes, (long long)values, (long long)outputs);
    RC_TRY(rc__plain_add(p, "root", RC_DTYPE_I32, RC_SHAPE(trees), &root));
    RC_TRY(rc__plain_add(p, "split", RC_DTYPE_I32, RC_SHAPE(nodes), &column));
    RC_TRY(rc__plain_add(p, "cut", RC_DTYPE_F32, RC_SHAPE(nodes), &cut));
    RC_TRY(rc__plain_add(p, "next", RC_DTYPE_I32, RC_SHAPE(nodes), &next));
    RC_TRY(rc__plain_add(p, "value", RC_DTYPE_F32, RC_SHAPE(values, outputs), &value));
    memcpy(value, t[0].value, (size_t)(pure * outputs) * sizeof *value);
    nodes = 0;
    values = pure;
    for (int64_t i = 0; i < trees; i++) {
        root[i] = (int32_t)nodes;
        for (int64_t k = 0; k < t[i].nodes; k++) {
            const node *from = &t[i].node[k];
            bool leaf = from->column < 0, shared = leaf && from->next < pure;
            column[nodes + k] = from->column;
            cut[nodes + k] = from->cut;
            next[nodes + k] = from->next + (int32_t)(shared ? 0 : leaf ? values - pure : nodes);
        }
        memcpy(value + values * outputs, t[i].value + pure * outputs,
               (size_t)((t[i].values - pure) * outputs) * sizeof *value);
        nodes += t[i].nodes;
        values += t[i].values - pure;
    }
    return RC_OK;
}

/* The root of the number of columns for classes and labels, a third of them for numbers. */
static int64_t tries_of(const rc_plain_form *f, int64_t d)
{
    int64_t tries = f->target == RC_PLAIN_NUMBERS ? (d + 2) / 3 : (int64_t)sqrt((double)d);
    return tries > 0 ? tries : 1;
}

static rc_status learn(rc_plain *p, const rc__table *table, const rc_plain_options *o, float *held)
{
    data of = {.f = &p->form, .n = table->n, .d = table->d, .s = table->samples};
    int64_t trees = o->trees ? o->trees : TREES;
    float *column = NULL;
    tree *t = NULL;
    (void)held;
    of.tries = tries_of(of.f, of.d);
    rc_status status = RC_NEW_RAW(&column, of.n * of.d);
    if (status == RC_OK) status = RC_NEW(&t, trees);
    for (int64_t i = 0; i < of.n && status == RC_OK; i++)
        for (int64_t k = 0; k < of.d; k++)
            column[k * of.n + i] = (float)table->z[i * of.d + k];
    of.column = column;
    if (status == RC_OK) status = grow_all(&of, o->seed, trees, t);
    if (status == RC_OK) status = keep(p, t, trees);
    free_all(t, trees);
    rc_free(column);
    return status;
}

static void say(const rc_plain *p, const float *x, float *out)
{
    const int32_t *root = rc__plain_data(p, "root"), *column = rc__plain_data(p, "split"),
                  *next = rc__plain_data(p, "next");
    const float *cut = rc__plain_data(p, "cut"), *value = rc__plain_data(p, "value");
    int64_t trees = rc__plain_rows(p, "root"), outputs = p->form.outputs;
    memset(out, 0, (size_t)outputs * sizeof *out);
    for (int64_t i = 0; i < trees; i++) {
        int64_t at = root[i];
        while (column[at] >= 0)
            at = next[at] + (x[column[at]] > cut[at]);
        for (int64_t k = 0; k < outputs; k++)
            out[k] += value[next[at] * outputs + k];
    }
    for (int64_t k = 0; k < outputs; k++)
        out[k] /= (float)trees;
}

static rc_status answer(const rc_plain *p, const rc__table *t, float *out)
{
    float *x;
    RC_TRY(RC_NEW_RAW(&x, t->n * t->d));
    for (int64_t i = 0; i < t->n * t->d; i++)
        x[i] = (float)t->z[i];
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < t->n; i++)
        say(p, x + i * t->d, out + i * p->form.outputs);
    rc_free(x);
    return RC_OK;
}

/* Every way goes forward in the list, so it ends. */
static rc_status verify(const rc_plain *p, int64_t d)
{
    RC_TRY(rc__plain_expect(p, "root", RC_DTYPE_I32, RC_SHAPE(-1)));
    RC_TRY(rc__plain_expect(p, "split", RC_DTYPE_I32, RC_SHAPE(-1)));
    int64_t nodes = rc__plain_rows(p, "split");
    RC_TRY(rc__plain_expect(p, "cut", RC_DTYPE_F32, RC_SHAPE(nodes)));
    RC_TRY(rc__plain_expect(p, "next", RC_DTYPE_I32, RC_SHAPE(nodes)));
    RC_TRY(rc__plain_expect(p, "value", RC_DTYPE_F32, RC_SHAPE(-1, p->form.outputs)));
    RC_TRY(rc__plain_expect_within(p, "root", 0, nodes - 1));
    RC_TRY(rc__plain_expect_within(p, "split", -1, d - 1));
    const int32_t *column = rc__plain_data(p, "split"), *next = rc__plain_data(p, "next");
    int64_t values = rc__plain_rows(p, "value");
    for (int64_t i = 0; i < nodes; i++)
        RC_CHECK(column[i] < 0 ? next[i] >= 0 && next[i] < values : next[i] > i && next[i] < nodes - 1,
                 RC_FORMAT, "forest: node %lld leads nowhere", (long long)i);
    return RC_OK;
}

static double seconds(const rc_plain_form *f, int64_t n, int64_t asked)
{
    double tries = (double)tries_of(f, rc_plain_inputs(f)), depth = log2((double)n + 1);
    double leaves = 4e-9 * (double)n * tries * (double)f->outputs;
    return TREES * (depth * (1e-8 * (double)n * tries + 2e-8 * (double)asked) + leaves);
}

/* Trees with about a leaf for two samples, once as they grow and once as arrays. */
static double bytes(const rc_plain_form *f, int64_t n)
{
    double values = f->target == RC_PLAIN_CLASSES ? 0.25 : 0.5;
    double each = sizeof(node) + values * (double)f->outputs * sizeof(float);
    return (double)n * (2 * TREES * each + (double)rc_plain_inputs(f) * sizeof(float));
}

const rc_plain_kind rc__plain_forest = {.name = "forest",
                                        .targets = RC_PLAIN_CLASSES | RC_PLAIN_LABELS | RC_PLAIN_NUMBERS,
                                        .squares = true,
                                        .seconds = seconds,
                                        .bytes = bytes,
                                        .learn = learn,
                                        .answer = answer,
                                        .verify = verify};
