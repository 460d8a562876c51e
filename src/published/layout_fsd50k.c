/* FSD50K: sounds cut into chunks of a second, lists of chunks (chunks/{tr,val,eval}.csv: files, labels by
 * commas, ext, the clip a chunk is of), the numbers of the labels (lbl_map.json) and recordings of noise. x:
 * log-mel spectrograms [1, 96, 102], the last column zero; y: 200 labels; group_PART.npy: the clip.
 *
 * Training has one chunk of each clip, drawn once and augmented, as the published loader does; validation and
 * test have all chunks, so that a clip is scored by the mean over its chunks. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/file.h"
#include "base/first_failure.h"
#include "base/memory.h"
#include "base/rng.h"
#include "formats/csv.h"
#include "formats/json.h"
#include "formats/levels.h"
#include "formats/sound.h"
#include "published/published_layout.h"
#include "transforms/mel.h"
#include "transforms/spectrogram.h"

enum { RATE = 22050, BANDS = 96, FRAMES = 101, COLUMNS = 102, MAX_LABELS = 4096, BLOCK = 64 };
static const double MASKED = 0.5, MASK_BANDS = 0.15, MASK_FRAMES = 0.2, NOISY = 0.82, MAX_NOISE = 0.5;

typedef struct chunks {
    rc__get *g;
    char folder[RC__PATH]; /* that holds chunks/ */
    rc_json *map;          /* of labels */
    int64_t labels;
    rc_texts noise; /* paths */
    rc_mel *mel;
    /* of one list */
    rc_texts file;
    rc_levels clip;
    int64_t n, capacity;
    int64_t *group;        /* [n] */
    unsigned char *target; /* [n, labels] */
} chunks;

/* ---- lists ---- */

static rc_status take_labels(chunks *c, const char *list, int64_t line, rc_csv_field f, unsigned char *to)
{
    char name[256];
    for (size_t at = 0; at < f.length;) {
        size_t n = 0;
        while (at + n < f.length && f.text[at + n] != ',')
            n++;
        snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), f.text + at);
        const rc_json *number = rc_json_get(c->map, name);
        RC_CHECK(rc_json_is_integer(number), RC_DATA, "%s:%lld: the label \"%.60s\" is not in lbl_map.json",
                 list, (long long)line, name);
        to[rc_json_as_integer(number)] = 1;
        at += n + 1;
    }
    return RC_OK;
}

static rc_status grow(chunks *c)
{
    if (c->n < c->capacity) return RC_OK;
    int64_t wanted = c->capacity ? 2 * c->capacity : 1024;
    size_t row = (size_t)c->labels;
    RC_TRY(rc_realloc((size_t)c->capacity * sizeof *c->group, (size_t)wanted * sizeof *c->group,
                      (void **)&c->group));
    RC_TRY(rc_realloc((size_t)c->capacity * row, (size_t)wanted * row, (void **)&c->target));
    c->capacity = wanted;
    return RC_OK;
}

static rc_status add_chunk(chunks *c, const char *list, rc_csv *csv, const int column[3])
{
    int32_t clip;
    rc_csv_field file = rc_csv_get(csv, column[0]), ext = rc_csv_get(csv, column[2]);
    RC_TRY(grow(c));
    RC_TRY(rc_texts_add(&c->file, file.text, file.length));
    RC_TRY(rc_levels_add(&c->clip, ext.text, ext.length, &clip));
    c->group[c->n] = clip;
    unsigned char *to = c->target + c->n * c->labels;
    memset(to, 0, (size_t)c->labels);
    c->n++;
    return take_labels(c, list, rc_csv_line(csv), rc_csv_get(csv, column[1]), to);
}

static void forget_list(chunks *c)
{
    rc_texts_free(&c->file);
    rc_levels_free(&c->clip);
    rc_free(c->group);
    rc_free(c->target);
    c->group = NULL;
    c->target = NULL;
    c->n = c->capacity = 0;
}

