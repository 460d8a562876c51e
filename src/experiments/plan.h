/* experiments/plan.h: which runs an experiment is made of: data sets x methods x seeds, each with its
 * settings. From the command line, from an experiment file (docs/compare.md), or both. Everything is checked
 * before a run starts. */
#ifndef RC_EXPERIMENTS_PLAN_H
#define RC_EXPERIMENTS_PLAN_H

#include "base/memory.h"
#include "report/comparison.h"
#include "settings/config.h"

typedef struct rc_plan_options {
    const char *experiment;    /* file, or NULL */
    const char *tune;          /* a file of candidates, or NULL: those of the experiment file, if any */
    const char *root;          /* folder that relative paths of the experiment file start from; NULL: "." */
    const char *data, *method; /* "a,b": with a file, the choice among what it names; NULL: all */
    const char *source;        /* of data sets that name none; NULL: the file's, or each data set's default */
    const char *const *set;    /* "key=value", over everything else */
    size_t n_set;
    int64_t seeds; /* 0: the file's, or 3 */
    const char *out;
    bool without_data; /* the data sets need not be there */
} rc_plan_options;

typedef struct rc_plan_data {
    const char *name, *path, *source; /* source NULL: what `fit` takes for data of this form */
    /* path: see rc_plan_fill, unless it is made */
    const char *make;       /* arguments of `data make` that give it; NULL: it is there */
    const char **make_word; /* the same one by one: a root folder's name may hold blanks */
    int64_t make_words;
} rc_plan_data;
typedef struct rc_plan_method {
    const char *name, *method; /* a method with other settings goes by another name */
} rc_plan_method;

/* Later scopes win. */
typedef enum rc_plan_scope {
    RC_PLAN_ALL,
    RC_PLAN_DATA,
    RC_PLAN_METHOD,
    RC_PLAN_CANDIDATE,
    RC_PLAN_METHOD_CANDIDATE,
    RC_PLAN_LAST,
    RC_PLAN_SCOPES
} rc_plan_scope;
typedef struct rc_plan_setting {
    rc_plan_scope scope;
    int64_t data, method, candidate;        /* -1: of any */
    const char *where, *key, *value, *text; /* text: "key=value" */
} rc_plan_setting;

typedef struct rc_plan {
    rc_arena *arena; /* everything lives here */
    const char *title, *out, *file_text;
    int64_t n_data, n_methods, n_candidates, n_settings, seeds;
    bool part;   /* of the data sets or seeds of an experiment file */
    bool bounds; /* measure how far every data set is from its source, too */
    rc_plan_data *data;
    rc_plan_method *method;
    const char **candidate;
    rc_plan_setting *setting;
    int64_t n_questions; /* whose methods are all in the plan */
    rc_comparison_asked *question;
} rc_plan;

rc_status rc_plan_create(const rc_plan_options *o, rc_plan **out) RC_MUST_CHECK;
void rc_plan_destroy(rc_plan **p);

/* Does setting i concern method m on data set d as candidate k (-1: untuned)? */
bool rc_plan_applies(const rc_plan *p, int64_t i, int64_t d, int64_t m, int64_t k);
/* The settings of a run, all together, in a config. */
rc_status rc_plan_config(const rc_plan *p, int64_t d, int64_t m, int64_t k, int64_t seed,
                         rc_config *out) RC_MUST_CHECK;

/* `text` of the file for data set d and a seed: {data} in it stands for the name of the one, {seed} for the
 * other. */
rc_status rc_plan_fill(const rc_plan *p, const char *text, int64_t d, int64_t seed,
                       const char **out) RC_MUST_CHECK;
/* Where the runs with this seed find data set d. */
rc_status rc_plan_path(const rc_plan *p, int64_t d, int64_t seed, const char **out) RC_MUST_CHECK;

/* ---- within experiments/: the parts of its making ---- */
rc_status rc__plan_text(const rc_plan *p, rc_string *text,
                        const char **out) RC_MUST_CHECK; /* into the arena; frees text */
rc_status rc__plan_copy(const rc_plan *p, const char *text, size_t n, const char **out) RC_MUST_CHECK;
/* The text with `by` wherever it has `mark`. */
rc_status rc__plan_replace(const rc_plan *p, const char *text, const char *mark, const char *by,
                           const char **out) RC_MUST_CHECK;
/* "a, b": the words, without blanks; at least one. */
rc_status rc__plan_words(rc_plan *p, const char *where, const char *list, const char ***out,
                         int64_t *n) RC_MUST_CHECK;
rc_status rc__plan_check_name(const char *where, const char *what, const char *name) RC_MUST_CHECK;
rc_status rc__plan_add_setting(rc_plan *p, rc_plan_setting s) RC_MUST_CHECK; /* text is made */
/* The experiment file; candidates read before take the place of its own. */
rc_status rc__plan_read(rc_plan *p, const rc_plan_options *o) RC_MUST_CHECK;
rc_status rc__plan_read_candidates(rc_plan *p, const char *path) RC_MUST_CHECK;

#endif
