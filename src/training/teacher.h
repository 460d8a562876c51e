/* training/teacher.h: a trained model that a training learns from (rc_session.teacher, methods/distill.c), of
 * a finished run or a source: what it says of samples, and what it read of them. */
#ifndef RC_TRAINING_TEACHER_H
#define RC_TRAINING_TEACHER_H

#include "tasks/trained.h"
#include "training/session.h"

/* Numbers that it says of a sample, raw outputs; of words, for each token. */
int64_t rc_teacher_says(const rc_trained *t);
/* Pooled features that it has of a sample; 0: none (a plain predictor, several runs). */
int64_t rc_teacher_features(const rc_trained *t);
/* Of a batch that was made for its task: said [n, rc_teacher_says], read [n, rc_teacher_features] (NULL:
 * unwanted). watch: its graph has noticed by what it attended last, of the samples as they lie. */
rc_status rc_teacher_ask(rc_trained *t, const rc_batch *b, bool watch, float *said,
                         float *read) RC_MUST_CHECK;
/* Into the result: scores by the run's metric, sizes and times of teacher and student, measured here and now.
 */
rc_status rc_teacher_add(rc_session *s, double valid, double test, rc_json *result) RC_MUST_CHECK;

#endif
