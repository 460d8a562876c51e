/* Random dilated convolutions as features of a sequence, after MiniRocket (Dempster, Schmidt and Webb, KDD
 * 2021): the 84 kernels of nine weights of which three are 2 and six are -1, in dilations up to the length;
 * of each the share of positions where it exceeds a bias, for several biases that are quantiles of what it
 * gives on a training sample. With several channels a kernel adds up some of them, chosen at random. A ridge
 * regression follows. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/first_failure.h"
#include "base/memory.h"
#include "base/rng.h"
#include "plain/plain_parts.h"

enum {
    TAPS = 9,
    KERNELS = 84,
    FEATURES = 9996,
    FEW_FEATURES = 1008,
    FEW_FROM = 2000,
    MAX_DILATIONS = 32,
    MAX_CHANNELS = 9
};

/* ---- the kernels and what follows from length and number of features ---- */

/* The three taps of weight 2 of every kernel. */
static void list_kernels(int three[KERNELS][3])
{
    int n = 0;
    for (int a = 0; a < TAPS; a++)
        for (int b = a + 1; b < TAPS; b++)
            for (int c = b + 1; c < TAPS; c++, n++) {
                three[n][0] = a;
                three[n][1] = b;
                three[n][2] = c;
            }
}

typedef struct plan {
    int64_t channels, length;
    int dilations;
    int64_t dilation[MAX_DILATIONS], biases[MAX_DILATIONS]; /* of a kernel in this dilation */
    int three[KERNELS][3];
} plan;

/* Dilations 2^0 to 2^log2((L - 1) / 8), spread evenly in the exponent; equal ones are one with more biases.
 */
static void make_plan(const rc_plain_form *f, int64_t features, plan *out)
{
    int64_t each = features / KERNELS, slots = each < MAX_DILATIONS ? each : MAX_DILATIONS, given = 0;
    *out = (plan){.channels = f->x_shape[0], .length = f->x_shape[1]};
    double max = log2((double)(out->length - 1) / (TAPS - 1));
    int64_t count[MAX_DILATIONS] = {0};
    for (int64_t i = 0; i < slots; i++) {
        /* A little more, so that rounding does not make a power of two less than it is. */
        int64_t d = (int64_t)(pow(2, slots > 1 ? max * (double)i / (double)(slots - 1) : 0) + 1e-9);
        if (out->dilations == 0 || out->dilation[out->dilations - 1] != d)
            out->dilation[out->dilations++] = d;
        count[out->dilations - 1]++;
    }
    for (int i = 0; i < out->dilations; i++) {
        out->biases[i] = (int64_t)((double)count[i] * (double)each / (double)slots);
        given += out->biases[i];
    }
    for (int i = 0; given < each; given++, i = (i + 1) % out->dilations)
        out->biases[i]++;
    list_kernels(out->three);
}

/* ---- convolutions ---- */

/* Room of one thread: x shifted to each tap, and what a kernel gives. */
typedef struct bench {
    float *tap; /* [channels, TAPS, length], three times x; zeros beyond its ends */
    float *sum; /* [channels, length]: a third of the sum over taps */
    float *out; /* [length] */
} bench;

static rc_status bench_make(const plan *p, bench *b)
{
    *b = (bench){0};
    RC_TRY(RC_NEW_RAW(&b->tap, p->channels * TAPS * p->length));
    RC_TRY(RC_NEW_RAW(&b->sum, p->channels * p->length));
    return RC_NEW_RAW(&b->out, p->length);
}

static void bench_free(bench *b)
{
    rc_free(b->tap);
    rc_free(b->sum);
    rc_free(b->out);
}

static void shift_taps(const plan *p, int64_t dilation, const float *x, bench *b)
{
    for (int64_t c = 0; c < p->channels; c++) {
        float *sum = b->sum + c * p->length;
        memset(sum, 0, (size_t)p->length * sizeof *sum);
        for (int64_t k = 0; k < TAPS; k++) {
            float *tap = b->tap + (c * TAPS + k) * p->length;
            int64_t offset = (k - TAPS / 2) * dilation;
            for (int64_t i = 0; i < p->length; i++) {
                int64_t at = i + offset;
                float v = at >= 0 && at < p->length ? x[c * p->length + at] : 0;
                tap[i] = 3 * v;
                sum[i] += v;
            }
        }
    }
}

static void convolve(const plan *p, const int *three, const int32_t *chosen, bench *b)
{
    memset(b->out, 0, (size_t)p->length * sizeof *b->out);
    for (int64_t c = 0; c < p->channels; c++) {
        if (!chosen[c]) continue;
        const float *first = b->tap + (c * TAPS + three[0]) * p->length,
                    *second = b->tap + (c * TAPS + three[1]) * p->length,
                    *third = b->tap + (c * TAPS + three[2]) * p->length, *sum = b->sum + c * p->length;
        for (int64_t i = 0; i < p->length; i++)
            b->out[i] += first[i] + second[i] + third[i] - sum[i];
    }
}

static double share_above(const float *v, int64_t n, float bias)
{
    int32_t count = 0;
    for (int64_t i = 0; i < n; i++)
        count += v[i] > bias;
    return (double)count / (double)n;
}

