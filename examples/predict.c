/* Load a model that fit_in_memory saved (or `recraft fit`, of such pictures), and ask it.
 *
 *     predict RUN_FOLDER */
#include "stripes.h"

enum { N = 4 };
static float x[N][PIXELS];
static int64_t truth[N], answer[N];

int main(int argc, char **argv)
{
    rc_predictor *predictor;
    if (argc != 2) {
        fprintf(stderr, "usage: predict RUN_FOLDER\n");
        return 2;
    }
    draw_stripes(7, N, x[0], truth);
    check(rc_predictor_load(NULL, argv[1], &predictor));

    rc_view inputs = RC_VIEW(x, RC_DTYPE_F32, N, 1, SIDE, SIDE);
    rc_view classes = RC_VIEW(answer, RC_DTYPE_I64, N), shares;
    check(rc_predictor_predict(NULL, predictor, &inputs, &classes));

    /* Or ask for the type and shape of an answer first. */
    check(rc_predictor_shape(predictor, RC_PROBABILITIES, N, &shares));
    float *p = malloc((size_t)rc_view_size(&shares) * rc_dtype_size(shares.dtype));
    if (!p) return 1;
    shares.data = p;
    check(rc_predictor_predict_proba(NULL, predictor, &inputs, &shares));
    for (int64_t i = 0; i < N; i++)
        printf("picture %lld: %s (%.2f)\n", (long long)i, rc_predictor_class_name(predictor, answer[i]),
               (double)p[i * shares.shape[1] + answer[i]]);

    free(p);
    rc_predictor_destroy(&predictor);
    return 0;
}
