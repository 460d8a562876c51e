/* From probabilities of classes to answers: a threshold that was chosen for two classes, and probabilities
 * where classes are as frequent as somebody says instead of as in the training data. By Bayes' rule these
 * are p(k) new(k) / old(k), up to a factor (Saerens, Latinne and Decaestecker, "Adjusting the outputs of a
 * classifier to new a priori probabilities", 2002). */
#include <math.h>
#include <string.h>

#include "base/choice.h"
#include "base/memory.h"
#include "tasks/task.h"

rc_status rc__task_check_threshold(const rc_task *t, rc_threshold chosen)
{
    const rc_dataset *d = t->data;
    bool two = d->target == RC_TARGET_CLASSES && d->classes == 2;
    char word[RC_CHOICE_TEXT];
    RC_CHECK(chosen == RC_THRESHOLD_HALF || two, RC_CONFIG,
             "%s: fit.threshold=%s is for one of two classes a sample", d->name,
             rc_choice_text(RC_THRESHOLDS, (int)chosen, word));
    return RC_OK;
}

int64_t rc_task_decide(const rc_task *t, const float *p)
{
    return rc_decide(p, t->outputs, t->threshold);
}

rc_status rc_task_count_classes(rc_task *t)
{
    const rc_dataset *d = t->data;
    double all = 0;
    if (t->target != RC_TARGET_CLASSES || d->train.n == 0) return RC_OK;
    rc_free(t->share);
    RC_TRY(RC_NEW(&t->share, t->outputs));
    for (int64_t i = 0; i < d->train.n; i++) {
        int32_t label = rc_part_label(&d->train, i);
        double weight = (double)rc_part_weight(&d->train, i);
        if (t->class_weight && !t->plain) weight *= (double)t->class_weight[label];
        t->share[label] += weight;
        all += weight;
    }
    for (int64_t k = 0; k < t->outputs; k++)
        t->share[k] /= all;
    return RC_OK;
}

/* ---- into and out of a model file ---- */

static void set_threshold(const rc_task *t, rc_json *out)
{
    char word[RC_CHOICE_TEXT];
    if (t->threshold == 0) return;
    rc_json_set_number(out, "threshold", t->threshold);
    rc_json_set_string(out, "threshold_for", rc_choice_text(RC_THRESHOLDS, (int)t->threshold_for, word));
}

void rc__task_store_decision(const rc_task *t, rc_json *out)
{
    set_threshold(t, out);
    if (!t->share) return;
    rc_json *list = rc_json_set(out, "class_shares", rc_json_array());
    for (int64_t k = 0; k < t->outputs; k++)
        rc_json_append_number(list, t->share[k]);
}

static rc_status restore_shares(rc_task *t, const rc_json *list, const char *source)
{
    if (!list) return RC_OK;
    RC_CHECK((int64_t)rc_json_length(list) == t->outputs, RC_FORMAT, "%s: \"class_shares\" is damaged",
             source);
    RC_TRY(RC_NEW(&t->share, t->outputs));
    for (int64_t k = 0; k < t->outputs; k++) {
        t->share[k] = rc_json_as_number(rc_json_at(list, (size_t)k));
        RC_CHECK(t->share[k] >= 0 && t->share[k] <= 1, RC_FORMAT, "%s: \"class_shares\" is damaged", source);
    }
    return RC_OK;
}

rc_status rc__task_restore_decision(rc_task *t, const rc_json *json, const char *source)
{
    const char *word = rc_json_string(json, "threshold_for", NULL);
    int chosen = word ? rc_choice_find(RC_THRESHOLDS, word) : RC_THRESHOLD_HALF;
    t->threshold = rc_json_number(json, "threshold", 0);
    RC_CHECK(chosen >= 0 && t->threshold >= 0 && t->threshold <= 1 &&
                 (t->threshold == 0 || (t->target == RC_TARGET_CLASSES && t->outputs == 2)),
             RC_FORMAT, "%s: \"threshold\" is damaged", source);
    t->threshold_for = (rc_threshold)chosen;
    return restore_shares(t, rc_json_get(json, "class_shares"), source);
}

