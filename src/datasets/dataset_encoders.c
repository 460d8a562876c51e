/* What an import wrote down beside the arrays: how raw input becomes such samples, and the names of the
 * classes. */
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "datasets/store.h"
#include "formats/json.h"

enum { LARGEST = 64 << 20 };

/* Do they describe these arrays? Others may have been made since, by other means. */
static bool is_of(const rc_dataset *d, const rc_json *j)
{
    const rc_json *steps = rc_json_get(j, "transforms");
    size_t n = rc_json_length(steps);
    const rc_json *last = n ? rc_json_at(steps, n - 1) : rc_json_get(j, "x"),
                  *shape = rc_json_get(last, "shape");
    for (int i = 0; i < RC__PARTS; i++) {
        const rc_array *x = &d->store->x[i];
        if (!rc_array_is_there(x)) continue;
        if ((int)rc_json_length(shape) != x->shape.n - 1) return false;
        for (int k = 1; k < x->shape.n; k++)
            if (rc_json_as_integer(rc_json_at(shape, (size_t)k - 1)) != x->shape.dim[k]) return false;
    }
    return true;
}

/* One for each label that y may hold. */
static rc_status take_names(rc_dataset *d, const rc_json *target)
{
    const char *kind = rc_json_string(target, "kind", ""), **name;
    const rc_json *list = rc_json_get(target, "names");
    int64_t n = rc_json_is_array(list) ? (int64_t)rc_json_length(list) : 0;
    if (strcmp(kind, "classes") != 0 && strcmp(kind, "labels") != 0) return RC_OK;
    RC_TRY(RC_NEW(&name, n));
    bool all = n > 0;
    for (int64_t k = 0; k < n && all; k++)
        all = (name[k] = rc_json_as_string(rc_json_at(list, (size_t)k))) != NULL;
    rc_status status = all ? rc__dataset_take_names(d, name, n) : RC_OK;
    rc_free(name);
    return status;
}

rc_status rc__dataset_names(rc_dataset *d, const char *path)
{
    char file[4096], *text;
    rc_json *j;
    size_t size;
    if (!rc_path_is_directory(path)) return RC_OK;
    RC_TRY(rc_path_join(path, "encoders.json", sizeof file, file));
    if (!rc_path_exists(file)) return RC_OK;
    RC_TRY(rc_file_read(file, LARGEST, &text, &size));
    rc_status status = rc_json_parse(file, text, size, &j);
    bool ours = status == RC_OK && is_of(d, j);
    if (ours) status = take_names(d, rc_json_get(j, "target"));
    if (ours) d->store->encoders = text;
    if (!ours) rc_free(text);
    rc_json_free(&j);
    return status;
}
