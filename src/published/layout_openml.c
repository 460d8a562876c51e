/* A table of OpenML as the published loader lays it out. Some column of words: each column of the table is
 * one position of a sequence, its value in as many channels as the widest column has words (words one-hot,
 * numbers standardised in the first channel). Numbers only: one position whose channels are the columns.
 *
 * Unlike there, nothing is learnt of the test part: means and deviations are the training part's. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "formats/table.h"
#include "published/get_task.h"

enum { MAX_VALUES = 1 << 24 };
static const double TEST_SHARE = 0.1;

typedef struct input {
    const rc_column *c;
    int32_t *rank; /* TEXT: of each level, in the order of the words */
    int64_t words; /* TEXT: levels, and one for what is missing */
    double mean, scale;
} input;

typedef struct plan {
    rc__get *g;
    rc_table t;
    int64_t n, *row; /* rows with a label */
    int64_t *label;  /* [n] */
    int8_t *part;    /* [n] */
    int64_t classes;
    input *in;
    int inputs;
    bool words;    /* some column holds words */
    int64_t width; /* channels, with words */
} plan;

/* ---- target ---- */

static int target_column(const rc_table *t, const char *wanted)
{
    static const char *const usual[] = {"class", "Class", "target", "Target"};
    if (wanted[0]) return rc_table_find(t, wanted);
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (rc_table_find(t, usual[i]) >= 0) return rc_table_find(t, usual[i]);
    return t->columns - 1;
}

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Labels are numbered from 0 by their order, those that never occur left out. */
static rc_status number_labels(plan *p, const rc_column *c)
{
    double *value, *sorted = NULL;
    int32_t *order = NULL;
    RC_TRY(RC_NEW(&value, p->n));
    rc_status status = RC_NEW(&sorted, p->n);
    if (status == RC_OK && c->kind == RC_COLUMN_TEXT && !c->declared)
        status = rc_levels_sort(&c->levels, &order);
    for (int64_t i = 0; i < p->n && status == RC_OK; i++) {
        value[i] = c->kind == RC_COLUMN_TEXT ? c->code[p->row[i]] : c->number[p->row[i]];
        for (int32_t k = 0; order && k < c->levels.text.n; k++)
            if (order[k] == c->code[p->row[i]]) {
                value[i] = k;
                break;
            }
        sorted[i] = value[i];
    }
    if (status == RC_OK) {
        qsort(sorted, (size_t)p->n, sizeof *sorted, by_number);
        for (int64_t i = 0; i < p->n; i++)
            if (i == 0 || sorted[i] != sorted[i - 1]) sorted[p->classes++] = sorted[i];
        for (int64_t i = 0; i < p->n; i++)
            p->label[i] =
                (double *)bsearch(&value[i], sorted, (size_t)p->classes, sizeof *sorted, by_number) - sorted;
    }
    rc_free(order);
    rc_free(value);
    rc_free(sorted);
    return status;
}

static rc_status take_target(plan *p, int column)
{
    const rc_column *c = &p->t.column[column];
    RC_TRY(RC_NEW(&p->row, p->t.rows));
    RC_TRY(RC_NEW(&p->label, p->t.rows));
    RC_TRY(RC_NEW(&p->part, p->t.rows));
    for (int64_t r = 0; r < p->t.rows; r++)
        if (!rc_column_is_missing(c, r)) p->row[p->n++] = r;
    RC_CHECK(p->n > 0, RC_DATA, "%s: no row has a \"%s\"", p->t.source, c->name);
    RC_CHECK(c->kind != RC_COLUMN_REAL, RC_DATA,
             "%s: \"%s\" holds numbers that are not whole, so they are not classes", p->t.source, c->name);
    RC_TRY(number_labels(p, c));
    RC_CHECK(p->classes > 1, RC_DATA, "%s: \"%s\" holds one class only", p->t.source, c->name);
    RC_CHECK(p->classes < p->n, RC_DATA, "%s: \"%s\" has %lld classes in %lld rows", p->t.source, c->name,
             (long long)p->classes, (long long)p->n);
    return RC_OK;
}

