/* Measuring how far a target is from its sources: `recraft align`. */
#include "recraft/align.h"

#include <math.h>
#include <string.h>

#include "api/predictor_parts.h"
#include "api/text_feed.h"
#include "base/file.h"
#include "base/progress.h"
#include "commands/align_result.h"
#include "commands/common.h"
#include "commands/outputs.h"
#include "commands/raw_input.h"
#include "commands/saved_model.h"
#include "datasets/labelled_text.h"
#include "fitting/look.h"
#include "parallel/parallel.h"
#include "report/gap_page.h"
#include "runs/run_record.h"
#include "source/names.h"

enum { PATH = 4096, RESAMPLES = 40, FEATURES = 1000 };

/* What sources are ranked by: a key of a stage. */
typedef struct order {
    const char *key;
    bool frozen, greatest; /* it takes a pass of the body; the greatest comes first */
} order;
static const order orders[] = {{"bound", false, false}, {"w1", false, false}, {"probe", true, false},
                               {"leep", false, true},   {"nce", false, true}, {"logme", true, true}};
enum { ORDERS = sizeof orders / sizeof *orders };

typedef struct target {
    const rc_align_options *o;
    rc_config c;
    rc_gap_options gap;
    const char *run;              /* its folder; NULL: none is asked for */
    rc__saved_model saved;        /* which a model in memory has here */
    char *data_path, *run_source; /* run_source: of the run, where it is asked for */
    rc_source_names sources;
    const order *by;
    rc_dataset *data; /* NULL of texts: every source reads them with its own tokenizer */
} target;

/* ---- what is asked ---- */

static rc_status find_run(target *t)
{
    const rc_align_options *o = t->o;
    t->run = o->run;
    if (!o->model) return RC_OK;
    RC_CHECK(!o->run, RC_CONFIG, "\1run and \1model cannot be used together");
    RC_CHECK(o->data || o->target, RC_CONFIG,
             "align: no data; give \1data, since a model in memory keeps none");
    RC_TRY(rc__saved_model_make(o->model, &t->saved));
    t->run = t->saved.run;
    return RC_OK;
}

static rc_status read_run(target *t)
{
    char path[PATH];
    rc_json *j;
    RC_TRY(rc_run_read(t->run, RC_RUN_IDENTITY, &j));
    RC_CHECK(j, RC_IO, "%s: not a run folder (run.json is missing)", t->run);
    const char *data = rc_json_string(j, "data", NULL), *source = rc_json_string(j, "source", NULL);
    rc_status status = data && source ? RC_OK : rc_fail(RC_FORMAT, "%s: not the run of a fit", t->run);
    if (status == RC_OK && !t->data_path) status = rc_strdup(data, &t->data_path);
    if (status == RC_OK) status = rc_strdup(source, &t->run_source);
    rc_json_free(&j);
    RC_TRY(status);
    RC_TRY(rc_path_join(t->run, "model.safetensors", sizeof path, path));
    RC_CHECK(rc_path_exists(path), RC_IO,
             "%s: the run has no model.safetensors; it is unfinished; continue the fit with \1resume",
             t->run);
    RC_TRY(rc__same_file("another model", path));
    RC_TRY(rc_path_join(t->run, RC_RUN_CONFIG, sizeof path, path));
    return rc_config_read(&t->c, path);
}

static rc_status choose_sources(target *t)
{
    const char *usual = t->data && t->data->form == RC_FORM_IMAGES ? "swin-mini" : "minilm";
    const char *asked = t->o->sources ? t->o->sources : t->run_source;
    RC_CHECK(!t->o->sources || t->o->n_among == 0, RC_CONFIG,
             "\1sources and \1among cannot be used together");
    for (size_t i = 0; i < t->o->n_among; i++) {
        const rc_source *one = t->o->among ? t->o->among[i] : NULL;
        RC_CHECK(one, RC_CONFIG, "\1among: source %zu of %zu is missing", i + 1, t->o->n_among);
        RC_TRY(rc_source_names_add(&t->sources, one->bundle->name));
    }
    if (t->sources.n == 0) RC_TRY(rc_source_names_cut(asked ? asked : usual, &t->sources));
    RC_CHECK(!t->run || t->sources.n == 1, RC_CONFIG,
             "\1run: a run has one source; compare several before training, without \1run");
    return RC_OK;
}

static rc_status find_order(const char *name, const order **out)
{
    const char *known[ORDERS];
    for (int i = 0; i < ORDERS; i++) {
        *out = &orders[i];
        known[i] = orders[i].key;
        if (strcmp(known[i], name) == 0) return RC_OK;
    }
    return rc_fail_unknown(RC_CONFIG, name, known, ORDERS, NULL, "sources are not ranked by \"%.40s\"", name);
}

static rc_status check_asked(target *t)
{
    RC_TRY(find_order(t->o->rank_by ? t->o->rank_by : "bound", &t->by));
    t->gap.frozen = !t->o->distances || t->by->frozen ? INT64_MAX : 0;
    RC_CHECK(t->gap.resamples != 1, RC_CONFIG,
             "one resample has no spread; take at least 2, or 0 for no intervals");
    /* Before the measuring, not after it. */
    return t->o->page ? rc__output_check(t->o->page, rc__output_pages, NULL) : RC_OK;
}

