/* A task in a model file: what predict and eval need to know without the training data. */
#include <stdio.h>
#include <string.h>

#include "base/choice.h"
#include "base/memory.h"
#include "datasets/text_inputs.h"
#include "tasks/ensemble.h"

enum { NAME = 96 }; /* bytes of a tensor's name */

static int64_t entries(const rc_normaliser *z)
{
    return z->kind == RC_NORM_CHANNEL ? z->channels : z->channels * z->points;
}

/* input: of a further one ".NAME", else "". */
static rc_status store_normaliser(const rc_normaliser *z, const char *letter, const char *input,
                                  rc_safetensors_writer *w, rc_json *out)
{
    char name[NAME];
    rc_json *j = rc_json_set(out, letter, rc_json_object());
    rc_json_set_choice(j, "kind", RC_NORM_NAMES, (int)z->kind);
    rc_json_set_integer(j, "channels", z->channels);
    rc_json_set_integer(j, "points", z->points);
    if (z->kind == RC_NORM_NONE) return RC_OK;
    snprintf(name, sizeof name, "normaliser.%s%s.mean", letter, input);
    RC_TRY(rc_safetensors_writer_add(w, name, RC_DTYPE_F32, RC_SHAPE(entries(z)), z->mean));
    snprintf(name, sizeof name, "normaliser.%s%s.std", letter, input);
    return rc_safetensors_writer_add(w, name, RC_DTYPE_F32, RC_SHAPE(entries(z)), z->std);
}

rc_status rc_task_detach(rc_task *t)
{
    const rc_dataset *d = t->data;
    t->data = NULL;
    if (!t->encoders && d && rc_dataset_encoders(d)) RC_TRY(rc_strdup(rc_dataset_encoders(d), &t->encoders));
    if (t->label_name || !d || !rc_dataset_label_name(d, 0)) return RC_OK;
    RC_TRY(RC_NEW(&t->label_name, d->classes));
    for (; t->labels < d->classes; t->labels++)
        RC_TRY(rc_strdup(rc_dataset_label_name(d, t->labels), &t->label_name[t->labels]));
    return RC_OK;
}

/* The names of the classes, and how texts become tokens: what a prediction is to be read with. */
static rc_status store_text(const rc_task *t, rc_safetensors_writer *w, rc_json *out)
{
    if (t->tokenizer) RC_TRY(rc_tokenizer_store(t->tokenizer, w));
    bool named = t->labels > 0 || (t->data && rc_dataset_label_name(t->data, 0));
    if (!named) return RC_OK;
    rc_json *list = rc_json_set(out, "labels", rc_json_array());
    for (int64_t i = 0, n = t->labels > 0 ? t->labels : t->data->classes; i < n; i++)
        rc_json_append_string(list, t->labels > 0 ? t->label_name[i] : rc_dataset_label_name(t->data, i));
    return RC_OK;
}

static rc_status store_encoders(const rc_task *t, rc_json *out)
{
    rc_json *j;
    const char *text = t->encoders ? t->encoders : t->data ? rc_dataset_encoders(t->data) : NULL;
    if (!text) return RC_OK;
    RC_TRY(rc_json_parse("encoders", text, strlen(text), &j));
    rc_json_set(out, "encoders", j);
    return RC_OK;
}

static rc_status restore_encoders(const rc_json *json, rc_task *t)
{
    const rc_json *j = rc_json_get(json, "encoders");
    return j ? rc_json_text(j, false, &t->encoders) : RC_OK;
}

static const char *suffix_of(const rc_task_input *in, char text[RC_INPUT_NAME + 1])
{
    snprintf(text, RC_INPUT_NAME + 1, ".%s", in->name);
    return text;
}

static rc_status store_more(const rc_task *t, rc_safetensors_writer *w, rc_json *out)
{
    char suffix[RC_INPUT_NAME + 1];
    if (t->n_more == 0) return RC_OK;
    rc_json *list = rc_json_set(out, "more_inputs", rc_json_array());
    for (int k = 0; k < t->n_more; k++) {
        const rc_task_input *in = &t->more[k];
        rc_json *one = rc_json_append(list, rc_json_object());
        rc_json_set_string(one, "name", in->name);
        rc__layout_store(&in->layout, one);
        RC_TRY(store_normaliser(&in->nx, "x", suffix_of(in, suffix), w, one));
    }
    return RC_OK;
}

