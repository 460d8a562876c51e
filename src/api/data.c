#include <string.h>

#include "api/distance_parts.h"
#include "api/predictor_parts.h"
#include "api/text_feed.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/utf8.h"

enum { UNLABELLED = RC_DATA_PARTS, PARTS }; /* parts of x */
static const char *const part_name[] = {"train", "valid", "test", "unlabelled"};

/* ---- from arrays ---- */

static rc_status own(rc_array *a)
{
    size_t bytes = (size_t)rc_array_size(a) * rc_dtype_size(a->dtype);
    if (a->owned) return RC_OK;
    RC_TRY(rc_alloc_raw(bytes, 1, &a->owned));
    memcpy(a->owned, a->data, bytes);
    a->data = a->owned;
    return RC_OK;
}

static rc_status take(const char *letter, int part, const rc_view *view, bool copy, rc_array *out)
{
    char name[RC_INPUT_NAME + 16];
    if (!view) return RC_OK;
    snprintf(name, sizeof name, "%s_%s", letter, part_name[part]);
    RC_TRY(rc__view_array(name, view, out));
    return copy ? own(out) : RC_OK;
}

/* Groups are told apart, and nothing else. */
static rc_status take_groups(int part, const rc_view *view, rc_array *out)
{
    char name[16];
    rc_array given = {0};
    int32_t *rank = NULL;
    int64_t *number = NULL, groups, n;
    if (!view) return RC_OK;
    snprintf(name, sizeof name, "group_%s", part_name[part]);
    RC_TRY(rc__view_array(name, view, &given));
    n = rc_array_size(&given);
    rc_status status = rc__number_labels(name, &given, n, &rank, &groups);
    if (status == RC_OK) status = RC_NEW_RAW(&number, n);
    for (int64_t i = 0; i < n && status == RC_OK; i++)
        number[i] = rank[i];
    *out = (rc_array){.dtype = RC_DTYPE_I64, .shape = RC_SHAPE(n), .data = number, .owned = number};
    rc_free(rank);
    rc_array_free(&given);
    return status;
}

static void free_arrays(rc_dataset_arrays *a)
{
    for (int i = 0; i < PARTS; i++) {
        rc_array_free(&a->x[i]);
        if (i < RC_DATA_PARTS) {
            rc_array_free(&a->y[i]);
            rc_array_free(&a->group[i]);
            rc_array_free(&a->weight[i]);
        }
        for (int k = 0; k < a->n_more; k++) {
            rc_array_free(&a->more[k].x[i]);
            rc_texts_free(&a->more[k].text[i]);
        }
    }
}

static bool has_rows(const rc_data_arrays *o)
{
    return o->rows[RC_DATA_TRAIN] || o->rows[RC_DATA_VALID] || o->rows[RC_DATA_TEST];
}

/* As many as x has samples, which is there already. */
static rc_status take_text_input(const rc_data_text_input *in, const char *const *unlabelled,
                                 rc_dataset_arrays *a)
{
    int at = a->n_more;
    RC_TRY(RC_FIELDS("rc_data_text_input", in->name));
    a->more[a->n_more++].name = in->name;
    for (int i = 0; i < PARTS; i++) {
        const char *const *all = i == UNLABELLED ? unlabelled : in->text[i];
        const rc_shape *x = &a->x[i].shape;
        RC_CHECK(!all || x->n, RC_DATA, "%s: these texts are for a part that has no x", in->name);
        for (int64_t k = 0; all && k < (x->n ? x->dim[0] : 0); k++) {
            const char *text = all[k] ? all[k] : "";
            RC_TRY(rc_utf8_check(text, strlen(text), "texts are UTF-8"));
            RC_TRY(rc_texts_add(&a->more[at].text[i], text, strlen(text)));
        }
    }
    return RC_OK;
}

