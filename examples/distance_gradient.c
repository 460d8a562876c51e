/* Move one cloud of points onto another, down the gradient of the Sinkhorn divergence. */
#include <stdio.h>

#include <recraft/recraft.h>

enum { N = 20, M = 30, STEPS = 10 };
static float a[N][2], b[M][2], gradient[N][2];

int main(void)
{
    for (int i = 0; i < N; i++)
        a[i][0] = (float)(i % 5), a[i][1] = (float)(i / 5);
    for (int j = 0; j < M; j++)
        b[j][0] = 8 + (float)(j % 6), b[j][1] = 3 + (float)(j / 6);

    rc_view va = RC_VIEW(a, RC_DTYPE_F32, N, 2), vb = RC_VIEW(b, RC_DTYPE_F32, M, 2);
    rc_view vg = RC_VIEW(gradient, RC_DTYPE_F32, N, 2);
    rc_points from = RC_POINTS_INIT, to = RC_POINTS_INIT;
    from.x = &va, to.x = &vb;
    rc_distance_options options = RC_DISTANCE_OPTIONS_INIT;
    options.epsilon = 0.05;
    for (int step = 0; step < STEPS; step++) {
        rc_distance_result r = RC_DISTANCE_RESULT_INIT;
        if (rc_distance_between(NULL, "sinkhorn", &from, &to, &options, &vg, NULL, &r) != RC_OK) {
            fprintf(stderr, "error: %s\n", rc_error_text());
            return 1;
        }
        printf("step %d: distance %.4f after %lld passes%s\n", step, r.root, (long long)r.iterations,
               r.converged ? "" : " (not converged)");
        /* Of a mean over N points: N times the gradient is a whole step for each. */
        for (int i = 0; i < N; i++)
            for (int k = 0; k < 2; k++)
                a[i][k] -= 0.5f * N * gradient[i][k];
    }
    return 0;
}