rc_status rc_task_store(const rc_task *t, rc_safetensors_writer *w, rc_json *j)
{
    rc__layout_store(&t->layout, j);
    rc_json_set_choice(j, "target", RC_TARGET_NAMES, (int)t->target);
    rc__task_store_objective(t, j);
    if (t->target == RC_TARGET_WORDS) rc_json_set_boolean(j, "of_words", true);
    if (t->fills_missing) rc_json_set_boolean(j, "fills_missing", true);
    rc_json_set_integer(j, "y_size", t->y_size);
    rc_json *shape = rc_json_set(j, "y_shape", rc_json_array());
    for (int i = 0; i < t->y_shape.n; i++)
        rc_json_append_integer(shape, t->y_shape.dim[i]);
    rc__task_store_turns(t, j);
    rc__task_store_decision(t, j);
    RC_TRY(store_text(t, w, j));
    RC_TRY(store_encoders(t, j));
    if (t->plain) RC_TRY(rc__task_store_plain(t, w, j));
    if (t->ensemble) rc_json_set_integer(j, "outputs", t->outputs);
    if (t->ensemble) rc__ensemble_store(t->ensemble, j);
    RC_TRY(store_normaliser(&t->nx, "x", "", w, j));
    RC_TRY(store_more(t, w, j));
    return store_normaliser(&t->ny, "y", "", w, j);
}

static rc_status read_vector(const rc_safetensors *file, const char *source, const char *name, int64_t n,
                             float **out)
{
    int at = rc_safetensors_find(file, name);
    RC_CHECK(at >= 0, RC_FORMAT, "%s: tensor \"%s\" is missing", source, name);
    rc_safetensors_entry e = rc_safetensors_get(file, at);
    RC_CHECK(e.dtype == RC_DTYPE_F32 && rc_shape_size(&e.shape) == n, RC_FORMAT,
             "%s: tensor \"%s\" has the wrong size", source, name);
    RC_TRY(RC_NEW(out, n));
    memcpy(*out, e.data, e.bytes);
    return RC_OK;
}

static rc_status restore_normaliser(const rc_safetensors *file, const rc_json *task, const char *source,
                                    const char *letter, const char *input, int64_t size, rc_normaliser *z)
{
    char name[NAME];
    const rc_json *j = rc_json_get(task, letter);
    int kind = rc_json_choice(j, "kind", RC_NORM_NAMES);
    RC_CHECK(j && kind >= 0, RC_FORMAT, "%s: the normaliser of %s is missing or damaged", source, letter);
    z->kind = (rc_norm_kind)kind;
    if (z->kind == RC_NORM_NONE) return RC_OK;
    z->channels = rc_json_integer(j, "channels", 0);
    z->points = rc_json_integer(j, "points", 0);
    RC_CHECK(z->channels > 0 && z->points > 0 && z->channels <= size && z->points <= size &&
                 z->channels * z->points == size,
             RC_FORMAT, "%s: the normaliser of %s does not fit its data", source, letter);
    snprintf(name, sizeof name, "normaliser.%s%s.mean", letter, input);
    RC_TRY(read_vector(file, source, name, entries(z), &z->mean));
    snprintf(name, sizeof name, "normaliser.%s%s.std", letter, input);
    return read_vector(file, source, name, entries(z), &z->std);
}

/* The shape of a prediction: as many numbers as the target has. */
static rc_status read_y_shape(const rc_json *json, const char *source, rc_task *t)
{
    const rc_json *shape = rc_json_get(json, "y_shape");
    size_t n = shape && rc_json_is_array(shape) ? rc_json_length(shape) : 0;
    int64_t size = 1;
    RC_CHECK(shape && n <= 3, RC_FORMAT, "%s: \"y_shape\" is missing or damaged", source);
    t->y_shape.n = (int)n;
    for (size_t i = 0; i < n; i++) {
        t->y_shape.dim[i] = rc_json_as_integer(rc_json_at(shape, i));
        RC_CHECK(t->y_shape.dim[i] > 0 && t->y_shape.dim[i] <= 1 << 24 && size <= t->y_size, RC_FORMAT,
                 "%s: \"y_shape\" is out of range", source);
        size *= t->y_shape.dim[i];
    }
    RC_CHECK(size == t->y_size, RC_FORMAT, "%s: \"y_shape\" and \"y_size\" do not agree", source);
    return RC_OK;
}

