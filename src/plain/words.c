/* Logistic regression on a bag of words: how often each word piece and each pair of neighbours occurs in a
 * text, the logarithm of it, weighted by how rare that is among the training texts, each text of length 1
 * (Salton and Buckley, "Term-weighting approaches in automatic text retrieval", 1988). Pieces and pairs share
 * a fixed number of columns, by a hash (Weinberger et al., "Feature hashing for large scale multitask
 * learning", ICML 2009). Where pieces have places, the same piece in another place is another column. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "plain/linear_model.h"

enum { COLUMNS = 1 << 15, MAX_WEIGHTS = 1 << 24 };

/* Of a piece alone (before < 0), or of a pair. place 0: anywhere in the text. */
static int32_t column_of(int64_t place, int32_t before, int32_t piece)
{
    uint64_t h = ((uint64_t)(uint32_t)(before + 1) << 32 | (uint32_t)piece) * 0x9e3779b97f4a7c15u;
    h ^= h >> 32;
    h += (uint64_t)place * 0xbf58476d1ce4e5b9u;
    h *= 0xd6e8feb86659fd93u;
    return (int32_t)(h >> 49); /* 15 bits */
}

static int ascending(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* Columns of a text in order, each as often as it occurs; returns how many. */
static int64_t list_columns(const int32_t *ids, int64_t length, bool placed, int32_t *out)
{
    int64_t n = 0;
    for (int64_t t = 0; t < length; t++) {
        int64_t place = placed ? t + 1 : 0;
        if (ids[t] < 0) continue;
        out[n++] = column_of(place, -1, ids[t]);
        if (t > 0 && ids[t - 1] >= 0) out[n++] = column_of(place, ids[t - 1], ids[t]);
    }
    qsort(out, (size_t)n, sizeof *out, ascending);
    return n;
}

/* Behind what is there: the columns of one more text with the logarithms of their counts. */
static void add_text(const int32_t *ids, int64_t length, bool placed, int32_t *scratch, rc__matrix *r)
{
    int64_t n = list_columns(ids, length, placed, scratch), at = r->first[r->n];
    for (int64_t i = 0, k; i < n; i = k) {
        for (k = i; k < n && scratch[k] == scratch[i];)
            k++;
        r->column[at] = scratch[i];
        r->value[at++] = 1 + log((double)(k - i));
    }
    r->first[++r->n] = at;
}

static rc_status count(const rc_plain *p, int64_t n, const int32_t *ids, rc__matrix *out)
{
    int64_t length = rc_plain_inputs(&p->form);
    int32_t *scratch;
    *out = (rc__matrix){.d = COLUMNS};
    RC_TRY(RC_NEW_RAW(&scratch, 2 * length));
    rc_status status = RC_NEW(&out->first, n + 1);
    if (status == RC_OK) status = RC_NEW_RAW(&out->column, 2 * n * length);
    if (status == RC_OK) status = RC_NEW_RAW(&out->value, 2 * n * length);
    for (int64_t i = 0; i < n && status == RC_OK; i++)
        add_text(ids + i * length, length, p->form.placed, scratch, out);
    rc_free(scratch);
    return status;
}

/* Each column by its rarity, each text to length 1. */
static void weigh(const float *rarity, rc__matrix *r)
{
    for (int64_t i = 0; i < r->n; i++) {
        double squares = 0;
        for (int64_t e = r->first[i]; e < r->first[i + 1]; e++) {
            r->value[e] *= (double)rarity[r->column[e]];
            squares += r->value[e] * r->value[e];
        }
        for (int64_t e = r->first[i]; e < r->first[i + 1]; e++)
            r->value[e] /= sqrt(squares);
    }
}

/* 1 + log((1 + texts) / (1 + texts that have it)), as scikit-learn has it. */
static void measure_rarity(const rc__matrix *r, float *rarity)
{
    for (int64_t e = 0; e < r->first[r->n]; e++)
        rarity[r->column[e]] += 1;
    for (int64_t k = 0; k < r->d; k++)
        rarity[k] = (float)(1 + log((1 + (double)r->n) / (1 + (double)rarity[k])));
}

static rc_status check(const rc_plain_form *f, int64_t n)
{
    (void)n;
    RC_CHECK(f->outputs <= MAX_WEIGHTS / COLUMNS, RC_UNSUPPORTED, "words takes at most %d classes or labels",
             MAX_WEIGHTS / COLUMNS);
    return RC_OK;
}

static rc_status learn(rc_plain *p, const rc__table *t, const rc_plain_options *o, float *held)
{
    float *rarity;
    rc__matrix rows;
    RC_TRY(rc__plain_add(p, "rarity", RC_DTYPE_F32, RC_SHAPE(COLUMNS), &rarity));
    rc_status status = count(p, t->n, t->samples->ids, &rows);
    if (status == RC_OK) measure_rarity(&rows, rarity);
    if (status == RC_OK) weigh(rarity, &rows);
    if (status == RC_OK)
        status = rc__linear_learn(p, rc__logistic_loss(&p->form), &p->form, &rows, t->samples, o, held);
    rc__matrix_free(&rows);
    return status;
}

static rc_status answer(const rc_plain *p, const rc__table *t, float *out)
{
    rc__matrix rows;
    rc_status status = count(p, t->n, t->samples->ids, &rows);
    if (status == RC_OK) weigh(rc__plain_data(p, "rarity"), &rows);
    if (status == RC_OK) status = rc__linear_answer(p, rc__logistic_loss(&p->form), &p->form, &rows, out);
    rc__matrix_free(&rows);
    return status;
}

static rc_status verify(const rc_plain *p, int64_t d)
{
    (void)d;
    RC_TRY(rc__plain_expect(p, "rarity", RC_DTYPE_F32, RC_SHAPE(COLUMNS)));
    return rc__linear_verify(p, rc__logistic_loss(&p->form), &p->form, COLUMNS);
}

static double seconds(const rc_plain_form *f, int64_t n, int64_t asked)
{
    double pieces = (double)rc_plain_inputs(f), outputs = (double)f->outputs;
    /* Windows around words share few columns, and the search for the strength takes many steps. */
    if (f->placed) return outputs * (0.3 + 3e-4 * (double)n) + 1e-7 * (double)asked * pieces;
    return 1e-7 * outputs * (double)n * pieces + 1e-4 * outputs + 1e-7 * (double)asked * pieces;
}

const rc_plain_kind rc__plain_words = {.name = "words",
                                       .targets = RC_PLAIN_CLASSES | RC_PLAIN_LABELS,
                                       .takes = RC__TEXTS,
                                       .raw = true,
                                       .check = check,
                                       .seconds = seconds,
                                       .learn = learn,
                                       .leaves_out = true,
                                       .answer = answer,
                                       .verify = verify};
