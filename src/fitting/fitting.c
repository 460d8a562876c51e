#include "fitting/fitting.h"

#include <stdio.h>
#include <string.h>

#include "backbones/shorter.h"
#include "base/checksum.h"
#include "base/file.h"
#include "base/message.h"
#include "base/progress.h"
#include "datasets/text_inputs.h"
#include "runs/session_folder.h"
#include "source/source_model.h"
#include "tasks/text_model.h"
#include "training/partial.h"
#include "training/teacher.h"

void rc__json_fingerprint(rc_json *j, const char *key, uint64_t value)
{
    char text[RC_CHECKSUM_TEXT];
    rc_checksum_text(value, text);
    rc_json_set_string(j, key, text);
}

void rc__json_dataset(const rc_dataset *d, rc_json *j)
{
    static const char *const target[] = {[RC_TARGET_CLASSES] = "classes",
                                         [RC_TARGET_WORDS] = "classes",
                                         [RC_TARGET_MULTILABEL] = "labels",
                                         [RC_TARGET_REGRESSION] = "regression",
                                         [RC_TARGET_DENSE] = "dense"};
    rc_json_set_choice(j, "form", RC_FORM_NAMES, (int)d->form);
    rc_json_set_string(j, "target", target[d->target]);
    if (d->classes) rc_json_set_integer(j, "classes", d->classes);
    if (d->n_more == 0) return;
    rc_json *inputs = rc_json_set(j, "inputs", rc_json_object());
    for (int k = 0; k <= d->n_more; k++) {
        const rc_dataset view = rc_dataset_input(d, k);
        rc_json_set_choice(inputs, rc_dataset_input_name(d, k), RC_FORM_NAMES, (int)view.form);
    }
}

void rc__json_parts(const rc_dataset *d, rc_json *j)
{
    rc_json_set_integer(j, "n_train", d->train.n);
    rc_json_set_integer(j, "n_valid", d->valid.n);
    rc_json_set_integer(j, "n_test", d->test.n);
}

void rc__fitting_choose_source(rc__fitting *f, const char *asked, bool text)
{
    text = text || rc_dataset_has_texts(f->data);
    const char *usual = !text && f->data->form == RC_FORM_IMAGES ? "swin-mini" : "minilm";
    bool missed = !asked && !text && !rc_bundle_is_here(usual);
    f->source_name = asked ? asked : missed ? "swin-mini" : usual;
    f->missed = missed ? usual : NULL;
}

void rc__fitting_note(const rc__fitting *f, char text[RC__NOTE])
{
    text[0] = '\0';
    if (f->source && f->missed)
        rc_message_print(RC__NOTE, text,
                         "the source %s is not here (`\1rc_source_get %s`); %s is used instead", f->missed,
                         f->missed, f->source_name);
}

void rc__note_learnt(const rc_bundle *source, const char *name, const char *data, char text[RC__NOTE])
{
    text[0] = '\0';
    if (rc_bundle_has_learnt_from(source, data))
        rc_message_print(
            RC__NOTE, text,
            "by its card, the source %s has learnt from %s: scores of models from it are too good "
            "on these data",
            name, data);
}

void rc__fitting_note_learnt(const rc__fitting *f, char text[RC__NOTE])
{
    text[0] = '\0';
    if (f->source && !f->method->forgets) rc__note_learnt(f->source, f->source_name, f->data->name, text);
}

/* ---- task and model ---- */

static bool have_text_inputs(const rc__fitting *f)
{
    return f->data->form != RC_FORM_TEXTS && rc_dataset_has_texts(f->data);
}

static rc_status no_texts(const rc__fitting *f)
{
    char names[RC_MORE_INPUTS * (RC_INPUT_NAME + 2)] = "";
    size_t n = 0;
    for (int k = 0; k < f->data->n_more; k++)
        if (f->data->more[k].form == RC_FORM_TEXTS)
            n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "", f->data->more[k].name);
    return rc_fail(RC_CONFIG,
                   "%s: the method %s does not take texts: %s; inputs that are texts: %s: leave these out "
                   "(by \1texts, the columns that are read so), or take another method",
                   f->data->name, f->method->name, f->method->no_texts, names);
}

/* Those among several inputs become tokens of the source's model, or of the teacher's, which reads them
 * itself; a set of texts alone has been read so. */
