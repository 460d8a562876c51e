/* fitting/fitting.h: the order of a fit, for whoever has its settings, method, source and data. */
#ifndef RC_FITTING_FITTING_H
#define RC_FITTING_FITTING_H

#include "backbones/adapters_file.h"
#include "methods/method.h"
#include "tasks/trained.h"
#include "training/rehearsal.h"

typedef struct rc__fitting {
    rc_config config;
    const rc_method *method;
    const char *folder;      /* of the run; NULL: none */
    const char *source_name; /* for the result; NULL: no source */
    const char *missed;      /* the source that it stands in for; NULL: none */
    const rc_bundle *source; /* borrowed; NULL: a plain method, or a student from random weights */
    rc_trained *teacher;     /* of a method that is taught, else NULL; its own, but */
    bool lent;               /* what it is made of is a caller's, who has it back without data */
    const rc_bundle
        *teaching;        /* borrowed: what the teacher is made of once there are data; NULL: it is a run */
    rc_bundle *opened[2]; /* teacher and student, where they are sources that it has opened itself */
    rc_dataset *unpaired; /* the teacher's data, where they are others; its own; NULL: those below */
    rc_dataset *data;     /* borrowed; split as it is to be */
    rc_tokenizer *tokenizer; /* of texts, until the task has it */
    rc_model_spec spec;
    rc_adapters *adapters; /* that the model begins with; NULL: new ones, or none */
    rc_task *task;         /* both until the session has them */
    rc_model *model;
    rc_session *session; /* the caller's, once it is there */
    rc_json *result;     /* likewise */
    rc_json *choice;     /* how the source was chosen, for record and result; NULL: it was asked for */
} rc__fitting;

/* The source: the one that is asked for, else the one that data of this form have by default. Where that is
 * not here, the one that is built in takes its place, which the run's notes say; not for texts, which it
 * cannot read. */
void rc__fitting_choose_source(rc__fitting *f, const char *asked, bool text);
/* What is to be said of the choice; empty: nothing. */
enum { RC__NOTE = 256 };
void rc__fitting_note(const rc__fitting *f, char text[RC__NOTE]);
/* Likewise, where the source has learnt from data of this name. */
void rc__note_learnt(const rc_bundle *source, const char *name, const char *data, char text[RC__NOTE]);
void rc__fitting_note_learnt(const rc__fitting *f, char text[RC__NOTE]);
/* Checks what goes together, and makes task and model: before there is a folder, so that what does not fit
 * leaves nothing behind. */
rc_status rc__fitting_prepare(rc__fitting *f) RC_MUST_CHECK;
/* Into j: "source_choice", where the source was chosen. */
void rc__fitting_tell_choice(const rc__fitting *f, rc_json *j);
/* Goes through the stages with the task and a model, which is spent afterwards: what the run is going to
 * take. `opponents`: they are scored at its end. */
rc_status rc__fitting_rehearse(rc__fitting *f, bool opponents, rc_rehearsal *out) RC_MUST_CHECK;
/* The samples that it learns from and chooses by, as the settings say; then f->data is split. */
rc_status rc__fitting_split(const rc_config *c, rc_dataset *data) RC_MUST_CHECK;
/* teacher_texts.c: what the student is called; the teacher's tokenizer becomes the student's, too, if that
 * can read its tokens. */
const char *rc__fitting_student(const rc__fitting *f);
rc_status rc__fitting_take_tokenizer(rc__fitting *f, const char *data) RC_MUST_CHECK;
/* f->session: in f->folder, where there is one, else in memory. data: what its record calls the data; resume
 * and reserved as of rc_run_open. */
rc_status rc__fitting_open(rc__fitting *f, const char *data, rc_resume resume,
                           rc_lock **reserved) RC_MUST_CHECK;
/* Gives task and model to the session, which must not be done, and trains: f->result. */
rc_status rc__fitting_run(rc__fitting *f, double started) RC_MUST_CHECK;
/* Releases what the session has not taken; session, data and source stay. */
void rc__fitting_free(rc__fitting *f);

/* As run folders keep it. */
void rc__json_fingerprint(rc_json *j, const char *key, uint64_t value);
/* What a data set is: form, target, classes; how many samples its parts have. */
void rc__json_dataset(const rc_dataset *d, rc_json *j);
void rc__json_parts(const rc_dataset *d, rc_json *j);

#endif
