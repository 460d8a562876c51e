/* base/cores.h: how many cores this process may use: fewer than the machine has where a batch system or a
 * container grants fewer. */
#ifndef RC_BASE_CORES_H
#define RC_BASE_CORES_H

#include <stdbool.h>
#include <stdint.h>

/* Does OMP_NUM_THREADS say how many threads compute? Empty, it says nothing. */
bool rc_cores_chosen(void);

/* processors: those that the process may run on (its affinity). *by: what the number is due to, as one would
 * name it. */
int64_t rc_cores_granted(int64_t processors, const char **by);

/* The CPU quota of a process's control groups and those above them, in cores; INFINITY: none. list: its
 * /proc/self/cgroup; mounts: where the groups are mounted, /sys/fs/cgroup. */
double rc_cores_quota(const char *list, const char *mounts);

#endif