static rc_status take_inputs(const rc_data_arrays *o, rc_dataset_arrays *a)
{
    int64_t all = o->n_inputs + o->n_text_inputs;
    RC_CHECK(o->n_inputs >= 0 && o->n_text_inputs >= 0 && all <= RC_MORE_INPUTS, RC_UNSUPPORTED,
             "%lld inputs besides x; at most %d are allowed", (long long)all, RC_MORE_INPUTS);
    RC_CHECK(all == 0 || !has_rows(o), RC_UNSUPPORTED,
             "rows of a table cannot have further inputs; give their numbers as x");
    if (o->n_inputs > 0) RC_TRY(RC_FIELDS("rc_data_arrays", o->inputs));
    if (o->n_text_inputs > 0) RC_TRY(RC_FIELDS("rc_data_arrays", o->text_inputs));
    for (int64_t k = 0; k < o->n_inputs; k++) {
        const rc_view *unlabelled = o->unlabelled_inputs ? o->unlabelled_inputs[k] : NULL;
        RC_TRY(RC_FIELDS("rc_data_input", o->inputs[k].name));
        a->more[a->n_more++].name = o->inputs[k].name;
        for (int i = 0; i < RC_DATA_PARTS; i++)
            RC_TRY(take(o->inputs[k].name, i, o->inputs[k].x[i], o->copy, &a->more[k].x[i]));
        RC_TRY(take(o->inputs[k].name, UNLABELLED, unlabelled, o->copy, &a->more[k].x[UNLABELLED]));
    }
    for (int64_t k = 0; k < o->n_text_inputs; k++)
        RC_TRY(take_text_input(&o->text_inputs[k], o->unlabelled_texts ? o->unlabelled_texts[k] : NULL, a));
    return RC_OK;
}

/* Takes the arrays over. */
static rc_status make(rc_dataset_arrays *arrays, const rc_data_arrays *o, rc_data **out)
{
    rc_status status = RC_OK;
    if (o->class_names) status = rc_check_texts("rc_data_arrays.class_names", o->class_names, o->classes);
    if (status == RC_OK) status = RC_NEW(out, 1);
    if (status != RC_OK) {
        free_arrays(arrays);
        return status;
    }
    status = rc_dataset_from_arrays(o->name ? o->name : "data", arrays, o->class_names, o->classes,
                                    o->missing ? RC_DATASET_MISSING : 0, &(*out)->set);
    (*out)->missing = o->missing;
    if (status != RC_OK) rc_data_destroy(out);
    return status;
}

/* x and inputs of rows; takes the other arrays over. */
static rc_status make_of_rows(const rc_dataset_arrays *others, const rc_data_arrays *o, rc_data **out)
{
    rc_encoders *e = NULL;
    rc_texts notes = {0};
    rc__row_arrays all = {.arrays = *others};
    const rc_rows *rows[PARTS] = {[UNLABELLED] = o->unlabelled_rows};
    memcpy(rows, o->rows, sizeof o->rows);
    rc_status status = o->like ? rc__task_encoders(o->like->session->task, &e) : RC_OK;
    if (status == RC_OK) status = rc__table_rows_encode(rows, &all, &notes, &e);
    for (int i = 0; i < PARTS && status == RC_OK; i++)
        if (i == UNLABELLED ? o->unlabelled : o->x[i])
            status = rc_fail(RC_DATA, "x_%s: rows are given, too; give either x or rows", part_name[i]);
    if (status == RC_OK)
        status = make(&all.arrays, o, out);
    else
        free_arrays(&all.arrays);
    if (status == RC_OK)
        status = o->like ? rc_dataset_take_encoders((*out)->set, o->like->session->task->encoders)
                         : rc_encoders_keep(e, (*out)->set);
    for (int64_t i = 0; i < notes.n && status == RC_OK; i++)
        status = rc_dataset_add_note((*out)->set, rc_texts_get(&notes, i));
    if (status != RC_OK) rc_data_destroy(out);
    rc_encoders_free(&e);
    rc_texts_free(&notes);
    return status;
}

