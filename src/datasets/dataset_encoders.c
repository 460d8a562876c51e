/* What an import wrote down beside the arrays: how raw input becomes such samples, and the names of the
 * classes. */
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
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

/* ---- are they the same? ---- */

/* What decides which numbers a column becomes. How it was written, and what was said of it, does not. */
static const char *const decides[] = {"name", "use", "texts", "fill", "start", "day", "week", "year"};
enum { DECIDES = sizeof decides / sizeof *decides };

static rc_status add_value(const rc_json *value, rc_string *out)
{
    char *text;
    RC_TRY(rc_json_text(value, false, &text));
    rc_status status = rc_string_printf(out, "%s\n", text);
    rc_free(text);
    return status;
}

/* A line for each, empty where the column does not say it. */
static rc_status describe_column(const rc_json *column, rc_string *out)
{
    for (int i = 0; i < DECIDES; i++) {
        const rc_json *value = rc_json_get(column, decides[i]);
        RC_TRY(value ? add_value(value, out) : rc_string_add(out, "\n", 1));
    }
    return RC_OK;
}

/* The next column from *k on that becomes numbers; NULL: there is none. */
static const rc_json *next_column(const rc_json *encoders, size_t *k)
{
    const rc_json *columns = rc_json_get(encoders, "columns");
    while (*k < rc_json_length(columns)) {
        const rc_json *column = rc_json_at(columns, (*k)++);
        if (rc_json_integer(column, "features", 0) > 0) return column;
    }
    return NULL;
}

static rc_status same_column(const rc_dataset *d, const rc_json *here, const rc_json *there)
{
    rc_string a = {0}, b = {0};
    rc_status status = describe_column(here, &a);
    if (status == RC_OK) status = describe_column(there, &b);
    if (status == RC_OK && (!here || !there || strcmp(a.data, b.data) != 0))
        status = rc_fail(RC_DATA,
                         "%s: its column \"%.60s\" was not encoded as in the run; import these data again "
                         "with the run's encoders (\1like)",
                         d->name, rc_json_string(here ? here : there, "name", ""));
    rc_string_free(&a);
    rc_string_free(&b);
    return status;
}

static rc_status same_columns(const rc_dataset *d, const rc_json *here, const rc_json *there)
{
    size_t i = 0, k = 0;
    for (;;) {
        const rc_json *a = next_column(here, &i), *b = next_column(there, &k);
        if (!a && !b) return RC_OK;
        RC_TRY(same_column(d, a, b));
    }
}

/* What decides which samples a transform makes, and how often, but not what their numbers mean: data may
 * differ in it. The seed of a step is no setting. */
static const char *const draws[] = {"noise",   "chunk",   "rotate-train", "rotate-test",
                                    "stride0", "stride1", "stride2",      "stride3"};
enum { DRAWS = sizeof draws / sizeof *draws };
static const char augments[] = "spec-augment"; /* the training part alone */

static bool decides_numbers(const char *setting)
{
    for (int i = 0; i < DRAWS; i++)
        if (strcmp(setting, draws[i]) == 0) return false;
    return true;
}

/* The next step from *k on that other data need, too; NULL: there is none. */
static const rc_json *next_step(const rc_json *encoders, size_t *k)
{
    const rc_json *steps = rc_json_get(encoders, "transforms");
    while (*k < rc_json_length(steps)) {
        const rc_json *step = rc_json_at(steps, (*k)++);
        if (strcmp(rc_json_string(step, "name", ""), augments) != 0) return step;
    }
    return NULL;
}

/* "windows length=1000 standardise=1" */
static rc_status describe_step(const rc_json *step, rc_string *out)
{
    void *at = NULL;
    const char *key;
    const rc_json *value;
    char number[RC_NUMBER_TEXT];
    if (!step) return rc_string_printf(out, "none");
    RC_TRY(rc_string_printf(out, "%s", rc_json_string(step, "name", "")));
    while (rc_json_each(rc_json_get(step, "set"), &at, &key, &value))
        if (decides_numbers(key))
            RC_TRY(rc_string_printf(out, " %s=%s", key, rc_text_number(rc_json_as_number(value), number)));
    return RC_OK;
}

static rc_status same_step(const rc_dataset *d, const rc_json *here, const rc_json *there)
{
    rc_string a = {0}, b = {0};
    rc_status status = describe_step(here, &a);
    if (status == RC_OK) status = describe_step(there, &b);
    if (status == RC_OK && strcmp(a.data, b.data) != 0)
        status = rc_fail(RC_DATA,
                         "%s: not transformed as the data of the run were: here %.200s, there %.200s; "
                         "transform these data in the same way",
                         d->name, a.data, b.data);
    rc_string_free(&a);
    rc_string_free(&b);
    return status;
}

static rc_status same_transforms(const rc_dataset *d, const rc_json *here, const rc_json *there)
{
    size_t i = 0, k = 0;
    for (;;) {
        const rc_json *a = next_step(here, &i), *b = next_step(there, &k);
        if (!a && !b) return RC_OK;
        RC_TRY(same_step(d, a, b));
    }
}

rc_status rc_dataset_check_encoders(const rc_dataset *d, const char *text)
{
    rc_json *here = NULL, *there = NULL;
    const char *own = d->store->encoders;
    if (!own || !text) return RC_OK;
    rc_status status = rc_json_parse(d->name, own, strlen(own), &here);
    if (status == RC_OK) status = rc_json_parse("the encoders of the run", text, strlen(text), &there);
    if (status == RC_OK) status = same_columns(d, here, there);
    if (status == RC_OK) status = same_transforms(d, here, there);
    rc_json_free(&here);
    rc_json_free(&there);
    return status;
}
