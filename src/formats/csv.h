/* formats/csv.h: delimited text (RFC 4180: CSV, TSV and relatives), one record at a time.
 *
 * The file is mapped and never copied: a field is a range of it, and only a quoted field with doubled quotes
 * is written out. Files larger than memory are therefore read as they are walked. LF, CRLF and lone CR end a
 * line, a UTF-8 BOM is skipped, blank lines are passed over, Excel's line "sep=;" is obeyed. A record with
 * more or fewer fields than the first is refused by line: "train.csv:812: 17 columns, header has 18". */
#ifndef RC_FORMATS_CSV_H
#define RC_FORMATS_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

typedef enum rc_csv_header { RC_CSV_HEADER_AUTO, RC_CSV_HEADER_YES, RC_CSV_HEADER_NO } rc_csv_header;
#define RC_CSV_HEADERS "auto|yes|no"

/* Zeros: everything is found out from the file's first lines. */
typedef struct rc_csv_options {
    char delimiter; /* 0: comma, tab, semicolon, bar or blanks, whichever splits the first lines evenly */
    rc_csv_header header;
    bool no_quotes; /* a '"' is a character like any other (text corpora, often .tsv) */
    bool one_line;  /* a record counts as one line, whatever breaks its quotes hold (table_reader.h) */
    int64_t skip;   /* lines before the table */
    char comment;   /* lines that begin with it are passed over; 0: those with '#' before the table */
    /* Of the values: */
    char decimal;        /* '.' or ','; 0: found out, column by column */
    const char *missing; /* words for a missing value, with commas between them; NULL: the usual ones */
    const struct rc_texts *names;        /* of the columns where there is no header; NULL: "column 3" */
    const struct rc_column_forms *forms; /* what columns are known to hold (table.h); NULL: found out */
    const char *encoding;                /* of the file (formats/text_file.h); NULL: UTF-8 */
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
/* How far it is: bytes up to the end of the record, and all. */
int64_t rc_csv_place(const rc_csv *c, int64_t *all);

/* Adds a cell of a CSV file, quoted where it must be. Of text that a spreadsheet would take for a formula
 * (= + - @ in front, and no number) the cell begins with an apostrophe. */
rc_status rc_csv_put(rc_string *out, const char *text) RC_MUST_CHECK;

/* ---- one field as a value; blanks around it do not count ---- */
rc_csv_field rc_csv_trim(rc_csv_field f);
/* Nothing, or one of these words; NULL: ? NA N/A NaN null None <NA>, Excel's #N/A #DIV/0!, and relatives. */
bool rc_csv_is_missing(const char *words, rc_csv_field f);
/* As a number, inf included; exact as strtod. */
bool rc_csv_to_f64(rc_csv_field f, double *out);

/* How a number is written: 1234.5; 1,234.5 or 1'234.5 or 1 234.5; 1234,5 or 1.234,5 and so on. Digits alone
 * are a number in each of them, 1,234 in two. */
enum { RC_CSV_POINT = 1, RC_CSV_GROUPED = 2, RC_CSV_COMMA = 4, RC_CSV_DIGITS = 8, RC_CSV_PERCENT = 16 };
/* The ways in which the field is a number; with DIGITS if it is nothing but digits and with PERCENT if it
 * ends with that sign. 0: it is none. */
unsigned rc_csv_number_styles(rc_csv_field f);
/* As a number written in one of the first three ways; with a percent sign, which is left out, if the style
 * has it too, and else without. */
bool rc_csv_to_f64_in(rc_csv_field f, unsigned style, double *out);

/* How a date is written: year, month, day (2024-03-31, 2024/3/31, 2024-03); or the day or the month first and
 * the year last (31.3.2024, 3/31/2024, 31 Mar 2024, March 31, 2024); or a time alone. All but the last may
 * have a time behind them, with fractions, AM or PM, and a zone. */
enum { RC_CSV_YEAR_FIRST = 1, RC_CSV_DAY_FIRST = 2, RC_CSV_MONTH_FIRST = 4, RC_CSV_TIME = 8 };
/* The ways in which the field is a date; 0: it is none. */
unsigned rc_csv_date_styles(rc_csv_field f);
/* Seconds since 1970 (of a time alone: since midnight). */
bool rc_csv_to_seconds(rc_csv_field f, unsigned style, double *out);
enum { RC_CSV_DATE_TEXT = 32 };
/* "2024-03-31", or "2024-03-31 14:05:00". */
const char *rc_csv_date_text(double seconds, char text[RC_CSV_DATE_TEXT]);

#endif
