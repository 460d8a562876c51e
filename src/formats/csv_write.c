/* One cell of delimited text from a value. */
#include <string.h>

#include "formats/csv.h"

static bool looks_like_formula(const char *text)
{
    double number;
    return text[0] && strchr("=+-@\t\r", text[0]) && !rc_text_to_f64(text, &number);
}

rc_status rc_csv_put(rc_string *out, const char *text)
{
    size_t n = strlen(text);
    bool formula = looks_like_formula(text);
    bool quotes = strpbrk(text, ",\"\r\n") || (n && (strchr(" \t", text[0]) || strchr(" \t", text[n - 1])));
    const char *mark = quotes ? "\"" : "";
    RC_TRY(rc_string_printf(out, "%s%s", mark, formula ? "'" : ""));
    for (; *text; text++)
        RC_TRY(*text == '"' ? rc_string_add(out, "\"\"", 2) : rc_string_add(out, text, 1));
    return rc_string_printf(out, "%s", mark);
}
