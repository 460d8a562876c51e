/* Recordings: files written by pyedflib and wfdb (tools/golden/readers.py), the packings that these do not
 * write, and headers that are damaged or lie. */
#include "check.h"

#include <unistd.h>

#include "base/file.h"
#include "formats/recording.h"

enum { LENGTH = 64, EDF_SIZE = 1768 };

static char path[512];

static const char *data(const char *name)
{
    snprintf(path, sizeof path, "%s/readers/%s", RC_TEST_DATA, name);
    return path;
}

static double wave(int i)
{
    return sin(i / 3.0);
}

static double slope(int i)
{
    return i / 32.0 - 1;
}

/* Both signals of readers.py; from the fifth on so many of the first are missing. */
static void check_samples(const rc_recording *r, double tolerance, int gap)
{
    float x[LENGTH];
    REQUIRE(r->channels >= 2 && r->channel[0].length == LENGTH && r->channel[1].length == LENGTH);
    CHECK(r->channel[0].rate == 32 && r->channel[1].rate == 32);
    rc_recording_read(r, 0, x);
    for (int i = 0; i < LENGTH; i++) {
        CHECK(isnan(x[i]) == (i >= 5 && i < 5 + gap));
        if (!isnan(x[i])) NEAR(x[i], wave(i), tolerance);
    }
    rc_recording_read(r, 1, x);
    for (int i = 0; i < LENGTH; i++)
        NEAR(x[i], slope(i), tolerance);
}

static void check_edf(const char *name, const char *format, double tolerance)
{
    rc_recording r;
    float slow[2];
    OK(rc_recording_open(data(name), NULL, &r));
    CHECK(strcmp(r.format, format) == 0 && r.channels == 3);
    check_samples(&r, tolerance, 0);
    CHECK(strcmp(r.channel[0].name, "EEG Fpz-Cz") == 0 && strcmp(r.channel[1].unit, "uV") == 0);
    CHECK(rc_recording_find(&r, "Temp") == 2 && rc_recording_find(&r, "EDF Annotations") < 0);
    REQUIRE(r.channel[2].rate == 1 && r.channel[2].length == 2);
    rc_recording_read(&r, 2, slow);
    NEAR(slow[0], 0.5, tolerance);
    NEAR(slow[1], 1, tolerance);
    rc_recording_close(&r);
}

TEST(edf_of_pyedflib)
{
    /* A stored step, since EDFlib cuts fractions off. */
    check_edf("signals.edf", "EDF+", 4.0 / 65535);
    check_edf("signals.bdf", "BDF", 1e-6);
}

TEST(wfdb_of_wfdb)
{
    static const struct {
        const char *name;
        double tolerance;
        int gap;
    } of[] = {{"wfdb16.hea", 2e-5, 0},
              {"wfdb24.hea", 1e-6, 0},
              {"wfdb32.hea", 1e-6, 0},
              {"wfdb80.hea", 5e-3, 0},
              {"wfdb212.hea", 3e-4, 3}};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        rc_recording r;
        OK(rc_recording_open(data(of[i].name), NULL, &r));
        check_samples(&r, of[i].tolerance, of[i].gap);
        CHECK(strcmp(r.channel[0].name, "MLII") == 0 && strcmp(r.channel[1].unit, "mV") == 0);
        CHECK(r.about.n == 2 && strcmp(rc_texts_get(&r.about, 0), " Age: 40") == 0);
        rc_recording_close(&r);
    }
}

/* ---- headers and samples of this test ---- */

static rc_status open_wfdb(const char *header, const void *samples, size_t size, rc_recording *out)
{
    char file[64];
    snprintf(file, sizeof file, "recording_test_%ld.dat", (long)getpid());
    snprintf(path, sizeof path, "recording_test_%ld.hea", (long)getpid());
    *out = (rc_recording){0};
    char text[600];
    snprintf(text, sizeof text, header, file, file, file);
    if (rc_file_write(file, samples, size) != RC_OK || rc_file_write(path, text, strlen(text)) != RC_OK)
        return RC_IO;
    rc_status status = rc_recording_open(path, NULL, out);
    unlink(file);
    unlink(path);
    return status;
}

