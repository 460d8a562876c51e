/* published/questions.h: TREC's questions (X. Li and D. Roth, 2002), the labelled texts that the source
 * minilm is made with. */
#ifndef RC_PUBLISHED_QUESTIONS_H
#define RC_PUBLISHED_QUESTIONS_H

#include "base/failure.h"

#define RC_QUESTIONS_PLACE "https://cogcomp.seas.upenn.edu/Data/QA/QC"
/* Into the folder, which is made: train.csv and test.csv, label and text. Files that are there already stay.
 * place: where else the published ones are (an address or a folder); NULL: their publisher. */
rc_status rc_questions_get(const char *place, const char *folder) RC_MUST_CHECK;

#endif
