/* Inputs without targets that come from elsewhere: to be asked about, or as more samples of a data set. */
#include <stdio.h>
#include <string.h>

#include "base/choice.h"
#include "base/file.h"
#include "datasets/labelled_text.h"
#include "datasets/store.h"

/* ---- to be asked about ---- */

enum { NAME = 16 };

/* x_train and so on, or y_train: how many there are, and the last of them. */
static int find_parts(const char *path, const rc_container *c, char what, char name[NAME])
{
    int found = 0;
    for (int i = 0; i <= RC__PARTS; i++) {
        char one[NAME];
        snprintf(one, NAME, "%c_%s", what, rc__part_name[i]);
        if (!rc__array_exists(path, c, one)) continue;
        strcpy(name, one);
        found++;
    }
    return found;
}

/* Where there is neither x nor a part of a data set, further inputs may be there without x. */
static rc_status choose_name(const char *path, const rc_container *c, const char *part, char name[NAME])
{
    if (part) {
        snprintf(name, NAME, "x_%s", part);
        RC_CHECK(rc__array_exists(path, c, name), RC_DATA, "%s: there is no %s", path, name);
        return RC_OK;
    }
    strcpy(name, "x");
    if (rc__array_exists(path, c, name)) return RC_OK;
    RC_CHECK(find_parts(path, c, 'x', name) <= 1, RC_CONFIG,
             "%s: it holds several parts of a data set, x_test or another; say which is meant: \1part test",
             path);
    return RC_OK;
}

/* There is none of them. */
static rc_status refuse(const char *path, const rc_container *c, const rc_inputs_asked *how)
{
    rc_string list = {0};
    const char *npy = c ? "" : ".npy";
    rc_status status = c ? rc_string_printf(&list, "; it holds ") : RC_OK;
    if (c && status == RC_OK) status = rc_container_list(c, &list);
    const char *holds = list.data ? list.data : "";
    if (status == RC_OK && how->n_more > 0)
        status = rc_fail(RC_DATA,
                         "%s: no x, and no x.%s; it should hold the inputs of the run under these names%s",
                         path, how->name[0], holds);
    else if (status == RC_OK)
        status = rc_fail(RC_DATA, "%s: no x%s; inputs are called so, or as in a data set: x_test%s%s", path,
                         npy, npy, holds);
    rc_string_free(&list);
    return status;
}

static rc_status read_named(const char *path, rc_container *c, const rc_inputs_asked *how, rc_texts *notes,
                            rc_array *out, rc_texts *text)
{
    char x[NAME], full[RC_INPUT_NAME + NAME];
    bool any;
    RC_TRY(choose_name(path, c, how->part, x));
    RC_TRY(rc__inputs_take(path, c, x, how, notes, &out[0]));
    any = rc_array_is_there(&out[0]);
    for (int k = 1; k <= how->n_more; k++) {
        snprintf(full, sizeof full, "%s.%s", x, how->name[k - 1]);
        RC_TRY(rc__texts_read(path, c, full, &text[k]));
        if (text[k].n == 0) RC_TRY(rc__read_array(path, c, full, &out[k]));
        any = any || out[k].data || text[k].n > 0;
    }
    return any ? RC_OK : refuse(path, c, how);
}

rc_status rc_inputs_read(const char *path, const rc_inputs_asked *how, rc_texts *notes, rc_array *out,
                         rc_texts *text)
{
    rc_container *c = NULL;
    for (int k = 0; k <= how->n_more; k++) {
        out[k] = (rc_array){0};
        text[k] = (rc_texts){0};
    }
    if (rc_path_has_suffix(path, ".npy")) return rc__inputs_take_file(path, how, notes, out);
    if (!rc_path_is_directory(path)) RC_TRY(rc_container_open_encoded(path, how->encoding, &c));
    bool npy = c && strcmp(rc_container_format(c), ".npy") == 0; /* whatever its name is */
    rc_status status =
        npy ? rc__inputs_take_file(path, how, notes, out) : read_named(path, c, how, notes, out, text);
    rc_container_close(&c);
    return status;
}

