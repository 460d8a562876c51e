/* tasks/trained.h: what a finished training leaves behind: all that eval, predict and embed need, in one file
 * (model.safetensors of a folder). */
#ifndef RC_TASKS_TRAINED_H
#define RC_TASKS_TRAINED_H

#include "tasks/task.h"

enum { RC_TRAINED_PATH = 4096 };

typedef struct rc_trained {
    rc_device *device;
    rc_graph *graph;
    rc_model *model; /* NULL: the task's plain predictor or ensemble takes its place */
    rc_task *task;
    int64_t batch; /* that its scores were computed with, and */
    rc_precision precision;
    uint64_t checksum; /* of the file */
} rc_trained;

rc_status rc_trained_open(const char *directory, rc_trained *out) RC_MUST_CHECK;
/* Within tasks/. One that is not an ensemble itself. */
rc_status rc__trained_open_member(const char *directory, rc_trained *out) RC_MUST_CHECK;
void rc_trained_close(rc_trained *t);
/* Adds all that rc_trained_open reads; m may be NULL. */
rc_status rc_trained_store(const rc_config *c, rc_model *m, const rc_task *t,
                           rc_safetensors_writer *w) RC_MUST_CHECK;

#endif