static rc_status read_texts(rc__fitting *f)
{
    int64_t max;
    const rc_dataset *d = f->data;
    if (!have_text_inputs(f) || (f->teacher && !f->unpaired)) return RC_OK;
    if (f->method->no_texts) return no_texts(f);
    RC_CHECK(f->source, RC_UNSUPPORTED,
             "%s: texts among several inputs are read with the tokenizer of a source; the method %s has none",
             d->name, f->method->name);
    RC_CHECK(rc_takes_text(&f->source->backbone), RC_CONFIG,
             "%s: texts are among its inputs, and the source %s was not trained on text; take one that was, "
             "such as minilm",
             d->name, f->source_name);
    RC_TRY(rc_bundle_tokenizer(f->source, &f->tokenizer));
    RC_CHECK(f->tokenizer, RC_FORMAT, "%s: this bundle has no tokenizer", f->source_name);
    RC_TRY(rc_text_fits(f->tokenizer, f->source_name, &f->source->backbone));
    RC_TRY(rc_text_max(&f->config, f->tokenizer, &f->source->backbone, &max));
    for (int k = 0; k < d->n_more; k++)
        if (d->more[k].form == RC_FORM_TEXTS) RC_TRY(rc_dataset_tokenize(f->data, k, f->tokenizer, max, 0));
    return RC_OK;
}

static void give_tokenizer(rc__fitting *f)
{
    f->task->tokenizer = f->tokenizer;
    f->tokenizer = NULL;
}

/* No model: whether the predictor serves such data is told at once. */
static rc_status make_plain(rc__fitting *f, rc_device *device)
{
    RC_TRY(rc_task_create_plain(&f->config, f->data, device, &f->task));
    give_tokenizer(f);
    rc_plain_form form = rc_task_plain_form(f->task);
    return rc_plain_check(f->method->plain, &form, f->data->train.n);
}

/* The source's body, an embedder for the data, a fresh head; or some layers of the teacher; without either
 * all is random. */
static rc_status start_weights(rc__fitting *f)
{
    uint64_t seed = (uint64_t)f->config.seed;
    if (f->source) {
        rc_weights weights = rc_bundle_weights(f->source);
        return rc_model_start(f->model, &weights, seed);
    }
    RC_TRY(rc_params_initialise(f->model->params, seed));
    bool shorter = f->teacher && f->config.distill.layers[0];
    return shorter ? rc_model_take(f->model, f->teacher->model) : RC_OK;
}

static rc_status start_model(rc__fitting *f)
{
    RC_TRY(rc_model_create(f->task->device, &f->spec, &f->model));
    RC_TRY(rc_partial_apply(&f->config, f->config.fit.train, f->model));
    RC_TRY(start_weights(f));
    return f->adapters ? rc_adapters_give(f->adapters, f->model) : RC_OK;
}

/* A run keeps what it began with: where the folder is gone it goes on all the same. */
static const char START_ADAPTERS[] = "start_adapters.safetensors";

static rc_status open_adapters(rc__fitting *f)
{
    const char *from = f->config.fit.lora_from;
    char kept[RC_ADAPTERS_PATH] = "";
    if (!from[0]) return RC_OK;
    if (f->folder) RC_TRY(rc_path_join(f->folder, START_ADAPTERS, sizeof kept, kept));
    if (!rc_path_exists(from) && rc_path_exists(kept))
        RC_TRY(rc_adapters_open(kept, &f->adapters));
    else
        RC_TRY(rc_adapters_open_peft(from, &f->spec.backbone, &f->adapters));
    return rc_partial_follow(&f->config, &f->adapters->lora);
}

/* Does the teacher know such samples, and what is learnt of it? */
static rc_status meet_teacher(rc__fitting *f, rc_device *device)
{
    RC_TRY(f->teaching ? rc_source_model_open(f->teaching, &f->config, f->data, device, f->teacher)
                       : rc_task_attach(f->teacher->task, f->unpaired ? f->unpaired : f->data));
    if (have_text_inputs(f) && !f->unpaired) RC_TRY(rc__fitting_take_tokenizer(f, f->data->name));
    bool maps = f->config.distill.features > 0 && !f->unpaired;
    f->spec.teacher = maps ? rc_teacher_features(f->teacher) : 0;
    return RC_OK;
}

/* Can the features of the two be compared as they are? */
static rc_status check_widths(const rc__fitting *f)
{
    const rc_distance_kind *kind = rc_distance_table[f->config.distill.distance];
    int64_t theirs = rc_teacher_features(f->teacher), own = rc_model_features(f->model);
    RC_CHECK(theirs > 0, RC_UNSUPPORTED,
             "distill.unpaired: the teacher %s is not a single model, and has no features to compare",
             f->config.distill.teacher);
    RC_CHECK(
        kind->widths || theirs == own, RC_CONFIG,
        "distill.distance=%s: the teacher has %lld features and the student %lld; gw compares features of "
        "any number",
        kind->name, (long long)theirs, (long long)own);
    return RC_OK;
}