/* Every other kernel leaves out the positions where it reaches beyond the ends. */
static int64_t margin_of(const plan *p, int dilation, int kernel)
{
    return (dilation + kernel) % 2 ? TAPS / 2 * p->dilation[dilation] : 0;
}

static void describe(const plan *p, const float *bias, const int32_t *channel, const float *x, bench *b,
                     double *out)
{
    for (int d = 0; d < p->dilations; d++) {
        shift_taps(p, p->dilation[d], x, b);
        for (int k = 0; k < KERNELS; k++) {
            int64_t margin = margin_of(p, d, k);
            convolve(p, p->three[k], channel + (d * KERNELS + k) * p->channels, b);
            for (int64_t i = 0; i < p->biases[d]; i++)
                *out++ = share_above(b->out + margin, p->length - 2 * margin, *bias++);
        }
    }
}

/* ---- learning ---- */

/* Channels in one measure: a kernel adds them. */
static rc_status measure_channels(rc_plain *p, const rc_plain_samples *s)
{
    int64_t channels = p->form.x_shape[0], length = p->form.x_shape[1];
    double *mean, *deviation;
    RC_TRY(rc__plain_add(p, "channel_mean", RC_DTYPE_F64, RC_SHAPE(channels), &mean));
    RC_TRY(rc__plain_add(p, "channel_deviation", RC_DTYPE_F64, RC_SHAPE(channels), &deviation));
    for (int64_t c = 0; c < channels; c++) {
        double sum = 0, squares = 0, n = 0;
        for (int64_t i = 0; i < s->n * length; i++) {
            double v = (double)s->x[(i / length * channels + c) * length + i % length];
            if (isnan(v)) continue;
            sum += v;
            squares += v * v;
            n++;
        }
        mean[c] = n > 0 ? sum / n : 0;
        double variance = n > 0 ? squares / n - mean[c] * mean[c] : 0;
        deviation[c] = variance > 0 ? sqrt(variance) : 1;
    }
    return RC_OK;
}

static void standardise(const rc_plain *p, const float *x, float *out)
{
    const double *mean = rc__plain_data(p, "channel_mean"),
                 *deviation = rc__plain_data(p, "channel_deviation");
    int64_t length = p->form.x_shape[1];
    for (int64_t i = 0; i < p->form.x_shape[0] * length; i++) {
        double v = (double)x[i];
        out[i] = isnan(v) ? 0 : (float)((v - mean[i / length]) / deviation[i / length]);
    }
}

/* 2^u of the channels, u even between 0 and the logarithm of their number. */
static rc_status choose_channels(const plan *p, rc_rng *rng, int32_t *channel)
{
    int64_t *order, max = p->channels < MAX_CHANNELS ? p->channels : MAX_CHANNELS;
    RC_TRY(RC_NEW(&order, p->channels));
    for (int64_t i = 0; i < p->dilations * KERNELS; i++) {
        int64_t n = (int64_t)pow(2, rc_rng_uniform(rng) * log2((double)max + 1));
        for (int64_t c = 0; c < p->channels; c++)
            order[c] = c;
        rc_rng_shuffle(rng, p->channels, order);
        for (int64_t c = 0; c < n && c < p->channels; c++)
            channel[i * p->channels + order[c]] = 1;
    }
    rc_free(order);
    return RC_OK;
}

