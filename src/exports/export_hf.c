/* A folder as Hugging Face's transformers has it: config.json, model.safetensors, and what prepares the
 * input.
 *
 * The body's parameters have the published names already. A class of transformers puts its own layers between
 * body and answer, so a head is written in their terms, where it can be: what a class reads of the tokens is
 * given. */
#include <math.h>
#include <string.h>

#include "base/choice.h"
#include "base/folder.h"
#include "base/memory.h"
#include "exports/export_forms.h"
#include "formats/safetensors.h"

/* A linear head on the host: y = W x + b, in the target's units. */
typedef struct head {
    const rc_model *model;
    const char *prefix; /* of the body's parameters */
    int64_t outputs, features;
    float *weight, *bias;
    rc_safetensors_writer *w;
} head;

static rc_status put(const head *h, const char *prefix, const char *name, rc_shape shape, const float *data)
{
    char full[128];
    snprintf(full, sizeof full, "%s%s", prefix, name);
    return rc_safetensors_writer_add_f32(h->w, full, RC_DTYPE_F32, shape, data);
}

static rc_status put_linear(const head *h, const char *prefix, const char *layer, int64_t out, int64_t in,
                            const float *weight, const float *bias)
{
    char name[64];
    snprintf(name, sizeof name, "%s.weight", layer);
    RC_TRY(put(h, prefix, name, RC_SHAPE(out, in), weight));
    snprintf(name, sizeof name, "%s.bias", layer);
    return put(h, prefix, name, RC_SHAPE(out), bias);
}

static rc_status put_classifier(const head *h)
{
    return put_linear(h, "", "classifier", h->outputs, h->features, h->weight, h->bias);
}

/* ---- layers before the classifier that let everything pass ---- */

/* A square layer of d on its diagonal, and this bias. */
static rc_status put_diagonal(const head *h, const char *prefix, const char *layer, float d,
                              const float *bias)
{
    float *square;
    RC_TRY(RC_NEW(&square, h->features * h->features));
    for (int64_t i = 0; i < h->features; i++)
        square[i * h->features + i] = d;
    rc_status status = put_linear(h, prefix, layer, h->features, h->features, square, bias);
    rc_free(square);
    return status;
}

/* tanh(s x) / s is x up to a share of (s x)^2 / 3, and s is a power of two. */
static const float SMALL = 1.0f / 4096;

static rc_status through_tanh(const head *h, const char *prefix, const char *layer, const char *last)
{
    float *none;
    RC_TRY(RC_NEW(&none, h->features));
    rc_status status = put_diagonal(h, prefix, layer, SMALL, none);
    rc_free(none);
    for (int64_t i = 0; i < h->outputs * h->features; i++)
        h->weight[i] /= SMALL;
    return status == RC_OK ? put_linear(h, "", last, h->outputs, h->features, h->weight, h->bias) : status;
}

static rc_status put_bert(const head *h)
{
    return through_tanh(h, h->prefix, "pooler.dense", "classifier");
}

static rc_status put_roberta(const head *h)
{
    return through_tanh(h, "", "classifier.dense", "classifier.out_proj");
}

/* No number behind a LayerNorm is below this. */
static rc_status lowest(const head *h, float *shift)
{
    rc_params *p = h->model->params;
    int last = h->model->first[RC_PART_HEAD] - 2; /* the last LayerNorm's scale, its offset behind it */
    const void *scale, *offset;
    rc_tensor gamma = rc_params_value(p, last), beta = rc_params_value(p, last + 1);
    RC_TRY(rc_tensor_map_read(&gamma, &scale));
    rc_status status = rc_tensor_map_read(&beta, &offset);
    if (status == RC_OK) {
        for (int64_t i = 0; i < h->features; i++)
            shift[i] = fabsf(((const float *)scale)[i]) * sqrtf((float)h->features) +
                       fabsf(((const float *)offset)[i]);
        rc_tensor_unmap(&beta, offset);
    }
    rc_tensor_unmap(&gamma, scale);
    return status;
}

/* ReLU lets pass what is moved above zero; the classifier moves it back. */
static rc_status put_distilbert(const head *h)
{
    float *shift;
    RC_TRY(RC_NEW(&shift, h->features));
    rc_status status = lowest(h, shift);
    if (status == RC_OK) status = put_diagonal(h, "", "pre_classifier", 1, shift);
    for (int64_t k = 0; k < h->outputs; k++) {
        double moved = 0;
        for (int64_t i = 0; i < h->features; i++)
            moved += (double)h->weight[k * h->features + i] * shift[i];
        h->bias[k] = (float)(h->bias[k] - moved);
    }
    rc_free(shift);
    return status == RC_OK ? put_classifier(h) : status;
}

