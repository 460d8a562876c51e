/* backbones/bert.h: the configuration of BERT and its relatives: RoBERTa (XLM-RoBERTa, CamemBERT),
 * DistilBERT. MiniLM and other sentence encoders are BERT. Post-norm transformer blocks over learned
 * positions. Parameters have the names and layouts of Hugging Face's classes, which differ by dialect. */
#ifndef RC_BACKBONES_BERT_H
#define RC_BACKBONES_BERT_H

#include "formats/json.h"

enum { RC_BERT_BLOCKS = 128 };

typedef enum rc_bert_dialect {
    RC_BERT_BERT,
    RC_BERT_ROBERTA, /* positions are counted from padding + 1 */
    RC_BERT_XLM_ROBERTA,
    RC_BERT_CAMEMBERT,
    RC_BERT_DISTILBERT, /* no token types; names of its own */
    RC_BERT_DIALECTS
} rc_bert_dialect;

typedef struct rc_bert_config {
    rc_bert_dialect dialect;
    int64_t vocabulary, hidden, blocks, heads, inner; /* inner: width between the two layers of the MLP */
    int64_t positions, types;                         /* rows of the tables; types 0: none */
    int64_t padding;                                  /* id of the padding token */
    double eps;
} rc_bert_config;

rc_status rc_bert_config_read(const rc_json *json, const char *source, rc_bert_config *out) RC_MUST_CHECK;
rc_json *rc_bert_config_write(const rc_bert_config *c);
rc_status rc_bert_config_named(const char *name, rc_bert_config *out) RC_MUST_CHECK;
extern const char *const rc__bert_model_types[]; /* by dialect, then NULL */
extern const char *const rc__bert_sizes[];

int64_t rc_bert_first_position(const rc_bert_config *c); /* row of a text's first token */
int64_t rc_bert_longest(const rc_bert_config *c);        /* tokens of the longest text */

#endif
