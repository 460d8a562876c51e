/* How much worse a run answers when something of its samples is another sample's (permutation importance:
 * Breiman, "Random forests", 2001): one of several inputs, a column, a channel, a window of time. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/memory.h"
#include "base/progress.h"
#include "base/utf8.h"
#include "explain/explain_parts.h"

enum { REPEATS = 5, WINDOWS = 16, MAX_GROUPS = 256, MAX_CHANNELS = 64, MIN_SAMPLES = 50 };
enum { MAX_INPUTS = 1 + RC_MORE_INPUTS };

/* Numbers of a sample, or its token ids, that change places together: `count` runs of `length`, `stride`
 * apart, among the samples that have this input; input -1: among all, since it is a whole input. */
typedef struct group {
    char *name;
    bool tokens;
    int64_t start, length, stride, count;
    int input;
    double rise[REPEATS];
} group;
typedef struct chart {
    char title[RC_INPUT_NAME + 32];
    bool ordered; /* by place; else by importance */
    int first, n;
} chart;
typedef struct importance {
    rc__asked *a;
    group *group; /* [MAX_GROUPS + MAX_INPUTS] */
    int n, charts, repeats;
    int full; /* so many groups are enough, for the parts of one input */
    bool cut; /* there were more */
    chart chart[1 + 2 * MAX_INPUTS];
    double base;
    void *kept;
    int64_t *order, *has, *room; /* [n] each: of a permutation; samples that have an input */
} importance;

/* ---- what changes places ---- */

/* Of which input the parts are is said where there are several. */
static void begin(importance *m, const char *title, int input, bool ordered)
{
    const rc_task *t = m->a->q->of->task;
    bool named = input >= 0 && t->n_more > 0;
    chart *c = &m->chart[m->charts++];
    *c = (chart){.ordered = ordered, .first = m->n};
    snprintf(c->title, sizeof c->title, named ? "%s of %s" : "%s", title,
             named ? rc_task_input_name(t, input) : "");
}

static rc_status add(importance *m, group g, const char *format, ...) RC_PRINTF(3, 4);
static rc_status add(importance *m, group g, const char *format, ...)
{
    char name[160];
    va_list args;
    m->cut = m->cut || m->n == m->full;
    if (m->n == m->full) return RC_OK;
    va_start(args, format);
    rc_ascii_vprint(name, sizeof name, format, args);
    va_end(args);
    name[rc_utf8_cut(name, strlen(name), sizeof name - 1)] = '\0';
    m->group[m->n] = g;
    RC_TRY(rc_strdup(name, &m->group[m->n].name));
    m->n++;
    m->chart[m->charts - 1].n++;
    return RC_OK;
}

static rc_status add_inputs(importance *m)
{
    const rc_task *t = m->a->q->of->task;
    begin(m, "Inputs", -1, false);
    for (int k = 0; k <= t->n_more; k++) {
        bool tokens = rc_task_layout(t, k)->form == RC_FORM_TEXTS;
        int64_t n, at = tokens ? rc_task_ids_at(t, k, &n) : rc_task_input_at(t, k, &n);
        group whole = {.tokens = tokens, .start = at, .length = n, .count = 1, .input = -1};
        RC_TRY(add(m, whole, "%s", rc_task_input_name(t, k)));
    }
    return RC_OK;
}

/* All numbers of one column go together. Encoders know those of x. */
static rc_status add_columns(importance *m, int input, int64_t at, int64_t n)
{
    const rc_encoders *e = m->a->q->encoders;
    int64_t columns = input == 0 && rc__knows_columns(m->a->q) ? rc_encoders_columns(e) : 0, width;
    begin(m, "Columns", input, false);
    for (int64_t k = 0; k < columns; k++) {
        const char *name = rc_encoders_column(e, k, &width);
        if (width > 0)
            RC_TRY(add(m, (group){.start = at, .length = width, .count = 1, .input = input}, "%s", name));
        at += width;
    }
    for (int64_t k = 0; k < n && columns == 0; k++)
        RC_TRY(add(m, (group){.start = at + k, .length = 1, .count = 1, .input = input}, "column %lld",
                   (long long)k + 1));
    return RC_OK;
}

static rc_status add_channels(importance *m, int input, int64_t at, int64_t points, int64_t channels)
{
    if (channels < 2 || channels > MAX_CHANNELS) return RC_OK;
    begin(m, "Channels", input, false);
    for (int64_t c = 0; c < channels; c++)
        RC_TRY(add(m, (group){.start = at + c * points, .length = points, .count = 1, .input = input},
                   "channel %lld", (long long)c + 1));
    return RC_OK;
}

/* 0: a series too short to be cut. */
static int64_t windows_of(const rc_layout *l, int64_t points)
{
    if (l->form != RC_FORM_SEQUENCES || points < 2) return 0;
    return points < WINDOWS ? points : WINDOWS;
}

