/* Records cut into windows that overlap, as the ECG task has it: a record of `length` samples is
 * standardised, and windows begin at 0, s, 2 s, ... while they end before the record does; s may depend on
 * the class, which evens rare classes out. group_PART.npy then says which record each window is of. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/memory.h"
#include "transforms/transforms.h"

enum { LENGTH, STANDARDISE, STRIDE, STRIDES = 4 };
static const rc_parameter parameters[] = {
    {"length", 1000, 1, 65536, "samples of a window"},
    {"standardise", 1, 0, 1, "1: each record to mean 0, deviation 1"},
    {"stride0", 500, 1, 1e6, "step between windows of class 0, and of others"},
    {"stride1", 83, 1, 1e6, "of class 1"},
    {"stride2", 250, 1, 1e6, "of class 2"},
    {"stride3", 25, 1, 1e6, "of class 3"},
    {NULL, 0, 0, 0, NULL}};

typedef struct windows {
    int64_t channels, record, length, stride[STRIDES];
    bool standardise;
} windows;

static rc_status open_windows(const rc_transform_options *o, rc_shape in, rc_shape *out, void **context)
{
    char text[RC_SHAPE_TEXT];
    windows *w;
    RC_CHECK(in.n == 1 || in.n == 2, RC_SHAPE,
             "windows takes records, [N, L] or [N, C, L]; a sample here is %s", rc_shape_text(&in, text));
    RC_TRY(RC_NEW(&w, 1));
    *context = w;
    *w = (windows){.channels = in.n == 2 ? in.dim[0] : 1,
                   .record = in.dim[in.n - 1],
                   .length = (int64_t)o->parameter[LENGTH],
                   .standardise = o->parameter[STANDARDISE] >= 0.5};
    for (int k = 0; k < STRIDES; k++)
        w->stride[k] = (int64_t)o->parameter[STRIDE + k];
    *out = RC_SHAPE(w->channels, w->length);
    return RC_OK;
}

static int64_t stride_of(const windows *w, const rc_transform_sample *s)
{
    return w->stride[s->label >= 0 && s->label < STRIDES ? s->label : 0];
}

/* A record of just the window's length gives one, which the published rule would drop. */
static int64_t count(const void *context, const rc_transform_sample *s)
{
    const windows *w = context;
    int64_t spare = s->length - w->length, stride = stride_of(w, s);
    return spare < 0 ? 0 : spare == 0 ? 1 : (spare + stride - 1) / stride;
}

static rc_status run(const void *context, const rc_transform_sample *s, int64_t k, void *out)
{
    const windows *w = context;
    float *v = out;
    for (int64_t c = 0; c < w->channels; c++) {
        const float *record = s->x + c * w->record;
        double mean = 0, square = 0, scale = 1;
        for (int64_t i = 0; i < s->length && w->standardise; i++)
            mean += record[i] / (double)s->length;
        for (int64_t i = 0; i < s->length && w->standardise; i++)
            square += (record[i] - mean) * (record[i] - mean) / (double)s->length;
        if (square > 0) scale = 1 / sqrt(square);
        for (int64_t i = 0; i < w->length; i++)
            v[c * w->length + i] = (float)((record[k * stride_of(w, s) + i] - mean) * scale);
    }
    return RC_OK;
}

extern const rc_transform rc__windows;
const rc_transform rc__windows = {.name = "windows",
                                  .about = "records [N, C, L] to overlapping windows [M, C, length]",
                                  .parameters = parameters,
                                  .dtype = RC_DTYPE_F32,
                                  .open = open_windows,
                                  .close = rc_free,
                                  .count = count,
                                  .run = run};
