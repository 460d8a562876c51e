/* fitting/forecast.h: what a run of one method is going to take: time from a rehearsal on this machine,
 * memory from what that needed and what comes later. */
#ifndef RC_FITTING_FORECAST_H
#define RC_FITTING_FORECAST_H

#include "fitting/fitting.h"

typedef struct rc__forecast {
    rc_rehearsal of;
    double prepare, seconds;                                    /* seconds: of all of it */
    double data_mb, model_mb, optimizer_mb, step_mb, memory_mb; /* memory_mb: the peak of the process */
    double available_mb;                                        /* -1: not known */
} rc__forecast;

/* The fitting has its task and a model, which is spent. started: when it began (rc_clock). */
rc_status rc__forecast_make(rc__fitting *f, bool opponents, double started, rc__forecast *out) RC_MUST_CHECK;
/* What is known of memory before anything was tried. */
rc__forecast rc__forecast_of_data(const rc_dataset *d);
/* Into j: "stages", "seconds", "memory_mb"; or the last alone. */
void rc__forecast_json(const rc__forecast *f, rc_json *j);
void rc__forecast_memory_json(const rc__forecast *f, rc_json *j);
/* One line: time and memory, of what (NULL: of the run); where the machine has less memory, that too. */
void rc__forecast_say(const rc__forecast *f, const char *of);
/* Would it take so long, or so much, that it is worth a rehearsal? From the model's arithmetic alone. */
bool rc__forecast_is_due(const rc__fitting *f);

#endif
