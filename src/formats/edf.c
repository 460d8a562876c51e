/* EDF and EDF+ (edfplus.info), and BDF, which is the same with 24 bits a sample: a header of texts of fixed
 * widths, then frames ("data records") that hold some samples of each signal in turn. */
#include <math.h>
#include <string.h>

#include "base/ascii.h"
#include "base/memory.h"
#include "formats/recording_reader.h"

#define MAX_WHOLE 1e12
enum { HEAD = 256, SIGNAL = 256, ANNOTATIONS = 15 };
/* Fields of the header, and those that stand there for each signal, one field of all signals after the other:
 * where they begin. */
enum { RESERVED = 192, FRAMES = 236, DURATION = 244, SIGNALS = 252 };
enum { LABEL = 0, UNIT = 96, LOW = 104, HIGH = 112, STORED_LOW = 120, STORED_HIGH = 128, SAMPLES = 216 };

typedef struct header {
    rc_recording *r;
    const char *text;
    size_t size;
    rc_packing packing;
    int64_t signals, frames, stride; /* samples of all signals in a frame */
    double duration;                 /* of a frame, in seconds */
} header;

/* Blanks around it do not count; it may end with a NUL. */
static const char *field(const char *at, size_t width, size_t *length)
{
    const char *end = memchr(at, '\0', width);
    size_t n = end ? (size_t)(end - at) : width;
    for (; n && rc_ascii_is_space(*at); n--)
        at++;
    while (n && rc_ascii_is_space(at[n - 1]))
        n--;
    *length = n;
    return at;
}

static bool field_number(const char *at, size_t width, double *out)
{
    char text[16];
    size_t n;
    at = field(at, width, &n);
    memcpy(text, at, n);
    text[n] = '\0';
    return rc_text_to_f64(text[0] == '+' ? text + 1 : text, out);
}

static bool field_whole(const char *at, size_t width, int64_t *out)
{
    double v;
    if (!field_number(at, width, &v) || v != floor(v) || fabs(v) > MAX_WHOLE) return false;
    *out = (int64_t)v;
    return true;
}

static const char *of_signal(const header *h, int start, int width, int64_t i)
{
    return h->text + HEAD + h->signals * start + i * width;
}

static rc_status take_head(header *h)
{
    const char *source = h->r->source;
    bool bdf = h->size > 8 && memcmp(h->text,
                                     "\xff"
                                     "BIOSEMI",
                                     8) == 0;
    RC_CHECK(h->size >= HEAD && (bdf || memcmp(h->text, "0       ", 8) == 0), RC_FORMAT,
             "%s: not an EDF or BDF file, or cut off", source);
    bool plus = strncmp(h->text + RESERVED + 1, "DF+", 3) == 0;
    h->r->format = bdf ? "BDF" : plus ? "EDF+" : "EDF";
    h->packing = bdf ? RC_PACKING_24 : RC_PACKING_16;
    RC_CHECK(
        !plus || h->text[RESERVED + 4] != 'D', RC_UNSUPPORTED,
        "%s: a recording with gaps (EDF+D), which is not read; save its pieces as recordings of their own "
        "(EDFbrowser: Tools, Convert EDF+D to EDF+C)",
        source);
    bool good = field_whole(h->text + SIGNALS, 4, &h->signals) && h->signals >= 1 &&
                h->signals <= RC__MAX_CHANNELS && field_whole(h->text + FRAMES, 8, &h->frames) &&
                h->frames >= -1 && field_number(h->text + DURATION, 8, &h->duration) && h->duration >= 0;
    RC_CHECK(
        good, RC_FORMAT,
        "%s: damaged: the number of data records, their duration or the number of signals is not possible",
        source);
    RC_CHECK(h->size >= (size_t)(HEAD + h->signals * SIGNAL), RC_FORMAT,
             "%s: cut off within the header of %lld signals", source, (long long)h->signals);
    return RC_OK;
}

/* A signal that was never calibrated is constant. */
static rc_status take_range(const header *h, int64_t i, rc_channel *c)
{
    double low, high, stored_low, stored_high;
    bool good = field_number(of_signal(h, LOW, 8, i), 8, &low) &&
                field_number(of_signal(h, HIGH, 8, i), 8, &high) &&
                field_number(of_signal(h, STORED_LOW, 8, i), 8, &stored_low) &&
                field_number(of_signal(h, STORED_HIGH, 8, i), 8, &stored_high);
    RC_CHECK(good, RC_FORMAT, "%s: \"%.80s\": its physical or digital range is not a number", h->r->source,
             c->name);
    c->step = stored_high == stored_low ? 0 : (high - low) / (stored_high - stored_low);
    c->shift = low - c->step * stored_low;
    RC_CHECK(isfinite(c->step) && isfinite(c->shift), RC_FORMAT,
             "%s: \"%.80s\": its physical range is endless", h->r->source, c->name);
    return RC_OK;
}

static rc_status take_signal(header *h, int64_t i)
{
    rc_recording *r = h->r;
    rc_channel c = {
        .packing = h->packing, .offset = (size_t)(HEAD + h->signals * SIGNAL), .first = h->stride};
    size_t name_length, unit_length;
    const char *name = field(of_signal(h, LABEL, 16, i), 16, &name_length),
               *unit = field(of_signal(h, UNIT, 8, i), 8, &unit_length);
    RC_CHECK(field_whole(of_signal(h, SAMPLES, 8, i), 8, &c.count) && c.count >= 1, RC_FORMAT,
             "%s: damaged: signal %lld has no number of samples in a data record", r->source,
             (long long)i + 1);
    h->stride += c.count;
    bool notes = name_length == ANNOTATIONS && memcmp(name + 1, "DF Annotations", ANNOTATIONS - 1) == 0;
    if (notes) return RC_OK;
    rc_channel *to = &r->channel[r->channels];
    *to = c;
    r->channels++;
    RC_TRY(rc__channel_texts(r, name, name_length, unit, unit_length));
    return take_range(h, i, to);
}

/* What the header says is there must be there; -1 frames: all that are. */
static rc_status take_frames(header *h)
{
    rc_recording *r = h->r;
    size_t head = (size_t)(HEAD + h->signals * SIGNAL);
    int64_t there = rc__packed_in(h->size - head, h->packing) / h->stride;
    if (h->frames < 0) h->frames = there;
    RC_CHECK(h->frames <= there, RC_FORMAT, "%s: cut off: %lld of %lld data records are there", r->source,
             (long long)there, (long long)h->frames);
    RC_CHECK(r->channels > 0, RC_DATA, "%s: no signals, only annotations", r->source);
    RC_CHECK(h->frames > 0 && h->duration > 0, RC_DATA, "%s: a recording of length 0", r->source);
    for (int64_t i = 0; i < r->channels; i++) {
        rc_channel *c = &r->channel[i];
        c->stride = h->stride;
        c->length = c->count * h->frames;
        c->rate = (double)c->count / h->duration;
    }
    return RC_OK;
}

rc_status rc__edf_open(rc_recording *r)
{
    RC_TRY(rc__recording_map(r, r->source));
    header h = {.r = r, .text = (const char *)r->map[0].data, .size = r->map[0].size};
    RC_TRY(take_head(&h));
    RC_TRY(RC_NEW(&r->channel, h.signals));
    for (int64_t i = 0; i < h.signals; i++)
        RC_TRY(take_signal(&h, i));
    return take_frames(&h);
}