/* It reads the first token and, beside it, the mean of the others. Our mean is that of all tokens. */
static rc_status put_dinov2(const head *h)
{
    bool mean = h->model->spec.readout == RC_READOUT_POOL && h->model->spec.pool == RC_POOL_MEAN;
    int64_t f = h->features, others = rc_grid_tokens(&h->model->last) - 1;
    float share = mean ? 1.0f / (float)(others + 1) : 1.0f, rest = mean ? (float)others * share : 0.0f;
    float *wide, *mask;
    RC_TRY(RC_NEW(&wide, 2 * h->outputs * f + f));
    mask = wide + 2 * h->outputs * f; /* of pre-training, which the class wants to have */
    for (int64_t k = 0; k < h->outputs; k++)
        for (int64_t i = 0; i < f; i++) {
            wide[2 * k * f + i] = share * h->weight[k * f + i];
            wide[(2 * k + 1) * f + i] = rest * h->weight[k * f + i];
        }
    rc_status status = put_linear(h, "", "classifier", h->outputs, 2 * f, wide, h->bias);
    if (status == RC_OK) status = put(h, h->prefix, "embeddings.mask_token", RC_SHAPE(1, f), mask);
    rc_free(wide);
    return status;
}

/* ---- the classes ---- */

enum { READS_MEAN = 1, READS_FIRST = 2 };

static const struct family {
    const char *type, *name; /* model_type, and how its classes begin */
    unsigned reads;
    rc_status (*put)(const head *h);
} families[] = {
    {"swin", "Swin", READS_MEAN, put_classifier},
    {"vit", "ViT", READS_FIRST, put_classifier},
    {"deit", "DeiT", READS_FIRST, put_classifier},
    {"dinov2", "Dinov2", READS_MEAN | READS_FIRST, put_dinov2},
    {"bert", "Bert", READS_FIRST, put_bert},
    {"roberta", "Roberta", READS_FIRST, put_roberta},
    {"xlm-roberta", "XLMRoberta", READS_FIRST, put_roberta},
    {"camembert", "Camembert", READS_FIRST, put_roberta},
    {"distilbert", "DistilBert", READS_FIRST, put_distilbert},
};

static const struct family *family_of(const rc_json *config)
{
    const char *type = rc_json_string(config, "model_type", "");
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (strcmp(families[i].type, type) == 0) return &families[i];
    return NULL;
}

static const char *ends_of(const rc__exporting *e)
{
    if (e->trained.model->spec.input.kind == RC_INPUT_IMAGE) return "ForImageClassification";
    return e->trained.task->target == RC_TARGET_WORDS ? "ForTokenClassification"
                                                      : "ForSequenceClassification";
}

static rc_status check_head(const rc__exporting *e, const struct family *family)
{
    static const char *const name[RC_READOUTS] = {
        [RC_READOUT_FLATTEN] = "flatten", [RC_READOUT_ATTENTION] = "attention"};
    const rc_model_spec *spec = &e->trained.model->spec;
    bool first =
        spec->readout == RC_READOUT_CLS || (spec->readout == RC_READOUT_POOL && spec->pool == RC_POOL_CLS);
    bool mean = spec->readout == RC_READOUT_POOL && !first;
    if (spec->head == RC_HEAD_TOKENS || (first && (family->reads & READS_FIRST)) ||
        (mean && (family->reads & READS_MEAN)))
        return RC_OK;
    return rc_fail(RC_UNSUPPORTED,
                   "%s: its head is %s, and %s%s reads %s; fit with \1set model.head=%s, or choose \1to onnx",
                   e->how->name,
                   first  ? "cls"
                   : mean ? "mean"
                          : name[spec->readout],
                   family->name, ends_of(e),
                   family->reads & READS_FIRST ? "the first token" : "the mean of the tokens",
                   family->reads & READS_FIRST ? "cls" : "mean");
}

