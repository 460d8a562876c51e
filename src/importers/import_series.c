/* Series: whole, or cut into windows. What is missing in them is filled in first. A series' windows stay in
 * one part. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "importers/samples.h"

enum { MAX_LENGTH = 65536 };

typedef struct series {
    rc_samples base; /* whole records */
    int64_t channels;
    int64_t length, hop; /* of a window; hop 0: each record is one */
    int64_t *record, *start, *length_of;
    int64_t longest;
    char *stored; /* a record as it is, */
    char *open;   /* the record read last, without gaps, */
    int64_t at;   /* and which it is */
} series;

int64_t rc__windows_in(int64_t length, int64_t window, int64_t hop)
{
    return length < window ? 1 : (length - window) / hop + 1;
}

static void close_series(void *state)
{
    series *p = state;
    rc__samples_close(&p->base);
    rc_free(p->record);
    rc_free(p->start);
    rc_free(p->length_of);
    rc_free(p->stored);
    rc_free(p->open);
    rc_free(p);
}

static void name_window(const rc_samples *s, int64_t i, char text[RC__SAMPLE_NAME])
{
    const series *p = s->state;
    p->base.name(&p->base, p->record[i], text);
}

static void id_of_window(const rc_samples *s, int64_t i, char text[RC__SAMPLE_NAME])
{
    const series *p = s->state;
    if (p->base.id)
        p->base.id(&p->base, p->record[i], text);
    else
        snprintf(text, RC__SAMPLE_NAME, "%lld", (long long)p->record[i]);
}

/* ---- records ---- */

static rc_status read_record(const rc_samples *s, series *p, int64_t record)
{
    int64_t count = p->channels * p->length_of[record];
    if (p->base.dtype == s->dtype) return p->base.x(&p->base, record, p->open);
    RC_TRY(p->base.x(&p->base, record, p->stored));
    rc_convert_to_f32(p->base.dtype, p->stored, count, (float *)p->open);
    return RC_OK;
}

static rc_status open_record(const rc_samples *s, series *p, int64_t record)
{
    if (p->at == record) return RC_OK;
    p->at = -1;
    RC_TRY(read_record(s, p, record));
    if (s->e->options.fill != RC_IMPORT_FILL_AUTO)
        rc__fill_gaps(s->e->options.fill, p->channels, p->length_of[record], (float *)p->open);
    p->at = record;
    return RC_OK;
}

static rc_status read_window(rc_samples *s, int64_t i, void *out)
{
    series *p = s->state;
    int64_t record = p->record[i], whole = p->length_of[record], left = whole - p->start[i];
    size_t item = rc_dtype_size(s->dtype), count = (size_t)(left < p->length ? left : p->length) * item;
    RC_TRY(open_record(s, p, record));
    memset(out, 0, (size_t)(p->channels * p->length) * item);
    for (int64_t c = 0; c < p->channels; c++)
        memcpy((char *)out + (size_t)(c * p->length) * item,
               p->open + (size_t)(c * whole + p->start[i]) * item, count);
    return RC_OK;
}

/* ---- what is missing ---- */

/* Whoever fills gaps gets float32. */
static rc_status make_room(rc_samples *s, series *p)
{
    size_t count = (size_t)(p->channels * p->longest);
    bool fills = s->e->options.fill != RC_IMPORT_FILL_AUTO && rc_dtype_is_float(s->dtype);
    if (!fills) s->e->options.fill = RC_IMPORT_FILL_AUTO;
    if (fills) s->dtype = RC_DTYPE_F32;
    if (s->dtype != p->base.dtype) RC_TRY(rc_alloc(count, rc_dtype_size(p->base.dtype), (void **)&p->stored));
    return rc_alloc(count, rc_dtype_size(s->dtype), (void **)&p->open);
}

static rc_status note_gaps(rc_samples *s, series *p)
{
    static const char *const told[] = {[RC_IMPORT_FILL_INTERPOLATE] =
                                           "are filled in a straight line between their neighbours",
                                       [RC_IMPORT_FILL_MEAN] = "become the mean of their series",
                                       [RC_IMPORT_FILL_ZERO] = "become zeros"};
    int64_t missing = 0, series_with = 0, ends = 0;
    rc_import_fill rule = s->e->options.fill;
    for (int64_t i = 0; i < p->base.n && rule != RC_IMPORT_FILL_AUTO; i++) {
        RC_TRY(read_record(s, p, i));
        rc__gaps g = rc__find_gaps(p->channels, p->length_of[i], (const float *)p->open);
        missing += g.missing;
        series_with += g.missing > 0;
        ends += g.end < p->length_of[i];
    }
    if (ends)
        RC_TRY(rc__note(
            s, "series that end in missing values: %lld; they count as shorter, with zeros at the end",
            (long long)ends));
    if (!missing) return RC_OK;
    return rc__note(s, "missing values: %lld in %lld series; they %s", (long long)missing,
                    (long long)series_with, told[rule]);
}

/* ---- windows ---- */

