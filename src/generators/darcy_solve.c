/* -div(a grad u) = f with u = 0 on the boundary: five-point differences, the coefficient of a face being the
 * mean of its two nodes, and CHOLMOD's supernodal factorisation. The pattern never changes, so it is analysed
 * once. */
#include <cholmod.h>
#include <string.h>

#include "base/memory.h"
#include "generators/darcy.h"

struct rc_darcy_solver {
    int n;
    cholmod_common common;
    cholmod_sparse *matrix;
    cholmod_dense *right;
    cholmod_factor *factor;
};

static rc_status no_memory(void)
{
    return rc_fail(RC_MEMORY, "out of memory for the sparse solver");
}

/* Lower triangle by columns: the diagonal, the neighbour in the row, the neighbour below. */
static void fill_pattern(rc_darcy_solver *s)
{
    int m = s->n - 2, *start = s->matrix->p, *row = s->matrix->i, at = 0;
    for (int k = 0; k < m * m; k++) {
        start[k] = at;
        row[at++] = k;
        if (k % m + 1 < m) row[at++] = k + 1;
        if (k / m + 1 < m) row[at++] = k + m;
    }
    start[m * m] = at;
}

static void fill_values(rc_darcy_solver *s, const double *a)
{
    int n = s->n, m = n - 2, at = 0;
    double *value = s->matrix->x;
    for (int i = 1; i <= m; i++)
        for (int j = 1; j <= m; j++) {
            const double *c = a + i * n + j;
            double east = 0.5 * (c[0] + c[1]), west = 0.5 * (c[0] + c[-1]);
            double south = 0.5 * (c[0] + c[n]), north = 0.5 * (c[0] + c[-n]);
            value[at++] = east + west + south + north;
            if (j < m) value[at++] = -east;
            if (i < m) value[at++] = -south;
        }
}

rc_status rc_darcy_solver_create(int n, rc_darcy_solver **out)
{
    enum { BYTES_AN_UNKNOWN = 512 }; /* of METIS, which prints when it lacks them */
    size_t unknowns = (size_t)(n - 2) * (size_t)(n - 2);
    RC_TRY(rc_memory_ask(BYTES_AN_UNKNOWN * unknowns, "the ordering of a sparse system"));
    RC_TRY(RC_NEW(out, 1));
    rc_darcy_solver *s = *out;
    s->n = n;
    cholmod_start(&s->common);
    s->common.print = 0;
    s->common.nmethods = 1;
    s->common.method[0].ordering = CHOLMOD_METIS; /* nested dissection: the right ordering of a grid */
    s->common.postorder = 1;
    s->common.supernodal = CHOLMOD_SUPERNODAL;
    s->matrix = cholmod_allocate_sparse(unknowns, unknowns, 3 * unknowns, 1, 1, -1, CHOLMOD_REAL, &s->common);
    s->right = cholmod_zeros(unknowns, 1, CHOLMOD_REAL, &s->common);
    if (s->matrix && s->right) {
        fill_pattern(s);
        /* One at a time: METIS draws from random numbers that all threads share, and another ordering means
         * other roundings: the same seed would not give the same bits. */
#pragma omp critical(rc_darcy_metis)
        s->factor = cholmod_analyze(s->matrix, &s->common);
    }
    if (s->factor) return RC_OK;
    rc_darcy_solver_destroy(out);
    return no_memory();
}

void rc_darcy_solver_destroy(rc_darcy_solver **s)
{
    if (!*s) return;
    cholmod_free_factor(&(*s)->factor, &(*s)->common);
    cholmod_free_sparse(&(*s)->matrix, &(*s)->common);
    cholmod_free_dense(&(*s)->right, &(*s)->common);
    cholmod_finish(&(*s)->common);
    rc_free(*s);
    *s = NULL;
}

rc_status rc_darcy_solver_run(rc_darcy_solver *s, const double *a, const double *f, double *u)
{
    int n = s->n, m = n - 2;
    double h = 1.0 / (n - 1), *right = s->right->x;
    for (int i = 0; i < m * m; i++)
        right[i] = h * h * f[(i / m + 1) * n + i % m + 1];
    fill_values(s, a);
    if (!cholmod_factorize(s->matrix, s->factor, &s->common)) return no_memory();
    RC_CHECK(s->common.status == CHOLMOD_OK, RC_NUMERIC,
             "the coefficient is not positive everywhere: the system cannot be solved");
    cholmod_dense *x = cholmod_solve(CHOLMOD_A, s->factor, s->right, &s->common);
    if (!x) return no_memory();
    memset(u, 0, (size_t)n * (size_t)n * sizeof *u);
    for (int i = 0; i < m * m; i++)
        u[(i / m + 1) * n + i % m + 1] = ((double *)x->x)[i];
    cholmod_free_dense(&x, &s->common);
    return RC_OK;
}
