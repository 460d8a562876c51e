#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "formats/recording_reader.h"

static const int packing_bits[RC_PACKINGS] = {16, 24, 32, 16, 8, 16, 12};

void rc_recording_close(rc_recording *r)
{
    for (int64_t i = 0; i < r->channels; i++) {
        rc_free(r->channel[i].name);
        rc_free(r->channel[i].unit);
    }
    for (int i = 0; i < r->files; i++)
        rc_file_map_close(&r->map[i]);
    rc_free(r->channel);
    rc_free(r->map);
    rc_free(r->source);
    rc_texts_free(&r->about);
    *r = (rc_recording){0};
}

int64_t rc_recording_find(const rc_recording *r, const char *name)
{
    for (int64_t i = 0; i < r->channels; i++)
        if (strcmp(r->channel[i].name, name) == 0) return i;
    return -1;
}

rc_status rc__recording_map(rc_recording *r, const char *path)
{
    size_t item = sizeof *r->map;
    RC_TRY(rc_realloc((size_t)r->files * item, (size_t)(r->files + 1) * item, (void **)&r->map));
    RC_TRY(rc_file_map_open(path, &r->map[r->files]));
    r->files++;
    return RC_OK;
}

/* ---- names ---- */

static rc_status add_letters(const char *bytes, size_t length, rc_string *out)
{
    bool plain = rc_utf8_span(bytes, length) == length;
    RC_TRY(rc_string_add(out, bytes, plain ? length : 0));
    for (size_t i = 0; i < length && !plain; i++) {
        char letter[4];
        size_t n = rc_utf8_put((unsigned char)bytes[i], letter);
        RC_TRY(rc_string_add(out, letter, n));
    }
    return RC_OK;
}

static bool is_taken(const rc_recording *r, const char *name)
{
    for (int64_t i = 0; i + 1 < r->channels; i++)
        if (strcmp(r->channel[i].name, name) == 0) return true;
    return false;
}

rc_status rc__channel_texts(rc_recording *r, const char *name, size_t name_length, const char *unit,
                            size_t unit_length)
{
    rc_channel *c = &r->channel[r->channels - 1];
    rc_string text = {0};
    rc_status status = add_letters(unit, unit_length, &text);
    /* Either letter for micro is written as u. */
    bool micro =
        status == RC_OK && (strncmp(text.data, "\xc2\xb5", 2) == 0 || strncmp(text.data, "\xce\xbc", 2) == 0);
    if (status == RC_OK) status = rc_strdup(text.data + micro, &c->unit);
    if (status == RC_OK && micro) c->unit[0] = 'u';
    text.length = 0;
    if (status == RC_OK) status = add_letters(name, name_length, &text);
    size_t bare = text.length;
    /* From its place on, so that thousands of one name are told apart at once. */
    for (int64_t k = r->channels; status == RC_OK && is_taken(r, text.data); k++) {
        text.length = bare;
        status = rc_string_printf(&text, " (%lld)", (long long)k);
    }
    if (status == RC_OK) status = rc_strdup(text.data, &c->name);
    rc_string_free(&text);
    return status;
}

/* ---- samples ---- */

int64_t rc__packed_in(size_t bytes, rc_packing packing)
{
    if (packing != RC_PACKING_212) return (int64_t)(bytes / (size_t)(packing_bits[packing] / 8));
    return (int64_t)(bytes / 3 * 2 + (bytes % 3 == 2)); /* two in three bytes; one alone takes two */
}

static int32_t extend(uint32_t value, int bits)
{
    uint32_t sign = (uint32_t)1 << (bits - 1);
    return (int32_t)((int64_t)(value ^ sign) - (int64_t)sign);
}

static int32_t stored_at(const unsigned char *p, rc_packing packing, int64_t i)
{
    int bits = packing_bits[packing];
    if (packing == RC_PACKING_212) {
        p += i / 2 * 3;
        return extend(i % 2 ? (uint32_t)p[2] | (uint32_t)(p[1] & 0xf0) << 4
                            : (uint32_t)p[0] | (uint32_t)(p[1] & 0x0f) << 8,
                      bits);
    }
    uint32_t value = 0;
    p += i * (bits / 8);
    for (int k = 0; k < bits / 8; k++)
        value |= (uint32_t)p[k] << (packing == RC_PACKING_61 ? bits - 8 - 8 * k : 8 * k);
    /* Two of them count from the least number on. */
    bool offset = packing == RC_PACKING_80 || packing == RC_PACKING_160;
    return offset ? (int32_t)value - (1 << (bits - 1)) : extend(value, bits);
}

void rc_recording_read(const rc_recording *r, int64_t channel, float *out)
{
    const rc_channel *c = &r->channel[channel];
    const unsigned char *from = r->map[c->file].data + c->offset;
    int64_t none = -((int64_t)1 << (packing_bits[c->packing] - 1));
    for (int64_t i = 0; i < c->length; i++) {
        int64_t at = i / c->count * c->stride + c->first + i % c->count;
        int32_t stored = stored_at(from, c->packing, at);
        out[i] = c->gaps && stored == none ? NAN : (float)(c->step * stored + c->shift);
    }
}
