/* Pairs of places: what a model of images can see of relations within a sequence, such as the distances of a
 * protein's residues (a map [L, L]). */
#include <stdlib.h>

#include "base/memory.h"
#include "transforms/transforms.h"

static const rc_parameter pairs_parameters[] = {{"separation", 1, 0, 1, "1: a channel more, |i - j| / L"},
                                                {NULL, 0, 0, 0, NULL}};

typedef struct pairs_context {
    int64_t channels, length;
    bool separation;
} pairs_context;

static rc_status open_pairs(const rc_transform_options *o, rc_shape in, rc_shape *out, void **context)
{
    char text[RC_SHAPE_TEXT];
    pairs_context *c;
    RC_CHECK(in.n == 1 || in.n == 2, RC_SHAPE,
             "pairs takes sequences [N, L] or [N, C, L]; a sample here is %s", rc_shape_text(&in, text));
    RC_TRY(RC_NEW(&c, 1));
    *context = c;
    *c = (pairs_context){in.n == 2 ? in.dim[0] : 1, in.dim[in.n - 1], o->parameter[0] >= 0.5};
    *out = RC_SHAPE(2 * c->channels + c->separation, c->length, c->length);
    return RC_OK;
}

static rc_status run_pairs(const void *context, const rc_transform_sample *s, int64_t k, void *out)
{
    const pairs_context *c = context;
    int64_t n = c->length;
    float *v = out;
    (void)k;
    for (int64_t channel = 0; channel < c->channels; channel++) {
        const float *x = s->x + channel * n;
        float *row = v + channel * n * n, *column = v + (c->channels + channel) * n * n;
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < n; j++) {
                row[i * n + j] = x[i];
                column[i * n + j] = x[j];
            }
    }
    v += 2 * c->channels * n * n;
    for (int64_t i = 0; c->separation && i < n; i++)
        for (int64_t j = 0; j < n; j++)
            v[i * n + j] = (float)llabs(i - j) / (float)n;
    return RC_OK;
}

extern const rc_transform rc__pairs;
const rc_transform rc__pairs = {.name = "pairs",
                                .about = "sequences [N, C, L] to pairs of their places [N, 2C + 1, L, L]",
                                .parameters = pairs_parameters,
                                .dtype = RC_DTYPE_F32,
                                .open = open_pairs,
                                .close = rc_free,
                                .run = run_pairs};
