/* What an import wrote down beside the arrays: how it made the parts, and which numbers of a table's samples
 * came from one column. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "datasets/store.h"
#include "formats/json.h"

static void take_widths(rc_dataset *d, const rc_json *list)
{
    int32_t *width = d->store->column_width;
    int64_t sum = 0, n = 0;
    for (size_t i = 0; i < rc_json_length(list); i++) {
        int64_t features = rc_json_integer(rc_json_at(list, i), "features", 0);
        if (features < 0 || features > d->x_shape[1] - sum) return;
        if (features > 0) width[n++] = (int32_t)features;
        sum += features;
    }
    if (sum != d->x_shape[1]) return;
    d->columns = n;
    d->column_width = width;
}

static rc_status take_columns(rc_dataset *d, const rc_json *list)
{
    if (d->form != RC_FORM_TABLE || !rc_json_is_array(list)) return RC_OK;
    RC_TRY(RC_NEW(&d->store->column_width, (int64_t)rc_json_length(list) + 1));
    take_widths(d, list);
    return RC_OK;
}

rc_status rc_dataset_take_encoders(rc_dataset *d, const char *text)
{
    rc_json *j;
    RC_TRY(rc_json_parse(d->name, text, strlen(text), &j));
    bool transformed = rc_json_get(j, "transforms") != NULL; /* x are no columns any more */
    rc_status status = transformed ? RC_OK : take_columns(d, rc_json_get(j, "columns"));
    if (status == RC_OK) status = rc_strdup(text, &d->store->encoders);
    rc_json_free(&j);
    return status;
}

/* What does not describe these arrays (they were made anew, by other means) is passed over. */
static rc_status take(rc_dataset *d, const rc_json *report)
{
    bool same = rc_json_integer(report, "n_train", -1) == d->train.n &&
                rc_json_integer(report, "n_test", 0) == d->test.n;
    if (same) snprintf(d->split, sizeof d->split, "%s", rc_json_string(report, "split", ""));
    return take_columns(d, rc_json_get(report, "columns"));
}

rc_status rc__dataset_import(rc_dataset *d, const char *path)
{
    char file[4096];
    rc_json *report;
    if (!rc_path_is_directory(path)) return RC_OK;
    RC_TRY(rc_path_join(path, "import.json", sizeof file, file));
    if (!rc_path_exists(file)) return RC_OK;
    RC_TRY(rc_json_read(file, &report));
    rc_status status = take(d, report);
    rc_json_free(&report);
    return status;
}