/* A tenth of every class to the test part, seeded; one sample at least stays in training. */
static rc_status share_out(plan *p)
{
    int64_t *order, *seen = NULL, *total = NULL;
    rc_rng rng = rc_rng_make(p->g->seed, "openml", 0);
    RC_TRY(RC_NEW(&order, p->n));
    rc_status status = RC_NEW(&seen, p->classes);
    if (status == RC_OK) status = RC_NEW(&total, p->classes);
    for (int64_t i = 0; i < p->n && status == RC_OK; i++) {
        order[i] = i;
        total[p->label[i]]++;
    }
    if (status == RC_OK) rc_rng_shuffle(&rng, p->n, order);
    for (int64_t i = 0; i < p->n && status == RC_OK; i++) {
        int64_t k = p->label[order[i]], test = llround(TEST_SHARE * (double)total[k]);
        p->part[order[i]] = seen[k]++ < test && test < total[k] ? RC__TEST : RC__TRAIN;
    }
    rc_free(order);
    rc_free(seen);
    rc_free(total);
    return status;
}

/* ---- inputs ---- */

static bool is_ignored(const rc__openml *t, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = t->ignored.data; at && *at; at = strchr(at, '\n') + 1)
        if (strncmp(at, name, n) == 0 && at[n] == '\n') return true;
    return false;
}

/* The published loader takes columns 0, 1 and 3 of blood-transfusion-service-center. */
static bool is_left_out(const rc__openml *t, int number)
{
    return t->id == 1464 && number != 0 && number != 1 && number != 3;
}

static bool has_missing(const plan *p, const rc_column *c)
{
    for (int64_t i = 0; i < p->n; i++)
        if (rc_column_is_missing(c, p->row[i])) return true;
    return false;
}

static rc_status choose_inputs(plan *p, const rc__openml *t, int target)
{
    int number = 0, kept = 0;
    RC_TRY(RC_NEW(&p->in, p->t.columns));
    for (int k = 0; k < p->t.columns; k++) {
        const rc_column *c = &p->t.column[k];
        if (k == target || is_ignored(t, c->name) || is_left_out(t, number++)) continue;
        if (c->kind == RC_COLUMN_EMPTY) continue;
        p->words = p->words || c->kind == RC_COLUMN_TEXT;
        p->in[p->inputs++] = (input){.c = c, .scale = 1};
    }
    for (int k = 0; k < p->inputs && !p->words; k++) /* numbers only: what has gaps is dropped */
        if (!has_missing(p, p->in[k].c)) p->in[kept++] = p->in[k];
    if (!p->words) p->inputs = kept;
    RC_CHECK(p->inputs > 0, RC_DATA, "%s: no column is left as input", p->t.source);
    return RC_OK;
}

/* In the order of the published loader: words first, then numbers. */
static int words_first(const void *a, const void *b)
{
    const input *x = a, *y = b;
    int wx = x->c->kind == RC_COLUMN_TEXT, wy = y->c->kind == RC_COLUMN_TEXT;
    return wx != wy ? wy - wx : x->c < y->c ? -1 : x->c > y->c;
}

static rc_status rank_words(plan *p, input *in)
{
    int32_t *order;
    int64_t n = in->c->levels.text.n;
    RC_TRY(rc_levels_sort(&in->c->levels, &order));
    rc_status status = RC_NEW(&in->rank, n + 1);
    for (int64_t k = 0; k < n && status == RC_OK; k++)
        in->rank[order[k]] = (int32_t)k;
    in->words = n + has_missing(p, in->c);
    p->width = in->words > p->width ? in->words : p->width;
    rc_free(order);
    return status;
}

static double number_of(const input *in, int64_t row)
{
    double v = in->c->number[row];
    return isnan(v) ? 0 : v; /* missing: 0, and then standardised like the others */
}

static void standardise(const plan *p, input *in)
{
    double n = 0, square = 0;
    for (int64_t i = 0; i < p->n; i++)
        if (p->part[i] == RC__TRAIN) {
            n++;
            in->mean += (number_of(in, p->row[i]) - in->mean) / n;
        }
    for (int64_t i = 0; i < p->n; i++)
        if (p->part[i] == RC__TRAIN) square += pow(number_of(in, p->row[i]) - in->mean, 2) / n;
    in->scale = square > 0 ? 1 / sqrt(square) : 1;
}

