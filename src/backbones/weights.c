#include "backbones/weights.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/finite.h"

enum { NAME = 256 };

static const rc_weights *search(const rc_weights *w, const char *name, int *at)
{
    while (w && (*at = rc_safetensors_find(w->file, name)) < 0)
        w = w->next;
    return w;
}

/* Older checkpoints call a LayerNorm's weight gamma and its bias beta. */
static bool old_norm_name(const char *name, char old[NAME])
{
    static const char *const part[][2] = {{"LayerNorm.weight", "LayerNorm.gamma"},
                                          {"LayerNorm.bias", "LayerNorm.beta"}};
    for (int i = 0; i < 2; i++) {
        if (!rc_path_has_suffix(name, part[i][0])) continue;
        snprintf(old, NAME, "%.*s%s", (int)(strlen(name) - strlen(part[i][0])), name, part[i][1]);
        return true;
    }
    return false;
}

const char *rc__without_input(const char *name)
{
    static const char before[] = RC_INPUTS_PREFIX;
    const char *end =
        strncmp(name, before, sizeof before - 1) == 0 ? strchr(name + sizeof before - 1, '.') : NULL;
    return end ? end + 1 : name;
}

static const rc_weights *search_names(const rc_weights *w, const char *name, int *at)
{
    char old[NAME];
    if (w->copies) name = rc__without_input(name);
    const rc_weights *shard = search(w, name, at);
    size_t n = w->prefix ? strlen(w->prefix) : 0;
    if (!shard && n && strncmp(name, w->prefix, n) == 0) shard = search(w, name + n, at);
    if (!shard && old_norm_name(name, old)) shard = search_names(w, old, at);
    return shard;
}

static rc_status find(const rc_weights *w, const char *name, rc_safetensors_entry *out,
                      const rc_weights **shard)
{
    int at;
    *shard = search_names(w, name, &at);
    RC_CHECK(*shard, RC_FORMAT, "%s: tensor \"%s\" is missing", w->name, name);
    *out = rc_safetensors_get((*shard)->file, at);
    if ((*shard)->used) (*shard)->used[at] = true;
    return RC_OK;
}

static rc_status check_type(const rc_weights *shard, const char *name, bool int8,
                            const rc_safetensors_entry *e)
{
    bool fits = int8 ? e->dtype == RC_DTYPE_I8 : rc_dtype_is_float(e->dtype);
    return fits
               ? RC_OK
               : rc_fail(RC_FORMAT, "%s: tensor \"%s\" is %s, %s", shard->name, name, rc_dtype_text(e->dtype),
                         int8 ? "this model's weights are 8-bit integers" : "weights are floating-point");
}

rc_status rc_weights_find(const rc_weights *w, const char *name, rc_safetensors_entry *out,
                          const char **file_name)
{
    const rc_weights *shard;
    RC_TRY(find(w, name, out, &shard));
    *file_name = shard->name;
    return check_type(shard, name, false, out);
}

bool rc_weights_are_int8(const rc_weights *w)
{
    for (; w; w = w->next)
        for (int i = 0; i < rc_safetensors_count(w->file); i++)
            if (rc_safetensors_get(w->file, i).dtype == RC_DTYPE_I8) return true;
    return false;
}

bool rc_weights_has(const rc_weights *w, const char *name)
{
    int at;
    return search_names(w, name, &at) != NULL;
}

static rc_status find_shaped(const rc_weights *w, const char *name, const rc_shape *shape,
                             rc_safetensors_entry *out, const rc_weights **shard)
{
    char have[RC_SHAPE_TEXT], want[RC_SHAPE_TEXT];
    RC_TRY(find(w, name, out, shard));
    RC_CHECK(rc_shape_equal(&out->shape, shape), RC_SHAPE,
             "%s: tensor \"%s\" has shape %s, the model needs %s", (*shard)->name, name,
             rc_shape_text(&out->shape, have), rc_shape_text(shape, want));
    return RC_OK;
}

rc_status rc_weights_check(const void *context, const char *name, const rc_shape *shape)
{
    rc_safetensors_entry e;
    const rc_weights *shard;
    RC_TRY(find_shaped(context, name, shape, &e, &shard));
    /* Which of them are 8-bit is not known yet. */
    return e.dtype == RC_DTYPE_I8 ? RC_OK : check_type(shard, name, false, &e);
}

rc_status rc_weights_check_numbers(const char *file, const char *name, const float *x, int64_t n)
{
    int64_t at = rc_first_not_finite(x, n);
    RC_CHECK(
        at < 0, RC_DATA,
        "%s: tensor \"%s\" holds NaN or an infinity (number %lld); a model with such a weight cannot predict",
        file, name, (long long)at);
    return RC_OK;
}

