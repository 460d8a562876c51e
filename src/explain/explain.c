#include "explain/explain.h"

#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "explain/explain_parts.h"

/* What the run said of its test part when it ended, which is what `eval` says: the first samples of it. */
static rc_status read_test(rc__judged *j, const char *path)
{
    rc_safetensors *f;
    int64_t all = j->part->n;
    RC_TRY(rc_safetensors_open(path, &f));
    int at = rc_safetensors_find(f, "test_output");
    rc_safetensors_entry e = at < 0 ? (rc_safetensors_entry){0} : rc_safetensors_get(f, at);
    bool fits = e.shape.n == 2 && e.shape.dim[0] <= all && e.shape.dim[1] == j->width;
    rc_status status = fits ? RC_NEW_RAW(&j->said, e.shape.dim[0] * j->width) : RC_OK;
    if (status == RC_OK && fits) {
        j->n = e.shape.dim[0];
        rc_convert_to_f32(e.dtype, e.data, j->n * j->width, j->said);
    }
    rc_safetensors_close(&f);
    return status;
}

static rc_status judge_test(const rc_explain_request *q, rc__judged *j)
{
    const rc_task *t = q->of->task;
    char path[RC_TRAINED_PATH];
    *j = (rc__judged){.q = q, .part = &t->data->test, .test = true, .width = t->outputs};
    RC_TRY(rc_path_join(q->directory, "examples.safetensors", sizeof path, path));
    return rc_path_exists(path) ? read_test(j, path) : RC_OK;
}

/* Without a test part: what is said of samples that it has not learnt from. */
static rc_status judge_asked(const rc__asked *a, rc__judged *j)
{
    const rc_task *t = a->q->of->task;
    *j = (rc__judged){.q = a->q, .part = &a->part, .test = a->q->test, .width = a->width};
    RC_TRY(RC_NEW_RAW(&j->said, a->part.n * a->width));
    memcpy(j->said, a->output, (size_t)(a->part.n * a->width) * sizeof *j->said);
    j->n = a->part.n;
    for (int64_t i = 0; i < j->n; i++)
        rc_task_finish_output(t, j->width, j->said + i * j->width);
    return RC_OK;
}

/* Why single samples are not listed; NULL: they are. */
static const char *unlisted(const rc_task *t)
{
    if (t->target == RC_TARGET_WORDS) return "a text has a label for each of its words";
    if (t->target == RC_TARGET_DENSE)
        return "of fields, the worst four of the test part are among the pictures";
    if (rc_task_says(t) == RC_SAYS_RISKS)
        return "a risk is right or wrong only in comparison with those of other samples";
    return NULL;
}

static void say_what_is_left_out(const rc_task *t, rc_explained *out)
{
    const char *why = unlisted(t);
    if (why) rc_explained_note(out, "the worst samples are not listed: %s", why);
}

/* What was said of samples whose truth is known; n = 0: nothing. The model is asked where the run has kept no
 * answers, or has parts to be shuffled. */
static rc_status judge(const rc_explain_request *q, rc__asked *a, rc__judged *j)
{
    const rc_task *t = q->of->task;
    bool listed = !unlisted(t);
    if (listed) RC_TRY(judge_test(q, j));
    if (rc__has_parts(q->of) || (listed && j->n == 0)) RC_TRY(rc__asked_open(q, a));
    return listed && j->n == 0 && a->part.n > 0 ? judge_asked(a, j) : RC_OK;
}

static rc_status show(const rc__judged *j, rc_explained *out)
{
    rc__worst_samples w = {0};
    if (j->n == 0) return RC_OK;
    rc_status status = rc__worst_find(j, &w);
    if (status == RC_OK) status = rc__gradients(j, &w, out);
    if (status == RC_OK) status = rc__worst_tell(j, &w, out);
    if (status == RC_OK) status = rc__pictures(j, &w, out);
    rc_free(w.gradient);
    return status;
}

rc_status rc_explain(const rc_explain_request *q, rc_explained *out)
{
    rc__asked a = {0};
    rc__judged j = {0};
    rc_explained_make(out);
    say_what_is_left_out(q->of->task, out);
    rc_status status = judge(q, &a, &j);
    if (status == RC_OK) status = show(&j, out);
    if (status == RC_OK && rc__has_parts(q->of)) status = rc__importance(&a, out);
    if (status == RC_OK) status = rc_json_check(out->told);
    rc_free(j.said);
    rc__asked_close(&a);
    return status;
}
