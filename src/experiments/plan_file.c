/* The experiment file: YAML, read as dotted keys. First the names are collected and the choice of `data` and
 * `method` made among them; then the settings of what was chosen. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "experiments/plan.h"
#include "formats/yaml.h"

typedef struct reader {
    rc_plan *p;
    const rc_plan_options *o;
    const char *path;
    rc_yaml y;
    int64_t max; /* entries, and so names */
    const char *source;
    const char **method; /* all that the file names, chosen or not */
    int64_t n_methods;
} reader;

enum { MAX_QUESTIONS = 100 };

static rc_status where(reader *r, const rc_yaml_entry *e, const char **out)
{
    rc_string text = {0};
    rc_status status = rc_string_printf(&text, "%s:%d", r->path, e->line);
    if (status == RC_OK) return rc__plan_text(r->p, &text, out);
    rc_string_free(&text);
    return status;
}

/* "data.NAME.rest" for the section "data": NAME into out, the rest returned; NULL for other sections. */
static rc_status split(reader *r, const rc_yaml_entry *e, const char *section, const char **name,
                       const char **rest)
{
    size_t n = strlen(section);
    *rest = NULL;
    if (strncmp(e->key, section, n) != 0 || e->key[n] != '.') return RC_OK;
    const char *at = e->key + n + 1, *dot = strchr(at, '.');
    RC_CHECK(dot, RC_FORMAT, "%s:%d: %s: expected a name with indented lines below it", r->path, e->line,
             e->key);
    RC_TRY(rc__plan_copy(r->p, at, (size_t)(dot - at), name));
    *rest = dot + 1;
    return RC_OK;
}

static int64_t find(const char *const *list, int64_t n, const char *word)
{
    for (int64_t i = 0; i < n; i++)
        if (strcmp(list[i], word) == 0) return i;
    return -1;
}

static rc_status names_of(reader *r, const char *section, const char ***out, int64_t *n)
{
    *n = 0;
    RC_TRY(rc_arena_alloc(r->p->arena, (size_t)(r->max + 1) * sizeof **out, (void **)out));
    for (size_t i = 0; i < r->y.count; i++) {
        const char *name, *rest;
        RC_TRY(split(r, &r->y.entry[i], section, &name, &rest));
        if (rest && find(*out, *n, name) < 0) (*out)[(*n)++] = name;
    }
    return RC_OK;
}

static const rc_yaml_entry *entry(const reader *r, const char *key)
{
    for (size_t i = 0; i < r->y.count; i++)
        if (strcmp(r->y.entry[i].key, key) == 0) return &r->y.entry[i];
    return NULL;
}

static rc_status field(reader *r, const char *section, const char *name, const char *key, const char **out)
{
    char whole[320];
    snprintf(whole, sizeof whole, "%s.%.120s.%s", section, name, key);
    const rc_yaml_entry *e = entry(r, whole);
    *out = NULL;
    return e ? rc__plan_copy(r->p, e->value, strlen(e->value), out) : RC_OK;
}

/* ---- data sets ---- */

static rc_status joined(rc_plan *p, const char *directory, const char *name, const char **out)
{
    char path[4096];
    RC_TRY(rc_path_join(directory, name, sizeof path, path));
    return rc__plan_copy(p, path, strlen(path), out);
}

/* {root} in what makes a data set stands for the root folder. */
static rc_status with_root(reader *r, const char *make, const char **out)
{
    return rc__plan_replace(r->p, make, "{root}", r->o->root ? r->o->root : ".", out);
}

/* "darcy --n-train 8": its words, {root} filled in afterwards, and all of them joined again. */
static rc_status read_make(reader *r, rc_plan_data *d)
{
    static const char blank[] = " \t\n";
    rc_string text = {0};
    rc_status status = RC_OK;
    const char *word;
    size_t max = strlen(d->make) + 1;
    RC_TRY(rc_arena_alloc(r->p->arena, max * sizeof *d->make_word, (void **)&d->make_word));
    for (const char *at = d->make + strspn(d->make, blank); *at && status == RC_OK; at += strspn(at, blank)) {
        size_t length = strcspn(at, blank);
        status = rc__plan_copy(r->p, at, length, &word);
        if (status == RC_OK) status = with_root(r, word, &word);
        if (status == RC_OK) status = rc_string_printf(&text, "%s%s", text.length ? " " : "", word);
        if (status == RC_OK) d->make_word[d->make_words++] = word;
        at += length;
    }
    if (status == RC_OK) return rc__plan_text(r->p, &text, &d->make);
    rc_string_free(&text);
    return status;
}

