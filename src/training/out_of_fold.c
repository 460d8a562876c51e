/* What predictors in closed form say of training samples that they have not learnt from, as a file beside the
 * run: with what is said of the validation part it is ground for weighing them against each other. */
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "training/session.h"

static const char NAME[] = "out_of_fold.safetensors", ARRAY[] = "outputs";
/* Numbers that are worth their memory, once for every predictor. */
enum { MAX_NUMBERS = 1 << 24 };

rc_status rc_out_of_fold_room(const rc_session *s, double seconds, rc_plain_held *held)
{
    int64_t n = s->task->data->train.n, width = rc_task_width(s->task);
    bool wanted = s->task->target != RC_TARGET_WORDS && RC_PLAIN_FOLDS * seconds <= s->out_of_fold &&
                  n >= 2 && n <= MAX_NUMBERS / width;
    *held = (rc_plain_held){0};
    return wanted ? RC_NEW_RAW(&held->said, n * width) : RC_OK;
}

rc_status rc_out_of_fold_keep(rc_session *s, const rc_plain_held *held)
{
    int64_t n = s->task->data->train.n, width = rc_task_width(s->task);
    rc_safetensors_writer *w;
    rc__predictions_as_outputs(s->task, n * width, held->said);
    s->folds_seconds += held->seconds;
    RC_TRY(rc_safetensors_writer_create(&w));
    rc_status status = rc_safetensors_writer_add(w, ARRAY, RC_DTYPE_F32, RC_SHAPE(n, width), held->said);
    if (status == RC_OK) status = rc_session_keep(s, NAME, w);
    rc_safetensors_writer_destroy(&w);
    return status;
}

rc_status rc_out_of_fold_read(const char *directory, int64_t n, int64_t width, float *out, bool *there)
{
    char path[RC_SESSION_PATH];
    rc_safetensors *f;
    RC_TRY(rc_path_join(directory, NAME, sizeof path, path));
    *there = rc_path_exists(path);
    if (!*there) return RC_OK;
    RC_TRY(rc_safetensors_open(path, &f));
    int at = rc_safetensors_find(f, ARRAY);
    rc_safetensors_entry e = at < 0 ? (rc_safetensors_entry){0} : rc_safetensors_get(f, at);
    bool fits = e.dtype == RC_DTYPE_F32 && e.bytes == (size_t)(n * width) * sizeof *out;
    if (fits) memcpy(out, e.data, e.bytes);
    rc_safetensors_close(&f);
    RC_CHECK(fits, RC_FORMAT, "%s: it is not of %lld samples of %lld outputs", path, (long long)n,
             (long long)width);
    return RC_OK;
}
