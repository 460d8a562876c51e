/* backbones/fusion.h: samples with several inputs, within backbones/. */
#ifndef RC_BACKBONES_FUSION_H
#define RC_BACKBONES_FUSION_H

#include "backbones/model.h"

/* Behind the embedder of the first input, and behind its body: what the others have, and how all lies
 * together. */
rc_status rc__fusion_embedders(rc_model *m) RC_MUST_CHECK;
rc_status rc__fusion_bodies(rc_model *m) RC_MUST_CHECK;
void rc__fusion_destroy(rc_model *m);

/* u of the first input -> u of all. */
rc_var rc__fusion_embed(rc_graph *g, rc_model *m, const rc_feed *feed, rc_var u);
/* Late fusion: the last hidden state of every body, one behind the other; and what a head reads of each. */
rc_var rc__fusion_body(rc_graph *g, rc_model *m, rc_var u, const rc_feed *feed);
rc_var rc__fusion_read(rc_graph *g, rc_model *m, rc_var tokens, const rc_feed *feed);
/* Of all tokens, which lie as `of`, those that count, in front; without texts among several inputs all, as
 * they are. */
rc_var rc__fusion_pack(rc_graph *g, const rc_model *m, const rc_grid *of, rc_var all, const rc_feed *feed);
/* How many tokens count in each sample, of one input too; NULL: all. */
rc_var rc__fusion_length(rc_graph *g, const rc_model *m, const rc_feed *feed);

#endif
