/* Every table of kernels that this processor can run, against plain sums in double. */
#include "transport/pair_kernels.h"

#include "base/rng.h"
#include "check.h"

enum { DEPTH = 37 };

static const rc_pair_kernels *kernels;
static float a[DEPTH * RC_PAIR_MAX_ROWS], b[DEPTH * RC_PAIR_MAX_COLUMNS];
static float cost[RC_PAIR_MAX_ROWS * RC_PAIR_BLOCK];
static double h[RC_PAIR_BLOCK];

static void fill(float *x, int n, double spread, double shift, uint64_t seed)
{
    rc_rng rng = rc_rng_make(seed, "kernels", 0);
    for (int i = 0; i < n; i++)
        x[i] = (float)(spread * rc_rng_normal(&rng) + shift);
}

static double dot(int r, int c)
{
    double sum = 0.0;
    for (int k = 0; k < DEPTH; k++) {
        sum += (double)a[k * kernels->rows + r] * (double)b[k * kernels->columns + c];
    }
    return sum;
}

TEST(products)
{
    float out[RC_PAIR_MAX_ROWS * RC_PAIR_MAX_COLUMNS];
    fill(a, DEPTH * RC_PAIR_MAX_ROWS, 1.0, 0.0, 0);
    fill(b, DEPTH * RC_PAIR_MAX_COLUMNS, 1.0, 0.0, 1);
    kernels->products(DEPTH, a, b, false, out, kernels->columns);
    kernels->products(DEPTH, a, b, true, out, kernels->columns);
    for (int r = 0; r < kernels->rows; r++) {
        for (int c = 0; c < kernels->columns; c++)
            NEAR(out[r * kernels->columns + c], 2.0 * dot(r, c), 2e-5);
    }
    CHECK(RC_PAIR_BLOCK % kernels->columns == 0 && kernels->rows <= RC_PAIR_MAX_ROWS);
}

TEST(costs)
{
    float out[RC_PAIR_MAX_ROWS * RC_PAIR_BLOCK], row_half[RC_PAIR_MAX_ROWS], column_half[RC_PAIR_MAX_COLUMNS];
    fill(row_half, RC_PAIR_MAX_ROWS, 1.0, 5.0, 2);
    fill(column_half, RC_PAIR_MAX_COLUMNS, 1.0, 5.0, 3);
    kernels->costs(DEPTH, a, b, row_half, column_half, out, RC_PAIR_BLOCK);
    for (int r = 0; r < kernels->rows; r++) {
        for (int c = 0; c < kernels->columns; c++) {
            double want = (double)row_half[r] + (double)column_half[c] - dot(r, c);
            NEAR(out[r * RC_PAIR_BLOCK + c], fmax(want, 0.0), 2e-5);
        }
    }
}

static double score(int j, double scale)
{
    return h[j] - scale * (double)cost[j];
}

/* 2^score over its largest, less 1, with all digits; counts that fill no vector, too. */
TEST(row_excess)
{
    double excess[RC_PAIR_BLOCK], mean;
    fill(cost, RC_PAIR_BLOCK, 4.0, 20.0, 4);
    for (int count = 1; count <= RC_PAIR_BLOCK; count += 19) {
        for (double scale = 3.0; scale > 1e-16; scale *= 1e-4) {
            double top = -INFINITY, sum = 0.0;
            for (int j = 0; j < count; j++) {
                h[j] = 0.7 * scale * (double)j;
                top = fmax(top, score(j, scale));
            }
            NEAR(kernels->row_excess(count, cost, h, scale, excess, &mean), top, 1e-13 * scale);
            for (int j = 0; j < count; j++) {
                double want = expm1((score(j, scale) - top) * log(2.0));
                NEAR(excess[j], want, -2e-10 * want + 1e-13 * scale);
                sum += excess[j];
            }
            NEAR(mean * count, sum, -1e-13 * sum);
        }
    }
}

TEST(spread)
{
    enum { COUNT = RC_PAIR_BLOCK - 3 };
    double excess[RC_PAIR_BLOCK] = {0}, column[RC_PAIR_BLOCK];
    float density[RC_PAIR_BLOCK];
    for (int j = 0; j < COUNT; j++) {
        excess[j] = -(double)j / COUNT;
        column[j] = 7.0;
    }
    kernels->spread(COUNT, excess, -0.3, 4.0, column, density);
    for (int j = 0; j < COUNT; j++) {
        NEAR(column[j], 3.0 + 4.0 * (1.0 + excess[j]) / 0.7, 1e-14);
        NEAR(density[j], 2.0 * (1.0 + excess[j]) / 0.7, 1e-6);
    }
}