/* What the two say has to mean the same. */
static rc_status check_losses(const rc__fitting *f)
{
    const rc_task *teacher = f->teacher->task, *student = f->task;
    RC_CHECK(
        rc_task_says_target(teacher) && rc_task_says_target(student), RC_CONFIG,
        "fit.loss: quantiles, survival and classes of points (pinball, cox, fields of classes) cannot be "
        "distilled");
    RC_CHECK((rc_task_says(student) == RC_SAYS_LABELS) == (rc_task_says(teacher) == RC_SAYS_LABELS),
             RC_CONFIG,
             "fit.loss: teacher and student must give the same kind of answer; give the fit.loss that the "
             "teacher was trained with");
    return RC_OK;
}

static bool learns_below_head(rc_model *m)
{
    bool learns = false;
    for (int i = 0; i < rc_params_count(m->params); i++) {
        bool above = i >= m->first[RC_PART_HEAD] && i < m->first[RC_PART_ADAPTERS];
        learns |= !above && i < m->first[RC_PART_MATCH] && rc_params_get(m->params, i)->trainable;
    }
    return learns;
}

static rc_status check_tokens(const char *input, const rc_grid *v, const rc_grid *u)
{
    RC_CHECK(u->extra == v->extra && u->h == v->h && u->w == v->w, RC_UNSUPPORTED,
             "distill.attention: the teacher makes tokens %lld + %lld x %lld of %s, the student "
             "%lld + %lld x %lld: they are not of the same pieces",
             (long long)v->extra, (long long)v->h, (long long)v->w, input, (long long)u->extra,
             (long long)u->h, (long long)u->w);
    return RC_OK;
}

/* Do the tokens of the two lie alike, so that it can be compared how they relate? */
static rc_status check_attention(const rc__fitting *f)
{
    const rc_model *own = f->model, *theirs = f->teacher->model;
    if (f->config.distill.attention == 0) return RC_OK;
    RC_CHECK(theirs, RC_UNSUPPORTED,
             "distill.attention: the teacher %s is not a single model, and has no attention",
             f->config.distill.teacher);
    RC_CHECK(own->spec.backbone.kind != RC_BACKBONE_SWIN && theirs->spec.backbone.kind != RC_BACKBONE_SWIN,
             RC_UNSUPPORTED,
             "distill.attention: a Swin attends within windows, and its tokens have no relations to compare");
    RC_CHECK(rc_model_bodies(own) == rc_model_bodies(theirs), RC_UNSUPPORTED,
             "distill.attention: the teacher has %s; give model.fusion=%s",
             rc_model_bodies(theirs) > 1 ? "a body for each input" : "one body for all inputs",
             rc_model_bodies(theirs) > 1 ? "late" : "early");
    for (int k = 0; k <= own->spec.n_more; k++)
        RC_TRY(check_tokens(rc_task_input_name(f->task, k), &theirs->of[k], &own->of[k]));
    RC_CHECK(!f->config.fit.recompute, RC_UNSUPPORTED,
             "distill.attention does not work with fit.recompute, which keeps nothing of a layer");
    RC_CHECK(learns_below_head(f->model), RC_CONFIG,
             "distill.attention: fit.train freezes all below the head, so no attention learns; let more of "
             "the model learn");
    return RC_OK;
}

static rc_status make_model(rc__fitting *f, rc_device *device)
{
    if (f->source) f->spec.backbone = f->source->backbone;
    if (f->teacher) RC_TRY(meet_teacher(f, device));
    RC_TRY(open_adapters(f));
    RC_TRY(rc_partial_adapters(&f->config, &f->spec.lora));
    RC_TRY(rc_task_create(&f->config, f->data, device, &f->spec, &f->task));
    give_tokenizer(f);
    RC_CHECK(!f->method->linear_head || f->spec.head == RC_HEAD_LINEAR, RC_CONFIG,
             "\1method %s predicts classes, labels or numbers of a sample, not fields or words",
             f->method->name);
    f->spec.gate = rc_method_has_gate(f->method);
    RC_TRY(start_model(f));
    if (!f->teacher) return RC_OK;
    if (f->unpaired) return check_widths(f);
    RC_TRY(check_attention(f));
    return check_losses(f);
}

