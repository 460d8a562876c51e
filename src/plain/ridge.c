/* Ridge regression in closed form, its strength chosen by leaving one sample out, for every strength at once.
 * With Z = U S V^T the predictions at strength s are H t = U (S^2 / (S^2 + s)) U^T t (plus 1/n for the mean).
 * Leaving a sample out divides its residual by 1 - h, h being its place on the diagonal of H; the residuals
 * of a sample of several rows are multiplied by the inverse of I - H, of these rows. The decomposition is
 * that of Z Z^T or Z^T Z, whichever is smaller. Classes are one column each of 0 and 1. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "plain/plain_parts.h"
#include "transport/dense.h"

/* The eigenvalues of a larger matrix take minutes. */
enum { LARGEST = 2000, STRENGTHS = 19 };

static double strength_at(int i)
{
    return pow(10.0, -3.0 + 0.5 * i);
}

typedef struct ridge {
    int64_t n, d, outputs, r; /* r: the smaller of n and d */
    bool wide;                /* d > n */
    int versions;             /* of each sample */
    const rc_plain_samples *s;
    double mass;              /* sum of the weights */
    const double *z;          /* and t: each row times the root of its weight */
    double *scaled;           /* z, where that is no longer the table's */
    double *t, *mean, *scale; /* targets [n, outputs], centred and scaled */
    double *vectors, *value;  /* of the smaller matrix: the i-th in row i [r, r], [r] */
    double *left;             /* [n, r]: U, or U S where d <= n */
    double *seen;             /* [r, outputs]: left^T t */
    double *fit, *gain;       /* [n, outputs], [r] */
} ridge;

static void ridge_free(ridge *r)
{
    rc_free(r->scaled);
    rc_free(r->t);
    rc_free(r->mean);
    rc_free(r->vectors);
    rc_free(r->value);
    rc_free(r->left);
    rc_free(r->seen);
    rc_free(r->fit);
    rc_free(r->gain);
}

rc_status rc__ridge_check(const rc_plain_form *f, int64_t n)
{
    int64_t d = rc_plain_inputs(f);
    RC_CHECK(n <= LARGEST || d <= LARGEST, RC_UNSUPPORTED,
             "ridge takes at most %d samples or at most %d numbers a sample; here are %lld of %lld", LARGEST,
             LARGEST, (long long)n, (long long)d);
    return RC_OK;
}

/* Numbers are scaled, so that the strength suits all outputs alike. */
static void centre_targets(ridge *r, bool scaled)
{
    for (int64_t k = 0; k < r->outputs; k++) {
        double sum = 0, squares = 0;
        for (int64_t i = 0; i < r->n; i++)
            sum += rc_plain_weight(r->s, i) * r->t[i * r->outputs + k];
        r->mean[k] = sum / r->mass;
        for (int64_t i = 0; i < r->n; i++) {
            double v = r->t[i * r->outputs + k] -= r->mean[k];
            squares += rc_plain_weight(r->s, i) * v * v;
        }
        r->scale[k] = scaled && squares > 0 ? sqrt(squares / r->mass) : 1;
        for (int64_t i = 0; i < r->n; i++)
            r->t[i * r->outputs + k] /= r->scale[k];
    }
}

/* Weighted squares are the squares of rows that are so much longer. */
static rc_status weigh_rows(ridge *r)
{
    if (!r->s->weight) return RC_OK;
    RC_TRY(RC_NEW_RAW(&r->scaled, r->n * r->d));
    for (int64_t i = 0; i < r->n * r->d; i++)
        r->scaled[i] = sqrt(r->s->weight[i / r->d]) * r->z[i];
    for (int64_t i = 0; i < r->n * r->outputs; i++)
        r->t[i] *= sqrt(r->s->weight[i / r->outputs]);
    r->z = r->scaled;
    return RC_OK;
}

