#include "statistics/distributions.h"

#include <float.h>
#include <math.h>

static const double PI = 3.14159265358979323846, TINY = 1e-300;
enum { MAX_TERMS = 100000 };

double rc_normal_tail(double x)
{
    return 0.5 * erfc(x / sqrt(2.0));
}

/* One step of the modified Lentz method for b0 + a1/(b1 + a2/(b2 + ...)); *value is the product so far. */
static double lentz(double a, double b, double *c, double *d, double *value)
{
    *d = b + a * *d;
    *c = b + a / *c;
    if (fabs(*d) < TINY) *d = TINY;
    if (fabs(*c) < TINY) *c = TINY;
    *d = 1 / *d;
    double factor = *c * *d;
    *value *= factor;
    return fabs(factor - 1);
}

/* Upper regularised incomplete gamma function Q(a, x). */
static double gamma_tail(double a, double x)
{
    if (!(x > 0)) return 1;
    if (isinf(x)) return 0;
    double scale = exp(a * log(x) - x - lgamma(a));
    if (x < a + 1) {
        double term = 1 / a, sum = term;
        for (int i = 1; i < MAX_TERMS && term > sum * DBL_EPSILON * 0.1; i++)
            sum += term *= x / (a + i);
        return 1 - scale * sum;
    }
    double b = x + 1 - a, c = 1 / TINY, d = 1 / b, value = d;
    for (int i = 1; i < MAX_TERMS; i++) {
        b += 2;
        if (lentz(-i * (i - a), b, &c, &d, &value) < DBL_EPSILON) break;
    }
    return scale * value;
}

double rc_chi_square_tail(double x, double freedom)
{
    return gamma_tail(freedom / 2, x / 2);
}

static double beta_fraction(double x, double a, double b)
{
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    if (fabs(d) < TINY) d = TINY;
    d = 1 / d;
    double value = d;
    for (int m = 1; m < MAX_TERMS; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        lentz(even, 1, &c, &d, &value);
        if (lentz(odd, 1, &c, &d, &value) < DBL_EPSILON) break;
    }
    return value;
}

/* Regularised incomplete beta function I_x(a, b); y = 1 - x is given too, so that neither end loses digits.
 */
static double beta_share(double x, double y, double a, double b)
{
    if (!(x > 0)) return 0;
    if (!(y > 0)) return 1;
    double scale = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(y));
    if (x < (a + 1) / (a + b + 2)) return scale * beta_fraction(x, a, b) / a;
    return 1 - scale * beta_fraction(y, b, a) / b;
}

double rc_fisher_tail(double x, double freedom1, double freedom2)
{
    if (!(x > 0)) return 1;
    if (isinf(x)) return 0;
    double whole = freedom2 + freedom1 * x;
    return beta_share(freedom2 / whole, freedom1 * x / whole, freedom2 / 2, freedom1 / 2);
}

double rc_student_tail(double x, double freedom)
{
    if (isinf(x)) return x > 0 ? 0 : 1;
    double half = 0.5 * rc_fisher_tail(x * x, 1, freedom);
    return x > 0 ? half : 1 - half;
}

/* 1 - k int phi(z) (Phi(z) - Phi(z - x))^(k-1) dz. The integrand is smooth and gone beyond +-9, where the
 * plain trapezoidal rule converges faster than any power of its step. */
double rc_range_tail(double x, int64_t k)
{
    if (!(x > 0)) return 1;
    const double step = 1.0 / 32, end = 9;
    double sum = 0;
    for (double z = -end; z <= end; z += step) {
        double inside = rc_normal_tail(z - x) - rc_normal_tail(z);
        sum += exp(-z * z / 2) * pow(inside, (double)(k - 1));
    }
    double below = (double)k * sum * step / sqrt(2 * PI);
    return below < 1 ? 1 - below : 0;
}

/* The tails fall: halve the bracket until its ends meet. */
static double invert(double (*tail)(double x, int64_t k), int64_t k, double target, double low, double high)
{
    for (int i = 0; i < 200; i++) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) break;
        if (tail(middle, k) > target)
            low = middle;
        else
            high = middle;
    }
    return low + (high - low) / 2;
}

double rc_range_quantile(double p, int64_t k)
{
    return invert(rc_range_tail, k, 1 - p, 0, 40);
}

static double normal_tail(double x, int64_t unused)
{
    (void)unused;
    return rc_normal_tail(x);
}

double rc_normal_quantile(double p)
{
    /* By the smaller tail, which keeps its digits. */
    return p < 0.5 ? -invert(normal_tail, 0, p, 0, 40) : invert(normal_tail, 0, 1 - p, 0, 40);
}