static rc_status add_windows(importance *m, int input, int64_t at, int64_t points, int64_t channels,
                             int64_t windows)
{
    if (windows == 0) return RC_OK;
    begin(m, "Windows of time", input, true);
    for (int64_t w = 0; w < windows; w++) {
        int64_t from = w * points / windows, to = (w + 1) * points / windows;
        RC_TRY(add(
            m,
            (group){
                .start = at + from, .length = to - from, .stride = points, .count = channels, .input = input},
            "points %lld to %lld", (long long)from + 1, (long long)to));
    }
    return RC_OK;
}

/* Pictures have no parts that mean the same in all of them, unless their channels do. Of texts the whole is
 * an input. */
static bool has_parts(const rc_layout *l)
{
    bool channels = l->x_shape[0] > 1 && l->x_shape[0] != 3;
    return l->form == RC_FORM_TABLE || l->form == RC_FORM_SEQUENCES ||
           (l->form == RC_FORM_IMAGES && channels);
}

bool rc__has_parts(const rc_trained *of)
{
    return of->task->n_more > 0 || has_parts(&of->task->layout);
}

/* Few windows stand for all of the time, so that there is room for them whatever the channels are. */
static rc_status add_parts(importance *m, int input)
{
    const rc_task *t = m->a->q->of->task;
    const rc_layout *l = rc_task_layout(t, input);
    int64_t n, at = rc_task_input_at(t, input, &n), channels = l->x_shape[0];
    if (!has_parts(l)) return RC_OK;
    if (l->form == RC_FORM_TABLE) return add_columns(m, input, at, n);
    int64_t windows = windows_of(l, n / channels);
    m->full -= (int)windows;
    RC_TRY(add_channels(m, input, at, n / channels, channels));
    m->full += (int)windows;
    return add_windows(m, input, at, n / channels, channels, windows);
}

static rc_status list_groups(importance *m)
{
    int inputs = 1 + m->a->q->of->task->n_more;
    RC_TRY(RC_NEW(&m->group, MAX_GROUPS + MAX_INPUTS));
    m->full = MAX_INPUTS;
    if (inputs > 1) RC_TRY(add_inputs(m));
    for (int k = 0; k < inputs; k++) {
        m->full = m->n + MAX_GROUPS / inputs;
        RC_TRY(add_parts(m, k));
    }
    return RC_OK;
}

/* ---- measured ---- */

static rc_status score(importance *m, double *out)
{
    const rc_trained *of = m->a->q->of;
    rc_score value;
    RC_TRY(rc_evaluate_outputs(of->graph, of->task, &m->a->part, m->a->output, &value));
    *out = value.metric;
    return RC_OK;
}

/* Rows of `size`, of which sample i gets in these places what sample order[i] had. */
static void move(importance *m, char *rows, size_t size, size_t at, size_t length)
{
    char *kept = m->kept;
    for (int64_t i = 0; i < m->a->part.n; i++)
        memcpy(kept + (size_t)i * length, rows + (size_t)i * size + at, length);
    for (int64_t i = 0; i < m->a->part.n; i++)
        memcpy(rows + (size_t)i * size + at, kept + (size_t)m->order[i] * length, length);
}

static void shuffle(importance *m, const group *g, int64_t run)
{
    const rc__asked *a = m->a;
    size_t each = g->tokens ? sizeof *a->ids : sizeof *a->x;
    int64_t size = g->tokens ? a->tokens : a->size, at = g->start + run * g->stride;
    move(m, g->tokens ? (char *)a->ids : (char *)a->x, (size_t)size * each, (size_t)at * each,
         (size_t)g->length * each);
}

/* Of samples that lack the input none gets a part of it, which would be neither there nor missing. */
static void choose_order(importance *m, const group *g, int repeat)
{
    const rc__asked *a = m->a;
    int64_t n = a->part.n, have = 0, size = 0, at = 0;
    if (g->input >= 0) at = rc_task_input_at(a->q->of->task, g->input, &size);
    for (int64_t i = 0; i < n; i++) {
        m->order[i] = i;
        if (g->input < 0 || !rc_input_is_absent(a->x + i * a->size + at, size)) m->has[have++] = i;
    }
    rc_epoch_order((uint64_t)(g - m->group), 1 + repeat, have, m->room);
    for (int64_t i = 0; i < have; i++)
        m->order[m->has[i]] = m->has[m->room[i]];
}

static void invert(int64_t n, int64_t *order, int64_t *room)
{
    for (int64_t i = 0; i < n; i++)
        room[order[i]] = i;
    memcpy(order, room, (size_t)n * sizeof *order);
}

static rc_status measure(importance *m, group *g, int repeat)
{
    rc__asked *a = m->a;
    double value;
    choose_order(m, g, repeat);
    for (int64_t k = 0; k < g->count; k++)
        shuffle(m, g, k);
    RC_TRY(rc__ask(a));
    RC_TRY(score(m, &value));
    g->rise[repeat] = value - m->base;
    invert(a->part.n, m->order, m->room);
    for (int64_t k = 0; k < g->count; k++)
        shuffle(m, g, k);
    return RC_OK;
}

