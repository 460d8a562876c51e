/* commands/predict_words.h: a label for every word of new texts, by a run that was trained on labelled words.
 */
#ifndef RC_COMMANDS_PREDICT_WORDS_H
#define RC_COMMANDS_PREDICT_WORDS_H

#include "datasets/labelled_text.h"
#include "tasks/trained.h"

/* input: as rc_text_sentences reads it. output: a word and its label a line, a blank line behind each
 * sentence; or CSV: sentence (from 1), word, label. "_" where a word lies beyond the tokens that the run
 * reads. */
rc_status rc__label_words(rc_trained *of, const rc_text_options *o, const char *input, const char *output,
                          rc_json *j) RC_MUST_CHECK;

#endif
