/* formats/csv.h: delimited text (RFC 4180: CSV, TSV and relatives), one record at a time.
 *
 * The file is mapped and never copied: a field is a range of it, and only a quoted field with doubled quotes
 * is written out. Files larger than memory are therefore read as they are walked. LF, CRLF and lone CR end a
 * line, a UTF-8 BOM is skipped, blank lines are passed over. A record with more or fewer fields than the
 * first is refused by line: "train.csv:812: 17 columns, header has 18". */
#ifndef RC_FORMATS_CSV_H
#define RC_FORMATS_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef enum rc_csv_header { RC_CSV_HEADER_AUTO, RC_CSV_HEADER_YES, RC_CSV_HEADER_NO } rc_csv_header;

/* Zeros: everything is found out from the file's first lines. */
typedef struct rc_csv_options {
    char delimiter; /* 0: comma, tab, semicolon, bar or blanks, whichever splits the first lines evenly */
    rc_csv_header header;
    bool no_quotes; /* a '"' is a character like any other (text corpora, often .tsv) */
} rc_csv_options;

/* Valid until the next call of rc_csv_next or rc_csv_rewind. Not NUL-terminated. */
typedef struct rc_csv_field {
    const char *text;
    size_t length;
    bool quoted;
} rc_csv_field;

typedef struct rc_csv rc_csv;
rc_status rc_csv_open(const char *path, rc_csv_options options, rc_csv **out) RC_MUST_CHECK;
/* text must outlive the object. name is used in messages. */
rc_status rc_csv_open_memory(const char *name, const char *text, size_t size, rc_csv_options options,
                             rc_csv **out) RC_MUST_CHECK;
void rc_csv_close(rc_csv **c);

int rc_csv_columns(const rc_csv *c);
/* From the header, trimmed; "column 3" (from 1) where there is none. */
const char *rc_csv_name(const rc_csv *c, int column);
int rc_csv_find(const rc_csv *c, const char *name); /* -1: none */
/* What was found out, and why, for reports. */
char rc_csv_delimiter(const rc_csv *c);
bool rc_csv_has_header(const rc_csv *c);
const char *rc_csv_why(const rc_csv *c);

/* The next record; *more is false at the end. */
rc_status rc_csv_next(rc_csv *c, bool *more) RC_MUST_CHECK;
rc_csv_field rc_csv_get(const rc_csv *c, int column);
int64_t rc_csv_line(const rc_csv *c); /* of the record's first character, from 1 */
void rc_csv_rewind(rc_csv *c);        /* to before the first data record */

/* Nothing, blanks, or one of ? NA N/A n/a NaN nan NAN null NULL None -nan. */
bool rc_csv_is_missing(rc_csv_field f);
/* The whole field (blanks around it apart) as a number, inf included; exact as strtod. */
bool rc_csv_to_f64(rc_csv_field f, double *out);

#endif
