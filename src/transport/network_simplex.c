/* transport/network_simplex.c: the network simplex method on a complete bipartite graph.
 *
 * A basis is a spanning tree over rows, columns and a root that only holds together what would otherwise be
 * several trees: its arcs, row -> root, carry nothing. Every node keeps the flow of the arc to its parent; a
 * row's arc points to its parent, a column's away from it. Trees are kept "strongly feasible" (arcs without
 * flow point towards the root) by the choice of the leaving arc, so degenerate pivots cannot cycle:
 * Cunningham, "A network simplex method", Mathematical Programming 11, 1976. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/progress.h"
#include "transport/exact.h"
#include "transport/pair_kernels.h"

enum { NOBODY = -1, PIVOTS_BETWEEN_INTERRUPTS = 4096 };
/* A reduced cost counts as negative below this share of the largest cost. */
static const double tolerance = 1e-13;
/* Weights without a common measure are rounded to this share of their sum. */
static const int64_t whole = (int64_t)1 << 52;

typedef struct node {
    int32_t parent, child, next, previous;
    int32_t size; /* of the tree below it, with itself */
    int64_t flow; /* of the arc to the parent */
} node;

typedef struct simplex {
    int64_t n, m, ld;
    const double *cost;  /* [n, ld], DBL_MAX from m on */
    double *potential;   /* [n + ld + 1]: rows, columns, padding */
    int64_t *supply;     /* [n + m], what is left to hand out while the first tree grows */
    node *node;          /* [n + m + 1] */
    int64_t row, pivots; /* where pricing goes on */
    double negative;
} simplex;

static int32_t root_of(const simplex *s)
{
    return (int32_t)(s->n + s->m);
}

static double *column_potentials(const simplex *s)
{
    return s->potential + s->n;
}

/* ---- the tree ---- */

static void attach(simplex *s, int32_t x, int32_t parent, int64_t flow)
{
    node *own = &s->node[x], *up = &s->node[parent];
    own->parent = parent;
    own->flow = flow;
    own->previous = NOBODY;
    own->next = up->child;
    if (up->child != NOBODY) s->node[up->child].previous = x;
    up->child = x;
}

static void detach(simplex *s, int32_t x)
{
    const node *own = &s->node[x];
    if (own->previous == NOBODY)
        s->node[own->parent].child = own->next;
    else
        s->node[own->previous].next = own->next;
    if (own->next != NOBODY) s->node[own->next].previous = own->previous;
}

/* The next node of top's subtree in preorder that is not below x; NOBODY at its end. */
static int32_t next_beside(const simplex *s, int32_t top, int32_t x)
{
    while (x != top && s->node[x].next == NOBODY)
        x = s->node[x].parent;
    return x == top ? NOBODY : s->node[x].next;
}

static int32_t next_below(const simplex *s, int32_t top, int32_t x)
{
    return s->node[x].child != NOBODY ? s->node[x].child : next_beside(s, top, x);
}

/* Potentials below `top`: those of top's kind (row or column) rise by `rise`, the others fall. Only
 * differences count, so all others may move the other way instead where they are fewer. */
static void update_below(simplex *s, int32_t top, double rise)
{
    int32_t n = (int32_t)s->n, first = top, skipped = NOBODY;
    double row_rise = top < n ? rise : -rise;
    if (2 * (int64_t)s->node[top].size > s->n + s->m) {
        first = root_of(s);
        skipped = top;
        row_rise = -row_rise;
    }
    for (int32_t x = first; x != NOBODY;) {
        if (x == skipped) {
            x = next_beside(s, first, x);
            continue;
        }
        s->potential[x] += x < n ? row_rise : -row_rise;
        x = next_below(s, first, x);
    }
}

