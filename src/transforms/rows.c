/* The transforms, row by row: what each takes and gives. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/choice.h"
#include "base/memory.h"
#include "base/rng.h"
#include "transforms/mel.h"
#include "transforms/sphere.h"
#include "transforms/transforms.h"

/* ---- log-mel ---- */

enum { RATE, N_FFT, WINDOW, HOP, MELS, RANGE, CENTRE, PAD };
static const rc_parameter mel_parameters[] = {{"rate", 22050, 1, 1e6, "samples a second"},
                                              {"n_fft", 1920, 2, 1048576, "samples of a frame"},
                                              {"window", 661, 1, 1048576, "samples of the Hann window"},
                                              {"hop", 220, 1, 1e6, "samples between frames"},
                                              {"mels", 96, 1, 65536, "bands"},
                                              {"range", 80, 1e-3, 1000, "dB kept below the loudest"},
                                              {"centre", 1, 0, 1, "1: minus the sample's mean"},
                                              {"pad", 1, 0, 1000, "columns of zeros on the right"},
                                              {NULL, 0, 0, 0, NULL}};

typedef struct mel_context {
    rc_mel *mel;
    int64_t length, frames, columns;
    int mels;
    bool centre;
} mel_context;

static void close_mel(void *context)
{
    mel_context *c = context;
    rc_mel_destroy(&c->mel);
    rc_free(c);
}

static rc_status open_mel(const rc_transform_options *o, rc_shape in, rc_shape *out, void **context)
{
    const double *p = o->parameter;
    rc_mel_options m = {p[RATE], (int)p[N_FFT], (int)p[WINDOW], (int)p[HOP], (int)p[MELS], p[RANGE]};
    char text[RC_SHAPE_TEXT];
    RC_CHECK(in.n == 1 || (in.n == 2 && in.dim[0] == 1), RC_SHAPE,
             "log-mel takes sounds of one channel, [N, L] or [N, 1, L]; a sample here is %s",
             rc_shape_text(&in, text));
    mel_context *c;
    RC_TRY(RC_NEW(&c, 1));
    *context = c;
    *c = (mel_context){.length = in.dim[in.n - 1], .mels = m.mels, .centre = p[CENTRE] >= 0.5};
    rc_status status = rc_mel_create(&m, &c->mel);
    if (status == RC_OK && c->length <= m.n_fft / 2)
        status = rc_fail(RC_SHAPE, "sounds of %lld samples are too short for frames of %d",
                         (long long)c->length, m.n_fft);
    if (status != RC_OK) {
        close_mel(c);
        *context = NULL;
        return status;
    }
    c->frames = rc_mel_frames(c->mel, c->length);
    c->columns = c->frames + (int64_t)p[PAD];
    *out = RC_SHAPE(1, c->mels, c->columns);
    return RC_OK;
}

static rc_status run_mel(const void *context, const rc_transform_sample *s, int64_t k, void *out)
{
    const mel_context *c = context;
    float *v = out;
    (void)k;
    RC_TRY(rc_mel_run(c->mel, c->length, s->x, c->columns, v));
    double mean = 0;
    for (int m = 0; m < c->mels; m++)
        for (int64_t t = 0; t < c->frames; t++)
            mean += v[m * c->columns + t] / (double)(c->mels * c->frames);
    for (int m = 0; m < c->mels && c->centre; m++)
        for (int64_t t = 0; t < c->frames; t++)
            v[m * c->columns + t] = (float)(v[m * c->columns + t] - mean);
    return RC_OK;
}

extern const rc_transform rc__log_mel;
const rc_transform rc__log_mel = {.name = "log-mel",
                                  .about =
                                      "sounds [N, L] to logarithmic mel spectrograms [N, 1, mels, frames]",
                                  .parameters = mel_parameters,
                                  .dtype = RC_DTYPE_F32,
                                  .open = open_mel,
                                  .close = close_mel,
                                  .run = run_mel};

/* ---- spherical ---- */

enum { BANDWIDTH, NOISE, CHUNK, ROTATE_TRAIN, ROTATE_TEST };
static const rc_parameter sphere_parameters[] = {
    {"bandwidth", 30, 1, 512, "half the points each way"},
    {"noise", 1, 0, 1, "how far the sphere may be turned; 1: anywhere"},
    {"chunk", 500, 1, 1e9, "neighbouring samples that share a rotation"},
    {"rotate-train", 1, 0, 1, "0: leave the training part as it is"},
    {"rotate-test", 1, 0, 1, "0: leave the other parts as they are"},
    {NULL, 0, 0, 0, NULL}};