static rc_status check_rows(const rc_data_arrays *o, bool rows)
{
    RC_CHECK(
        !o->unlabelled_rows || rows, RC_DATA,
        "rows without targets (unlabelled_rows): the samples with targets are rows, too, and none are given");
    RC_CHECK(!o->like || rows, RC_UNSUPPORTED,
             "like: its encoders turn rows of a table into numbers, and no rows are given");
    return RC_OK;
}

static rc_status from_arrays(const rc_data_arrays *given, rc_data **out)
{
    rc_data_arrays o = RC_DATA_ARRAYS_INIT;
    rc_dataset_arrays arrays = {0};
    rc_status status = rc__options_take("rc_data_arrays", given, sizeof o, &o);
    for (int i = 0; i < RC_DATA_PARTS && status == RC_OK; i++) {
        if (!has_rows(&o)) status = take("x", i, o.x[i], o.copy, &arrays.x[i]);
        if (status == RC_OK) status = take("y", i, o.y[i], o.copy, &arrays.y[i]);
        if (status == RC_OK) status = take_groups(i, o.group[i], &arrays.group[i]);
        if (status == RC_OK) status = take("weight", i, o.weight[i], o.copy, &arrays.weight[i]);
    }
    if (status == RC_OK && !has_rows(&o))
        status = take("x", UNLABELLED, o.unlabelled, o.copy, &arrays.x[UNLABELLED]);
    if (status == RC_OK) status = take_inputs(&o, &arrays);
    if (status == RC_OK) status = check_rows(&o, has_rows(&o));
    if (status == RC_OK) return has_rows(&o) ? make_of_rows(&arrays, &o, out) : make(&arrays, &o, out);
    free_arrays(&arrays);
    return status;
}

rc_status rc_data_from_arrays(rc_context *context, const rc_data_arrays *arrays, rc_data **out)
{
    rc__call call = rc__call_begin(context);
    if (out) *out = NULL;
    rc_status status = RC_ARGUMENTS(arrays, out);
    if (status == RC_OK) status = from_arrays(arrays, out);
    return rc__call_end(&call, status);
}

/* ---- from batches ---- */

/* An array that grows by whole samples. */
typedef struct growing {
    rc_array a;
    size_t room;
} growing;

static rc_status append(const char *name, const rc_view *batch, growing *to)
{
    rc_array b = {0};
    RC_TRY(rc__view_array(name, batch, &b));
    rc_shape one = to->a.shape;
    if (!to->a.owned) {
        to->a = (rc_array){.dtype = b.dtype, .shape = b.shape};
        one = b.shape;
        to->a.shape.dim[0] = 0;
    }
    one.dim[0] = b.shape.dim[0];
    size_t bytes = (size_t)rc_array_size(&b) * rc_dtype_size(b.dtype);
    size_t used = (size_t)rc_array_size(&to->a) * rc_dtype_size(to->a.dtype), room = to->room;
    rc_status status = RC_OK;
    if (b.shape.n < 1 || b.dtype != to->a.dtype || !rc_shape_equal(&one, &b.shape))
        status = rc_fail(RC_SHAPE, "%s: a batch differs from the first in type or shape", name);
    while (room < used + bytes || room == 0)
        room = room ? 2 * room : 1 << 16;
    if (status == RC_OK && room > to->room) {
        status = rc_realloc(to->room, room, &to->a.owned);
        if (status == RC_OK) to->room = room;
    }
    if (status == RC_OK) {
        memcpy((char *)to->a.owned + used, b.data, bytes);
        to->a.data = to->a.owned;
        to->a.shape.dim[0] += b.shape.dim[0];
    }
    rc_array_free(&b);
    return status;
}

typedef enum column { X, Y, GROUP, WEIGHT, COLUMNS } column;
static const char *const column_name[] = {"x", "y", "group", "weight"};

