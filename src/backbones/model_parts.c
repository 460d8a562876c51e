/* The parts of a model: which of them learn, and how they come from files and go there. */
#include "backbones/model.h"

void rc_model_set_trainable(rc_model *m, rc_part_kind part, bool trainable)
{
    for (int i = m->first[part]; i < m->first[part + 1]; i++)
        rc_params_get(m->params, i)->trainable = trainable;
}

rc_status rc_model_load_part(rc_model *m, rc_part_kind part, const rc_weights *from)
{
    for (int i = m->first[part]; i < m->first[part + 1]; i++)
        RC_TRY(rc__load_parameter(m->params, i, from));
    return RC_OK;
}

rc_status rc_model_load(rc_model *m, const rc_weights *from)
{
    for (int part = 0; part < RC_PARTS; part++)
        RC_TRY(rc_model_load_part(m, (rc_part_kind)part, from));
    return RC_OK;
}

rc_status rc_model_start(rc_model *m, const rc_weights *source, uint64_t seed)
{
    /* Drawing numbers for the body too would take longer than reading it. */
    RC_TRY(rc_params_initialise_range(m->params, 0, m->first[RC_PART_BODY], seed));
    RC_TRY(
        rc_params_initialise_range(m->params, m->first[RC_PART_BODY + 1], rc_params_count(m->params), seed));
    rc_weights copies = *source;
    copies.copies = true;
    RC_TRY(rc_model_load_part(m, RC_PART_BODY, &copies));
    RC_TRY(m->embedder->adopt(m->embedder_state, m->params, source));
    for (int k = 0; k < m->spec.n_more; k++)
        RC_TRY(m->more[k].embedder->adopt(m->more[k].embedder_state, m->params, &copies));
    return RC_OK;
}

int64_t rc_model_numbers(const rc_model *m, int first, int end)
{
    int64_t n = 0;
    for (int i = m->first[first]; i < m->first[end]; i++)
        n += rc_params_get(m->params, i)->size;
    return n;
}

rc_status rc_model_store(rc_model *m, rc_safetensors_writer *w, rc_dtype stored)
{
    for (int part = 0; part < RC_PART_ADAPTERS; part++)
        RC_TRY(rc_model_store_part(m, (rc_part_kind)part, w, stored));
    return RC_OK;
}

rc_status rc_model_store_part(rc_model *m, rc_part_kind part, rc_safetensors_writer *w, rc_dtype stored)
{
    for (int i = m->first[part]; i < m->first[part + 1]; i++) {
        rc_tensor t = rc_params_value(m->params, i);
        const void *host;
        RC_TRY(rc_tensor_map_read(&t, &host));
        const rc_param *p = rc_params_get(m->params, i);
        rc_dtype as = m->spec.int8 && p->half ? RC_DTYPE_F16 : stored;
        rc_status status = p->int8 ? rc_safetensors_writer_add_copy(w, p->name, RC_DTYPE_I8, t.shape, host)
                                   : rc_safetensors_writer_add_f32(w, p->name, as, t.shape, host);
        rc_tensor_unmap(&t, host);
        RC_TRY(status);
        if (p->int8) RC_TRY(rc__store_scale(m->params, i, w));
    }
    return RC_OK;
}
