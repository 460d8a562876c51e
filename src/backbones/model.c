#include "backbones/model.h"

#include <string.h>

#include "backbones/adapters.h"
#include "backbones/fusion.h"
#include "backbones/head.h"
#include "ops/ops.h"

/* ---- life ---- */

/* Everything but memory for parameters. */
static rc_status declare(rc_model *m, const rc_weights *from)
{
    const rc_backbone_config *c = &m->spec.backbone;
    m->backbone = rc_backbone_of(c);
    RC_TRY(rc_embedder_for(c, m->spec.input.kind, &m->embedder));
    RC_TRY(rc_params_create(m->device, &m->params));
    if (from) rc_params_set_check(m->params, rc_weights_check, from);
    RC_TRY(m->embedder->create(c, &m->spec.input, m->params, m->device, &m->embedder_state, &m->of[0]));
    RC_TRY(rc__fusion_embedders(m));
    m->first[RC_PART_BODY] = rc_params_count(m->params);
    const rc_grid *grid = m->spec.fusion == RC_FUSION_LATE ? &m->of[0] : &m->u;
    RC_TRY(m->backbone->create(c, grid, m->params, m->device, &m->body_state, &m->of_last[0]));
    RC_TRY(rc__fusion_bodies(m));
    m->first[RC_PART_HEAD] = rc_params_count(m->params);
    RC_TRY(rc__head_declare(m));
    if (m->spec.gate) RC_TRY(rc__gate_declare(m));
    m->first[RC_PART_ADAPTERS] = rc_params_count(m->params);
    rc_params_set_check(m->params, NULL, NULL);
    RC_TRY(rc__adapters_declare(m));
    m->first[RC_PART_MATCH] = rc_params_count(m->params);
    if (m->spec.teacher > 0) RC_TRY(rc__match_declare(m));
    m->first[RC_PARTS] = rc_params_count(m->params);
    return RC_OK;
}

static rc_status build(rc_model *m, const rc_weights *from)
{
    RC_TRY(declare(m, from));
    RC_TRY(rc_params_allocate(m->params));
    if (from) RC_TRY(rc_model_load(m, from));
    return rc__head_prepare(m);
}

static rc_status make(rc_device *device, const rc_model_spec *spec, const rc_weights *from, rc_model **out)
{
    RC_TRY(RC_NEW(out, 1));
    (*out)->spec = *spec;
    (*out)->device = device;
    rc_status status = build(*out, from);
    if (status != RC_OK) rc_model_destroy(out);
    return status;
}

rc_status rc_model_create(rc_device *device, const rc_model_spec *spec, rc_model **out)
{
    return make(device, spec, NULL, out);
}

rc_status rc_model_open(rc_device *device, const rc_model_spec *spec, const rc_weights *from, rc_model **out)
{
    return make(device, spec, from, out);
}

rc_status rc_model_check(rc_device *device, const rc_model_spec *spec, const rc_weights *from)
{
    rc_model *m;
    RC_TRY(RC_NEW(&m, 1));
    m->spec = *spec;
    m->device = device;
    rc_status status = declare(m, from);
    rc_model_destroy(&m);
    return status;
}

void rc_model_destroy(rc_model **m)
{
    if (!*m) return;
    rc_params_destroy(&(*m)->params);
    if ((*m)->embedder_state) (*m)->embedder->destroy((*m)->embedder_state);
    if ((*m)->body_state) (*m)->backbone->destroy((*m)->body_state);
    rc__fusion_destroy(*m);
    rc__field_destroy((*m)->field);
    rc_tensor_destroy(&(*m)->shuffle);
    rc_free(*m);
    *m = NULL;
}

int64_t rc_model_width(const rc_model *m)
{
    return m->backbone->width(&m->spec.backbone);
}

int64_t rc_model_features(const rc_model *m)
{
    return m->backbone->features(&m->spec.backbone);
}

int64_t rc_model_readout(const rc_model *m)
{
    int64_t features = rc_model_features(m);
    if (m->spec.readout == RC_READOUT_FLATTEN) return features * rc_grid_tokens(&m->last);
    return m->spec.fusion == RC_FUSION_LATE ? features * (1 + m->spec.n_more) : features;
}

double rc_model_flops(const rc_model *m)
{
    double sum = m->backbone->flops(&m->spec.backbone, m->body_state);
    for (int k = 0; k < m->spec.n_more && m->spec.fusion == RC_FUSION_LATE; k++)
        sum += m->backbone->flops(&m->spec.backbone, m->more[k].body_state);
    return sum;
}

/* ---- forward ---- */

rc_var rc_model_embed(rc_graph *g, rc_model *m, const rc_feed *feed)
{
    rc_var u = m->embedder->forward(g, m->embedder_state, m->params, feed);
    return m->spec.n_more ? rc__fusion_embed(g, m, feed, u) : u;
}

rc_var rc_model_body(rc_graph *g, rc_model *m, rc_var u, rc_var length)
{
    if (m->spec.fusion == RC_FUSION_LATE) return rc__fusion_body(g, m, u);
    return m->backbone->forward(g, m->body_state, m->params, u, length);
}

rc_var rc__first_token(rc_graph *g, rc_var tokens)
{
    if (!tokens) return NULL;
    static const int32_t first[1] = {0};
    const int64_t *dim = tokens->value.shape.dim;
    rc_var index = rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(1), first, false);
    return rc_gather(g, tokens, index, dim[0], dim[2], RC_SHAPE(dim[0], dim[2]));
}

rc_var rc_model_pool(rc_graph *g, const rc_model *m, rc_var tokens, rc_var length)
{
    return m->spec.pool == RC_POOL_CLS ? rc__first_token(g, tokens) : rc_mean_tokens(g, tokens, length);
}

rc_var rc_model_forward(rc_graph *g, rc_model *m, const rc_feed *feed)
{
    rc_var tokens = rc_model_body(g, m, rc_model_embed(g, m, feed), feed->length);
    return rc_model_head(g, m, tokens, feed);
}

/* ---- parts and files ---- */

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
        rc_status status =
            rc_safetensors_writer_add_f32(w, rc_params_get(m->params, i)->name, stored, t.shape, host);
        rc_tensor_unmap(&t, host);
        RC_TRY(status);
    }
    return RC_OK;
}
