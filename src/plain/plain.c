/* The table of plain predictors, and what is the same for all: the way of a sample into one, and back from
 * named arrays. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/progress.h"
#include "plain/plain_parts.h"

enum { BLOCK = 256 };
/* A sum of squares may be least at a rate of nothing or less. */
static const float MIN_RATE = 1e-2f;

static const rc_plain_kind *const table[] = {
    &rc__plain_majority, &rc__plain_ridge,  &rc__plain_patches, &rc__plain_logistic, &rc__plain_points,
    &rc__plain_svm,      &rc__plain_forest, &rc__plain_kernels, &rc__plain_ordinal,  &rc__plain_poisson,
    &rc__plain_quantile, &rc__plain_cox,    &rc__plain_words,   &rc__plain_probe};
enum { KINDS = sizeof table / sizeof *table };

static bool same_name(int i, int j)
{
    return strcmp(table[i]->name, table[j]->name) == 0;
}

/* A name has its rows side by side: the i-th name that differs from the one before it. */
static const rc_plain_kind *named(int i)
{
    for (int k = 0; k < KINDS; k++) {
        if (k > 0 && same_name(k, k - 1)) continue;
        if (i-- == 0) return table[k];
    }
    return NULL;
}

const char *rc_plain_name(int i)
{
    return named(i) ? named(i)->name : NULL;
}

static bool takes(const rc_plain_kind *kind, const rc_plain_form *f)
{
    unsigned of = kind->takes ? kind->takes : RC__NUMBERS;
    return of & (f->form == RC_FORM_TEXTS ? RC__TEXTS : RC__NUMBERS);
}

static rc_status wrong_samples(const char *name, const rc_plain_form *f)
{
    return rc_fail(RC_UNSUPPORTED, "%s takes %s", name,
                   f->form == RC_FORM_TEXTS ? "numbers, not texts" : "texts, not numbers");
}

static rc_status find(const char *name, const rc_plain_form *f, const rc_plain_kind **out)
{
    static const char *const words[] = {
        [RC_PLAIN_CLASSES] = "classes",         [RC_PLAIN_LABELS] = "several labels a sample",
        [RC_PLAIN_NUMBERS] = "numbers",         [RC_PLAIN_FIELDS] = "fields",
        [RC_PLAIN_QUANTILES] = "quantiles",     [RC_PLAIN_RISKS] = "risks",
        [RC_PLAIN_POINTS] = "classes of points"};
    bool known = false;
    for (int k = 0; k < KINDS; k++) {
        if (strcmp(table[k]->name, name) != 0) continue;
        known = true;
        *out = table[k];
        if (table[k]->targets & f->target) return takes(table[k], f) ? RC_OK : wrong_samples(name, f);
    }
    RC_CHECK(known, RC_CONFIG, "there is no plain predictor \"%.40s\"", name);
    return rc_fail(RC_UNSUPPORTED, "%s does not predict %s", name, words[f->target]);
}

rc_status rc_plain_check(const char *name, const rc_plain_form *f, int64_t n)
{
    const rc_plain_kind *kind;
    RC_TRY(find(name, f, &kind));
    return kind->check ? kind->check(f, n) : RC_OK;
}

double rc_plain_seconds(const char *name, const rc_plain_form *f, int64_t n, int64_t asked)
{
    const rc_plain_kind *kind;
    return find(name, f, &kind) == RC_OK ? kind->seconds(f, n, asked) : INFINITY;
}

double rc_plain_bytes(const char *name, const rc_plain_form *f, int64_t n)
{
    const rc_plain_kind *kind;
    if (find(name, f, &kind) != RC_OK) return 0;
    size_t each = sizeof(float) + (kind->raw || kind->features ? 0 : sizeof(double));
    double numbers = (double)n * (double)rc_plain_inputs(f);
    return numbers * (double)each + (kind->bytes ? kind->bytes(f, n) : 0);
}

bool rc_plain_wants_features(const char *name)
{
    for (int k = 0; k < KINDS; k++)
        if (strcmp(table[k]->name, name) == 0) return table[k]->wants_features;
    return false;
}

/* ---- arrays ---- */

int rc_plain_arrays(const rc_plain *p, const rc_plain_array **out)
{
    *out = p->array;
    return p->arrays;
}

