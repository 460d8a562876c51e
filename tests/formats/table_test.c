/* Delimited text as a table: what is a number, a date or missing, however people write it. */
#include "check.h"

#include "base/file.h"
#include "formats/table.h"

static rc_csv_field field(const char *text)
{
    return (rc_csv_field){text, strlen(text), false};
}

TEST(number_styles)
{
    static const struct {
        const char *text;
        unsigned style;
        double value;
    } good[] = {{"1,5", RC_CSV_COMMA, 1.5},
                {"-12,65", RC_CSV_COMMA, -12.65},
                {"1.234,5", RC_CSV_COMMA, 1234.5},
                {"1 234 567,25", RC_CSV_COMMA, 1234567.25},
                {"1\xc2\xa0"
                 "234,5",
                 RC_CSV_COMMA, 1234.5},
                {"1,5e3", RC_CSV_COMMA, 1500},
                {"1,234,567", RC_CSV_GROUPED, 1234567},
                {"1,234.5", RC_CSV_GROUPED, 1234.5},
                {"1'234.5", RC_CSV_GROUPED, 1234.5},
                {"10 000", RC_CSV_GROUPED, 10000},
                {"54%", RC_CSV_POINT, 54},
                {"5.5 %", RC_CSV_POINT, 5.5},
                {"1,234", RC_CSV_COMMA, 1.234},
                {"1,234", RC_CSV_GROUPED, 1234}};
    static const char *const bad[] = {"",           "%",         "1,23,4",     "1 2",       "1.2.3",
                                      "1,2345,678", "0,123,456", "1234,567.8", "1'234 567", "192.168.1.1",
                                      "2024-01-02", "x",         "1,5%%",      "1,5 kg"};
    double v;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        unsigned styles = rc_csv_number_styles(field(good[i].text));
        CHECK((styles & good[i].style) &&
              rc_csv_to_f64_in(field(good[i].text), good[i].style | (styles & RC_CSV_PERCENT), &v));
        NEAR(v, good[i].value, 1e-12);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!rc_csv_number_styles(field(bad[i])));
    CHECK(!(rc_csv_number_styles(field("0,126")) & RC_CSV_GROUPED)); /* no group begins with a zero */
    CHECK(!(rc_csv_number_styles(field("1.5")) & RC_CSV_COMMA) &&
          (rc_csv_number_styles(field("12")) & RC_CSV_DIGITS));
    CHECK(rc_csv_number_styles(field("5%")) & RC_CSV_PERCENT);
}

TEST(dates)
{
    static const struct {
        const char *text;
        unsigned styles;
        double seconds;
    } good[] = {{"1970-01-01", RC_CSV_YEAR_FIRST, 0},
                {"2000-03-01", RC_CSV_YEAR_FIRST, 951868800},
                {"2024/2/29", RC_CSV_YEAR_FIRST, 1709164800},
                {"2024-02", RC_CSV_YEAR_FIRST, 1706745600},
                {"1969-12-31T23:59:58.5Z", RC_CSV_YEAR_FIRST, -1.5},
                {"1970-01-01 02:00+02:00", RC_CSV_YEAR_FIRST, 0},
                {"1970-01-01T00:00:00-0130", RC_CSV_YEAR_FIRST, 5400},
                {"31.12.1970", RC_CSV_DAY_FIRST, 364 * 86400.0},
                {"12/31/1970 11:30 PM", RC_CSV_MONTH_FIRST, 364 * 86400.0 + 84600},
                {"1/1/1970 12:05 am", RC_CSV_DAY_FIRST | RC_CSV_MONTH_FIRST, 300},
                {"31-Dec-1970", RC_CSV_DAY_FIRST, 364 * 86400.0},
                {"1 january 1970 14:05", RC_CSV_DAY_FIRST, 50700},
                {"Dec 31, 1970", RC_CSV_MONTH_FIRST, 364 * 86400.0},
                {"1970-Jan-02", RC_CSV_YEAR_FIRST, 86400},
                {"14:05:01", RC_CSV_TIME, 50701}};
    static const char *const bad[] = {"2023-02-29",   "2024-13-01",  "1.2.24",
                                      "2024-1/2",     "2024-01-01x", "24:00",
                                      "12:60",        "13/13/2024",  "2024-01-01 1:2:3 XM",
                                      "2024",         "20240101",    "1-2",
                                      "13:00 PM",     "May 2024",    "1 2 2024",
                                      "31-Mars-2024", "32 Mar 2024", "Mar-Mar-2024",
                                      "march"};
    char text[RC_CSV_DATE_TEXT];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double v = NAN;
        unsigned styles = rc_csv_date_styles(field(good[i].text));
        CHECK(styles == good[i].styles);
        CHECK(rc_csv_to_seconds(field(good[i].text), styles & -styles, &v));
        NEAR(v, good[i].seconds, 1e-9);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!rc_csv_date_styles(field(bad[i])));
    CHECK(strcmp(rc_csv_date_text(951868800, text), "2000-03-01") == 0);
    CHECK(strcmp(rc_csv_date_text(-1.5, text), "1969-12-31 23:59:58") == 0);
}

