/* Supervised training of a small backbone from nothing, into a model folder. */
#include <string.h>

#include "api/common.h"
#include "base/file.h"
#include "base/progress.h"
#include "training/session.h"

static rc_status write_backbone(const rc_session *s)
{
    char path[RC_SESSION_PATH], *text;
    rc_json *j;
    rc_backbone_config c = s->model->spec.backbone;
    s->model->backbone->set_native_input(&c, &s->model->spec.input);
    RC_TRY(rc_path_join(s->directory, "config.json", sizeof path, path));
    RC_TRY(rc_backbone_config_write(&c, &j));
    rc_status status = rc_json_text(j, true, &text);
    rc_json_free(&j);
    RC_TRY(status);
    status = rc_file_write(path, text, strlen(text));
    rc_free(text);
    return status;
}

static rc_status train(rc_session *s, rc_dataset *d, const rc_pretrain_options *o,
                       const rc_backbone_config *backbone, bool can_resume, rc_json *result)
{
    rc_model_spec spec = {.backbone = *backbone};
    RC_TRY(rc_task_create(&s->config, d, s->device, &spec, &s->task));
    RC_TRY(rc_model_create(s->device, &spec, &s->model));
    RC_TRY(rc_params_initialise(s->model->params, (uint64_t)s->config.seed));
    if (can_resume) RC_TRY(rc_session_restore(s));
    RC_TRY(rc_stage_fit(s));
    RC_TRY(write_backbone(s));
    RC_TRY(rc_json_set_string(result, "task", d->name));
    RC_TRY(rc_json_set_string(result, "method", "pretrain"));
    RC_TRY(rc_json_set_string(result, "source", o->backbone));
    RC_TRY(rc_json_set_integer(result, "seed", s->config.seed));
    return rc_session_finish(s, result);
}

static rc_status identity_of(const rc_pretrain_options *o, rc_string *out)
{
    return rc_string_printf(out, "{\"command\": \"pretrain\", \"data\": \"%s\", \"backbone\": \"%s\"}\n",
                            rc_path_base(o->data), o->backbone);
}

static rc_status run(const rc_pretrain_options *o, rc_dataset **d, rc_session **s, rc_json *result)
{
    rc_config c;
    rc_backbone_config backbone;
    bool can_resume;
    rc_string identity = {0};
    rc_config_defaults(&c);
    RC_TRY(rc__settings_apply(&c, &o->settings));
    RC_TRY(rc_backbone_config_named(o->backbone, &backbone));
    RC_TRY(rc_dataset_open(o->data, RC_DATASET_TRAIN, d));
    RC_TRY(rc_dataset_limit_train(*d, c.data.limit_train, (uint64_t)c.seed));
    RC_TRY(rc_dataset_hold_out(*d, c.data.valid_fraction, (uint64_t)c.seed));
    rc_status status = identity_of(o, &identity);
    if (status == RC_OK) status = rc_session_open(o->out, &c, identity.data, o->resume, s, &can_resume);
    rc_string_free(&identity);
    RC_TRY(status);
    return train(*s, *d, o, &backbone, can_resume, result);
}

rc_status rc_pretrain(const rc_pretrain_options *o, char **json)
{
    rc_dataset *d = NULL;
    rc_session *s = NULL;
    rc_json *result;
    RC_TRY(rc_json_object(&result));
    rc_status status = run(o, &d, &s, result);
    rc_session_close(&s);
    rc_dataset_close(&d);
    return rc__json_result(result, status, json);
}
