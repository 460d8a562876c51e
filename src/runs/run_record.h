/* runs/run_record.h: the files in which a run says what it is. They are read here, whoever asks; the folders
 * of saved predictors have them too. Early versions, and folders that somebody made, may lack any of them. */
#ifndef RC_RUNS_RUN_RECORD_H
#define RC_RUNS_RUN_RECORD_H

#include "base/text.h"
#include "formats/json.h"

#define RC_RUN_CONFIG "config.yaml"   /* every setting */
#define RC_RUN_IDENTITY "run.json"    /* command, data, source, method, their fingerprints, the machine */
#define RC_RUN_EPOCHS "metrics.jsonl" /* a line an epoch */
#define RC_RUN_RESULT "result.json"   /* of a run that is finished */

bool rc_run_has(const char *folder, const char *name);
/* One of JSON. *out NULL: it is not there. */
rc_status rc_run_read(const char *folder, const char *name, rc_json **out) RC_MUST_CHECK;
/* The epochs, an array; an empty one where the file is not there. */
rc_status rc_run_read_epochs(const char *folder, rc_json **out) RC_MUST_CHECK;
/* Adds an epoch to a text as a line of that file. */
rc_status rc_run_print_epoch(const rc_json *epoch, rc_string *out) RC_MUST_CHECK;

#endif