static rc_status decompose(ridge *r)
{
    RC_TRY(RC_NEW_RAW(&r->vectors, r->r * r->r));
    RC_TRY(RC_NEW_RAW(&r->value, r->r));
    RC_TRY(RC_NEW_RAW(&r->left, r->n * r->r));
    RC_TRY(RC_NEW_RAW(&r->seen, r->r * r->outputs));
    if (r->r == 0) return RC_OK;
    if (r->wide)
        rc_dense_inner(r->n, r->n, r->d, r->z, r->z, r->vectors);
    else
        rc_dense_product(r->d, r->d, r->n, r->z, true, r->z, r->vectors);
    RC_TRY(rc_dense_eigen(r->r, true, r->vectors, r->value));
    for (int64_t i = 0; i < r->r; i++)
        r->value[i] = r->value[i] > 0 ? r->value[i] : 0;
    if (!r->wide) rc_dense_inner(r->n, r->r, r->d, r->z, r->vectors, r->left);
    for (int64_t i = 0; i < r->n && r->wide; i++)
        for (int64_t k = 0; k < r->r; k++)
            r->left[i * r->r + k] = r->vectors[k * r->r + i];
    rc_dense_product(r->r, r->outputs, r->n, r->left, true, r->t, r->seen);
    return RC_OK;
}

static rc_status prepare(ridge *r, const rc_plain_form *f, const rc__table *t, int versions)
{
    *r = (ridge){.n = t->n, .d = t->d, .outputs = f->outputs, .z = t->z, .wide = t->d > t->n};
    r->versions = versions > 1 ? versions : 1;
    r->s = t->samples;
    r->mass = rc__plain_mass(r->s);
    r->r = r->wide ? r->n : r->d;
    RC_TRY(RC_NEW_RAW(&r->t, r->n * r->outputs));
    RC_TRY(RC_NEW_RAW(&r->mean, 2 * r->outputs));
    r->scale = r->mean + r->outputs;
    RC_TRY(RC_NEW_RAW(&r->fit, r->n * r->outputs));
    RC_TRY(RC_NEW_RAW(&r->gain, r->r));
    rc__targets_fill(f, t->samples, r->t);
    centre_targets(r, f->target == RC_PLAIN_NUMBERS);
    RC_TRY(weigh_rows(r));
    return decompose(r);
}

/* What is left of direction i: of U's in a wide table, else divided by S^2. */
static void set_gain(ridge *r, double strength)
{
    for (int64_t i = 0; i < r->r; i++)
        r->gain[i] = (r->wide ? r->value[i] : 1) / (r->value[i] + strength);
}

/* Of I - H the number of rows a and b. */
static double left_of(const ridge *r, int64_t a, int64_t b)
{
    double left = (a == b) - sqrt(rc_plain_weight(r->s, a) * rc_plain_weight(r->s, b)) / r->mass;
    for (int64_t k = 0; k < r->r; k++)
        left -= r->gain[k] * r->left[a * r->r + k] * r->left[b * r->r + k];
    return left;
}

/* I - H of the rows of sample i as L D L^T: D on the diagonal, L below it. */
static void decompose_left(const ridge *r, int64_t i, int versions, int64_t step,
                           double left[RC_PLAIN_VERSIONS][RC_PLAIN_VERSIONS])
{
    for (int p = 0; p < versions; p++)
        for (int q = 0; q <= p; q++) {
            double v = left_of(r, i + p * step, i + q * step);
            for (int k = 0; k < q; k++)
                v -= left[p][k] * left[q][k] * left[k][k];
            left[p][q] = p > q ? v / left[q][q] : v < 1e-9 ? 1e-9 : v;
        }
}

/* Predictions of every sample without itself, in all its versions, into fit; returns the sum of squares of
 * their errors. */
static rc_status leave_out(ridge *r, double strength, double *error)
{
    double *weighted, sum = 0;
    set_gain(r, strength);
    RC_TRY(RC_NEW_RAW(&weighted, r->r * r->outputs));
    for (int64_t i = 0; i < r->r; i++)
        for (int64_t k = 0; k < r->outputs; k++)
            weighted[i * r->outputs + k] = r->gain[i] * r->seen[i * r->outputs + k];
    rc_dense_product(r->n, r->outputs, r->r, r->left, false, weighted, r->fit);
    int versions = r->versions;
    int64_t step = r->n / versions;
    for (int64_t i = 0; i < step; i++) {
        double left[RC_PLAIN_VERSIONS][RC_PLAIN_VERSIONS], miss[RC_PLAIN_VERSIONS];
        decompose_left(r, i, versions, step, left);
        for (int64_t k = 0; k < r->outputs; k++) {
            for (int p = 0; p < versions; p++) {
                int64_t at = (i + p * step) * r->outputs + k;
                miss[p] = r->t[at] - r->fit[at];
                for (int q = 0; q < p; q++)
                    miss[p] -= left[p][q] * miss[q];
            }
            for (int p = versions - 1; p >= 0; p--) {
                int64_t at = (i + p * step) * r->outputs + k;
                miss[p] /= left[p][p];
                for (int q = p + 1; q < versions; q++)
                    miss[p] -= left[q][p] * miss[q];
                r->fit[at] = r->t[at] - miss[p];
                sum += miss[p] * miss[p];
            }
        }
    }
    rc_free(weighted);
    *error = sum;
    return RC_OK;
}