static rc_status read_labels(const rc_json *json, const char *source, const rc_model_spec *spec, rc_task *t)
{
    const rc_json *list = rc_json_get(json, "labels");
    RC_CHECK(list || t->target != RC_TARGET_WORDS, RC_FORMAT, "%s: \"labels\" is missing", source);
    if (!list) return RC_OK;
    RC_CHECK(rc_json_is_array(list) && (int64_t)rc_json_length(list) == spec->outputs, RC_FORMAT,
             "%s: \"labels\" does not fit the model's head", source);
    RC_TRY(RC_NEW(&t->label_name, spec->outputs));
    for (; t->labels < spec->outputs; t->labels++) {
        const char *name = rc_json_as_string(rc_json_at(list, (size_t)t->labels));
        RC_CHECK(name && *name, RC_FORMAT, "%s: \"labels\" holds something that is not a name", source);
        RC_TRY(rc_strdup(name, &t->label_name[t->labels]));
    }
    return RC_OK;
}

static rc_status restore_more(rc_task *t, const rc_safetensors *file, const rc_json *json, const char *source,
                              const rc_model_spec *spec)
{
    const rc_json *list = rc_json_get(json, "more_inputs");
    char suffix[RC_INPUT_NAME + 1];
    RC_CHECK((int)rc_json_length(list) == spec->n_more, RC_FORMAT,
             "%s: the task and the model do not have the same inputs", source);
    t->masks = spec->n_more > 0;
    for (; t->n_more < spec->n_more; t->n_more++) {
        const rc_json *one = rc_json_at(list, (size_t)t->n_more);
        rc_task_input *in = &t->more[t->n_more];
        rc_model_spec own = *spec;
        own.input = spec->more[t->n_more].input;
        memcpy(in->name, spec->more[t->n_more].name, sizeof in->name);
        RC_CHECK(strcmp(rc_json_string(one, "name", ""), in->name) == 0, RC_FORMAT,
                 "%s: the task and the model do not have the same inputs", source);
        RC_TRY(rc__layout_restore(one, source, &own, &in->layout));
        RC_TRY(restore_normaliser(file, one, source, "x", suffix_of(in, suffix), rc_layout_size(&in->layout),
                                  &in->nx));
    }
    return RC_OK;
}

static rc_status read_target(const rc_json *json, const char *source, rc_target_kind *out)
{
    int target = rc_json_choice(json, "target", RC_TARGET_NAMES);
    bool of_words = rc_json_boolean(json, "of_words", false);
    RC_CHECK(target >= 0 && (!of_words || target == RC_TARGET_CLASSES), RC_FORMAT,
             "%s: the description of the task is missing or damaged", source);
    *out = of_words ? RC_TARGET_WORDS : (rc_target_kind)target;
    return RC_OK;
}

static rc_status restore(rc_task *t, const rc_safetensors *file, const rc_json *json, const char *source,
                         const rc_model_spec *spec)
{
    RC_TRY(read_target(json, source, &t->target));
    t->fills_missing = rc_json_boolean(json, "fills_missing", false);
    RC_TRY(read_labels(json, source, spec, t));
    RC_TRY(restore_encoders(json, t));
    RC_TRY(rc__task_restore_objective(t, json, source));
    t->outputs = spec->outputs;
    t->y_size = rc_json_integer(json, "y_size", 0);
    RC_CHECK(spec->head == rc__head_for(t->target) && (t->target != RC_TARGET_CLASSES || t->y_size == 1),
             RC_FORMAT, "%s: the task and the model's head do not belong together", source);
    int64_t outputs = spec->head == RC_HEAD_DENSE
                          ? spec->out_shape[0] * spec->out_shape[1] * spec->out_shape[2]
                          : spec->outputs;
    int64_t times = t->quantiles ? t->quantiles : t->point_classes ? t->point_classes : 1;
    bool fits = rc_task_says(t) == RC_SAYS_RISKS ? t->y_size == 2 && outputs == 1
                                                 : outputs % times == 0 && t->y_size == outputs / times;
    RC_CHECK(rc_target_is_class(t->target) || fits, RC_FORMAT,
             "%s: the target's size does not fit the model's head", source);
    RC_TRY(read_y_shape(json, source, t));
    RC_TRY(rc__layout_restore(json, source, spec, &t->layout));
    RC_TRY(rc__task_restore_turns(t, json, source));
    RC_TRY(rc__task_restore_decision(t, json, source));
    RC_TRY(restore_normaliser(file, json, source, "x", "", rc_layout_size(&t->layout), &t->nx));
    RC_TRY(restore_more(t, file, json, source, spec));
    RC_CHECK(!t->fills_missing || t->nx.kind != RC_NORM_NONE || rc_json_get(json, "members"), RC_FORMAT,
             "%s: \"fills_missing\" without a mean to fill with", source);
    return restore_normaliser(file, json, source, "y", "", t->y_size, &t->ny);
}

