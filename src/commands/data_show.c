/* What is in a data set. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "api/text_feed.h"
#include "backbones/model_folder.h"
#include "base/file.h"
#include "base/home.h"
#include "base/memory.h"
#include "commands/common.h"
#include "datasets/text_inputs.h"
#include "formats/text_file.h"
#include "importers/importer.h"
#include "source/bundle.h"

static rc_status ranges(const rc_dataset *d, const rc_part *p, rc_json *j)
{
    int64_t size = d->x_shape[0] * d->x_shape[1] * d->x_shape[2];
    float *x, low = FLT_MAX, high = -FLT_MAX;
    double sum = 0;
    int64_t missing = 0, absent = 0;
    RC_TRY(rc_part_expect(p, NULL, 0, p->n));
    RC_TRY(RC_NEW(&x, size));
    for (int64_t i = 0; i < p->n; i++) {
        rc_part_read(p, d, RC_PART_X, i, x);
        double part = 0;
        bool lacks = d->n_more > 0 && rc_input_is_absent(x, size);
        absent += lacks;
        for (int64_t k = 0; k < size; k++) {
            if (isnan(x[k])) {
                missing += !lacks;
                continue;
            }
            low = x[k] < low ? x[k] : low;
            high = x[k] > high ? x[k] : high;
            part += x[k];
        }
        sum += part;
    }
    rc_free(x);
    RC_TRY(rc_dataset_status(d));
    if (missing) rc_json_set_integer(j, "x_missing", missing);
    if (absent) rc_json_set_integer(j, "absent", absent);
    missing += absent * size;
    if (missing == p->n * size) return RC_OK;
    rc_json_set_number(j, "x_min", low);
    rc_json_set_number(j, "x_max", high);
    rc_json_set_number(j, "x_mean", sum / (double)(p->n * size - missing));
    return RC_OK;
}

static rc_status balance(const rc_dataset *d, const rc_part *p, rc_json *j)
{
    int64_t *count;
    RC_TRY(RC_NEW(&count, d->classes));
    (void)rc_part_count_labels(p, d, count);
    rc_json *list = rc_json_set(j, "class_counts", rc_json_array());
    for (int64_t c = 0; c < d->classes; c++)
        rc_json_append_integer(list, count[c]);
    rc_free(count);
    return RC_OK;
}

static rc_status show_input(const rc_dataset *d, const rc_part *p, rc_json *j)
{
    char text[RC_SHAPE_TEXT];
    rc_json_set_string(j, "x", rc_shape_text(&p->x->shape, text));
    rc_json_set_string(j, "x_type", rc_dtype_text(p->x->dtype));
    return ranges(d, p, j);
}

/* As many as there are, and those that say nothing. */
static void show_text_input(const rc_dataset *d, const rc_part *p, int k, rc_json *j)
{
    int64_t absent = 0;
    for (int64_t i = 0; i < p->n; i++) {
        const char *text = rc_part_text(p, d, k, i);
        absent += rc_text_is_blank(text, strlen(text));
    }
    if (absent) rc_json_set_integer(j, "absent", absent);
    rc_json_set_integer(j, "texts", p->n);
}

static rc_status show_more(const rc_dataset *d, const rc_part *p, int k, rc_json *out)
{
    const rc_dataset view = rc_dataset_input(d, k);
    const rc_part part = rc_part_input(p, d, k);
    rc_json *j = rc_json_set(out, rc_dataset_input_name(d, k), rc_json_object());
    if (view.form != RC_FORM_TEXTS) return show_input(&view, &part, j);
    show_text_input(d, p, k, j);
    return RC_OK;
}

static rc_status show_part(const rc_dataset *d, const rc_part *p, const char *name, rc_json *out)
{
    char text[RC_SHAPE_TEXT];
    if (p->n == 0) return RC_OK;
    rc_json *j = rc_json_set(out, name, rc_json_object());
    rc_json_set_integer(j, "n", p->n);
    RC_TRY(show_input(d, p, j));
    for (int k = 1; k <= d->n_more; k++)
        RC_TRY(show_more(d, p, k, j));
    if (p->y) rc_json_set_string(j, "y", rc_shape_text(&p->y->shape, text));
    if (p->y) rc_json_set_string(j, "y_type", rc_dtype_text(p->y->dtype));
    return p->y && rc_target_is_class(d->target) ? balance(d, p, j) : RC_OK;
}

/* What `recraft data import` would read. */
static rc_status show_foreign(const char *path, const char *encoding, char **json)
{
    rc_json *j = rc_json_object();
    return rc__json_result(j, rc_import_describe(path, encoding, j), json);
}