/* New labelled data as the run's own were encoded. */
static rc_status open_raw(target *t, rc_encoders *e, rc_json *result)
{
    rc__raw_input r = {0};
    RC_TRY(rc_raw_open(e, t->data_path, true, NULL, &r.raw));
    rc_status status = rc__raw_input_notes(&r, result);
    if (status == RC_OK) status = rc_raw_dataset(r.raw, true, &t->data);
    rc_raw_close(&r.raw);
    return status;
}

static rc_status open_path(target *t, bool raw, rc_json *result)
{
    rc_encoders *e = NULL;
    if (raw) RC_TRY(rc__encoders_of(t->run, &e));
    if (!e && rc_text_is(t->data_path, t->c.data.format, false)) return RC_OK; /* each source reads it */
    rc_status status = e ? open_raw(t, e, result) : rc__open_arrays(t->data_path, &t->c, &t->data);
    rc_encoders_free(&e);
    return status;
}

static rc_status open_data(target *t, rc_json *result)
{
    const rc_data *given = t->o->target;
    bool raw = false;
    if (given && given->texts) return RC_OK; /* each source reads them */
    if (t->run && !given) RC_TRY(rc__is_raw(t->data_path, &raw));
    RC_TRY(given ? rc__data_share(given, &t->data) : open_path(t, raw, result));
    if (!t->data) return RC_OK;
    RC_TRY(rc__same_data(t->data));
    RC_CHECK(t->data->train.n > 0, RC_DATA, "%s: there is no training part to measure", t->data->name);
    RC_CHECK(t->data->n_more == 0, RC_UNSUPPORTED,
             "%s: its samples have several inputs, and align measures samples of one; stage 1 of a run logs "
             "the distance of each input",
             t->data->name);
    if (!raw) rc_json_set_texts(result, "notes", rc_dataset_notes(t->data));
    return rc__fitting_split(&t->c, t->data);
}

/* What is asked about, and how it is read. */
static rc_status take_target(target *t)
{
    const rc_align_options *o = t->o;
    const rc_data *given = o->target;
    RC_CHECK(!o->data || !given, RC_CONFIG, "\1data and \1target cannot be used together");
    rc_config_defaults(&t->c);
    if (o->data) RC_TRY(rc_strdup(o->data, &t->data_path));
    if (given) RC_TRY(rc_strdup(given->texts ? given->texts : given->set->name, &t->data_path));
    RC_TRY(find_run(t));
    if (t->run) RC_TRY(read_run(t));
    RC_CHECK(t->data_path, RC_CONFIG, "align: no data; give \1data, or \1run for the data of a run");
    if (given && given->texts) t->c.data = given->config.data;
    RC_TRY(rc__settings_apply(&t->c, &o->settings));
    if (given && given->missing) t->c.data.missing = RC_MISSING_MEAN;
    return RC_OK;
}

static rc_status open_target(target *t, rc_json *result)
{
    const rc_align_options *o = t->o;
    t->gap = (rc_gap_options){.distances = o->distances,
                              .resamples = o->resamples < 0 ? 0
                                           : o->resamples   ? o->resamples
                                                            : RESAMPLES,
                              .source_features = o->source_features ? o->source_features : FEATURES};
    RC_TRY(rc_gap_check(&t->gap));
    RC_TRY(check_asked(t));
    RC_TRY(take_target(t));
    t->gap.seed = (uint64_t)t->c.seed;
    rc_json_set_string(result, "data", t->data_path);
    RC_TRY(rc_json_check(result));
    RC_TRY(open_data(t, result));
    return choose_sources(t);
}

/* ---- one source ---- */

typedef struct look {
    const rc_bundle *source;
    rc_bundle *opened; /* which is the source then; NULL: it is the caller's */
    rc_dataset *texts; /* as this source reads them */
    rc__look of;
    rc__stages stages;
} look;

static void close_look(look *l)
{
    rc__stages_free(&l->stages);
    rc__look_close(&l->of);
    rc_dataset_close(&l->texts);
    rc_bundle_close(&l->opened);
}

static rc_status read_texts(const target *t, look *l)
{
    rc_tokenizer *tokenizer = NULL;
    const rc_text_list *list = t->o->target ? t->o->target->list : NULL;
    RC_TRY(rc__text_target(&t->c, t->data_path, list, l->source, &tokenizer, &l->texts));
    rc_tokenizer_close(&tokenizer);
    RC_TRY(rc__same_data(l->texts));
    return rc__fitting_split(&t->c, l->texts);
}

static rc_status open_look(target *t, int i, look *l)
{
    if (t->o->n_among == 0) RC_TRY(rc_bundle_open(t->sources.name[i], &l->opened));
    l->source = l->opened ? l->opened : t->o->among[i]->bundle;
    RC_TRY(rc__same_source(l->source));
    if (!t->data) RC_TRY(read_texts(t, l));
    return rc__look_open(&t->c, t->data ? t->data : l->texts, l->source, &l->of);
}

