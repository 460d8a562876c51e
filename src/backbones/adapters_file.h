/* backbones/adapters_file.h: low-rank adapters in files, for a model to begin with: a run's
 * adapters.safetensors (adapters_file.c), or a folder of the package peft (peft.c). */
#ifndef RC_BACKBONES_ADAPTERS_FILE_H
#define RC_BACKBONES_ADAPTERS_FILE_H

#include "backbones/model.h"

enum { RC_ADAPTERS_PATH = 4096 };
typedef struct rc_adapters {
    rc_lora lora;
    rc_safetensors *file;          /* tensors by the names of a model's parameters */
    rc_safetensors_writer *writer; /* of that file where it was made in memory; NULL: it lies on the disk */
    void *bytes;                   /* likewise */
    char name[RC_ADAPTERS_PATH];
} rc_adapters;

rc_status rc_adapters_open(const char *path, rc_adapters **out) RC_MUST_CHECK;
/* Of a peft folder for this backbone. Whatever is there and these adapters cannot be is refused. */
rc_status rc_adapters_open_peft(const char *folder, const rc_backbone_config *c,
                                rc_adapters **out) RC_MUST_CHECK;
void rc_adapters_close(rc_adapters **a);
/* To a model with a->lora, whose adapters must be these, all of them. */
rc_status rc_adapters_give(const rc_adapters *a, rc_model *m) RC_MUST_CHECK;

/* What such a file says of its adapters. */
void rc_lora_store(const rc_lora *l, rc_safetensors_writer *w);
rc_status rc_lora_read(const rc_safetensors *f, const char *path, rc_lora *out) RC_MUST_CHECK;

/* One matrix of an adapter, by its names. */
enum { RC_PEFT_MODULE = 512, RC_PEFT_NAME = RC_PEFT_MODULE + 64 };
typedef enum rc_peft_side { RC_PEFT_OURS, RC_PEFT_THEIRS, RC_PEFT_SIDES } rc_peft_side;
typedef struct rc_peft_name {
    char module[RC_PEFT_MODULE]; /* of the bare model (AutoModel), which has no prefix */
    int part;                    /* 0: A [rank, K]; 1: B [N, rank] */
    char name[RC_PEFT_SIDES][RC_PEFT_NAME];
} rc_peft_name;
/* The module in the name of an adapter on a side, prefix and all; of no length where it is none. */
const char *rc__peft_module(const char *name, rc_peft_side side, int *part, size_t *length);
/* prefix: of the backbone's names. False: on that side no adapter is called so. */
bool rc_peft_name_of(const char *name, rc_peft_side side, const char *prefix,
                     rc_peft_name *out) RC_MUST_CHECK;

#endif