/* Sizes of all subtrees; order [n + m + 1] is room for the nodes in preorder. */
static void find_sizes(simplex *s, int32_t *order)
{
    int32_t root = root_of(s), count = 0;
    for (int32_t x = root; x != NOBODY; x = next_below(s, root, x)) {
        s->node[x].size = 1;
        order[count++] = x;
    }
    while (--count > 0)
        s->node[s->node[order[count]].parent].size += s->node[order[count]].size;
}

/* The trees from x up to `top`, which is not one of them, grow by so many nodes. */
static void resize(simplex *s, int32_t x, int32_t top, int32_t by)
{
    for (; x != top; x = s->node[x].parent)
        s->node[x].size += by;
}

/* ---- pivots ---- */

typedef struct candidate {
    int32_t row, column;
    double reduced;
} candidate;

typedef struct leaving {
    int32_t x; /* the arc from x to its parent */
    int64_t flow;
    bool column_side;
} leaving;

/* Flow runs row -> column, up from the column to where both paths meet, and down to the row. It shrinks on
 * arcs of rows on the row's side and on arcs of columns on the column's. Among the arcs that block, the last
 * one along this cycle leaves, starting where the paths meet. */
static leaving find_leaving(const simplex *s, int32_t row, int32_t column, int32_t *apex)
{
    leaving low = {NOBODY, INT64_MAX, false}, high = {NOBODY, INT64_MAX, true};
    int32_t x = row, y = column;
    while (x != y) { /* the smaller tree is not the one where they meet */
        if (s->node[x].size <= s->node[y].size) {
            if (x < s->n && s->node[x].flow < low.flow) {
                low.flow = s->node[x].flow;
                low.x = x;
            }
            x = s->node[x].parent;
        } else {
            if (y >= s->n && s->node[y].flow <= high.flow) {
                high.flow = s->node[y].flow;
                high.x = y;
            }
            y = s->node[y].parent;
        }
    }
    *apex = x;
    return high.flow <= low.flow ? high : low;
}

static void push(simplex *s, int32_t row, int32_t column, int32_t apex, int64_t flow)
{
    if (flow == 0) return;
    for (int32_t x = row; x != apex; x = s->node[x].parent)
        s->node[x].flow += x < s->n ? -flow : flow;
    for (int32_t y = column; y != apex; y = s->node[y].parent)
        s->node[y].flow += y < s->n ? flow : -flow;
}

/* The part below the leaving arc is hung up by the entering arc. */
static void rehang(simplex *s, int32_t end, int32_t parent, int64_t flow, int32_t last)
{
    int32_t all = s->node[last].size, below = 0; /* below: what x had on the side from which it now hangs */
    for (int32_t x = end;;) {
        int32_t old = s->node[x].parent, old_size = s->node[x].size;
        int64_t old_flow = s->node[x].flow;
        detach(s, x);
        attach(s, x, parent, flow);
        s->node[x].size = all - below;
        if (x == last) return;
        below = old_size;
        parent = x;
        flow = old_flow;
        x = old;
    }
}

static void pivot(simplex *s, const candidate *c)
{
    int32_t apex, column = (int32_t)s->n + c->column;
    leaving out = find_leaving(s, c->row, column, &apex);
    push(s, c->row, column, apex, out.flow);
    int32_t end = out.column_side ? column : c->row, parent = out.column_side ? c->row : column;
    int32_t moved = s->node[out.x].size;
    resize(s, s->node[out.x].parent, apex, -moved);
    rehang(s, end, parent, out.flow, out.x);
    resize(s, parent, apex, moved);
    update_below(s, end, c->reduced);
    s->pivots++;
}

/* ---- pricing ---- */

/* The min of cost - v in row i, and *from: where to look for its column. */
static double min_of_row(const simplex *s, int64_t i, int64_t *from)
{
    enum { SPAN = 32 * RC_COST_BLOCK };
    const double *cost = s->cost + i * s->ld, *v = column_potentials(s);
    double min = INFINITY;
    *from = 0;
    for (int64_t j = 0; j < s->ld; j += SPAN) {
        double gap = rc_pair_kernels_get()->min_gap(rc__min(s->ld - j, SPAN), cost + j, v + j);
        if (!(gap < min)) continue;
        min = gap;
        *from = j;
    }
    return min;
}

