#include "formats/fasta.h"

#include <string.h>

#include "base/ascii.h"
#include "base/memory.h"
#include "formats/text_file.h"

static bool is_blank(char k)
{
    return k == ' ' || k == '\t' || k == '\r';
}

static rc_status take_title(const char *at, const char *end, rc_fasta *f)
{
    while (end > at && is_blank(end[-1]))
        end--;
    const char *stop = at;
    while (stop < end && !is_blank(*stop))
        stop++;
    RC_TRY(rc_texts_add(&f->name, at, (size_t)(stop - at)));
    while (stop < end && is_blank(*stop))
        stop++;
    return rc_texts_add(&f->rest, stop, (size_t)(end - stop));
}

static rc_status take_letters(const char *source, int64_t line, const char *at, const char *end,
                              rc_string *out)
{
    for (const char *p = at; p < end; p++) {
        char k = rc_ascii_upper(*p);
        if (is_blank(*p) || k == '*' || k == '-') continue;
        RC_CHECK(k >= 'A' && k <= 'Z', RC_FORMAT, "%s:%lld: column %lld: '%c' is not a letter of a sequence",
                 source, (long long)line, (long long)(p - at) + 1, *p >= ' ' && *p < 127 ? *p : '?');
        RC_TRY(rc_string_add(out, &k, 1));
    }
    return RC_OK;
}

static rc_status end_sequence(const char *source, rc_fasta *f, rc_string *letters)
{
    if (f->name.n == 0) return RC_OK;
    RC_CHECK(letters->length > 0, RC_DATA, "%s: \"%s\" has no letters", source,
             rc_texts_get(&f->name, f->name.n - 1));
    rc_status status = rc_texts_add(&f->sequence, letters->data, letters->length);
    letters->length = 0;
    return status;
}

static rc_status parse(const char *source, const char *text, size_t size, rc_fasta *f, rc_string *letters)
{
    int64_t line = 1;
    for (const char *at = text, *end = text + size; at < end; line++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const char *next = stop ? stop + 1 : end;
        if (!stop) stop = end;
        if (*at == '>') {
            RC_TRY(end_sequence(source, f, letters));
            RC_TRY(take_title(at + 1, stop, f));
        } else if (*at != ';') {
            bool blank = true;
            for (const char *p = at; p < stop; p++)
                blank = blank && is_blank(*p);
            RC_CHECK(blank || f->name.n > 0, RC_FORMAT,
                     "%s:%lld: letters before the first line that begins with '>'", source, (long long)line);
            RC_TRY(take_letters(source, line, at, stop, letters));
        }
        at = next;
    }
    RC_TRY(end_sequence(source, f, letters));
    RC_CHECK(f->name.n > 0, RC_FORMAT, "%s: no sequences; each begins with a line \">name\"", source);
    return RC_OK;
}

rc_status rc_fasta_parse(const char *name, const char *text, size_t size, rc_fasta *out)
{
    rc_string letters = {0};
    *out = (rc_fasta){0};
    rc_status status = parse(name, text, size, out, &letters);
    rc_string_free(&letters);
    if (status != RC_OK) rc_fasta_free(out);
    return status;
}

rc_status rc_fasta_read(const char *path, const char *encoding, rc_fasta *out)
{
    rc_text_file file;
    *out = (rc_fasta){0};
    RC_TRY(rc_text_file_open(path, encoding, &file));
    rc_status status = rc_fasta_parse(path, file.text, file.size, out);
    rc_text_file_close(&file);
    return status;
}

void rc_fasta_free(rc_fasta *f)
{
    rc_texts_free(&f->name);
    rc_texts_free(&f->rest);
    rc_texts_free(&f->sequence);
}