static rc_status choose(ridge *r, double given, double *strength)
{
    double error, min = INFINITY;
    *strength = given;
    for (int i = 0; i < STRENGTHS && given == 0; i++) {
        RC_TRY(leave_out(r, strength_at(i), &error));
        if (!(error < min)) continue;
        min = error;
        *strength = strength_at(i);
    }
    if (*strength == 0) *strength = strength_at(STRENGTHS - 1);
    return leave_out(r, *strength, &error);
}

/* weight [d, outputs] = V (S / (S^2 + strength)) U^T t */
static rc_status solve(const ridge *r, double *weight)
{
    double *weighted = NULL, *turned = NULL;
    rc_status status = RC_NEW(&weighted, r->r * r->outputs);
    if (status == RC_OK) status = RC_NEW(&turned, r->r * r->outputs);
    for (int64_t i = 0; i < r->r && status == RC_OK; i++) {
        double part = r->wide && r->value[i] > 0 ? r->gain[i] / r->value[i] : r->wide ? 0 : r->gain[i];
        for (int64_t k = 0; k < r->outputs; k++)
            weighted[i * r->outputs + k] = part * r->seen[i * r->outputs + k];
    }
    if (status == RC_OK) {
        double *first = r->wide ? turned : weight;
        rc_dense_product(r->r, r->outputs, r->r, r->vectors, true, weighted, first);
        if (r->wide) rc_dense_product(r->d, r->outputs, r->n, r->z, true, turned, weight);
    }
    rc_free(weighted);
    rc_free(turned);
    return status;
}

/* The arrays that answers are made of, in the target's own units. */
static rc_status keep(rc_plain *p, const ridge *r, double slope)
{
    double *weight, *bias, *kept;
    RC_TRY(rc__plain_add(p, "weight", RC_DTYPE_F64, RC_SHAPE(r->d, r->outputs), &weight));
    RC_TRY(rc__plain_add(p, "bias", RC_DTYPE_F64, RC_SHAPE(r->outputs), &bias));
    RC_TRY(rc__plain_add(p, "slope", RC_DTYPE_F64, RC_SHAPE(1), &kept));
    *kept = slope;
    memcpy(bias, r->mean, (size_t)r->outputs * sizeof *bias);
    if (r->d > 0) RC_TRY(solve(r, weight));
    for (int64_t i = 0; i < r->d; i++)
        for (int64_t k = 0; k < r->outputs; k++)
            weight[i * r->outputs + k] *= r->scale[k];
    return RC_OK;
}

rc_status rc__ridge_learn(rc_plain *p, const rc__table *t, const rc_plain_options *o, float *held)
{
    ridge r;
    double strength, slope;
    (void)held;
    rc_status status = prepare(&r, &p->form, t, o->versions);
    if (status == RC_OK) status = choose(&r, o->strength, &strength);
    if (status == RC_OK) {
        for (int64_t i = 0; i < r.n; i++)
            for (int64_t k = 0; k < r.outputs; k++)
                r.fit[i * r.outputs + k] =
                    r.fit[i * r.outputs + k] / sqrt(rc_plain_weight(r.s, i)) * r.scale[k] + r.mean[k];
        slope = rc__slope_fit(&p->form, t->samples, r.fit);
        status = keep(p, &r, slope);
    }
    ridge_free(&r);
    return status;
}

