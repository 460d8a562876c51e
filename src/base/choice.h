/* base/choice.h: a choice is a word until it is checked, and then a number: that of an enum. Its words stand
 * beside the enum and in its order, as one text: "auto|yes|no". */
#ifndef RC_BASE_CHOICE_H
#define RC_BASE_CHOICE_H

#include "base/failure.h"

enum { RC_CHOICE_TEXT = 32 }; /* room for a word */

/* The number of a word, which may be NULL; -1: none of these. */
int rc_choice_find(const char *words, const char *word);
const char *rc_choice_text(const char *words, int number, char text[RC_CHOICE_TEXT]);
/* The number of a word into *out, an enum. NULL: it stays as it is. field: where the word was given, for the
 * message. */
rc_status rc_choice_take(const char *field, const char *words, const char *word, void *out) RC_MUST_CHECK;

#endif
