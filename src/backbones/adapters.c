/* Low-rank adapters (LoRA): beside a frozen matrix W [N, K] learn a [rank, K] and b [N, rank], and compute
 * with W + (alpha / rank) b a. b starts at zero, so training starts from the source's model. */
#include "backbones/adapters.h"

#include <stdio.h>
#include <string.h>

#include "backbones/layers.h"
#include "base/ascii.h"
#include "base/file.h"

/* ---- what a parameter is, by its published name ---- */

enum { NAMES = 7 };
static const char *const names_of[RC_MATRICES][NAMES] = {
    [RC_MATRIX_QUERY] = {".query", ".q_lin", ".SelfAttention.q"},
    [RC_MATRIX_KEY] = {".key", ".k_lin", ".SelfAttention.k"},
    [RC_MATRIX_VALUE] = {".value", ".v_lin", ".SelfAttention.v"},
    [RC_MATRIX_OUTPUT] = {".attention.output.dense", ".out_lin", ".SelfAttention.o"},
    [RC_MATRIX_UP] = {".intermediate.dense", ".lin1", ".mlp.fc1", ".mlp.weights_in", ".wi", ".wi_0", ".wi_1"},
    [RC_MATRIX_DOWN] = {".output.dense", ".lin2", ".mlp.fc2", ".mlp.weights_out", ".wo"},
};

/* In order: the attention's output is found before the other ".output.dense". */
rc_matrix rc__matrix_of_module(const char *module, size_t n)
{
    for (int i = 0; i < RC_MATRICES; i++)
        for (int k = 0; k < NAMES && names_of[i][k]; k++) {
            size_t m = strlen(names_of[i][k]);
            if (n >= m && strncmp(module + n - m, names_of[i][k], m) == 0) return (rc_matrix)i;
        }
    return RC_MATRICES;
}

rc_matrix rc_model_matrix_of(const rc_param *p)
{
    bool matrix = p->block >= 0 && p->shape.n == 2 && rc_path_has_suffix(p->name, ".weight");
    return matrix ? rc__matrix_of_module(p->name, strlen(p->name) - strlen(".weight")) : RC_MATRICES;
}

bool rc_model_is_norm(const rc_param *p)
{
    for (const char *at = p->name; p->shape.n == 1 && *at; at++)
        if (strncmp(at + 1, "orm", 3) == 0 && rc_ascii_lower(*at) == 'n') return true;
    return false;
}

/* ---- declaring ---- */

static rc_status declare_one(rc_model *m, rc__declaration *d, int weight)
{
    const rc_lora *l = &m->spec.lora;
    rc_shape shape = rc_params_get(m->params, weight)->shape;
    char prefix[RC_LAYER_NAME];
    RC_CHECK(l->rank <= shape.dim[0] && l->rank <= shape.dim[1], RC_CONFIG,
             "fit.lora_rank is %lld; a target matrix is only %lld x %lld", (long long)l->rank,
             (long long)shape.dim[0], (long long)shape.dim[1]);
    snprintf(prefix, sizeof prefix, "lora.%s", rc_params_get(m->params, weight)->name);
    d->block = rc_params_get(m->params, weight)->block;
    int a = rc__declare(d, prefix, ".a", RC_SHAPE(l->rank, shape.dim[1]), RC_INIT_KAIMING, false);
    rc__declare(d, prefix, ".b", RC_SHAPE(shape.dim[0], l->rank), RC_INIT_ZEROS, false);
    RC_TRY(d->status);
    rc_param *w = rc_params_get(m->params, weight);
    w->adapter = a;
    w->adapter_scale = (float)(l->alpha / (double)l->rank);
    return RC_OK;
}

rc_status rc__adapters_declare(rc_model *m)
{
    rc__declaration d = {m->params, -1, RC_OK};
    unsigned found = 0;
    if (m->spec.lora.rank == 0) return RC_OK;
    for (int i = m->first[RC_PART_BODY]; i < m->first[RC_PART_HEAD]; i++) {
        rc_matrix kind = rc_model_matrix_of(rc_params_get(m->params, i));
        if (kind == RC_MATRICES || !(m->spec.lora.targets >> kind & 1)) continue;
        found |= 1u << kind;
        RC_TRY(declare_one(m, &d, i));
    }
    RC_CHECK(found == m->spec.lora.targets && found, RC_CONFIG,
             "fit.lora_targets: this backbone lacks one of the matrices named there");
    return RC_OK;
}

/* ---- merging ---- */

static rc_status merge_one(rc_model *m, rc_param *w, int weight)
{
    rc_tensor t = rc_params_value(m->params, weight), a = rc_params_value(m->params, w->adapter),
              b = rc_params_value(m->params, w->adapter + 1);
    int64_t n = w->shape.dim[0], k = w->shape.dim[1], rank = a.shape.dim[0];
    RC_LAUNCH(m->device, gemm, false, false, n, k, rank, w->adapter_scale, b.data, rank, a.data, k, 1.0f,
              t.data, k);
    w->adapter = -1;
    return RC_OK;
}

rc_status rc_model_merge_adapters(rc_model *m)
{
    for (int i = m->first[RC_PART_BODY]; i < m->first[RC_PART_HEAD]; i++) {
        rc_param *w = rc_params_get(m->params, i);
        if (w->adapter >= 0) RC_TRY(merge_one(m, w, i));
    }
    return RC_OK;
}
