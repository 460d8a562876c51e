/* Supervised training of a small backbone from nothing, into a model folder. */
#include <string.h>

#include "base/file.h"
#include "base/progress.h"
#include "commands/common.h"
#include "parallel/parallel.h"
#include "runs/session_folder.h"

static rc_status write_backbone(const rc_session *s)
{
    rc_backbone_config c = s->model->spec.backbone;
    s->model->backbone->set_native_input(&c, &s->model->spec.input);
    rc_json *j = rc_backbone_config_write(&c);
    rc_status status = rc_json_write(s->directory, "config.json", j);
    rc_json_free(&j);
    return status;
}

typedef struct pretraining {
    const rc_pretrain_options *o;
    rc_config c;
    rc_backbone_config backbone;
    rc_dataset *data;
    rc_session *s;
    rc_json *result;
} pretraining;

static rc_status train(pretraining *p)
{
    rc_session *s = p->s;
    rc_model_spec spec = {.backbone = p->backbone};
    RC_TRY(rc_task_create(&s->config, p->data, s->device, &spec, &s->task));
    RC_TRY(rc_model_create(s->device, &spec, &s->model));
    RC_TRY(rc_params_initialise(s->model->params, (uint64_t)s->config.seed));
    if (s->start == RC_SESSION_GOES_ON) RC_TRY(rc_run_restore(s));
    RC_TRY(rc_stage_fit(s));
    RC_TRY(rc_parallel_follow(rc_parallel_rank() == 0 ? write_backbone(s) : RC_OK));
    p->result = rc_json_object();
    rc_json_set_string(p->result, "task", p->data->name);
    rc_json_set_string(p->result, "method", "pretrain");
    rc_json_set_string(p->result, "source", p->o->backbone);
    rc_json_set_integer(p->result, "seed", s->config.seed);
    return rc_session_finish(s, p->result);
}

static void describe(const pretraining *p, uint64_t print, rc_json *identity)
{
    rc_json_set_string(identity, "command", "pretrain");
    rc_json_set_string(identity, "data", rc_path_base(p->o->data));
    rc_json_set_string(identity, "backbone", p->o->backbone);
    rc__json_fingerprint(identity, "data_fingerprint", print);
}

static rc_status open_session(pretraining *p)
{
    uint64_t print;
    RC_TRY(rc_dataset_fingerprint(p->data, &print));
    rc_json *identity = rc_json_object();
    describe(p, print, identity);
    RC_TRY(rc_session_create(p->o->out, &p->c, identity, &p->s));
    return rc_run_open(p->s, p->o->resume, NULL);
}

static rc_status run(pretraining *p)
{
    rc_config_defaults(&p->c);
    RC_TRY(rc__settings_apply(&p->c, &p->o->settings));
    p->c.model.head = RC_READS_MEAN; /* a source's head reads the mean (commands/source.c) */
    p->c.fit.head_start = RC_HEAD_BEGINS_SEED;
    RC_TRY(rc__same_file("another backbone", p->o->backbone));
    RC_TRY(rc_backbone_config_named(p->o->backbone, &p->backbone));
    RC_TRY(rc_dataset_open_within(p->o->data, RC_DATASET_TRAIN, p->c.data.memory, &p->data));
    RC_TRY(rc__fitting_split(&p->c, p->data));
    RC_TRY(open_session(p));
    return p->s->start == RC_SESSION_IS_DONE ? rc_run_result(p->s, &p->result) : train(p);
}

rc_status rc_pretrain(const rc_pretrain_options *given, char **json)
{
    rc_pretrain_options own = RC_PRETRAIN_OPTIONS_INIT, *o = &own;
    RC_TRY(rc__options_take("rc_pretrain_options", given, sizeof own, o));
    RC_TRY(RC_FIELDS("rc_pretrain_options", o->data, o->backbone, o->out));
    pretraining p = {.o = o};
    rc_status status = run(&p);
    rc_session_close(&p.s);
    rc_dataset_close(&p.data);
    return rc__json_result(p.result, status, json);
}
