/* experiments/run_folder.h: where a run of an experiment stands, read off its folder and what lies beside it:
 * FOLDER.log (the process's messages, while it is not done), FOLDER.failed (the line it failed with) and
 * FOLDER.lock (whose process it is). */
#ifndef RC_EXPERIMENTS_RUN_FOLDER_H
#define RC_EXPERIMENTS_RUN_FOLDER_H

#include "base/lock.h"
#include "base/text.h"
#include "report/comparison.h"
#include "settings/config.h"

typedef enum rc__run_state { RC__RUN_OPEN, RC__RUN_DONE, RC__RUN_FAILED } rc__run_state;
rc__run_state rc__run_state_of(const char *folder);
/* When its failure was noted, to tell it from a later one; 0: it has not failed. */
int64_t rc__run_failed_at(const char *folder);
/* Whoever starts the process holds the lock beside the folder, FOLDER.lock; *out NULL: another does, or a
 * process that was left behind is still at work in the folder. */
rc_status rc__run_claim(const char *folder, rc_lock **out) RC_MUST_CHECK;
/* Is it claimed, or was it by somebody who was killed? */
bool rc__run_has_lock(const char *folder);
/* Who is at work there. */
rc_status rc__run_look(const char *folder, rc_lock_holder *out) RC_MUST_CHECK;

/* A run that is there must be the one that is planned: the same settings, source (NULL: any) and method. */
rc_status rc__run_check(const char *folder, const rc_config *planned, const char *source,
                        const char *method) RC_MUST_CHECK;

/* Notes beside the folder that its process ended with this code, by the last line of its log. */
rc_status rc__run_note_failure(const char *folder, int code) RC_MUST_CHECK;
/* It is done, or to be tried again: nothing is kept beside the folder. */
void rc__run_forget_failure(const char *folder);

/* Fills a run of a comparison: state, numbers of result.json, or the line of the failure. Of a finished run
 * the data set's metric, direction and source are noted too (d < 0: not). */
rc_status rc__run_read(const char *folder, rc_comparison *c, int64_t d, rc_comparison_run *run) RC_MUST_CHECK;

#endif
