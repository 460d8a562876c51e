/* api/data_parts.h: what a public data set is. */
#ifndef RC_API_DATA_PARTS_H
#define RC_API_DATA_PARTS_H

#include "api/call.h"
#include "datasets/dataset.h"
#include "datasets/labelled_text.h"
#include "source/bundle.h"
#include "tasks/task.h"

struct rc_data {
    rc_dataset *set;    /* NULL: texts, which wait for a tokenizer */
    char *texts;        /* their path, or what messages call those of the list */
    rc_text_list *list; /* in memory; NULL: they are files */
    rc_config config;   /* how texts are read */
    bool missing;       /* NaN in x is a missing number */
};

/* A data set of one's own to split and cut, of the same arrays. Fails for texts. */
rc_status rc__data_share(const rc_data *data, rc_dataset **out) RC_MUST_CHECK;
/* Of n sentences, each of which has some. */
rc_status rc__words_sum(const char *name, int64_t n, const int64_t *words, int64_t *sum) RC_MUST_CHECK;
/* n texts of a caller, behind those there are; name: "rc_data_texts.text". */
rc_status rc__texts_copy(const char *name, const char *const *from, int64_t n, rc_texts *to) RC_MUST_CHECK;
/* What messages call them. */
const char *rc__data_name(const rc_data *data);
/* Data of the form that a predictor of this task takes; texts are read as its own were. */
rc_status rc__data_for(const rc_task *t, const rc_data *data, rc_dataset **out) RC_MUST_CHECK;
rc_target rc__target(rc_target_kind kind);
/* The shape of a sample as callers see it, from that inside, which is C,L,1 or C,H,W. */
void rc__sample_shape(rc_form form, const int64_t x_shape[3], int32_t *dims, int64_t *shape);

#endif
