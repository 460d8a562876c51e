/* The epochs of a run in other forms: CSV, and records of events, whose lengths and checksums are
 * TensorBoard's. */
#include "check.h"

#include <dirent.h>
#include <unistd.h>

#include "base/file.h"
#include "runs/training_log.h"

static char folder[64] = "/tmp/recraft-log-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* The one file of events; empty: there is none. */
static const char *events(void)
{
    static char found[512];
    DIR *d = opendir(folder);
    const struct dirent *e;
    int n = 0;
    found[0] = '\0';
    while (d && (e = readdir(d)))
        if (strncmp(e->d_name, "events.out.tfevents.", 20) == 0 && ++n)
            snprintf(found, sizeof found, "%s/%s", folder, e->d_name);
    if (d) closedir(d);
    CHECK(n <= 1);
    return found;
}

static void add(rc_training_log *log, const char *text)
{
    rc_json *line;
    OK(rc_json_parse("test", text, strlen(text), &line));
    OK(rc_training_log_add(log, line));
    rc_json_free(&line);
}

static uint64_t whole(const char *at, int bytes)
{
    uint64_t value = 0;
    for (int i = bytes; i-- > 0;)
        value = value << 8 | (unsigned char)at[i];
    return value;
}

static bool holds(const char *bytes, size_t size, const char *text)
{
    size_t n = strlen(text);
    for (size_t i = 0; i + n <= size; i++)
        if (memcmp(bytes + i, text, n) == 0) return true;
    return false;
}

static const char first[] = "{\"stage\": \"fit\", \"epoch\": 1, \"train_loss\": 0.5, \"lr\": 0.001}";
static const char second[] =
    "{\"stage\": \"fit\", \"epoch\": 2, \"train_loss\": 0.25, \"valid_metric\": 0.125}";

TEST(epochs_are_lines_and_events)
{
    rc_config c;
    rc_training_log *log;
    char *text;
    size_t size, at = 0;
    int records = 0;
    rc_config_defaults(&c);
    OK(rc_training_log_open(&c, folder, &log));
    CHECK(!log); /* nothing is asked for */
    OK(rc_config_assign(&c, "fit.log=csv,tensorboard"));
    OK(rc_file_append_line(in_folder("metrics.jsonl"), first)); /* of a process before this one */
    OK(rc_training_log_open(&c, folder, &log));
    add(log, second);
    rc_training_log_close(&log);

    OK(rc_file_read(in_folder("metrics.csv"), 1 << 16, &text, &size));
    CHECK(strstr(text, "stage,epoch,seconds,lr,train_loss,valid_loss,valid_metric,") == text);
    CHECK(strstr(text, "\nfit,1,,0.001,0.5,,,") && strstr(text, "\nfit,2,,,0.25,,0.125,"));
    free(text);

    OK(rc_file_read(events(), 1 << 16, &text, &size));
    /* The version's record: 24 bytes, with the checksum that all such files have there. */
    CHECK(size > 16 && whole(text, 8) == 24 && memcmp(text + 8, "\xa3\x7f\x4b\x22", 4) == 0);
    for (; at + 16 <= size; records++) {
        uint64_t length = whole(text + at, 8);
        REQUIRE(at + 16 + length <= size);
        at += 16 + (size_t)length;
    }
    CHECK(at == size && records == 3); /* the version, and two epochs */
    CHECK(holds(text, size, "brain.Event:2") && holds(text, size, "fit/valid_metric"));
    free(text);
}

/* What a second process makes has every epoch once. */
TEST(a_run_that_goes_on_begins_its_logs_anew)
{
    rc_config c;
    rc_training_log *log;
    char *text;
    size_t size;
    rc_config_defaults(&c);
    OK(rc_config_assign(&c, "fit.log=csv,tensorboard"));
    OK(rc_training_log_open(&c, folder, &log));
    rc_training_log_close(&log);
    OK(rc_file_read(in_folder("metrics.csv"), 1 << 16, &text, &size));
    CHECK(strstr(text, "\nfit,1,") && !strstr(text, "\nfit,2,"));
    free(text);
    CHECK(events()[0]);
    unlink(events());
}

int main(void)
{
    if (!mkdtemp(folder)) return 1;
    RUN(epochs_are_lines_and_events);
    RUN(a_run_that_goes_on_begins_its_logs_anew);
    unlink(in_folder("metrics.jsonl"));
    unlink(in_folder("metrics.csv"));
    rmdir(folder);
    return RESULT();
}
