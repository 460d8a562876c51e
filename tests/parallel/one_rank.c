/* A plug-in in the place of an MPI's (src/parallel/plugin.h): one rank, to whom everything has come already.
 */
#include <stdio.h>
#include <string.h>

#include "parallel/plugin.h"

static int start(int *rank, int *size)
{
    *rank = 0;
    *size = 1;
    return 0;
}

static int broadcast(void *data, int bytes, rc_plugin_request *r)
{
    (void)data, (void)bytes, (void)r;
    return 0;
}

static int gather(const void *mine, void *all, const int *n, const int *at, int unit, rc_plugin_request *r)
{
    (void)r;
    if (mine) memcpy((char *)all + (size_t)at[0] * (size_t)unit, mine, (size_t)n[0] * (size_t)unit);
    return 0;
}

static int test(rc_plugin_request *r, int *done)
{
    (void)r;
    *done = 1;
    return 0;
}

static void text(int code, size_t size, char *out)
{
    snprintf(out, size, "%d", code);
}

static int end(void)
{
    return 0;
}

extern const rc_plugin recraft_plugin;
__attribute__((visibility("default"))) const rc_plugin recraft_plugin = {.version = RC_PLUGIN_VERSION,
                                                                         .name = "one rank",
                                                                         .start = start,
                                                                         .broadcast = broadcast,
                                                                         .gather = gather,
                                                                         .test = test,
                                                                         .text = text,
                                                                         .end = end};
