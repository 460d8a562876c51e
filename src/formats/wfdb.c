/* WFDB's headers (physionet.org/physiotools/wag/header-5.htm): a line on the record, one on each signal, and
 * comments. Signals that name the same file lie there frame by frame. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "formats/recording_reader.h"
#include "formats/text_file.h"

#define USUAL_RATE 250.0
#define USUAL_GAIN 200.0
enum { WORD = 256 };
static const char real[] = "0123456789.eE+-";

static const struct {
    int number;
    rc_packing packing;
} formats[] = {{16, RC_PACKING_16}, {24, RC_PACKING_24},   {32, RC_PACKING_32},  {61, RC_PACKING_61},
               {80, RC_PACKING_80}, {160, RC_PACKING_160}, {212, RC_PACKING_212}};
enum { FORMATS = sizeof formats / sizeof *formats };

typedef struct header {
    rc_recording *r;
    const char *at, *end; /* within the current line */
    int64_t line;
    char word[WORD]; /* the last one taken */
    int64_t signals, frames;
    double rate;    /* frames a second */
    rc_texts files; /* in their order */
} header;

static rc_status bad(const header *h, const char *what)
{
    return rc_fail(RC_FORMAT, "%s:%lld: %s", h->r->source, (long long)h->line, what);
}

static bool is_blank(char k)
{
    return k == ' ' || k == '\t' || k == '\r';
}

static void skip_blanks(header *h)
{
    while (h->at < h->end && is_blank(*h->at))
        h->at++;
}

/* The next word of the line, "" at its end; one that is too long is none of a header's. */
static rc_status take_word(header *h)
{
    size_t n = 0;
    skip_blanks(h);
    for (; h->at < h->end && !is_blank(*h->at); h->at++) {
        if (n + 1 == sizeof h->word) return bad(h, "a word of more than 255 letters");
        h->word[n++] = *h->at;
    }
    h->word[n] = '\0';
    return RC_OK;
}

/* The number that a word begins with, from *at on; false where there is none. */
static bool take_number(const char **at, const char *letters, double *out)
{
    char text[64];
    size_t n = strspn(*at, letters);
    if (n == 0 || n >= sizeof text) return false;
    memcpy(text, *at, n);
    text[n] = '\0';
    if (!rc_text_to_f64(text, out)) return false;
    *at += n;
    return true;
}

static bool take_whole(const char **at, int64_t *out)
{
    double v;
    if (!take_number(at, "0123456789", &v) || v > INT_MAX) return false;
    *out = (int64_t)v;
    return true;
}

/* ---- the record ---- */

static rc_status take_record(header *h)
{
    const char *at;
    RC_TRY(take_word(h));
    RC_CHECK(!strchr(h->word, '/'), RC_UNSUPPORTED,
             "%s: a record of several segments, which is not read; import the segments, or save it as one "
             "(wfdb.rdrecord and wfdb.wrsamp, xform)",
             h->r->source);
    RC_TRY(take_word(h));
    at = h->word;
    if (!take_whole(&at, &h->signals) || *at || h->signals > RC__MAX_CHANNELS)
        return bad(h, "expected NAME SIGNALS RATE SAMPLES, as the first line of a WFDB header");
    RC_CHECK(h->signals > 0, RC_DATA, "%s: no signals", h->r->source);
    RC_TRY(take_word(h));
    at = h->word;
    h->rate = USUAL_RATE;
    if (*at && (!take_number(&at, real, &h->rate) || h->rate <= 0))
        return bad(h, "the sampling rate is not a number");
    RC_TRY(take_word(h));
    at = h->word;
    if (*at && (!take_whole(&at, &h->frames) || *at)) return bad(h, "the number of samples is not a number");
    return RC_OK;
}

/* ---- signals ---- */

