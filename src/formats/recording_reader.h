/* formats/recording_reader.h: what the readers of recordings share. Within formats/ only. */
#ifndef RC_FORMATS_RECORDING_READER_H
#define RC_FORMATS_RECORDING_READER_H

#include "formats/recording.h"

enum { RC__MAX_CHANNELS = 4096 };

/* Into an empty recording, whose source is known. What they leave after a failure rc_recording_close frees.
 */
rc_status rc__edf_open(rc_recording *r) RC_MUST_CHECK;
rc_status rc__wfdb_open(const char *encoding, rc_recording *r) RC_MUST_CHECK;
/* Name and unit of the last channel, in UTF-8 or Latin-1. A name that was there before gets its place: "EEG
 * (2)".
 */
rc_status rc__channel_texts(rc_recording *r, const char *name, size_t name_length, const char *unit,
                            size_t unit_length) RC_MUST_CHECK;
/* One more file in r->map. */
rc_status rc__recording_map(rc_recording *r, const char *path) RC_MUST_CHECK;
/* How many samples of a packing so many bytes hold. */
int64_t rc__packed_in(size_t bytes, rc_packing packing);

#endif
