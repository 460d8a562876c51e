/* Small pictures to learn from: stripes that lie (class 0) or stand (class 1), with noise. */
#ifndef STRIPES_H
#define STRIPES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <recraft/recraft.h>

enum { SIDE = 16, PIXELS = SIDE * SIDE };

static inline void draw_stripes(unsigned seed, int64_t n, float *x, int64_t *label)
{
    for (int64_t i = 0; i < n; i++) {
        label[i] = i % 2;
        for (int64_t p = 0; p < PIXELS; p++) {
            seed = seed * 1664525u + 1013904223u;
            float noise = (float)(seed >> 16) / 65536.0f - 0.5f;
            int64_t along = label[i] ? p % SIDE : p / SIDE;
            x[i * PIXELS + p] = (float)(along / 4 % 2) + noise;
        }
    }
}

/* Ends the program when a call failed: one line says what, where, and what to do. */
static inline void check(rc_status status)
{
    if (status == RC_OK) return;
    fprintf(stderr, "error: %s\n", rc_error_text());
    exit(rc_status_exit_code(status));
}

/* Settings that make a fit end in a second; a real one would leave them alone. */
static inline rc_options *short_settings(const char *epochs)
{
    rc_options *o;
    check(rc_options_create(&o));
    check(rc_options_set(o, "fit.epochs", epochs));
    check(rc_options_set(o, "fit.train", "head"));
    check(rc_options_set(o, "model.image_size", "32"));
    return o;
}

#endif
