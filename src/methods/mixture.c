#include "methods/mixture.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

int64_t rc_mixture_count(double share, int64_t tokens, int64_t epoch, int64_t epochs)
{
    if (epochs <= 0 || epoch >= epochs) return 0;
    return (int64_t)llround(share * (double)tokens * (1 - (double)epoch / (double)epochs));
}

typedef struct scored {
    float score;
    int32_t at;
} scored;

/* Highest first; equal scores in order of place, so that every machine sorts alike. */
static int falling(const void *a, const void *b)
{
    const scored *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return (x->at > y->at) - (x->at < y->at);
}

static void sort(const float *score, int64_t n, scored *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = (scored){score[i], (int32_t)i};
    qsort(out, (size_t)n, sizeof *out, falling);
}

rc_status rc_mixture_choose(const float *source_score, const float *target_score, int64_t n, int64_t tokens,
                            int64_t k, const int32_t *length, int32_t *source, int32_t *target)
{
    scored *from, *to;
    RC_TRY(RC_NEW(&from, 2 * tokens));
    to = from + tokens;
    for (int64_t i = 0; i < n; i++) {
        int64_t first = i * tokens, there = length ? length[i] : tokens, max = k < there ? k : there;
        sort(source_score + first, there, from);
        sort(target_score + first, tokens, to);
        for (int64_t t = 0; t < tokens; t++) {
            target[first + t] = (int32_t)(first + t);
            source[first + t] = -1;
        }
        for (int64_t j = 0; j < max; j++) {
            int64_t place = first + to[tokens - 1 - j].at;
            target[place] = -1;
            source[place] = (int32_t)(first + from[j].at);
        }
    }
    rc_free(from);
    return RC_OK;
}