rc_status rc__fitting_prepare(rc__fitting *f)
{
    rc_device *device;
    RC_CHECK(!f->method->taught || f->teacher, RC_CONFIG,
             "the method %s learns from one finished run, and takes no sources", f->method->name);
    if (f->method->check) RC_TRY(f->method->check(&f->config, f->source));
    RC_TRY(rc_device_choose(f->config.model.device, f->config.model.precision, &device));
    RC_TRY(read_texts(f));
    return f->method->plain ? make_plain(f, device) : make_model(f, device);
}

/* ---- rehearsed ---- */

static rc_status rehearse(rc__fitting *f, rc_session *s)
{
    s->task = f->task;
    s->model = f->model;
    s->teacher = f->teacher;
    f->model = NULL;
    rc_status status = f->method->run(s, f->source);
    if (status == RC_OK) status = rc_rehearse_end(s);
    s->task = NULL; /* it is as it was */
    return status;
}

rc_status rc__fitting_rehearse(rc__fitting *f, bool opponents, rc_rehearsal *out)
{
    rc_session *s;
    const rc_sink told = rc_context_current()->sink;
    *out = (rc_rehearsal){0};
    rc_json *identity = rc_json_object();
    RC_TRY(rc_session_create(f->data->name, &f->config, identity, &s));
    s->rehearsal = out;
    s->opponents = opponents;
    rc_context_set_progress(rc_context_current(), NULL);
    rc_status status = rehearse(f, s);
    rc_context_set_progress(rc_context_current(), &told);
    rc_session_close(&s);
    return status;
}

/* ---- the run ---- */

void rc__fitting_tell_choice(const rc__fitting *f, rc_json *j)
{
    if (f->choice) rc_json_set(j, "source_choice", rc_json_copy(f->choice));
}

/* Which layers of the teacher it is, or its name. */
static void describe_student(const rc__fitting *f, rc_json *j)
{
    if (f->config.distill.layers[0])
        rc_shorter_tell(&f->teacher->model->spec.backbone, &f->spec.backbone, j);
    else
        rc_json_set_string(j, "student", f->config.distill.student);
}

/* What there is to say of a teacher with data of its own. */
static void tell_unpaired(const rc__fitting *f, rc_json *to)
{
    const rc_distance_kind *kind = rc_distance_table[f->config.distill.distance];
    if (!f->unpaired) return;
    rc_json *j = rc_json_set(to, "unpaired", rc_json_object());
    rc_json_set_string(j, "data", f->config.distill.unpaired);
    rc_json_set_string(j, "distance", kind->name);
    if (kind->local) rc_json_set_string(j, "optimum", "local");
}

static void describe_teaching(const rc__fitting *f, uint64_t unpaired, rc_json *identity)
{
    rc_json_set_string(identity, "teacher", f->config.distill.teacher);
    describe_student(f, identity);
    tell_unpaired(f, identity);
    if (f->unpaired) rc__json_fingerprint(identity, "unpaired_fingerprint", unpaired);
    rc__json_fingerprint(identity, "teacher_fingerprint", f->teacher->checksum);
}

/* By the fingerprints of its data, and of those of a teacher. */
static void describe(const rc__fitting *f, const char *data, uint64_t print, uint64_t unpaired,
                     rc_json *identity)
{
    rc_json_set_string(identity, "command", "fit");
    rc_json_set_string(identity, "data", data);
    rc_json_set_string(identity, "method", f->method->name);
    rc__json_fingerprint(identity, "data_fingerprint", print);
    if (f->teacher) describe_teaching(f, unpaired, identity);
    if (!f->source) return;
    rc_json_set_string(identity, "source", f->source_name);
    rc__fitting_tell_choice(f, identity);
    if (f->adapters)
        rc__json_fingerprint(identity, "adapters_fingerprint", rc_safetensors_checksum(f->adapters->file));
    rc__json_fingerprint(identity, "source_fingerprint", rc_safetensors_checksum(f->source->file));
}

rc_status rc__fitting_split(const rc_config *c, rc_dataset *data)
{
    RC_TRY(rc_dataset_limit_train(data, c->data.limit_train, (uint64_t)c->seed));
    return rc_dataset_hold_out(data, c->data.valid_fraction, (uint64_t)c->seed);
}