/* What the first batch lacks the others do, too. */
static rc_status append_all(int part, bool first, const rc_data_batch *b, growing to[COLUMNS])
{
    const rc_view *view[] = {&b->x, &b->y, &b->group, &b->weight};
    char name[16];
    for (int k = 0; k < COLUMNS; k++) {
        snprintf(name, sizeof name, "%s_%s", column_name[k], part_name[part]);
        if (k >= GROUP && first && !view[k]->data) continue;
        RC_CHECK(first || k < GROUP || (view[k]->data != NULL) == (to[k].a.data != NULL), RC_SHAPE,
                 "%s: some batches have it and some do not", name);
        if (view[k]->data || k < GROUP) RC_TRY(append(name, view[k], &to[k]));
    }
    return RC_OK;
}

static rc_status gather_part(rc_next_batch next, void *context, int part, growing to[COLUMNS])
{
    for (bool first = true;; first = false) {
        rc_data_batch batch = {.size = sizeof batch};
        int more = next(context, (rc_data_part)part, &batch);
        RC_CHECK(more >= 0, RC_DATA, "x_%s: the source of batches reports a failure", part_name[part]);
        if (more == 0) return RC_OK;
        RC_TRY(append_all(part, first, &batch, to));
    }
}

static rc_status take_part(int part, growing from[COLUMNS], rc_dataset_arrays *out)
{
    const rc_array *g = &from[GROUP].a;
    rc_view group = rc_view_make(g->data, g->dtype, g->shape.n, g->shape.dim);
    out->x[part] = from[X].a;
    out->y[part] = from[Y].a;
    out->weight[part] = from[WEIGHT].a;
    rc_status status = g->data ? take_groups(part, &group, &out->group[part]) : RC_OK;
    rc_array_free(&from[GROUP].a);
    return status;
}

static rc_status from_batches(rc_next_batch next, void *context, const rc_data_arrays *rest, rc_data **out)
{
    rc_data_arrays o = RC_DATA_ARRAYS_INIT;
    rc_dataset_arrays arrays = {0};
    rc_status status = rc__options_take("rc_data_arrays", rest, sizeof o, &o);
    for (int i = 0; i < RC_DATA_PARTS && status == RC_OK; i++) {
        growing part[COLUMNS] = {0};
        status = gather_part(next, context, i, part);
        rc_status taken = take_part(i, part, &arrays);
        if (status == RC_OK) status = taken;
    }
    if (status == RC_OK) status = check_rows(&o, false);
    if (status == RC_OK) return make(&arrays, &o, out);
    free_arrays(&arrays);
    return status;
}

rc_status rc_data_from_batches(rc_context *context, rc_next_batch next, void *next_context,
                               const rc_data_arrays *rest, rc_data **out)
{
    rc__call call = rc__call_begin(context);
    if (out) *out = NULL;
    rc_status status = RC_ARGUMENTS((const void *)(uintptr_t)next, out);
    if (status == RC_OK) status = from_batches(next, next_context, rest, out);
    return rc__call_end(&call, status);
}

/* ---- from files ---- */

static rc_status open_path(const char *path, const rc_options *options, rc_data *d)
{
    RC_TRY(rc__options_config(options, &d->config));
    RC_CHECK(rc_path_exists(path), RC_IO, "%s: no such data set", path);
    if (rc_text_is(path, d->config.data.format, false)) return rc_strdup(path, &d->texts);
    d->missing = d->config.data.missing == RC_MISSING_MEAN;
    return rc_dataset_open_within(path, (d->missing ? RC_DATASET_MISSING : 0) | RC_DATASET_INPUTS,
                                  d->config.data.memory, &d->set);
}

rc_status rc_data_open(rc_context *context, const char *path, const rc_options *options, rc_data **out)
{
    rc__call call = rc__call_begin(context);
    if (out) *out = NULL;
    rc_status status = RC_ARGUMENTS(path, out);
    if (status == RC_OK) status = RC_NEW(out, 1);
    if (status == RC_OK) status = open_path(path, options, *out);
    if (status != RC_OK) rc_data_destroy(out);
    return rc__call_end(&call, status);
}

/* ---- from texts ---- */

rc_status rc__words_sum(const char *name, int64_t n, const int64_t *words, int64_t *sum)
{
    *sum = 0;
    for (int64_t i = 0; i < n; i++) {
        RC_CHECK(words[i] >= 1 && words[i] <= INT64_MAX - *sum, RC_DATA, "%s: sentence %lld has %lld words",
                 name, (long long)i, (long long)words[i]);
        *sum += words[i];
    }
    return RC_OK;
}

