/* Tables, pictures, sounds and sequences, written by pandas, liac-arff, Pillow and soundfile
 * (tools/golden/readers.py). */
#include "check.h"

#include "base/memory.h"
#include "formats/array_file.h"
#include "formats/fasta.h"
#include "formats/picture.h"
#include "formats/sound.h"
#include "formats/table.h"

static char path[512];

static const char *data(const char *name)
{
    snprintf(path, sizeof path, "%s/readers/%s", RC_TEST_DATA, name);
    return path;
}

static bool cell_is(const rc_table *t, const char *column, int64_t row, const char *text)
{
    char buffer[32];
    int i = rc_table_find(t, column);
    const char *got = i < 0 ? "(no such column)" : rc_column_text(&t->column[i], row, buffer);
    if (strcmp(got, text)) fprintf(stderr, "%s[%lld] is <%s>\n", column, (long long)row, got);
    return strcmp(got, text) == 0;
}

static void check_pandas(const char *name)
{
    rc_table t;
    OK(rc_table_read(data(name), (rc_csv_options){0}, &t));
    CHECK(t.columns == 4 && t.rows == 6);
    CHECK(t.column[0].kind == RC_COLUMN_WHOLE && t.column[1].kind == RC_COLUMN_REAL);
    CHECK(t.column[2].kind == RC_COLUMN_TEXT && t.column[3].kind == RC_COLUMN_TEXT);
    CHECK(t.column[1].missing == 1 && t.column[2].missing == 1);
    CHECK(t.column[1].number[1] == 1e-7 && t.column[1].number[3] == 123456.789 &&
          isnan(t.column[1].number[2]));
    CHECK(cell_is(&t, "city", 0, "Rome, Italy") && cell_is(&t, "city", 2, "The \"Hague\""));
    CHECK(cell_is(&t, "city", 4, "") && cell_is(&t, "city", 5, "two\nlines") && cell_is(&t, "id", 5, "6"));
    CHECK(t.column[2].code[1] == t.column[2].code[3]);
    CHECK(strstr(t.column[2].why, "\"Rome, Italy\" (line 2) is not a number") != NULL);
    CHECK(strstr(t.column[0].why, "from 1 to 6") != NULL && t.line[5] == 7);
    rc_table_free(&t);
}

TEST(tables_of_pandas)
{
    check_pandas("pandas.csv");
    check_pandas("pandas.tsv");
}

TEST(arff_of_liac)
{
    rc_table t;
    OK(rc_table_read(data("liac.arff"), (rc_csv_options){0}, &t));
    CHECK(t.columns == 4 && t.rows == 4);
    CHECK(cell_is(&t, "weight, kg", 0, "4.5") && cell_is(&t, "weight, kg", 1, ""));
    CHECK(cell_is(&t, "kind", 1, "big dog") && cell_is(&t, "kind", 2, "it's") && cell_is(&t, "kind", 3, ""));
    CHECK(cell_is(&t, "note", 0, "calm, old") && cell_is(&t, "note", 2, "say \"hi\"") &&
          cell_is(&t, "note", 3, "100%"));
    CHECK(t.column[1].declared && t.column[1].levels.text.n == 3 && t.column[2].kind == RC_COLUMN_WHOLE);
    rc_table_free(&t);
    OK(rc_table_read(data("sparse.arff"), (rc_csv_options){0}, &t));
    CHECK(cell_is(&t, "a", 0, "1.5") && cell_is(&t, "a", 1, "0") && cell_is(&t, "b", 2, "-2"));
    CHECK(cell_is(&t, "class", 0, "yes") && cell_is(&t, "class", 1, "no"));
    rc_table_free(&t);
}

static rc_status arff(const char *text)
{
    rc_table t;
    rc_status status = rc_arff_parse("t.arff", text, strlen(text), &t);
    if (status == RC_OK) rc_table_free(&t);
    return status;
}

/* Weights of rows are read over, and it is told. */
TEST(arff_weights)
{
    const char *text = "@attribute a real\n@attribute b {x,y}\n@data\n1,x\n2,y,{0.5}\n{1 y}, {2}\n3,x,{1}\n";
    rc_table t;
    OK(rc_arff_parse("t.arff", text, strlen(text), &t));
    CHECK(t.rows == 4 && t.column[0].number[1] == 2 && cell_is(&t, "b", 1, "y") && cell_is(&t, "b", 2, "y"));
    CHECK(t.notes.n == 1 &&
          strstr(rc_texts_get(&t.notes, 0), "2 of 4 rows have a weight (the first on line 5)"));
    rc_table_free(&t);
}