static rc_status read_list(chunks *c, const char *name)
{
    static const char *const names[3] = {"files", "labels", "ext"};
    char path[RC__PATH];
    rc_csv *csv;
    int column[3];
    bool more = true;
    forget_list(c);
    snprintf(path, sizeof path, "%.4000s/chunks/%s", c->folder, name);
    RC_TRY(rc_csv_open(path, (rc_csv_options){.delimiter = ',', .header = RC_CSV_HEADER_YES}, &csv));
    rc_status status = RC_OK;
    for (int k = 0; k < 3 && status == RC_OK; k++) {
        column[k] = rc_csv_find(csv, names[k]);
        if (column[k] < 0) status = rc_fail(RC_DATA, "%s: has no column \"%s\"", path, names[k]);
    }
    while (status == RC_OK) {
        status = rc_csv_next(csv, &more);
        if (status != RC_OK || !more) break;
        status = add_chunk(c, path, csv, column);
    }
    rc_csv_close(&csv);
    if (status == RC_OK && c->n == 0) status = rc_fail(RC_DATA, "%s: names no chunks", path);
    return status;
}

/* One chunk of each clip, drawn by the seed: the c->n first of `chosen` are chunks. */
static rc_status draw_chunks(chunks *c, int64_t *chosen, int64_t *count)
{
    int64_t clips = c->clip.text.n, *seen;
    rc_rng rng = rc_rng_make(c->g->seed, "chunk", 0);
    RC_TRY(RC_NEW(&seen, clips));
    for (int64_t i = 0; i < c->n; i++) /* the k-th chunk of a clip takes its place with probability 1 / k */
        if (rc_rng_below(&rng, (uint64_t)++seen[c->group[i]]) == 0) chosen[c->group[i]] = i;
    *count = clips;
    rc_free(seen);
    return RC_OK;
}

/* ---- one sound ---- */

/* The lists name files by paths of the machine they were made on: the end of the path counts. */
static rc_status find_sound(const chunks *c, const char *name, char out[RC__PATH])
{
    for (const char *rest = name; rest; rest = strchr(rest, '/') ? strchr(rest, '/') + 1 : NULL) {
        if (rc_path_leads_outside(rest)) continue;
        RC_TRY(rc_path_join(c->folder, rest, RC__PATH, out));
        if (rc_path_exists(out) && !rc_path_is_directory(out)) return RC_OK;
    }
    return rc_fail(RC_DATA, "%s: the sound %.200s is not in %s", c->g->task, name, c->folder);
}

/* A sound of a second at least: shorter ones are repeated. */
static rc_status read_sound(const char *path, rc_sound *s)
{
    RC_TRY(rc_sound_read(path, s));
    if (s->rate != RATE) {
        rc_status status = rc_fail(RC_DATA, "%s: %d samples a second, not %d", path, s->rate, RATE);
        rc_sound_free(s);
        return status;
    }
    if (s->length >= RATE) return RC_OK;
    float *longer;
    rc_status status = RC_NEW(&longer, RATE);
    for (int64_t i = 0; i < RATE && status == RC_OK; i++)
        longer[i] = s->data[i % s->length];
    rc_sound_free(s);
    if (status == RC_OK) *s = (rc_sound){.length = RATE, .channels = 1, .rate = RATE, .data = longer};
    return status;
}

/* Of `length` samples: in dB, minus the mean over all of it. */
static rc_status spectrogram(const chunks *c, int64_t length, const float *sound, float **out)
{
    int64_t frames = rc_mel_frames(c->mel, length), size = BANDS * frames;
    double mean = 0;
    RC_TRY(RC_NEW(out, size));
    rc_status status = rc_mel_run(c->mel, length, sound, frames, *out);
    for (int64_t i = 0; i < size && status == RC_OK; i++)
        mean += (*out)[i] / (double)size;
    for (int64_t i = 0; i < size && status == RC_OK; i++)
        (*out)[i] -= (float)mean;
    if (status != RC_OK) rc_free(*out);
    return status;
}