rc_status rc__ridge_answer(const rc_plain *p, const rc__table *t, float *out)
{
    const double *bias = rc__plain_data(p, "bias"), *slope = rc__plain_data(p, "slope");
    int64_t outputs = p->form.outputs;
    double *score;
    RC_TRY(RC_NEW_RAW(&score, t->n * outputs));
    rc_dense_product(t->n, outputs, t->d, t->z, false, rc__plain_data(p, "weight"), score);
    for (int64_t i = 0; i < t->n; i++) {
        for (int64_t k = 0; k < outputs; k++)
            score[i * outputs + k] += bias[k];
        rc__slope_apply(&p->form, *slope, score + i * outputs, out + i * outputs);
    }
    rc_free(score);
    return RC_OK;
}

rc_status rc__ridge_verify(const rc_plain *p, int64_t d)
{
    RC_TRY(rc__plain_expect(p, "weight", RC_DTYPE_F64, RC_SHAPE(d, p->form.outputs)));
    RC_TRY(rc__plain_expect(p, "bias", RC_DTYPE_F64, RC_SHAPE(p->form.outputs)));
    return rc__plain_expect(p, "slope", RC_DTYPE_F64, RC_SHAPE(1));
}

/* Over columns that were standardised: w/deviation of each, and their means in the bias. The slope of
 * probabilities is part of a logit. */
void rc_plain_linear(const rc_plain *p, float *weight, float *bias)
{
    const double *w = rc__plain_data(p, "weight"), *b = rc__plain_data(p, "bias");
    const double *mean = rc__plain_data(p, "mean"), *deviation = rc__plain_data(p, "deviation");
    const int32_t *column = rc__plain_data(p, "column");
    double slope = *(const double *)rc__plain_data(p, "slope");
    int64_t outputs = p->form.outputs, inputs = rc_plain_inputs(&p->form), kept = rc__columns_kept(p);
    double middle = p->form.target == RC_PLAIN_LABELS ? 0.5 : 0;
    memset(weight, 0, (size_t)(outputs * inputs) * sizeof *weight);
    for (int64_t k = 0; k < outputs; k++) {
        double at_zero = b[k] - middle;
        for (int64_t i = 0; i < kept; i++) {
            double one = w[i * outputs + k] / deviation[i];
            weight[k * inputs + column[i]] = (float)(slope * one);
            at_zero -= one * mean[i];
        }
        bias[k] = (float)(slope * at_zero);
    }
}

/* The smaller matrix, its eigenvectors, all strengths. */
double rc__ridge_seconds(int64_t n, int64_t d, int64_t outputs)
{
    double r = (double)(n < d ? n : d), all = (double)n * (double)d;
    return 5e-10 * all * r + 8e-9 * r * r * r + 1e-8 * (double)n * r * (double)outputs;
}

/* Eigenvectors of the smaller matrix with what LAPACK works in, and the samples in their terms. */
double rc__ridge_bytes(int64_t n, int64_t d)
{
    double r = (double)(n < d ? n : d);
    return (4 * r * r + (double)n * r) * sizeof(double);
}

static double bytes(const rc_plain_form *f, int64_t n)
{
    return rc__ridge_bytes(n, rc_plain_inputs(f));
}

static double seconds(const rc_plain_form *f, int64_t n, int64_t asked)
{
    int64_t d = rc_plain_inputs(f);
    return rc__ridge_seconds(n, d, f->outputs) + 2e-9 * (double)asked * (double)d * (double)f->outputs;
}

enum { VECTORS = RC_PLAIN_CLASSES | RC_PLAIN_LABELS | RC_PLAIN_NUMBERS };

const rc_plain_kind rc__plain_ridge = {.name = "ridge",
                                       .targets = VECTORS,
                                       .squares = true,
                                       .check = rc__ridge_check,
                                       .seconds = seconds,
                                       .bytes = bytes,
                                       .learn = rc__ridge_learn,
                                       .answer = rc__ridge_answer,
                                       .verify = rc__ridge_verify};

const rc_plain_kind rc__plain_probe = {.name = "probe",
                                       .wants_features = true,
                                       .targets = VECTORS,
                                       .squares = true,
                                       .one_scale = true,
                                       .check = rc__ridge_check,
                                       .seconds = seconds,
                                       .bytes = bytes,
                                       .learn = rc__ridge_learn,
                                       .answer = rc__ridge_answer,
                                       .verify = rc__ridge_verify};