/* 20,000 columns of sparse rows: 6 bytes of the file for 160,000 of memory. */
TEST(arff_bomb)
{
    rc_string s = {0};
    for (int i = 0; i < 20000; i++)
        OK(rc_string_printf(&s, "@attribute a%d real\n", i));
    OK(rc_string_printf(&s, "@data\n"));
    for (int i = 0; i < 1000; i++)
        OK(rc_string_printf(&s, "{0 1}\n"));
    FAILS(RC_UNSUPPORTED, "20000 columns of this many rows would take over 256 bytes of memory for each",
          arff(s.data));
    rc_string_free(&s);
}

TEST(arff_damage)
{
    OK(arff("% hi\n@RELATION r\n@Attribute a numeric\n@attribute 'b c' {x, \"y z\"}\n@data\n1, 'y z'\n% "
            "no\n?,?\n"));
    FAILS(RC_UNSUPPORTED, "t.arff:1: \"when\" is of type date",
          arff("@attribute when date 'yyyy'\n@data\n1\n"));
    FAILS(RC_FORMAT, "the file ends within a relation",
          arff("@attribute bag relational\n@attribute a real\n"));
    FAILS(RC_UNSUPPORTED, "\"bag\" has attributes that are not numbers",
          arff("@attribute bag relational\n@attribute a {x,y}\n@end bag\n"));
    FAILS(RC_FORMAT, "neither @attribute nor @end", arff("@attribute bag relational\n@data\n"));
    FAILS(RC_FORMAT, "t.arff:5: channel 2 has 1 values, the first has 2",
          arff("@attribute bag relational\n@attribute a real\n@end bag\n@data\n'1,2\\n3'\n"));
    FAILS(RC_FORMAT, "t.arff:3: \"z\" is not one of the values declared",
          arff("@attribute a {x,y}\n@data\nz\n"));
    FAILS(RC_FORMAT, "t.arff:3: \"z\" is not a number", arff("@attribute a real\n@data\nz\n"));
    FAILS(RC_FORMAT, "2 values, there are 3 attributes (nothing for \"c\")",
          arff("@attribute a real\n@attribute b real\n@attribute c real\n@data\n1,2\n"));
    FAILS(RC_FORMAT, "more than 1 values", arff("@attribute a real\n@data\n1,2\n"));
    FAILS(RC_FORMAT, "t.arff:4: attribute 0 is in the row twice",
          arff("@attribute a real\n@data\n{0 3}\n{0 1,0 2}\n"));
    FAILS(RC_FORMAT, "{x is not a weight", arff("@attribute a real\n@data\n1,{x}\n"));
    FAILS(RC_FORMAT, "is not a weight", arff("@attribute a real\n@data\n1,{0.5\n"));
    FAILS(RC_FORMAT, "text after the end", arff("@attribute a real\n@data\n{0 1} {0.5}\n"));
    FAILS(RC_FORMAT, "\"7\" is not the number of an attribute", arff("@attribute a real\n@data\n{7 1}\n"));
    FAILS(RC_FORMAT, "no closing brace", arff("@attribute a real\n@data\n{0 1\n"));
    FAILS(RC_FORMAT, "not closed", arff("@attribute 'a real\n@data\n1\n"));
    FAILS(RC_FORMAT, "unknown type", arff("@attribute a nonsense\n@data\n1\n"));
    FAILS(RC_FORMAT, "before @data", arff("@attribute a real\n"));
    FAILS(RC_DATA, "no rows", arff("@attribute a real\n@data\n"));
}

static void expect_rgb(const char *name, double near)
{
    rc_picture p;
    OK(rc_picture_read(data(name), &p));
    CHECK(p.channels == 3 && p.height == 6 && p.width == 8);
    for (int y = 0; y < 6; y++)
        for (int x = 0; x < 8; x++) {
            bool hole = strcmp(name, "alpha.png") == 0 && x == 0 && y == 0;
            NEAR(p.data[y * 8 + x], hole ? 255 : x * 30, near);
            NEAR(p.data[48 + y * 8 + x], hole ? 255 : y * 40, near);
            NEAR(p.data[96 + y * 8 + x], hole ? 255 : 7, near);
        }
    rc_picture_free(&p);
}