static int rising(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Of sorted values, with a straight line between neighbours. */
static float quantile(const float *v, int64_t n, double q)
{
    double at = q * (double)(n - 1);
    int64_t low = (int64_t)at, high = low + 1 < n ? low + 1 : low;
    return (float)((double)v[low] + (at - (double)low) * ((double)v[high] - (double)v[low]));
}

/* The quantiles follow the multiples of the golden ratio, which fill (0, 1) evenly. */
static rc_status choose_biases(const rc_plain *p, const plan *l, const rc_plain_samples *s, rc_rng *rng,
                               const int32_t *channel, float *bias)
{
    const double golden = (sqrt(5) + 1) / 2;
    int64_t size = rc_plain_inputs(&p->form), feature = 0;
    float *x = NULL;
    bench b = {0};
    rc_status status = RC_NEW_RAW(&x, size);
    if (status == RC_OK) status = bench_make(l, &b);
    for (int d = 0; d < l->dilations && status == RC_OK; d++)
        for (int k = 0; k < KERNELS; k++) {
            int64_t sample = (int64_t)rc_rng_below(rng, (uint64_t)s->n);
            standardise(p, s->x + sample * size, x);
            shift_taps(l, l->dilation[d], x, &b);
            convolve(l, l->three[k], channel + (d * KERNELS + k) * l->channels, &b);
            qsort(b.out, (size_t)l->length, sizeof *b.out, rising);
            for (int64_t i = 0; i < l->biases[d]; i++, feature++)
                bias[feature] = quantile(b.out, l->length, fmod((double)(feature + 1) * golden, 1));
        }
    bench_free(&b);
    rc_free(x);
    return status;
}

static rc_status prepare(rc_plain *p, const rc_plain_samples *s, const rc_plain_options *o)
{
    int64_t features = s->n > FEW_FROM ? FEW_FEATURES : FEATURES;
    rc_rng rng = rc_rng_make(o->seed, "kernels", 0);
    int32_t *channel;
    float *bias;
    plan l;
    make_plan(&p->form, features, &l);
    RC_TRY(measure_channels(p, s));
    RC_TRY(rc__plain_add(p, "channel", RC_DTYPE_I32, RC_SHAPE(l.dilations * KERNELS, l.channels), &channel));
    RC_TRY(rc__plain_add(p, "kernel_bias", RC_DTYPE_F32, RC_SHAPE(features), &bias));
    RC_TRY(choose_channels(&l, &rng, channel));
    return choose_biases(p, &l, s, &rng, channel, bias);
}

static int64_t width(const rc_plain *p)
{
    return rc__plain_rows(p, "kernel_bias");
}

static rc_status apply_some(const rc_plain *p, const plan *l, int64_t n, const float *x, double *out)
{
    const float *bias = rc__plain_data(p, "kernel_bias");
    const int32_t *channel = rc__plain_data(p, "channel");
    int64_t size = rc_plain_inputs(&p->form);
    float *own = NULL;
    bench b = {0};
    rc_status status = RC_NEW_RAW(&own, size);
    if (status == RC_OK) status = bench_make(l, &b);
    for (int64_t i = 0; i < n && status == RC_OK; i++) {
        standardise(p, x + i * size, own);
        describe(l, bias, channel, own, &b, out + i * width(p));
    }
    bench_free(&b);
    rc_free(own);
    return status;
}

static rc_status apply(const rc_plain *p, int64_t n, const float *x, double *out)
{
    enum { SHARE = 16 };
    int64_t shares = (n + SHARE - 1) / SHARE, size = rc_plain_inputs(&p->form);
    rc_first_failure failure = {0};
    plan l;
    make_plan(&p->form, width(p), &l);
#pragma omp parallel for schedule(dynamic, 1)
    for (int64_t i = 0; i < shares; i++) {
        int64_t first = i * SHARE, count = n - first < SHARE ? n - first : SHARE;
        rc_first_failure_note(&failure, i,
                              apply_some(p, &l, count, x + first * size, out + first * width(p)));
    }
    return rc_first_failure_raise(&failure);
}

static rc_status verify(const rc_plain *p)
{
    int64_t channels = p->form.x_shape[0];
    plan l;
    RC_TRY(rc__plain_expect(p, "kernel_bias", RC_DTYPE_F32, RC_SHAPE(-1)));
    RC_CHECK(width(p) > 0 && width(p) % KERNELS == 0, RC_FORMAT, "kernels: %lld biases", (long long)width(p));
    make_plan(&p->form, width(p), &l);
    RC_TRY(rc__plain_expect(p, "channel", RC_DTYPE_I32, RC_SHAPE(l.dilations * KERNELS, channels)));
    RC_TRY(rc__plain_expect(p, "channel_mean", RC_DTYPE_F64, RC_SHAPE(channels)));
    RC_TRY(rc__plain_expect(p, "channel_deviation", RC_DTYPE_F64, RC_SHAPE(channels)));
    const double *deviation = rc__plain_data(p, "channel_deviation");
    for (int64_t c = 0; c < channels; c++)
        RC_CHECK(deviation[c] > 0, RC_FORMAT, "kernels: a channel's deviation is not above 0");
    return RC_OK;
}

static rc_status check(const rc_plain_form *f, int64_t n)
{
    (void)n;
    RC_CHECK(f->form == RC_FORM_SEQUENCES, RC_UNSUPPORTED, "kernels are for sequences [N, C, L]");
    RC_CHECK(f->x_shape[1] >= TAPS, RC_UNSUPPORTED, "kernels need sequences of at least %d points, not %lld",
             TAPS, (long long)f->x_shape[1]);
    return RC_OK;
}

static double seconds(const rc_plain_form *f, int64_t n, int64_t asked)
{
    int64_t features = n > FEW_FROM ? FEW_FEATURES : FEATURES;
    double each = 3e-10 * (double)features * (double)f->x_shape[1];
    return each * (double)(n + asked) + rc__ridge_seconds(n, features, f->outputs);
}

static const rc__features features = {prepare, width, apply, verify};

static double bytes(const rc_plain_form *f, int64_t n)
{
    int64_t d = n > FEW_FROM ? FEW_FEATURES : FEATURES;
    (void)f;
    return (double)n * (double)d * sizeof(double) + rc__ridge_bytes(n, d);
}

const rc_plain_kind rc__plain_kernels = {.name = "kernels",
                                         .targets = RC_PLAIN_CLASSES | RC_PLAIN_LABELS | RC_PLAIN_NUMBERS,
                                         .squares = true,
                                         .features = &features,
                                         .check = check,
                                         .seconds = seconds,
                                         .bytes = bytes,
                                         .learn = rc__ridge_learn,
                                         .answer = rc__ridge_answer,
                                         .verify = rc__ridge_verify};