/* "212x2:3+24": format, samples a frame, skew, bytes before the first frame. */
static rc_status take_format(header *h, rc_channel *c)
{
    const char *at = h->word;
    int64_t number, skew = 0, offset = 0;
    c->count = 1;
    if (!take_whole(&at, &number)) return bad(h, "the format of a signal is not a number");
    bool good = *at != 'x' || (at++, take_whole(&at, &c->count) && c->count > 0);
    good = good && (*at != ':' || (at++, take_whole(&at, &skew)));
    good = good && (*at != '+' || (at++, take_whole(&at, &offset)));
    if (!good || *at) return bad(h, "expected a format as 212, or 16x2+24");
    RC_CHECK(skew == 0, RC_UNSUPPORTED, "%s:%lld: signals that are shifted in time (skew) are not read",
             h->r->source, (long long)h->line);
    c->offset = (size_t)offset;
    for (int i = 0; i < FORMATS; i++)
        if (formats[i].number == number) {
            c->packing = formats[i].packing;
            return RC_OK;
        }
    return rc_fail(
        RC_UNSUPPORTED,
        "%s:%lld: format %lld is not read; those read are 16, 24, 32, 61, 80, 160 and 212 (save it by "
        "wfdb.wrsamp, or xform)",
        h->r->source, (long long)h->line, (long long)number);
}

/* Stored units for a physical one, the stored number that is 0, and the unit. */
typedef struct calibration {
    double gain, zero;
    bool has_zero;
    char unit[WORD];
} calibration;

/* "200(1024)/mV" */
static rc_status take_gain(header *h, calibration *out)
{
    const char *at = h->word;
    *out = (calibration){.gain = USUAL_GAIN, .unit = "mV"};
    if (!*at) return RC_OK;
    if (!take_number(&at, real, &out->gain)) return bad(h, "the gain of a signal is not a number");
    if (out->gain == 0) out->gain = USUAL_GAIN;
    if (*at == '(') {
        at++;
        out->has_zero = take_number(&at, real, &out->zero) && *at == ')';
        if (!out->has_zero) return bad(h, "expected a gain as 200(1024)/mV");
        at++;
    }
    if (*at == '/') snprintf(out->unit, sizeof out->unit, "%s", at + 1);
    return RC_OK;
}

/* Gain, resolution, zero, first value, checksum and size of a block; of these the first and the third count.
 */
static rc_status take_numbers(header *h, rc_channel *c, calibration *out)
{
    enum { RESOLUTION, ZERO, FIRST_VALUE, CHECKSUM, BLOCK, NUMBERS };
    RC_TRY(take_word(h));
    RC_TRY(take_gain(h, out));
    for (int i = 0; i < NUMBERS; i++) {
        double zero;
        RC_TRY(take_word(h));
        if (i != ZERO || !h->word[0]) continue;
        if (!rc_text_to_f64(h->word, &zero)) return bad(h, "the zero of a signal is not a number");
        if (!out->has_zero) out->zero = zero;
    }
    c->step = 1 / out->gain;
    c->shift = -out->zero / out->gain;
    return isfinite(c->step) && isfinite(c->shift) ? RC_OK : bad(h, "the gain of a signal is too small");
}

static rc_status map_file(header *h, const char *name)
{
    char path[4096];
    const char *source = h->r->source, *base = rc_path_base(source);
    int n = snprintf(path, sizeof path, "%.*s%s", (int)(base - source), source, name);
    RC_CHECK(name[0] && strcmp(name, "-") != 0 && !rc_path_leads_outside(name), RC_FORMAT,
             "%s:%lld: \"%.100s\" is not a file beside the header", source, (long long)h->line, name);
    RC_CHECK(n > 0 && (size_t)n < sizeof path, RC_IO, "%.80s...: the path is too long", source);
    return rc__recording_map(h->r, path);
}

/* Signals of one file follow each other, and share its frames. */
static rc_status take_place(header *h, const char *file, rc_channel *c)
{
    rc_recording *r = h->r;
    const rc_channel *before = r->channels > 1 ? c - 1 : NULL;
    bool goes_on = h->files.n > 0 && strcmp(file, rc_texts_get(&h->files, h->files.n - 1)) == 0;
    if (!goes_on) {
        for (int64_t i = 0; i < h->files.n; i++)
            if (strcmp(rc_texts_get(&h->files, i), file) == 0)
                return bad(h, "signals of one file that do not follow each other");
        RC_TRY(map_file(h, file));
        RC_TRY(rc_texts_add(&h->files, file, strlen(file)));
    } else {
        if (before->packing != c->packing) return bad(h, "signals of one file in several formats");
        c->offset = before->offset;
        c->first = before->first + before->count;
    }
    c->file = r->files - 1;
    return RC_OK;
}

