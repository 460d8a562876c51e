/* Cosmic rays (deepCR, ACS-WFC): npy_PART/FILTER/PROPOSAL/VISIT/K_NAME.npy, each [2 or 3, H, W]: image, mask
 * and, maybe, what is to be ignored; sky.npy beside them has the level of the sky of image K. The published
 * loader adds a random share of it anew at every reading; here it is drawn once for every image. */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "base/text.h"
#include "published/published_layout.h"

enum { FIRST = 64, SIDE = 128 };
static const char FILTER[] = "f435w";
static const double MIN_SKY = -0.9, MAX_SKY = 3;

/* Fields of galaxies, as deepCR names them: PROPOSAL_VISIT. */
static const char *const galaxies[] = {
    "10760_2",  "10760_4", "13737_2",  "13737_3",  "9490_a3",  "12513_2", "12513_3", "10182_pb", "10182_pd",
    "10584_13", "10342_3", "14343_1",  "13057_1",  "10260_7",  "10260_5", "10407_3", "13364_95", "10190_28",
    "10190_13", "9490_a2", "13691_11", "12058_12", "12058_16", "12058_1", "12058_6", "14704_1",  "13804_6"};

static bool is_galaxies(const char *proposal, const char *visit)
{
    char key[512];
    snprintf(key, sizeof key, "%.200s_%.200s", proposal, visit);
    for (size_t i = 0; i < sizeof galaxies / sizeof *galaxies; i++)
        if (strcmp(galaxies[i], key) == 0) return true;
    return false;
}

/* ---- which files ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in a folder, in order, so that the samples do not depend on the disk's. */
static rc_status list_folder(const char *path, rc_texts *out)
{
    char *name[4096];
    size_t n = 0;
    rc_status status = RC_OK;
    DIR *d = opendir(path);
    if (!d) return rc_fail_system(path, "read", errno);
    for (struct dirent *e; status == RC_OK && (e = readdir(d));) {
        if (e->d_name[0] == '.') continue;
        if (n == sizeof name / sizeof *name)
            status = rc_fail(RC_DATA, "%s: more than %zu entries", path, n);
        else
            status = rc_strdup(e->d_name, &name[n]);
        if (status == RC_OK) n++;
    }
    closedir(d);
    qsort(name, n, sizeof *name, by_text);
    for (size_t i = 0; i < n; i++) {
        if (status == RC_OK) status = rc_texts_add(out, name[i], strlen(name[i]));
        rc_free(name[i]);
    }
    return status;
}

static rc_status add_images(const char *visit, rc_texts *out)
{
    rc_texts names = {0};
    char path[RC__PATH];
    rc_status status = list_folder(visit, &names);
    for (int64_t i = 0; i < names.n && status == RC_OK; i++) {
        const char *name = rc_texts_get(&names, i);
        if (!rc_path_has_suffix(name, ".npy") || strcmp(name, "sky.npy") == 0) continue;
        status = rc_path_join(visit, name, sizeof path, path);
        if (status == RC_OK) status = rc_texts_add(out, path, strlen(path));
    }
    rc_texts_free(&names);
    return status;
}

static rc_status add_visits(const char *root, const char *proposal, rc_texts *out)
{
    rc_texts visits = {0};
    char path[RC__PATH], visit[RC__PATH];
    RC_TRY(rc_path_join(root, proposal, sizeof path, path));
    if (!rc_path_is_directory(path)) return RC_OK;
    rc_status status = list_folder(path, &visits);
    for (int64_t i = 0; i < visits.n && status == RC_OK; i++) {
        const char *name = rc_texts_get(&visits, i);
        if (!is_galaxies(proposal, name)) continue;
        status = rc_path_join(path, name, sizeof visit, visit);
        if (status == RC_OK && rc_path_is_directory(visit)) status = add_images(visit, out);
    }
    rc_texts_free(&visits);
    return status;
}

static rc_status find_images(const char *root, rc_texts *out)
{
    rc_texts proposals = {0};
    rc_status status = list_folder(root, &proposals);
    for (int64_t i = 0; i < proposals.n && status == RC_OK; i++)
        status = add_visits(root, rc_texts_get(&proposals, i), out);
    rc_texts_free(&proposals);
    return status;
}

/* ---- one image ---- */

