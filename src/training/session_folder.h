/* training/session_folder.h: whose run is in a folder, and whether it may be gone on with. Within training/
 * only.
 */
#ifndef RC_TRAINING_SESSION_FOLDER_H
#define RC_TRAINING_SESSION_FOLDER_H

#include "training/session.h"

/* The run folder as recorder: metrics.jsonl, checkpoint/, files, result.json. */
extern const rc_recorder rc__run_folder;
/* checkpoint.c: checkpoint/state.safetensors. */
rc_status rc__checkpoint_write(rc_session *s) RC_MUST_CHECK;

/* Makes the folder this session's, with config (all settings, as text) and s->record in it, or finds them
 * there; sets s->start. */
rc_status rc__session_claim(rc_session *s, const char *config, rc_resume resume) RC_MUST_CHECK;
/* A record of this run that was kept in `path`: refused where it is of another one; the machine may be
 * another, which is noted. */
rc_status rc__session_same_run(const rc_session *s, const rc_json *there, const char *path) RC_MUST_CHECK;
rc_status rc__session_same_machine(rc_session *s, const rc_json *there) RC_MUST_CHECK;
/* The machine into the record. */
rc_status rc__session_add_machine(rc_json *record, const char *device) RC_MUST_CHECK;

#endif
