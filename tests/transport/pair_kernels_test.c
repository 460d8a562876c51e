/* Every table of kernels that this processor can run, against plain sums in double. */
#include "transport/pair_kernels.h"

#include "base/rng.h"
#include "check.h"

enum { DEPTH = 37, LINES = 5 };

static const rc_pair_kernels *kernels;
static float a[DEPTH * RC_PAIR_MAX_ROWS], b[DEPTH * RC_PAIR_MAX_COLUMNS];
static float cost[LINES * RC_PAIR_BLOCK], h[RC_PAIR_BLOCK];

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

static double score(int line, int j, double scale, double offset)
{
    return offset - scale * (double)cost[line * RC_PAIR_BLOCK + j];
}

/* log2 of the sum of 2^score must come out, whatever maximum was there before. */
TEST(row_sum)
{
    const float scale = 3.0f;
    fill(cost, LINES * RC_PAIR_BLOCK, 4.0, 20.0, 4);
    fill(h, RC_PAIR_BLOCK, 10.0, 0.0, 5);
    double sum = 0.0, want = 0.0;
    float maximum = RC_PAIR_NOTHING;
    for (int line = 0; line < LINES; line++) {
        kernels->row_sum(RC_PAIR_BLOCK, cost + line * RC_PAIR_BLOCK, h, scale, &maximum, &sum);
        for (int j = 0; j < RC_PAIR_BLOCK; j++)
            want += exp2(score(line, j, (double)scale, (double)h[j]));
    }
    NEAR((double)maximum + log2(sum), log2(want), 1e-5);
}

TEST(column_sums)
{
    const float scale = 3.0f;
    float maximum[RC_PAIR_BLOCK];
    double sum[RC_PAIR_BLOCK];
    for (int c = 0; c < RC_PAIR_BLOCK; c++) {
        maximum[c] = RC_PAIR_NOTHING;
        sum[c] = 0.0;
    }
    kernels->column_sums(2, cost, RC_PAIR_BLOCK, h, scale, maximum, sum);
    kernels->column_sums(LINES - 2, cost + 2 * RC_PAIR_BLOCK, RC_PAIR_BLOCK, h + 2, scale, maximum, sum);
    for (int c = 0; c < RC_PAIR_BLOCK; c++) {
        double want = 0.0;
        for (int line = 0; line < LINES; line++)
            want += exp2(score(line, c, (double)scale, (double)h[line]));
        NEAR((double)maximum[c] + log2(sum[c]), log2(want), 1e-5);
    }
}

TEST(row_weights)
{
    const float scale = 3.0f, maximum = 10.0f;
    float weight[RC_PAIR_BLOCK * 3];
    double total = 0.0;
    float got = kernels->row_weights(cost, h, scale, maximum, 3, weight);
    for (int j = 0; j < RC_PAIR_BLOCK; j++) {
        double want = exp2(score(0, j, (double)scale, (double)h[j]) - (double)maximum);
        NEAR(weight[j * 3], want, 1e-5 * want + 1e-24);
        total += want;
    }
    NEAR(got, total, 1e-5 * total);
}

/* Scores at whole and half numbers and everything between, down to where terms no longer count. */
TEST(powers_of_two)
{
    const float none[RC_PAIR_BLOCK] = {0};
    float line[RC_PAIR_BLOCK], weight[RC_PAIR_BLOCK];
    for (int first = 0; first < 7900; first += RC_PAIR_BLOCK) {
        for (int j = 0; j < RC_PAIR_BLOCK; j++)
            line[j] = 0.01f * (float)(first + j);
        (void)kernels->row_weights(line, none, 1.0f, 0.0f, 1, weight);
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
        RUN(row_sum);
        RUN(column_sums);
        RUN(row_weights);
        RUN(powers_of_two);
    }
    return RESULT();
}