TEST(packings)
{
    static const unsigned char big[] = {9, 9, 0x01, 0x02, 0xff, 0xfe, 0x80, 0x00},
                               from_zero[] = {0x01, 0x80, 0xff, 0x7f};
    static const unsigned char frames[] = {1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0};
    rc_recording r;
    float x[4];
    OK(open_wfdb("r 1 100\n%s 61+2 2(2)/V\n", big, sizeof big, &r));
    REQUIRE(r.channel[0].length == 3);
    rc_recording_read(&r, 0, x);
    CHECK(x[0] == 128 && x[1] == -2 && isnan(x[2]) && strcmp(r.channel[0].name, "signal 1") == 0);
    rc_recording_close(&r);
    OK(open_wfdb("r 1\n%s 160 1 16 -5\n", from_zero, sizeof from_zero, &r));
    rc_recording_read(&r, 0, x);
    CHECK(x[0] == 6 && x[1] == 4 && r.channel[0].rate == 250);
    rc_recording_close(&r);
    /* Two samples of the second signal for each of the first; names that come again. */
    OK(open_wfdb("# one\nr 2 10/10(0) 2 12:00:00\r\n%s 16 1 0 0 0 0 0 a b\r\n%s 16x2 1 0 0 0 0 0 a b\n#two",
                 frames, sizeof frames, &r));
    CHECK(r.channel[0].rate == 10 && r.channel[1].rate == 20 && r.channel[1].length == 4 && r.about.n == 2);
    CHECK(strcmp(r.channel[0].name, "a b") == 0 && strcmp(r.channel[1].name, "a b (2)") == 0);
    rc_recording_read(&r, 1, x);
    CHECK(x[0] == 2 && x[1] == 3 && x[2] == 5 && x[3] == 6);
    rc_recording_close(&r);
}

TEST(bad_wfdb)
{
    static const struct {
        rc_status code;
        const char *header, *words;
    } of[] = {
        {RC_FORMAT, "hello\n", "hea:1: expected NAME SIGNALS RATE SAMPLES"},
        {RC_FORMAT, "", "the file is empty"},
        {RC_FORMAT, "# nothing\n", "cut off: lines of 0 of 0 signals are there"},
        {RC_DATA, "r 0 250\n", "no signals"},
        {RC_FORMAT, "r 2 250\n%s 16\n", "cut off: lines of 1 of 2 signals are there"},
        {RC_FORMAT, "r 3 250\n%s 16\n./%s 16\n%s 16\n", "signals of one file that do not follow each other"},
        {RC_FORMAT, "r 9999999999 250\n", "expected NAME SIGNALS RATE SAMPLES"},
        {RC_FORMAT, "r 1 0\n%s 16\n", "the sampling rate is not a number"},
        {RC_FORMAT, "r 1 250 4x\n%s 16\n", "the number of samples is not a number"},
        {RC_FORMAT, "r 1 250 5\n%s 16\n", "cut off: its files hold 4 of 5 samples"},
        {RC_UNSUPPORTED, "r/3 1 250\n", "a record of several segments"},
        {RC_UNSUPPORTED, "r 1 250\n%s 311\n", "hea:2: format 311 is not read; those read are 16"},
        {RC_UNSUPPORTED, "r 1 250\n%s 16:3\n", "shifted in time"},
        {RC_FORMAT, "r 1 250\n%s 16x0\n", "expected a format as 212, or 16x2+24"},
        {RC_FORMAT, "r 1 250\n%s sixteen\n", "the format of a signal is not a number"},
        {RC_FORMAT, "r 1 250\n%s 16 1(\n", "expected a gain as 200(1024)/mV"},
        {RC_FORMAT, "r 1 250\n%s 16 1e-300(1e300)\n", "the gain of a signal is too small"},
        {RC_FORMAT, "r 2 250\n%s 16\n%s 24\n", "signals of one file in several formats"},
        {RC_FORMAT, "r 1 250\n../../etc/passwd 16\n", "\"../../etc/passwd\" is not a file beside the header"},
        {RC_FORMAT, "r 1 250\n/etc/passwd 16\n", "is not a file beside the header"},
        {RC_IO, "r 1 250\nnone.dat 16\n", "none.dat"},
        {RC_DATA, "r 1 250\n%s 16+8\n", "a recording of length 0"},
    };
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        rc_recording r;
        FAILS(of[i].code, of[i].words, open_wfdb(of[i].header, "\1\0\2\0\3\0\4", 8, &r));
        rc_recording_close(&r);
    }
}

