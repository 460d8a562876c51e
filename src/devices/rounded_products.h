/* devices/rounded_products.h: what the device "onednn-bf16" has for those who measure and test it. */
#ifndef RC_DEVICES_ROUNDED_PRODUCTS_H
#define RC_DEVICES_ROUNDED_PRODUCTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"

/* Whether its products are made of bfloat16 numbers, not of the same as float32. */
bool rc_bfloat16_multiplies(void);
/* Let it take the faster of these two (as at first), or bfloat16 wherever the processor has it; false: it has
 * none. Not while it computes. */
bool rc_bfloat16_choose(bool fastest);
/* c [m, n] = a [m, k] w^T, w [n, k], without a rounding; only where it multiplies bfloat16. */
rc_status rc_bfloat16_product(int64_t m, int64_t n, int64_t k, uint16_t *a, uint16_t *w,
                              float *c) RC_MUST_CHECK;

#endif