static rc_status read_data(reader *r, const char *name, rc_plan_data *d)
{
    const char *path, *root = r->o->root;
    d->name = name;
    RC_TRY(field(r, "data", name, "path", &path));
    RC_TRY(field(r, "data", name, "make", &d->make));
    RC_TRY(field(r, "data", name, "source", &d->source));
    if (!d->source) d->source = r->source;
    RC_CHECK(!path != !d->make, RC_FORMAT,
             "%s: data set \"%s\" needs either a path, or what `\1rc_make` makes "
             "of it (make: darcy)",
             r->path, name);
    if (d->make) {
        const char *folder;
        RC_TRY(read_make(r, d));
        RC_TRY(joined(r->p, r->p->out, "data", &folder));
        return joined(r->p, folder, name, &d->path);
    }
    d->path = path;
    return path[0] == '/' || !root ? RC_OK : joined(r->p, root, path, &d->path);
}

static rc_status choose_data(reader *r)
{
    rc_plan *p = r->p;
    const char **known, **chosen;
    int64_t n_known;
    RC_TRY(names_of(r, "data", &known, &n_known));
    RC_CHECK(n_known > 0, RC_FORMAT, "%s: names no data set (data: NAME: path: ...)", r->path);
    chosen = known;
    p->n_data = n_known;
    if (r->o->data) RC_TRY(rc__plan_words(p, "\1data", r->o->data, &chosen, &p->n_data));
    RC_TRY(rc_arena_alloc(p->arena, (size_t)p->n_data * sizeof *p->data, (void **)&p->data));
    for (int64_t i = 0; i < p->n_data; i++) {
        if (find(known, n_known, chosen[i]) < 0)
            return rc_fail_unknown(RC_CONFIG, chosen[i], known, (size_t)n_known, NULL,
                                   "\1data %.80s: %s names no such data set", chosen[i], r->path);
        RC_TRY(read_data(r, chosen[i], &p->data[i]));
    }
    return RC_OK;
}

/* ---- methods ---- */

/* The methods of the experiment: the list, or where there is none those that have a section. A section for
 * none of them, and not for one that `method` asks for, is a name spelt wrong. */
static rc_status list_methods(reader *r, const char ***out, int64_t *n)
{
    const rc_yaml_entry *listed = entry(r, "methods");
    const char **section, **asked = NULL, *at;
    int64_t sections, n_asked = 0;
    RC_TRY(names_of(r, "method", &section, &sections));
    *out = section;
    *n = sections;
    if (!listed) return RC_OK;
    RC_TRY(where(r, listed, &at));
    RC_TRY(rc__plan_words(r->p, at, listed->value, out, n));
    if (r->o->method) RC_TRY(rc__plan_words(r->p, "\1method", r->o->method, &asked, &n_asked));
    for (int64_t i = 0; i < sections; i++)
        RC_CHECK(find(*out, *n, section[i]) >= 0 || find(asked, n_asked, section[i]) >= 0, RC_FORMAT,
                 "%s: method.%.60s: \"methods\" does not name this method", r->path, section[i]);
    return RC_OK;
}

static rc_status choose_methods(reader *r)
{
    rc_plan *p = r->p;
    const char **chosen;
    RC_TRY(list_methods(r, &r->method, &r->n_methods));
    chosen = r->method;
    p->n_methods = r->n_methods;
    if (r->o->method) RC_TRY(rc__plan_words(p, "\1method", r->o->method, &chosen, &p->n_methods));
    RC_CHECK(p->n_methods > 0, RC_FORMAT, "%s: names no method (methods: nft, recraft)", r->path);
    RC_TRY(rc_arena_alloc(p->arena, (size_t)p->n_methods * sizeof *p->method, (void **)&p->method));
    for (int64_t i = 0; i < p->n_methods; i++) {
        p->method[i].name = chosen[i];
        RC_TRY(field(r, "method", chosen[i], "method", &p->method[i].method));
        if (!p->method[i].method) p->method[i].method = chosen[i];
    }
    return RC_OK;
}

