/* api/run_data.h: the data of a finished run. */
#ifndef RC_API_RUN_DATA_H
#define RC_API_RUN_DATA_H

#include "settings/config.h"
#include "tasks/trained.h"

/* The settings that it had; the same on all ranks. */
rc_status rc__run_settings(const char *run, rc_config *out) RC_MUST_CHECK;
/* run.json; "data" in it is where its data were. */
rc_status rc__run_record(const char *run, rc_json **out) RC_MUST_CHECK;
/* A data set for the task of a model that had these settings: texts are read as its own were, with its
 * tokenizer and as long. */
rc_status rc__data_as(const rc_config *c, const rc_task *t, const char *path, rc_dataset **out) RC_MUST_CHECK;
/* The same with the settings of a run. */
rc_status rc__run_data(const char *run, const rc_task *t, const char *path, rc_dataset **out) RC_MUST_CHECK;
/* Refuses data that are not those of which record, a run.json, is. name: for messages. */
rc_status rc__run_same_data(const rc_json *record, const char *name, const rc_dataset *data) RC_MUST_CHECK;
/* rc__run_data of those that the run itself was made of; record is its run.json. */
rc_status rc__run_own_data(const char *run, const rc_json *record, const rc_task *t, const char *path,
                           rc_dataset **out) RC_MUST_CHECK;

#endif