TEST(missing_words)
{
    static const char *const usual[] = {"", " ", "#N/A", "#DIV/0!", "<NA>", "NA", "?"};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        CHECK(rc_csv_is_missing(NULL, field(usual[i])));
    CHECK(rc_csv_is_missing("-999,n.a.", field(" -999 ")) && rc_csv_is_missing("-999,n.a.", field("n.a.")));
    CHECK(!rc_csv_is_missing("-999", field("NA")) && rc_csv_is_missing("", field("")));
}

/* ---- whole tables ---- */

static rc_table t;

static bool read_with(const char *text, rc_csv_options o)
{
    rc_table_free(&t);
    bool good = rc_file_write("table_test.csv", text, strlen(text)) == RC_OK &&
                rc_table_read("table_test.csv", o, &t) == RC_OK;
    if (!good) fprintf(stderr, "%s\n", rc_error_text());
    return good;
}

static bool read(const char *text)
{
    return read_with(text, (rc_csv_options){0});
}

static bool why(int column, const char *words)
{
    bool found = strstr(t.column[column].why, words) != NULL;
    if (!found) fprintf(stderr, "%s\n", t.column[column].why);
    return found;
}

static bool noted(const char *words)
{
    for (int64_t i = 0; i < t.notes.n; i++)
        if (strstr(rc_texts_get(&t.notes, i), words)) return true;
    return false;
}

TEST(decimal_commas)
{
    REQUIRE(read("a;b;c\n0,5;1,234;x\n-1,25;2,345;y\n"));
    CHECK(t.columns == 3 && t.column[0].number[1] == -1.25 && t.column[1].number[0] == 1.234);
    CHECK(why(0, "with decimal commas"));
    CHECK(t.notes.n == 1 && noted("\"b\": 1,234 is read as 1.234; decimal '.' reads it as 1234"));
    /* Without a header too, though commas split these lines as evenly. */
    REQUIRE(read("0,5;1,25\n-1,25;2,5\n"));
    CHECK(t.columns == 2 && t.rows == 2 && t.column[1].number[1] == 2.5);
    /* A point stays one, and the doubt is told. */
    REQUIRE(read("a;b\n0,5;1.234\n1,5;2.500\n"));
    CHECK(t.column[1].number[0] == 1.234 && noted("1.234 is read as 1.234; decimal ',' reads it as 1234"));
    REQUIRE(read_with("a;b\n0,5;1.234\n1,5;2.500\n", (rc_csv_options){.decimal = ','}));
    CHECK(t.column[1].number[0] == 1234 && t.notes.n == 0);
    /* Between commas that separate, only when told. */
    REQUIRE(read("a,b\n\"1,5\",2\n\"2,25\",3\n"));
    CHECK(t.column[0].kind == RC_COLUMN_TEXT && why(0, "decimal ,"));
    REQUIRE(read_with("a,b\n\"1,5\",2\n\"2,25\",3\n", (rc_csv_options){.decimal = ','}));
    CHECK(t.column[0].kind == RC_COLUMN_REAL && t.column[0].number[1] == 2.25);
}

