/* formats/mat_check.h: is a version 5 .mat file sound, before matio reads it? Within formats/ only. */
#ifndef RC_FORMATS_MAT_CHECK_H
#define RC_FORMATS_MAT_CHECK_H

#include "base/file.h"

/* Walks every element: lengths within their parents, as many values and cells as the dimensions say,
 * compressed ones unpacked to their end. matio believes these numbers: a cell array of a billion cells in a
 * file of a few bytes takes gigabytes and minutes there, and a cut-off element is the end of the file to it.
 */
rc_status rc__mat_check(const char *path, const rc_file_map *map) RC_MUST_CHECK;

#endif
