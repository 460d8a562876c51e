/* source/building.h: a source out of a model and labelled sets: a head for the classes of each, recalibrated;
 * features, tokens and the card. */
#ifndef RC_SOURCE_BUILDING_H
#define RC_SOURCE_BUILDING_H

#include "settings/config.h"
#include "source/bundle.h"
#include "source/recalibrate.h"
#include "transport/transport.h"

/* One set. */
typedef struct rc_building {
    rc_config config;
    const char *model_name, *made_with; /* for the card; borrowed, like the next three */
    rc_dataset *data;                   /* classes */
    const rc_tokenizer *tokenizer;      /* of a text model; else NULL */
    rc_model *found;                    /* whose embedder and body it gets; stays as it is */
    rc_task *task;
    rc_model_spec spec;
    rc_model *model;
    rc_graph *graph;
    rc_kept_features train, judged; /* `judged` is empty where it is the train part */
    rc_head_state before, after;    /* recalibration */
    float *features, *prior;
    float *plain[2], *head[2]; /* weight and bias of the head, before recalibration and after */
    int32_t *labels;
    int64_t n_features, n_tokens;
    float *tokens;
    int32_t *token_length;
} rc_building;

/* Whether the data go with the body of b->found (NULL is refused): their task is made. place: where that was
 * found, for messages. */
rc_status rc_building_check(rc_building *b, const char *place) RC_MUST_CHECK;
/* All of the work; the card is an object that it is written into. */
rc_status rc_building_run(rc_building *b, bool with_tokens, rc_json *card) RC_MUST_CHECK;
/* How its numbers are stored in a bundle. */
rc_dtype rc_building_storage(const rc_building *b);
void rc_building_free(rc_building *b);

#endif
