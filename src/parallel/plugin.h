/* parallel/plugin.h: what a plug-in for an MPI is: a shared object with one symbol, the table below. MPIs
 * differ in the types and constants of mpi.h, so each has a plug-in, built of mpi/plugin_mpi.c against its
 * own header; the program and the library know none of them. */
#ifndef RC_PARALLEL_PLUGIN_H
#define RC_PARALLEL_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

enum { RC_PLUGIN_VERSION = 2 };
#define RC_PLUGIN_SYMBOL "recraft_plugin"

/* Room for an MPI's own, which is a number or an address. */
typedef union rc_plugin_request {
    void *address;
    int number;
} rc_plugin_request;

/* Calls begin a transfer, which `test` carries on and sees the end of. All are made by one thread; a
 * plug-in may have one of its own that carries transfers on between calls. All ranks
 * begin spreads in the same order, and so all other transfers; how the two orders mingle is open. They give
 * 0, or a code of the MPI that `text` explains. */
typedef struct rc_plugin {
    int version;
    const char *name;
    int (*start)(int *rank, int *size);
    int (*broadcast)(void *data, int bytes, rc_plugin_request *r);
    /* Blocks of n units, at these places of `all` (in units), to all. mine NULL: it is in its place already.
     */
    int (*gather)(const void *mine, void *all, const int *n, const int *at, int unit, rc_plugin_request *r);
    /* To each rank its numbers of `mine`, from each rank those for this one. A number has `bytes`: 4 or 2. */
    int (*exchange)(const void *mine, const int *n, const int *at, void *theirs, const int *their_n,
                    const int *their_at, int bytes, rc_plugin_request *r);
    /* Of numbers, in place: each rank's block to all. */
    int (*spread)(void *all, const int *n, const int *at, int bytes, rc_plugin_request *r);
    int (*test)(rc_plugin_request *r, int *done);
    void (*text)(int code, size_t size, char *out);
    int (*end)(void);
} rc_plugin;

#endif
