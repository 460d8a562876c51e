/* transforms/sphere.h: an image thrown onto a sphere, as Spherical CIFAR-100 of NAS-Bench-360 has it (the
 * recipe is that of spherical MNIST: Cohen et al., "Spherical CNNs", ICLR 2018). The sphere stands on the
 * image's plane; its points are joined to the plane by rays from just above the north pole, after a random
 * rotation. */
#ifndef RC_TRANSFORMS_SPHERE_H
#define RC_TRANSFORMS_SPHERE_H

#include <stdint.h>

#include "base/failure.h"
#include "base/rng.h"

/* A random rotation, row by row; amount 0: none, 1: any, uniformly (Arvo, Graphics Gems III, 1992). */
void rc_random_rotation(rc_rng *rng, double amount, double out[9]);
/* in [channels, h, w] -> out [channels, 2 b, 2 b]: rows are colatitudes pi j / 2b, columns longitudes pi k /
 * b; bilinear; each channel is stretched to 0..255 and cut to whole numbers. A constant channel becomes 0. */
void rc_sphere_project(const double rotation[9], int bandwidth, int64_t channels, int64_t h, int64_t w,
                       const float *in, unsigned char *out, double *scratch /* [2 b, 2 b] */);

#endif
