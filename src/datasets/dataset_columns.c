/* Which numbers of a table's samples came from one column: as the import wrote down beside them. */
#include "base/file.h"
#include "base/memory.h"
#include "datasets/store.h"
#include "formats/json.h"

static rc_status take(rc_dataset *d, const rc_json *list)
{
    int32_t *width = d->store->column_width;
    int64_t sum = 0, n = 0;
    for (size_t i = 0; i < rc_json_length(list); i++) {
        int64_t features = rc_json_integer(rc_json_at(list, i), "features", 0);
        if (features < 0 || features > d->x_shape[1] - sum) return RC_OK;
        if (features > 0) width[n++] = (int32_t)features;
        sum += features;
    }
    if (sum != d->x_shape[1]) return RC_OK;
    d->columns = n;
    d->column_width = width;
    return RC_OK;
}

/* What does not describe these arrays (they were made anew, by other means) is passed over. */
rc_status rc__dataset_columns(rc_dataset *d, const char *path)
{
    char file[4096];
    rc_json *report;
    if (d->form != RC_FORM_TABLE || !rc_path_is_directory(path)) return RC_OK;
    RC_TRY(rc_path_join(path, "import.json", sizeof file, file));
    if (!rc_path_exists(file)) return RC_OK;
    RC_TRY(rc_json_read(file, &report));
    const rc_json *list = rc_json_get(report, "columns");
    rc_status status = RC_OK;
    if (rc_json_is_array(list)) {
        status = RC_NEW(&d->store->column_width, (int64_t)rc_json_length(list) + 1);
        if (status == RC_OK) status = take(d, list);
    }
    rc_json_free(&report);
    return status;
}