void rc_task_tell_decision(const rc_task *t, rc_json *out)
{
    set_threshold(t, out);
    if (!t->prior) return;
    rc_json *j = rc_json_set(out, "priors", rc_json_object());
    for (int64_t k = 0; k < t->outputs; k++) {
        char number[RC_NUMBER_TEXT];
        const char *name = t->labels ? t->label_name[k] : rc_text_number((double)k, number);
        rc_json_set_number(j, name, t->prior[k]);
    }
}

/* ---- other frequencies of the classes ---- */

/* A class that the training data lack has no prior either. */
static double factor(const rc_task *t, int64_t k)
{
    return t->prior[k] > 0 ? t->prior[k] / t->share[k] : 0;
}

void rc__task_weigh_priors(const rc_task *t, float *p)
{
    double sum = 0;
    if (!t->prior) return;
    for (int64_t k = 0; k < t->outputs; k++)
        sum += (double)p[k] * factor(t, k);
    for (int64_t k = 0; k < t->outputs && sum > 0; k++)
        p[k] = (float)((double)p[k] * factor(t, k) / sum);
}

/* "yes=0.1", or a share alone, which is that of class `place`. */
static rc_status take_share(rc_task *t, char *word, int64_t place, bool *given)
{
    char *equals = strrchr(word, '=');
    double share;
    int64_t k = equals ? -1 : place;
    if (equals) *equals = '\0';
    if (equals && !t->labels && !rc_text_to_i64(word, &k)) k = -1;
    for (int64_t i = 0; equals && i < t->labels; i++)
        if (strcmp(t->label_name[i], word) == 0) k = i;
    RC_CHECK(k >= 0 && k < t->outputs, RC_CONFIG, "\1priors: \"%.60s\" is not one of the %lld classes", word,
             (long long)t->outputs);
    RC_CHECK(!given[k], RC_CONFIG, "\1priors: \"%.60s\" is given twice", word);
    RC_CHECK(rc_text_to_f64(equals ? equals + 1 : word, &share) && share >= 0 && share <= 1, RC_CONFIG,
             "\1priors: \"%.60s\" is not a share from 0 to 1", equals ? equals + 1 : word);
    RC_CHECK(t->share[k] > 0 || share == 0, RC_DATA,
             "\1priors: the run has learnt nothing about class %lld: its training data had no such sample",
             (long long)k);
    given[k] = true;
    t->prior[k] = share;
    return RC_OK;
}

static rc_status take_shares(rc_task *t, char *text, bool *given)
{
    char *save = NULL;
    double sum = 0;
    int64_t n = 0;
    for (char *word = strtok_r(text, ",", &save); word; word = strtok_r(NULL, ",", &save))
        RC_TRY(take_share(t, word, n++, given));
    for (int64_t k = 0; k < t->outputs; k++)
        sum += t->prior[k];
    RC_CHECK(n == t->outputs, RC_CONFIG, "\1priors: %lld shares for %lld classes", (long long)n,
             (long long)t->outputs);
    RC_CHECK(fabs(sum - 1) < 1e-3, RC_CONFIG, "\1priors: the shares sum to %g instead of 1", sum);
    for (int64_t k = 0; k < t->outputs; k++)
        t->prior[k] /= sum;
    return RC_OK;
}

rc_status rc_task_set_priors(rc_task *t, const char *priors)
{
    char *text;
    bool *given = NULL;
    RC_CHECK(t->target == RC_TARGET_CLASSES, RC_CONFIG,
             "\1priors: that is for targets of one class a sample");
    RC_CHECK(t->share, RC_UNSUPPORTED,
             "\1priors: the run was made by an earlier version, which did not keep how frequent its classes "
             "were; fit again");
    RC_TRY(rc_strdup(priors, &text));
    rc_free(t->prior);
    rc_status status = RC_NEW(&t->prior, t->outputs);
    if (status == RC_OK) status = RC_NEW(&given, t->outputs);
    if (status == RC_OK) status = take_shares(t, text, given);
    rc_free(given);
    rc_free(text);
    if (status == RC_OK) {
        t->threshold = 0; /* it was chosen for the old frequencies */
        return RC_OK;
    }
    rc_free(t->prior);
    t->prior = NULL;
    return status;
}