/* The level of the sky of an image, 0 where it is not told. */
static rc_status sky_of(const char *path, double *out)
{
    char sky[RC__PATH];
    const char *name = rc_path_base(path);
    long k = strtol(name, NULL, 10);
    rc_container *c;
    float level;
    *out = 0;
    snprintf(sky, sizeof sky, "%.*ssky.npy", (int)(name - path), path);
    if (!rc_path_exists(sky)) return RC_OK;
    RC_TRY(rc_container_open(sky, &c));
    const rc_entry *e = rc_container_entry(c, 0);
    rc_status status = RC_OK;
    if (e->shape.n != 1 || k < 1 || k > e->shape.dim[0])
        status = rc_fail(RC_DATA, "%s: has no level for %s", sky, name);
    if (status == RC_OK) status = rc_container_box(c, 0, (int64_t[]){k - 1}, (int64_t[]){1}, &level);
    rc_container_close(&c);
    if (status == RC_OK) *out = (double)level;
    return status;
}

static rc_status read_layer(rc_container *c, int64_t layer, float *out)
{
    return rc_container_box(c, 0, (int64_t[]){layer, FIRST, FIRST}, (int64_t[]){1, SIDE, SIDE}, out);
}

/* What is to be ignored is not known (NaN), so that neither loss nor metric counts it. */
static rc_status read_image(const char *path, rc_rng *rng, float *x, float *y, float *ignore)
{
    rc_container *c;
    double sky;
    RC_TRY(sky_of(path, &sky));
    RC_TRY(rc_container_open(path, &c));
    const rc_shape *s = &rc_container_entry(c, 0)->shape;
    rc_status status = RC_OK;
    if (s->n != 3 || s->dim[0] < 2 || s->dim[1] < FIRST + SIDE || s->dim[2] < FIRST + SIDE)
        status =
            rc_fail(RC_SHAPE, "%s: not layers of %d x %d points or more", path, FIRST + SIDE, FIRST + SIDE);
    bool has_ignore = status == RC_OK && s->dim[0] > 2;
    if (status == RC_OK) status = read_layer(c, 0, x);
    if (status == RC_OK) status = read_layer(c, 1, y);
    if (has_ignore && status == RC_OK) status = read_layer(c, 2, ignore);
    rc_container_close(&c);
    RC_TRY(status);
    float level = (float)(sky * (MIN_SKY + (MAX_SKY - MIN_SKY) * rc_rng_uniform(rng)));
    for (int k = 0; k < SIDE * SIDE; k++) {
        x[k] += level;
        y[k] = has_ignore && ignore[k] > 0 ? NAN : y[k] > 0;
    }
    return RC_OK;
}

/* ---- a part ---- */

static rc_status write_images(rc__get *g, int part, const rc_texts *paths)
{
    rc__part_out o;
    float *x;
    int64_t n = rc__get_limit(g, part, paths->n);
    RC_TRY(RC_NEW(&x, 3 * SIDE * SIDE));
    rc_status status = rc__part_begin(g, part, n, RC_DTYPE_F32, RC_SHAPE(1, SIDE, SIDE), RC_DTYPE_F32,
                                      RC_SHAPE(SIDE, SIDE), &o);
    if (status == RC_OK) {
        for (int64_t i = 0; i < n && status == RC_OK; i++) {
            rc_rng rng = rc_rng_make(g->seed, part == RC__TRAIN ? "sky" : "sky-test", (uint64_t)i);
            status = read_image(rc_texts_get(paths, i), &rng, x, x + SIDE * SIDE, x + 2 * SIDE * SIDE);
            if (status == RC_OK) status = rc__part_put(&o, x, x + SIDE * SIDE);
        }
        status = rc__part_end(&o, status);
    }
    rc_free(x);
    return status;
}

static rc_status read_part(rc__get *g, int part, const char *folder)
{
    char name[64], root[RC__PATH];
    rc_texts paths = {0};
    RC_TRY(rc_path_join(folder, FILTER, sizeof name, name));
    RC_TRY(rc__get_path(g, name, root));
    rc_status status = find_images(root, &paths);
    if (status == RC_OK && paths.n == 0)
        status = rc_fail(RC_DATA, "%s: no images of the fields of galaxies in it", root);
    if (status == RC_OK) status = write_images(g, part, &paths);
    rc_texts_free(&paths);
    return status;
}

rc_status rc__read_cosmic(rc__get *g)
{
    snprintf(g->did, sizeof g->did,
             "Filter %s, fields of galaxies; points %d to %d each way; a random share of the sky, -0.9 to 3, "
             "added "
             "once; points to be ignored are NaN in y.",
             FILTER, FIRST, FIRST + SIDE - 1);
    RC_TRY(read_part(g, RC__TRAIN, "npy_train"));
    return read_part(g, RC__TEST, "npy_test");
}
