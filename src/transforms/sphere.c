#include "transforms/sphere.h"

#include <math.h>

static const double PI = 3.14159265358979323846;
static const double ABOVE_POLE = 1e-3;

/* A turn about the pole, then the pole moved: (v v^T - I) R with |v|^2 = 2. For z = 0 the first factor is a
 * half turn about the pole, which is taken back in R. */
void rc_random_rotation(rc_rng *rng, double amount, double out[9])
{
    double turn = 2 * PI * amount * rc_rng_uniform(rng), direction = 2 * PI * rc_rng_uniform(rng);
    double z = 2 * amount * rc_rng_uniform(rng), r = sqrt(z);
    double v[3] = {sin(direction) * r, cos(direction) * r, sqrt(2 - z)};
    double s = -sin(turn), c = -cos(turn);
    const double about_pole[9] = {c, s, 0, -s, c, 0, 0, 0, 1};
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            out[3 * i + j] = 0;
            for (int k = 0; k < 3; k++)
                out[3 * i + j] += (v[i] * v[k] - (i == k)) * about_pole[3 * k + j];
        }
}

/* 0 outside the image. */
static double pixel(const float *in, int64_t h, int64_t w, int64_t i, int64_t j)
{
    return i >= 0 && i < h && j >= 0 && j < w ? in[i * w + j] : 0;
}

/* The published interpolation: from the pixels one before and one after the one that is met, a tent of width
 * 2 in each direction, which sums to 4 where the image is 1; the stretching that follows takes the factor
 * out. */
static double sample(const float *in, int64_t h, int64_t w, double y, double x)
{
    if (!(fabs(y) < 1e9 && fabs(x) < 1e9)) return 0;
    int64_t i = (int64_t)y, j = (int64_t)x; /* toward zero, as published */
    double up = (double)(i + 1) - y, down = y - (double)(i - 1);
    double left = (double)(j + 1) - x, right = x - (double)(j - 1);
    return left * (up * pixel(in, h, w, i - 1, j - 1) + down * pixel(in, h, w, i + 1, j - 1)) +
           right * (up * pixel(in, h, w, i - 1, j + 1) + down * pixel(in, h, w, i + 1, j + 1));
}

/* Where the ray through a point of the sphere meets the plane, in units of the image's sides. */
static void to_plane(const double p[3], double out[2])
{
    const double from = 2 + ABOVE_POLE; /* height of the rays' origin over the plane */
    double z = p[2] + 1, t = -z / (z - from);
    for (int i = 0; i < 2; i++)
        out[i] = (t * p[i] + p[i] + 1.5) / 3;
}

static void project_channel(const double rotation[9], int b, int64_t h, int64_t w, const float *in,
                            double *out)
{
    for (int j = 0; j < 2 * b; j++)
        for (int k = 0; k < 2 * b; k++) {
            double theta = PI * j / (2 * b), phi = PI * k / b, point[3], plane[2];
            const double grid[3] = {sin(theta) * cos(phi), sin(theta) * sin(phi), cos(theta)};
            for (int i = 0; i < 3; i++)
                point[i] =
                    rotation[3 * i] * grid[0] + rotation[3 * i + 1] * grid[1] + rotation[3 * i + 2] * grid[2];
            to_plane(point, plane);
            out[j * 2 * b + k] = sample(in, h, w, plane[0] * (double)h, plane[1] * (double)w);
        }
}

void rc_sphere_project(const double rotation[9], int bandwidth, int64_t channels, int64_t h, int64_t w,
                       const float *in, unsigned char *out, double *scratch)
{
    int64_t points = 4 * (int64_t)bandwidth * bandwidth;
    for (int64_t c = 0; c < channels; c++, in += h * w, out += points) {
        project_channel(rotation, bandwidth, h, w, in, scratch);
        double min = scratch[0], max = scratch[0];
        for (int64_t i = 1; i < points; i++) {
            min = fmin(min, scratch[i]);
            max = fmax(max, scratch[i]);
        }
        for (int64_t i = 0; i < points; i++)
            out[i] = max > min ? (unsigned char)((scratch[i] - min) / (max - min) * 255) : 0;
    }
}
