/* formats/csv_reader.h: the state of a CSV reader. Within formats/ only. */
#ifndef RC_FORMATS_CSV_READER_H
#define RC_FORMATS_CSV_READER_H

#include "base/text.h"
#include "formats/csv.h"
#include "formats/text_file.h"

struct rc_csv {
    const char *source; /* owned by the opened reader, borrowed by a probe */
    rc_text_file file;
    const char *begin, *at, *end; /* begin: of the table, after the BOM and what is left out before it */
    const char *data;             /* first data record */
    int64_t line, begin_line, data_line, record_line;
    char delimiter; /* ' ': runs of blanks */
    char comment;   /* lines that begin with it are passed over; 0: none are */
    bool quotes, header, one_line;
    char why[300];
    int columns; /* 0 until known */
    char **name;
    rc_csv_field *field; /* text NULL: at an offset of `written` while the record is being read */
    size_t fields, capacity;
    rc_string written; /* quoted fields whose quotes were doubled */
};

/* Past the current line. */
void rc__csv_skip_line(rc_csv *c);
/* The next record, whatever its number of fields. */
rc_status rc__csv_record(rc_csv *c, bool *more) RC_MUST_CHECK;
/* csv_detect.c: settles delimiter, columns and header of a reader that stands at the beginning. */
rc_status rc__csv_detect(rc_csv *c, rc_csv_options options) RC_MUST_CHECK;

#endif