static rc_status check(const rc__exporting *e, const struct family *family)
{
    const rc_model *m = e->trained.model;
    const rc_task *t = e->trained.task;
    char made[RC_CHOICE_TEXT];
    RC_CHECK(family, RC_UNSUPPORTED, "%s: its backbone has no class in transformers; choose \1to onnx",
             e->how->name);
    RC_CHECK(
        m->embedder == m->backbone->native, RC_UNSUPPORTED,
        "%s: its input layer was made for a %s, which %s of transformers does not take; choose \1to onnx",
        e->how->name, rc_choice_text(RC_INPUT_KIND_NAMES, (int)m->spec.input.kind, made), family->name);
    RC_CHECK(rc_head_is_linear(m->spec.head), RC_UNSUPPORTED,
             "%s: it gives a field, for which transformers has no class; choose \1to onnx", e->how->name);
    rc_says says = rc_task_says(t);
    RC_CHECK(says != RC_SAYS_RATES && says != RC_SAYS_RISKS, RC_UNSUPPORTED,
             "%s: it says rates or risks, for which transformers has no class; choose \1to onnx",
             e->how->name);
    RC_CHECK(t->layout.fold_w == 0, RC_UNSUPPORTED,
             "%s: sequences were folded to pictures, which no image processor does; choose \1to onnx",
             e->how->name);
    RC_CHECK(!t->averages, RC_UNSUPPORTED,
             "%s: its answers are means over eight ways to turn the input (fit.turn); choose \1to onnx",
             e->how->name);
    RC_CHECK(t->nx.kind != RC_NORM_POINT, RC_UNSUPPORTED,
             "%s: every pixel is standardised by itself, which no image processor does; choose \1to onnx",
             e->how->name);
    return check_head(e, family);
}

/* ---- the weights ---- */

static rc_status read_parameter(const rc_model *m, int i, float **out)
{
    rc_tensor t = rc_params_value(m->params, i);
    RC_TRY(RC_NEW_RAW(out, rc_tensor_size(&t)));
    return rc_tensor_download(&t, *out);
}

/* What brings numbers back to their units becomes part of the layer. */
static void add_units(const rc_normaliser *z, head *h)
{
    for (int64_t k = 0; k < h->outputs && z->kind != RC_NORM_NONE; k++) {
        int64_t at = z->kind == RC_NORM_CHANNEL ? k / z->points : k;
        for (int64_t i = 0; i < h->features; i++)
            h->weight[k * h->features + i] *= z->std[at];
        h->bias[k] = h->bias[k] * z->std[at] + z->mean[at];
    }
}

static rc_status put_model(const rc__exporting *e, const struct family *family, head *h)
{
    const rc_model *m = e->trained.model;
    rc_safetensors_writer_metadata(h->w, "format", "pt");
    RC_TRY(rc_model_store_part(e->trained.model, RC_PART_EMBEDDER, h->w, RC_DTYPE_F32));
    RC_TRY(rc_model_store_part(e->trained.model, RC_PART_BODY, h->w, RC_DTYPE_F32));
    RC_TRY(read_parameter(m, m->head[0], &h->weight));
    RC_TRY(read_parameter(m, m->head[1], &h->bias));
    add_units(&e->trained.task->ny, h);
    return m->spec.head == RC_HEAD_TOKENS ? put_classifier(h) : family->put(h);
}

static rc_status write_model(const rc__exporting *e, const struct family *family, const char *path)
{
    const rc_model *m = e->trained.model;
    head h = {.model = m,
              .prefix = m->backbone->prefix(&m->spec.backbone),
              .outputs = m->spec.outputs,
              .features = rc_model_features(m)};
    RC_TRY(rc_safetensors_writer_create(&h.w));
    rc_status status = put_model(e, family, &h);
    if (status == RC_OK) status = rc_safetensors_writer_write(h.w, path);
    rc_safetensors_writer_destroy(&h.w);
    rc_free(h.weight);
    rc_free(h.bias);
    return status;
}

/* ---- config.json ---- */

static void name_classes(const rc_task *t, rc_json *config)
{
    rc_json *names = rc_json_set(config, "id2label", rc_json_object());
    rc_json *numbers = rc_json_set(config, "label2id", rc_json_object());
    for (int64_t k = 0; k < t->outputs; k++) {
        char number[24];
        snprintf(number, sizeof number, "%lld", (long long)k);
        const char *name = k < t->labels ? t->label_name[k] : number;
        rc_json_set_string(names, number, name);
        rc_json_set_integer(numbers, name, k);
    }
}

static void complete_config(const rc__exporting *e, const struct family *family, rc_json *config)
{
    const rc_task *t = e->trained.task;
    rc_says says = rc_task_says(t);
    char class[64];
    snprintf(class, sizeof class, "%s%s", family->name, ends_of(e));
    rc_json_set_string(e->told, "class", class);
    rc_json *list = rc_json_set(config, "architectures", rc_json_array());
    rc_json_append_string(list, class);
    rc_json_set_string(config, "problem_type",
                       says == RC_SAYS_CLASSES  ? "single_label_classification"
                       : says == RC_SAYS_LABELS ? "multi_label_classification"
                                                : "regression");
    name_classes(t, config);
}

