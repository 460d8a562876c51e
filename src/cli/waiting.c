/* How idle threads wait. libgomp lets a thread that has finished its share spin for milliseconds before it
 * sleeps. Once another process wants the same cores, the spinning keeps the thread that still has work from
 * running, and a training step takes up to seventeen times as long. The runtime reads its settings from the
 * environment before main() begins, so the program puts a short spin there and starts itself again, once (10
 * ms). */
#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"

enum { LONGEST_PATH = 4096 };

void cli_wait_briefly(char **argv)
{
    /* Who has chosen, keeps the choice; also what ends the second start here. */
    static const char *const chosen[] = {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"};
    for (size_t i = 0; i < sizeof chosen / sizeof *chosen; i++)
        if (getenv(chosen[i])) return;
    char self[LONGEST_PATH];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0 || n >= (ssize_t)sizeof self - 1) return;
    self[n] = '\0';
    if (setenv("GOMP_SPINCOUNT", "1000", 1) != 0) return;
    if (setenv("KMP_BLOCKTIME", "0", 1) != 0) return; /* the same for clang's runtime */
    execv(self, argv); /* returns only if it failed; then all works as before, waiting aside */
}
