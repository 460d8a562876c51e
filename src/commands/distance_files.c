#include "recraft/distance.h"

#include "api/distance_parts.h"
#include "commands/common.h"
#include "formats/array_file.h"
#include "transport/distances.h"

typedef struct files {
    rc_array x, label;
} files;

static void free_files(files *f)
{
    rc_array_free(&f->x);
    rc_array_free(&f->label);
}

static rc_status open_set(const char *path, const char *labels, const char *option, files *f, rc__set *out)
{
    *out = (rc__set){.name = path, .label_name = labels ? labels : option, .x = &f->x};
    RC_TRY(rc_npy_open(path, &f->x));
    if (!labels) return RC_OK;
    out->label = &f->label;
    return rc_npy_open(labels, &f->label);
}

rc_status rc_distance_files(const char *path_a, const char *path_b, const char *name,
                            const rc_distance_options *given, rc_distance_result *out)
{
    rc_distance_options o = RC_DISTANCE_OPTIONS_INIT;
    files of_a = {0}, of_b = {0};
    rc__set a, b;
    const rc_distance_kind *kind;
    RC_TRY(RC_ARGUMENTS(path_a, path_b, name, out));
    RC_TRY(rc__options_take("rc_distance_options", given, sizeof o, &o));
    RC_TRY(rc_distance_find(name, &kind));
    rc_status status = open_set(path_a, o.labels_a, "labels_a", &of_a, &a);
    if (status == RC_OK) status = open_set(path_b, o.labels_b, "labels_b", &of_b, &b);
    if (status == RC_OK) status = rc__distance(name, &a, &b, &o, NULL, NULL, out);
    free_files(&of_a);
    free_files(&of_b);
    return status;
}

rc_status rc_distances(char **json)
{
    rc_json *j = rc_json_object();
    rc_json *list = rc_json_set(j, "distances", rc_json_array());
    for (const rc_distance_kind *const *k = rc_distance_table; *k; k++) {
        rc_json *one = rc_json_append(list, rc_json_object());
        rc_json_set_string(one, "name", (*k)->name);
        rc_json_set_string(one, "about", (*k)->about);
        rc_json_set_boolean(one, "labels", (*k)->labels);
        rc_json_set_boolean(one, "widths", (*k)->widths);
        rc_json_set_boolean(one, "local", (*k)->local);
    }
    return rc__json_result(j, RC_OK, json);
}