rc_status rc__texts_copy(const char *name, const char *const *from, int64_t n, rc_texts *to)
{
    RC_TRY(rc_check_texts(name, from, n));
    for (int64_t i = 0; i < n; i++)
        RC_TRY(rc_texts_add(to, from[i], strlen(from[i])));
    return RC_OK;
}

/* How many texts or words there are; those of each sentence are copied. */
static rc_status count_texts(const rc_data_texts *o, int part, const char *name, rc_text_list *list,
                             int64_t *n)
{
    const int64_t *words = o->words[part];
    *n = o->n[part];
    if (*n == 0) return RC_OK;
    RC_CHECK(!words == !o->words[RC_DATA_TRAIN], RC_DATA,
             "%s: words in the %s part and whole texts in the training part, or the other way", name,
             part_name[part]);
    if (!words) return RC_OK;
    RC_TRY(RC_NEW(&list->words[part], *n));
    memcpy(list->words[part], words, (size_t)*n * sizeof *words);
    return rc__words_sum(name, *n, words, n);
}

static rc_status from_texts(const rc_data_texts *given, rc_data *d)
{
    int64_t n;
    rc_data_texts o = RC_DATA_TEXTS_INIT;
    RC_TRY(rc__options_take("rc_data_texts", given, sizeof o, &o));
    rc_config_defaults(&d->config);
    RC_TRY(rc_strdup(o.name ? o.name : "texts", &d->texts));
    RC_TRY(RC_NEW(&d->list, 1));
    for (int i = 0; i < RC_DATA_PARTS; i++) {
        RC_CHECK(o.n[i] == 0 || (o.text[i] && o.label[i]), RC_DATA,
                 "%s: the %s part lacks its texts or its labels", d->texts, part_name[i]);
        RC_TRY(count_texts(&o, i, d->texts, d->list, &n));
        RC_TRY(rc__texts_copy("rc_data_texts.text", o.text[i], n, &d->list->text[i]));
        RC_TRY(rc__texts_copy("rc_data_texts.label", o.label[i], n, &d->list->label[i]));
        RC_TRY(take("weight", i, o.weight[i], true, &d->list->weight[i]));
    }
    RC_TRY(
        rc__texts_copy("rc_data_texts.unlabelled", o.unlabelled, o.n_unlabelled, &d->list->text[UNLABELLED]));
    RC_CHECK(o.n[RC_DATA_TRAIN] > 0, RC_DATA, "%s: there is no training part", d->texts);
    return RC_OK;
}

rc_status rc_data_from_texts(rc_context *context, const rc_data_texts *texts, rc_data **out)
{
    rc__call call = rc__call_begin(context);
    if (out) *out = NULL;
    rc_status status = RC_ARGUMENTS(texts, out);
    if (status == RC_OK) status = RC_NEW(out, 1);
    if (status == RC_OK) status = from_texts(texts, *out);
    if (status != RC_OK) rc_data_destroy(out);
    return rc__call_end(&call, status);
}

void rc_data_destroy(rc_data **d)
{
    if (!d || !*d) return;
    rc_dataset_close(&(*d)->set);
    rc_free((*d)->texts);
    if ((*d)->list) rc_text_list_free((*d)->list);
    rc_free((*d)->list);
    rc_free(*d);
    *d = NULL;
}

/* ---- choosing samples ---- */

static rc_status check_known(const rc_data *d)
{
    RC_CHECK(d->set, RC_UNSUPPORTED,
             "%s: texts are read only when a model is fitted to them; choose among them by "
             "data.valid_fraction and data.limit_train",
             d->texts);
    return RC_OK;
}

rc_status rc__data_share(const rc_data *d, rc_dataset **out)
{
    RC_TRY(check_known(d));
    return rc_dataset_share(d->set, out);
}

