/* recraft/version.h: which recraft this is: the headers that a program was compiled with, and the library
 * that it runs with.
 *
 * Binary interface. Within one MAJOR from 1.0 on, no function is removed or changes its meaning, options
 * structs only grow at their end (their first field says how much of them a caller knows), and a program need
 * not be compiled anew. Before 1.0 that holds within one MINOR. The library's SONAME says so:
 * librecraft.so.MAJOR, before 1.0 librecraft.so.0.MINOR.
 *
 * Structs that do not begin with their size (rc_view, rc_sink, rc_settings, rc_data_input,
 * rc_data_text_input, rc_input_view, rc_rows_column) do not change at all within one MAJOR, before 1.0 within
 * one MINOR; each says why it need not. Programs zero them ({0}, or by field names). */
#ifndef RECRAFT_VERSION_H
#define RECRAFT_VERSION_H

#include "recraft/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of the headers. */
#define RC_VERSION_MAJOR 0
#define RC_VERSION_MINOR 1
#define RC_VERSION_PATCH 0
/* 10000 MAJOR + 100 MINOR + PATCH: for `#if RC_VERSION_NUMBER >= 100`. */
#define RC_VERSION_NUMBER (10000 * RC_VERSION_MAJOR + 100 * RC_VERSION_MINOR + RC_VERSION_PATCH)

/* The library that is running: its number as above, and "MAJOR.MINOR.PATCH". Any thread, any time. */
RC_API int rc_version_number(void);
RC_API const char *rc_version(void);

#ifdef __cplusplus
}
#endif
#endif
