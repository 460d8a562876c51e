/* Recordings of several channels: [C,L] in physical units, or windows of it. Channels go by their names, and
 * have one rate and one unit in all recordings. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/memory.h"
#include "formats/recording.h"
#include "importers/file_list.h"

enum { LISTED = 20 };
#define SAME_RATE 1e-6

typedef struct signals {
    rc_file_list folder;
    int64_t *length; /* of each recording */
    int64_t shortest, longest;
    rc_recording open; /* the one read last, */
    int64_t open_file; /* and which it is */
} signals;

static void close_signals(void *state)
{
    signals *p = state;
    rc__file_list_free(&p->folder);
    rc_recording_close(&p->open);
    rc_free(p->length);
    rc_free(p);
}

static int64_t length_of(rc_samples *s, int64_t i)
{
    return ((const signals *)s->state)->length[i];
}

static rc_status open_recording(const rc_samples *s, signals *p, int64_t i)
{
    char path[4096];
    if (p->open_file == i) return RC_OK;
    rc_recording_close(&p->open);
    p->open_file = -1;
    RC_TRY(rc__file_list_path(&p->folder, i, sizeof path, path));
    RC_TRY(rc__file_list_tell(&p->folder, i, rc_recording_open(path, s->o->encoding, &p->open)));
    p->open_file = i;
    return RC_OK;
}

static rc_status read_recording(rc_samples *s, int64_t i, void *out)
{
    signals *p = s->state;
    RC_TRY(open_recording(s, p, i));
    for (int64_t c = 0; c < s->e->channels.n; c++)
        rc_recording_read(&p->open, rc_recording_find(&p->open, rc_texts_get(&s->e->channels, c)),
                          (float *)out + c * p->length[i]);
    return RC_OK;
}

/* ---- which channels ---- */

static rc_status add(rc_texts *list, const char *name)
{
    return rc_texts_add(list, name, strlen(name));
}

static rc_status list_some(const rc_texts *names, rc_string *out)
{
    for (int64_t i = 0; i < names->n && i < LISTED; i++)
        RC_TRY(rc_string_printf(out, "%s\"%.60s\"", i ? ", " : "", rc_texts_get(names, i)));
    return names->n > LISTED ? rc_string_printf(out, ", ...") : RC_OK;
}

static rc_status no_channel(const rc_recording *r, const char *name, const char *why)
{
    const char **known;
    RC_TRY(RC_NEW(&known, r->channels));
    for (int64_t i = 0; i < r->channels; i++)
        known[i] = r->channel[i].name;
    rc_status status = rc_fail_unknown(RC_DATA, name, known, (size_t)r->channels, NULL,
                                       "%s: there is no channel \"%.80s\"%s", r->source, name, why);
    rc_free(known);
    return status;
}

/* Channels that are passed over. */
static rc_status note_others(rc_samples *s, const rc_texts *others, const char *why)
{
    rc_string list = {0};
    rc_status status = list_some(others, &list);
    if (status == RC_OK && others->n)
        status = rc__note(s, "channels that are left out, since %s: %s; \1channels says which to take", why,
                          list.data);
    rc_string_free(&list);
    return status;
}

/* Of the first recording: those that are named, or all of the highest rate. */
static rc_status propose_channels(rc_samples *s, const rc_recording *r, rc_texts *slow)
{
    char word[256];
    double rate = 0;
    rc_texts *chosen = &s->e->channels;
    for (const char *names = s->o->channels; rc__next_word(&names, word);) {
        if (rc_recording_find(r, word) < 0) return no_channel(r, word, ", as \1channels asks");
        RC_TRY(add(chosen, word));
    }
    for (int64_t i = 0; i < r->channels; i++)
        rate = r->channel[i].rate > rate ? r->channel[i].rate : rate;
    for (int64_t i = 0; i < r->channels && !s->o->channels; i++)
        RC_TRY(add(r->channel[i].rate < rate * (1 - SAME_RATE) ? slow : chosen, r->channel[i].name));
    return RC_OK;
}

/* Keeps the channels that this recording has, too. */
static rc_status keep_common(rc_samples *s, const rc_recording *r, rc_texts *absent)
{
    rc_texts kept = {0};
    rc_status status = RC_OK;
    for (int64_t i = 0; i < s->e->channels.n && status == RC_OK; i++) {
        const char *name = rc_texts_get(&s->e->channels, i);
        status = add(rc_recording_find(r, name) < 0 ? absent : &kept, name);
    }
    if (status == RC_OK && kept.n == 0)
        status = no_channel(r, rc_texts_get(&s->e->channels, 0),
                            ", nor any other that the recordings before it have");
    rc_texts_free(&s->e->channels);
    s->e->channels = kept;
    return status;
}

