/* tensor/form.h: what the samples of an array are. */
#ifndef RC_TENSOR_FORM_H
#define RC_TENSOR_FORM_H

#include <stdbool.h>

/* Images [C,H,W]; sequences [C,L], whose values follow each other in time or place; rows of a table [F]; the
 * token ids of texts [T]. */
typedef enum rc_form { RC_FORM_IMAGES, RC_FORM_SEQUENCES, RC_FORM_TABLE, RC_FORM_TEXTS } rc_form;
#define RC_FORM_NAMES "images|sequences|table|texts"
/* Axes along which its values have places: 2 of images, else 1. */
static inline int rc_form_dims(rc_form form)
{
    return form == RC_FORM_IMAGES ? 2 : 1;
}
/* Without an axis of channels. */
static inline bool rc_form_is_row(rc_form form)
{
    return form == RC_FORM_TABLE || form == RC_FORM_TEXTS;
}

#endif
