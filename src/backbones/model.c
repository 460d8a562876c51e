#include "backbones/model.h"

#include <string.h>

#include "ops/ops.h"

enum { DECODER_CHANNELS = 3 };

/* ---- life ---- */

/* Out pixel (c, Y, X) of the shuffle comes from token (Y/r, X/r), channel (c r + Y%r) r + X%r. */
static rc_status make_shuffle(rc_model *m)
{
    const rc_swin_stage_plan *last = &m->plan->stage[m->spec.swin.stages - 1];
    int64_t r = rc_swin_stride(&m->spec.swin), h = last->h * r, w = last->w * r;
    int64_t width = DECODER_CHANNELS * r * r;
    RC_CHECK(DECODER_CHANNELS * h * w <= INT32_MAX, RC_SHAPE, "a dense output of %lld x %lld is too large",
             (long long)h, (long long)w);
    int32_t *index;
    RC_TRY(RC_NEW(&index, DECODER_CHANNELS * h * w));
    for (int64_t c = 0; c < DECODER_CHANNELS; c++)
        for (int64_t y = 0; y < h; y++)
            for (int64_t x = 0; x < w; x++) {
                int64_t token = y / r * last->w + x / r, channel = (c * r + y % r) * r + x % r;
                index[(c * h + y) * w + x] = (int32_t)(token * width + channel);
            }
    rc_status status =
        rc_tensor_create(m->device, RC_DTYPE_I32, RC_SHAPE(DECODER_CHANNELS * h * w), &m->shuffle);
    if (status == RC_OK) status = rc_tensor_upload(&m->shuffle, index);
    rc_free(index);
    return status;
}

static rc_status declare_head(rc_model *m)
{
    const rc_model_spec *s = &m->spec;
    int64_t features = rc_swin_features(&s->swin), r = rc_swin_stride(&s->swin);
    if (s->head == RC_HEAD_LINEAR) {
        RC_TRY(rc_params_declare(m->params, "classifier.weight", RC_SHAPE(s->outputs, features),
                                 RC_INIT_NORMAL, 0.02f, false, &m->head[0]));
        return rc_params_declare(m->params, "classifier.bias", RC_SHAPE(s->outputs), RC_INIT_ZEROS, 0, false,
                                 &m->head[1]);
    }
    if (s->head == RC_HEAD_NONE) return RC_OK;
    int64_t out = DECODER_CHANNELS * r * r;
    RC_TRY(rc_params_declare(m->params, "decoder.0.weight", RC_SHAPE(out, features, 1, 1), RC_INIT_KAIMING, 0,
                             false, &m->head[0]));
    return rc_params_declare(m->params, "decoder.0.bias", RC_SHAPE(out), RC_INIT_ZEROS, 0, false,
                             &m->head[1]);
}

static rc_status build(rc_model *m)
{
    RC_TRY(rc_params_create(m->device, &m->params));
    RC_TRY(rc_swin_declare(&m->spec.swin, m->params, &m->swin));
    RC_TRY(declare_head(m));
    RC_TRY(rc_params_allocate(m->params));
    RC_TRY(rc_swin_plan_create(&m->spec.swin, m->device, m->spec.image_h, m->spec.image_w, &m->plan));
    return m->spec.head == RC_HEAD_DENSE ? make_shuffle(m) : RC_OK;
}

rc_status rc_model_create(rc_device *device, const rc_model_spec *spec, rc_model **out)
{
    RC_TRY(RC_NEW(out, 1));
    (*out)->spec = *spec;
    (*out)->device = device;
    rc_status status = build(*out);
    if (status != RC_OK) rc_model_destroy(out);
    return status;
}

void rc_model_destroy(rc_model **m)
{
    if (!*m) return;
    rc_params_destroy(&(*m)->params);
    rc_swin_plan_destroy(&(*m)->plan);
    rc_tensor_destroy(&(*m)->shuffle);
    rc_free(*m);
    *m = NULL;
}

/* ---- forward ---- */

rc_var rc_model_embed(rc_graph *g, rc_model *m, rc_var x)
{
    return rc_swin_embed(g, &m->swin, m->params, m->plan, x);
}

rc_var rc_model_body(rc_graph *g, rc_model *m, rc_var u)
{
    return rc_swin_body(g, &m->swin, m->params, m->plan, u);
}

