/* More training spectrograms of each: as it is, and with bands of frequencies and stretches of time masked.
 * Validation and test parts stay what they are. */
#include <string.h>

#include "base/memory.h"
#include "transforms/spectrogram.h"
#include "transforms/transforms.h"

enum { COPIES, ORIGINAL, SHARE, BANDS, FRAMES, KEPT };
static const rc_parameter parameters[] = {
    {"copies", 1, 1, 100, "augmented samples of each training sample"},
    {"original", 1, 0, 1, "1: the sample itself as well"},
    {"share", 0.5, 0, 1, "share of the copies that are masked"},
    {"bands", 0.15, 0, 1, "of the frequencies that a mask covers at most"},
    {"frames", 0.2, 0, 1, "of the time that a mask covers at most"},
    {"kept", 1, 0, 1000, "last columns, which are not frames and stay (log-mel's pad)"},
    {NULL, 0, 0, 0, NULL}};

typedef struct augment {
    rc_transform_options o;
    int64_t channels, bands, columns;
} augment;

static rc_status open_augment(const rc_transform_options *o, rc_shape in, rc_shape *out, void **context)
{
    char text[RC_SHAPE_TEXT];
    augment *a;
    RC_CHECK(in.n == 3, RC_SHAPE,
             "spec-augment takes spectrograms [N, C, bands, frames]; a sample here is %s",
             rc_shape_text(&in, text));
    RC_CHECK((double)in.dim[2] > o->parameter[KEPT], RC_CONFIG,
             "spec-augment: kept=%g leaves no frames of %lld", o->parameter[KEPT], (long long)in.dim[2]);
    RC_TRY(RC_NEW(&a, 1));
    *a = (augment){.o = *o, .channels = in.dim[0], .bands = in.dim[1], .columns = in.dim[2]};
    *context = a;
    *out = in;
    return RC_OK;
}

static bool is_original(const augment *a, const rc_transform_sample *s, int64_t k)
{
    return s->part != RC_TRANSFORM_TRAIN || (k == 0 && a->o.parameter[ORIGINAL] >= 0.5);
}

static int64_t count(const void *context, const rc_transform_sample *s)
{
    const augment *a = context;
    if (s->part != RC_TRANSFORM_TRAIN) return 1;
    return (int64_t)a->o.parameter[COPIES] + (a->o.parameter[ORIGINAL] >= 0.5);
}

static rc_status run(const void *context, const rc_transform_sample *s, int64_t k, void *out)
{
    const augment *a = context;
    const double *p = a->o.parameter;
    int64_t plane = a->bands * a->columns, frames = a->columns - (int64_t)p[KEPT];
    memcpy(out, s->x, (size_t)(a->channels * plane) * sizeof(float));
    if (is_original(a, s, k)) return RC_OK;
    rc_rng rng = rc_rng_make(a->o.seed, "spec-augment", (uint64_t)s->index * 128 + (uint64_t)k);
    if (rc_rng_uniform(&rng) >= p[SHARE]) return RC_OK;
    rc_rng same = rng; /* the channels of one sample are masked alike */
    for (int64_t c = 0; c < a->channels; c++) {
        rng = same;
        rc_spectrogram_mask(&rng, a->bands, frames, a->columns, p[BANDS], p[FRAMES],
                            (float *)out + c * plane);
    }
    return RC_OK;
}

extern const rc_transform rc__spec_augment;
const rc_transform rc__spec_augment = {
    .name = "spec-augment",
    .about = "spectrograms [N, C, bands, frames]: more for training, with masks",
    .parameters = parameters,
    .dtype = RC_DTYPE_F32,
    .open = open_augment,
    .close = rc_free,
    .count = count,
    .run = run};