static int64_t find_column(const simplex *s, int64_t i, double gap, int64_t from)
{
    const double *cost = s->cost + i * s->ld, *v = column_potentials(s);
    while (cost[from] - v[from] != gap)
        from++;
    return from;
}

static void price_row(const simplex *s, int64_t i, candidate *best)
{
    int64_t from;
    double min = min_of_row(s, i, &from);
    if (!(min - s->potential[i] < best->reduced)) return;
    *best = (candidate){(int32_t)i, (int32_t)find_column(s, i, min, from), min - s->potential[i]};
}

/* Rows are priced in turn, some at a time; the best of a group that holds a negative one enters. */
static bool find_entering(simplex *s, candidate *best)
{
    int64_t group = 1 + 1024 / s->ld;
    *best = (candidate){NOBODY, NOBODY, -s->negative};
    for (int64_t seen = 0; seen < s->n; seen++) {
        price_row(s, s->row, best);
        s->row = s->row + 1 < s->n ? s->row + 1 : 0;
        if (best->row != NOBODY && seen % group == group - 1) return true;
    }
    return best->row != NOBODY;
}

static rc_status solve(simplex *s)
{
    candidate entering;
    while (find_entering(s, &entering)) {
        pivot(s, &entering);
        if (s->pivots % PIVOTS_BETWEEN_INTERRUPTS == 0 && rc_interrupt_requested())
            return rc_fail(RC_INTERRUPTED, "interrupted");
    }
    return RC_OK;
}

/* ---- the first tree ---- */

/* Potentials from costs: a column's is its least cost, a row's what is then left of its least. */
static void start_potentials(simplex *s)
{
    double *v = column_potentials(s);
    for (int64_t j = 0; j < s->ld; j++)
        v[j] = j < s->m ? s->cost[j] : 0.0;
    for (int64_t i = 1; i < s->n; i++) {
        const double *cost = s->cost + i * s->ld;
        for (int64_t j = 0; j < s->m; j++)
            v[j] = cost[j] < v[j] ? cost[j] : v[j];
    }
    for (int64_t i = 0; i < s->n; i++)
        s->potential[i] = rc_pair_kernels_get()->min_gap(s->ld, s->cost + i * s->ld, v);
}

/* An allocation joins a row and a column of different trees with all that either has left, so what it joins
 * is a forest whose arcs all carry flow. Kept as lists of arcs first, hung up afterwards. */
typedef struct forest {
    int32_t *row, *column; /* [n + m] */
    int64_t *flow;
    int64_t count;
} forest;

static void free_forest(forest *f)
{
    rc_free(f->row);
    rc_free(f->column);
    rc_free(f->flow);
}

static void allocate(simplex *s, forest *f)
{
    int64_t *demand = s->supply + s->n;
    for (int64_t i = 0; i < s->n; i++) {
        while (s->supply[i] > 0) {
            int64_t from;
            double gap = min_of_row(s, i, &from);
            int64_t best = find_column(s, i, gap, from);
            int64_t flow = s->supply[i] < demand[best] ? s->supply[i] : demand[best];
            s->supply[i] -= flow;
            demand[best] -= flow;
            if (demand[best] == 0) column_potentials(s)[best] = -DBL_MAX; /* nothing left to take */
            f->row[f->count] = (int32_t)i;
            f->column[f->count] = (int32_t)best;
            f->flow[f->count++] = flow;
        }
    }
}

/* Hangs up the trees of the forest: each by one row at the root, with an arc that carries nothing. `start`
 * [n + m + 1] and `arc` [2 count]: the arcs of each node. */
