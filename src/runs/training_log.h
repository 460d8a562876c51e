/* runs/training_log.h: the epochs of metrics.jsonl in the forms of other programs, while the training goes on
 * (setting fit.log): metrics.csv, one line an epoch, and events.out.tfevents.*, which TensorBoard reads.
 * Both are made again from metrics.jsonl when a run goes on, so they hold each epoch once. */
#ifndef RC_RUNS_TRAINING_LOG_H
#define RC_RUNS_TRAINING_LOG_H

#include "formats/json.h"
#include "settings/config.h"

typedef struct rc_training_log rc_training_log;

/* For a run folder whose metrics.jsonl is as it shall be gone on with. *out NULL: nothing is asked for. */
rc_status rc_training_log_open(const rc_config *c, const char *folder, rc_training_log **out) RC_MUST_CHECK;
rc_status rc_training_log_add(rc_training_log *log, const rc_json *line) RC_MUST_CHECK; /* log may be NULL */
void rc_training_log_close(rc_training_log **log);

#endif
