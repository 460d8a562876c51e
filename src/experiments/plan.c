#include "experiments/plan.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "methods/method.h"

enum { MAX_CELLS = 100000, PATH = 4096 };

/* ---- settings of a run ---- */

bool rc_plan_applies(const rc_plan *p, int64_t i, int64_t d, int64_t m, int64_t k)
{
    const rc_plan_setting *s = &p->setting[i];
    return (s->data < 0 || s->data == d) && (s->method < 0 || s->method == m) &&
           (s->candidate < 0 || s->candidate == k);
}

rc_status rc_plan_fill(const rc_plan *p, const char *text, int64_t d, int64_t seed, const char **out)
{
    char number[32];
    snprintf(number, sizeof number, "%lld", (long long)seed);
    RC_TRY(rc__plan_replace(p, text, "{seed}", number, out));
    return rc__plan_replace(p, *out, "{data}", p->data[d].name, out);
}

rc_status rc_plan_config(const rc_plan *p, int64_t d, int64_t m, int64_t k, int64_t seed, rc_config *out)
{
    rc_config_defaults(out);
    for (int scope = 0; scope < RC_PLAN_SCOPES; scope++)
        for (int64_t i = 0; i < p->n_settings; i++) {
            const rc_plan_setting *s = &p->setting[i];
            if (s->scope != (rc_plan_scope)scope || !rc_plan_applies(p, i, d, m, k)) continue;
            RC_CHECK(strcmp(s->key, "seed") != 0, RC_CONFIG,
                     "%s: seed is not set here; the runs take seeds 0, 1, ...", s->where);
            const char *value;
            RC_TRY(rc_plan_fill(p, s->value, d, seed, &value));
            RC_TRY(rc_config_set(out, s->where, s->key, value));
        }
    out->seed = seed;
    rc_status status = rc_config_check(out);
    return status == RC_OK ? status : rc_fail_context(status, "%s, %s", p->data[d].name, p->method[m].name);
}

rc_status rc_plan_path(const rc_plan *p, int64_t d, int64_t seed, const char **out)
{
    *out = p->data[d].path;
    return p->data[d].make ? RC_OK : rc_plan_fill(p, *out, d, seed, out);
}

/* ---- from the command line ---- */

static rc_status last_settings(rc_plan *p, const rc_plan_options *o)
{
    for (size_t i = 0; i < o->n_set; i++) {
        const char *equals = strchr(o->set[i], '=');
        rc_plan_setting s = {RC_PLAN_LAST, -1, -1, -1, "\1set", NULL, NULL, NULL};
        RC_CHECK(equals && equals > o->set[i], RC_CONFIG, "\1set %.80s: expected key=value", o->set[i]);
        RC_TRY(rc__plan_copy(p, o->set[i], (size_t)(equals - o->set[i]), &s.key));
        s.value = equals + 1;
        RC_TRY(rc__plan_add_setting(p, s));
    }
    return RC_OK;
}

/* Without a file: data sets by path, named by the path's last part; methods by name. */
static rc_status from_lists(rc_plan *p, const rc_plan_options *o)
{
    const char **word;
    RC_CHECK(o->data && o->method, RC_CONFIG,
             "\1data and \1method are needed, or an experiment file (\1experiment FILE)");
    RC_TRY(rc__plan_words(p, "\1data", o->data, &word, &p->n_data));
    RC_TRY(rc_arena_alloc(p->arena, (size_t)p->n_data * sizeof *p->data, (void **)&p->data));
    for (int64_t i = 0; i < p->n_data; i++) {
        size_t n = strlen(word[i]);
        while (n > 1 && word[i][n - 1] == '/')
            n--;
        RC_TRY(rc__plan_copy(p, word[i], n, &p->data[i].path));
        const char *base = rc_path_base(p->data[i].path);
        n = strlen(base);
        if (rc_path_has_suffix(base, ".npz")) n -= 4;
        RC_TRY(rc__plan_copy(p, base, n, &p->data[i].name));
        p->data[i].source = o->source;
    }
    RC_TRY(rc__plan_words(p, "\1method", o->method, &word, &p->n_methods));
    RC_TRY(rc_arena_alloc(p->arena, (size_t)p->n_methods * sizeof *p->method, (void **)&p->method));
    for (int64_t i = 0; i < p->n_methods; i++)
        p->method[i] = (rc_plan_method){word[i], word[i]};
    p->title = "Comparison";
    return RC_OK;
}