/* Files call rows of token ids a table. */
static void tell_texts(rc_task *t)
{
    if (t->tokenizer && t->n_more == 0 && t->layout.form == RC_FORM_TABLE) t->layout.form = RC_FORM_TEXTS;
}

rc_status rc_task_restore(const rc_safetensors *file, const rc_json *json, const char *source,
                          const rc_model_spec *spec, rc_device *device, rc_task **out)
{
    RC_TRY(RC_NEW(out, 1));
    (*out)->device = device;
    (*out)->backbone = spec->backbone;
    rc_status status = restore(*out, file, json, source, spec);
    if (status == RC_OK) status = rc__task_upload_scale(*out);
    if (status == RC_OK) status = rc_tokenizer_restore(source, file, &(*out)->tokenizer);
    if (status == RC_OK) tell_texts(*out);
    if (status != RC_OK) rc_task_destroy(out);
    return status;
}

static rc_status plain_input(const rc_json *json, const char *source, rc_input *out)
{
    const rc_json *shape = rc_json_get(json, "x_shape");
    bool images = rc_json_integer(json, "x_dims", 0) == 2;
    rc_layout l = {.form = images ? RC_FORM_IMAGES : RC_FORM_SEQUENCES};
    for (size_t i = 0; i < 3; i++) {
        l.x_shape[i] = shape && rc_json_length(shape) == 3 ? rc_json_as_integer(rc_json_at(shape, i)) : 0;
        RC_CHECK(l.x_shape[i] > 0 && l.x_shape[i] <= 65536, RC_FORMAT, "%s: \"x_shape\" is out of range",
                 source);
    }
    rc__plain_layout(&l);
    *out = l.input;
    return RC_OK;
}

static rc_status plain_more(const rc_json *json, const char *source, rc_model_spec *out)
{
    const rc_json *list = rc_json_get(json, "more_inputs");
    RC_CHECK(rc_json_length(list) <= RC_MORE_INPUTS, RC_FORMAT, "%s: more than %d further inputs", source,
             RC_MORE_INPUTS);
    for (; out->n_more < (int)rc_json_length(list); out->n_more++) {
        const rc_json *one = rc_json_at(list, (size_t)out->n_more);
        rc_named_input *in = &out->more[out->n_more];
        RC_TRY(rc_input_name_check(source, rc_json_string(one, "name", "")));
        strcpy(in->name, rc_json_string(one, "name", ""));
        RC_TRY(plain_input(one, source, &in->input));
    }
    return RC_OK;
}

/* The form that a model of its inputs and outputs would have. */
static rc_status plain_spec(const rc_json *json, const char *source, rc_model_spec *out)
{
    rc_input input;
    rc_target_kind target;
    int64_t y = rc_json_integer(json, "y_size", 0), outputs = rc_json_integer(json, "outputs", 0),
            classes = rc_json_integer(json, "point_classes", 1);
    RC_TRY(plain_input(json, source, &input));
    RC_TRY(read_target(json, source, &target));
    RC_CHECK(classes > 0 && classes <= 1 << 16 && y >= 0 && y <= (int64_t)1 << 40, RC_FORMAT,
             "%s: \"y_size\" or \"point_classes\" is out of range", source);
    RC_CHECK(outputs > 0 && outputs <= 1 << 24, RC_FORMAT, "%s: \"outputs\" is out of range", source);
    *out = (rc_model_spec){
        .input = input, .head = rc__head_for(target), .outputs = outputs, .out_shape = {classes, 1, y}};
    return plain_more(json, source, out);
}

rc_status rc_task_restore_plain(const rc_safetensors *file, const rc_json *json, const char *source,
                                rc_device *device, rc_task **out)
{
    rc_model_spec spec;
    RC_TRY(plain_spec(json, source, &spec));
    RC_TRY(rc_task_restore(file, json, source, &spec, device, out));
    if (rc_json_get(json, "members")) return RC_OK;
    (*out)->masks = false;
    rc_status status = rc__task_restore_plain(*out, file, json, source);
    if (status != RC_OK) rc_task_destroy(out);
    return status;
}

/* Numbers of classes mean the same only where the names are the same. Names that an import gave stand beside
 * numbers of classes, which may come without them. */
