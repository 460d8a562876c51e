#include "backbones/model.h"

#include "backbones/adapters.h"
#include "backbones/fusion.h"
#include "backbones/head.h"

/* ---- life ---- */

/* Everything but memory for parameters. */
static rc_status declare(rc_model *m, const rc_weights *from)
{
    const rc_backbone_config *c = &m->spec.backbone;
    m->backbone = rc_backbone_of(c);
    RC_TRY(rc_embedder_for(c, m->spec.input.kind, &m->embedder));
    RC_TRY(rc_params_create(m->device, &m->params));
    if (from) rc_params_set_check(m->params, rc_weights_check, from);
    RC_TRY(m->embedder->create(m->backbone, c, &m->spec.input, m->params, m->device, &m->embedder_state,
                               &m->of[0]));
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

/* Heads, norms, biases and input layers stay floats, of 16 bits: they are small, and the answers hang on
 * them.
 */
static rc_status choose_int8(rc_model *m)
{
    RC_CHECK(m->device->kernels.linear_int8, RC_UNSUPPORTED,
             "the model has 8-bit weights, which the device %s does not support; take \1device cpu",
             m->device->name);
    for (int i = 0; i < m->first[RC_PART_HEAD]; i++) {
        rc_param *p = rc_params_get(m->params, i);
        p->int8 = ((p->matrix && i >= m->first[RC_PART_BODY]) || p->table) && rc_int8_fits(&p->shape);
    }
    return RC_OK;
}

static rc_status build(rc_model *m, const rc_weights *from)
{
    RC_TRY(declare(m, from));
    if (m->spec.int8) RC_TRY(choose_int8(m));
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
    rc_var start = rc_graph_mark(g), u = m->embedder->forward(g, m->embedder_state, m->params, feed);
    if (u && !u->needs_grad) rc_graph_settle(g, start, u);
    return m->spec.n_more ? rc__fusion_embed(g, m, feed, u) : u;
}

rc_var rc_model_body(rc_graph *g, rc_model *m, rc_var u, const rc_feed *feed)
{
    if (m->spec.fusion == RC_FUSION_LATE) return rc__fusion_body(g, m, u, feed);
    u = rc__fusion_pack(g, m, m->of, u, feed);
    return m->backbone->forward(g, m->body_state, m->params, u, rc__fusion_length(g, m, feed));
}

rc_var rc_model_forward(rc_graph *g, rc_model *m, const rc_feed *feed)
{
    rc_var tokens = rc_model_body(g, m, rc_model_embed(g, m, feed), feed);
    return rc_model_head(g, m, tokens, feed);
}
