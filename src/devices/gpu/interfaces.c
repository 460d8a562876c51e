/* Every device is made once. */
#include "devices/gpu/interfaces.h"

#include <stdatomic.h>
#include <stdio.h>

#include "base/current_context.h"
#include "base/progress.h"
#include "devices/gpu/gpu.h"

enum { INTERFACES = 2, MAX_DEVICES = 16 };

static const rc__gpu_interface *const interfaces[INTERFACES] = {&rc__gpu_cuda, &rc__gpu_opencl};

static struct {
    int n; /* 0: not opened yet */
    rc__gpu *made[MAX_DEVICES][RC_PRECISION_COUNT];
} all[INTERFACES];

const rc__gpu_interface *rc__gpu_interface_at(int i)
{
    return i < INTERFACES ? interfaces[i] : NULL;
}

static int number_of(const rc__gpu_interface *of)
{
    int i = 0;
    while (interfaces[i] != of)
        i++;
    return i;
}

static rc_status begin(const rc__gpu_interface *of, int *n)
{
    int *kept = &all[number_of(of)].n;
    rc_status status = RC_OK;
#pragma omp critical(rc_gpu_begin)
    {
        *n = *kept;
        if (*kept == 0) status = of->begin(n);
        if (*n > MAX_DEVICES) *n = MAX_DEVICES;
        if (status == RC_OK) *kept = *n;
    }
    return status;
}

rc_status rc__gpu_look(const rc__gpu_interface *of, int index, bool *is_there, rc__gpu_found *out)
{
    int n;
    RC_TRY(begin(of, &n));
    *is_there = index < n;
    if (*is_there) of->look(index, out);
    return RC_OK;
}

static rc_status make(const rc__gpu_interface *of, int index, rc_precision precision, rc__gpu **out)
{
    static const char *const ending[RC_PRECISION_COUNT] = {"", "-tf32", "-bf16"};
    rc__gpu_found found;
    rc__gpu *g;
    of->look(index, &found);
    RC_CHECK(!found.refused[0], RC_CONFIG, "%s:%d (%s): %s", of->name, index, found.name, found.refused);
    RC_TRY(RC_NEW(&g, 1));
    g->capacity = found.memory;
    g->precision = precision;
    snprintf(g->name, sizeof g->name, "%s:%d%s", of->name, index, ending[precision]);
    snprintf(g->title, sizeof g->title, "%s", found.name);
    rc_status status = of->open(index, &found, g);
    if (status != RC_OK) {
        rc_free(g);
        return status;
    }
    rc__gpu_make(g);
    rc__gpu_launchers(&g->device.kernels);
    g->device.keeps_narrow = precision == RC_PRECISION_BF16;
    *out = g;
    return RC_OK;
}

/* Of the cards of this interface that can be used the preferred one; -1: there is none. */
static int preferred_card(const rc__gpu_interface *of)
{
    rc__gpu_found found;
    bool is_there = true;
    int card[MAX_DEVICES], n = 0;
    for (int i = 0; n < MAX_DEVICES && rc__gpu_look(of, i, &is_there, &found) == RC_OK && is_there; i++)
        if (found.is_card && !found.refused[0]) card[n++] = i;
    return n > 0 ? card[rc_context_current()->card % n] : -1;
}

static rc_status find_or_make(const rc__gpu_interface *of, int index, rc_precision precision, rc_device **out)
{
    rc__gpu **made = &all[number_of(of)].made[index][precision];
    rc_status status = RC_OK;
#pragma omp critical(rc_gpu_make)
    {
        if (!*made) status = make(of, index, precision, made);
        if (status == RC_OK) *out = &(*made)->device;
    }
    return status;
}

/* Is it this card's, in any precision? */
static bool is_made(const rc_device *device, int interface, int index)
{
    bool found = false;
#pragma omp critical(rc_gpu_make)
    for (int p = 0; p < RC_PRECISION_COUNT; p++) {
        const rc__gpu *g = all[interface].made[index][p];
        found |= g && &g->device == device;
    }
    return found;
}

rc_status rc__gpu_device(const rc__gpu_interface *of, int index, rc_device **out)
{
    int n;
    RC_TRY(begin(of, &n));
    if (index < 0) index = preferred_card(of);
    if (index < 0) index = 0;
    RC_CHECK(index < n, RC_CONFIG, "%s:%d: %s knows %d device%s, numbered from 0; see `\1rc_devices`",
             of->name, index, of->title, n, n == 1 ? "" : "s");
    return find_or_make(of, index, RC_PRECISION_F32, out);
}

rc_status rc__gpu_with_precision(rc_device *device, rc_precision precision, rc_device **out)
{
    *out = device;
    for (int i = 0; i < INTERFACES; i++)
        for (int index = 0; index < MAX_DEVICES && interfaces[i]->has_precisions; index++)
            if (is_made(device, i, index)) return find_or_make(interfaces[i], index, precision, out);
    return RC_OK;
}

/* Cards that there are and that cannot be used, once a process. Where there is no card, or no library of one,
 * there is nothing to say. */
static void say_what_idles(const rc__gpu_interface *of, bool is_open)
{
    static atomic_bool said[INTERFACES];
    rc__gpu_found found;
    int n = 0;
    if (atomic_exchange(&said[number_of(of)], true)) return;
    if (is_open) rc_progress_note("\1device auto does not take %s: %s", of->title, rc_error_text());
    rc_status status = begin(of, &n);
    if (status != RC_OK && (status != RC_CONFIG || n > 0))
        rc_progress_note("\1device auto does not take %s: %s", of->title, rc_error_text());
    for (int i = 0; i < n && status == RC_OK; i++) {
        of->look(i, &found);
        if (found.is_card && found.refused[0])
            rc_progress_note("\1device auto does not take %s:%d (%s): %s", of->name, i, found.name,
                             found.refused);
    }
}

rc_device *rc__gpu_card(void)
{
    rc_device *device;
    for (int i = 0; i < INTERFACES; i++) {
        int card = preferred_card(interfaces[i]);
        if (card >= 0 && rc__gpu_device(interfaces[i], card, &device) == RC_OK) return device;
        say_what_idles(interfaces[i], card >= 0);
    }
    return NULL;
}
