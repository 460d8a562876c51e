/* The sources that "auto" tries, and in which order they are preferred. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/checksum.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/progress.h"
#include "base/utf8.h"
#include "fitting/auto_parts.h"
#include "fitting/fitting.h"
#include "fitting/look.h"
#include "parallel/parallel.h"
#include "source/names.h"

/* ---- sources ---- */

static bool has_label(const rc__auto *a, const char *label)
{
    for (int i = 0; i < a->sources; i++)
        if (strcmp(a->source[i].label, label) == 0) return true;
    return false;
}

/* Names of files become those of bundles, and long ones are cut. */
static void label_source(const rc__auto *a, rc__auto_source *s)
{
    const char *base = rc_path_base(s->name);
    size_t max = RC__LABEL - 1, size = strlen(base);
    char number[8] = "";
    for (int i = 2; s->label[0] == '\0' || has_label(a, s->label); i++) {
        int n = (int)rc_utf8_cut(base, size, max - strlen(number));
        snprintf(s->label, sizeof s->label, "%.*s%s", n, base, number);
        snprintf(number, sizeof number, "~%d", i);
    }
}

static bool is_listed(const rc__auto *a, const char *name)
{
    for (int i = 0; i < a->sources; i++)
        if (strcmp(a->source[i].name, name) == 0) return true;
    return false;
}

static rc_status note_learnt(const rc__auto *a, const rc__auto_source *s)
{
    char note[RC__NOTE];
    const rc_method *m = NULL;
    if (a->how->method) RC_TRY(rc_method_find(a->how->method, &m));
    if (m && m->forgets) return RC_OK;
    rc__note_learnt(s->bundle, s->name, a->data->name, note);
    if (note[0]) rc__auto_note(a, "%s", note);
    return RC_OK;
}

/* Takes b over where it was opened for this. One that takes no such data is not listed; models of images take
 * everything. */
static rc_status list_bundle(rc__auto *a, const char *name, const rc_bundle *b, rc_bundle **opened)
{
    rc__auto_source *s = &a->source[a->sources];
    rc_input_kind takes = rc_backbone_of(&b->backbone)->native->input;
    if (takes != RC_INPUT_IMAGE && a->data->form == RC_FORM_IMAGES && !a->how->source) return RC_OK;
    RC_CHECK(a->sources < RC__SOURCES, RC_CONFIG, "at most %d sources are tried; \1source %s tries this one",
             RC__SOURCES, name);
    *s = (rc__auto_source){.bundle = b, .opened = *opened, .takes = takes, .w1 = NAN, .best = -1};
    *opened = NULL;
    strcpy(s->name, name);
    label_source(a, s);
    a->ranked[a->sources++] = s;
    return note_learnt(a, s);
}

static rc_status add_source(rc__auto *a, const char *name)
{
    rc_bundle *opened = NULL;
    bool given = a->how->bundle && strcmp(name, a->how->source) == 0;
    if (is_listed(a, name)) return RC_OK;
    RC_CHECK(strlen(name) < RC_SESSION_PATH, RC_CONFIG, "\1source: the path is too long");
    if (!given) RC_TRY(rc_bundle_open(name, &opened));
    rc_status status = list_bundle(a, name, given ? a->how->bundle : opened, &opened);
    rc_bundle_close(&opened);
    return status;
}

void rc__auto_close_sources(rc__auto *a)
{
    for (int i = 0; i < a->sources; i++)
        rc_bundle_close(&a->source[i].opened);
    a->sources = 0;
}

static rc_status add_kept(rc__auto *a)
{
    rc_json *kept = rc_json_array();
    rc_status status = rc_bundle_list_kept(kept);
    for (size_t i = 0; status == RC_OK && i < rc_json_length(kept); i++) {
        const char *name = rc_json_as_string(rc_json_at(kept, i));
        status = rc__auto_leave_out(a, name, add_source(a, name));
    }
    rc_json_free(&kept);
    return status;
}

static rc_status add_asked(rc__auto *a)
{
    rc_source_names names;
    if (a->how->bundle) return add_source(a, a->how->source);
    RC_TRY(rc_source_names_cut(a->how->source, &names));
    rc_status status = RC_OK;
    for (int i = 0; i < names.n && status == RC_OK; i++)
        status = add_source(a, names.name[i]);
    rc_source_names_free(&names);
    return status;
}

static rc_status add_all(rc__auto *a)
{
    for (int i = 0; rc_bundle_builtin(i); i++)
        RC_TRY(add_source(a, rc_bundle_builtin(i)));
    RC_TRY(add_kept(a));
    bool text = false;
    for (int i = 0; i < a->sources; i++)
        text |= a->source[i].takes == RC_INPUT_TOKENS;
    if (text || a->data->form == RC_FORM_IMAGES) return RC_OK;
    rc__auto_note(a, "the source minilm is not here (`\1rc_source_get minilm`); only swin-mini is used");
    return RC_OK;
}

/* Those that were asked for; else all that are at hand. */
rc_status rc__auto_list_sources(rc__auto *a)
{
    rc_checksum names;
    RC_TRY(a->how->source ? add_asked(a) : add_all(a));
    rc_checksum_begin(&names);
    for (int i = 0; i < a->sources; i++)
        rc_checksum_add_text(&names, a->source[i].name);
    return rc_parallel_same("other sources here", rc_checksum_value(&names));
}

/* ---- many ranks ---- */

static rc_status take_text(char *text, int64_t size, rc_json **out)
{
    RC_TRY(rc_parallel_broadcast(text, (size_t)size));
    if (rc_parallel_rank() == 0) return RC_OK;
    rc_json_free(out);
    return rc_json_parse("what rank 0 says", text, (size_t)size, out);
}

