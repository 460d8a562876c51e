/* devices/ref.h: the parts of the reference device, for devices that start from its table. */
#ifndef RC_DEVICES_REF_H
#define RC_DEVICES_REF_H

#include "tensor/device.h"

/* Each fills its entries of the table. */
void rc__ref_linear(rc_kernels *k);
void rc__ref_int8(rc_kernels *k);
void rc__ref_norm(rc_kernels *k);
void rc__ref_attention(rc_kernels *k);
void rc__ref_window_attention(rc_kernels *k);
void rc__ref_layout(rc_kernels *k);
void rc__ref_loss(rc_kernels *k);
void rc__ref_optim(rc_kernels *k);

/* affine_backward by two products of the device: of devices, and for shapes, that round nothing. */
rc_status rc__affine_backward_plain(rc_device *dev, int64_t m, int64_t n, int64_t k, const float *x,
                                    const float *w, const float *dy, const bool add[2], float *dw, float *dx);

/* Host memory as device memory: what ref and onednn share. */
void rc__host_buffers(rc_device *d);

#endif
