#include "runs/training_log.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "formats/protobuf.h"
#include "runs/run_record.h"

enum { PATH = 4096 };
static const char EVENTS[] = "events.out.tfevents.";

/* Numbers of an epoch, of whatever stage. */
static const char *const column[] = {
    "seconds",        "lr",          "train_loss", "valid_loss",          "valid_metric", "average_loss",
    "average_metric", "loss",        "distance",   "conditional_entropy", "entropy",      "information",
    "leep",           "target_loss", "source_loss"};
enum { COLUMNS = sizeof column / sizeof *column };

struct rc_training_log {
    unsigned asked;
    char csv[PATH], events[PATH];
};

/* ---- CSV ---- */

static rc_status csv_head(const rc_training_log *log)
{
    rc_string line = {0};
    rc_status status = rc_string_printf(&line, "stage,epoch");
    for (int i = 0; i < COLUMNS && status == RC_OK; i++)
        status = rc_string_printf(&line, ",%s", column[i]);
    if (status == RC_OK) status = rc_string_printf(&line, "\n");
    if (status == RC_OK) status = rc_file_write(log->csv, line.data, line.length);
    rc_string_free(&line);
    return status;
}

static rc_status csv_line(const rc_training_log *log, const rc_json *j)
{
    rc_string line = {0};
    rc_status status = rc_string_printf(&line, "%s,%lld", rc_json_string(j, "stage", ""),
                                        (long long)rc_json_integer(j, "epoch", 0));
    for (int i = 0; i < COLUMNS && status == RC_OK; i++) {
        double value = rc_json_number(j, column[i], NAN);
        status = isnan(value) ? rc_string_printf(&line, ",") : rc_string_printf(&line, ",%.9g", value);
    }
    if (status == RC_OK) status = rc_file_append_line(log->csv, line.data);
    rc_string_free(&line);
    return status;
}

/* ---- TensorBoard: records of events (tensorboard/compat/proto/event.proto) ---- */

/* Castagnoli's CRC, rotated and shifted as the format of records wants it. */
static uint32_t masked_crc(const void *data, size_t size)
{
    const unsigned char *byte = data;
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < size; i++) {
        crc ^= byte[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    }
    crc = ~crc;
    return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

static rc_status add_little_endian(rc_string *out, uint64_t value, int bytes)
{
    char text[8];
    for (int i = 0; i < bytes; i++)
        text[i] = (char)(value >> 8 * i);
    return rc_string_add(out, text, (size_t)bytes);
}

/* The event is freed. */
static rc_status append_event(const rc_training_log *log, rc_string *event)
{
    rc_string record = {0};
    rc_status status = add_little_endian(&record, event->length, 8);
    if (status == RC_OK) status = add_little_endian(&record, masked_crc(record.data, 8), 4);
    if (status == RC_OK) status = rc_string_add(&record, event->data, event->length);
    if (status == RC_OK) status = add_little_endian(&record, masked_crc(event->data, event->length), 4);
    if (status == RC_OK) status = rc_file_append(log->events, record.data, record.length);
    rc_string_free(&record);
    rc_string_free(event);
    return status;
}

enum { EVENT_TIME = 1, EVENT_STEP = 2, EVENT_VERSION = 3, EVENT_SUMMARY = 5 };
enum { SUMMARY_VALUE = 1, VALUE_TAG = 1, VALUE_SIMPLE = 2 };

static rc_status begin_event(rc_string *event)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return rc_protobuf_double(event, EVENT_TIME, (double)now.tv_sec + 1e-9 * (double)now.tv_nsec);
}

static rc_status events_head(const rc_training_log *log)
{
    rc_string event = {0};
    rc_status status = begin_event(&event);
    if (status == RC_OK) status = rc_protobuf_text(&event, EVENT_VERSION, "brain.Event:2");
    if (status == RC_OK) return append_event(log, &event);
    rc_string_free(&event);
    return status;
}

static rc_status add_value(rc_string *summary, const char *stage, const char *name, double number)
{
    rc_string value = {0};
    char tag[128];
    snprintf(tag, sizeof tag, "%.60s/%s", stage, name);
    rc_status status = rc_protobuf_text(&value, VALUE_TAG, tag);
    if (status == RC_OK) status = rc_protobuf_float(&value, VALUE_SIMPLE, (float)number);
    if (status == RC_OK) return rc_protobuf_message(summary, SUMMARY_VALUE, &value);
    rc_string_free(&value);
    return status;
}

static rc_status events_line(const rc_training_log *log, const rc_json *j)
{
    rc_string event = {0}, summary = {0};
    rc_status status = begin_event(&event);
    if (status == RC_OK) status = rc_protobuf_whole(&event, EVENT_STEP, rc_json_integer(j, "epoch", 0));
    for (int i = 0; i < COLUMNS && status == RC_OK; i++) {
        double value = rc_json_number(j, column[i], NAN);
        if (!isnan(value)) status = add_value(&summary, rc_json_string(j, "stage", ""), column[i], value);
    }
    if (status == RC_OK) status = rc_protobuf_message(&event, EVENT_SUMMARY, &summary);
    if (status == RC_OK) return append_event(log, &event);
    rc_string_free(&summary);
    rc_string_free(&event);
    return status;
}

/* Those of an earlier process: TensorBoard would show its epochs twice. */
static void remove_events(const char *folder)
{
    DIR *d = opendir(folder);
    const struct dirent *e;
    char path[PATH];
    while (d && (e = readdir(d)))
        if (strncmp(e->d_name, EVENTS, strlen(EVENTS)) == 0 &&
            rc_path_join(folder, e->d_name, sizeof path, path) == RC_OK)
            unlink(path);
    if (d) closedir(d);
}

/* ---- both ---- */

rc_status rc_training_log_add(rc_training_log *log, const rc_json *line)
{
    if (!log) return RC_OK;
    if (log->asked & RC_LOG_CSV) RC_TRY(csv_line(log, line));
    return log->asked & RC_LOG_TENSORBOARD ? events_line(log, line) : RC_OK;
}

/* The epochs that are there already. */
static rc_status replay(rc_training_log *log, const char *folder)
{
    rc_json *epochs;
    RC_TRY(rc_run_read_epochs(folder, &epochs));
    rc_status status = RC_OK;
    for (size_t i = 0; i < rc_json_length(epochs) && status == RC_OK; i++)
        status = rc_training_log_add(log, rc_json_at(epochs, i));
    rc_json_free(&epochs);
    return status;
}

static rc_status begin(rc_training_log *log, const char *folder)
{
    char name[64];
    snprintf(name, sizeof name, "%s%lld.recraft", EVENTS, (long long)time(NULL));
    RC_TRY(rc_path_join(folder, "metrics.csv", sizeof log->csv, log->csv));
    RC_TRY(rc_path_join(folder, name, sizeof log->events, log->events));
    remove_events(folder);
    if (log->asked & RC_LOG_CSV) RC_TRY(csv_head(log));
    if (log->asked & RC_LOG_TENSORBOARD) RC_TRY(events_head(log));
    return replay(log, folder);
}

rc_status rc_training_log_open(const rc_config *c, const char *folder, rc_training_log **out)
{
    *out = NULL;
    if (!c->fit.log) return RC_OK;
    RC_TRY(RC_NEW(out, 1));
    (*out)->asked = c->fit.log;
    rc_status status = begin(*out, folder);
    if (status != RC_OK) rc_training_log_close(out);
    return status;
}

void rc_training_log_close(rc_training_log **log)
{
    rc_free(*log);
    *log = NULL;
}
