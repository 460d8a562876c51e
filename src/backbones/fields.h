/* backbones/fields.h: reading the keys of a config.json, each with its check and its one-line message. */
#ifndef RC_BACKBONES_FIELDS_H
#define RC_BACKBONES_FIELDS_H

#include "formats/json.h"

/* Token ids are int32; a table of far fewer words is refused for want of memory. */
enum { RC__MAX_VOCABULARY = 1 << 30 };

/* A whole number from min to max; must be there. */
rc_status rc__field_whole(const rc_json *json, const char *source, const char *key, int64_t min, int64_t max,
                          int64_t *out) RC_MUST_CHECK;
/* The same with a value for a key that is absent or null. */
rc_status rc__field_whole_or(const rc_json *json, const char *source, const char *key, int64_t min,
                             int64_t max, int64_t otherwise, int64_t *out) RC_MUST_CHECK;
/* A number from min to max, or `otherwise` where the key is absent. */
rc_status rc__field_number(const rc_json *json, const char *source, const char *key, double min, double max,
                           double otherwise, double *out) RC_MUST_CHECK;
rc_status rc__field_boolean(const rc_json *json, const char *source, const char *key, bool otherwise,
                            bool *out) RC_MUST_CHECK;
/* A text that must be `only`, or absent: a choice of which one is implemented. */
rc_status rc__field_only(const rc_json *json, const char *source, const char *key,
                         const char *only) RC_MUST_CHECK;
/* A switch that must be false or absent. */
rc_status rc__field_off(const rc_json *json, const char *source, const char *key) RC_MUST_CHECK;
/* `width` channels in `heads` equal parts. */
rc_status rc__field_heads_divide(const char *source, const char *width_key, int64_t width,
                                 const char *heads_key, int64_t heads) RC_MUST_CHECK;

#endif