/* ---- series ---- */

static rc_status ts(const char *text, rc_table *out)
{
    rc_status status = rc_ts_parse("t.ts", text, strlen(text), out);
    if (status != RC_OK) CHECK(out->columns == 0);
    return status;
}

static bool row_is(const rc_column *c, int64_t row, int64_t length, const double *wanted)
{
    const double *values;
    if (rc_column_series(c, row, &values) != length) return false;
    for (int64_t i = 0; i < length * c->channels; i++)
        if (!(isnan(wanted[i]) ? isnan(values[i]) : values[i] == wanted[i])) return false;
    return true;
}

TEST(series_of_ts)
{
    rc_table t;
    OK(ts("#comment\n@problemName x\n@timeStamps false\r\n@univariate false\n@equalLength false\n@classLabel "
          "true b "
          "\"a\n@data\n1,2.5,?:4,NaN,6:b\n\n-1e3 , 0:7,8:\"a\n",
          &t));
    CHECK(t.columns == 2 && t.rows == 2 && t.column[0].channels == 2 && t.column[0].missing == 2 &&
          t.line[1] == 10);
    CHECK(row_is(&t.column[0], 0, 3, (double[]){1, 2.5, NAN, 4, NAN, 6}));
    CHECK(row_is(&t.column[0], 1, 2, (double[]){-1e3, 0, 7, 8}));
    CHECK(cell_is(&t, "class", 0, "b") && cell_is(&t, "class", 1, "\"a") && t.column[1].declared);
    CHECK(strcmp(t.column[0].why, "series of 2 to 3 values in 2 channels") == 0);
    rc_table_free(&t);
    OK(ts("@targetLabel true\n@data\n1,2:0.5\n3,4:?\n", &t));
    CHECK(t.column[1].kind == RC_COLUMN_REAL && t.column[1].number[0] == 0.5 && t.column[1].missing == 1);
    rc_table_free(&t);
    OK(ts("@classLabel false\n@data\n1,2\n", &t));
    CHECK(t.columns == 1 && row_is(&t.column[0], 0, 2, (double[]){1, 2}));
    rc_table_free(&t);
    OK(ts("@classLabel true\n@data\n1:x y\n2:z\n", &t));
    CHECK(cell_is(&t, "class", 0, "x y") && !t.column[1].declared);
    rc_table_free(&t);
}

TEST(ts_damage)
{
    rc_table t;
    FAILS(RC_FORMAT, "t.ts:1: expected a tag", ts("1,2:3\n", &t));
    FAILS(RC_FORMAT, "ends before @data", ts("@classLabel true a b\n", &t));
    FAILS(RC_DATA, "no series after @data", ts("@data\n# none\n", &t));
    FAILS(RC_FORMAT, "was declared before", ts("@classLabel true a\n@targetLabel true\n@data\n", &t));
    FAILS(RC_UNSUPPORTED, "t.ts:1: series with times of their own", ts("@timestamps true\n@data\n", &t));
    FAILS(RC_UNSUPPORTED, "values with times, as (0,1.5)", ts("@data\n(0,1),(1,2):3\n", &t));
    FAILS(RC_FORMAT, "t.ts:2: \"x\" is not a number", ts("@data\n1,x\n", &t));
    FAILS(RC_FORMAT, "channel 2 has 1 values, the first has 2", ts("@data\n1,2:3\n", &t));
    FAILS(RC_FORMAT, "t.ts:3: 1 channels, the rows before have 2", ts("@data\n1:2\n3\n", &t));
    FAILS(RC_FORMAT, "t.ts:3: \"c\" is not one of the classes", ts("@classLabel true a b\n@data\n1:c\n", &t));
    FAILS(RC_FORMAT, "\"c\" is not a number, as @targetLabel says",
          ts("@targetLabel true\n@data\n1:c\n", &t));
    FAILS(RC_FORMAT, "expected a series, a colon", ts("@targetLabel true\n@data\n1,2\n", &t));
}