/* ---- settings ---- */

static const char *after(const char *key, const char *section)
{
    size_t n = strlen(section);
    return strncmp(key, section, n) == 0 && key[n] == '.' ? key + n + 1 : NULL;
}

static rc_status unknown(const reader *r, const rc_yaml_entry *e)
{
    return rc_fail(
        RC_FORMAT,
        "%s:%d: \"%.80s\" is not understood; an experiment has title, source, seeds, methods, bounds, set, "
        "data.NAME.(path make source set), method.NAME.(method set tune), tune.CANDIDATE, "
        "questions.METHOD.(ahead_of level_with)",
        r->path, e->line, e->key);
}

static rc_status add(reader *r, const rc_yaml_entry *e, rc_plan_setting s, const char *key)
{
    RC_TRY(where(r, e, &s.where));
    RC_TRY(rc__plan_copy(r->p, key, strlen(key), &s.key));
    RC_TRY(rc__plan_copy(r->p, e->value, strlen(e->value), &s.value));
    return rc__plan_add_setting(r->p, s);
}

/* Of what is not chosen this time: a setting is right or wrong whoever reads it. */
static rc_status check_setting(reader *r, const rc_yaml_entry *e, const char *key)
{
    rc_config c;
    const char *at;
    RC_TRY(where(r, e, &at));
    RC_CHECK(strcmp(key, "seed") != 0, RC_CONFIG, "%s: seed is not set here; the runs take seeds 0, 1, ...",
             at);
    rc_config_defaults(&c);
    return rc_config_set(&c, at, key, e->value);
}

static rc_status data_entry(reader *r, const rc_yaml_entry *e, const char *name, const char *rest)
{
    const char *key = after(rest, "set");
    if (!key && strcmp(rest, "path") != 0 && strcmp(rest, "make") != 0 && strcmp(rest, "source") != 0)
        return unknown(r, e);
    if (!key) return RC_OK;
    for (int64_t d = 0; d < r->p->n_data; d++) {
        rc_plan_setting s = {.scope = RC_PLAN_DATA, .data = d, .method = -1, .candidate = -1};
        if (strcmp(r->p->data[d].name, name) == 0) return add(r, e, s, key);
    }
    return check_setting(r, e, key);
}

/* method.NAME.tune.CANDIDATE.key: what a candidate is for this method, over what it is for all. */
static rc_status method_candidate(reader *r, const rc_yaml_entry *e, int64_t m, const char *rest)
{
    const char *dot = strchr(rest, '.'), *name;
    if (!dot) return unknown(r, e);
    RC_TRY(rc__plan_copy(r->p, rest, (size_t)(dot - rest), &name));
    int64_t k = find(r->p->candidate, r->p->n_candidates, name);
    RC_CHECK(k >= 0, RC_FORMAT,
             "%s:%d: there is no candidate \"%s\" under tune; all methods have the same candidates, and a "
             "method can only give them settings of its own",
             r->path, e->line, name);
    return add(r, e,
               (rc_plan_setting){.scope = RC_PLAN_METHOD_CANDIDATE, .data = -1, .method = m, .candidate = k},
               dot + 1);
}

static rc_status method_entry(reader *r, const rc_yaml_entry *e, const char *name, const char *rest)
{
    const char *key = after(rest, "set"), *tuned = after(rest, "tune");
    if (!key && !tuned && strcmp(rest, "method") != 0) return unknown(r, e);
    for (int64_t m = 0; m < r->p->n_methods && (key || tuned); m++) {
        rc_plan_setting s = {.scope = RC_PLAN_METHOD, .data = -1, .method = m, .candidate = -1};
        if (strcmp(r->p->method[m].name, name) != 0) continue;
        return tuned ? method_candidate(r, e, m, tuned) : add(r, e, s, key);
    }
    return key ? check_setting(r, e, key) : RC_OK;
}

