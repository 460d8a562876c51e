/* recraft/options.h: settings by name, as config.yaml and `--set` of the program have them ("fit.lr",
 * "0.001").
 *
 * One table knows every setting: its kind, limits, default and meaning (rc_setting_at lists it, and so does
 * `recraft fit --help`). An rc_options holds a value for each. Most programs set two or three and leave the
 * rest.
 *
 * Threads: several threads at once may fit, read and score with an rc_options; one alone may change it or ask
 * it for a value (rc_options_get).
 *
 * ---- Options structs ----
 * Functions with many arguments take a struct, begun with its initialiser: `rc_fit_how how =
 * RC_FIT_HOW_INIT;`. Its first field is its size as this header knows it. A later library takes the fields
 * that it finds and gives the others their defaults; a pointer that is NULL and a number that is 0 mean "as
 * by default". So structs grow at their end alone: an array in one (RC_SCORES, RC_CANDIDATE_SETTINGS,
 * RC_DISTILLATION_LAYERS) keeps its length, and holds the first of more. If there ever are more, a new field
 * or function gives them. */
#ifndef RECRAFT_OPTIONS_H
#define RECRAFT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recraft/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A value for every setting. */
typedef struct rc_options rc_options;

/* All settings at their defaults. RC_MEMORY. *out is the caller's, and released with rc_options_destroy. */
RC_API rc_status rc_options_create(rc_options **out) RC_MUST_CHECK;
/* Releases them and sets *options to NULL, which it may be. */
RC_API void rc_options_destroy(rc_options **options);
/* RC_MEMORY. *out is the caller's. */
RC_API rc_status rc_options_copy(const rc_options *from, rc_options **out) RC_MUST_CHECK;

/* Sets one. RC_CONFIG: no setting has this name (the text names the nearest one), or the value is of the
 * wrong kind or out of its limits. Numbers are written with a point, choices by name, truths as true or
 * false. */
RC_API rc_status rc_options_set(rc_options *options, const char *key, const char *value) RC_MUST_CHECK;
RC_API rc_status rc_options_set_number(rc_options *options, const char *key, double value) RC_MUST_CHECK;
RC_API rc_status rc_options_set_integer(rc_options *options, const char *key, int64_t value) RC_MUST_CHECK;
RC_API rc_status rc_options_set_boolean(rc_options *options, const char *key, bool value) RC_MUST_CHECK;
/* From a YAML file, over what is there. RC_IO, RC_FORMAT, RC_CONFIG. */
RC_API rc_status rc_options_read(rc_options *options, const char *path) RC_MUST_CHECK;
/* The value as text, valid until the next call of this function with these options, or their end. RC_CONFIG:
 * no setting has this name. RC_MEMORY. */
RC_API rc_status rc_options_get(rc_options *options, const char *key, const char **value) RC_MUST_CHECK;

/* What a value is. */
typedef enum rc_setting_kind {
    RC_SETTING_INTEGER,
    RC_SETTING_NUMBER,
    RC_SETTING_BOOLEAN,
    RC_SETTING_CHOICE,  /* one of `choices` */
    RC_SETTING_CHOICES, /* several of them, with commas between */
    RC_SETTING_TEXT
} rc_setting_kind;

/* A row of the table. All texts live as long as the process. */
typedef struct rc_setting {
    size_t size;                       /* by RC_SETTING_INIT */
    const char *key, *initial, *about; /* name, default, and what it does */
    const char *choices;               /* "joint|sequential", or NULL */
    rc_setting_kind kind;              /* of its values */
    double min, max;                   /* of numbers, both allowed */
} rc_setting;
#define RC_SETTING_INIT RC_SIZED(rc_setting)
/* Row 0 and on; false after the last, or where out was not begun with its initialiser (rc_error_text). */
RC_API bool rc_setting_at(int64_t row, rc_setting *out);

#ifdef __cplusplus
}
#endif
#endif