rc_status rc_inputs_recognise(const char *path, const char *encoding, bool *are)
{
    rc_container *c = NULL;
    char name[NAME];
    bool file = !rc_path_is_directory(path);
    *are = rc_path_has_suffix(path, ".npy");
    if (*are || !rc_path_exists(path)) return RC_OK;
    if (file) RC_TRY(rc_container_recognise(path, are));
    if (file && !*are) return RC_OK;
    if (file) RC_TRY(rc_container_open_encoded(path, encoding, &c));
    *are = rc__array_exists(path, c, "x") || find_parts(path, c, 'x', name) > 0;
    rc_container_close(&c);
    return RC_OK;
}

rc_status rc_inputs_check_part(const char *path, const char *part, const char *encoding)
{
    bool arrays;
    int number;
    RC_TRY(rc_choice_take("\1part", "train|valid|test|unlabelled", part, &number));
    if (!part) return RC_OK;
    RC_TRY(rc_inputs_recognise(path, encoding, &arrays));
    RC_CHECK(arrays && !rc_path_has_suffix(path, ".npy"), RC_CONFIG,
             "\1part %s: %s is no folder or file of arrays by name, x_%s among them", part, path, part);
    return RC_OK;
}

/* ---- more samples of a data set ---- */

rc_status rc_dataset_add_unlabelled(rc_dataset *d, const char *path, rc_array *x, unsigned how)
{
    rc_array *to = &d->store->unlabelled;
    if (rc_array_is_there(to) || d->n_more > 0) {
        rc_array_free(x);
        return rc_fail(
            RC_CONFIG, "%s: the data set %s has %s", path, d->name,
            rc_array_is_there(to)
                ? "inputs without targets of its own (x_unlabelled)"
                : "several inputs; put those without targets into the data set itself (x_unlabelled)");
    }
    *to = *x;
    *x = (rc_array){0};
    RC_CHECK(to->shape.n >= 1 && to->shape.dim[0] > 0, RC_DATA, "%s: it holds no samples", path);
    d->unlabelled = (rc_part){.n = to->shape.dim[0], .x = to};
    return rc__dataset_check_unlabelled(d, path, how & RC_DATASET_MISSING);
}

static rc_status take_train(const char *path, unsigned how, int64_t mib, rc_array *x)
{
    rc_dataset *d;
    RC_TRY(rc_dataset_open_within(path, how | RC_DATASET_TRAIN, mib, &d));
    *x = d->store->x[RC__TRAIN];
    d->store->x[RC__TRAIN] = (rc_array){0};
    rc_dataset_close(&d);
    return RC_OK;
}

/* Is it inputs alone? Targets beside them, or several parts, make a data set. */
static rc_status is_alone(const char *path, bool *out)
{
    rc_container *c = NULL;
    char name[NAME];
    RC_TRY(rc_inputs_recognise(path, NULL, out));
    if (!*out || rc_path_has_suffix(path, ".npy")) return RC_OK;
    if (!rc_path_is_directory(path)) RC_TRY(rc_container_open(path, &c));
    *out = find_parts(path, c, 'y', name) == 0 &&
           (rc__array_exists(path, c, "x") || find_parts(path, c, 'x', name) == 1);
    rc_container_close(&c);
    return RC_OK;
}

rc_status rc_dataset_read_unlabelled(rc_dataset *d, const char *path, unsigned how, int64_t mib)
{
    const rc_inputs_asked inputs = {.mib = mib, .learnt = true};
    rc_array x = {0};
    rc_texts none;
    bool alone;
    RC_TRY(is_alone(path, &alone));
    rc_status status =
        alone ? rc_inputs_read(path, &inputs, &d->store->notes, &x, &none) : take_train(path, how, mib, &x);
    if (status == RC_OK) return rc_dataset_add_unlabelled(d, path, &x, how);
    rc_array_free(&x);
    return status;
}

rc_status rc_text_read_unlabelled(rc_dataset *d, const char *path, const rc_text_options *o,
                                  const rc_tokenizer *t)
{
    rc_array x = {0};
    RC_TRY(rc_text_inputs(path, o, t, &d->store->notes, &x));
    return rc_dataset_add_unlabelled(d, path, &x, 0);
}
