/* Sounds: windows [1,L] of the mean of the channels. A recording's windows stay in one part. */
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/memory.h"
#include "formats/sound.h"
#include "importers/file_list.h"

enum { MAX_LENGTH = 65536 };

typedef struct sounds {
    rc_file_list folder;
    int64_t length, hop;
    int64_t *file, *start; /* of each window */
    rc_sound open;         /* the file read last, */
    int64_t open_file;     /* and which it is */
} sounds;

static void close_sounds(void *state)
{
    sounds *p = state;
    rc__file_list_free(&p->folder);
    rc_sound_free(&p->open);
    rc_free(p->file);
    rc_free(p->start);
    rc_free(p);
}

static void name_window(const rc_samples *s, int64_t i, char text[RC__SAMPLE_NAME])
{
    const sounds *p = s->state;
    snprintf(text, RC__SAMPLE_NAME, "%s/%s", p->folder.root, rc_texts_get(&p->folder.relative, p->file[i]));
}

static void id_of_window(const rc_samples *s, int64_t i, char text[RC__SAMPLE_NAME])
{
    const sounds *p = s->state;
    snprintf(text, RC__SAMPLE_NAME, "%s", rc_texts_get(&p->folder.relative, p->file[i]));
}

static rc_status read_window(rc_samples *s, int64_t i, void *out)
{
    sounds *p = s->state;
    if (p->open_file != p->file[i]) {
        char path[4096];
        rc_sound_free(&p->open);
        p->open_file = -1;
        RC_TRY(rc__file_list_path(&p->folder, p->file[i], sizeof path, path));
        RC_TRY(rc__file_list_tell(&p->folder, p->file[i], rc_sound_read(path, &p->open)));
        p->open_file = p->file[i];
    }
    int64_t left = p->open.length - p->start[i], count = left < p->length ? left : p->length;
    memset(out, 0, (size_t)p->length * sizeof(float));
    if (count > 0) memcpy(out, p->open.data + p->start[i], (size_t)count * sizeof(float));
    return RC_OK;
}

/* ---- windows ---- */

typedef struct lengths {
    int64_t *length; /* of each file */
    int64_t min, max, padded;
    int rate, channels;
} lengths;

static rc_status survey(const rc_samples *s, const sounds *p, lengths *z)
{
    z->min = INT64_MAX;
    z->rate = (int)s->e->rate;
    for (int64_t i = 0; i < p->folder.relative.n; i++) {
        char path[4096];
        rc_sound sound;
        RC_TRY(rc__file_list_look(&p->folder, i));
        RC_TRY(rc__file_list_path(&p->folder, i, sizeof path, path));
        RC_TRY(rc__file_list_tell(&p->folder, i, rc_sound_size(path, &sound)));
        if (i == 0 && !s->given) z->rate = sound.rate;
        rc_status same =
            sound.rate == z->rate
                ? RC_OK
                : rc_fail(RC_DATA, "%s: %d samples a second%s %d; resample all to one rate", path, sound.rate,
                          s->given ? " instead of" : ", but the files before it have", z->rate);
        RC_TRY(rc__file_list_tell(&p->folder, i, same));
        z->length[i] = sound.length;
        z->min = sound.length < z->min ? sound.length : z->min;
        z->max = sound.length > z->max ? sound.length : z->max;
        z->channels = sound.channels > z->channels ? sound.channels : z->channels;
    }
    return RC_OK;
}

/* A window of a second where a file may have several, else the longest as a whole. */
static rc_status choose_length(const rc_samples *s, sounds *p, const lengths *z)
{
    int64_t second = z->rate < MAX_LENGTH ? z->rate : MAX_LENGTH;
    s->e->rate = z->rate;
    p->length = s->o->length ? s->o->length : z->max < second || s->files ? z->max : second;
    RC_CHECK(
        s->o->length || p->length <= MAX_LENGTH, RC_CONFIG,
        "%s: sounds of up to %lld samples; at most %d can be taken whole: \1length %lld takes the beginnings",
        s->o->from, (long long)z->max, MAX_LENGTH, (long long)second);
    p->hop = s->o->hop ? s->o->hop : p->length;
    RC_CHECK(p->length <= MAX_LENGTH, RC_CONFIG, "\1length %lld: at most %d samples a window",
             (long long)p->length, MAX_LENGTH);
    s->e->options.length = p->length;
    s->e->options.hop = p->hop;
    return RC_OK;
}

static int64_t windows_of(const rc_samples *s, const sounds *p, const lengths *z, int64_t file)
{
    return s->files ? 1 : rc__windows_in(z->length[file], p->length, p->hop);
}

static rc_status make_windows(rc_samples *s, sounds *p, lengths *z)
{
    s->n = 0;
    for (int64_t i = 0; i < p->folder.relative.n; i++)
        s->n += windows_of(s, p, z, i);
    RC_TRY(RC_NEW(&p->file, s->n));
    RC_TRY(RC_NEW(&p->start, s->n));
    RC_TRY(RC_NEW(&s->group, s->n));
    int64_t at = 0;
    for (int64_t i = 0; i < p->folder.relative.n; i++) {
        z->padded += z->length[i] < p->length;
        for (int64_t w = 0; w < windows_of(s, p, z, i); w++, at++) {
            p->file[at] = s->group[at] = i;
            p->start[at] = w * p->hop;
        }
    }
    if (!s->files || z->max <= p->length) return RC_OK;
    return rc__note(s, "sounds of up to %lld samples are cut to %lld", (long long)z->max,
                    (long long)p->length);
}

static void report_sounds(const rc_samples *s, const sounds *p, const lengths *z, rc_json *report)
{
    char text[240];
    rc_json_set_string(report, "reader", "sounds");
    rc_ascii_print(text, sizeof text,
                   "%lld files of %.3g to %.3g s at %d Hz, up to %d channels; %lld other files",
                   (long long)p->folder.relative.n, (double)z->min / z->rate, (double)z->max / z->rate,
                   z->rate, z->channels, (long long)p->folder.other.n);
    rc_json_set_string(report, "found", text);
    rc_ascii_print(
        text, sizeof text,
        "%lld windows of %lld samples (%.3g s) every %lld, mean of the channels; %lld short files end "
        "in silence",
        (long long)s->n, (long long)p->length, (double)p->length / z->rate, (long long)p->hop,
        (long long)z->padded);
    rc_json_set_string(report, "did", text);
}

rc_status rc__sound_samples(rc_samples *s, rc_json *report)
{
    sounds *p;
    lengths z = {0};
    RC_TRY(RC_NEW(&p, 1));
    p->open_file = -1;
    s->state = p;
    s->close = close_sounds;
    s->name = name_window;
    s->id = id_of_window;
    s->x = read_window;
    s->dtype = RC_DTYPE_F32;
    RC_TRY(rc__file_list_of(s, rc__sound_suffixes, &p->folder));
    RC_TRY(RC_NEW(&z.length, p->folder.relative.n));
    rc_status status = survey(s, p, &z);
    if (status == RC_OK) status = choose_length(s, p, &z);
    if (status == RC_OK) status = make_windows(s, p, &z);
    rc_free(z.length);
    RC_TRY(status);
    s->shape = RC_SHAPE(1, p->length);
    RC_TRY(rc__file_list_labels(s, &p->folder, p->file, report));
    report_sounds(s, p, &z, report);
    return RC_OK;
}
