/* How many threads compute, unless the user has chosen: as many as cores are granted. OpenMP knows of the
 * processors alone, and takes all of a machine of which a batch system or a container has given a part. */
#include <omp.h>

#include "base/cores.h"
#include "cli/cli.h"
#include "parallel/parallel.h"

void cli_use_granted_cores(void)
{
    const char *by;
    if (!rc_cores_chosen())
        omp_set_num_threads((int)rc_cores_granted(rc_parallel_processors(omp_get_num_procs()), &by));
}
