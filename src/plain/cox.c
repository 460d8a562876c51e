/* Cox regression of survival (1972; equal times as Breslow has them): the logarithm of the risk is linear. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "plain/linear_model.h"

static int64_t one(const rc_plain_form *f)
{
    (void)f;
    return 1;
}

static int64_t none(const rc_plain_form *f)
{
    (void)f;
    return 0;
}

static double time_of(const rc__linear *p, int64_t k)
{
    return p->t[2 * p->order[k]];
}

typedef struct moment {
    double time;
    int64_t sample;
} moment;

static int latest_first(const void *a, const void *b)
{
    const moment *x = a, *y = b;
    if (x->time != y->time) return x->time < y->time ? 1 : -1;
    return x->sample < y->sample ? -1 : x->sample > y->sample;
}

static rc_status prepare(rc__linear *p)
{
    moment *m;
    RC_TRY(RC_NEW_RAW(&p->order, p->rows.n));
    RC_TRY(RC_NEW_RAW(&p->room, p->rows.n));
    RC_TRY(RC_NEW_RAW(&m, p->rows.n));
    for (int64_t i = 0; i < p->rows.n; i++)
        m[i] = (moment){p->t[2 * i], i};
    qsort(m, (size_t)p->rows.n, sizeof *m, latest_first);
    for (int64_t i = 0; i < p->rows.n; i++)
        p->order[i] = m[i].sample;
    rc_free(m);
    return RC_OK;
}

/* Where the samples of the time of the first of them end. */
static int64_t end_of_time(const rc__linear *p, int64_t first)
{
    int64_t end = first + 1;
    while (end < p->rows.n && time_of(p, end) == time_of(p, first))
        end++;
    return end;
}

/* log(exp(a) + exp(b)) */
static double add_logarithms(double a, double b)
{
    double more = fmax(a, b), less = fmin(a, b);
    return less > -INFINITY ? more + log1p(exp(less - more)) : more;
}

/* Everybody whose time is not less is at risk; from late to early their shares add up. All are logarithms:
 * beside one large score those at risk later would be none. p->room: by the first place of a time, how many
 * events there were to the sum of shares. */
static double run(rc__linear *p, const double *own, double *slope)
{
    int64_t n = p->rows.n;
    double at_risk = -INFINITY, rate = -INFINITY, sum = 0;
    (void)own;
    (void)slope;
    for (int64_t first = 0, end; first < n; first = end) {
        double events = 0, said = 0;
        end = end_of_time(p, first);
        for (int64_t k = first; k < end; k++) {
            int64_t i = p->order[k];
            double weight = rc__linear_weight(p, i), event = weight * p->t[2 * i + 1];
            at_risk = add_logarithms(at_risk, log(weight) + p->score[i]);
            events += event;
            said += event * p->score[i];
            p->room[k] = -INFINITY;
        }
        if (events > 0) {
            sum += events * at_risk - said;
            p->room[first] = log(events) - at_risk;
        }
    }
    for (int64_t k = n - 1, end = n; k >= 0; k--) {
        rate = add_logarithms(rate, p->room[k]);
        if (k > 0 && time_of(p, k) == time_of(p, k - 1)) continue;
        for (int64_t j = k; j < end; j++) {
            int64_t i = p->order[j];
            p->score[i] = rc__linear_weight(p, i) * (exp(p->score[i] + rate) - p->t[2 * i + 1]);
        }
        end = k;
    }
    return sum;
}

static void say(const rc_plain_form *f, const double *own, double *score, float *out)
{
    (void)f;
    (void)own;
    *out = (float)*score;
}

static const rc__linear_loss *loss(const rc_plain_form *f)
{
    static const rc__linear_loss survival = {
        .scores = one, .own = none, .prepare = prepare, .run = run, .say = say};
    (void)f;
    return &survival;
}

const rc_plain_kind rc__plain_cox = RC__LINEAR_KIND("cox", RC_PLAIN_RISKS, rc__linear_table_check,
                                                    rc__linear_seconds, loss, rc__linear_table_learn);
