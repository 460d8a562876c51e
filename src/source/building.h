/* source/building.h: a source out of a model and labelled data: a head for these classes, recalibrated;
 * features, tokens and the card. */
#ifndef RC_SOURCE_BUILDING_H
#define RC_SOURCE_BUILDING_H

#include "settings/config.h"
#include "source/bundle.h"
#include "source/recalibrate.h"
#include "transport/transport.h"

typedef struct rc_building {
    rc_config config;
    const char *model_name, *made_with; /* for the card; borrowed, like the next two */
    rc_dataset *data;                   /* classes */
    const rc_tokenizer *tokenizer;      /* of a text model; else NULL */
    rc_task *task;
    rc_model *model;
    rc_graph *graph;
    rc_kept_features train, judged; /* `judged` is empty where it is the train part */
    rc_head_state before, after;    /* recalibration */
    float *features, *prior;
    float *plain[2]; /* weight and bias of the head before recalibration */
    int32_t *labels;
    int64_t n_features, n_tokens;
    float *tokens;
    int32_t *token_length;
    rc_sinkhorn_self self;
} rc_building;

/* The task of the data, and a model of its own with the body of `found`, which stays as it is (NULL is
 * refused). place: where that was found, for messages. */
rc_status rc_building_adopt(rc_building *b, rc_model *found, const char *place) RC_MUST_CHECK;
/* All of the work; the card is an object that it is written into. */
rc_status rc_building_run(rc_building *b, rc_json *card) RC_MUST_CHECK;
/* What a bundle is made of; valid as long as b and the card. */
rc_bundle_parts rc_building_parts(const rc_building *b, const rc_json *card);
void rc_building_free(rc_building *b);

#endif
