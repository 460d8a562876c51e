/* A table in memory with columns of several kinds: fit to it, and ask about new rows. */
#include <math.h>

#include "stripes.h"

enum { TRAIN = 60, NEW = 3 };
static double age[TRAIN], seen[TRAIN];
static const char *kind[TRAIN], *price[TRAIN];
static char written[TRAIN][16];
static int64_t adopted[TRAIN];

int main(void)
{
    static const char *const kinds[] = {"cat", "dog", "hen"}, *const classes[] = {"waits", "adopted"};
    rc_data *data;
    rc_predictor *predictor;
    for (int i = 0; i < TRAIN; i++) {
        kind[i] = kinds[i % 3];
        age[i] = i % 8 == 7 ? NAN : 1 + i % 5; /* some are not known */
        seen[i] = 1704067200 + 86400.0 * i;    /* seconds since 1970: from 2024-01-01 on */
        snprintf(written[i], sizeof written[i], "%d.50", 10 + i % 7);
        price[i] = written[i]; /* as a file would have it: a number, it turns out */
        adopted[i] = i % 3 == 1;
    }

    rc_view ages = RC_VIEW(age, RC_DTYPE_F64, TRAIN), days = RC_VIEW(seen, RC_DTYPE_F64, TRAIN);
    rc_view y = RC_VIEW(adopted, RC_DTYPE_I64, TRAIN);
    const rc_rows_column columns[] = {
        {.name = "age", .holds = RC_HOLDS_NUMBERS, .numbers = &ages},
        {.name = "seen", .holds = RC_HOLDS_DATES, .numbers = &days},
        {.name = "kind", .holds = RC_HOLDS_WORDS, .texts = kind},
        {.name = "price", .holds = RC_HOLDS_CELLS, .texts = price},
    };
    rc_rows rows = RC_ROWS_INIT;
    rows.rows = TRAIN, rows.columns = 4, rows.column = columns;
    rc_data_arrays arrays = RC_DATA_ARRAYS_INIT;
    arrays.rows[RC_DATA_TRAIN] = &rows;
    arrays.y[RC_DATA_TRAIN] = &y;
    arrays.class_names = classes;
    arrays.classes = 2;
    check(rc_data_from_arrays(NULL, &arrays, &data));

    rc_fit_how how = RC_FIT_HOW_INIT;
    how.method = "forest";
    check(rc_predictor_fit(NULL, data, &how, &predictor));

    /* Columns are found by their names; what is missing or not known has a place. */
    static const char *const new_kinds[NEW] = {"dog", "cat", "horse"}, *const new_prices[NEW] = {"12", NULL,
                                                                                                 "9.90"};
    static const char *const new_days[NEW] = {"2024-03-01", "2024-03-02", "2024-03-03"};
    static const double new_ages[NEW] = {2, 4, 1};
    int64_t answer[NEW];
    rc_view new_age = RC_VIEW(new_ages, RC_DTYPE_F64, NEW), said = RC_VIEW(answer, RC_DTYPE_I64, NEW);
    const rc_rows_column others[] = {
        {.name = "kind", .holds = RC_HOLDS_WORDS, .texts = new_kinds},
        {.name = "price", .holds = RC_HOLDS_CELLS, .texts = new_prices},
        {.name = "seen", .holds = RC_HOLDS_CELLS, .texts = new_days},
        {.name = "age", .holds = RC_HOLDS_NUMBERS, .numbers = &new_age},
    };
    rc_rows more = RC_ROWS_INIT;
    more.rows = NEW, more.columns = 4, more.column = others;
    check(rc_predictor_apply_rows(NULL, predictor, RC_ANSWER, &more, &said));
    for (int i = 0; i < NEW; i++)
        printf("a %s of %g years: %s\n", new_kinds[i], new_ages[i], classes[answer[i]]);

    rc_predictor_destroy(&predictor);
    rc_data_destroy(&data);
    return 0;
}
