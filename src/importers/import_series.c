/* Windows of series. A record's windows stay in one part. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "importers/samples.h"

enum { MAX_LENGTH = 65536 };

typedef struct series {
    rc_samples base; /* whole records */
    int64_t channels, length, *record, *start, *length_of;
    char *open; /* the record read last, */
    int64_t at; /* and which it is */
} series;

int64_t rc__windows_in(int64_t length, int64_t window, int64_t hop)
{
    return length < window ? 1 : (length - window) / hop + 1;
}

static void close_series(void *state)
{
    series *p = state;
    if (p->base.close && p->base.state) p->base.close(p->base.state);
    rc_texts_free(&p->base.label);
    rc_array_free(&p->base.y);
    rc_free(p->base.part);
    rc_free(p->record);
    rc_free(p->start);
    rc_free(p->length_of);
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
    snprintf(text, RC__SAMPLE_NAME, "%lld", (long long)p->record[i]);
}

static rc_status read_window(rc_samples *s, int64_t i, void *out)
{
    series *p = s->state;
    int64_t record = p->record[i], whole = p->length_of[record], left = whole - p->start[i];
    size_t item = rc_dtype_size(s->dtype), count = (size_t)(left < p->length ? left : p->length) * item;
    if (p->at != record) {
        p->at = -1;
        RC_TRY(p->base.x(&p->base, record, p->open));
        p->at = record;
    }
    memset(out, 0, (size_t)(p->channels * p->length) * item);
    for (int64_t c = 0; c < p->channels; c++)
        memcpy((char *)out + (size_t)(c * p->length) * item,
               p->open + (size_t)(c * whole + p->start[i]) * item, count);
    return RC_OK;
}

/* Targets, parts and groups of the windows, from their records. */
static rc_status spread(rc_samples *s, const series *p)
{
    const rc_samples *b = &p->base;
    RC_TRY(RC_NEW(&s->group, s->n));
    if (b->part) RC_TRY(RC_NEW(&s->part, s->n));
    size_t row = b->y.data ? (size_t)(rc_array_size(&b->y) / b->n) * rc_dtype_size(b->y.dtype) : 0;
    if (b->y.data) {
        s->y = (rc_array){.dtype = b->y.dtype, .shape = b->y.shape};
        s->y.shape.dim[0] = s->n;
        RC_TRY(rc_alloc((size_t)s->n, row, &s->y.owned));
        s->y.data = s->y.owned;
    }
    for (int64_t i = 0; i < s->n; i++) {
        int64_t r = p->record[i];
        s->group[i] = r;
        if (b->part) s->part[i] = b->part[r];
        if (row) memcpy((char *)s->y.owned + (size_t)i * row, (const char *)b->y.data + (size_t)r * row, row);
        const char *text = b->label.n ? rc_texts_get(&b->label, r) : NULL;
        if (text) RC_TRY(rc_texts_add(&s->label, text, strlen(text)));
    }
    return RC_OK;
}

static rc_status make_windows(rc_samples *s, series *p, int64_t (*length_of)(rc_samples *s, int64_t i),
                              rc_json *report)
{
    int64_t min = INT64_MAX, max = 0, at = 0, hop;
    char text[240];
    RC_TRY(RC_NEW(&p->length_of, p->base.n));
    for (int64_t i = 0; i < p->base.n; i++) {
        char name[RC__SAMPLE_NAME];
        int64_t n = p->length_of[i] = length_of(&p->base, i);
        p->base.name(&p->base, i, name);
        RC_CHECK(n > 0, RC_DATA, "%s: a series of length 0", name);
        min = n < min ? n : min;
        max = n > max ? n : max;
    }
    RC_CHECK(s->o->length, RC_CONFIG,
             "%s: series of %lld to %lld samples; give the length of a window, for instance --length %lld",
             s->o->from, (long long)min, (long long)max, (long long)(min < 1000 ? min : 1000));
    p->length = s->o->length;
    hop = s->o->hop ? s->o->hop : p->length;
    s->e->options.hop = hop;
    for (int64_t i = 0; i < p->base.n; i++)
        s->n += rc__windows_in(p->length_of[i], p->length, hop);
    RC_TRY(RC_NEW(&p->record, s->n));
    RC_TRY(RC_NEW(&p->start, s->n));
    for (int64_t i = 0; i < p->base.n; i++)
        for (int64_t k = 0; k < rc__windows_in(p->length_of[i], p->length, hop); k++, at++) {
            p->record[at] = i;
            p->start[at] = k * hop;
        }
    RC_TRY(rc_alloc((size_t)(p->channels * max), rc_dtype_size(s->dtype), (void **)&p->open));
    snprintf(
        text, sizeof text,
        "%lld windows of %lld samples every %lld in %lld series of %lld to %lld; short ones end in zeros",
        (long long)s->n, (long long)p->length, (long long)hop, (long long)p->base.n, (long long)min,
        (long long)max);
    return rc_json_set_string(report, "did", text);
}

rc_status rc__series_windows(rc_samples *s, int64_t channels, int64_t (*length_of)(rc_samples *s, int64_t i),
                             rc_json *report)
{
    series *p;
    RC_TRY(RC_NEW(&p, 1));
    p->base = *s;
    p->channels = channels;
    p->at = -1;
    *s = (rc_samples){.o = p->base.o,
                      .e = p->base.e,
                      .given = p->base.given,
                      .asks = p->base.asks,
                      .unlabelled = p->base.unlabelled,
                      .dtype = p->base.dtype,
                      .notes = p->base.notes,
                      .state = p,
                      .close = close_series,
                      .name = name_window,
                      .id = id_of_window,
                      .x = read_window};
    p->base.notes = (rc_texts){0};
    RC_CHECK(s->o->length <= MAX_LENGTH, RC_CONFIG, "--length %lld: at most %d samples a window",
             (long long)s->o->length, MAX_LENGTH);
    RC_TRY(make_windows(s, p, length_of, report));
    s->shape = RC_SHAPE(channels, p->length);
    return spread(s, p);
}
