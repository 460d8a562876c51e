/* Delimited text: RFC 4180 and what people really save, and every kind of damage named by line and column. */
#include "check.h"

#include "base/memory.h"
#include "formats/csv.h"

static rc_csv *open_text(const char *text, rc_csv_options o)
{
    rc_csv *c;
    if (rc_csv_open_memory("t.csv", text, strlen(text), o, &c) != RC_OK) {
        CHECK(!"opened");
        fprintf(stderr, "%s\n", rc_error_text());
        return NULL;
    }
    return c;
}

/* All fields of all records, joined: "a|b\n". */
static const char *flat(rc_csv *c)
{
    static char out[4096];
    size_t n = 0;
    bool more = true;
    out[0] = '\0';
    while (rc_csv_next(c, &more) == RC_OK && more)
        for (int i = 0; i < rc_csv_columns(c); i++) {
            rc_csv_field f = rc_csv_get(c, i);
            n += (size_t)snprintf(out + n, sizeof out - n, "%s%.*s%s", i ? "|" : "", (int)f.length, f.text,
                                  i + 1 == rc_csv_columns(c) ? "\n" : "");
        }
    return out;
}

static void expect(const char *text, rc_csv_options o, char delimiter, bool header, const char *records)
{
    rc_csv *c = open_text(text, o);
    if (!c) return;
    CHECK(rc_csv_delimiter(c) == delimiter);
    CHECK(rc_csv_has_header(c) == header);
    const char *got = flat(c);
    if (strcmp(got, records)) fprintf(stderr, "of <%s>\ngot <%s>\nnot <%s>\n", text, got, records);
    CHECK(strcmp(got, records) == 0);
    rc_csv_rewind(c);
    CHECK(strcmp(flat(c), records) == 0);
    rc_csv_close(&c);
}

TEST(quoting)
{
    rc_csv_options o = {0};
    expect("a,b\r\n1,\"x, y\"\r\n2,\"say \"\"no\"\"\"\r\n", o, ',', true, "1|x, y\n2|say \"no\"\n");
    expect("a,b\n\"1\n2\",3\n,\n", o, ',', true, "1\n2|3\n|\n");
    expect("a,b\n\"\"\"\",\"\"\n\"x\"\"\",\"\"\"y\"\n", o, ',', true, "\"|\nx\"|\"y\n");
    expect("a,b\n5\" pipe,x\"\n", o, ',', true, "5\" pipe|x\"\n");
    o.no_quotes = true;
    expect("a\tb\n\"open\t1\n", o, '\t', true, "\"open|1\n");
}

TEST(line_ends)
{
    rc_csv_options o = {0};
    expect("\xef\xbb\xbf"
           "a,b\n\n1,2\n   \n3,4",
           o, ',', true, "1|2\n3|4\n");
    expect("a,b\r1,2\r3,4\r", o, ',', true, "1|2\n3|4\n");
    expect("a\tb\n\t\n1\t2\n", o, '\t', true, "|\n1|2\n");
}

TEST(delimiters)
{
    rc_csv_options o = {0};
    expect("a;b\n1,5;2\n3,25;4\n", o, ';', true, "1,5|2\n3,25|4\n");
    expect("text\tlabel\nwell, yes\t1\nno, and no, and no\t0\n", o, '\t', true,
           "well, yes|1\nno, and no, and no|0\n");
    expect("  1.0   2.0  x\n3.0 4.0 \t y \n", o, ' ', false, "1.0|2.0|x\n3.0|4.0|y\n");
    expect("word\none two\nthree\n", o, ',', true, "one two\nthree\n");
    o.delimiter = ':';
    expect("a:b\n1,2:3\n", o, ':', true, "1,2|3\n");
}