static void hang(simplex *s, const forest *f, int64_t *start, int32_t *arc, bool *seen)
{
    int64_t nodes = s->n + s->m;
    for (int64_t e = 0; e < f->count; e++) {
        start[f->row[e] + 1]++;
        start[s->n + f->column[e] + 1]++;
    }
    for (int64_t x = 0; x < nodes; x++)
        start[x + 1] += start[x];
    for (int64_t e = 0; e < f->count; e++) {
        arc[start[f->row[e]]++] = (int32_t)e;
        arc[start[s->n + f->column[e]]++] = (int32_t)e;
    }
    /* start[x] is now where x's arcs end; they begin where those of x - 1 end. */
    for (int32_t r = 0; r < s->n; r++) {
        if (seen[r]) continue;
        seen[r] = true;
        attach(s, r, root_of(s), 0);
        for (int32_t x = r; x != NOBODY; x = next_below(s, r, x)) {
            for (int64_t k = x > 0 ? start[x - 1] : 0; k < start[x]; k++) {
                int32_t e = arc[k], other = x < s->n ? (int32_t)s->n + f->column[e] : f->row[e];
                if (seen[other]) continue;
                seen[other] = true;
                attach(s, other, x, f->flow[e]);
            }
        }
    }
}

static double arc_cost(const simplex *s, int32_t x)
{
    int32_t up = s->node[x].parent;
    if (up == root_of(s)) return 0.0;
    return x < s->n ? s->cost[x * s->ld + up - s->n] : s->cost[up * s->ld + x - s->n];
}

/* Potentials that make the reduced cost of every arc of the tree zero, and 0 at the root. */
static void find_potentials(simplex *s)
{
    int32_t root = root_of(s);
    for (int32_t x = s->node[root].child; x != NOBODY; x = next_below(s, root, x)) {
        int32_t up = s->node[x].parent;
        s->potential[x] = arc_cost(s, x) - (up == root ? 0.0 : s->potential[up]);
    }
}

static rc_status grow_first_tree(simplex *s)
{
    int64_t nodes = s->n + s->m;
    forest f = {0};
    int64_t *start = NULL;
    int32_t *arc = NULL;
    bool *seen = NULL;
    rc_status status = RC_OK;
    RC_TRY_DONE(RC_NEW(&f.row, nodes));
    RC_TRY_DONE(RC_NEW(&f.column, nodes));
    RC_TRY_DONE(RC_NEW(&f.flow, nodes));
    RC_TRY_DONE(RC_NEW(&start, nodes + 1));
    RC_TRY_DONE(RC_NEW(&arc, 2 * nodes)); /* n, m >= 1, so a tree's nodes fit, too */
    RC_TRY_DONE(RC_NEW(&seen, nodes));
    start_potentials(s);
    allocate(s, &f);
    for (int64_t x = 0; x <= nodes; x++)
        s->node[x] = (node){NOBODY, NOBODY, NOBODY, NOBODY, 1, 0};
    hang(s, &f, start, arc, seen);
    find_sizes(s, arc);
    find_potentials(s);
done:
    free_forest(&f);
    rc_free(start);
    rc_free(arc);
    rc_free(seen);
    return status;
}

/* ---- weights as integers ---- */

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* What rounding leaves over goes to the largest. */
static void round_weights(int64_t n, const double *weight, int64_t *supply)
{
    double sum = 0.0;
    int64_t left = whole, largest = 0;
    for (int64_t i = 0; i < n; i++)
        sum += weight ? weight[i] : 1.0;
    for (int64_t i = 0; i < n; i++) {
        double share = (weight ? weight[i] : 1.0) / sum;
        supply[i] = (int64_t)(share * (double)whole);
        if (supply[i] < 1) supply[i] = 1;
        if (supply[i] > supply[largest]) largest = i;
        left -= supply[i];
    }
    supply[largest] += left;
}