typedef struct sphere_context {
    int64_t c, h, w, chunk;
    int bandwidth;
    double noise;
    uint64_t seed;
    bool rotate[2]; /* train, others */
} sphere_context;

static rc_status open_sphere(const rc_transform_options *o, rc_shape in, rc_shape *out, void **context)
{
    const double *p = o->parameter;
    char text[RC_SHAPE_TEXT];
    sphere_context *c;
    RC_CHECK(in.n == 3, RC_SHAPE, "spherical takes images [N, C, H, W]; a sample here is %s",
             rc_shape_text(&in, text));
    RC_TRY(RC_NEW(&c, 1));
    *context = c;
    *c = (sphere_context){
        in.dim[0],         in.dim[1], in.dim[2], (int64_t)p[CHUNK],
        (int)p[BANDWIDTH], p[NOISE],  o->seed,   {p[ROTATE_TRAIN] >= 0.5, p[ROTATE_TEST] >= 0.5}};
    *out = RC_SHAPE(c->c, 2 * c->bandwidth, 2 * c->bandwidth);
    return RC_OK;
}

static rc_status run_sphere(const void *context, const rc_transform_sample *s, int64_t k, void *out)
{
    const sphere_context *c = context;
    double rotation[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1}, *scratch;
    char part[RC_CHOICE_TEXT], stream[sizeof part + 16];
    (void)k;
    snprintf(stream, sizeof stream, "spherical-%s",
             rc_choice_text(RC_TRANSFORM_PART_NAMES, (int)s->part, part));
    rc_rng rng = rc_rng_make(c->seed, stream, (uint64_t)(s->index / c->chunk));
    if (c->rotate[s->part != RC_TRANSFORM_TRAIN]) rc_random_rotation(&rng, c->noise, rotation);
    RC_TRY(RC_NEW(&scratch, 4 * c->bandwidth * c->bandwidth));
    rc_sphere_project(rotation, c->bandwidth, c->c, c->h, c->w, s->x, out, scratch);
    rc_free(scratch);
    return RC_OK;
}

extern const rc_transform rc__spherical;
const rc_transform rc__spherical = {.name = "spherical",
                                    .about = "images [N, C, H, W] thrown onto a turned sphere [N, C, 2b, 2b]",
                                    .parameters = sphere_parameters,
                                    .dtype = RC_DTYPE_U8,
                                    .open = open_sphere,
                                    .close = rc_free,
                                    .run = run_sphere};

/* ---- one-hot ---- */

static const rc_parameter one_hot_parameters[] = {
    {"letters", 4, 2, 65536, "size of the alphabet; what is not 0 to letters - 1 gives a column of zeros"},
    {NULL, 0, 0, 0, NULL}};

typedef struct one_hot_context {
    int64_t letters, length;
} one_hot_context;

static rc_status open_one_hot(const rc_transform_options *o, rc_shape in, rc_shape *out, void **context)
{
    char text[RC_SHAPE_TEXT];
    one_hot_context *c;
    RC_CHECK(in.n == 1 || (in.n == 2 && in.dim[0] == 1), RC_SHAPE,
             "one-hot takes sequences of letters, [N, L] or [N, 1, L]; a sample here is %s",
             rc_shape_text(&in, text));
    RC_TRY(RC_NEW(&c, 1));
    *context = c;
    *c = (one_hot_context){(int64_t)o->parameter[0], in.dim[in.n - 1]};
    *out = RC_SHAPE(c->letters, c->length);
    return RC_OK;
}

static rc_status run_one_hot(const void *context, const rc_transform_sample *s, int64_t k, void *out)
{
    const one_hot_context *c = context;
    unsigned char *v = out;
    (void)k;
    memset(v, 0, (size_t)(c->letters * c->length));
    for (int64_t i = 0; i < c->length; i++) {
        RC_CHECK(s->x[i] == floorf(s->x[i]), RC_DATA, "position %lld holds %g, which is not a whole number",
                 (long long)i, (double)s->x[i]);
        if (s->x[i] >= 0 && s->x[i] < (float)c->letters) v[(int64_t)s->x[i] * c->length + i] = 1;
    }
    return RC_OK;
}

extern const rc_transform rc__one_hot;
const rc_transform rc__one_hot = {.name = "one-hot",
                                  .about = "letters as numbers [N, L] to [N, letters, L] of 0 and 1",
                                  .parameters = one_hot_parameters,
                                  .dtype = RC_DTYPE_U8,
                                  .open = open_one_hot,
                                  .close = rc_free,
                                  .run = run_one_hot};