TEST(separated_groups)
{
    REQUIRE(read("a,b\n\"1,234\",\"1,234.5\"\n999,7\n"));
    CHECK(t.column[0].kind == RC_COLUMN_WHOLE && t.column[0].number[0] == 1234 &&
          t.column[1].number[0] == 1234.5);
    CHECK(why(0, "with separators") && noted("\"a\": 1,234 is read as 1234"));
}

TEST(percent_signs)
{
    REQUIRE(read("a,b\n54%,5%\n7.5 %,0.5\n"));
    CHECK(t.column[0].number[0] == 54 && t.column[0].number[1] == 7.5 && why(0, "percent signs left out"));
    CHECK(t.column[1].kind == RC_COLUMN_TEXT && why(1, "with and without a percent sign"));
}

TEST(missing_values)
{
    REQUIRE(read("a,b\n1,2\n#N/A,3\n#DIV/0!,4\n<NA>,5\n"));
    CHECK(t.column[0].kind == RC_COLUMN_WHOLE && t.column[0].missing == 3 && isnan(t.column[0].number[1]));
    REQUIRE(read_with("a\n1\n-999\nNA\n", (rc_csv_options){.missing = "-999"}));
    CHECK(t.column[0].kind == RC_COLUMN_TEXT && t.column[0].missing == 1);
    REQUIRE(read("a\n1\n2\n3\n4\nunknown\n"));
    CHECK(t.column[0].kind == RC_COLUMN_TEXT &&
          noted("4 of its values are numbers, \"unknown\" (line 6) is not"));
}

TEST(date_columns)
{
    REQUIRE(read(
        "a,b,c\n2024-01-31,31.1.2024,1/2/2024\n,1.2.2024,3/4/2024\n2024-02-01 12:00,2.2.2024,5/6/2024\n"));
    CHECK(t.column[0].kind == RC_COLUMN_DATE && t.column[0].missing == 1 && isnan(t.column[0].number[1]));
    CHECK(t.column[0].number[2] - t.column[0].number[0] == 1.5 * 86400 &&
          why(0, "from 2024-01-31 to 2024-02-01 12:00:00"));
    CHECK(t.column[1].kind == RC_COLUMN_DATE && why(1, "the day first"));
    CHECK(t.column[2].kind == RC_COLUMN_TEXT &&
          why(2, "whether the day or the month comes first is not clear"));
}

/* A label is to be what stands in the file. */
TEST(exact_texts)
{
    rc_texts texts;
    REQUIRE(read("id,b\n9007199254740992,1\n9007199254740993,2\n"));
    CHECK(t.column[0].inexact == 3 && why(0, "from line 3 on float64 rounds") && !t.column[1].inexact);
    OK(rc_table_texts(&t, (rc_csv_options){0}, 0, &texts));
    CHECK(texts.n == 2 && strcmp(rc_texts_get(&texts, 1), "9007199254740993") == 0);
    rc_texts_free(&texts);
    REQUIRE(read("id\n18446744073709551616\n100000000000000000000000\n1e300\n"));
    CHECK(t.column[0].inexact == 2);
}

