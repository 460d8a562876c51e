#include "transforms/mel.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "fourier/fourier.h"

static const double PI = 3.14159265358979323846, QUIETEST = 1e-10;

enum { MAX_WEIGHTS = 1 << 26 };

struct rc_mel {
    rc_mel_options o;
    int bins; /* n_fft / 2 + 1 */
    rc_fourier *transform;
    double *window; /* [n_fft], zero outside the middle */
    double *weight; /* [mels, bins] */
};

rc_mel_options rc_mel_defaults(void)
{
    return (rc_mel_options){.rate = 22050, .n_fft = 1920, .window = 661, .hop = 220, .mels = 96, .range = 80};
}

static double to_mel(double hertz)
{
    return 2595 * log10(1 + hertz / 700);
}

static double to_hertz(double mel)
{
    return 700 * (pow(10, mel / 2595) - 1);
}

static void fill_tables(rc_mel *m)
{
    const rc_mel_options *o = &m->o;
    int first = (o->n_fft - o->window) / 2;
    double top = to_mel(o->rate / 2);
    for (int i = 0; i < o->window; i++)
        m->window[first + i] = 0.5 - 0.5 * cos(2 * PI * i / o->window);
    for (int k = 0; k < o->mels; k++) {
        double low = to_hertz(top * k / (o->mels + 1)), middle = to_hertz(top * (k + 1) / (o->mels + 1));
        double high = to_hertz(top * (k + 2) / (o->mels + 1));
        for (int b = 0; b < m->bins; b++) {
            double f = o->rate / 2 * b / (m->bins - 1);
            double rise = (f - low) / (middle - low), fall = (high - f) / (high - middle);
            m->weight[k * m->bins + b] = fmax(0, fmin(rise, fall));
        }
    }
}

rc_status rc_mel_create(const rc_mel_options *o, rc_mel **out)
{
    RC_CHECK(o->n_fft >= 2 && o->n_fft <= 1 << 20 && o->n_fft % 2 == 0, RC_CONFIG,
             "n_fft is even, from 2 to 1048576");
    RC_CHECK(o->window >= 1 && o->window <= o->n_fft, RC_CONFIG, "the window has 1 to n_fft samples");
    RC_CHECK(o->hop >= 1 && o->mels >= 1 && o->mels <= o->n_fft, RC_CONFIG,
             "hop is at least 1, mels from 1 to n_fft");
    RC_CHECK((int64_t)o->mels * o->n_fft <= MAX_WEIGHTS, RC_CONFIG, "mels times n_fft is at most 2^26");
    RC_CHECK(o->rate > 0 && o->range > 0, RC_CONFIG, "rate and range are above 0");
    RC_TRY(RC_NEW(out, 1));
    rc_mel *m = *out;
    *m = (rc_mel){.o = *o, .bins = o->n_fft / 2 + 1};
    rc_status status = rc_fourier_create(RC_FOURIER_REAL, o->n_fft, &m->transform);
    if (status == RC_OK) status = RC_NEW(&m->window, o->n_fft);
    if (status == RC_OK) status = RC_NEW(&m->weight, (int64_t)o->mels * m->bins);
    if (status == RC_OK)
        fill_tables(m);
    else
        rc_mel_destroy(out);
    return status;
}

void rc_mel_destroy(rc_mel **m)
{
    if (!*m) return;
    rc_fourier_destroy(&(*m)->transform);
    rc_free((*m)->window);
    rc_free((*m)->weight);
    rc_free(*m);
    *m = NULL;
}

int64_t rc_mel_frames(const rc_mel *m, int64_t length)
{
    return 1 + length / m->o.hop;
}

/* Sample i of the sound, reflected at its ends (which are not repeated). */
static double sample_at(const float *sound, int64_t length, int64_t i)
{
    if (i < 0) i = -i;
    if (i >= length) i = 2 * (length - 1) - i;
    return sound[i];
}

static void power_of_frame(const rc_mel *m, const float *sound, int64_t length, int64_t middle, double *frame,
                           double *power)
{
    int n = m->o.n_fft, half = n / 2;
    for (int i = 0; i < n; i++)
        frame[i] = m->window[i] == 0 ? 0 : m->window[i] * sample_at(sound, length, middle - half + i);
    rc_fourier_run(m->transform, frame, frame);
    power[0] = frame[0] * frame[0];
    for (int b = 1; b < half; b++)
        power[b] = frame[b] * frame[b] + frame[n - b] * frame[n - b];
    power[half] = frame[half] * frame[half];
}

static void cut_below(const rc_mel *m, int64_t frames, int64_t columns, float *out)
{
    float max = out[0];
    for (int k = 0; k < m->o.mels; k++)
        for (int64_t t = 0; t < frames; t++)
            max = out[k * columns + t] > max ? out[k * columns + t] : max;
    float min = max - (float)m->o.range;
    for (int k = 0; k < m->o.mels; k++)
        for (int64_t t = 0; t < frames; t++)
            if (out[k * columns + t] < min) out[k * columns + t] = min;
}

rc_status rc_mel_run(const rc_mel *m, int64_t length, const float *sound, int64_t columns, float *out)
{
    double *frame;
    int64_t frames = rc_mel_frames(m, length);
    RC_CHECK(length > m->o.n_fft / 2, RC_SHAPE,
             "a sound of %lld samples is too short for frames of %d; it needs %d", (long long)length,
             m->o.n_fft, m->o.n_fft / 2 + 1);
    RC_CHECK(columns >= frames, RC_SHAPE, "%lld frames do not fit in %lld columns", (long long)frames,
             (long long)columns);
    RC_TRY(RC_NEW(&frame, m->o.n_fft + m->bins));
    double *power = frame + m->o.n_fft;
    for (int64_t t = 0; t < frames; t++) {
        power_of_frame(m, sound, length, t * m->o.hop, frame, power);
        for (int k = 0; k < m->o.mels; k++) {
            double sum = 0;
            for (int b = 0; b < m->bins; b++)
                sum += m->weight[k * m->bins + b] * power[b];
            out[k * columns + t] = (float)(10 * log10(fmax(sum, QUIETEST)));
        }
    }
    rc_free(frame);
    cut_below(m, frames, columns, out);
    return RC_OK;
}
