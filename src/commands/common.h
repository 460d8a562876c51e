/* commands/common.h: what the public functions share. */
#ifndef RC_COMMANDS_COMMON_H
#define RC_COMMANDS_COMMON_H

#include "api/call.h"
#include "base/parameter.h"
#include "datasets/dataset.h"
#include "fitting/fitting.h"
#include "formats/json.h"
#include "recraft/run.h"
#include "settings/config.h"
#include "source/bundle.h"

/* Defaults, then the config file, then `set`, then `seed`; checked, and the same on all ranks. */
rc_status rc__settings_apply(rc_config *c, const rc_settings *s) RC_MUST_CHECK;
/* Arrays to train on, as the settings say. */
rc_status rc__open_arrays(const char *path, const rc_config *c, rc_dataset **out) RC_MUST_CHECK;
/* Work that ranks share is on the same things everywhere, else all fail here. Without other ranks nothing is
 * read. (A run that trains compares what it is made of when it begins: rc_session_create.) */
rc_status rc__same_data(const rc_dataset *d) RC_MUST_CHECK;
rc_status rc__same_source(const rc_bundle *b) RC_MUST_CHECK;
rc_status rc__same_model(const char *folder) RC_MUST_CHECK;                /* a model folder */
rc_status rc__same_file(const char *what, const char *path) RC_MUST_CHECK; /* else, like a folder: 0 */
rc_status rc__same_array(const char *what, const rc_array *a) RC_MUST_CHECK;
/* Whether plain opponents are scored beside the run: in a comparison they are methods. */
bool rc__wants_opponents(const rc_fit_options *o, const rc_config *c);
/* The object's text to *json unless json is NULL; frees the object in both cases. */
rc_status rc__json_result(rc_json *j, rc_status status, char **json) RC_MUST_CHECK;

/* Into row's "parameters": key, default, about of each. */
void rc__json_parameters(rc_json *row, const rc_parameter *list);

/* source.c: rc_source_build into a card that says already where the source comes from, which is taken over;
 * and the file that its `out` means. like: a source whose head was made by settings that serve here too where
 * no others are given; NULL: none. */
typedef struct rc__source_origin {
    const char *model_name, *made_with;
    rc_json *card;
    const rc_bundle *like;
} rc__source_origin;
rc_status rc__source_make(const rc_source_build_options *o, const rc__source_origin *from,
                          char **json) RC_MUST_CHECK;
rc_status rc__source_file(const char *out, size_t size, char *path) RC_MUST_CHECK;

/* What embed gives of a sample: all its tokens, their mean, or the class token. */
typedef enum rc__pooling { RC__POOL_NONE, RC__POOL_MEAN, RC__POOL_CLS } rc__pooling;
#define RC__POOLINGS "none|mean|cls"
/* use.c: rc_embed of a finished run. */
rc_status rc__embed_run(const rc_embed_options *o, rc__pooling pool, char **json) RC_MUST_CHECK;

/* source_get.c: sources that can be made here: name, whether they are here, what they are. */
void rc__source_recipes(rc_json *list);

/* tasks.c: a task of the table. */
bool rc__task_known(const char *name);
rc_status rc__task_show(const char *name, char **json) RC_MUST_CHECK;

#endif