/* Where the tensor begins in the file may be no place for a float. */
static rc_status load_floats(const char *file, const rc_safetensors_entry *e, rc_tensor t)
{
    void *host;
    RC_TRY(rc_tensor_map_write(&t, &host));
    rc_convert_to_f32(e->dtype, e->data, rc_tensor_size(&t), host);
    rc_status status = rc_weights_check_numbers(file, e->name, host, rc_tensor_size(&t));
    rc_tensor_unmap(&t, host);
    return status;
}

/* ---- 8-bit weights ---- */

static const char SCALE[] = ".scale";

static rc_status load_scale(rc_params *p, int i, const rc_weights *from)
{
    char name[NAME + sizeof SCALE];
    const rc_weights *shard;
    rc_safetensors_entry e;
    rc_tensor t = rc_params_scale(p, i);
    snprintf(name, sizeof name, "%s%s", rc_params_get(p, i)->name, SCALE);
    RC_TRY(find_shaped(from, name, &t.shape, &e, &shard));
    RC_TRY(check_type(shard, name, false, &e));
    return load_floats(shard->name, &e, t);
}

rc_status rc__store_scale(rc_params *p, int i, rc_safetensors_writer *w)
{
    char name[NAME + sizeof SCALE];
    rc_tensor t = rc_params_scale(p, i);
    const void *host;
    snprintf(name, sizeof name, "%s%s", rc_params_get(p, i)->name, SCALE);
    RC_TRY(rc_tensor_map_read(&t, &host));
    rc_status status = rc_safetensors_writer_add_copy(w, name, RC_DTYPE_F32, t.shape, host);
    rc_tensor_unmap(&t, host);
    return status;
}

static rc_status load_int8(rc_params *p, int i, const rc_weights *from, const rc_safetensors_entry *e)
{
    rc_tensor t = rc_params_value(p, i);
    RC_TRY(rc_tensor_upload(&t, e->data));
    RC_TRY(load_scale(p, i, from));
    return rc_params_sum_codes(p, i);
}

/* ---- parameters ---- */

rc_status rc__load_parameter(rc_params *p, int i, const rc_weights *from)
{
    rc_param *wanted = rc_params_get(p, i);
    const rc_weights *shard;
    rc_safetensors_entry e;
    RC_TRY(find_shaped(from, wanted->name, &wanted->shape, &e, &shard));
    RC_TRY(check_type(shard, wanted->name, wanted->int8, &e));
    wanted->half = e.dtype == RC_DTYPE_F16;
    return wanted->int8 ? load_int8(p, i, from, &e) : load_floats(shard->name, &e, rc_params_value(p, i));
}

/* Same number of dimensions, same sizes but for the input channels. */
static bool is_projection(const rc_shape *have, const rc_shape *want)
{
    bool same = have->n == want->n && have->n >= 2 && have->dim[1] >= 1;
    for (int i = 0; same && i < want->n; i++)
        same = i == 1 || have->dim[i] == want->dim[i];
    return same;
}

rc_status rc__adopt_projection(rc_params *p, int i, const rc_weights *from)
{
    const rc_param *wanted = rc_params_get(p, i);
    const int64_t *want = wanted->shape.dim;
    rc_safetensors_entry e;
    const char *file;
    RC_TRY(rc_weights_find(from, wanted->name, &e, &file));
    const int64_t *have = e.shape.dim;
    char text[RC_SHAPE_TEXT];
    RC_CHECK(is_projection(&e.shape, &wanted->shape), RC_SHAPE,
             "%s: tensor \"%s\" has shape %s, which is not a patch projection of this backbone", file,
             wanted->name, rc_shape_text(&e.shape, text));
    rc_array view = {.dtype = e.dtype, .shape = e.shape, .data = e.data};
    float *source;
    RC_TRY(rc_array_to_f32(&view, &source));
    rc_tensor t = rc_params_value(p, i);
    void *host;
    rc_status status = rc_weights_check_numbers(file, wanted->name, source, rc_array_size(&view));
    if (status == RC_OK) status = rc_tensor_map_write(&t, &host);
    if (status == RC_OK) {
        float *to = host;
        int64_t cell = wanted->size / (want[0] * want[1]);
        for (int64_t o = 0; o < want[0]; o++)
            for (int64_t c = 0; c < want[1]; c++)
                memcpy(to + (o * want[1] + c) * cell, source + (o * have[1] + c % have[1]) * cell,
                       (size_t)cell * sizeof(float));
        rc_tensor_unmap(&t, host);
    }
    rc_free(source);
    return status;
}
