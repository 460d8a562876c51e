/* When a checkpoint is due, and what is noted. */
#include "check.h"

#include <unistd.h>

#include "base/progress.h"
#include "runs/session_folder.h"

static char folder[] = "/tmp/recraft_checkpoint_XXXXXX";

/* A new run whose model is one parameter. */
static void open_run(rc_session *s, rc_model *m)
{
    *m = (rc_model){0};
    *s = (rc_session){.model = m, .recorder = &rc__run_folder};
    OK(rc_params_create(rc_device_default(), &m->params));
    OK(rc_params_declare(m->params, "weight", RC_SHAPE(3), RC_INIT_ONES, 0, false, NULL));
    OK(rc_params_allocate(m->params));
    OK(rc_params_initialise(m->params, 1));
    rc_config_defaults(&s->config);
    s->record = rc_json_object();
    s->notes = rc_json_array();
    snprintf(s->directory, sizeof s->directory, "%s", folder);
}

static void close_run(rc_session *s)
{
    rc_params_destroy(&s->model->params);
    rc_json_free(&s->record);
    rc_json_free(&s->notes);
}

/* Whether the end of this epoch leaves a file; it is removed again. */
static bool writes(rc_session *s, int64_t epoch)
{
    char path[256];
    snprintf(path, sizeof path, "%s/checkpoint/state.safetensors", folder);
    s->at.epoch = epoch;
    CHECK(rc_session_checkpoint_if_due(s) == RC_OK);
    return unlink(path) == 0;
}

TEST(only_every_so_many_epochs)
{
    rc_session s;
    rc_model m;
    open_run(&s, &m);
    s.config.fit.checkpoint_every = 3;
    CHECK(!writes(&s, 1) && !writes(&s, 2));
    CHECK(writes(&s, 3));
    close_run(&s);
}

TEST(a_note_is_kept_once)
{
    rc_session s;
    rc_model m;
    open_run(&s, &m);
    rc_json_append_integer(s.notes, 1); /* of a damaged checkpoint */
    rc_session_note(&s, "%d shards", 2);
    rc_session_note(&s, "%d shards", 3);
    rc_session_note(&s, "%d shards", 2);
    CHECK(rc_json_length(s.notes) == 3);
    close_run(&s);
}

TEST(no_more_than_a_twentieth_of_the_time)
{
    rc_session s;
    rc_model m;
    open_run(&s, &m);
    CHECK(writes(&s, 1)); /* what one takes is not known yet */
    CHECK(s.checkpoint_seconds > 0 && s.checkpoint_ended <= rc_clock());
    s.checkpoint_seconds = 10;
    s.checkpoint_ended = rc_clock() - 100;
    CHECK(!writes(&s, 2));
    s.checkpoint_ended = rc_clock() - 200;
    CHECK(writes(&s, 3));
    close_run(&s);
}

/* Before the optimizer has been read: a new checkpoint would be without its state. */
TEST(what_has_not_yet_gone_on_keeps_its_checkpoint)
{
    rc_session s;
    rc_model m;
    char path[256];
    open_run(&s, &m);
    snprintf(path, sizeof path, "%s/checkpoint/state.safetensors", folder);
    CHECK(rc_session_interrupted(&s) == RC_INTERRUPTED);
    OK(rc_safetensors_open(path, &s.resumed));
    CHECK(unlink(path) == 0);
    CHECK(rc_session_interrupted(&s) == RC_INTERRUPTED);
    CHECK(unlink(path) != 0);
    rc_safetensors_close(&s.resumed);
    close_run(&s);
}

int main(void)
{
    char path[256];
    CHECK(mkdtemp(folder) != NULL);
    RUN(only_every_so_many_epochs);
    RUN(a_note_is_kept_once);
    RUN(no_more_than_a_twentieth_of_the_time);
    RUN(what_has_not_yet_gone_on_keeps_its_checkpoint);
    snprintf(path, sizeof path, "%s/checkpoint", folder);
    rmdir(path);
    rmdir(folder);
    return RESULT();
}