const char *rc_plain_name_of(const rc_plain *p)
{
    return p->kind->name;
}

const rc_plain_form *rc_plain_form_of(const rc_plain *p)
{
    return &p->form;
}

void rc_plain_destroy(rc_plain **p)
{
    if (!*p) return;
    for (int i = 0; i < (*p)->arrays; i++)
        rc_free((*p)->array[i].data);
    rc_free(*p);
    *p = NULL;
}

/* ---- samples as a table ---- */

static int64_t width_of(const rc_plain *p)
{
    return p->kind->features ? p->kind->features->width(p) : rc_plain_inputs(&p->form);
}

static rc_status raw_columns(const rc_plain *p, int64_t n, const float *x, double *out)
{
    if (p->kind->features) return p->kind->features->apply(p, n, x, out);
    for (int64_t i = 0; i < n * rc_plain_inputs(&p->form); i++)
        out[i] = (double)x[i];
    return RC_OK;
}

static rc_status learn(rc_plain *p, const rc_plain_samples *train, const rc_plain_options *o, float *held)
{
    const rc_plain_kind *kind = p->kind;
    double *x = NULL;
    rc__table t = {.n = train->n, .samples = train};
    if (kind->raw) return kind->learn(p, &t, o, held);
    if (kind->features) RC_TRY(kind->features->prepare(p, train, o));
    rc_status status = RC_NEW_RAW(&x, train->n * width_of(p));
    if (status == RC_OK) status = raw_columns(p, train->n, train->x, x);
    if (status == RC_OK) status = rc__columns_fit(p, train, width_of(p), x);
    if (status == RC_OK) {
        rc__columns_apply(p, train->n, width_of(p), x, x);
        t.z = x;
        t.d = rc__columns_kept(p);
        status = kind->learn(p, &t, o, held);
    }
    rc_free(x);
    return status;
}

static rc_status create(const char *name, const rc_plain_form *f, rc_plain **out)
{
    const rc_plain_kind *kind;
    RC_TRY(find(name, f, &kind));
    RC_TRY(RC_NEW(out, 1));
    (*out)->kind = kind;
    (*out)->form = *f;
    return RC_OK;
}

/* ---- predict ---- */

/* n of them, without what is known of them. */
static rc_plain_samples samples_from(const rc_plain *p, const rc_plain_samples *s, int64_t first, int64_t n)
{
    int64_t at = first * rc_plain_inputs(&p->form);
    return (rc_plain_samples){.n = n, .x = s->x ? s->x + at : NULL, .ids = s->ids ? s->ids + at : NULL};
}

static rc_status predict_block(const rc_plain *p, const rc_plain_samples *s, double *raw, double *z,
                               float *out)
{
    rc__table t = {.n = s->n, .samples = s};
    if (!p->kind->raw) {
        RC_TRY(raw_columns(p, s->n, s->x, raw));
        rc__columns_apply(p, s->n, width_of(p), raw, z);
        t.z = z;
        t.d = rc__columns_kept(p);
    }
    RC_TRY(p->kind->answer(p, &t, out));
    for (int64_t i = 0; i < s->n * p->form.outputs && p->form.counts && p->kind->squares; i++)
        out[i] = fmaxf(out[i], MIN_RATE);
    return RC_OK;
}

static rc_status predict(const rc_plain *p, const rc_plain_samples *s, float *out)
{
    double *raw = NULL, *z = NULL;
    rc_status status = RC_OK;
    if (!p->kind->raw) status = RC_NEW_RAW(&raw, BLOCK * width_of(p));
    if (!p->kind->raw && status == RC_OK) status = RC_NEW_RAW(&z, BLOCK * width_of(p));
    for (int64_t i = 0; i < s->n && status == RC_OK; i += BLOCK) {
        rc_plain_samples block = samples_from(p, s, i, s->n - i < BLOCK ? s->n - i : BLOCK);
        status = predict_block(p, &block, raw, z, out + i * p->form.outputs);
    }
    rc_free(raw);
    rc_free(z);
    return status;
}

rc_status rc_plain_predict(const rc_plain *p, int64_t n, const float *x, float *out)
{
    return predict(p, &(rc_plain_samples){.n = n, .x = x}, out);
}

