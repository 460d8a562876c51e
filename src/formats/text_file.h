/* formats/text_file.h: a text file as UTF-8, whatever it is stored in. A file that already is UTF-8 is mapped
 * and never copied; one that gzip or zstd has packed is unpacked in memory. */
#ifndef RC_FORMATS_TEXT_FILE_H
#define RC_FORMATS_TEXT_FILE_H

#include "base/file.h"
#include "base/text.h"

/* What a text may be stored in, as the field `encoding` and the setting data.encoding take it. */
#define RC_ENCODINGS "utf8|latin1|cp1252|utf16"

/* How labelled texts lie in a file or folder (datasets/labelled_text.h), as the setting data.format takes it.
 */
typedef enum rc_text_format {
    RC_TEXT_AUTO, /* by the name */
    RC_TEXT_CSV,
    RC_TEXT_TSV,
    RC_TEXT_JSONL,
    RC_TEXT_CONLL,
    RC_TEXT_BYTES,
    RC_TEXT_WORDS,
    RC_TEXT_LINES /* a text a line, without labels; no word of the setting */
} rc_text_format;
#define RC_TEXT_FORMATS "auto|csv|tsv|jsonl|conll|bytes|words"

typedef struct rc_text_file {
    const char *text; /* UTF-8, without a byte-order mark; not NUL-terminated */
    size_t size;
    rc_file_map map; /* what it lies in: one of the two, or the caller's memory */
    rc_string decoded;
} rc_text_file;

/* encoding NULL is utf8. Bytes that are no letters of it are refused: "PATH:LINE: byte 4 (0xE9) is not UTF-8;
 * ...", counted in their line. */
rc_status rc_text_file_open(const char *path, const char *encoding, rc_text_file *out) RC_MUST_CHECK;
/* The same of a file's bytes, which must outlive it; name is used in messages. */
rc_status rc_text_file_memory(const char *name, const char *bytes, size_t size, const char *encoding,
                              rc_text_file *out) RC_MUST_CHECK;
void rc_text_file_close(rc_text_file *f);
/* RC_CONFIG unless it is one of RC_ENCODINGS, or NULL. field: where it was given, for the message. */
rc_status rc_encoding_check(const char *field, const char *encoding) RC_MUST_CHECK;

#endif