static rc_status candidate_entry(reader *r, const rc_yaml_entry *e, const char *name, const char *rest)
{
    int64_t k = find(r->p->candidate, r->p->n_candidates, name);
    return add(r, e, (rc_plan_setting){.scope = RC_PLAN_CANDIDATE, .data = -1, .method = -1, .candidate = k},
               rest);
}

/* ---- questions ---- */

/* *out -1: left out this time. */
static rc_status find_method(reader *r, const char *at, const char *name, int64_t *out)
{
    *out = -1;
    for (int64_t m = 0; m < r->p->n_methods; m++)
        if (strcmp(r->p->method[m].name, name) == 0) *out = m;
    RC_CHECK(*out >= 0 || find(r->method, r->n_methods, name) >= 0, RC_FORMAT,
             "%s: there is no method \"%.60s\" to ask about", at, name);
    return RC_OK;
}

static rc_status ask(reader *r, const char *at, rc_comparison_asked q)
{
    rc_plan *p = r->p;
    RC_CHECK(q.method != q.other, RC_FORMAT, "%s: a method cannot be ahead of itself", at);
    RC_CHECK(p->n_questions < MAX_QUESTIONS, RC_FORMAT, "%s: more than %d questions", at, MAX_QUESTIONS);
    if (!p->question)
        RC_TRY(rc_arena_alloc(p->arena, MAX_QUESTIONS * sizeof *p->question, (void **)&p->question));
    p->question[p->n_questions++] = q;
    return RC_OK;
}

static rc_status question_entry(reader *r, const rc_yaml_entry *e, const char *name, const char *rest)
{
    const char *at, **word;
    int64_t n, m, other;
    bool level = strcmp(rest, "level_with") == 0;
    if (!level && strcmp(rest, "ahead_of") != 0) return unknown(r, e);
    RC_TRY(where(r, e, &at));
    RC_TRY(find_method(r, at, name, &m));
    RC_CHECK(!level || strcmp(e->value, "opponents") == 0, RC_FORMAT,
             "%s: level_with is \"%.40s\"; it can only be opponents", at, e->value);
    if (level) return m < 0 ? RC_OK : ask(r, at, (rc_comparison_asked){m, RC_COMPARISON_OPPONENTS});
    RC_TRY(rc__plan_words(r->p, at, e->value, &word, &n));
    for (int64_t i = 0; i < n; i++) {
        RC_TRY(find_method(r, at, word[i], &other));
        if (m >= 0 && other >= 0) RC_TRY(ask(r, at, (rc_comparison_asked){m, other}));
    }
    return RC_OK;
}

static rc_status read_entry(reader *r, const rc_yaml_entry *e)
{
    static const char *const plain[] = {"title", "source", "seeds", "methods", "bounds"};
    const char *name, *rest;
    if (find(plain, sizeof plain / sizeof *plain, e->key) >= 0) return RC_OK;
    if (after(e->key, "set"))
        return add(r, e, (rc_plan_setting){.scope = RC_PLAN_ALL, .data = -1, .method = -1, .candidate = -1},
                   after(e->key, "set"));
    RC_TRY(split(r, e, "data", &name, &rest));
    if (rest) return data_entry(r, e, name, rest);
    RC_TRY(split(r, e, "method", &name, &rest));
    if (rest) return method_entry(r, e, name, rest);
    RC_TRY(split(r, e, "questions", &name, &rest));
    if (rest) return question_entry(r, e, name, rest);
    RC_TRY(split(r, e, "tune", &name, &rest));
    return rest ? candidate_entry(r, e, name, rest) : unknown(r, e);
}

/* ---- the file ---- */

static rc_status check_candidates(const reader *r)
{
    for (int64_t k = 0; k < r->p->n_candidates; k++)
        RC_TRY(rc__plan_check_name(r->path, "candidate", r->p->candidate[k]));
    return RC_OK;
}