static rc_status measure(target *t, look *l, const char *stage)
{
    rc_gap gap;
    rc_progress_note("%s, %s", l->source->name, stage);
    RC_TRY(rc_alignment_measure(&l->of.view, true));
    if (l->stages.count == 0) RC_TRY(rc_alignment_weigh(&l->of.view)); /* as stage 1 does, at its start */
    RC_TRY(rc_gap_measure(&l->of.view, &t->gap, &gap));
    return rc__stages_add(&l->stages, stage, &gap, &l->of.view);
}

static rc_status load_part(look *l, const char *path, rc_part_kind part)
{
    rc_safetensors *f;
    RC_TRY(rc_safetensors_open(path, &f));
    rc_status status = rc_model_load_part(l->of.model, part, &(rc_weights){.file = f, .name = path});
    rc_safetensors_close(&f);
    return status;
}

static rc_status measure_run(target *t, look *l)
{
    char path[PATH];
    RC_TRY(rc_path_join(t->run, "embedder.safetensors", sizeof path, path));
    if (rc_path_exists(path)) {
        RC_TRY(load_part(l, path, RC_PART_EMBEDDER));
        RC_TRY(measure(t, l, "after stage 1"));
    }
    RC_TRY(rc_path_join(t->run, "model.safetensors", sizeof path, path));
    RC_TRY(load_part(l, path, RC_PART_EMBEDDER));
    RC_TRY(load_part(l, path, RC_PART_BODY));
    return measure(t, l, "after training");
}

/* What is to be said of the target as this source sees it. */
static rc_status add_notes(const look *l, rc_json *one)
{
    rc_texts notes = {0};
    rc_status status = rc_alignment_notes(&l->of.view, &notes);
    for (int64_t i = 0; i < notes.n && status == RC_OK; i++)
        rc_progress_note("note: %s", rc_texts_get(&notes, i));
    rc_json_set_texts(one, "notes", &notes);
    rc_texts_free(&notes);
    return status;
}

static rc_status look_at(target *t, int i, rc_json *result, rc_json *list, double *rank_by)
{
    look l = {0};
    rc_json *one = NULL;
    rc_status status = RC_OK;
    RC_TRY_DONE(open_look(t, i, &l));
    RC_TRY_DONE(measure(t, &l, "before"));
    *rank_by = rc_json_number(l.stages.list[0], t->by->key, NAN);
    if (t->by->greatest) *rank_by = -*rank_by;
    if (i == 0) {
        rc_json_set_integer(result, "samples", l.of.view.n);
        rc_json_set_integer(result, "target_classes", l.of.view.target_classes);
    }
    if (t->run) RC_TRY_DONE(measure_run(t, &l));
    RC_TRY_DONE(rc__stages_json(&l.stages, &l.of.view, &one));
    RC_TRY_DONE(add_notes(&l, one));
done:
    if (status == RC_OK)
        rc_json_append(list, one);
    else
        rc_json_free(&one);
    close_look(&l);
    return status;
}

/* ---- all of them ---- */

/* The best first; what has no number comes last. */
static void rank(const target *t, const double *by, rc_json *result)
{
    bool taken[RC_SOURCE_NAMES] = {false};
    rc_json_set_string(result, "ranked_by", t->by->key);
    rc_json *list = rc_json_set(result, "ranking", rc_json_array());
    for (int k = 0; k < t->sources.n; k++) {
        int best = -1;
        for (int i = 0; i < t->sources.n; i++)
            if (!taken[i] && (best < 0 || by[i] < by[best] || (isnan(by[best]) && !isnan(by[i])))) best = i;
        taken[best] = true;
        rc_json_append_string(list, t->sources.name[best]);
    }
}

static rc_status run(target *t, rc_json *result)
{
    double by[RC_SOURCE_NAMES];
    RC_TRY(open_target(t, result));
    rc_json *list = rc_json_set(result, "sources", rc_json_array());
    for (int i = 0; i < t->sources.n; i++)
        RC_TRY(look_at(t, i, result, list, &by[i]));
    rank(t, by, result);
    bool writes = t->o->page && rc_parallel_rank() == 0;
    return rc_parallel_follow(writes ? rc_gap_page_write(result, t->o->page) : RC_OK);
}

static rc_status align(const rc_align_options *given, char **json)
{
    rc_align_options own = RC_ALIGN_OPTIONS_INIT, *o = &own;
    RC_TRY(rc__options_take("rc_align_options", given, sizeof own, o));
    target t = {.o = o};
    rc_json *result = rc_json_object();
    rc_status status = run(&t, result);
    rc_dataset_close(&t.data);
    rc_free(t.data_path);
    rc_free(t.run_source);
    rc_source_names_free(&t.sources);
    status = rc__saved_model_drop(&t.saved, status);
    return rc__json_result(result, status, json);
}

rc_status rc_align(const rc_align_options *o, char **json)
{
    rc__call call = rc__call_begin(rc_context_current());
    return rc__call_end(&call, align(o, json));
}
