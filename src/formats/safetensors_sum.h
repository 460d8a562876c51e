/* formats/safetensors_sum.h: the checksum that a safetensors file of ours carries in its metadata. It is the
 * sum over what is in the file (each metadata entry but itself, and each tensor with its name, type and
 * shape), in whatever order another program writes them down again. Within formats/ only. */
#ifndef RC_FORMATS_SAFETENSORS_SUM_H
#define RC_FORMATS_SAFETENSORS_SUM_H

#include "base/checksum.h"
#include "formats/json.h"
#include "tensor/tensor.h"

#define RC__SUM_KEY "recraft.checksum"

/* A tensor's begins with what describes it; its data are to follow. */
void rc__sum_describe(rc_checksum *c, const char *name, rc_dtype dtype, const rc_shape *shape);
uint64_t rc__sum_metadata(const rc_json *metadata);

#endif