/* The size of the input is the model's; a position table keeps that for which it was made. */
static rc_status make_config(const rc__exporting *e, rc_json **out)
{
    const rc_model *m = e->trained.model;
    rc_backbone_config c = m->spec.backbone;
    rc_input had = m->backbone->native_input(&c);
    if (m->spec.input.kind == RC_INPUT_IMAGE) m->backbone->set_native_input(&c, &m->spec.input);
    rc_input has = m->backbone->native_input(&c);
    *out = rc_backbone_config_write(&c);
    RC_TRY(rc_json_check(*out));
    bool resamples = strcmp(rc_json_string(*out, "model_type", ""), "dinov2") == 0;
    if (m->spec.input.kind != RC_INPUT_IMAGE || has.height == m->spec.input.height || resamples) return RC_OK;
    return rc_fail(RC_UNSUPPORTED,
                   "%s: images of %lld pixels with positions made for %lld, which this class does not "
                   "resample; choose \1to onnx",
                   e->how->name, (long long)m->spec.input.height, (long long)had.height);
}

/* ---- what prepares the input ---- */

static void set_numbers(rc_json *j, const char *key, int64_t n, const float *numbers)
{
    rc_json *list = rc_json_set(j, key, rc_json_array());
    for (int64_t i = 0; i < n; i++)
        rc_json_append_number(list, (double)numbers[i]);
}

/* Pixels in the units of the run's data, so nothing is rescaled. */
static void fill_processor(const rc__exporting *e, rc_json *j)
{
    enum { BILINEAR = 2 };
    const rc_input *in = &e->trained.model->spec.input;
    const rc_normaliser *z = &e->trained.task->nx;
    rc_json_set_string(j, "image_processor_type", "ViTImageProcessor");
    rc_json_set_boolean(j, "do_resize", true);
    rc_json *size = rc_json_set(j, "size", rc_json_object());
    rc_json_set_integer(size, "height", in->height);
    rc_json_set_integer(size, "width", in->width);
    rc_json_set_integer(j, "resample", BILINEAR);
    rc_json_set_boolean(j, "do_rescale", false);
    rc_json_set_boolean(j, "do_normalize", z->kind == RC_NORM_CHANNEL);
    if (z->kind != RC_NORM_CHANNEL) return;
    set_numbers(j, "image_mean", z->channels, z->mean);
    set_numbers(j, "image_std", z->channels, z->std);
}

static rc_status write_processor(const rc__exporting *e, const char *folder)
{
    rc_json *j = rc_json_object();
    fill_processor(e, j);
    rc_status status = rc_json_write(folder, "preprocessor_config.json", j);
    rc_json_free(&j);
    return status;
}

static rc_status write_tokenizer(const rc_tokenizer *t, const char *folder)
{
    const rc_tokenizer_file *f;
    char path[RC_FOLDER_PATH];
    for (int i = 0; (f = rc_tokenizer_source(t, i)); i++) {
        RC_TRY(rc_path_join(folder, f->name, sizeof path, path));
        RC_TRY(rc_file_write(path, f->text, f->size));
    }
    return RC_OK;
}

/* ---- all of it ---- */

static rc_status fill_folder(const rc__exporting *e, const struct family *family, const rc_json *config,
                             const char *folder)
{
    char path[RC_FOLDER_PATH];
    RC_TRY(rc_json_write(folder, "config.json", config));
    RC_TRY(rc_path_join(folder, "model.safetensors", sizeof path, path));
    RC_TRY(write_model(e, family, path));
    return e->trained.task->tokenizer ? write_tokenizer(e->trained.task->tokenizer, folder)
                                      : write_processor(e, folder);
}

static rc_status export_as(const rc__exporting *e, rc_json *config)
{
    const struct family *family = family_of(config);
    rc_folder folder;
    RC_TRY(check(e, family));
    complete_config(e, family, config);
    RC_TRY(rc_folder_begin(e->how->out, &folder));
    return rc_folder_end(&folder, fill_folder(e, family, config, folder.partial));
}

rc_status rc__export_hf(rc__exporting *e)
{
    rc_json *config = NULL;
    rc_status status = make_config(e, &config);
    if (status == RC_OK) status = export_as(e, config);
    rc_json_free(&config);
    return status;
}