rc_status rc_plain_predict_texts(const rc_plain *p, int64_t n, const int32_t *ids, float *out)
{
    return predict(p, &(rc_plain_samples){.n = n, .ids = ids}, out);
}

/* ---- samples left out ---- */

typedef struct subset {
    rc_plain_samples s;
    float *x, *y;
    int32_t *ids, *label;
    int64_t *group;
    double *weight;
} subset;

static void subset_free(subset *u)
{
    rc_free(u->x);
    rc_free(u->y);
    rc_free(u->ids);
    rc_free(u->label);
    rc_free(u->group);
    rc_free(u->weight);
}

/* The samples whose fold is (or is not) k. */
static rc_status subset_make(const rc_plain_form *f, const rc_plain_samples *all, const int32_t *fold,
                             int32_t k, bool is, subset *u)
{
    int64_t width = rc_plain_inputs(f), truths = rc_plain_truths(f), n = 0;
    *u = (subset){0};
    if (all->x) RC_TRY(RC_NEW_RAW(&u->x, all->n * width));
    if (all->ids) RC_TRY(RC_NEW_RAW(&u->ids, all->n * width));
    if (all->label) RC_TRY(RC_NEW_RAW(&u->label, all->n));
    if (all->y) RC_TRY(RC_NEW_RAW(&u->y, all->n * truths));
    if (all->group) RC_TRY(RC_NEW_RAW(&u->group, all->n));
    if (all->weight) RC_TRY(RC_NEW_RAW(&u->weight, all->n));
    for (int64_t i = 0; i < all->n; i++) {
        if ((fold[i] == k) != is) continue;
        if (all->x) memcpy(u->x + n * width, all->x + i * width, (size_t)width * sizeof *u->x);
        if (all->ids) memcpy(u->ids + n * width, all->ids + i * width, (size_t)width * sizeof *u->ids);
        if (all->label) u->label[n] = all->label[i];
        if (all->group) u->group[n] = all->group[i];
        if (all->weight) u->weight[n] = all->weight[i];
        if (all->y) memcpy(u->y + n * truths, all->y + i * truths, (size_t)truths * sizeof *u->y);
        n++;
    }
    u->s = (rc_plain_samples){n, u->x, u->label, u->y, u->group, u->weight, u->ids};
    return RC_OK;
}

static rc_status hold_fold(const char *name, const rc_plain_form *f, const rc_plain_samples *all,
                           const rc_plain_options *o, const int32_t *fold, int32_t k, float *held)
{
    subset learnt, left;
    rc_plain *p = NULL;
    float *said = NULL;
    rc_status status = subset_make(f, all, fold, k, false, &learnt);
    if (status == RC_OK) status = rc_plain_fit(name, f, &learnt.s, o, NULL, &p);
    subset_free(&learnt);
    if (status != RC_OK) return status;
    status = subset_make(f, all, fold, k, true, &left);
    if (status == RC_OK) status = RC_NEW_RAW(&said, left.s.n * f->outputs);
    if (status == RC_OK) status = predict(p, &left.s, said);
    for (int64_t i = 0, at = 0; i < all->n && status == RC_OK; i++)
        if (fold[i] == k)
            memcpy(held + i * f->outputs, said + at++ * f->outputs, (size_t)f->outputs * sizeof *held);
    rc_free(said);
    subset_free(&left);
    rc_plain_destroy(&p);
    return status;
}

static rc_status hold_out(const char *name, const rc_plain_form *f, const rc_plain_samples *all,
                          const rc_plain_options *o, float *held)
{
    int32_t *fold;
    int64_t folds;
    RC_CHECK(all->n >= 2, RC_DATA, "%s: one sample cannot be left out of one", name);
    RC_TRY(RC_NEW(&fold, all->n));
    rc_status status = rc__folds_deal(f, all, o->seed, fold, &folds);
    for (int32_t k = 0; status == RC_OK && k < folds; k++)
        status = hold_fold(name, f, all, o, fold, k, held);
    rc_free(fold);
    return status;
}

/* ---- fit ---- */

