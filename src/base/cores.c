#include "base/cores.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

enum { LONGEST_PATH = 4096 };

/* ---- control groups ---- */

/* "max 100000" where there is no limit. */
static bool read_numbers(const char *folder, const char *name, int n, double *out)
{
    char path[LONGEST_PATH];
    long long number;
    int got = 0;
    if (rc_path_join(folder, name, sizeof path, path) != RC_OK) return false;
    FILE *f = fopen(path, "r");
    while (f && got < n && fscanf(f, "%lld", &number) == 1)
        out[got++] = (double)number;
    if (f) fclose(f);
    return got == n;
}

static double limit_of(const char *folder, bool unified)
{
    double v[2];
    bool known = unified ? read_numbers(folder, "cpu.max", 2, v)
                         : read_numbers(folder, "cpu.cfs_quota_us", 1, v) &&
                               read_numbers(folder, "cpu.cfs_period_us", 1, v + 1);
    return known && v[0] > 0 && v[1] > 0 ? v[0] / v[1] : INFINITY;
}

/* Of a group and all above it. In a container the path may be the host's, and only the last of them be there.
 */
static double min_limit(const char *mount, const char *group, bool unified)
{
    char folder[LONGEST_PATH];
    size_t root = strlen(mount);
    double min = INFINITY;
    if (snprintf(folder, sizeof folder, "%s%s", mount, group) >= LONGEST_PATH) return INFINITY;
    for (;;) {
        min = fmin(min, limit_of(folder, unified));
        char *slash = strrchr(folder + root, '/');
        if (!slash) return min;
        *slash = '\0';
    }
}

static bool names_cpu(const char *controllers)
{
    size_t n = strlen(controllers);
    for (const char *at = controllers; at < controllers + n; at += strcspn(at, ",") + 1)
        if (strncmp(at, "cpu", strcspn(at, ",")) == 0 && strcspn(at, ",") == 3) return true;
    return false;
}

/* A line is "0::/GROUP" of version 2, else "N:CONTROLLER,...:/GROUP". */
double rc_cores_quota(const char *list, const char *mounts)
{
    char line[LONGEST_PATH], mount[LONGEST_PATH];
    double min = INFINITY;
    FILE *f = fopen(list, "r");
    while (f && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group) continue;
        *group++ = '\0';
        bool unified = controllers[1] == '\0';
        if (!unified && !names_cpu(controllers + 1)) continue;
        snprintf(mount, sizeof mount, "%.4000s%s", mounts, unified ? "" : "/cpu");
        min = fmin(min, min_limit(mount, group, unified));
    }
    if (f) fclose(f);
    return min;
}

/* ---- all that is granted ---- */

bool rc_cores_chosen(void)
{
    const char *threads = getenv("OMP_NUM_THREADS");
    return threads && *threads;
}

int64_t rc_cores_granted(int64_t processors, const char **by)
{
    const char *slurm = getenv("SLURM_CPUS_PER_TASK");
    double quota = round(rc_cores_quota("/proc/self/cgroup", "/sys/fs/cgroup"));
    int64_t cores = processors, wanted;
    *by = "processors";
    if (quota < (double)cores) {
        cores = quota > 1 ? (int64_t)quota : 1;
        *by = "the CPU quota of the control group";
    }
    if (slurm && rc_text_to_i64(slurm, &wanted) && wanted > 0 && wanted < cores) {
        cores = wanted;
        *by = "SLURM_CPUS_PER_TASK";
    }
    return cores;
}