static rc_status survey_channels(rc_samples *s, signals *p, rc_texts *slow, rc_texts *absent)
{
    for (int64_t i = 0; i < (s->o->channels ? 1 : s->n); i++) {
        RC_TRY(open_recording(s, p, i));
        if (i == 0) RC_TRY(propose_channels(s, &p->open, slow));
        if (i > 0) RC_TRY(keep_common(s, &p->open, absent));
    }
    RC_TRY(note_others(s, slow, "others have a higher sampling rate"));
    return note_others(s, absent, "not all recordings have them");
}

static rc_status choose_channels(rc_samples *s, signals *p)
{
    rc_texts slow = {0}, absent = {0};
    rc_status status = survey_channels(s, p, &slow, &absent);
    rc_texts_free(&slow);
    rc_texts_free(&absent);
    return status;
}

/* ---- rates, units and lengths ---- */

/* A recording whose unit is not told may have any. */
static bool same_unit(const char *a, const char *b)
{
    return !*a || !*b || rc_ascii_same(a, b);
}

/* The first recording that tells the unit of channel c says which it is. */
static rc_status learn_unit(rc_texts *units, int64_t c, const char *unit)
{
    rc_texts all = {0};
    rc_status status = RC_OK;
    for (int64_t i = 0; i < units->n && status == RC_OK; i++)
        status = add(&all, i == c ? unit : rc_texts_get(units, i));
    rc_texts_free(units);
    *units = all;
    return status;
}

static rc_status check_channel(rc_samples *s, const rc_recording *r, int64_t c)
{
    rc_encoders *e = s->e;
    const char *name = rc_texts_get(&e->channels, c);
    int64_t at = rc_recording_find(r, name);
    if (at < 0) return no_channel(r, name, s->given ? ", which is needed" : ", as \1channels asks");
    const rc_channel *channel = &r->channel[at];
    if (e->rate == 0) e->rate = channel->rate;
    if (c == e->units.n) RC_TRY(add(&e->units, channel->unit));
    if (!s->given && !*rc_texts_get(&e->units, c) && *channel->unit)
        RC_TRY(learn_unit(&e->units, c, channel->unit));
    RC_CHECK(fabs(channel->rate - e->rate) <= SAME_RATE * e->rate, RC_DATA,
             "%s: \"%.80s\" has %.6g samples a second instead of %.6g; choose channels of one rate "
             "(\1channels), or resample the recordings to one",
             r->source, name, channel->rate, e->rate);
    RC_CHECK(same_unit(channel->unit, rc_texts_get(&e->units, c)), RC_DATA,
             "%s: \"%.80s\" is in %.20s instead of %.20s; convert the recordings to one unit", r->source,
             name, channel->unit, rc_texts_get(&e->units, c));
    return RC_OK;
}

static rc_status check_recordings(rc_samples *s, signals *p)
{
    RC_TRY(RC_NEW(&p->length, s->n));
    for (int64_t i = 0; i < s->n; i++) {
        RC_TRY(open_recording(s, p, i));
        for (int64_t c = 0; c < s->e->channels.n; c++)
            RC_TRY(rc__file_list_tell(&p->folder, i, check_channel(s, &p->open, c)));
        p->length[i] = p->open.channel[rc_recording_find(&p->open, rc_texts_get(&s->e->channels, 0))].length;
        p->shortest = i == 0 || p->length[i] < p->shortest ? p->length[i] : p->shortest;
        p->longest = p->length[i] > p->longest ? p->length[i] : p->longest;
    }
    return RC_OK;
}

/* ---- labels ---- */

/* "KEY: value" or "KEY=value" of a comment: the value; NULL: it is another. */
static const char *value_of(const char *comment, const char *key)
{
    size_t n = strlen(key);
    comment += strspn(comment, " \t");
    if (!rc_ascii_same_start(comment, key, n)) return NULL;
    comment += n + strspn(comment + n, " \t");
    return *comment == ':' || *comment == '=' ? comment + 1 + strspn(comment + 1, " \t") : NULL;
}

