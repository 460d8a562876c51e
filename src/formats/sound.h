/* formats/sound.h: WAV, FLAC, OGG and what else libsndfile reads, as float samples. */
#ifndef RC_FORMATS_SOUND_H
#define RC_FORMATS_SOUND_H

#include <stdint.h>

#include "base/failure.h"

typedef struct rc_sound {
    int64_t length; /* samples of each channel */
    int channels, rate;
    float *data; /* mean of the channels, [length], -1 to 1; NULL where only the header was asked for */
} rc_sound;

/* A file without samples is refused. */
rc_status rc_sound_size(const char *path, rc_sound *out) RC_MUST_CHECK;
rc_status rc_sound_read(const char *path, rc_sound *out) RC_MUST_CHECK;
void rc_sound_free(rc_sound *s);

#endif