static rc_status take_signal(header *h)
{
    rc_recording *r = h->r;
    rc_channel *c = &r->channel[r->channels++];
    calibration z;
    char file[WORD], number[32];
    *c = (rc_channel){.gaps = true};
    RC_TRY(take_word(h));
    memcpy(file, h->word, sizeof file);
    RC_TRY(take_word(h));
    RC_TRY(take_format(h, c));
    RC_TRY(take_place(h, file, c));
    RC_TRY(take_numbers(h, c, &z));
    skip_blanks(h);
    while (h->end > h->at && is_blank(h->end[-1]))
        h->end--;
    int n = snprintf(number, sizeof number, "signal %lld", (long long)r->channels);
    const char *name = h->end > h->at ? h->at : number;
    size_t length = h->end > h->at ? (size_t)(h->end - h->at) : (size_t)n;
    return rc__channel_texts(r, name, length, z.unit, strlen(z.unit));
}

/* ---- all of it ---- */

static rc_status read_lines(header *h, const char *text, size_t size)
{
    const char *line;
    size_t at = 0, length;
    bool record = false;
    while (rc_text_next_line(text, size, &at, &line, &length)) {
        h->line++;
        h->at = line;
        h->end = line + length;
        skip_blanks(h);
        if (h->at == h->end) continue;
        if (*h->at == '#') {
            RC_TRY(rc_texts_add(&h->r->about, h->at + 1, (size_t)(h->end - h->at - 1)));
        } else if (!record) {
            record = true;
            RC_TRY(take_record(h));
            RC_TRY(RC_NEW(&h->r->channel, h->signals));
        } else if (h->r->channels < h->signals) {
            RC_TRY(take_signal(h));
        }
    }
    RC_CHECK(record && h->r->channels == h->signals, RC_FORMAT,
             "%s: cut off: lines of %lld of %lld signals are there", h->r->source, (long long)h->r->channels,
             (long long)h->signals);
    return RC_OK;
}

/* The samples of a frame, by file; and as many frames as the header says, or as the files hold. */
static rc_status take_frames(header *h)
{
    rc_recording *r = h->r;
    int64_t there = INT64_MAX;
    for (int64_t i = r->channels - 1; i >= 0; i--) {
        rc_channel *c = &r->channel[i];
        bool last = i + 1 == r->channels || c[1].file != c->file;
        size_t size = r->map[c->file].size, used = c->offset < size ? size - c->offset : 0;
        c->stride = last ? c->first + c->count : c[1].stride;
        int64_t frames = rc__packed_in(used, c->packing) / c->stride;
        there = frames < there ? frames : there;
    }
    if (h->frames == 0) h->frames = there;
    RC_CHECK(h->frames <= there, RC_FORMAT, "%s: cut off: its files hold %lld of %lld samples", r->source,
             (long long)there, (long long)h->frames);
    RC_CHECK(h->frames > 0, RC_DATA, "%s: a recording of length 0", r->source);
    for (int64_t i = 0; i < r->channels; i++) {
        r->channel[i].length = h->frames * r->channel[i].count;
        r->channel[i].rate = h->rate * (double)r->channel[i].count;
    }
    return RC_OK;
}

rc_status rc__wfdb_open(const char *encoding, rc_recording *r)
{
    rc_text_file file;
    header h = {.r = r};
    r->format = "WFDB";
    RC_TRY(rc_text_file_open(r->source, encoding, &file));
    rc_status status = read_lines(&h, file.text, file.size);
    rc_texts_free(&h.files);
    rc_text_file_close(&file);
    RC_TRY(status);
    return take_frames(&h);
}