TEST(there_and_back)
{
    float x[RC_PAIR_BLOCK], out[RC_PAIR_BLOCK] = {0};
    double there[RC_PAIR_MAX_ROWS] = {0};
    fill(cost, RC_PAIR_MAX_ROWS * RC_PAIR_BLOCK, 1.0, 1.0, 8);
    fill(x, RC_PAIR_BLOCK, 1.0, 0.0, 9);
    kernels->there_and_back(RC_PAIR_BLOCK, cost, RC_PAIR_BLOCK, x, out);
    kernels->there_and_back(RC_PAIR_BLOCK, cost, RC_PAIR_BLOCK, x, out);
    for (int r = 0; r < kernels->rows; r++)
        for (int j = 0; j < RC_PAIR_BLOCK; j++)
            there[r] += (double)cost[r * RC_PAIR_BLOCK + j] * (double)x[j];
    for (int j = 0; j < RC_PAIR_BLOCK; j++) {
        double want = 0.0;
        for (int r = 0; r < kernels->rows; r++)
            want += 2.0 * there[r] * (double)cost[r * RC_PAIR_BLOCK + j];
        NEAR(out[j], want, 1e-3);
    }
}

/* Scores far from 0 leave their differences exact. */
TEST(row_weights)
{
    const double scale = 3e6, maximum = 1e9;
    float weight[RC_PAIR_BLOCK * 3];
    double total = 0.0;
    fill(cost, RC_PAIR_BLOCK, 4.0, 20.0, 4);
    for (int j = 0; j < RC_PAIR_BLOCK; j++)
        h[j] = maximum + scale * (double)cost[j] - 0.5 * (double)j;
    float got = kernels->row_weights(cost, h, scale, maximum, 3, weight);
    for (int j = 0; j < RC_PAIR_BLOCK; j++) {
        double want = exp2(-0.5 * (double)j);
        NEAR(weight[j * 3], want, 1e-5 * want);
        total += want;
    }
    NEAR(got, total, 1e-5 * total);
}

TEST(long_products)
{
    static double x[DEPTH * RC_PAIR_MAX_ROWS], y[DEPTH * RC_LONG_MAX_COLUMNS];
    double out[RC_PAIR_MAX_ROWS * RC_LONG_MAX_COLUMNS];
    int rows = kernels->rows, columns = kernels->long_columns;
    REQUIRE(rows <= RC_PAIR_MAX_ROWS && columns <= RC_LONG_MAX_COLUMNS);
    for (int k = 0; k < DEPTH * RC_PAIR_MAX_ROWS; k++)
        x[k] = sin(k + 1.0);
    for (int k = 0; k < DEPTH * RC_LONG_MAX_COLUMNS; k++)
        y[k] = cos(2.0 * k);
    for (int depth = 0; depth <= DEPTH; depth += DEPTH) {
        kernels->long_products(depth, x, y, out);
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) {
                double sum = 0.0;
                for (int k = 0; k < depth; k++)
                    sum += x[k * rows + r] * y[k * columns + c];
                NEAR(out[r * columns + c], sum, 1e-13);
            }
    }
}

/* Scores at whole and half numbers and everything between, down to where terms no longer count. */
TEST(powers_of_two)
{
    const double none[RC_PAIR_BLOCK] = {0};
    float line[RC_PAIR_BLOCK], weight[RC_PAIR_BLOCK];
    for (int first = 0; first < 7900; first += RC_PAIR_BLOCK) {
        for (int j = 0; j < RC_PAIR_BLOCK; j++)
            line[j] = 0.01f * (float)(first + j);
        (void)kernels->row_weights(line, none, 1.0, 0.0, 1, weight);
        for (int j = 0; j < RC_PAIR_BLOCK; j++) {
            double want = exp2(-(double)fminf(line[j], 80.0f));
            NEAR(weight[j] / want, 1.0, 2.5e-7);
        }
    }
}

int main(void)
{
    for (int i = 0; (kernels = rc_pair_kernels_at(i)); i++) {
        fprintf(stderr, "%s\n", kernels->name);
        RUN(products);
        RUN(costs);
        RUN(row_excess);
        RUN(spread);
        RUN(there_and_back);
        RUN(row_weights);
        RUN(long_products);
        RUN(powers_of_two);
    }
    return RESULT();
}
