#include "source/bundle.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/home.h"
#include "base/memory.h"
#include "base/text.h"

/* The second has several sets, and is none for versions that would take them for one. */
static const char FORMAT[] = "recraft-bundle-1", FORMAT_OF_SETS[] = "recraft-bundle-2";

/* ---- carried inside the library (builtin.c is made by the build) ---- */

extern const unsigned char rc__swin_mini[];
extern const size_t rc__swin_mini_size;

const char *rc_bundle_builtin(int i)
{
    return i == 0 && rc__swin_mini_size > 0 ? "swin-mini" : NULL;
}

rc_status rc_bundle_kept(const char *name, size_t size, char *out)
{
    char file[128];
    out[0] = '\0';
    if (!rc_home_is_name(name)) return RC_OK;
    snprintf(file, sizeof file, "%s.safetensors", name);
    return rc_home_path("sources", file, size, out);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

rc_status rc_bundle_list_kept(rc_json *list)
{
    char folder[4096], *name[256];
    int n = 0;
    RC_TRY(rc_home_path("sources", NULL, sizeof folder, folder));
    DIR *d = opendir(folder);
    if (!d) return RC_OK;
    rc_status status = RC_OK;
    for (struct dirent *e; status == RC_OK && n < 256 && (e = readdir(d));)
        if (rc_path_has_suffix(e->d_name, ".safetensors")) {
            status = rc_strdup(e->d_name, &name[n]);
            if (status != RC_OK) break;
            name[n][strlen(e->d_name) - strlen(".safetensors")] = '\0';
            if (rc_home_is_name(name[n]))
                n++;
            else
                rc_free(name[n]); /* it could not be asked for */
        }
    closedir(d);
    qsort(name, (size_t)n, sizeof *name, by_text);
    for (int i = 0; i < n; i++) {
        rc_json_append_string(list, name[i]);
        rc_free(name[i]);
    }
    return status == RC_OK ? rc_json_check(list) : status;
}

static rc_status no_such_source(const char *name)
{
    RC_CHECK(strcmp(name, "minilm") != 0, RC_IO,
             "the source minilm is not here yet; get it (`\1rc_source_get minilm`), or name another by "
             "\1source");
    rc_json *kept = rc_json_array();
    const char **known = NULL;
    size_t own = 0;
    while (rc_bundle_builtin((int)own))
        own++;
    rc_status status = rc_bundle_list_kept(kept);
    size_t n = own + rc_json_length(kept);
    if (status == RC_OK) status = RC_NEW(&known, (int64_t)n);
    for (size_t i = 0; i < n && status == RC_OK; i++)
        known[i] = i < own ? rc_bundle_builtin((int)i) : rc_json_as_string(rc_json_at(kept, i - own));
    if (status == RC_OK)
        status = rc_fail_unknown(
            RC_IO, name, known, n, NULL,
            "\1source %.200s: no such file, and no source of this name (`\1rc_source_list`)", name);
    rc_free(known);
    rc_json_free(&kept);
    return status;
}

static rc_status open_file(const char *name, rc_safetensors **out)
{
    char kept[4096];
    if (rc_path_exists(name) && !rc_path_is_directory(name)) return rc_safetensors_open(name, out);
    const char *builtin = rc_bundle_builtin(0);
    if (builtin && strcmp(name, builtin) == 0)
        return rc_safetensors_open_memory(name, rc__swin_mini, rc__swin_mini_size, out);
    RC_TRY(rc_bundle_kept(name, sizeof kept, kept));
    return kept[0] && rc_path_exists(kept) ? rc_safetensors_open(kept, out) : no_such_source(name);
}

/* ---- reading ---- */

static rc_status read_json(const rc_bundle *b, const char *key, rc_json **out)
{
    RC_TRY(rc_safetensors_metadata_json(b->file, key, out));
    RC_CHECK(*out, RC_FORMAT,
             "%s: not a source bundle (metadata \"%s\" is missing); one is built from a model "
             "(`\1rc_source_build`)",
             b->name, key);
    return RC_OK;
}

static rc_status read_features(rc_bundle *b)
{
    int at = rc_safetensors_find(b->file, "source.features");
    RC_CHECK(at >= 0, RC_FORMAT, "%s: tensor \"source.features\" is missing", b->name);
    rc_safetensors_entry e = rc_safetensors_get(b->file, at);
    int64_t width = rc_backbone_of(&b->backbone)->width(&b->backbone);
    RC_CHECK(e.shape.n == 2 && e.shape.dim[0] >= 1 && e.shape.dim[1] == width, RC_SHAPE,
             "%s: \"source.features\" should be [N, %lld]", b->name, (long long)width);
    b->n_features = e.shape.dim[0];
    b->width = e.shape.dim[1];
    rc_array view = {.dtype = e.dtype, .shape = e.shape, .data = e.data};
    RC_TRY(rc_array_to_f32(&view, &b->features));
    return rc_weights_check_numbers(b->name, "source.features", b->features, b->n_features * b->width);
}

/* Sizes by the list; together they are all that there is. */
static rc_status take_sets(rc_bundle *b, const rc_json *list)
{
    int64_t classes = 0, features = 0;
    size_t n = rc_json_length(list);
    bool good = n >= 2 && n <= RC_SOURCE_SETS;
    for (size_t k = 0; good && k < n; k++) {
        const rc_json *one = rc_json_at(list, k);
        rc_source_set *s = &b->set[k];
        *s = (rc_source_set){.card = rc_json_at(rc_json_get(b->card, "sets"), k),
                             .classes = rc_json_integer(one, "classes", 0),
                             .n_features = rc_json_integer(one, "features", 0),
                             .first_class = classes,
                             .first_feature = features};
        good = s->classes >= 2 && s->classes <= b->classes - classes && s->n_features >= 1 &&
               s->n_features <= b->n_features - features;
        if (!good) break;
        classes += s->classes;
        features += s->n_features;
    }
    RC_CHECK(good && classes == b->classes && features == b->n_features, RC_FORMAT,
             "%s: metadata \"sets\" is damaged", b->name);
    b->sets = (int)n;
    return RC_OK;
}

static rc_status read_sets(rc_bundle *b, bool several)
{
    rc_json *list;
    b->sets = 1;
    b->set[0] = (rc_source_set){.card = b->card, .classes = b->classes, .n_features = b->n_features};
    if (several) {
        RC_TRY(read_json(b, "sets", &list));
        rc_status status = take_sets(b, list);
        rc_json_free(&list);
        RC_TRY(status);
    }
    for (int k = 0; k < b->sets; k++)
        b->set[k].name = rc_json_string(b->set[k].card, "data", b->name);
    return RC_OK;
}

static rc_status check_labels(const rc_bundle *b, const rc_source_set *s)
{
    for (int64_t i = s->first_feature; i < s->first_feature + s->n_features; i++)
        RC_CHECK(b->labels[i] >= s->first_class && b->labels[i] < s->first_class + s->classes, RC_FORMAT,
                 "%s: \"source.labels\" %lld is %d; labels are %lld to %lld", b->name, (long long)i,
                 (int)b->labels[i], (long long)s->first_class, (long long)(s->first_class + s->classes) - 1);
    return RC_OK;
}

static rc_status read_labels(rc_bundle *b)
{
    int at = rc_safetensors_find(b->file, "source.labels");
    if (at < 0) return RC_OK;
    rc_safetensors_entry e = rc_safetensors_get(b->file, at);
    RC_CHECK(e.dtype == RC_DTYPE_I32 && e.shape.n == 1 && e.shape.dim[0] == b->n_features, RC_SHAPE,
             "%s: \"source.labels\" should be int32 [%lld]", b->name, (long long)b->n_features);
    RC_TRY(RC_NEW(&b->labels, b->n_features));
    memcpy(b->labels, e.data, e.bytes);
    for (int k = 0; k < b->sets; k++)
        RC_TRY(check_labels(b, &b->set[k]));
    return RC_OK;
}

static rc_status read_grid(const rc_bundle *b, rc_grid *out)
{
    rc_json *j;
    RC_TRY(read_json(b, "grid", &j));
    *out = (rc_grid){rc_json_integer(j, "extra", -1), rc_json_integer(j, "height", 0),
                     rc_json_integer(j, "width", 0)};
    rc_json_free(&j);
    const int64_t max = 1 << 20;
    RC_CHECK(out->extra >= 0 && out->extra < max && out->h > 0 && out->h < max && out->w > 0 && out->w < max,
             RC_FORMAT, "%s: metadata \"grid\" is damaged", b->name);
    return RC_OK;
}

static rc_status read_tokens(rc_bundle *b)
{
    int at = rc_safetensors_find(b->file, "source.tokens");
    if (at < 0) return RC_OK;
    rc_safetensors_entry e = rc_safetensors_get(b->file, at);
    RC_TRY(read_grid(b, &b->grid));
    int64_t max = rc_grid_tokens(&b->grid);
    RC_CHECK(e.shape.n == 3 && e.shape.dim[0] >= 1 && e.shape.dim[0] <= b->set[0].n_features && b->labels &&
                 e.shape.dim[1] == max && e.shape.dim[2] == b->width &&
                 (e.dtype == RC_DTYPE_F32 || e.dtype == RC_DTYPE_F16 || e.dtype == RC_DTYPE_BF16),
             RC_SHAPE, "%s: \"source.tokens\" should be floats [n, %lld, %lld] of labelled samples", b->name,
             (long long)max, (long long)b->width);
    b->n_tokens = e.shape.dim[0];
    at = rc_safetensors_find(b->file, "source.token_lengths");
    if (at < 0) return RC_OK;
    e = rc_safetensors_get(b->file, at);
    RC_CHECK(e.dtype == RC_DTYPE_I32 && e.shape.n == 1 && e.shape.dim[0] == b->n_tokens, RC_SHAPE,
             "%s: \"source.token_lengths\" should be int32 [%lld]", b->name, (long long)b->n_tokens);
    for (int64_t i = 0; i < b->n_tokens; i++) {
        int32_t length;
        memcpy(&length, (const char *)e.data + (size_t)i * sizeof length, sizeof length);
        RC_CHECK(length >= 1 && length <= max, RC_FORMAT,
                 "%s: \"source.token_lengths\" %lld is %d, of %lld tokens", b->name, (long long)i,
                 (int)length, (long long)max);
    }
    return RC_OK;
}

int64_t rc_bundle_tokens(const rc_bundle *b, int64_t i, float *out)
{
    rc_safetensors_entry e = rc_safetensors_get(b->file, rc_safetensors_find(b->file, "source.tokens"));
    int64_t tokens = e.shape.dim[1], size = tokens * e.shape.dim[2];
    int32_t length;
    rc_convert_to_f32(e.dtype, (const char *)e.data + (size_t)(i * size) * rc_dtype_size(e.dtype), size, out);
    int at = rc_safetensors_find(b->file, "source.token_lengths");
    if (at < 0) return tokens;
    memcpy(&length, (const char *)rc_safetensors_get(b->file, at).data + (size_t)i * sizeof length,
           sizeof length);
    return length;
}

/* The tensors are those that the configuration promises; a target's model is made from the configuration. */
static rc_status check_backbone(const rc_bundle *b)
{
    rc_weights weights = rc_bundle_weights(b);
    rc_model_spec spec = {.backbone = b->backbone,
                          .input = rc_backbone_of(&b->backbone)->native_input(&b->backbone)};
    return rc_model_check(rc_device_default(), &spec, &weights);
}

static rc_status read_all(rc_bundle *b)
{
    rc_json *j;
    const char *format = rc_safetensors_metadata(b->file, "format");
    bool several = format && strcmp(format, FORMAT_OF_SETS) == 0;
    RC_CHECK(several || (format && strcmp(format, FORMAT) == 0), RC_FORMAT,
             "%s: not a source bundle; one is built from a model (`\1rc_source_build`)", b->name);
    RC_TRY(read_json(b, "backbone", &j));
    rc_status status = rc_backbone_config_read(j, b->name, &b->backbone);
    rc_json_free(&j);
    RC_TRY(status);
    RC_TRY(read_json(b, "card", &b->card));
    RC_TRY(read_json(b, "self_distance", &j));
    b->self_distance = rc_json_number(j, "value", NAN);
    b->self_epsilon = rc_json_number(j, "epsilon", NAN);
    rc_json_free(&j);
    RC_CHECK(isfinite(b->self_distance) && b->self_epsilon > 0, RC_FORMAT, "%s: the self-distance is damaged",
             b->name);
    int head = rc_safetensors_find(b->file, "classifier.weight");
    RC_CHECK(head >= 0, RC_FORMAT, "%s: tensor \"classifier.weight\" is missing", b->name);
    rc_shape shape = rc_safetensors_get(b->file, head).shape;
    int64_t features = rc_backbone_of(&b->backbone)->features(&b->backbone);
    RC_CHECK(shape.n == 2 && shape.dim[0] >= 2 && shape.dim[1] == features, RC_SHAPE,
             "%s: the source head does not fit the backbone", b->name);
    b->classes = shape.dim[0];
    RC_TRY(check_backbone(b));
    RC_TRY(read_features(b));
    RC_TRY(read_sets(b, several));
    RC_TRY(read_labels(b));
    return read_tokens(b);
}

/* Of names with commas between. */
static bool is_among(const char *names, const char *name)
{
    for (size_t n; *names; names += n + (names[n] == ',')) {
        n = strcspn(names, ",");
        if (n == strlen(name) && strncmp(names, name, n) == 0) return true;
    }
    return false;
}

bool rc_bundle_has_learnt_from(const rc_bundle *b, const char *data)
{
    for (int k = 0; k < b->sets; k++)
        if (is_among(rc_json_string(b->set[k].card, "learnt_from", ""), data)) return true;
    return false;
}

bool rc_bundle_is_here(const char *name)
{
    char kept[4096];
    const char *builtin = rc_bundle_builtin(0);
    if (rc_path_exists(name) || (builtin && strcmp(name, builtin) == 0)) return true;
    return rc_bundle_kept(name, sizeof kept, kept) == RC_OK && kept[0] && rc_path_exists(kept);
}

rc_status rc_bundle_open(const char *name, rc_bundle **out)
{
    RC_TRY(RC_NEW(out, 1));
    rc_status status = rc_strdup(name, &(*out)->name);
    if (status == RC_OK) status = open_file(name, &(*out)->file);
    if (status == RC_OK) status = read_all(*out);
    if (status != RC_OK) rc_bundle_close(out);
    return status;
}

void rc_bundle_close(rc_bundle **b)
{
    if (!*b) return;
    rc_safetensors_close(&(*b)->file);
    rc_free((*b)->owned);
    rc_json_free(&(*b)->card);
    rc_free((*b)->features);
    rc_free((*b)->labels);
    rc_free((*b)->name);
    rc_free(*b);
    *b = NULL;
}

rc_weights rc_bundle_weights(const rc_bundle *b)
{
    return (rc_weights){.file = b->file, .name = b->name};
}

rc_status rc_bundle_tokenizer(const rc_bundle *b, rc_tokenizer **out)
{
    return rc_tokenizer_restore(b->name, b->file, out);
}

/* ---- writing ---- */

static rc_status add_self_distance(rc_safetensors_writer *w, const rc_bundle_parts *p)
{
    rc_json *j = rc_json_object();
    rc_json_set_number(j, "value", p->self_distance);
    rc_json_set_number(j, "epsilon", p->self_epsilon);
    rc_status status = rc_safetensors_writer_metadata_json(w, "self_distance", j);
    rc_json_free(&j);
    return status;
}

static rc_status add_tokens(rc_safetensors_writer *w, const rc_bundle_parts *p)
{
    const rc_grid *grid = &p->model->u;
    if (p->n_tokens == 0) return RC_OK;
    rc_json *j = rc_json_object();
    rc_json_set_integer(j, "extra", grid->extra);
    rc_json_set_integer(j, "height", grid->h);
    rc_json_set_integer(j, "width", grid->w);
    rc_status status = rc_safetensors_writer_metadata_json(w, "grid", j);
    rc_json_free(&j);
    RC_TRY(status);
    rc_shape shape = RC_SHAPE(p->n_tokens, rc_grid_tokens(grid), rc_model_width(p->model));
    RC_TRY(rc_safetensors_writer_add_f32(w, "source.tokens", p->storage, shape, p->tokens));
    if (!p->token_length) return RC_OK;
    return rc_safetensors_writer_add(w, "source.token_lengths", RC_DTYPE_I32, RC_SHAPE(p->n_tokens),
                                     p->token_length);
}

static void list_sets(const rc_bundle_parts *p, rc_json *list)
{
    for (int k = 0; k < p->sets; k++) {
        rc_json *one = rc_json_append(list, rc_json_object());
        rc_json_set_integer(one, "classes", p->set[k].classes);
        rc_json_set_integer(one, "features", p->set[k].n_features);
    }
}

static rc_status add_format(rc_safetensors_writer *w, const rc_bundle_parts *p)
{
    if (p->sets == 1) {
        rc_safetensors_writer_metadata(w, "format", FORMAT);
        return RC_OK;
    }
    rc_json *list = rc_json_array();
    list_sets(p, list);
    rc_status status = rc_safetensors_writer_metadata_json(w, "sets", list);
    rc_json_free(&list);
    RC_TRY(status);
    rc_safetensors_writer_metadata(w, "format", FORMAT_OF_SETS);
    return RC_OK;
}

/* A head of all classes. */
static rc_status add_head(rc_safetensors_writer *w, const rc_bundle_parts *p, const char *name,
                          const float *weight, const float *bias)
{
    char full[64];
    snprintf(full, sizeof full, "%s.weight", name);
    RC_TRY(rc_safetensors_writer_add_f32(w, full, p->storage,
                                         RC_SHAPE(p->classes, rc_model_features(p->model)), weight));
    snprintf(full, sizeof full, "%s.bias", name);
    return rc_safetensors_writer_add_f32(w, full, p->storage, RC_SHAPE(p->classes), bias);
}

static rc_status fill(rc_safetensors_writer *w, const rc_bundle_parts *p)
{
    RC_TRY(add_format(w, p));
    rc_json *backbone = rc_backbone_config_write(&p->model->spec.backbone);
    rc_status status = rc_safetensors_writer_metadata_json(w, "backbone", backbone);
    rc_json_free(&backbone);
    RC_TRY(status);
    RC_TRY(rc_safetensors_writer_metadata_json(w, "card", p->card));
    RC_TRY(add_self_distance(w, p));
    RC_TRY(rc_model_store_part(p->model, RC_PART_EMBEDDER, w, p->storage));
    RC_TRY(rc_model_store_part(p->model, RC_PART_BODY, w, p->storage));
    RC_TRY(add_head(w, p, "classifier", p->weight, p->bias));
    if (p->tokenizer) RC_TRY(rc_tokenizer_store(p->tokenizer, w));
    RC_TRY(rc_safetensors_writer_add_f32(w, "source.features", p->storage,
                                         RC_SHAPE(p->n_features, rc_model_width(p->model)), p->features));
    RC_TRY(add_tokens(w, p));
    RC_TRY(rc_safetensors_writer_add(w, "source.labels", RC_DTYPE_I32, RC_SHAPE(p->n_features), p->labels));
    RC_TRY(add_head(w, p, "source.plain_head", p->plain_weight, p->plain_bias));
    return rc_safetensors_writer_add_f32(w, "source.prior", RC_DTYPE_F32, RC_SHAPE(p->classes), p->prior);
}

/* To the path, or into memory. */
static rc_status store(const rc_bundle_parts *parts, const char *path, void **bytes, size_t *size)
{
    rc_safetensors_writer *w;
    RC_TRY(rc_safetensors_writer_create(&w));
    rc_status status = fill(w, parts);
    if (status == RC_OK)
        status = path ? rc_safetensors_writer_write(w, path) : rc_safetensors_writer_bytes(w, bytes, size);
    rc_safetensors_writer_destroy(&w);
    return status;
}

rc_status rc_bundle_write(const char *path, const rc_bundle_parts *parts)
{
    return store(parts, path, NULL, NULL);
}

rc_status rc_bundle_make(const char *name, const rc_bundle_parts *parts, rc_bundle **out)
{
    size_t size = 0;
    RC_TRY(RC_NEW(out, 1));
    rc_bundle *b = *out;
    rc_status status = rc_strdup(name, &b->name);
    if (status == RC_OK) status = store(parts, NULL, &b->owned, &size);
    if (status == RC_OK) status = rc_safetensors_open_memory(name, b->owned, size, &b->file);
    if (status == RC_OK) status = read_all(b);
    if (status != RC_OK) rc_bundle_close(out);
    return status;
}

rc_status rc_bundle_save(const rc_bundle *b, const char *path)
{
    size_t size;
    const void *bytes = rc_safetensors_bytes(b->file, &size);
    return rc_file_write(path, bytes, size);
}