/* Returns the whole mass in units of flow. */
static int64_t make_supplies(int64_t n, const double *a, int64_t m, const double *b, int64_t *supply)
{
    if (!a && !b) {
        int64_t g = common_divisor(n, m);
        for (int64_t i = 0; i < n; i++)
            supply[i] = m / g;
        for (int64_t j = 0; j < m; j++)
            supply[n + j] = n / g;
        return n / g * m;
    }
    round_weights(n, a, supply);
    round_weights(m, b, supply + n);
    return whole;
}

/* ---- the answer ---- */

static rc_status write_plan(const simplex *s, int64_t total, rc_transport_plan *out)
{
    int64_t nodes = s->n + s->m;
    RC_TRY(RC_NEW(&out->from, nodes));
    RC_TRY(RC_NEW(&out->to, nodes));
    RC_TRY(RC_NEW(&out->mass, nodes));
    RC_TRY(RC_NEW(&out->u, s->n));
    RC_TRY(RC_NEW(&out->v, s->m));
    for (int64_t x = 0; x < nodes; x++) {
        int32_t up = s->node[x].parent;
        if (s->node[x].flow == 0) continue;
        out->from[out->count] = (int32_t)(x < s->n ? x : up);
        out->to[out->count] = (int32_t)((x < s->n ? up : x) - s->n);
        double mass = (double)s->node[x].flow / (double)total;
        out->value += mass * arc_cost(s, (int32_t)x);
        out->mass[out->count++] = mass;
    }
    memcpy(out->u, s->potential, sizeof(double) * (size_t)s->n);
    memcpy(out->v, column_potentials(s), sizeof(double) * (size_t)s->m);
    out->pivots = s->pivots;
    return RC_OK;
}

static rc_status set_tolerance(simplex *s)
{
    double largest = 0.0;
    for (int64_t i = 0; i < s->n; i++)
        for (int64_t j = 0; j < s->m; j++)
            largest = fmax(largest, fabs(s->cost[i * s->ld + j]));
    RC_CHECK(largest < DBL_MAX / 8, RC_NUMERIC,
             "exact transport: a cost of %g is too large; scale the costs down", largest);
    s->negative = tolerance * largest;
    return RC_OK;
}

/* Adding up many changes has moved the potentials a little from what the tree says, so they are found afresh,
 * and pivoting goes on if that shows anything left to gain. */
static rc_status run(simplex *s)
{
    for (int64_t before = NOBODY; before != s->pivots;) {
        before = s->pivots;
        find_potentials(s);
        RC_TRY(solve(s));
    }
    return RC_OK;
}

rc_status rc__network_simplex(int64_t n, int64_t m, const double *cost, int64_t ld, const double *row_weight,
                              const double *column_weight, rc_transport_plan *out)
{
    simplex s = {.n = n, .m = m, .ld = ld, .cost = cost};
    rc_status status = RC_OK;
    *out = (rc_transport_plan){0};
    RC_TRY_DONE(RC_NEW(&s.potential, n + ld + 1));
    RC_TRY_DONE(RC_NEW(&s.supply, n + m));
    RC_TRY_DONE(RC_NEW(&s.node, n + m + 1));
    int64_t total = make_supplies(n, row_weight, m, column_weight, s.supply);
    RC_TRY_DONE(set_tolerance(&s));
    RC_TRY_DONE(grow_first_tree(&s));
    RC_TRY_DONE(run(&s));
    RC_TRY_DONE(write_plan(&s, total, out));
done:
    rc_free(s.potential);
    rc_free(s.supply);
    rc_free(s.node);
    if (status != RC_OK) rc_transport_plan_free(out);
    return status;
}

void rc_transport_plan_free(rc_transport_plan *plan)
{
    rc_free(plan->from);
    rc_free(plan->to);
    rc_free(plan->mass);
    rc_free(plan->u);
    rc_free(plan->v);
    *plan = (rc_transport_plan){0};
}
