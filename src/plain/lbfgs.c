#include "plain/lbfgs.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

enum { HISTORY = 10, HALVINGS = 30 };

typedef struct state {
    int64_t n;
    double (*value)(void *, const double *, double *);
    void *context;
    double *x, *grad, *next, *next_grad, *way; /* [n] each */
    double *step, *change;                     /* [HISTORY, n]: of x and of the gradient */
    double rho[HISTORY];
    int kept, at; /* how many, and where the next one goes */
} state;

static double inner(int64_t n, const double *a, const double *b)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static void add(int64_t n, double factor, const double *from, double *to)
{
    for (int64_t i = 0; i < n; i++)
        to[i] += factor * from[i];
}

/* way = -H grad, H being what the last steps say of the inverse Hessian. */
static void find_way(state *s)
{
    double alpha[HISTORY];
    for (int64_t i = 0; i < s->n; i++)
        s->way[i] = -s->grad[i];
    for (int j = 1; j <= s->kept; j++) {
        int i = (s->at - j + HISTORY) % HISTORY;
        alpha[i] = s->rho[i] * inner(s->n, s->step + i * s->n, s->way);
        add(s->n, -alpha[i], s->change + i * s->n, s->way);
    }
    if (s->kept > 0) {
        int i = (s->at - 1 + HISTORY) % HISTORY;
        const double *y = s->change + i * s->n;
        double scale = 1 / (s->rho[i] * inner(s->n, y, y));
        for (int64_t k = 0; k < s->n; k++)
            s->way[k] *= scale;
    }
    for (int j = s->kept; j >= 1; j--) {
        int i = (s->at - j + HISTORY) % HISTORY;
        double beta = s->rho[i] * inner(s->n, s->change + i * s->n, s->way);
        add(s->n, alpha[i] - beta, s->step + i * s->n, s->way);
    }
}

static void remember(state *s)
{
    double *step = s->step + s->at * s->n, *change = s->change + s->at * s->n;
    for (int64_t i = 0; i < s->n; i++) {
        step[i] = s->next[i] - s->x[i];
        change[i] = s->next_grad[i] - s->grad[i];
    }
    double curvature = inner(s->n, step, change);
    if (!(curvature > 1e-12 * inner(s->n, change, change))) return;
    s->rho[s->at] = 1 / curvature;
    s->at = (s->at + 1) % HISTORY;
    s->kept += s->kept < HISTORY;
}

/* The first of 1, 1/2, 1/4 ... of the way that falls enough (Armijo); false: none does. */
static bool search_line(state *s, double *value)
{
    double slope = inner(s->n, s->grad, s->way);
    double length = s->kept > 0 ? 1 : 1 / fmax(1, sqrt(inner(s->n, s->grad, s->grad)));
    for (int i = 0; i < HALVINGS; i++, length *= 0.5) {
        memcpy(s->next, s->x, (size_t)s->n * sizeof *s->next);
        add(s->n, length, s->way, s->next);
        double there = s->value(s->context, s->next, s->next_grad);
        if (!(there <= *value + 1e-4 * length * slope)) continue;
        *value = there;
        return true;
    }
    return false;
}

static double largest(int64_t n, const double *v)
{
    double max = 0;
    for (int64_t i = 0; i < n; i++)
        max = fmax(max, fabs(v[i]));
    return max;
}

static void run(state *s, double tolerance, int max)
{
    double value = s->value(s->context, s->x, s->grad);
    for (int i = 0; i < max && largest(s->n, s->grad) > tolerance; i++) {
        find_way(s);
        if (!search_line(s, &value)) return;
        remember(s);
        memcpy(s->x, s->next, (size_t)s->n * sizeof *s->x);
        memcpy(s->grad, s->next_grad, (size_t)s->n * sizeof *s->grad);
    }
}

rc_status rc__lbfgs(int64_t n, double (*value)(void *, const double *, double *), void *context,
                    double tolerance, int max, double *x)
{
    double *room;
    RC_TRY(RC_NEW_RAW(&room, (4 + 2 * HISTORY) * n));
    state s = {.n = n, .value = value, .context = context, .x = x, .grad = room};
    s.next = room + n;
    s.next_grad = room + 2 * n;
    s.way = room + 3 * n;
    s.step = room + 4 * n;
    s.change = s.step + HISTORY * n;
    run(&s, tolerance, max);
    rc_free(room);
    return RC_OK;
}
