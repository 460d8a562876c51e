#include "base/process.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* ---- who ---- */

/* From /proc/ID/stat: when it was started; -1: it is not there, or has ended and waits for its parent. */
static int64_t start_of(int64_t id)
{
    char path[64], text[1024], state;
    long long started;
    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)id);
    FILE *f = fopen(path, "r");
    if (!f) return -1;
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = '\0';
    /* The name is in brackets, and may hold any. */
    const char *behind = strrchr(text, ')');
    static const char fields[] =
        ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %lld";
    if (!behind || sscanf(behind, fields, &state, &started) != 2) return -1;
    return state == 'Z' || state == 'X' ? -1 : started;
}

static void describe_kernel(size_t size, char *out)
{
    char start[37] = "", space[48];
    FILE *f = fopen("/proc/sys/kernel/random/boot_id", "r");
    bool known = f && fscanf(f, "%36s", start) == 1;
    if (f) fclose(f);
    ssize_t n = readlink("/proc/self/ns/pid", space, sizeof space - 1);
    space[n > 0 ? n : 0] = '\0';
    if (known && n > 0)
        snprintf(out, size, "%s %s", start, space);
    else
        snprintf(out, size, "-");
}

void rc_process_self(rc_process *out)
{
    *out = (rc_process){.id = (int64_t)getpid()};
    if (gethostname(out->host, sizeof out->host - 1) != 0 || !out->host[0]) strcpy(out->host, "-");
    out->started = start_of(out->id);
    describe_kernel(sizeof out->kernel, out->kernel);
}

bool rc_process_is_near(const rc_process *p)
{
    rc_process self;
    rc_process_self(&self);
    return strcmp(p->kernel, "-") != 0 && strcmp(p->kernel, self.kernel) == 0 &&
           strcmp(p->host, self.host) == 0;
}

bool rc_process_ended(const rc_process *p)
{
    return rc_process_is_near(p) && start_of(p->id) != p->started;
}

void rc_processor_name(size_t size, char *out)
{
    char line[256], name[200];
    struct utsname kind;
    snprintf(out, size, "%s", uname(&kind) == 0 ? kind.machine : "-");
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "model name : %199[^\n]", name) == 1) {
            snprintf(out, size, "%s", name);
            break;
        }
    if (f) fclose(f);
}

int64_t rc_memory_available(void)
{
    char line[128];
    long long kilobytes = -1;
    FILE *f = fopen("/proc/meminfo", "r");
    if (!f) return -1;
    while (kilobytes < 0 && fgets(line, sizeof line, f))
        if (sscanf(line, "MemAvailable: %lld kB", &kilobytes) != 1) kilobytes = -1;
    fclose(f);
    return kilobytes < 0 ? -1 : kilobytes * 1024;
}