const char *rc__data_name(const rc_data *data)
{
    return data->texts ? data->texts : data->set->name;
}

rc_status rc__data_for(const rc_task *t, const rc_data *data, rc_dataset **out)
{
    if (data->set) return rc_dataset_share(data->set, out);
    RC_CHECK(t->layout.form == RC_FORM_TEXTS, RC_DATA, "%s: texts; this predictor takes arrays", data->texts);
    return rc__text_data(&data->config, data->texts, data->list, t->tokenizer, &t->backbone,
                         t->layout.input.length, out);
}

rc_status rc_data_split(rc_context *context, rc_data *data, double share, uint64_t seed)
{
    rc__call call = rc__call_begin(context);
    rc_status status = RC_ARGUMENTS(data);
    if (status == RC_OK) status = check_known(data);
    if (status == RC_OK && !(share > 0 && share < 1))
        status = rc_fail(RC_CONFIG, "a share of %g cannot be held out; it must be between 0 and 1", share);
    if (status == RC_OK) status = rc_dataset_hold_out(data->set, share, seed);
    return rc__call_end(&call, status);
}

rc_status rc_data_limit(rc_context *context, rc_data *data, int64_t samples, uint64_t seed)
{
    rc__call call = rc__call_begin(context);
    rc_status status = RC_ARGUMENTS(data);
    if (status == RC_OK) status = check_known(data);
    if (status == RC_OK && samples < 1)
        status =
            rc_fail(RC_CONFIG, "%lld training samples cannot be kept; keep at least 1", (long long)samples);
    if (status == RC_OK) status = rc_dataset_limit_train(data->set, samples, seed);
    return rc__call_end(&call, status);
}

/* ---- what it is ---- */

rc_target rc__target(rc_target_kind target)
{
    static const rc_target kind[] = {[RC_TARGET_CLASSES] = RC_TARGET_OF_CLASSES,
                                     [RC_TARGET_WORDS] = RC_TARGET_OF_WORDS,
                                     [RC_TARGET_MULTILABEL] = RC_TARGET_OF_LABELS,
                                     [RC_TARGET_REGRESSION] = RC_TARGET_OF_NUMBERS,
                                     [RC_TARGET_DENSE] = RC_TARGET_OF_FIELDS};
    return kind[target];
}

void rc__sample_shape(rc_form form, const int64_t x_shape[3], int32_t *dims, int64_t *shape)
{
    bool row = rc_form_is_row(form);
    *dims = row ? 1 : rc_form_dims(form) + 1;
    memcpy(shape, x_shape + row, (size_t)*dims * sizeof *shape);
}

rc_status rc_data_describe(const rc_data *data, rc_data_info *out)
{
    rc_data_info info = RC_DATA_INFO_INIT;
    RC_TRY(RC_ARGUMENTS(data, out));
    const rc_dataset *d = data->set;
    if (!d) return rc__options_give("rc_data_info", &info, sizeof info, out);
    const int64_t parts[] = {d->train.n, d->valid.n, d->test.n};
    info.known = true;
    memcpy(info.samples, parts, sizeof parts);
    rc__sample_shape(d->form, d->x_shape, &info.x_dims, info.x_shape);
    info.y_dims = d->y_shape.n;
    memcpy(info.y_shape, d->y_shape.dim, (size_t)info.y_dims * sizeof *info.y_shape);
    info.target = rc__target(d->target);
    info.classes = d->classes;
    info.notes = rc_dataset_notes(d)->n;
    info.unlabelled = d->unlabelled.n;
    return rc__options_give("rc_data_info", &info, sizeof info, out);
}

const char *rc_data_class_name(const rc_data *data, int64_t k)
{
    return data && data->set && k >= 0 && k < data->set->classes ? rc_dataset_label_name(data->set, k) : NULL;
}

const char *rc_data_note(const rc_data *data, int64_t i)
{
    const rc_texts *notes = data && data->set ? rc_dataset_notes(data->set) : NULL;
    return notes && i >= 0 && i < notes->n ? rc_texts_get(notes, i) : NULL;
}
