/* recraft/recraft.h: all of the library. docs/api.md is the way in; each header says what its part does.
 *
 *     context.h   what surrounds a piece of work: progress, stopping, threads, device, the last failure
 *     array.h     views of the caller's arrays
 *     options.h   settings by name
 *     distance.h  distances between two sets of samples, with gradient and plan
 *     data.h      data sets from arrays, batches or files
 *     source.h    sources: what target models begin from
 *     predictor.h models: fit, predict, embed, score, save, load, refine
 *     entropy.h   how much the classes of a target say about the labels of a source
 *
 * The others (run.h, align.h, compare.h, generate.h, get.h, import.h, models.h, report.h, transform.h) do
 * what the program does: they take paths (align.h and rc_export objects, too) and answer with JSON.
 *
 * Conventions. A function that can fail returns rc_status, RC_OK is 0, and what it makes comes through its
 * last parameter. What an rc_*_create, _open, _load, _fit or _build hands out is the caller's, and goes back
 * through the rc_*_destroy of its type, which takes NULL, too. Texts are UTF-8. Sizes are int64_t. A
 * parameter is not NULL unless its description says so, and neither is a field without which there is nothing
 * to do: the failure is RC_CONFIG, "field input of rc_predict_options is missing", and so it is where a value
 * of an enum is none of its names.
 *
 * Each function says with which codes it fails. What computes may also fail with RC_DEVICE: a card, or a
 * library that computes, has failed; and with RC_INTERNAL: a fault of the library itself. */
#ifndef RECRAFT_RECRAFT_H
#define RECRAFT_RECRAFT_H

#include "recraft/align.h"
#include "recraft/array.h"
#include "recraft/compare.h"
#include "recraft/context.h"
#include "recraft/data.h"
#include "recraft/distance.h"
#include "recraft/entropy.h"
#include "recraft/generate.h"
#include "recraft/get.h"
#include "recraft/import.h"
#include "recraft/models.h"
#include "recraft/options.h"
#include "recraft/predictor.h"
#include "recraft/report.h"
#include "recraft/run.h"
#include "recraft/source.h"
#include "recraft/status.h"
#include "recraft/transform.h"
#include "recraft/version.h"

#endif
