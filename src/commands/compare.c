#include "recraft/compare.h"

#include "commands/common.h"
#include "experiments/experiment.h"

static rc_status give(const rc_comparison *c, char **json, char **markdown)
{
    rc_string text = {0};
    if (json) RC_TRY(rc_comparison_json(c, json));
    if (!markdown) return RC_OK;
    rc_status status = rc_comparison_markdown(c, &text);
    if (status == RC_OK)
        *markdown = text.data;
    else
        rc_string_free(&text);
    return status;
}

rc_status rc_compare(const rc_compare_options *given, char **json, char **markdown)
{
    rc_compare_options own = RC_COMPARE_OPTIONS_INIT, *o = &own;
    rc_comparison *c;
    rc_json *list;
    RC_TRY(rc__options_take("rc_compare_options", given, sizeof own, o));
    RC_TRY(RC_FIELDS("rc_compare_options", o->out));
    RC_TRY(rc_check_texts("rc_compare_options.set", o->set, (int64_t)o->n_set));
    rc_experiment_options e = {.plan = {o->experiment, o->tune, o->root, o->data, o->method, o->source,
                                        o->set, o->n_set, o->seeds, o->out, o->tables || o->list},
                               .program = o->program,
                               .jobs = o->jobs,
                               .retry = o->retry,
                               .tables = o->tables,
                               .worker = o->worker,
                               .share = o->share,
                               .shares = o->shares,
                               .list = o->list};
    if (json) *json = NULL;
    if (markdown) *markdown = NULL;
    RC_TRY(rc_experiment_run(&e, &c, &list));
    if (list) return rc__json_result(list, RC_OK, json);
    rc_status status = give(c, json, markdown);
    if (status != RC_OK && json) {
        rc_free(*json);
        *json = NULL;
    }
    rc_comparison_destroy(&c);
    return status;
}
