/* transforms/mel.h: the logarithmic mel spectrogram of a sound, as torchaudio and librosa compute it. */
#ifndef RC_TRANSFORMS_MEL_H
#define RC_TRANSFORMS_MEL_H

#include <stdint.h>

#include "base/failure.h"

typedef struct rc_mel_options {
    double rate;            /* samples a second */
    int n_fft, window, hop; /* a Hann window in the middle of a frame of n_fft samples */
    int mels;               /* triangles on the HTK mel scale, 0 to rate / 2, each of height 1 */
    double range;           /* dB below the loudest that are kept */
} rc_mel_options;
/* FSD50K's: 22050, 1920, 661, 220, 96, 80. */
rc_mel_options rc_mel_defaults(void);

typedef struct rc_mel rc_mel; /* safe among threads */
rc_status rc_mel_create(const rc_mel_options *o, rc_mel **out) RC_MUST_CHECK;
void rc_mel_destroy(rc_mel **m);
/* Frames of a sound: 1 + length / hop. */
int64_t rc_mel_frames(const rc_mel *m, int64_t length);
/* Of `length` samples (more than n_fft / 2) -> out [mels, columns] in dB, columns >= frames; what follows the
 * last frame is left as it is. The sound is continued by reflection at both ends. */
rc_status rc_mel_run(const rc_mel *m, int64_t length, const float *sound, int64_t columns,
                     float *out) RC_MUST_CHECK;

#endif