TEST(series_of_arff)
{
    static const char text[] =
        "@relation r\n@attribute bag relational\n @attribute t0 numeric\n @attribute 't 1' real\n@end "
        "bag\n@attribute kind {x,'y z'}\n@data\n\"1,2\\n3,?\",x\n'5,6\\n7,8\\n','y z'\n?,x\n";
    rc_table t;
    OK(rc_arff_parse("t.arff", text, strlen(text), &t));
    CHECK(t.columns == 2 && t.rows == 3 && t.column[0].kind == RC_COLUMN_SERIES && t.column[0].channels == 2);
    CHECK(row_is(&t.column[0], 0, 2, (double[]){1, 2, 3, NAN}) &&
          row_is(&t.column[0], 1, 2, (double[]){5, 6, 7, 8}));
    CHECK(rc_column_is_missing(&t.column[0], 2) && cell_is(&t, "kind", 1, "y z"));
    rc_table_free(&t);
}

TEST(png_of_pillow)
{
    rc_picture p;
    expect_rgb("rgb.png", 0);
    expect_rgb("alpha.png", 0);
    expect_rgb("palette.png", 8); /* 64 colours by Pillow's choice */
    OK(rc_picture_read(data("gray.png"), &p));
    CHECK(p.channels == 1 && p.data[7] == 210);
    rc_picture_free(&p);
    OK(rc_picture_read(data("deep.png"), &p));
    for (int i = 0; i < 48; i++)
        NEAR(p.data[i], i * 1000 / 257.0, 0.51);
    rc_picture_free(&p);
    OK(rc_picture_size(data("rgb.png"), &p));
    CHECK(p.width == 8 && !p.data);
}

TEST(jpeg_of_pillow)
{
    rc_picture p;
    rc_array want;
    OK(rc_picture_read(data("smooth.jpg"), &p));
    OK(rc_npy_open(data("smooth_jpg.npy"), &want));
    CHECK(p.channels == 3 && p.height == 16 && p.width == 24);
    for (int i = 0; i < 3 * 16 * 24; i++)
        NEAR(p.data[i], ((const unsigned char *)want.data)[i], 1); /* decoders may round apart */
    rc_array_free(&want);
    rc_picture_free(&p);
    OK(rc_picture_read(data("gray.jpg"), &p));
    CHECK(p.channels == 1 && p.width == 24);
    NEAR(p.data[24 * 5 + 7], 72, 3);
    rc_picture_free(&p);
}

