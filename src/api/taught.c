#include "api/taught.h"

#include <stdio.h>
#include <string.h>

#include "api/predictor_parts.h"
#include "api/run_data.h"
#include "api/text_feed.h"
#include "backbones/shorter.h"
#include "base/file.h"
#include "base/memory.h"
#include "runs/run_record.h"
#include "source/source_model.h"

static const char IN_MEMORY[] = "a predictor in memory";

/* What is given as an object has a name in record, result and messages, where else the setting is. */
static rc_status call(const char *setting, const char *object, const char *name, char to[RC_CONFIG_PATH])
{
    RC_CHECK(!to[0], RC_CONFIG, "%s and rc_fit_how.%s exclude each other; leave one of them out", setting,
             object);
    snprintf(to, RC_CONFIG_PATH, "%s", name);
    return RC_OK;
}

static rc_status borrow_teacher(rc__fitting *f, const rc_predictor *p)
{
    rc_session *s = p->session;
    uint64_t sum;
    RC_TRY(call("distill.teacher", "teacher", IN_MEMORY, f->config.distill.teacher));
    RC_TRY(rc_session_model_checksum(s, &sum));
    *f->teacher = (rc_trained){.device = s->device,
                               .graph = s->graph,
                               .model = s->model,
                               .task = s->task,
                               .batch = s->config.fit.batch,
                               .precision = s->config.model.precision,
                               .checksum = sum};
    f->lent = true;
    return RC_OK;
}

static rc_status open_source_teacher(rc__fitting *f, const rc_source *given)
{
    const char *name = f->config.distill.teacher;
    if (given) {
        RC_TRY(call("distill.teacher", "teacher_source", given->bundle->name, f->config.distill.teacher));
        f->teaching = given->bundle;
    } else {
        RC_CHECK(rc_bundle_is_here(name), RC_IO,
                 "%s: no such run folder, and no source of this name (`\1rc_source_list`)", name);
        RC_TRY(rc_bundle_open(name, &f->opened[0]));
        f->teaching = f->opened[0];
    }
    return rc_source_model_check(f->teaching);
}

/* A run goes before a source of the same name. */
static rc_status open_teacher(rc__fitting *f, const rc_fit_how *how)
{
    const char *name = f->config.distill.teacher;
    RC_CHECK(!how->teacher || !how->teacher_source, RC_CONFIG,
             "rc_fit_how: teacher and teacher_source exclude each other; there is one teacher");
    RC_CHECK(how->teacher || how->teacher_source || name[0], RC_CONFIG,
             "distill.teacher is missing: give the folder of a finished run, or a source");
    RC_TRY(RC_NEW(&f->teacher, 1));
    if (how->teacher) return borrow_teacher(f, how->teacher);
    if (!how->teacher_source && rc_run_has(name, RC_RUN_IDENTITY)) return rc_trained_open(name, f->teacher);
    return open_source_teacher(f, how->teacher_source);
}

/* Read as the teacher read its own. */
static rc_status open_unpaired(rc__fitting *f, const rc_fit_how *how)
{
    rc_config *c = &f->config;
    const rc_data *given = how->unpaired;
    if (given) RC_TRY(call("distill.unpaired", "unpaired", rc__data_name(given), c->distill.unpaired));
    if (!c->distill.unpaired[0]) return RC_OK;
    RC_CHECK(!f->teaching, RC_UNSUPPORTED,
             "distill.unpaired: the teacher %s is a source; without pairs it must be a finished run",
             c->distill.teacher);
    if (given)
        RC_TRY(rc__data_for(f->teacher->task, given, &f->unpaired));
    else if (how->teacher)
        RC_TRY(
            rc__data_as(&how->teacher->session->config, f->teacher->task, c->distill.unpaired, &f->unpaired));
    else
        RC_TRY(rc__run_data(c->distill.teacher, f->teacher->task, c->distill.unpaired, &f->unpaired));
    RC_CHECK(f->unpaired->train.n > 0, RC_DATA, "%s: there is no training part to ask the teacher about",
             c->distill.unpaired);
    return RC_OK;
}