/* ---- texts ---- */

/* The tokenizer of a model folder, or of a source bundle; and how many tokens its model reads. */
static rc_status open_tokenizer(const char *model, const rc_config *c, rc_tokenizer **t, int64_t *max)
{
    char folder[4096];
    rc_bundle *b;
    rc_backbone_config backbone;
    if (rc_home_find_model(model, sizeof folder, folder) == RC_OK && rc_path_is_directory(folder)) {
        RC_TRY(rc_model_folder_config(folder, &backbone));
        RC_CHECK(rc_takes_text(&backbone), RC_CONFIG, "%s: texts need a model that was trained on text",
                 model);
        RC_TRY(rc__text_tokenizer(folder, &backbone, t));
        return rc_text_max(c, *t, &backbone, max);
    }
    RC_TRY(rc_bundle_open(model, &b));
    rc_status status = rc_bundle_tokenizer(b, t);
    if (status == RC_OK && !*t)
        status = rc_fail(RC_CONFIG, "%s: texts need a source that was trained on text", model);
    if (status == RC_OK) status = rc_text_max(c, *t, &b->backbone, max);
    rc_bundle_close(&b);
    return status;
}

static rc_status show_texts(const char *path, const char *model, const rc_config *c, char **json)
{
    rc_tokenizer *t = NULL;
    rc_json *j = rc_json_object();
    rc_text_options o = rc__text_options(c);
    rc_status status = model ? open_tokenizer(model, c, &t, &o.tokens) : RC_OK;
    rc_json_set_string(j, "data", rc_path_base(path));
    if (status == RC_OK) status = rc_text_show(path, &o, t, j);
    rc_tokenizer_close(&t);
    return rc__json_result(j, status, json);
}

rc_status rc_data_show_texts(const char *path, const char *model, const rc_settings *settings, char **json)
{
    rc_config c;
    RC_TRY(RC_ARGUMENTS(path, settings));
    rc_config_defaults(&c);
    RC_TRY(rc__settings_apply(&c, settings));
    RC_CHECK(rc_path_exists(path), RC_IO, "%s: no such data set", path);
    RC_CHECK(rc_text_is(path, c.data.format, true), RC_DATA,
             "%s: no labelled texts; \1model and \1set are for these", path);
    return show_texts(path, model, &c, json);
}

/* A lone table of texts and labels is shown as any other table, by columns, unless texts are asked for. */
static bool is_texts(const char *path)
{
    static const char *const suffix[] = {".jsonl", ".ndjson", ".conll", ".iob", ".bio"};
    if (rc_path_is_directory(path)) return rc_text_is(path, RC_TEXT_AUTO, false);
    for (size_t i = 0; i < sizeof suffix / sizeof *suffix; i++)
        if (rc_path_has_suffix(path, suffix[i])) return rc_path_exists(path);
    return false;
}

/* As they are by default. */
static rc_status show_texts_plainly(const char *path, const char *encoding, char **json)
{
    rc_config c;
    rc_config_defaults(&c);
    if (encoding) RC_TRY(rc_config_set(&c, "\1encoding", "data.encoding", encoding));
    return show_texts(path, NULL, &c, json);
}

rc_status rc_data_show(const char *path, const char *encoding, char **json)
{
    rc_dataset *d;
    RC_TRY(RC_ARGUMENTS(path));
    if (!rc_path_exists(path) && rc__task_known(path)) return rc__task_show(path, json);
    RC_TRY(rc_encoding_check("\1encoding", encoding));
    RC_TRY(rc_import_check_file(path));
    if (is_texts(path)) return show_texts_plainly(path, encoding, json);
    bool ours = true;
    if (rc_path_exists(path)) RC_TRY(rc_dataset_recognise(path, encoding, &ours));
    if (!ours) return show_foreign(path, encoding, json);
    RC_TRY(rc_dataset_open(path, RC_DATASET_MISSING | RC_DATASET_INPUTS, &d));
    rc_json *j = rc_json_object();
    rc_json_set_string(j, "data", d->name);
    rc__json_dataset(d, j);
    rc_status status = show_part(d, &d->train, "train", j);
    if (status == RC_OK) status = show_part(d, &d->valid, "valid", j);
    if (status == RC_OK) status = show_part(d, &d->test, "test", j);
    if (status == RC_OK) status = show_part(d, &d->unlabelled, "unlabelled", j);
    rc_json_set_texts(j, "notes", rc_dataset_notes(d));
    rc_dataset_close(&d);
    return rc__json_result(j, status, json);
}
