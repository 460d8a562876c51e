#include "backbones/adapters_file.h"

#include <stdio.h>
#include <string.h>

#include "backbones/adapters.h"
#include "base/memory.h"
#include "base/text.h"

/* ---- what a file says of its adapters ---- */

void rc_lora_store(const rc_lora *l, rc_safetensors_writer *w)
{
    char text[RC_NUMBER_TEXT];
    rc_safetensors_writer_metadata(w, "format", "recraft-adapters-1");
    snprintf(text, sizeof text, "%lld", (long long)l->rank);
    rc_safetensors_writer_metadata(w, "rank", text);
    rc_safetensors_writer_metadata(w, "alpha", rc_text_number(l->alpha, text));
}

rc_status rc_lora_read(const rc_safetensors *f, const char *path, rc_lora *out)
{
    const char *rank = rc_safetensors_metadata(f, "rank"), *alpha = rc_safetensors_metadata(f, "alpha");
    *out = (rc_lora){0};
    RC_CHECK(rank && alpha && rc_text_to_i64(rank, &out->rank) && rc_text_to_f64(alpha, &out->alpha),
             RC_FORMAT, "%s: its metadata lacks the adapters' rank and alpha", path);
    for (int i = 0; i < rc_safetensors_count(f); i++) {
        rc_peft_name n;
        if (rc_peft_name_of(rc_safetensors_get(f, i).name, RC_PEFT_OURS, "", &n))
            out->targets |= 1u << rc__matrix_of_module(n.module, strlen(n.module));
    }
    out->targets &= (1u << RC_MATRICES) - 1;
    return RC_OK;
}

/* ---- opening ---- */

void rc_adapters_close(rc_adapters **a)
{
    if (!*a) return;
    rc_safetensors_close(&(*a)->file);
    rc_safetensors_writer_destroy(&(*a)->writer);
    rc_free((*a)->bytes);
    rc_free(*a);
    *a = NULL;
}

rc_status rc_adapters_open(const char *path, rc_adapters **out)
{
    RC_TRY(RC_NEW(out, 1));
    snprintf((*out)->name, sizeof(*out)->name, "%s", path);
    rc_status status = rc_safetensors_open(path, &(*out)->file);
    if (status == RC_OK) status = rc_lora_read((*out)->file, path, &(*out)->lora);
    if (status != RC_OK) rc_adapters_close(out);
    return status;
}

/* ---- giving them to a model ---- */

/* Names are told as peft has them: that is the file that a user can look at. */
static rc_status check_parameter(const rc_adapters *a, const rc_param *p, const char *prefix)
{
    char have[RC_SHAPE_TEXT], want[RC_SHAPE_TEXT];
    rc_peft_name n;
    int at = rc_safetensors_find(a->file, p->name);
    RC_CHECK(rc_peft_name_of(p->name, RC_PEFT_OURS, prefix, &n), RC_INTERNAL, "%s is not an adapter",
             p->name);
    RC_CHECK(at >= 0, RC_FORMAT, "%s: tensor \"%s\" is missing; every block of the model needs its adapters",
             a->name, n.name[RC_PEFT_THEIRS]);
    rc_shape shape = rc_safetensors_get(a->file, at).shape;
    RC_CHECK(rc_shape_equal(&shape, &p->shape), RC_SHAPE,
             "%s: tensor \"%s\" has shape %s, the source needs %s", a->name, n.name[RC_PEFT_THEIRS],
             rc_shape_text(&shape, have), rc_shape_text(&p->shape, want));
    return RC_OK;
}

static rc_status check_left_over(const rc_adapters *a, const rc_model *m, const char *prefix)
{
    for (int i = 0; i < rc_safetensors_count(a->file); i++) {
        const char *name = rc_safetensors_get(a->file, i).name;
        rc_peft_name n;
        bool known = rc_peft_name_of(name, RC_PEFT_OURS, prefix, &n);
        RC_CHECK(rc_params_find(m->params, name) >= 0, RC_FORMAT,
                 "%s: tensor \"%s\" belongs to no matrix of the source's model", a->name,
                 known ? n.name[RC_PEFT_THEIRS] : name);
    }
    return RC_OK;
}

rc_status rc_adapters_give(const rc_adapters *a, rc_model *m)
{
    const char *prefix = m->backbone->prefix(&m->spec.backbone);
    rc_weights from = {.file = a->file, .name = a->name};
    for (int i = m->first[RC_PART_ADAPTERS]; i < m->first[RC_PART_ADAPTERS + 1]; i++)
        RC_TRY(check_parameter(a, rc_params_get(m->params, i), prefix));
    RC_TRY(check_left_over(a, m, prefix));
    return rc_model_load_part(m, RC_PART_ADAPTERS, &from);
}

/* ---- those of a model, into a file ---- */

rc_status rc_model_store_adapters(rc_model *m, rc_safetensors_writer *w)
{
    rc_lora_store(&m->spec.lora, w);
    return rc_model_store_part(m, RC_PART_ADAPTERS, w, RC_DTYPE_F32);
}
