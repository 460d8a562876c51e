/* Raw input by given encoders. */
#include <assert.h>
#include <string.h>

#include "base/memory.h"
#include "base/spill.h"
#include "importers/encoders.h"
#include "importers/samples.h"

struct rc_raw {
    rc_import_options options;
    rc_samples s;
    rc_targets t;
    void *sample; /* one, as it is encoded */
};

void rc_raw_close(rc_raw **r)
{
    if (!*r) return;
    rc__samples_close(&(*r)->s);
    rc__targets_free(&(*r)->t);
    rc_free((*r)->sample);
    rc_free(*r);
    *r = NULL;
}

static rc_status make_room(rc_raw *r)
{
    int64_t max = 0;
    for (int k = 0; k <= r->s.n_more; k++) {
        rc__input in = rc__input_of(&r->s, k);
        int64_t size = rc_shape_size(&in.shape);
        max = size > max ? size : max;
    }
    return rc_alloc((size_t)max, sizeof(double), &r->sample); /* of any type */
}

static rc_status open_all(rc_raw *r)
{
    rc_samples *s = &r->s;
    RC_TRY(rc__samples_open(s, NULL));
    if (!s->unlabelled) RC_TRY(rc__labels_found(s, rc__targets_make(s, &r->t, NULL)));
    RC_TRY(rc__samples_prepare(s, NULL, NULL));
    return make_room(r);
}

static rc_status open_given(rc_encoders *e, const char *from, const rc_memory_table *table, bool labels,
                            const char *encoding, rc_raw **out)
{
    RC_TRY(RC_NEW(out, 1));
    rc_raw *r = *out;
    r->options = e->options;
    r->options.from = from;
    r->options.table = table;
    if (encoding) r->options.encoding = encoding;
    r->s = (rc_samples){.o = &r->options, .e = e, .given = true, .asks = !labels};
    if (!table) rc_spill_begin();
    rc_status status = open_all(r);
    if (!table) rc_spill_end();
    if (status != RC_OK) rc_raw_close(out);
    return status;
}

rc_status rc_raw_open(rc_encoders *e, const char *path, bool labels, const char *encoding, rc_raw **out)
{
    return open_given(e, path, NULL, labels, encoding, out);
}

rc_status rc_raw_open_table(rc_encoders *e, const rc_memory_table *t, rc_raw **out)
{
    return open_given(e, t->source, t, false, NULL, out);
}

/* ---- fitted to a table in memory ---- */

/* What the target is called in files that come later: as no column is. */
static const char *free_name(const rc_memory_table *t)
{
    static const char *const name[] = {"target", "label", "class", "predicted"};
    for (size_t k = 0; k < sizeof name / sizeof *name; k++) {
        bool taken = false;
        for (int i = 0; i < t->columns; i++)
            taken = taken || (t->column[i].name && strcmp(t->column[i].name, name[k]) == 0);
        if (!taken) return name[k];
    }
    return NULL;
}

static rc_status fit_all(rc_raw *r)
{
    int8_t *part;
    RC_TRY(rc__samples_open(&r->s, NULL));
    RC_TRY(RC_NEW(&part, r->s.n)); /* all are RC__PART_TRAIN */
    rc_status status = rc__samples_prepare(&r->s, part, NULL);
    rc_free(part);
    RC_TRY(status);
    return make_room(r);
}

rc_status rc_raw_fit_table(const rc_memory_table *t, rc_encoders **e, rc_raw **out)
{
    *out = NULL;
    RC_TRY(RC_NEW(e, 1));
    (*e)->options = rc_import_defaults();
    (*e)->options.label = free_name(t);
    RC_CHECK(
        (*e)->options.label, RC_DATA,
        "%s: columns are called target, label, class and predicted: one of these names is for the target",
        t->source);
    RC_TRY(RC_NEW(out, 1));
    rc_raw *r = *out;
    r->options = (*e)->options;
    r->options.from = t->source;
    r->options.table = t;
    r->s = (rc_samples){.o = &r->options, .e = *e, .asks = true};
    return fit_all(r);
}

static rc_status name_target(const rc_dataset *d, rc_encoders *e)
{
    static const rc_import_target kind[] = {[RC_TARGET_CLASSES] = RC_IMPORT_CLASSES,
                                            [RC_TARGET_MULTILABEL] = RC_IMPORT_LABELS,
                                            [RC_TARGET_REGRESSION] = RC_IMPORT_NUMBERS,
                                            [RC_TARGET_DENSE] = RC_IMPORT_DENSE};
    char number[24];
    assert(d->target != RC_TARGET_WORDS); /* those are read from texts of words, no rows of a table */
    e->target = kind[d->target];
    for (int64_t k = 0; k < d->classes; k++) {
        const char *name = rc_dataset_label_name(d, k);
        snprintf(number, sizeof number, "%lld", (long long)k);
        RC_TRY(rc_texts_add(&e->names, name ? name : number, strlen(name ? name : number)));
    }
    return RC_OK;
}

rc_status rc_encoders_keep(rc_encoders *e, rc_dataset *d)
{
    char *text = NULL, line[400];
    RC_TRY(name_target(d, e));
    rc_json *j = rc_json_object();
    rc__encoders_write(e, j);
    rc_status status = rc_json_text(j, false, &text);
    if (status == RC_OK) status = rc_dataset_take_encoders(d, text);
    for (int64_t k = 0; k < e->columns && status == RC_OK; k++) {
        if (e->column[k].width > 0) continue;
        snprintf(line, sizeof line, "\"%.80s\": %s", e->column[k].name, e->column[k].about);
        status = rc_dataset_add_note(d, line);
    }
    rc_free(text);
    rc_json_free(&j);
    return status;
}