/* It becomes the heading of tables and pages: one line. */
static rc_status read_title(reader *r, const rc_yaml_entry *e)
{
    for (const char *at = e->value; *at; at++)
        RC_CHECK((unsigned char)*at >= ' ', RC_FORMAT,
                 "%s:%d: the title holds a line break, or another control character", r->path, e->line);
    return rc__plan_copy(r->p, e->value, strlen(e->value), &r->p->title);
}

static rc_status read_head(reader *r)
{
    const rc_yaml_entry *title = entry(r, "title"), *source = entry(r, "source"), *seeds = entry(r, "seeds");
    const rc_yaml_entry *bounds = entry(r, "bounds");
    r->p->title = "Comparison";
    if (title) RC_TRY(read_title(r, title));
    r->source = r->o->source;
    if (!r->source && source) RC_TRY(rc__plan_copy(r->p, source->value, strlen(source->value), &r->source));
    if (seeds)
        RC_CHECK(rc_text_to_i64(seeds->value, &r->p->seeds) && r->p->seeds >= 1 && r->p->seeds <= 1000,
                 RC_FORMAT, "%s:%d: seeds is \"%.40s\"; it takes a whole number from 1 to 1000", r->path,
                 seeds->line, seeds->value);
    if (!bounds) return RC_OK;
    r->p->bounds = strcmp(bounds->value, "true") == 0;
    RC_CHECK(r->p->bounds || strcmp(bounds->value, "false") == 0, RC_FORMAT,
             "%s:%d: bounds is \"%.40s\"; it takes true or false", r->path, bounds->line, bounds->value);
    return RC_OK;
}

static rc_status read_all(reader *r)
{
    RC_TRY(read_head(r));
    RC_TRY(choose_data(r));
    RC_TRY(choose_methods(r));
    /* Candidates from a file of their own take the place of these. */
    if (!r->o->tune) RC_TRY(names_of(r, "tune", &r->p->candidate, &r->p->n_candidates));
    RC_TRY(check_candidates(r));
    for (size_t i = 0; i < r->y.count; i++)
        if (!r->o->tune || !after(r->y.entry[i].key, "tune")) RC_TRY(read_entry(r, &r->y.entry[i]));
    return RC_OK;
}

rc_status rc__plan_read(rc_plan *p, const rc_plan_options *o)
{
    char *text;
    size_t size;
    reader r = {.p = p, .o = o, .path = o->experiment};
    RC_TRY(rc_file_read(o->experiment, 1 << 20, &text, &size));
    rc_status status = rc__plan_copy(p, text, size, &p->file_text);
    if (status == RC_OK) status = rc_yaml_parse(o->experiment, text, size, &r.y);
    rc_free(text);
    r.max = (int64_t)r.y.count;
    if (status == RC_OK) status = read_all(&r);
    rc_yaml_free(&r.y);
    return status;
}

/* A file of candidates alone: CANDIDATE: settings. */
static rc_status read_candidates(reader *r)
{
    rc_plan *p = r->p;
    p->n_candidates = 0;
    RC_TRY(rc_arena_alloc(p->arena, (size_t)(r->max + 1) * sizeof *p->candidate, (void **)&p->candidate));
    for (size_t i = 0; i < r->y.count; i++) {
        const rc_yaml_entry *e = &r->y.entry[i];
        const char *dot = strchr(e->key, '.'), *name;
        RC_CHECK(dot, RC_FORMAT,
                 "%s:%d: %s: expected the name of a candidate with its settings indented below it", r->path,
                 e->line, e->key);
        RC_TRY(rc__plan_copy(p, e->key, (size_t)(dot - e->key), &name));
        if (find(p->candidate, p->n_candidates, name) < 0) p->candidate[p->n_candidates++] = name;
        RC_TRY(candidate_entry(r, e, name, dot + 1));
    }
    RC_CHECK(p->n_candidates > 0, RC_FORMAT, "%s: names no candidate", r->path);
    return check_candidates(r);
}

rc_status rc__plan_read_candidates(rc_plan *p, const char *path)
{
    reader r = {.p = p, .path = path};
    RC_TRY(rc_yaml_read(path, &r.y));
    r.max = (int64_t)r.y.count;
    rc_status status = read_candidates(&r);
    rc_yaml_free(&r.y);
    return status;
}
