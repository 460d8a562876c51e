/* runs/session_folder.h: a training that is kept in a folder, so that it can be gone on with.
 *
 * run.lock (while a process is at work), config.yaml (every setting), run.json (data, source, method, their
 * fingerprints, the machine), metrics.jsonl (one line an epoch), checkpoint/state.safetensors (model,
 * optimizer, best parameters, position, run.json), model.safetensors and result.json once finished.
 * Randomness is counter-based, so the position is all there is to restore: a resumed run gives the same bits.
 */
#ifndef RC_RUNS_SESSION_FOLDER_H
#define RC_RUNS_SESSION_FOLDER_H

#include "training/session.h"

/* A session is kept in the folder that it is named by, which is made, or checked to hold the same run:
 * settings and identity (of rc_session_create) must agree. Until the session is closed no other process is
 * let in. reserved: of rc_run_reserve, taken over; NULL, or of NULL: it was not reserved. Sets s->start. */
rc_status rc_run_open(rc_session *s, rc_resume resume, rc_lock **reserved) RC_MUST_CHECK;
/* For whoever prepares the folder before it can be opened: no other process is let in from now on. Asks what
 * rc_run_open is going to ask: may a run begin in it, or go on (*begun)? RC_RUN_DATA in the folder, a data
 * set that was imported for the run, does not count. */
#define RC_RUN_DATA "data"
rc_status rc_run_reserve(const char *directory, rc_resume resume, bool *begun, rc_lock **out) RC_MUST_CHECK;
/* The same question, for whoever only wants to know: nothing is made or locked. */
rc_status rc_run_ask(const char *directory, rc_resume resume) RC_MUST_CHECK;
/* From the checkpoint, once the model is made. */
rc_status rc_run_restore(rc_session *s) RC_MUST_CHECK;
/* What it is expected to take, said before it begins: "foreseen" of its record, and so of its result,
 * whatever cuts it in between. */
rc_status rc_run_foresee(rc_session *s, double seconds, double peak_mb) RC_MUST_CHECK;
void rc_run_tell_foreseen(const rc_session *s, rc_json *result);
/* The result of a run that is done. */
rc_status rc_run_result(const rc_session *s, rc_json **out) RC_MUST_CHECK;

/* Within runs/. The run folder as recorder. */
extern const rc_recorder rc__run_folder;
/* checkpoint.c: checkpoint/state.safetensors; of the one that is resumed, the state of the optimizer. */
rc_status rc__checkpoint_write(rc_session *s) RC_MUST_CHECK;
rc_status rc__checkpoint_optimizer(rc_session *s) RC_MUST_CHECK;
/* same_run.c. A record of this run that was kept in `path`: refused where it is of another one; the machine
 * may be another, which is noted. */
rc_status rc__session_same_run(const rc_session *s, const rc_json *there, const char *path) RC_MUST_CHECK;
/* That it has no fingerprints is noted. */
void rc__session_note_unknown(rc_session *s, const rc_json *there);
void rc__session_same_machine(rc_session *s, const rc_json *there);

#endif
