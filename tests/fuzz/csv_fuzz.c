#include "formats/table.h"

/* The first byte chooses the options. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char delimiters[] = {0, ',', '\t', ' '};
    rc_csv *c;
    rc_table t;
    bool more = true;
    double value, sum = 0;
    if (size == 0) return 0;
    rc_csv_options o = {.delimiter = delimiters[data[0] & 3],
                        .header = (rc_csv_header)((data[0] >> 2) & 3) % 3,
                        .no_quotes = data[0] >> 7,
                        .encoding = data[0] & 16 ? "latin1" : NULL, /* in which all bytes are letters */
                        .comment = data[0] & 32 ? '#' : 0,
                        .skip = data[0] >> 6 & 1};
    if (rc_csv_table_parse("fuzz", (const char *)data + 1, size - 1, o, &t) == RC_OK) rc_table_free(&t);
    if (rc_csv_open_memory("fuzz", (const char *)data + 1, size - 1, o, &c) != RC_OK) return 0;
    while (rc_csv_next(c, &more) == RC_OK && more)
        for (int i = 0; i < rc_csv_columns(c); i++) {
            rc_csv_field f = rc_csv_get(c, i);
            for (size_t k = 0; k < f.length; k++)
                sum += f.text[k];
            sum += rc_csv_is_missing(NULL, f) || (rc_csv_to_f64(f, &value) && value > 0);
            sum += rc_csv_number_styles(f) + rc_csv_date_styles(f);
        }
    rc_csv_close(&c);
    return sum < 0;
}