rc_var rc_model_head(rc_graph *g, rc_model *m, rc_var tokens)
{
    if (!tokens || m->spec.head == RC_HEAD_NONE) return tokens;
    rc_var bias = rc_params_var(g, m->params, m->head[1]);
    if (m->spec.head == RC_HEAD_LINEAR)
        return rc_linear(g, rc_mean_tokens(g, tokens), rc_params_var(g, m->params, m->head[0]), bias, NULL);
    int64_t features = rc_swin_features(&m->spec.swin), r = rc_swin_stride(&m->spec.swin);
    int64_t batch = tokens->value.shape.dim[0];
    const rc_swin_stage_plan *last = &m->plan->stage[m->spec.swin.stages - 1];
    rc_var weight = rc_params_span(g, m->params, m->head[0], 1, RC_SHAPE(DECODER_CHANNELS * r * r, features));
    rc_var y = rc_linear(g, tokens, weight, bias, NULL);
    y = rc_gather(g, y, rc_graph_leaf(g, m->shuffle, false), batch, 1,
                  RC_SHAPE(batch, DECODER_CHANNELS, last->h * r, last->w * r));
    return rc_adaptive_pool(g, y, m->spec.out_shape);
}

rc_var rc_model_forward(rc_graph *g, rc_model *m, rc_var x)
{
    return rc_model_head(g, m, rc_model_body(g, m, rc_model_embed(g, m, x)));
}

/* ---- files ---- */

static rc_status find_entry(const rc_safetensors *file, const char *file_name, const rc_param *p,
                            bool same_shape, rc_safetensors_entry *out)
{
    int at = rc_safetensors_find(file, p->name);
    RC_CHECK(at >= 0, RC_FORMAT, "%s: tensor \"%s\" is missing", file_name, p->name);
    *out = rc_safetensors_get(file, at);
    char have[RC_SHAPE_TEXT], want[RC_SHAPE_TEXT];
    RC_CHECK(!same_shape || rc_shape_equal(&out->shape, &p->shape), RC_SHAPE,
             "%s: tensor \"%s\" has shape %s, the model needs %s", file_name, p->name,
             rc_shape_text(&out->shape, have), rc_shape_text(&p->shape, want));
    RC_CHECK(out->dtype == RC_DTYPE_F32 || out->dtype == RC_DTYPE_F16 || out->dtype == RC_DTYPE_BF16 ||
                 out->dtype == RC_DTYPE_F64,
             RC_FORMAT, "%s: tensor \"%s\" is %s, weights are floating-point", file_name, p->name,
             rc_dtype_text(out->dtype));
    return RC_OK;
}

static rc_status load_one(rc_model *m, int i, const rc_safetensors *file, const char *file_name)
{
    rc_safetensors_entry e;
    RC_TRY(find_entry(file, file_name, rc_params_get(m->params, i), true, &e));
    rc_tensor t = rc_params_value(m->params, i);
    void *host;
    RC_TRY(rc_tensor_map_write(&t, &host));
    rc_convert_to_f32(e.dtype, e.data, rc_tensor_size(&t), host);
    rc_tensor_unmap(&t, host);
    return RC_OK;
}

rc_status rc_model_load(rc_model *m, const rc_safetensors *file, const char *file_name, const char *prefix,
                        int64_t *unused)
{
    int64_t used = 0;
    for (int i = 0; i < rc_params_count(m->params); i++) {
        if (strncmp(rc_params_get(m->params, i)->name, prefix, strlen(prefix)) != 0) continue;
        RC_TRY(load_one(m, i, file, file_name));
        used++;
    }
    if (unused) *unused = rc_safetensors_count(file) - used;
    return RC_OK;
}

static rc_status adopt_projection(rc_model *m, int i, const rc_safetensors *file, const char *file_name)
{
    const rc_param *p = rc_params_get(m->params, i);
    rc_safetensors_entry e;
    RC_TRY(find_entry(file, file_name, p, false, &e));
    const int64_t *want = p->shape.dim, *have = e.shape.dim;
    char text[RC_SHAPE_TEXT];
    RC_CHECK(e.shape.n == 4 && have[0] == want[0] && have[2] == want[2] && have[3] == want[3] && have[1] >= 1,
             RC_SHAPE, "%s: tensor \"%s\" has shape %s, which is no patch projection of this backbone",
             file_name, p->name, rc_shape_text(&e.shape, text));
    rc_array view = {.dtype = e.dtype, .shape = e.shape, .data = e.data};
    float *from;
    RC_TRY(rc_array_to_f32(&view, &from));
    rc_tensor t = rc_params_value(m->params, i);
    void *host;
    rc_status status = rc_tensor_map_write(&t, &host);
    if (status == RC_OK) {
        float *to = host;
        int64_t cell = want[2] * want[3];
        for (int64_t o = 0; o < want[0]; o++)
            for (int64_t c = 0; c < want[1]; c++)
                memcpy(to + (o * want[1] + c) * cell, from + (o * have[1] + c % have[1]) * cell,
                       (size_t)cell * sizeof(float));
        rc_tensor_unmap(&t, host);
    }
    rc_free(from);
    return status;
}