static rc_status same_labels(const rc_task *t, const rc_dataset *d)
{
    bool named = rc_dataset_label_name(d, 0) != NULL;
    bool imported = t->encoders || (named && !d->by_value && !t->labels);
    RC_CHECK(named == (t->labels > 0) || d->form == RC_FORM_TEXTS || imported, RC_DATA,
             "%s: its labels are %s, those of the run are %s", d->name,
             named ? "numbered by value" : "numbers of classes",
             named ? "numbers of classes" : "numbered by value");
    if (!t->labels || !named) return RC_OK;
    RC_CHECK(d->classes == t->labels, RC_DATA, "%s: %lld labels, the run was trained with %lld", d->name,
             (long long)d->classes, (long long)t->labels);
    for (int64_t i = 0; i < t->labels; i++) {
        const char *name = rc_dataset_label_name(d, i);
        RC_CHECK(name && strcmp(name, t->label_name[i]) == 0, RC_DATA,
                 "%s: its train part has the label \"%.60s\" where the run was trained with \"%.60s\"",
                 d->name, name ? name : "", t->label_name[i]);
    }
    return RC_OK;
}

/* Texts among the inputs become the tokens that the task was made for. */
static rc_status read_texts(const rc_task *t, rc_dataset *d)
{
    for (int k = 0; k < d->n_more && k < t->n_more && t->tokenizer; k++) {
        const rc_layout *l = &t->more[k].layout;
        if (d->more[k].form == RC_FORM_TEXTS && l->form == RC_FORM_TEXTS)
            RC_TRY(rc_dataset_tokenize(d, k, t->tokenizer, l->input.length, l->input.length));
    }
    return RC_OK;
}

static rc_status same_inputs(const rc_task *t, const rc_dataset *d)
{
    char text[RC_SHAPE_TEXT], have[RC_SHAPE_TEXT];
    RC_CHECK(d->n_more == t->n_more, RC_SHAPE, "%s: samples of %d inputs, the run was trained on %d", d->name,
             1 + d->n_more, 1 + t->n_more);
    for (int k = 0; k < t->n_more; k++) {
        const rc_task_input *in = &t->more[k];
        const rc_more_input *is = &d->more[k];
        rc_layout given = {.form = is->form};
        memcpy(given.x_shape, is->x_shape, sizeof given.x_shape);
        RC_CHECK(strcmp(is->name, in->name) == 0, RC_SHAPE,
                 "%s: an input is called %s, the run was trained on %s", d->name, is->name, in->name);
        RC_CHECK(is->form == in->layout.form &&
                     memcmp(is->x_shape, in->layout.x_shape, sizeof is->x_shape) == 0,
                 RC_SHAPE, "%s: the inputs %s are %s, the run was trained on %s", d->name, in->name,
                 rc_layout_text(&given, have), rc_layout_text(&in->layout, text));
    }
    return RC_OK;
}

rc_status rc_task_attach(rc_task *t, rc_dataset *d)
{
    const rc_layout *l = &t->layout;
    char text[RC_SHAPE_TEXT], have[RC_SHAPE_TEXT];
    bool same = d->form == l->form && memcmp(d->x_shape, l->x_shape, sizeof l->x_shape) == 0;
    rc_layout given = {.form = d->form};
    memcpy(given.x_shape, d->x_shape, sizeof given.x_shape);
    RC_CHECK(same, RC_SHAPE, "%s: inputs are %s, the run was trained on %s", d->name,
             rc_layout_text(&given, have), rc_layout_text(l, text));
    RC_TRY(read_texts(t, d));
    RC_TRY(same_inputs(t, d));
    char is[RC_CHOICE_TEXT], was[RC_CHOICE_TEXT];
    bool words = t->target == RC_TARGET_WORDS;
    RC_CHECK((d->target == RC_TARGET_WORDS) == words, RC_DATA,
             "%s: labels of %s, the run was trained with those of %s", d->name, words ? "texts" : "words",
             words ? "words" : "texts");
    RC_CHECK(d->target == t->target && d->y_size == t->y_size, RC_SHAPE,
             "%s: its target (%s, %lld numbers) is not the run's (%s, %lld)", d->name,
             rc_choice_text(RC_TARGET_NAMES, (int)d->target, is), (long long)d->y_size,
             rc_choice_text(RC_TARGET_NAMES, (int)t->target, was), (long long)t->y_size);
    RC_CHECK(!rc_target_is_class(d->target) || d->classes <= t->outputs, RC_DATA,
             "%s: classes 0 to %lld, the run was trained with %lld classes", d->name,
             (long long)d->classes - 1, (long long)t->outputs);
    RC_TRY(same_labels(t, d));
    RC_TRY(rc_dataset_check_encoders(d, t->encoders));
    t->data = d;
    rc_status status = rc__task_look_at_targets(t, false);
    if (status == RC_OK) status = rc__task_weigh_samples(t);
    if (status != RC_OK) t->data = NULL;
    return status;
}