rc_shape rc_raw_shape(const rc_raw *r, int k)
{
    rc__input in = rc__input_of(&r->s, k);
    rc_shape shape = {.n = in.shape.n + 1, .dim = {r->s.n}};
    memcpy(shape.dim + 1, in.shape.dim, (size_t)in.shape.n * sizeof *shape.dim);
    return shape;
}

int rc_raw_inputs(const rc_raw *r)
{
    return r->s.n_more + 1;
}

const char *rc_raw_input_name(const rc_raw *r, int k)
{
    return k ? r->s.more[k - 1].name : "x";
}

bool rc_raw_is_of_texts(const rc_raw *r, int k)
{
    return rc__input_of(&r->s, k).of_texts;
}

rc_status rc_raw_texts(const rc_raw *r, int k, rc_texts *out)
{
    for (int64_t i = 0; i < r->s.n; i++) {
        const char *text = r->s.text(&r->s, k, i);
        RC_TRY(rc_texts_add(out, text, strlen(text)));
    }
    return RC_OK;
}

rc_status rc_raw_sample(rc_raw *r, int k, int64_t i, float *x)
{
    rc__input in = rc__input_of(&r->s, k);
    RC_TRY(rc__sample_input(&r->s, k, i, r->sample));
    rc_convert_to_f32(in.dtype, r->sample, rc_shape_size(&in.shape), x);
    rc_spill_pass(i);
    return RC_OK;
}

void rc_raw_id(const rc_raw *r, int64_t i, char text[RC_RAW_ID])
{
    if (r->s.id)
        r->s.id(&r->s, i, text);
    else
        snprintf(text, RC_RAW_ID, "%lld", (long long)i);
}

int64_t rc_raw_group(const rc_raw *r, int64_t i)
{
    return r->s.group ? r->s.group[i] : i;
}

bool rc_raw_has_groups(const rc_raw *r)
{
    return r->s.group;
}

bool rc_raw_has_labels(const rc_raw *r)
{
    return !r->s.unlabelled;
}

const rc_texts *rc_raw_notes(const rc_raw *r)
{
    return &r->s.notes;
}

/* ---- as a data set ---- */

rc_status rc_raw_input(rc_raw *r, int k, rc_array *out)
{
    rc__input in = rc__input_of(&r->s, k);
    size_t bytes = (size_t)rc_shape_size(&in.shape) * rc_dtype_size(in.dtype);
    *out = (rc_array){.dtype = in.dtype, .shape = rc_raw_shape(r, k)};
    RC_TRY(rc_alloc_raw((size_t)r->s.n, bytes, &out->owned));
    out->data = out->owned;
    for (int64_t i = 0; i < r->s.n; i++)
        RC_TRY(rc__sample_input(&r->s, k, i, (char *)out->owned + (size_t)i * bytes));
    return RC_OK;
}

static rc_status copy(rc_dtype dtype, const rc_shape *one, int64_t n, const void *data, rc_array *out)
{
    size_t bytes = (size_t)rc_shape_size(one) * rc_dtype_size(dtype);
    *out = (rc_array){.dtype = dtype, .shape = {.n = one->n + 1, .dim = {n}}};
    memcpy(out->shape.dim + 1, one->dim, (size_t)one->n * sizeof *one->dim);
    RC_TRY(rc_alloc_raw((size_t)n, bytes, &out->owned));
    memcpy(out->owned, data, (size_t)n * bytes);
    out->data = out->owned;
    return RC_OK;
}

static rc_status names_of(const rc_encoders *e, const char ***out)
{
    RC_TRY(RC_NEW(out, e->names.n));
    for (int64_t k = 0; k < e->names.n; k++)
        (*out)[k] = rc_texts_get(&e->names, k);
    return RC_OK;
}

rc_status rc_raw_dataset(rc_raw *r, bool train, rc_dataset **out)
{
    const rc_targets *t = &r->t;
    rc_dataset_arrays a = {0};
    rc_shape none = {0};
    const char **names = NULL;
    int part = train ? RC__PART_TRAIN : RC__PART_TEST;
    bool classes = t->classes, named = classes || r->s.e->target == RC_IMPORT_LABELS;
    rc_status status = rc_raw_input(r, 0, &a.x[part]);
    for (int k = 1; k <= r->s.n_more && status == RC_OK; k++) {
        a.more[a.n_more++].name = rc_raw_input_name(r, k);
        status = rc_raw_is_of_texts(r, k) ? rc_raw_texts(r, k, &a.more[k - 1].text[part])
                                          : rc_raw_input(r, k, &a.more[k - 1].x[part]);
    }
    if (status == RC_OK)
        status = copy(classes ? RC_DTYPE_I64 : t->dtype, classes ? &none : &t->shape, r->s.n,
                      classes ? (const void *)t->code : t->data, &a.y[part]);
    if (status == RC_OK && r->s.group) status = copy(RC_DTYPE_I64, &none, r->s.n, r->s.group, &a.group[part]);
    if (status == RC_OK && named) status = names_of(r->s.e, &names);
    if (status == RC_OK) {
        status = rc_dataset_from_arrays(r->options.from, &a, names, named ? r->s.e->names.n : 0,
                                        train ? RC_DATASET_TRAIN : 0, out);
    } else {
        rc_array_free(&a.x[part]);
        rc_array_free(&a.y[part]);
        rc_array_free(&a.group[part]);
        for (int k = 0; k < a.n_more; k++) {
            rc_array_free(&a.more[k].x[part]);
            rc_texts_free(&a.more[k].text[part]);
        }
    }
    rc_free(names);
    return status;
}