/* What columns hold is known: nothing is found out from the rows. */
TEST(known_forms)
{
    static const char *const name[] = {"word", "number", "day", "share"};
    rc_column_form form[] = {{.kind = RC_COLUMN_TEXT},
                             {.kind = RC_COLUMN_REAL, .style = RC_CSV_COMMA},
                             {.kind = RC_COLUMN_DATE, .style = RC_CSV_DAY_FIRST},
                             {.kind = RC_COLUMN_REAL, .style = RC_CSV_POINT | RC_CSV_PERCENT}};
    rc_column_forms forms = {.form = form};
    rc_csv_options o = {.forms = &forms};
    int32_t number;
    for (int i = 0; i < 4; i++)
        OK(rc_levels_add(&forms.name, name[i], strlen(name[i]), &number));
    CHECK(read_with("word;number;day;share;more\n1;1,234;1.2.2024;5%;x\n;NA;;;y\n", o));
    CHECK(t.header && t.column[0].kind == RC_COLUMN_TEXT && t.column[0].code[1] == -1);
    CHECK(strcmp(rc_texts_get(&t.column[0].levels.text, 0), "1") == 0);
    NEAR(t.column[1].number[0], 1.234, 1e-12);
    NEAR(t.column[2].number[0], 1706745600, 0);
    NEAR(t.column[3].number[0], 5, 0);
    CHECK(isnan(t.column[1].number[1]) && isnan(t.column[2].number[1]) && t.column[4].kind == RC_COLUMN_TEXT);
    CHECK(!read_with("word;number\na;1.5\n", o));
    CHECK(strcmp(rc_error_text(), "table_test.csv:2: \"number\" is \"1.5\"; it holds numbers with a decimal "
                                  "comma, or an empty cell") == 0);
    CHECK(!read_with("day;share\n2024-02-01;5%\n", o) && strstr(rc_error_text(), "dates with the day first"));
    CHECK(!read_with("share\n5\n", o) && strstr(rc_error_text(), "numbers as 1234.5 and a percent sign"));
    rc_levels_free(&forms.name);
}

TEST(before_the_table)
{
    REQUIRE(read("# one\n# two, three\n\nx,y,z\n1,2,3\n"));
    CHECK(t.columns == 3 && t.line[0] == 5 && strcmp(t.column[0].name, "x") == 0);
    CHECK(strstr(t.note, "2 lines before it begin with # and are left out") != NULL);
    REQUIRE(read("# note\n# x,y\n1,2\n3,4\n")); /* as numpy.savetxt writes its header */
    CHECK(t.columns == 2 && t.rows == 2 && strcmp(t.column[0].name, "# x") == 0);
    REQUIRE(read("#ff0000,1\n#00ff00,2\n"));
    CHECK(t.rows == 2);
    REQUIRE(read("sep=|\r\na|b\r\n1|2\r\n"));
    CHECK(t.columns == 2 && strstr(t.note, "bar: as the line \"sep=\" says") && t.line[0] == 3);
    REQUIRE(
        read_with("Report\nof today\nx,y\n1,2\n! no\n3,4\n", (rc_csv_options){.skip = 2, .comment = '!'}));
    CHECK(t.columns == 2 && t.rows == 2 && t.line[1] == 6);
    const char *text = "x,y\n1,2\n# a comment\n", *title = "Report\nx,y\n1,2\n";
    OK(rc_file_write("table_test.csv", text, strlen(text)));
    rc_table_free(&t);
    FAILS(RC_DATA, "table_test.csv:3: 1 columns, header has 2 (nothing for \"y\"); comment '#'",
          rc_table_read("table_test.csv", (rc_csv_options){0}, &t));
    OK(rc_file_write("table_test.csv", title, strlen(title)));
    FAILS(RC_DATA, "skip N skips lines before the table",
          rc_table_read("table_test.csv", (rc_csv_options){0}, &t));
}

int main(void)
{
    RUN(number_styles);
    RUN(dates);
    RUN(missing_words);
    RUN(decimal_commas);
    RUN(separated_groups);
    RUN(percent_signs);
    RUN(missing_values);
    RUN(date_columns);
    RUN(exact_texts);
    RUN(known_forms);
    RUN(before_the_table);
    rc_table_free(&t);
    return RESULT();
}
