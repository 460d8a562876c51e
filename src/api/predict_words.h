/* api/predict_words.h: a label for every word of new texts, by a run that was trained on labelled words. */
#ifndef RC_API_PREDICT_WORDS_H
#define RC_API_PREDICT_WORDS_H

#include "training/session.h"

/* input: a sentence a line, words with blanks between; or (.conll, .iob, .bio) a word a line, first of any
 * columns, and a blank line between sentences. output: a word and its label a line, a blank line behind each
 * sentence; "_" where a word lies beyond the tokens that the run reads. */
rc_status rc__predict_words(rc_session *s, const char *input, const char *output, rc_json *j) RC_MUST_CHECK;

#endif