rc_status rc__fitting_open(rc__fitting *f, const char *data, rc_resume resume, rc_lock **reserved)
{
    uint64_t print, unpaired = 0;
    RC_TRY(rc_dataset_fingerprint(f->data, &print));
    if (f->unpaired) RC_TRY(rc_dataset_fingerprint(f->unpaired, &unpaired));
    rc_json *identity = rc_json_object();
    describe(f, data, print, unpaired, identity);
    RC_TRY(rc_session_create(f->folder ? f->folder : data, &f->config, identity, &f->session));
    return f->folder ? rc_run_open(f->session, resume, reserved) : RC_OK;
}

/* Those of its own source's sets. */
static rc_status check_weighed(const rc__fitting *f)
{
    int64_t weighed = f->session->at.weighed.sets;
    int sets = f->source ? f->source->sets : 0;
    RC_CHECK(weighed == 0 || weighed == sets, RC_FORMAT,
             "%s/checkpoint: weights of %lld labelled sets, and the source has %d; it is damaged, or belongs "
             "to another run",
             f->session->directory, (long long)weighed, sets);
    return RC_OK;
}

static rc_status start(rc__fitting *f)
{
    rc_session *s = f->session;
    if (!f->model && !f->method->plain) RC_TRY(start_model(f)); /* the first was spent on a rehearsal */
    s->task = f->task;
    s->model = f->model;
    s->teacher = f->teacher;
    f->task = NULL;
    f->model = NULL;
    if (s->start == RC_SESSION_GOES_ON) RC_TRY(rc_run_restore(s));
    RC_TRY(check_weighed(f));
    if (s->start == RC_SESSION_BEGINS && f->adapters && f->adapters->writer)
        RC_TRY(rc_session_keep(s, START_ADAPTERS, f->adapters->writer));
    char note[RC__NOTE];
    rc__fitting_note(f, note);
    if (note[0]) rc_session_note(s, "%s", note);
    rc__fitting_note_learnt(f, note);
    if (note[0]) rc_session_note(s, "%s", note);
    bool deaf = s->opponents && s->task->n_more && rc_dataset_has_texts(f->data);
    if (deaf) rc_session_note(s, "the opponents read only the inputs that are numbers, not texts");
    return RC_OK;
}

/* What the sets of the source have weighed in stage 1. */
static void tell_sets(const rc__fitting *f)
{
    const rc_weighed *w = &f->session->at.weighed;
    if (w->sets == 0) return;
    rc_json *list = rc_json_set(f->result, "source_sets", rc_json_array());
    for (int64_t k = 0; k < w->sets; k++) {
        rc_json *one = rc_json_append(list, rc_json_object());
        rc_json_set_string(one, "data", f->source->set[k].name);
        rc_json_set_integer(one, "classes", f->source->set[k].classes);
        rc_json_set_number(one, "weight", w->weight[k]);
    }
}

rc_status rc__fitting_run(rc__fitting *f, double started)
{
    RC_TRY(start(f));
    f->session->prepare_seconds = rc_clock() - started;
    RC_TRY(f->method->run(f->session, f->source));
    f->result = rc_json_object();
    rc_json_set_string(f->result, "task", f->data->name);
    rc_json_set_string(f->result, "method", f->method->name);
    if (f->source) rc_json_set_string(f->result, "source", f->source_name);
    tell_sets(f);
    rc__fitting_tell_choice(f, f->result);
    if (f->teacher) rc_json_set_string(f->result, "teacher", f->config.distill.teacher);
    if (f->teacher) describe_student(f, f->result);
    tell_unpaired(f, f->result);
    rc_json_set_integer(f->result, "seed", f->config.seed);
    if (f->session->recorder) rc_json_set_string(f->result, "run", f->session->directory);
    rc_run_tell_foreseen(f->session, f->result);
    rc_status status = rc_session_finish(f->session, f->result);
    f->session->teacher = NULL; /* the session may outlive it */
    return status;
}

void rc__fitting_free(rc__fitting *f)
{
    rc_task_destroy(&f->task);
    rc_model_destroy(&f->model);
    rc_tokenizer_close(&f->tokenizer);
    rc_adapters_close(&f->adapters);
    rc_json_free(&f->result);
    rc_json_free(&f->choice);
    if (f->lent) f->teacher->task->data = NULL;
    if (f->teacher && !f->lent) rc_trained_close(f->teacher);
    rc_free(f->teacher);
    f->teacher = NULL;
    rc_dataset_close(&f->unpaired);
    for (int i = 0; i < 2; i++)
        rc_bundle_close(&f->opened[i]);
}