TEST(headers)
{
    rc_csv_options o = {0};
    expect("1,2\n3,4\n", o, ',', false, "1|2\n3|4\n");
    expect("5.1,setosa\n4.9,setosa\n", o, ',', false, "5.1|setosa\n4.9|setosa\n");
    expect(",0,1,2\n0,5,6,7\n", o, ',', true, "0|5|6|7\n"); /* pandas: DataFrame(x).to_csv() */
    o.header = RC_CSV_HEADER_NO;
    expect("a,b\nc,d\n", o, ',', false, "a|b\nc|d\n");
    rc_csv *c = open_text("a,b\nc,d\n", o);
    CHECK(strcmp(rc_csv_name(c, 1), "column 2") == 0 && rc_csv_find(c, "column 1") == 0);
    rc_csv_close(&c);
    c = open_text(" id ,\"the, label\"\n1,2\n", (rc_csv_options){0});
    CHECK(rc_csv_find(c, "id") == 0 && rc_csv_find(c, "the, label") == 1 && rc_csv_find(c, "x") == -1);
    CHECK(strstr(rc_csv_why(c), "comma") && strstr(rc_csv_why(c), "header"));
    rc_csv_close(&c);
}

static rc_status read_all(const char *text)
{
    rc_csv *c;
    bool more = true;
    rc_status status =
        rc_csv_open_memory("train.csv", text, strlen(text), (rc_csv_options){.delimiter = ','}, &c);
    if (status != RC_OK) return status;
    while (more && status == RC_OK)
        status = rc_csv_next(c, &more);
    rc_csv_close(&c);
    return status;
}

static const char *name_of(const char *text, size_t size, const char *encoding)
{
    static char name[32];
    rc_csv *c;
    name[0] = '\0';
    if (rc_csv_open_memory("t.csv", text, size, (rc_csv_options){.encoding = encoding}, &c) != RC_OK)
        return name;
    snprintf(name, sizeof name, "%s", rc_csv_name(c, 0));
    rc_csv_close(&c);
    return name;
}

TEST(encodings)
{
    rc_csv *c;
    FAILS(RC_DATA, "t.csv:2: byte 3 (0xE9) is not UTF-8; save the file as UTF-8, or say what it is: encoding",
          rc_csv_open_memory("t.csv", "x,y\n1,\xe9\n", 8, (rc_csv_options){0}, &c));
    CHECK(strcmp(name_of("caf\xe9,b\n1,2\n", 11, "latin1"), "caf\xc3\xa9") == 0);
    CHECK(strcmp(name_of("\x80,b\n1,2\n", 8, "cp1252"), "\xe2\x82\xac") == 0);
    CHECK(strcmp(name_of("\xff\xfe\xe9\0,\0b\0\n\0", 10, "utf16"), "\xc3\xa9") == 0);
    CHECK(strcmp(name_of("\xfe\xff\0\xe9\0,\0b\0\n", 10, "utf16"), "\xc3\xa9") == 0);
    CHECK(strcmp(name_of("\xef\xbb\xbf"
                         "a,b\n",
                         7, "utf8"),
                 "a") == 0);
    FAILS(RC_DATA, "t.csv:2: byte 0x81 is not a letter of cp1252",
          rc_csv_open_memory("t.csv", "x,y\n1,\x81\n", 8, (rc_csv_options){.encoding = "cp1252"}, &c));
    FAILS(RC_DATA, "t.csv:1: the file ends within a letter of utf16",
          rc_csv_open_memory("t.csv",
                             "\xff\xfe"
                             "a",
                             3, (rc_csv_options){.encoding = "utf16"}, &c));
    FAILS(RC_CONFIG, "encoding koi8: takes utf8, latin1, cp1252 or utf16",
          rc_csv_open_memory("t.csv", "x,y\n", 4, (rc_csv_options){.encoding = "koi8"}, &c));
}

static const char *cell(const char *text)
{
    static char out[64];
    rc_string s = {0};
    out[0] = '\0';
    if (rc_csv_put(&s, text) == RC_OK) snprintf(out, sizeof out, "%s", s.data);
    rc_string_free(&s);
    return out;
}

TEST(cells_are_written_safe)
{
    static const char *const pair[][2] = {{"plain", "plain"},   {"", ""},
                                          {"a,b", "\"a,b\""},   {"say \"x\"", "\"say \"\"x\"\"\""},
                                          {"a\nb", "\"a\nb\""}, {" a", "\" a\""},
                                          {"=1+1", "'=1+1"},    {"+cmd|x", "'+cmd|x"},
                                          {"@sum", "'@sum"},    {"-x,y", "\"'-x,y\""},
                                          {"-1.5", "-1.5"},     {"+3", "+3"},
                                          {"-", "'-"},          {"\t=1", "\"'\t=1\""}};
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++)
        CHECK(strcmp(cell(pair[i][0]), pair[i][1]) == 0);
}

