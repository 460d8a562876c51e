#include "formats/sound.h"

#include <errno.h>
#include <math.h>
#include <sndfile.h>

#include "base/file.h"
#include "base/memory.h"
#include "formats/container_reader.h"

enum { MAX_CHANNELS = 64, PIECE = 4096, LIBRARY_NEEDS = 4 << 20 };
static const int64_t max_samples = (int64_t)1 << 31;

static rc_status open_sound(const char *path, SNDFILE **file, rc_sound *out)
{
    SF_INFO info = {0};
    *out = (rc_sound){0};
    size_t size;
    RC_TRY(rc_file_check(path, &size));
    /* The library crashes where an allocation of its own fails. */
    RC_TRY(rc_memory_ask(LIBRARY_NEEDS, "libsndfile"));
    errno = 0;
    *file = sf_open(path, SFM_READ, &info);
    if (!*file)
        return rc_fail_reading(path, "%s: not a WAV, FLAC or OGG file, or cut off (%s)", path,
                               sf_strerror(NULL));
    *out = (rc_sound){.length = info.frames, .channels = info.channels, .rate = info.samplerate};
    rc_status status = RC_OK;
    if (info.frames <= 0)
        status = rc_fail(RC_DATA, "%s: a sound of length 0", path);
    else if (info.channels < 1 || info.channels > MAX_CHANNELS || info.frames > max_samples ||
             info.samplerate < 1)
        status = rc_fail(RC_UNSUPPORTED,
                         "%s: %d channels, %lld samples at %d Hz; at most %d channels of 2^31 samples", path,
                         info.channels, (long long)info.frames, info.samplerate, MAX_CHANNELS);
    else if (rc__is_bomb(size, (size_t)info.frames * sizeof(float)))
        status =
            rc_fail(RC_UNSUPPORTED, "%s: %lld samples in %zu bytes, as only silence packs; save it as WAV",
                    path, (long long)info.frames, size);
    if (status != RC_OK) sf_close(*file);
    return status;
}

rc_status rc_sound_size(const char *path, rc_sound *out)
{
    SNDFILE *file;
    RC_TRY(open_sound(path, &file, out));
    sf_close(file);
    return RC_OK;
}

/* In pieces, into a block that grows with what really comes: a header may claim anything. */
static rc_status read_mean(SNDFILE *file, const char *path, rc_sound *s)
{
    float piece[PIECE];
    int64_t capacity = 0, used = 0, at_once = PIECE / s->channels;
    errno = 0;
    for (;;) {
        sf_count_t n = sf_readf_float(file, piece, at_once);
        if (n <= 0) break;
        if (used + n > capacity) {
            int64_t wanted = capacity ? 2 * capacity : 1 << 16;
            RC_TRY(rc_realloc((size_t)capacity * sizeof(float), (size_t)wanted * sizeof(float),
                              (void **)&s->data));
            capacity = wanted;
        }
        for (sf_count_t i = 0; i < n; i++) {
            float sum = 0;
            for (int k = 0; k < s->channels; k++)
                sum += piece[i * s->channels + k];
            s->data[used++] = sum / (float)s->channels;
        }
    }
    if (used != s->length)
        return rc_fail_reading(path, "%s: cut off: %lld of %lld samples are there", path, (long long)used,
                               (long long)s->length);
    for (int64_t i = 0; i < used; i++)
        RC_CHECK(isfinite(s->data[i]), RC_DATA, "%s: sample %lld is NaN or infinite", path, (long long)i);
    return RC_OK;
}

rc_status rc_sound_read(const char *path, rc_sound *out)
{
    SNDFILE *file;
    RC_TRY(open_sound(path, &file, out));
    rc_status status = read_mean(file, path, out);
    sf_close(file);
    if (status != RC_OK) rc_sound_free(out);
    return status;
}

void rc_sound_free(rc_sound *s)
{
    rc_free(s->data);
    *s = (rc_sound){0};
}