static rc_status of_file(const chunks *c, const char *path, rc_rng *rng, bool train, float *out)
{
    rc_sound s;
    float *v = NULL;
    RC_TRY(read_sound(path, &s));
    /* Of a long noise only as much as is needed, from a random place. */
    int64_t length = s.length, first = 0;
    if (rng && length > 2 * RATE) {
        length = RATE;
        first = (int64_t)rc_rng_below(rng, (uint64_t)(s.length - length) + 1);
    }
    rc_status status = spectrogram(c, length, s.data + first, &v);
    rc_sound_free(&s);
    RC_TRY(status);
    int64_t frames = rc_mel_frames(c->mel, length);
    if (train || rng)
        rc_spectrogram_fit(rng, BANDS, frames, v, FRAMES, COLUMNS, out);
    else
        for (int64_t b = 0; b < BANDS; b++)
            memcpy(out + b * COLUMNS, v + b * frames, FRAMES * sizeof *out);
    rc_free(v);
    return RC_OK;
}

static rc_status augment(const chunks *c, rc_rng *rng, float *x)
{
    float *noise;
    if (rc_rng_uniform(rng) < MASKED)
        rc_spectrogram_mask(rng, BANDS, FRAMES, COLUMNS, MASK_BANDS, MASK_FRAMES, x);
    if (rc_rng_uniform(rng) >= NOISY || c->noise.n == 0) return RC_OK;
    const char *path = rc_texts_get(&c->noise, (int64_t)rc_rng_below(rng, (uint64_t)c->noise.n));
    RC_TRY(RC_NEW(&noise, BANDS * COLUMNS));
    rc_status status = of_file(c, path, rng, true, noise);
    if (status == RC_OK && rc_rng_uniform(rng) < MASKED)
        rc_spectrogram_mask(rng, BANDS, FRAMES, COLUMNS, MASK_BANDS, MASK_FRAMES, noise);
    if (status == RC_OK) rc_spectrogram_mix(rng, BANDS, FRAMES, COLUMNS, MAX_NOISE, noise, x);
    rc_free(noise);
    return status;
}

static rc_status make_sample(const chunks *c, bool train, int64_t i, float *x)
{
    char path[RC__PATH];
    rc_rng rng = rc_rng_make(c->g->seed, "fsd50k", (uint64_t)i);
    memset(x, 0, BANDS * COLUMNS * sizeof *x);
    RC_TRY(find_sound(c, rc_texts_get(&c->file, i), path));
    RC_TRY(of_file(c, path, train ? &rng : NULL, train, x));
    return train ? augment(c, &rng, x) : RC_OK;
}

/* ---- a part ---- */

/* A block on all threads. */
static rc_status make_block(const chunks *c, bool train, const int64_t *which, int64_t n, float *x)
{
    rc_first_failure f = {0};
#pragma omp parallel for schedule(dynamic)
    for (int64_t k = 0; k < n; k++)
        rc_first_failure_note(&f, k, make_sample(c, train, which[k], x + k * BANDS * COLUMNS));
    return rc_first_failure_raise(&f);
}

static rc_status put_blocks(const chunks *c, int part, const int64_t *which, rc__part_out *o, float *x)
{
    for (int64_t at = 0; at < o->n; at += BLOCK) {
        int64_t n = o->n - at < BLOCK ? o->n - at : BLOCK;
        RC_TRY(make_block(c, part == RC__TRAIN, which + at, n, x));
        for (int64_t k = 0; k < n; k++)
            RC_TRY(rc__part_put(o, x + k * BANDS * COLUMNS, c->target + which[at + k] * c->labels));
    }
    return RC_OK;
}

static rc_status write_chunks(chunks *c, int part, int64_t n, const int64_t *which)
{
    rc__part_out o;
    float *x;
    int64_t *group = NULL;
    n = rc__get_limit(c->g, part, n);
    RC_TRY(RC_NEW(&x, BLOCK * BANDS * COLUMNS));
    rc_status status = RC_NEW(&group, n);
    if (status == RC_OK)
        status = rc__part_begin(c->g, part, n, RC_DTYPE_F32, RC_SHAPE(1, BANDS, COLUMNS), RC_DTYPE_U8,
                                RC_SHAPE(c->labels), &o);
    if (status == RC_OK) status = rc__part_end(&o, put_blocks(c, part, which, &o, x));
    for (int64_t i = 0; i < n && status == RC_OK; i++)
        group[i] = c->group[which[i]];
    if (status == RC_OK) status = rc__part_groups(c->g, part, n, group);
    rc_free(group);
    rc_free(x);
    return status;
}

