/* formats/table_reader.h: what the readers of tables share. Within formats/ only. */
#ifndef RC_FORMATS_TABLE_READER_H
#define RC_FORMATS_TABLE_READER_H

#include "formats/table.h"

/* One more line of t->notes. */
rc_status rc__table_note(rc_table *t, const char *format, ...) RC_PRINTF(2, 3) RC_MUST_CHECK;
/* Cells of what is written out as delimited text, to be read by the rules of that: a text in quotes; and how
 * they are read, a record for each line. */
rc_status rc__cell_put(rc_string *out, const char *text) RC_MUST_CHECK;
rc_csv_options rc__cells_options(rc_csv_options options, const rc_texts *names);
/* A cell until the next is asked for. Of cells that were written out a name, a number or a date has blanks in
 * the place of its line breaks; a text that is to be as it was given (verbatim) keeps them. room: to be
 * freed.
 */
rc_status rc__cell_get(const rc_csv *c, int column, bool verbatim, rc_string *room,
                       rc_csv_field *out) RC_MUST_CHECK;
/* Columns that say what they hold become what options.forms says. */
rc_status rc__table_conform(rc_table *t, const rc_csv_options *o) RC_MUST_CHECK;
/* May a file of so many bytes become a table of so many? At most 64 MiB, or 256 bytes for each of the file.
 */
enum { RC__TABLE_RATIO = 256, RC__TABLE_FREE = 64 << 20 };
bool rc__table_fits(size_t stored, size_t claimed);
/* Room for rows in the lines and columns; `old` is what there was. */
rc_status rc__table_grow(rc_table *t, int64_t old, int64_t wanted) RC_MUST_CHECK;
/* The last row's series: channels with `between` between them, of values with commas between them. */
rc_status rc__series_row(rc_table *t, int column, int64_t line, const char *text, size_t size,
                         char between) RC_MUST_CHECK;
/* What the column holds, into its `why` and `missing`, when all rows are there. */
void rc__series_tell(rc_table *t, int column);
/* Among the options' forms; NULL: the column is not known. */
const rc_column_form *rc__form_of(const rc_csv_options *o, const char *name);
/* A value as a number or a date of this form. */
bool rc__to_form(rc_csv_field f, const rc_column_form *form, double *out);
/* A value that the column's form does not have. */
rc_status rc__fail_form(const rc_table *t, int64_t line, const rc_column *c, rc_csv_field f) RC_MUST_CHECK;
/* A whole number that float64 rounds. */
bool rc__is_inexact(rc_csv_field f);

#endif