/* ---- checks ---- */

static rc_status check_names(const rc_plan *p)
{
    const rc_method *method;
    for (int64_t i = 0; i < p->n_data; i++) {
        RC_TRY(rc__plan_check_name("\1data", "data set", p->data[i].name));
        RC_CHECK(strcmp(p->data[i].name, "data") != 0, RC_CONFIG,
                 "a data set cannot be named \"data\": generated data go there");
        for (int64_t j = 0; j < i; j++)
            RC_CHECK(strcmp(p->data[i].name, p->data[j].name) != 0, RC_CONFIG,
                     "two data sets are named \"%s\"; an experiment file can name them apart",
                     p->data[i].name);
    }
    for (int64_t i = 0; i < p->n_methods; i++) {
        RC_TRY(rc__plan_check_name("\1method", "method", p->method[i].name));
        RC_TRY(rc_method_find(p->method[i].method, &method));
        for (int64_t j = 0; j < i; j++)
            RC_CHECK(strcmp(p->method[i].name, p->method[j].name) != 0, RC_CONFIG,
                     "the method \"%s\" is named twice", p->method[i].name);
    }
    return RC_OK;
}

static rc_status check_data(rc_plan *p)
{
    const char *path;
    for (int64_t i = 0; i < p->n_data; i++)
        for (int64_t seed = 0; seed < p->seeds && !p->data[i].make; seed++) {
            RC_TRY(rc_plan_path(p, i, seed, &path));
            RC_CHECK(rc_path_exists(path), RC_IO, "%s: no such data set (%s)", path, p->data[i].name);
        }
    return RC_OK;
}

static rc_status check_settings(const rc_plan *p)
{
    rc_config c;
    int64_t candidates = p->n_candidates ? p->n_candidates : 1;
    RC_CHECK(p->n_data * p->n_methods <= MAX_CELLS, RC_CONFIG, "more than %d pairs of data set and method",
             MAX_CELLS);
    for (int64_t d = 0; d < p->n_data; d++)
        for (int64_t m = 0; m < p->n_methods; m++)
            for (int64_t k = 0; k < candidates; k++)
                RC_TRY(rc_plan_config(p, d, m, p->n_candidates ? k : -1, 0, &c));
    return RC_OK;
}

static rc_status build(rc_plan *p, const rc_plan_options *o)
{
    RC_CHECK(o->out && o->out[0], RC_CONFIG, "\1out is empty");
    RC_TRY(rc__plan_copy(p, o->out, strlen(o->out), &p->out));
    if (o->tune) RC_TRY(rc__plan_read_candidates(p, o->tune));
    RC_TRY(o->experiment ? rc__plan_read(p, o) : from_lists(p, o));
    if (!p->seeds) p->seeds = 3;
    p->part = o->data || (o->seeds && o->seeds < p->seeds);
    if (o->seeds) p->seeds = o->seeds;
    RC_TRY(last_settings(p, o));
    RC_TRY(check_names(p));
    if (!o->without_data) RC_TRY(check_data(p));
    return check_settings(p);
}

rc_status rc_plan_create(const rc_plan_options *o, rc_plan **out)
{
    RC_TRY(RC_NEW(out, 1));
    rc_status status = rc_arena_create(&(*out)->arena);
    if (status == RC_OK) status = build(*out, o);
    if (status != RC_OK) rc_plan_destroy(out);
    return status;
}

void rc_plan_destroy(rc_plan **p)
{
    if (!*p) return;
    rc_arena_destroy(&(*p)->arena);
    rc_free(*p);
    *p = NULL;
}