rc_status rc_model_adopt_embedder(rc_model *m, const rc_safetensors *file, const char *file_name)
{
    RC_TRY(adopt_projection(m, m->swin.projection[0], file, file_name));
    RC_TRY(load_one(m, m->swin.projection[1], file, file_name));
    RC_TRY(load_one(m, m->swin.embed_norm[0], file, file_name));
    return load_one(m, m->swin.embed_norm[1], file, file_name);
}

rc_status rc_model_store(rc_model *m, rc_safetensors_writer *w, rc_dtype stored)
{
    for (int i = 0; i < rc_params_count(m->params); i++) {
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

/* ---- description ---- */

static const char *const head_name[] = {"none", "linear", "dense"};

rc_status rc_model_spec_write(const rc_model_spec *s, rc_json **out)
{
    rc_json *j, *backbone, *shape;
    RC_TRY(rc_json_object(&j));
    *out = j;
    RC_TRY(rc_swin_config_write(&s->swin, &backbone));
    RC_TRY(rc_json_set(j, "backbone", backbone));
    RC_TRY(rc_json_set_integer(j, "image_h", s->image_h));
    RC_TRY(rc_json_set_integer(j, "image_w", s->image_w));
    RC_TRY(rc_json_set_string(j, "head", head_name[s->head]));
    RC_TRY(rc_json_set_integer(j, "outputs", s->outputs));
    RC_TRY(rc_json_array(&shape));
    for (int i = 0; i < 3; i++)
        RC_TRY(rc_json_append_integer(shape, s->out_shape[i]));
    return rc_json_set(j, "out_shape", shape);
}

static rc_status read_bounded(const rc_json *json, const char *source, const char *key, int64_t most,
                              int64_t *out)
{
    *out = rc_json_integer(json, key, -1);
    RC_CHECK(*out >= 0 && *out <= most, RC_FORMAT, "%s: \"%s\" is missing or not from 0 to %lld", source, key,
             (long long)most);
    return RC_OK;
}

rc_status rc_model_spec_read(const rc_json *json, const char *source, rc_model_spec *out)
{
    rc_model_spec s = {0};
    const rc_json *backbone = rc_json_get(json, "backbone"), *shape = rc_json_get(json, "out_shape");
    RC_CHECK(backbone, RC_FORMAT, "%s: \"backbone\" is missing", source);
    RC_TRY(rc_swin_config_read(backbone, source, &s.swin));
    RC_TRY(read_bounded(json, source, "image_h", 8192, &s.image_h));
    RC_TRY(read_bounded(json, source, "image_w", 8192, &s.image_w));
    RC_TRY(read_bounded(json, source, "outputs", 1 << 24, &s.outputs));
    const char *head = rc_json_string(json, "head", "");
    int kind = 0;
    while (kind < 3 && strcmp(head, head_name[kind]) != 0)
        kind++;
    RC_CHECK(kind < 3, RC_FORMAT, "%s: head \"%s\" is not one of none, linear, dense", source, head);
    s.head = (rc_head_kind)kind;
    RC_CHECK(shape && rc_json_length(shape) == 3, RC_FORMAT,
             "%s: \"out_shape\" is missing or not of length 3", source);
    for (size_t i = 0; i < 3; i++) {
        s.out_shape[i] = rc_json_as_integer(rc_json_at(shape, i));
        RC_CHECK(s.out_shape[i] >= 0 && s.out_shape[i] <= 8192, RC_FORMAT,
                 "%s: \"out_shape\" is out of range", source);
    }
    RC_CHECK(s.head != RC_HEAD_LINEAR || s.outputs > 0, RC_FORMAT, "%s: a linear head needs \"outputs\"",
             source);
    RC_CHECK(s.head != RC_HEAD_DENSE || (s.out_shape[0] > 0 && s.out_shape[1] > 0 && s.out_shape[2] > 0),
             RC_FORMAT, "%s: a dense head needs \"out_shape\"", source);
    *out = s;
    return RC_OK;
}
