#include "recraft/entropy.h"

#include <math.h>

#include "api/distance_parts.h"
#include "base/memory.h"
#include "transport/transport.h"

/* Rows of probabilities as float32 may sum to a little more or less. */
static const double tolerance = 1e-3;

static rc_status check_rows(const float *p, int64_t n, int64_t k)
{
    for (int64_t i = 0; i < n; i++) {
        double sum = 0.0;
        for (int64_t j = 0; j < k; j++) {
            RC_CHECK(p[i * k + j] >= 0.0f, RC_DATA,
                     "probabilities: row %lld, column %lld is %g; it must be from 0 to 1", (long long)i,
                     (long long)j, (double)p[i * k + j]);
            sum += (double)p[i * k + j];
        }
        RC_CHECK(fabs(sum - 1.0) <= tolerance, RC_DATA, "probabilities: row %lld sums to %g, not to 1",
                 (long long)i, sum);
    }
    return RC_OK;
}

static rc_status measure(const float *p, int64_t n, int64_t k, const int32_t *label, int64_t classes,
                         double w_conditional, double w_information, const rc_view *gradient,
                         rc_entropy_result *result)
{
    rc_distortion d;
    float *grad = NULL;
    RC_TRY(check_rows(p, n, k));
    RC_TRY(rc_distortion_create(classes, k, &d));
    rc_distortion_add(&d, n, p, label);
    rc_distortion_values v = rc_distortion_evaluate(&d);
    rc_status status = gradient ? RC_NEW_RAW(&grad, n * k) : RC_OK;
    if (status == RC_OK && gradient) {
        rc_distortion_gradient(&d, w_conditional, w_information, n, label, grad);
        rc__view_store(gradient, 0, n * k, grad);
    }
    rc_entropy_result found = {.size = sizeof found,
                               .conditional_entropy = v.conditional_entropy,
                               .entropy = v.entropy,
                               .information = v.information,
                               .used_labels = v.used_classes};
    if (status == RC_OK && result)
        status = rc__options_give("rc_entropy_result", &found, sizeof found, result);
    rc_free(grad);
    rc_distortion_free(&d);
    return status;
}

static rc_status entropy(const rc_view *probabilities, const rc_view *labels, double w_conditional,
                         double w_information, const rc_view *gradient, rc_entropy_result *result)
{
    const float *p;
    float *owned = NULL;
    rc_array given = {0};
    int32_t *label = NULL;
    int64_t classes;
    RC_TRY(rc__view_floats("probabilities", probabilities, &p, &owned));
    rc_shape shape = rc__view_shape(probabilities);
    rc_status status = RC_OK;
    if (shape.n != 2 || shape.dim[0] < 1 || shape.dim[1] < 1)
        status = rc_fail(RC_SHAPE, "probabilities: %d dimensions; they have 2, [N, K]", shape.n);
    if (status == RC_OK && gradient) status = rc__view_check_output("gradient", gradient, &shape, false);
    if (status == RC_OK) status = rc__view_array("labels", labels, &given);
    if (status == RC_OK) status = rc__number_labels("labels", &given, shape.dim[0], &label, &classes);
    if (status == RC_OK)
        status = measure(p, shape.dim[0], shape.dim[1], label, classes, w_conditional, w_information,
                         gradient, result);
    rc_free(owned);
    rc_free(label);
    rc_array_free(&given);
    return status;
}

rc_status rc_entropy(rc_context *context, const rc_view *probabilities, const rc_view *labels,
                     double w_conditional, double w_information, const rc_view *gradient,
                     rc_entropy_result *result)
{
    rc__call call = rc__call_begin(context);
    rc_status status = RC_ARGUMENTS(probabilities, labels);
    if (status == RC_OK)
        status = entropy(probabilities, labels, w_conditional, w_information, gradient, result);
    return rc__call_end(&call, status);
}