static rc_status read_part(chunks *c, int part, const char *list)
{
    int64_t *which, count;
    RC_TRY(read_list(c, list));
    RC_TRY(RC_NEW(&which, c->n));
    rc_status status = RC_OK;
    count = c->n;
    for (int64_t i = 0; i < c->n; i++)
        which[i] = i;
    if (part == RC__TRAIN) status = draw_chunks(c, which, &count);
    if (status == RC_OK) status = write_chunks(c, part, count, which);
    rc_free(which);
    return status;
}

/* ---- all of it ---- */

static rc_status find_folder(chunks *c)
{
    static const char *const below[] = {"chunks", "fsd/chunks", "audio/chunks"};
    for (size_t i = 0; i < sizeof below / sizeof *below; i++)
        if (rc__get_path(c->g, below[i], c->folder) == RC_OK) {
            c->folder[strlen(c->folder) - strlen("/chunks")] = '\0';
            return RC_OK;
        }
    return rc_fail(RC_DATA, "%s: no folder chunks with tr.csv, val.csv, eval.csv", c->g->task);
}

static rc_status read_map(chunks *c)
{
    char path[RC__PATH];
    void *at = NULL;
    const char *key;
    const rc_json *v;
    snprintf(path, sizeof path, "%.4000s/chunks/lbl_map.json", c->folder);
    if (!rc_path_exists(path)) snprintf(path, sizeof path, "%.4000s/lbl_map.json", c->folder);
    RC_TRY(rc_json_read(path, &c->map));
    while (rc_json_each(c->map, &at, &key, &v)) {
        int64_t number = rc_json_is_integer(v) ? rc_json_as_integer(v) : -1;
        RC_CHECK(number >= 0 && number < MAX_LABELS, RC_DATA, "%s: \"%.60s\" has no number from 0 to %d",
                 path, key, MAX_LABELS - 1);
        c->labels = number >= c->labels ? number + 1 : c->labels;
    }
    RC_CHECK(c->labels > 1, RC_DATA, "%s: names no labels", path);
    return RC_OK;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* In the order of their names. */
static rc_status find_noise(chunks *c)
{
    char folder[RC__PATH], path[RC__PATH], *name[4096];
    size_t n = 0;
    snprintf(folder, sizeof folder, "%.4000s/noise_22050", c->folder);
    DIR *d = opendir(folder);
    if (!d) return RC_OK;
    rc_status status = RC_OK;
    for (struct dirent *e; status == RC_OK && n < sizeof name / sizeof *name && (e = readdir(d));)
        if (rc_path_has_suffix(e->d_name, ".wav") && (status = rc_strdup(e->d_name, &name[n])) == RC_OK) n++;
    closedir(d);
    qsort(name, n, sizeof *name, by_text);
    for (size_t i = 0; i < n; i++) {
        if (status == RC_OK) status = rc_path_join(folder, name[i], sizeof path, path);
        if (status == RC_OK) status = rc_texts_add(&c->noise, path, strlen(path));
        rc_free(name[i]);
    }
    return status;
}

static rc_status run(chunks *c)
{
    rc_mel_options o = rc_mel_defaults();
    RC_TRY(find_folder(c));
    RC_TRY(read_map(c));
    RC_TRY(find_noise(c));
    RC_TRY(rc_mel_create(&o, &c->mel));
    rc_ascii_print(
        c->g->did, sizeof c->g->did,
        "Log-mel spectrograms of chunks; training: one chunk of each clip, masked (%g) and mixed with "
        "noise (%g, "
        "%lld recordings), drawn once; validation and test: all chunks, group_PART.npy names the clip.",
        MASKED, NOISY, (long long)c->noise.n);
    RC_TRY(read_part(c, RC__TRAIN, "tr.csv"));
    RC_TRY(read_part(c, RC__VALID, "val.csv"));
    return read_part(c, RC__TEST, "eval.csv");
}

rc_status rc__read_fsd50k(rc__get *g)
{
    chunks *c;
    RC_TRY(RC_NEW(&c, 1));
    c->g = g;
    rc_status status = run(c);
    forget_list(c);
    rc_texts_free(&c->noise);
    rc_mel_destroy(&c->mel);
    rc_json_free(&c->map);
    rc_free(c);
    return status;
}