TEST(damage)
{
    rc_csv *c;
    FAILS(RC_DATA, "train.csv:4: 2 columns, header has 3 (nothing for \"z\")",
          read_all("x,y,z\n1,2,3\n\n4,5\n"));
    FAILS(RC_DATA, "train.csv:2: 3 columns, header has 2 (\"c d\" in column 3", read_all("x,y\na,b,c d\n"));
    FAILS(RC_DATA, "train.csv:2: 1 columns, the first line has 2", read_all("1,2\n3\n"));
    FAILS(RC_FORMAT, "train.csv:3: column 2: a quote is opened and never closed",
          read_all("x,y\n1,2\n3,\"4\n5,6\n"));
    FAILS(RC_FORMAT, "train.csv:3: column 1: text after the closing quote", read_all("x,y\n1,2\n\"3\"4,5\n"));
    FAILS(RC_DATA, "no lines", read_all("\n  \n"));
    FAILS(RC_DATA,
          "t:1: byte 1 (0xFF) is not UTF-8; the file is UTF-16: save it as UTF-8, or say so (encoding, or",
          rc_csv_open_memory("t",
                             "\xff\xfe"
                             "a\0",
                             4, (rc_csv_options){0}, &c));
    FAILS(RC_FORMAT, "zero bytes", rc_csv_open_memory("t", "a,\0b", 4, (rc_csv_options){0}, &c));
    FAILS(RC_IO, "not a regular file", rc_csv_open("/dev/null", (rc_csv_options){0}, &c));
    FAILS(RC_IO, "no such file", rc_csv_open("nowhere.csv", (rc_csv_options){0}, &c));
}

TEST(values)
{
    static const struct {
        const char *text;
        double value;
    } good[] = {{"0", 0},
                {"-12.5", -12.5},
                {" 7 ", 7},
                {"+3", 3},
                {"1e3", 1000},
                {".5", 0.5},
                {"5.", 5},
                {"0.1", 0.1},
                {"inf", INFINITY},
                {"123456789012345678", 123456789012345678.0},
                {"2.2250738585072014e-308", 2.2250738585072014e-308},
                {"0.30000000000000004", 0.30000000000000004}};
    static const char *const bad[] = {"", "x", "1,5", "1 2", "--1", "nan", "0x10", ".", "-", "e5"};
    static const char *const missing[] = {"", "  ", "NA", "?", "NaN", "null", "None"};
    double v;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK(rc_csv_to_f64((rc_csv_field){good[i].text, strlen(good[i].text), false}, &v) &&
              v == good[i].value);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!rc_csv_to_f64((rc_csv_field){bad[i], strlen(bad[i]), false}, &v));
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
        CHECK(rc_csv_is_missing(NULL, (rc_csv_field){missing[i], strlen(missing[i]), false}));
    CHECK(!rc_csv_is_missing(NULL, (rc_csv_field){"none", 4, false}) &&
          !rc_csv_is_missing(NULL, (rc_csv_field){"-", 1, false}));
}

/* The short way and strtod agree to the last bit. */
TEST(exact_numbers)
{
    char text[40];
    uint64_t state = 12345;
    for (int i = 0; i < 20000; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        int64_t digits = (int64_t)(state >> 20) % 1000000000000000;
        int after = (int)(state % 14) + 1,
            n = snprintf(text, sizeof text, "%s%016lld", i % 2 ? "-" : "", (long long)digits);
        memmove(text + n - after + 1, text + n - after, (size_t)after + 1);
        text[n - after] = '.';
        const char *from = text;
        double v = 0;
        CHECK(rc_csv_to_f64((rc_csv_field){from, strlen(from), false}, &v) && v == strtod(from, NULL));
    }
}

int main(void)
{
    RUN(quoting);
    RUN(line_ends);
    RUN(delimiters);
    RUN(headers);
    RUN(encodings);
    RUN(cells_are_written_safe);
    RUN(damage);
    RUN(values);
    RUN(exact_numbers);
    return RESULT();
}