TEST(picture_damage)
{
    rc_picture p;
    FAILS(RC_FORMAT, "cut-off PNG", rc_picture_read(data("cut.png"), &p));
    FAILS(RC_FORMAT, "JPEG", rc_picture_read(data("cut.jpg"), &p));
    FAILS(RC_FORMAT, "not a PNG or JPEG", rc_picture_read(data("mono.wav"), &p));
    /* A header that claims 2^31 pixels. */
    unsigned char huge[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\xdc\0\0\xff\xdc\x08\x02\0\0\0\0\0\0\0";
    CHECK(rc_picture_parse("x", huge, sizeof huge, false, &p) != RC_OK);
}

/* A JPEG with an EXIF block put in that says how the camera was held. */
static rc_status read_held(const char *jpeg, size_t size, int orientation, bool big, bool header_only,
                           rc_picture *out)
{
    static const unsigned char little[] = {0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0,    0, 'I', 'I',
                                           42,   0,    8, 0,  0,   0,   1,   0,   0x12, 1, 3,   0,
                                           1,    0,    0, 0,  0,   0,   0,   0,   0,    0, 0,   0},
                               large[] = {0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0,    'M', 'M',
                                          0,    42,   0, 0,  0,   8,   0,   1,   1, 0x12, 0,   3,
                                          0,    0,    0, 1,  0,   0,   0,   0,   0, 0,    0,   0};
    unsigned char held[1 << 14];
    size_t n = sizeof little;
    if (size + n > sizeof held) return RC_INTERNAL;
    memcpy(held, jpeg, 2);
    memcpy(held + 2, big ? large : little, n);
    held[2 + (big ? 29 : 28)] = (unsigned char)orientation;
    memcpy(held + 2 + n, jpeg + 2, size - 2);
    return rc_picture_parse("held.jpg", held, size + n, header_only, out);
}

TEST(pictures_are_turned_upright)
{
    char *jpeg;
    size_t size;
    rc_picture as_is;
    OK(rc_file_read(data("smooth.jpg"), 1 << 14, &jpeg, &size));
    OK(rc_picture_parse("smooth.jpg", jpeg, size, false, &as_is));
    int64_t h = as_is.height, w = as_is.width;
    CHECK(as_is.orientation == 1 && h != w);
    for (int o = 1; o <= 8; o++) {
        rc_picture p, sizes;
        OK(read_held(jpeg, size, o, o % 2, false, &p));
        OK(read_held(jpeg, size, o, o % 2, true, &sizes));
        CHECK(p.orientation == o && p.height == (o < 5 ? h : w) && p.width == (o < 5 ? w : h));
        CHECK(sizes.height == p.height && sizes.width == p.width);
        int64_t wrong = 0;
        for (int64_t row = 0; row < h; row++)
            for (int64_t column = 0; column < w; column++) {
                /* Where row and column of the file are seen, by the table of the EXIF standard. */
                int64_t below = h - 1 - row, right = w - 1 - column;
                const int64_t y[] = {row, row, below, below, column, column, right, right},
                              x[] = {column, right, right, column, row, below, below, row};
                for (int64_t k = 0; k < p.channels; k++)
                    wrong += p.data[(k * p.height + y[o - 1]) * p.width + x[o - 1]] !=
                             as_is.data[(k * h + row) * w + column];
            }
        CHECK(wrong == 0);
        rc_picture_free(&p);
    }
    rc_picture odd;
    OK(read_held(jpeg, size, 9, true, true, &odd));
    CHECK(odd.orientation == 1);
    rc_picture_free(&as_is);
    rc_free(jpeg);
}

TEST(sounds_of_soundfile)
{
    static const struct {
        const char *name;
        double share, near;
    } files[] = {
        {"mono.wav", 1, 4e-5}, {"float.wav", 1, 1e-7}, {"stereo.flac", 0.25, 4e-5}, {"mono.ogg", 1, 0.05}};
    for (size_t k = 0; k < sizeof files / sizeof *files; k++) {
        rc_sound s;
        OK(rc_sound_read(data(files[k].name), &s));
        CHECK(s.length == 800 && s.rate == 8000);
        for (int i = 0; i < 800; i++)
            NEAR(s.data[i], files[k].share * 0.5 * sin(2 * 3.141592653589793 * 440 * i / 8000),
                 files[k].near);
        rc_sound_free(&s);
    }
}

TEST(sound_damage)
{
    rc_sound s;
    FAILS(RC_DATA, "length 0", rc_sound_read(data("empty.wav"), &s));
    FAILS(RC_FORMAT, "not a WAV", rc_sound_read(data("rgb.png"), &s));
    FAILS(RC_IO, "no such file", rc_sound_read("nowhere.wav", &s));
}

static rc_status fasta(const char *text, rc_fasta *f)
{
    return rc_fasta_parse("t.fa", text, strlen(text), f);
}

TEST(sequences)
{
    rc_fasta f;
    OK(fasta(">a promoter of x\r\nacgt\r\nNN-A*\r\n\r\n; note\n>b\nMKV", &f));
    CHECK(f.name.n == 2 && strcmp(rc_texts_get(&f.name, 0), "a") == 0);
    CHECK(strcmp(rc_texts_get(&f.rest, 0), "promoter of x") == 0 &&
          strcmp(rc_texts_get(&f.rest, 1), "") == 0);
    CHECK(strcmp(rc_texts_get(&f.sequence, 0), "ACGTNNA") == 0 &&
          strcmp(rc_texts_get(&f.sequence, 1), "MKV") == 0);
    rc_fasta_free(&f);
    FAILS(RC_FORMAT, "t.fa:2: column 3: '5' is not a letter", fasta(">a\nAC5\n", &f));
    FAILS(RC_FORMAT, "t.fa:1: letters before", fasta("ACGT\n", &f));
    FAILS(RC_DATA, "\"a\" has no letters", fasta(">a\n>b\nA\n", &f));
    FAILS(RC_FORMAT, "no sequences", fasta("\n", &f));
}

int main(void)
{
    RUN(tables_of_pandas);
    RUN(arff_of_liac);
    RUN(arff_weights);
    RUN(arff_bomb);
    RUN(arff_damage);
    RUN(series_of_ts);
    RUN(ts_damage);
    RUN(series_of_arff);
    RUN(png_of_pillow);
    RUN(jpeg_of_pillow);
    RUN(picture_damage);
    RUN(pictures_are_turned_upright);
    RUN(sounds_of_soundfile);
    RUN(sound_damage);
    RUN(sequences);
    return RESULT();
}
