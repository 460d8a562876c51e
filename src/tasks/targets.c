/* What losses demand of targets beyond their kind, sample by sample. */
#include <math.h>

#include "base/memory.h"
#include "tasks/task.h"

typedef struct looked {
    float *y;                /* [y_size], of one sample */
    int64_t classes, events; /* of points, 1 + the largest; samples whose time ended with the event */
} looked;

static rc_status check_count(const rc_task *t, const char *part, int64_t i, float y)
{
    RC_CHECK(y >= 0, RC_DATA, "%s: y_%s of sample %lld is %g; fit.loss=poisson is for counts, 0 or more",
             t->data->name, part, (long long)i, (double)y);
    return RC_OK;
}

static rc_status check_survival(const rc_task *t, const char *part, int64_t i, const float *y)
{
    RC_CHECK(
        y[0] >= 0 && (y[1] == 0 || y[1] == 1), RC_DATA,
        "%s: y_%s of sample %lld is %g, %g; fit.loss=cox needs a time from 0, and 1 for the event or 0 for "
        "seen without it so far",
        t->data->name, part, (long long)i, (double)y[0], (double)y[1]);
    return RC_OK;
}

/* Classes are numbered from 0; what is below is not known. */
static rc_status check_point(const rc_task *t, const char *part, int64_t i, float y)
{
    enum { MAX = 1000 };
    RC_CHECK(
        isnan(y) || (y == floorf(y) && y >= -1 && y < MAX), RC_DATA,
        "%s: y_%s of sample %lld holds %g; fit.loss=cross-entropy takes whole numbers from 0 to %d for each "
        "point, and -1 where it is not known",
        t->data->name, part, (long long)i, (double)y, MAX - 1);
    return RC_OK;
}

static rc_status look_at_sample(const rc_task *t, const char *part, int64_t i, looked *l)
{
    rc_says says = rc_task_says(t);
    if (says == RC_SAYS_RISKS) {
        l->events += l->y[1] == 1;
        return check_survival(t, part, i, l->y);
    }
    for (int64_t k = 0; k < t->y_size && says == RC_SAYS_RATES; k++)
        RC_TRY(check_count(t, part, i, l->y[k]));
    for (int64_t k = 0; k < t->y_size && says == RC_SAYS_POINTS; k++) {
        RC_TRY(check_point(t, part, i, l->y[k]));
        if (l->y[k] >= (float)l->classes) l->classes = (int64_t)l->y[k] + 1;
    }
    return RC_OK;
}

static rc_status look_at_part(const rc_task *t, const char *part, const rc_part *p, looked *l)
{
    for (int64_t i = 0; i < p->n; i++) {
        rc_part_read(p, t->data, RC_PART_Y, i, l->y);
        RC_TRY(look_at_sample(t, part, i, l));
    }
    return RC_OK;
}

static rc_status check_shape(const rc_task *t)
{
    const rc_dataset *d = t->data;
    RC_CHECK(rc_task_says(t) != RC_SAYS_RISKS || t->y_size == 2, RC_SHAPE,
             "%s: fit.loss=cox needs two numbers a sample, time and event; y has %lld", d->name,
             (long long)t->y_size);
    RC_CHECK(rc_task_says(t) != RC_SAYS_POINTS || t->y_shape.n == rc_form_dims(d->form) ||
                 t->y_shape.dim[0] == 1,
             RC_SHAPE, "%s: fit.loss=cross-entropy takes one class for each point; y has several channels",
             d->name);
    return RC_OK;
}

/* What there is to learn, or that it is no more than what was learnt. */
static rc_status conclude(rc_task *t, bool learns, const looked *train, const looked *all)
{
    const rc_dataset *d = t->data;
    RC_CHECK(rc_task_says(t) != RC_SAYS_RISKS || !learns || d->train.n == 0 || train->events > 0, RC_DATA,
             "%s: no training sample has an event (a 1 in the second column of y)", d->name);
    if (rc_task_says(t) != RC_SAYS_POINTS) return RC_OK;
    if (learns) t->point_classes = all->classes;
    RC_CHECK(!learns || all->classes > 1, RC_DATA, "%s: the points of y have one class only", d->name);
    RC_CHECK(all->classes <= t->point_classes, RC_DATA,
             "%s: points of class %lld, the run was trained with classes 0 to %lld", d->name,
             (long long)all->classes - 1, (long long)t->point_classes - 1);
    return RC_OK;
}

/* Labels end where texts are cut. */
static rc_status check_words(const rc_task *t)
{
    const rc_dataset *d = t->data;
    int64_t *count;
    RC_TRY(RC_NEW(&count, d->classes));
    int64_t all = rc_part_count_labels(&d->train, d, count);
    rc_free(count);
    RC_CHECK(all > 0 || d->train.n == 0, RC_DATA,
             "%s: no training sample has a word with a label within %lld tokens; raise model.tokens", d->name,
             (long long)t->y_size);
    return RC_OK;
}

rc_status rc__task_look_at_targets(rc_task *t, bool learns)
{
    const rc_dataset *d = t->data;
    looked l = {0}, train;
    rc_says says = rc_task_says(t);
    if (learns) t->point_classes = 0;
    if (learns && t->target == RC_TARGET_WORDS) return check_words(t);
    if (says != RC_SAYS_RATES && says != RC_SAYS_RISKS && says != RC_SAYS_POINTS) return RC_OK;
    RC_TRY(check_shape(t));
    RC_TRY(RC_NEW_RAW(&l.y, t->y_size));
    rc_status status = look_at_part(t, "train", &d->train, &l);
    train = l;
    if (status == RC_OK) status = look_at_part(t, "valid", &d->valid, &l);
    if (status == RC_OK) status = look_at_part(t, "test", &d->test, &l);
    rc_free(l.y);
    return status == RC_OK ? conclude(t, learns, &train, &l) : status;
}