static rc_status prepare(plan *p)
{
    p->width = 1;
    qsort(p->in, (size_t)p->inputs, sizeof *p->in, words_first);
    for (int k = 0; k < p->inputs; k++)
        if (p->in[k].c->kind == RC_COLUMN_TEXT)
            RC_TRY(rank_words(p, &p->in[k]));
        else
            standardise(p, &p->in[k]);
    RC_CHECK(p->width * p->inputs <= MAX_VALUES, RC_DATA,
             "%s: %lld different words in %d columns are too many for zeros and ones", p->t.source,
             (long long)p->width, p->inputs);
    return RC_OK;
}

/* [width, columns] with words, else [columns, 1]. */
static void encode(const plan *p, int64_t row, float *x)
{
    memset(x, 0, (size_t)(p->width * p->inputs) * sizeof *x);
    for (int k = 0; k < p->inputs; k++) {
        const input *in = &p->in[k];
        if (in->c->kind != RC_COLUMN_TEXT) {
            x[k] = (float)((number_of(in, row) - in->mean) * in->scale);
            continue;
        }
        int32_t code = in->c->code[row];
        x[(code < 0 ? in->words - 1 : in->rank[code]) * p->inputs + k] = 1;
    }
}

/* ---- writing ---- */

static rc_status write_part(plan *p, int part)
{
    rc__part_out o;
    float *x;
    int64_t n = 0;
    for (int64_t i = 0; i < p->n; i++)
        n += p->part[i] == part;
    n = rc__get_limit(p->g, part, n);
    rc_shape shape = p->words ? RC_SHAPE(p->width, p->inputs) : RC_SHAPE(p->inputs, 1);
    RC_TRY(RC_NEW(&x, rc_shape_size(&shape)));
    rc_status status = rc__part_begin(p->g, part, n, RC_DTYPE_F32, shape, RC_DTYPE_I64, (rc_shape){0}, &o);
    if (status == RC_OK) {
        for (int64_t i = 0; i < p->n && o.done < n && status == RC_OK; i++) {
            if (p->part[i] != part) continue;
            encode(p, p->row[i], x);
            status = rc__part_put(&o, x, &p->label[i]);
        }
        status = rc__part_end(&o, status);
    }
    rc_free(x);
    return status;
}

static rc_status run(plan *p, const rc__openml *t)
{
    int target = target_column(&p->t, t->target);
    RC_CHECK(target >= 0, RC_DATA, "%s: has no column \"%s\" to predict", p->t.source, t->target);
    RC_TRY(take_target(p, target));
    RC_TRY(share_out(p));
    RC_TRY(choose_inputs(p, t, target));
    RC_TRY(prepare(p));
    snprintf(
        p->g->did, sizeof p->g->did,
        "%s: %s predicted from %d columns, %s; means and deviations of the training part; a tenth of every "
        "class is the test part.",
        t->name[0] ? t->name : "table", p->t.column[target].name, p->inputs,
        p->words ? "one position a column, words one-hot, numbers in the first channel"
                 : "one position whose channels are the columns");
    RC_TRY(write_part(p, RC__TRAIN));
    return write_part(p, RC__TEST);
}

static rc_status check_columns(const rc_table *t)
{
    for (int i = 0; i < t->columns; i++)
        RC_CHECK(t->column[i].kind != RC_COLUMN_SERIES, RC_UNSUPPORTED,
                 "%s: \"%.80s\" holds series, this is not a flat table", t->source, t->column[i].name);
    return RC_OK;
}

rc_status rc__read_openml(rc__get *g, const rc__openml *t)
{
    plan p = {.g = g};
    RC_TRY(rc_table_read(t->table, (rc_csv_options){0}, &p.t));
    rc_status status = check_columns(&p.t);
    if (status == RC_OK) status = run(&p, t);
    for (int k = 0; k < p.inputs; k++)
        rc_free(p.in[k].rank);
    rc_free(p.in);
    rc_free(p.row);
    rc_free(p.label);
    rc_free(p.part);
    rc_table_free(&p.t);
    return status;
}