static rc_status shorten_teacher(rc__fitting *f)
{
    const rc_model *m = f->teacher->model;
    RC_CHECK(f->teaching || m, RC_UNSUPPORTED,
             "distill.layers: the teacher %s is not a single model, and has no layers; name a student",
             f->config.distill.teacher);
    if (m) RC_TRY(rc_model_check_learns(m));
    return rc_shorter_config(m ? &m->spec.backbone : &f->teaching->backbone, f->config.distill.layers,
                             &f->spec.backbone);
}

static rc_status open_student(rc__fitting *f, const rc_source *given)
{
    const char *name = f->config.distill.student;
    if (!given) {
        if (rc_path_has_suffix(name, ".json") || !rc_bundle_is_here(name))
            return rc_backbone_config_named(name, &f->spec.backbone);
        RC_TRY(rc_bundle_open(name, &f->opened[1]));
    }
    f->source = given ? given->bundle : f->opened[1];
    f->spec.backbone = f->source->backbone;
    f->source_name = name;
    return RC_OK;
}

rc_status rc__taught_open(rc__fitting *f, const rc_fit_how *how)
{
    rc_config *c = &f->config;
    RC_CHECK(!how->sources, RC_CONFIG, "source: the method distill has a student instead (distill.student)");
    if (how->source) RC_TRY(call("distill.student", "source", how->source->bundle->name, c->distill.student));
    bool named = c->distill.student[0], shorter = c->distill.layers[0];
    RC_CHECK(named || shorter, RC_CONFIG,
             "distill.student is missing: give a source, or a backbone's name or config.json; or give "
             "distill.layers, the number of the teacher's layers to keep");
    RC_CHECK(!named || !shorter, RC_CONFIG,
             "distill.student and distill.layers: give one of them; the student is either a model of its own "
             "or some layers of the teacher");
    RC_TRY(open_teacher(f, how));
    RC_TRY(open_unpaired(f, how));
    return shorter ? shorten_teacher(f) : open_student(f, how->source);
}

/* ---- texts ---- */

static rc_status read_as_teacher(rc__fitting *f, const char *data, const rc_text_list *list, rc_dataset **out)
{
    const rc_backbone_config *backbone = &f->spec.backbone;
    int64_t tokens = f->teaching ? 0 : f->teacher->task->layout.input.length; /* 0: as the longest text */
    RC_TRY(rc__fitting_take_tokenizer(f, data));
    int64_t positions = rc_backbone_of(backbone)->native_input(backbone).length;
    RC_CHECK(tokens <= positions, RC_CONFIG,
             "%s: this student takes %lld tokens, the teacher's texts have %lld", rc__fitting_student(f),
             (long long)positions, (long long)tokens);
    return rc__text_data(&f->config, data, list, f->tokenizer, backbone, tokens, out);
}

rc_status rc__fitting_texts(rc__fitting *f, const char *data, const rc_text_list *list, rc_dataset **out)
{
    if (f->teacher && !f->unpaired) return read_as_teacher(f, data, list, out);
    RC_CHECK(f->source, RC_CONFIG,
             "%s: these are texts, and the student has no tokenizer; take a source that was trained on text",
             data);
    return rc__text_target(&f->config, data, list, f->source, &f->tokenizer, out);
}

/* ---- samples without labels ---- */

rc_status rc__taught_more(const rc__fitting *f, const rc_text_list *list, rc_dataset *data)
{
    const char *path = f->config.distill.unlabelled;
    bool listed = list && list->text[RC_DATA_PARTS].n > 0;
    if (!f->teacher || (!path[0] && !listed)) return RC_OK;
    RC_CHECK(!path[0] || !listed, RC_CONFIG,
             "distill.unlabelled: the texts %s bring some without labels already; leave one of them out",
             data->name);
    bool fills = f->teaching ? f->config.data.missing == RC_MISSING_MEAN : f->teacher->task->fills_missing;
    if (!f->tokenizer)
        return rc_dataset_read_unlabelled(data, path, fills ? RC_DATASET_MISSING : 0, f->config.data.memory);
    rc_text_options o = rc__text_inputs(&f->config, NULL);
    o.tokens = o.pad_to = data->x_shape[1];
    o.list = listed ? list : NULL;
    return rc_text_read_unlabelled(data, listed ? data->name : path, &o, f->tokenizer);
}