static rc_status label_of_comments(rc_samples *s, const rc_recording *r)
{
    for (int64_t k = 0; k < r->about.n; k++) {
        const char *value = value_of(rc_texts_get(&r->about, k), s->o->label);
        if (value && *value) return add(&s->label, value);
    }
    return rc_fail(RC_DATA, "%s: no comment \"# %.80s: ...\" gives it a label", r->source, s->o->label);
}

static rc_status labels_of_comments(rc_samples *s, signals *p, rc_json *report)
{
    for (int64_t i = 0; i < s->n; i++) {
        RC_TRY(open_recording(s, p, i));
        RC_TRY(label_of_comments(s, &p->open));
    }
    rc_json_set_string(report, "labels_from", "comments of the headers");
    return RC_OK;
}

static rc_status find_labels(rc_samples *s, signals *p, rc_json *report)
{
    bool comments = s->o->label && !s->o->labels && p->open.about.n > 0;
    return comments ? rc__labels_found(s, labels_of_comments(s, p, report))
                    : rc__file_list_labels(s, &p->folder, NULL, report);
}

/* ---- all of it ---- */

static rc_status report_signals(const rc_samples *s, const signals *p, rc_json *report)
{
    char text[200];
    rc_texts list = {0};
    rc_json_set_string(report, "reader", p->open.format);
    rc_status status = RC_OK;
    rc_ascii_print(
        text, sizeof text, "%lld recordings of %.3g to %.3g s at %.6g Hz, %lld channels; %lld other files",
        (long long)p->folder.relative.n, (double)p->shortest / s->e->rate, (double)p->longest / s->e->rate,
        s->e->rate, (long long)s->e->channels.n, (long long)p->folder.other.n);
    rc_json_set_string(report, "found", text);
    for (int64_t c = 0; c < s->e->channels.n && status == RC_OK; c++) {
        const char *unit = rc_texts_get(&s->e->units, c);
        snprintf(text, sizeof text, "%.100s%s%.20s", rc_texts_get(&s->e->channels, c), *unit ? ", " : "",
                 unit);
        status = add(&list, text);
    }
    rc_json_set_texts(report, "channels", &list);
    rc_texts_free(&list);
    return status;
}

rc_status rc__signal_samples(rc_samples *s, rc_json *report)
{
    signals *p;
    RC_TRY(RC_NEW(&p, 1));
    p->open_file = -1;
    s->state = p;
    s->close = close_signals;
    s->name = rc__name_of_file;
    s->id = rc__id_of_file;
    s->x = read_recording;
    s->dtype = RC_DTYPE_F32;
    RC_TRY(rc__file_list_of(s, rc__signal_suffixes, &p->folder));
    s->n = p->folder.relative.n;
    if (!s->given) RC_TRY(choose_channels(s, p));
    RC_TRY(check_recordings(s, p));
    RC_TRY(find_labels(s, p, report));
    RC_TRY(report_signals(s, p, report));
    if (s->e->options.fill == RC_IMPORT_FILL_AUTO) s->e->options.fill = RC_IMPORT_FILL_INTERPOLATE;
    return rc__series_windows(s, s->e->channels.n, length_of, report);
}

static void describe_channels(const rc_recording *r, rc_json *list)
{
    for (int64_t i = 0; i < r->channels; i++) {
        rc_json *one = rc_json_append(list, rc_json_object());
        rc_json_set_string(one, "name", r->channel[i].name);
        rc_json_set_string(one, "unit", r->channel[i].unit);
        rc_json_set_number(one, "rate", r->channel[i].rate);
        rc_json_set_integer(one, "samples", r->channel[i].length);
    }
}

rc_status rc__describe_signals(const char *path, const char *encoding, rc_json *report)
{
    rc_file_list f;
    rc_recording r = {0};
    char first[4096];
    RC_TRY(rc__file_list_make(path, rc__signal_suffixes, &f));
    rc_status status = rc__file_list_path(&f, 0, sizeof first, first);
    if (status == RC_OK) status = rc_recording_open(first, encoding, &r);
    rc__file_list_free(&f);
    if (status == RC_OK) {
        rc_json_set_string(report, "form", r.format);
        rc_json_set_string(report, "channels_of", first);
        describe_channels(&r, rc_json_set(report, "channels", rc_json_array()));
    }
    rc_recording_close(&r);
    RC_TRY(status);
    if (rc_path_is_directory(path)) return rc__describe_files(path, report);
    rc__tell_next(report, "a folder of such files", "\1out DIR");
    return RC_OK;
}
