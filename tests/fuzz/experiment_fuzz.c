/* An experiment file. It is read from a path, so each input goes through a file in memory. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "experiments/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int file = memfd_create("experiment", 0);
    rc_plan *p;
    rc_config c;
    if (file < 0 || write(file, data, size) != (ssize_t)size) abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    rc_plan_options o = {.experiment = path, .root = "/", .out = "out"};
    if (rc_plan_create(&o, &p) == RC_OK) {
        if (rc_plan_config(p, 0, 0, p->n_candidates ? 0 : -1, 0, &c) != RC_OK) abort();
        rc_plan_destroy(&p);
    }
    close(file);
    return 0;
}
