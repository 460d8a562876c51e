/* One source out of all that are at hand, for a method that is named. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/progress.h"
#include "datasets/text_inputs.h"
#include "fitting/auto_parts.h"
#include "runs/run_record.h"

/* By which "auto" prefers its sources, too. Of eight numbers it had the smallest regret on the targets of
 * experiments/sources.yaml (docs/results.md).
 */
static const char RULE[] = "probe";

static double by_rule(const rc_gap *g)
{
    return g->scores.probe;
}

/* there[i]: gap[i] is of source i. Numbers of other samples do not compare: all are of as few as the widest
 * of the sources has room for. */
static rc_status measure(rc__auto *a, rc_gap gap[RC__SOURCES], bool there[RC__SOURCES])
{
    int64_t few = a->c.align.samples;
    for (int i = 0; i < a->sources; i++) {
        rc_status status = rc__auto_measure(a, &a->source[i], few, &gap[i]);
        there[i] = status == RC_OK;
        if (!there[i]) RC_TRY(rc__auto_leave_out(a, a->source[i].name, status));
        if (there[i] && gap[i].scores.samples) few = gap[i].scores.samples;
    }
    for (int i = 0; i < a->sources; i++)
        if (there[i] && gap[i].scores.samples > few) RC_TRY(rc__auto_measure(a, &a->source[i], few, &gap[i]));
    return RC_OK;
}

/* What cannot be measured comes last. */
static bool is_better(double x, double y)
{
    return x < y || (isnan(y) && !isnan(x));
}

static void tell_one(const char *name, double value, rc_json *list)
{
    rc_json *one = rc_json_append(list, rc_json_object());
    rc_json_set_string(one, "source", name);
    rc_json_set_number(one, RULE, value);
}

static rc_status choose(rc__auto *a, rc_json *list)
{
    const rc__auto_source *best = NULL;
    double min = NAN;
    rc_gap gap[RC__SOURCES];
    bool there[RC__SOURCES];
    RC_TRY(measure(a, gap, there));
    for (int i = 0; i < a->sources; i++) {
        if (!there[i]) continue;
        double value = by_rule(&gap[i]);
        tell_one(a->source[i].name, value, list);
        if (best && !is_better(value, min)) continue;
        best = &a->source[i];
        min = value;
    }
    RC_CHECK(best && !isnan(min), RC_DATA,
             "\1source auto: none of the %d sources here has a %s that can be measured on %s; name one",
             a->sources, RULE, a->data->name);
    rc_progress_note("source %s, by the smallest %s (%.4g) of %d", best->name, RULE, min, a->sources);
    rc_json_set_string(a->result, "source", best->name);
    return RC_OK;
}

/* A run that goes on keeps the source that was chosen when it began. */
static rc_status recall(const rc_auto_how *how, rc_json **choice)
{
    rc_json *record;
    if (!how->folder || how->resume == RC_RESUME_NO) return RC_OK;
    RC_TRY(rc_run_read(how->folder, RC_RUN_IDENTITY, &record));
    const rc_json *there = rc_json_get(record, "source_choice");
    if (there) *choice = rc_json_copy(there);
    rc_status status = there ? rc_json_check(*choice) : RC_OK;
    if (status == RC_OK && there && !rc_json_string(there, "source", NULL))
        status = rc_fail(RC_FORMAT, "%s/" RC_RUN_IDENTITY ": \"source_choice\" names no source", how->folder);
    if (status != RC_OK) rc_json_free(choice);
    rc_json_free(&record);
    return status;
}

static rc_status work(rc__auto *a)
{
    a->notes = rc_json_array();
    a->c = *a->how->config;
    RC_TRY(rc_dataset_share(a->how->data, &a->data));
    RC_CHECK(!rc_dataset_has_texts(a->data), RC_CONFIG,
             "%s: texts are among its inputs, and are read with the tokenizer of a source; name one",
             a->data->name);
    RC_TRY(rc__fitting_split(&a->c, a->data));
    RC_TRY(rc__auto_list_sources(a));
    a->result = rc_json_object();
    rc_json_set_string(a->result, "by", RULE);
    rc_json *list = rc_json_set(a->result, "sources", rc_json_array());
    RC_TRY(choose(a, list));
    rc_json *notes = a->notes;
    a->notes = NULL;
    rc_json_set(a->result, "notes", notes);
    return rc_json_check(a->result);
}

rc_status rc_auto_choose(const rc_auto_how *how, rc_json **choice)
{
    rc__auto a = {.how = how};
    *choice = NULL;
    RC_TRY(recall(how, choice));
    if (*choice) return RC_OK;
    rc_status status = work(&a);
    if (status == RC_OK)
        *choice = a.result;
    else
        rc_json_free(&a.result);
    rc__auto_close_sources(&a);
    rc_json_free(&a.notes);
    rc_dataset_close(&a.data);
    return status;
}
