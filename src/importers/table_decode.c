/* What the numbers of an encoded row were in the table. */
#include <math.h>

#include "importers/encoders.h"
#include "importers/samples.h"

static const double minute = 60, day = 86400;

int64_t rc_encoders_columns(const rc_encoders *e)
{
    return e->transforms ? 0 : e->columns;
}

const char *rc_encoders_column(const rc_encoders *e, int64_t k, int64_t *width)
{
    *width = e->column[k].width;
    return e->column[k].name;
}

/* Days are single precision, so that seconds are lost. */
static rc_status put_date(const rc__column_encoder *c, double days, rc_string *out)
{
    char text[RC_CSV_DATE_TEXT];
    double unit = c->day || c->form.style == RC_CSV_TIME ? minute : day,
           seconds = c->start + round(days * day / unit) * unit;
    if (c->form.style != RC_CSV_TIME) return rc_string_printf(out, "%s", rc_csv_date_text(seconds, text));
    if (!(seconds >= 0 && seconds <= day)) return rc_string_printf(out, "(missing)");
    int minutes = (int)(seconds / minute);
    return rc_string_printf(out, "%02d:%02d", minutes / 60, minutes % 60);
}

static rc_status put_text(const rc__column_encoder *c, double rank, rc_string *out)
{
    bool known = rank >= 0 && rank < (double)c->levels.text.n && rank == floor(rank);
    return rc_string_printf(out, "%s", known ? rc_texts_get(&c->levels.text, (int64_t)rank) : "(missing)");
}

static double rank_of_one(const rc__column_encoder *c, const float *x)
{
    for (int64_t k = 0; k < c->width; k++)
        if (x[k] == 1) return (double)k;
    return -1;
}

rc_status rc_encoders_value(const rc_encoders *e, int64_t k, const float *x, rc_string *out)
{
    const rc__column_encoder *c = &e->column[k];
    switch (c->use) {
    case RC__NUMBER:
        return rc_string_printf(out, "%.6g%s", (double)x[0], c->form.style & RC_CSV_PERCENT ? "%" : "");
    case RC__DATE:
        return put_date(c, (double)x[0], out);
    case RC__ONE_HOT:
        return put_text(c, rank_of_one(c, x), out);
    case RC__TWO:
    case RC__ORDINAL:
        return put_text(c, (double)x[0], out);
    default:
        return RC_OK;
    }
}