/* The file of pyedflib with some bytes changed, cut to a length. */
static rc_status open_edf(size_t at, const char *bytes, size_t size)
{
    rc_recording r;
    char *text;
    size_t whole;
    if (rc_file_read(data("signals.edf"), EDF_SIZE, &text, &whole) != RC_OK) return RC_IO;
    memcpy(text + at, bytes, strlen(bytes));
    snprintf(path, sizeof path, "recording_test_%ld.edf", (long)getpid());
    rc_status status = rc_file_write(path, text, size ? size : whole);
    if (status == RC_OK) status = rc_recording_open(path, NULL, &r);
    if (status == RC_OK) rc_recording_close(&r);
    unlink(path);
    free(text);
    return status;
}

TEST(bad_edf)
{
    enum { LOW = 256 + 4 * 104, HIGH = 256 + 4 * 112, SAMPLES = 256 + 4 * 216 };
    static const struct {
        rc_status code;
        size_t at;
        const char *bytes;
        size_t size;
        const char *words;
    } of[] = {
        {RC_FORMAT, 0, "1", 0, "not an EDF or BDF file, or cut off"},
        {RC_FORMAT, 0, "", 255, "not an EDF or BDF file, or cut off"},
        {RC_FORMAT, 0, "", 1000, "cut off within the header of 4 signals"},
        {RC_FORMAT, 0, "", EDF_SIZE - 1, "cut off: 1 of 2 data records are there"},
        {RC_UNSUPPORTED, 192, "EDF+D", 0, "a recording with gaps (EDF+D)"},
        {RC_FORMAT, 252, "-1", 0, "the number of signals is not possible"},
        {RC_FORMAT, 252, "9999", 0, "the number of signals is not possible"},
        {RC_FORMAT, 236, "1e999", 0, "the number of data records"},
        {RC_DATA, 236, "0       ", 0, "a recording of length 0"},
        {RC_DATA, 244, "0       ", 0, "a recording of length 0"},
        {RC_FORMAT, SAMPLES, "1e300   ", 0, "signal 1 has no number of samples"},
        {RC_FORMAT, SAMPLES, "0       ", 0, "signal 1 has no number of samples"},
        {RC_FORMAT, LOW, "low     ", 0, "\"EEG Fpz-Cz\": its physical or digital range is not a number"},
        {RC_OK, HIGH, "-2      ", 0, ""},
        {RC_OK, 236, "-1      ", 0, ""},
        {RC_OK, 256, "\xb5\xb5 EEG", 0, ""},
    };
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        if (of[i].code == RC_OK)
            CHECK(open_edf(of[i].at, of[i].bytes, of[i].size) == RC_OK);
        else
            FAILS(of[i].code, of[i].words, open_edf(of[i].at, of[i].bytes, of[i].size));
}

int main(void)
{
    RUN(edf_of_pyedflib);
    RUN(wfdb_of_wfdb);
    RUN(packings);
    RUN(bad_wfdb);
    RUN(bad_edf);
    return RESULT();
}