/* Targets, parts, groups and times of the windows, from their records. */
static rc_status spread(rc_samples *s, const series *p)
{
    const rc_samples *b = &p->base;
    if (p->hop || b->group) RC_TRY(RC_NEW(&s->group, s->n));
    if (b->part) RC_TRY(RC_NEW(&s->part, s->n));
    if (b->when) RC_TRY(RC_NEW(&s->when, s->n));
    size_t row = b->y.data ? (size_t)(rc_array_size(&b->y) / b->n) * rc_dtype_size(b->y.dtype) : 0;
    if (b->y.data) {
        s->y = (rc_array){.dtype = b->y.dtype, .shape = b->y.shape};
        s->y.shape.dim[0] = s->n;
        RC_TRY(rc_alloc((size_t)s->n, row, &s->y.owned));
        s->y.data = s->y.owned;
    }
    for (int64_t i = 0; i < s->n; i++) {
        int64_t r = p->record[i];
        if (s->group) s->group[i] = b->group ? b->group[r] : r;
        if (b->part) s->part[i] = b->part[r];
        if (b->when) s->when[i] = b->when[r];
        if (row) memcpy((char *)s->y.owned + (size_t)i * row, (const char *)b->y.data + (size_t)r * row, row);
        const char *text = b->label.n ? rc_texts_get(&b->label, r) : NULL;
        if (text) RC_TRY(rc_texts_add(&s->label, text, strlen(text)));
    }
    return RC_OK;
}

static rc_status choose_length(const rc_samples *s, series *p, int64_t min)
{
    const rc_import_options *o = s->o;
    RC_CHECK(o->length || !o->hop, RC_CONFIG, "\1hop is the step between windows; give their \1length, too");
    RC_CHECK(o->length <= MAX_LENGTH, RC_CONFIG, "\1length %lld: at most %d samples a window",
             (long long)o->length, MAX_LENGTH);
    RC_CHECK(o->length || s->given || p->longest <= MAX_LENGTH, RC_CONFIG,
             "%s: series of %lld to %lld samples, at most %d can be taken whole; give the length of a "
             "window, for instance \1length %lld",
             o->from, (long long)min, (long long)p->longest, MAX_LENGTH,
             (long long)(min < 1000 ? min : 1000));
    p->length = o->length ? o->length : s->given ? s->e->shape.dim[1] : p->longest;
    p->hop = !o->length || s->files ? 0 : o->hop ? o->hop : p->length;
    s->e->options.hop = p->hop;
    if (s->files) s->e->options.length = 0; /* the shape says it */
    return RC_OK;
}

static int64_t windows_of(const series *p, int64_t record)
{
    return p->hop ? rc__windows_in(p->length_of[record], p->length, p->hop) : 1;
}

static rc_status list_windows(rc_samples *s, series *p)
{
    int64_t at = 0;
    for (int64_t i = 0; i < p->base.n; i++)
        s->n += windows_of(p, i);
    RC_TRY(RC_NEW(&p->record, s->n));
    RC_TRY(RC_NEW(&p->start, s->n));
    for (int64_t i = 0; i < p->base.n; i++)
        for (int64_t k = 0; k < windows_of(p, i); k++, at++) {
            p->record[at] = i;
            p->start[at] = k * p->hop;
        }
    return RC_OK;
}

static rc_status report_windows(rc_samples *s, const series *p, int64_t min, rc_json *report)
{
    char text[240];
    if (p->hop)
        snprintf(
            text, sizeof text,
            "%lld windows of %lld samples every %lld in %lld series of %lld to %lld; short ones end in zeros",
            (long long)s->n, (long long)p->length, (long long)p->hop, (long long)p->base.n, (long long)min,
            (long long)p->longest);
    else
        snprintf(text, sizeof text, "%lld series of %lld to %lld samples, whole%s", (long long)p->base.n,
                 (long long)min, (long long)p->longest, min < p->length ? "; short ones end in zeros" : "");
    rc_json_set_string(report, "did", text);
    if (p->hop || p->longest <= p->length) return RC_OK;
    return rc__note(s, "series of up to %lld samples are cut to %lld", (long long)p->longest,
                    (long long)p->length);
}

static rc_status make_windows(rc_samples *s, series *p, int64_t (*length_of)(rc_samples *s, int64_t i),
                              rc_json *report)
{
    int64_t min = INT64_MAX;
    RC_TRY(RC_NEW(&p->length_of, p->base.n));
    for (int64_t i = 0; i < p->base.n; i++) {
        char name[RC__SAMPLE_NAME];
        int64_t n = p->length_of[i] = length_of(&p->base, i);
        p->base.name(&p->base, i, name);
        RC_CHECK(n > 0, RC_DATA, "%s: a series of length 0", name);
        min = n < min ? n : min;
        p->longest = n > p->longest ? n : p->longest;
    }
    RC_TRY(choose_length(s, p, min));
    RC_TRY(list_windows(s, p));
    RC_TRY(make_room(s, p));
    RC_TRY(report_windows(s, p, min, report));
    return note_gaps(s, p);
}

rc_status rc__series_windows(rc_samples *s, int64_t channels, int64_t (*length_of)(rc_samples *s, int64_t i),
                             rc_json *report)
{
    series *p;
    RC_TRY(RC_NEW(&p, 1));
    p->base = *s;
    p->channels = channels;
    p->at = -1;
    s->n = 0;
    s->label = (rc_texts){0};
    s->y = (rc_array){0};
    s->part = NULL;
    s->group = NULL;
    s->when = NULL;
    s->state = p;
    s->close = close_series;
    s->name = name_window;
    s->id = id_of_window;
    s->x = read_window;
    p->base.notes = (rc_texts){0};
    RC_TRY(make_windows(s, p, length_of, report));
    s->shape = RC_SHAPE(channels, p->length);
    return spread(s, p);
}