static rc_status measure_all(importance *m)
{
    size_t numbers = (size_t)m->a->size * sizeof *m->a->x, ids = (size_t)m->a->tokens * sizeof *m->a->ids;
    RC_TRY(rc_alloc_raw((size_t)m->a->part.n, numbers > ids ? numbers : ids, &m->kept));
    RC_TRY(RC_NEW_RAW(&m->order, m->a->part.n));
    RC_TRY(RC_NEW_RAW(&m->has, m->a->part.n));
    RC_TRY(RC_NEW_RAW(&m->room, m->a->part.n));
    for (int r = 0; r < m->repeats; r++)
        for (int i = 0; i < m->n; i++) {
            RC_TRY(measure(m, &m->group[i], r));
            rc_progress_step("importance", r * m->n + i + 1, m->repeats * m->n, NULL);
        }
    return RC_OK;
}

/* ---- told ---- */

static void tell_bar(const importance *m, const group *g, rc_json *list)
{
    double mean = 0, square = 0;
    for (int r = 0; r < m->repeats; r++)
        mean += g->rise[r] / m->repeats;
    for (int r = 0; r < m->repeats; r++)
        square += (g->rise[r] - mean) * (g->rise[r] - mean);
    rc_json *one = rc_json_append(list, rc_json_object());
    rc_json_set_string(one, "name", g->name);
    rc_json_set_number(one, "mean", mean);
    if (m->repeats > 1) rc_json_set_number(one, "sd", sqrt(square / (m->repeats - 1)));
}

static void tell(const importance *m, rc_json *told)
{
    rc_json *j = rc_json_set(told, "importance", rc_json_object());
    rc_json_set_string(j, "metric", rc_metric_name(m->a->q->of->task->metric));
    rc_json_set_number(j, "base", m->base);
    rc_json_set_string(j, "part", m->a->q->test ? "test" : "validation");
    rc_json_set_integer(j, "samples", m->a->part.n);
    rc_json_set_integer(j, "repeats", m->repeats);
    rc_json *list = rc_json_set(j, "charts", rc_json_array());
    for (int i = 0; i < m->charts; i++) {
        if (m->chart[i].n == 0) continue;
        rc_json *one = rc_json_append(list, rc_json_object());
        rc_json_set_string(one, "title", m->chart[i].title);
        rc_json_set_boolean(one, "ordered", m->chart[i].ordered);
        rc_json *bars = rc_json_set(one, "bars", rc_json_array());
        for (int k = 0; k < m->chart[i].n; k++)
            tell_bar(m, &m->group[m->chart[i].first + k], bars);
    }
}

/* As many repeats as there is time for; with less than one, fewer samples. */
static rc_status plan(importance *m, rc_explained *out)
{
    rc__asked *a = m->a;
    double left = a->q->seconds - (rc_clock() - a->started), passes = left / (a->seconds + 1e-9) / m->n;
    m->repeats = passes >= REPEATS ? REPEATS : passes >= 1 ? (int)passes : 0;
    if (m->repeats > 0) return RC_OK;
    if (passes * (double)a->part.n < MIN_SAMPLES) {
        rc_explained_note(out,
                          "what the answers depend on was not measured: shuffling %d things one by one would "
                          "take about %.0f s; raise \1seconds",
                          m->n, m->n * a->seconds);
        return RC_OK;
    }
    m->repeats = 1;
    a->part.n = (int64_t)(passes * (double)a->part.n);
    RC_TRY(rc__ask(a));
    return score(m, &m->base);
}

static rc_status run(importance *m, rc_explained *out)
{
    RC_TRY(list_groups(m));
    if (m->n == 0) return RC_OK;
    double from = rc_clock();
    RC_TRY(score(m, &m->base));
    m->a->seconds += rc_clock() - from;
    RC_TRY(plan(m, out));
    if (m->repeats == 0) return RC_OK;
    if (m->cut)
        rc_explained_note(out,
                          "only the first of many columns or channels were shuffled: those in the charts");
    RC_TRY(measure_all(m));
    tell(m, out->told);
    return RC_OK;
}

rc_status rc__importance(rc__asked *a, rc_explained *out)
{
    importance m = {.a = a};
    if (a->part.n < 2 && a->each > 0) {
        rc_explained_note(
            out,
            "what the answers depend on was not measured: one answer takes about %.2g s; raise \1seconds",
            a->each);
        return RC_OK;
    }
    if (a->part.n < 2) return RC_OK;
    rc_status status = run(&m, out);
    for (int i = 0; i < m.n; i++)
        rc_free(m.group[i].name);
    rc_free(m.group);
    rc_free(m.kept);
    rc_free(m.order);
    rc_free(m.has);
    rc_free(m.room);
    if (status != RC_DATA) return status;
    rc_explained_note(out, "what the answers depend on cannot be measured: %s", rc_error_text());
    return RC_OK;
}
