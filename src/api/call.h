/* api/call.h: what the public functions share: working in a context, views, and options structs of any age.
 */
#ifndef RC_API_CALL_H
#define RC_API_CALL_H

#include "base/current_context.h"
#include "base/given.h"
#include "formats/array_file.h"
#include "recraft/recraft.h"
#include "settings/config.h"

/* A call of a public function: between begin and end the calling thread works in the context. */
typedef struct rc__call {
    rc_context *context, *before;
    rc__thread_limit limit; /* before */
} rc__call;
rc__call rc__call_begin(rc_context *context);
/* Gives the outcome, which a failure leaves in the context, too. */
rc_status rc__call_end(const rc__call *call, rc_status status) RC_MUST_CHECK;

/* The fields that the caller's struct has, over those of `to`, which holds the defaults; its first field is
 * its size. Fails where the caller's was not begun with its initialiser. from may be NULL. */
rc_status rc__options_take(const char *name, const void *from, size_t size, void *to) RC_MUST_CHECK;

/* The other way: the fields that the caller's struct has room for. */
rc_status rc__options_give(const char *name, const void *from, size_t size, void *to) RC_MUST_CHECK;

/* A view as an array: its own memory where that lies in C order, else a copy that the array owns. `name` is
 * for messages. */
rc_status rc__view_array(const char *name, const rc_view *view, rc_array *out) RC_MUST_CHECK;
/* The numbers as float32, a copy where they are something else: *owned is to be freed with rc_free. */
rc_status rc__view_floats(const char *name, const rc_view *view, const float **out,
                          float **owned) RC_MUST_CHECK;
/* Is this what a function writes into: of this shape, in C order, float32 or float64 (whole: int64)? */
rc_status rc__view_check_output(const char *name, const rc_view *view, const rc_shape *shape,
                                bool whole) RC_MUST_CHECK;
/* Numbers first.. of such a view. */
void rc__view_store(const rc_view *view, int64_t first, int64_t n, const float *from);
rc_shape rc__view_shape(const rc_view *view);

struct rc_options {
    rc_config config;
    rc_string text; /* of rc_options_get */
};
/* The settings, checked; options NULL: the defaults. */
rc_status rc__options_config(const rc_options *options, rc_config *out) RC_MUST_CHECK;

#endif
