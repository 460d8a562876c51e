/* Within parallel/: has an MPI launcher started this process, and the plug-in that speaks its MPI. */
#ifndef RC_PARALLEL_LAUNCHED_H
#define RC_PARALLEL_LAUNCHED_H

#include "base/failure.h"
#include "parallel/plugin.h"

/* *out NULL: no launcher, or one that has started a single process. $RECRAFT_MPI chooses: openmpi, mpich, a
 * file, or none. */
rc_status rc__launched(const rc_plugin **out) RC_MUST_CHECK;

#endif