static rc_status fit(const char *name, const rc_plain_form *f, const rc_plain_samples *train,
                     const rc_plain_options *o, rc_plain_held *held, rc_plain **out)
{
    RC_TRY(create(name, f, out));
    bool leaves_out = (*out)->kind->leaves_out;
    rc_status status = learn(*out, train, o, held && leaves_out ? held->said : NULL);
    double learnt = rc_clock();
    if (status == RC_OK && held && !leaves_out) status = hold_out(name, f, train, o, held->said);
    if (held) held->seconds = rc_clock() - learnt;
    if (status != RC_OK) rc_plain_destroy(out);
    return status;
}

/* is [n]: does the sample count? Returns how many do. */
static int64_t counted(const rc_plain_samples *s, int32_t *is)
{
    int64_t count = 0;
    for (int64_t i = 0; i < s->n; i++)
        count += is[i] = rc_plain_weight(s, i) > 0;
    return count;
}

/* What does not count is not learnt from; of such samples anybody may speak. */
static rc_status hold_rest(const rc_plain *p, const rc_plain_samples *all, const int32_t *is,
                           const float *said, float *held)
{
    int64_t outputs = p->form.outputs;
    for (int64_t i = 0, at = 0; i < all->n; i++) {
        rc_plain_samples one = samples_from(p, all, i, 1);
        if (is[i])
            memcpy(held + i * outputs, said + at++ * outputs, (size_t)outputs * sizeof *held);
        else
            RC_TRY(predict(p, &one, held + i * outputs));
    }
    return RC_OK;
}

static rc_status fit_counted(const char *name, const rc_plain_form *f, const rc_plain_samples *all,
                             const int32_t *is, const rc_plain_options *o, rc_plain_held *held,
                             rc_plain **out)
{
    subset some;
    rc_plain_held of_some = {0};
    rc_status status = subset_make(f, all, is, 1, true, &some);
    if (status == RC_OK && held) status = RC_NEW_RAW(&of_some.said, some.s.n * f->outputs);
    if (status == RC_OK) status = fit(name, f, &some.s, o, held ? &of_some : NULL, out);
    if (status == RC_OK && held) status = hold_rest(*out, all, is, of_some.said, held->said);
    if (status != RC_OK) rc_plain_destroy(out);
    if (held) held->seconds = of_some.seconds;
    rc_free(of_some.said);
    subset_free(&some);
    return status;
}

rc_status rc_plain_fit(const char *name, const rc_plain_form *f, const rc_plain_samples *train,
                       const rc_plain_options *o, rc_plain_held *held, rc_plain **out)
{
    int32_t *is;
    *out = NULL;
    RC_TRY(rc_plain_check(name, f, train->n));
    if (!train->weight) return fit(name, f, train, o, held, out);
    RC_TRY(RC_NEW(&is, train->n));
    int64_t count = counted(train, is);
    rc_status status = count == train->n ? fit(name, f, train, o, held, out)
                       : count > 0       ? fit_counted(name, f, train, is, o, held, out)
                                         : rc_fail(RC_DATA, "%s: the weights of all samples are 0", name);
    rc_free(is);
    return status;
}

/* ---- from stored arrays ---- */

static rc_status copy_array(rc_plain *p, const rc_plain_array *from)
{
    void *data;
    RC_CHECK(p->arrays < RC__MAX_ARRAYS, RC_FORMAT, "%s: too many arrays", p->kind->name);
    RC_TRY(rc__plain_add(p, from->name, from->dtype, from->shape, &data));
    memcpy(data, from->data, (size_t)rc_shape_size(&from->shape) * rc_dtype_size(from->dtype));
    return RC_OK;
}

static rc_status verify(const rc_plain *p)
{
    if (p->kind->features) RC_TRY(p->kind->features->verify(p));
    if (!p->kind->raw) RC_TRY(rc__columns_verify(p, width_of(p)));
    return p->kind->verify(p, p->kind->raw ? 0 : rc__columns_kept(p));
}

rc_status rc_plain_restore(const char *name, const rc_plain_form *f, int n, const rc_plain_array *array,
                           rc_plain **out)
{
    RC_TRY(rc_plain_check(name, f, 1));
    RC_TRY(create(name, f, out));
    rc_status status = RC_OK;
    for (int i = 0; i < n && status == RC_OK; i++)
        status = copy_array(*out, &array[i]);
    if (status == RC_OK) status = verify(*out);
    if (status != RC_OK) rc_plain_destroy(out);
    return status;
}