rc_status rc__auto_share(rc_json **io)
{
    bool first = rc_parallel_rank() == 0;
    char *text = NULL;
    if (rc_parallel_size() == 1) return rc_json_check(*io);
    RC_TRY(rc_parallel_follow(first ? rc_json_text(*io, false, &text) : RC_OK));
    int64_t size = first ? (int64_t)strlen(text) : 0;
    rc_status status = rc_parallel_broadcast(&size, sizeof size);
    if (status == RC_OK && !first) status = RC_NEW(&text, size);
    if (status == RC_OK) status = take_text(text, size, io);
    rc_free(text);
    return status;
}

/* ---- what a search that was cut goes on with ---- */

static const char PLAN[] = "search.json";

rc_status rc__auto_write_plan(const rc__auto *a)
{
    return rc_parallel_follow(rc_parallel_rank() == 0 ? rc_json_write(a->folder, PLAN, a->plan) : RC_OK);
}

static rc_status begin_plan(rc__auto *a)
{
    rc_json *list = rc_json_set(a->plan, "sources", rc_json_array());
    for (int i = 0; i < a->sources; i++)
        rc_json_append_string(list, a->source[i].name);
    return rc__auto_write_plan(a);
}

/* The run keeps its list: one that has come since then would be tried after decisions that it had no part in.
 */
static rc_status recall_sources(rc__auto *a, const rc_json *list)
{
    char here[RC__SOURCES][RC_SESSION_PATH];
    int n = a->sources;
    for (int i = 0; i < n; i++)
        strcpy(here[i], a->source[i].name);
    rc__auto_close_sources(a);
    for (size_t i = 0; i < rc_json_length(list); i++) {
        const char *name = rc_json_as_string(rc_json_at(list, i));
        RC_CHECK(name, RC_FORMAT, "%s/%s: \"sources\" is not a list of names", a->folder, PLAN);
        RC_TRY(add_source(a, name));
    }
    for (int i = 0; i < n; i++)
        if (!is_listed(a, here[i]))
            rc__auto_note(a, "the source %s was not here when this run began, and is not tried", here[i]);
    return RC_OK;
}

static rc_status read_plan(rc__auto *a)
{
    char path[RC_SESSION_PATH];
    RC_TRY(rc_path_join(a->folder, PLAN, sizeof path, path));
    if (rc_path_exists(path)) return rc_json_read(path, &a->plan);
    a->plan = rc_json_object();
    return RC_OK;
}

rc_status rc__auto_recall_plan(rc__auto *a)
{
    RC_TRY(rc_parallel_follow(rc_parallel_rank() == 0 ? read_plan(a) : RC_OK));
    RC_TRY(rc__auto_share(&a->plan));
    a->budget = a->c.fit.budget >= 0 ? a->c.fit.budget : rc_json_integer(a->plan, "budget", -1);
    const rc_json *list = rc_json_get(a->plan, "sources");
    return list ? recall_sources(a, list) : begin_plan(a);
}

/* ---- which source is nearer ---- */

rc_status rc__auto_measure(const rc__auto *a, const rc__auto_source *s, int64_t frozen, rc_gap *out)
{
    rc_gap_options how = {
        .distances = "", .source_features = 250, .frozen = frozen, .seed = (uint64_t)a->c.seed};
    rc__look look = {0};
    rc_status status = rc__look_open(&a->c, a->data, s->bundle, &look);
    if (status == RC_OK) status = rc_alignment_measure(&look.view, true);
    if (status == RC_OK) status = rc_alignment_weigh(&look.view);
    if (status == RC_OK) status = rc_gap_measure(&look.view, &how, out);
    rc__look_close(&look);
    return status;
}

/* A source without it comes behind. */
static rc_status measure_w1(const rc__auto *a, rc__auto_source *s)
{
    rc_gap gap;
    rc_status status = rc__auto_measure(a, s, 0, &gap);
    if (status == RC_OK) s->w1 = gap.mean.w1;
    return status == RC_OK ? RC_OK : rc__auto_leave_out(a, "W1", status);
}

/* Of equals, which small validation parts make often, the nearer one. */
static bool is_better(const rc__auto *a, const rc__auto_source *s, const rc__auto_source *t)
{
    if (s->best < 0 || t->best < 0) return t->best < 0 && s->best >= 0;
    double x = rc__candidate_score(&a->candidate[s->best]), y = rc__candidate_score(&a->candidate[t->best]);
    return x != y ? x < y : s->w1 < t->w1;
}

static void sort(rc__auto *a)
{
    for (int i = 1; i < a->sources; i++)
        for (int k = i; k > 0 && is_better(a, a->ranked[k], a->ranked[k - 1]); k--) {
            rc__auto_source *swap = a->ranked[k];
            a->ranked[k] = a->ranked[k - 1];
            a->ranked[k - 1] = swap;
        }
}

rc_status rc__auto_rank_sources(rc__auto *a)
{
    rc_string line = {0};
    rc_status status = RC_OK;
    if (a->sources < 2) return RC_OK;
    for (int i = 0; i < a->sources && status == RC_OK; i++)
        status = measure_w1(a, &a->source[i]);
    sort(a);
    for (int i = 0; i < a->sources && status == RC_OK; i++) {
        const rc__auto_source *s = a->ranked[i];
        double probe = s->best < 0 ? NAN : rc__candidate_score(&a->candidate[s->best]);
        status =
            rc_string_printf(&line, "%s%s (probe %.4g, W1 %.3g)", i ? ", then " : "", s->name, probe, s->w1);
    }
    if (status == RC_OK) rc_progress_note("sources: %s", line.data);
    rc_string_free(&line);
    return status;
}
