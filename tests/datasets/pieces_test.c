/* Data that are read by pieces are the same as those in memory; the order is random in windows; what happens
 * to the files meanwhile is told. */
#include "check.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/file.h"
#include "base/memory.h"
#include "datasets/dataset.h"
#include "formats/pieces.h"

enum { N = 3000, F = 256, Y = 64, SHARDS = 4, SMALL = 1, LARGE = 64 };
static char folder[3][64] = {"/tmp/recraft-pieces-XXXXXX", "/tmp/recraft-shards-XXXXXX",
                             "/tmp/recraft-broken-XXXXXX"};
static const int64_t cut[SHARDS + 1] = {0, 1, 700, 700, N}; /* one shard is empty */
static float x[N][F], y[N][Y];

static const char *file(int which, const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder[which], name);
    return path;
}

static rc_status write_shard(int which, const char *name, int64_t k, const float *from, int64_t width)
{
    char text[64];
    snprintf(text, sizeof text, "%s-%05lld.npy", name, (long long)k);
    return rc_npy_write(file(which, text), RC_DTYPE_F32, RC_SHAPE(cut[k + 1] - cut[k], width),
                        from + cut[k] * width);
}

static rc_status write_shards(int which)
{
    for (int64_t k = 0; k < SHARDS; k++) {
        RC_TRY(write_shard(which, "x_train", k, *x, F));
        RC_TRY(write_shard(which, "y_train", k, *y, Y));
    }
    return RC_OK;
}

static rc_status write_sets(void)
{
    rc_rng rng = rc_rng_make(0, "pieces", 0);
    for (int64_t i = 0; i < N * F; i++)
        x[i / F][i % F] = (float)rc_rng_normal(&rng) + (float)(i / F);
    for (int64_t i = 0; i < N * Y; i++)
        y[i / Y][i % Y] = (float)rc_rng_normal(&rng);
    RC_TRY(rc_npy_write(file(0, "x_train.npy"), RC_DTYPE_F32, RC_SHAPE(N, F), x));
    RC_TRY(rc_npy_write(file(0, "y_train.npy"), RC_DTYPE_F32, RC_SHAPE(N, Y), y));
    RC_TRY(write_shards(1));
    return write_shards(2);
}

static bool same_rows(const rc_dataset *d, const int64_t *order)
{
    int64_t wrong = 0;
#pragma omp parallel for num_threads(4) schedule(static) reduction(+ : wrong)
    for (int64_t k = 0; k < d->train.n; k++) {
        float row[F], target[Y];
        int64_t i = order ? order[k] : k, at = d->train.index ? d->train.index[i] : i;
        rc_part_read(&d->train, d, RC_PART_X, i, row);
        rc_part_read(&d->train, d, RC_PART_Y, i, target);
        wrong += memcmp(row, x[at], sizeof row) != 0 || memcmp(target, y[at], sizeof target) != 0;
    }
    return wrong == 0;
}

TEST(pieces_hold_what_the_file_holds)
{
    static const struct {
        int which, mib;
    } set[] = {{0, LARGE}, {0, SMALL}, {1, LARGE}, {1, SMALL}};
    uint64_t print[4];
    rc_normaliser z[4];
    int64_t *order;
    OK(RC_NEW(&order, N));
    for (int k = 0; k < 4; k++) {
        rc_dataset *d;
        OK(rc_dataset_open_within(folder[set[k].which], RC_DATASET_TRAIN, set[k].mib, &d));
        CHECK(!d->train.x->pieces == (set[k].mib == LARGE) && !d->train.y->pieces == (set[k].mib == LARGE));
        CHECK(same_rows(d, NULL));
        OK(rc_part_order(&d->train, 7, 1, order));
        OK(rc_part_expect(&d->train, order, 0, N));
        CHECK(same_rows(d, order));
        OK(rc_dataset_fingerprint(d, &print[k]));
        OK(rc_normaliser_fit_x(d, RC_NORM_CHANNEL, NULL, &z[k]));
        OK(rc_dataset_status(d));
        rc_dataset_close(&d);
    }
    for (int k = 1; k < 4; k++) {
        CHECK(print[k] == print[0] && z[k].mean[0] == z[0].mean[0] && z[k].std[0] == z[0].std[0]);
        rc_normaliser_free(&z[k]);
    }
    rc_normaliser_free(&z[0]);
    rc_free(order);
}

/* Every sample once; those of a window from few blocks, which lie everywhere; by seed and epoch alone. */
static void check_order(const rc_part *p)
{
    int64_t size = rc_pieces_block(p->x->pieces), window = rc_pieces_window(p->x->pieces), *order, *again;
    bool seen[N] = {false};
    OK(RC_NEW(&order, p->n));
    OK(RC_NEW(&again, p->n));
    OK(rc_part_order(p, 3, 2, order));
    OK(rc_part_order(p, 3, 2, again));
    CHECK(memcmp(order, again, (size_t)p->n * sizeof *order) == 0);
    OK(rc_part_order(p, 3, 4, again));
    CHECK(memcmp(order, again, (size_t)p->n * sizeof *order) != 0);
    int64_t in_window = 0, blocks = (N + size - 1) / size, first[N] = {0}, jumps = 0;
    for (int64_t i = 0; i < p->n; i++) {
        int64_t row = p->index ? p->index[order[i]] : order[i], block = row / size;
        CHECK(!seen[row]);
        seen[row] = true;
        in_window += !first[block];
        if (!first[block]) first[block] = in_window;
        /* A block that came k-th may be met until k + window others have come. */
        CHECK(in_window - first[block] < window);
        jumps += i > 0 && order[i] != order[i - 1] + 1;
    }
    CHECK(in_window == blocks && blocks > 2 * window && jumps > p->n / 2);
    rc_free(order);
    rc_free(again);
}

TEST(the_order_is_random_in_windows)
{
    rc_dataset *d, *shared;
    OK(rc_dataset_open_within(folder[1], RC_DATASET_TRAIN, SMALL, &d));
    check_order(&d->train);
    OK(rc_dataset_share(d, &shared));
    OK(rc_dataset_hold_out(shared, 0.2, 0));
    check_order(&shared->train);
    CHECK(same_rows(shared, NULL) && shared->valid.x == shared->train.x);
    rc_dataset_close(&shared);
    CHECK(same_rows(d, NULL));
    rc_dataset_close(&d);
}

static rc_status open_broken(int64_t mib)
{
    rc_dataset *d = NULL;
    rc_status status = rc_dataset_open_within(folder[2], RC_DATASET_TRAIN, mib, &d);
    if (status == RC_OK) rc_dataset_close(&d);
    return status;
}

TEST(shards_that_do_not_fit_are_refused)
{
    OK(rc_npy_write(file(2, "x_train-00002.npy"), RC_DTYPE_F32, RC_SHAPE(2, F + 1), x));
    FAILS(RC_SHAPE, "x_train-00002.npy: float32 [2, 257], but the first shard is float32 [1, 256]",
          open_broken(SMALL));
    OK(rc_npy_write(file(2, "x_train-00002.npy"), RC_DTYPE_F64, RC_SHAPE(1, F), x));
    FAILS(RC_SHAPE, "but the first shard is float32 [1, 256]", open_broken(LARGE));
    OK(write_shards(2));
    CHECK(truncate(file(2, "x_train-00003.npy"), 5000) == 0);
    FAILS(RC_FORMAT, "x_train-00003.npy: the file is cut off", open_broken(SMALL));
    OK(write_shards(2));
    CHECK(unlink(file(2, "x_train-00001.npy")) == 0);
    FAILS(RC_DATA, "x_train-00001.npy is missing; shards are numbered from 0", open_broken(SMALL));
    OK(write_shard(2, "x_train", 1, *x, F));
    OK(rc_npy_write(file(2, "x_train-1.npy"), RC_DTYPE_F32, RC_SHAPE(1, F), x));
    FAILS(RC_DATA, "same number", open_broken(SMALL));
    CHECK(unlink(file(2, "x_train-1.npy")) == 0);
    OK(rc_npy_write(file(2, "x_train.npy"), RC_DTYPE_F32, RC_SHAPE(1, F), x));
    FAILS(RC_DATA, "which one is meant?", open_broken(SMALL));
    CHECK(unlink(file(2, "x_train.npy")) == 0);
    OK(open_broken(SMALL));
}

/* In memory or not, by the file and the row in it; with an empty shard before it. */
TEST(gaps_in_shards_are_found)
{
    float kept = x[703][5];
    OK(write_shards(2));
    for (int bad = 0; bad < 2; bad++) {
        x[703][5] = bad ? INFINITY : NAN;
        OK(write_shard(2, "x_train", 3, *x, F));
        for (int64_t mib = SMALL; mib <= LARGE; mib += LARGE - SMALL)
            FAILS(RC_DATA,
                  bad ? "x_train holds an infinity (first in x_train-00003.npy, row 3)"
                      : "x_train holds NaN (first in x_train-00003.npy, row 3)",
                  open_broken(mib));
    }
    x[703][5] = kept;
}

/* What happens while the data are in use is told, once and for all. */
TEST(files_that_change_are_noticed)
{
    for (int vanish = 0; vanish < 2; vanish++) {
        rc_dataset *d;
        float row[F];
        OK(write_shards(2));
        OK(rc_dataset_open_within(folder[2], RC_DATASET_TRAIN, SMALL, &d));
        OK(vanish ? (unlink(file(2, "x_train-00003.npy")) == 0 ? RC_OK : RC_IO)
                  : write_shard(2, "x_train", 3, *x, F));
        for (int64_t i = 0; i < N; i++)
            rc_part_read(&d->train, d, RC_PART_X, i, row);
        FAILS(RC_DATA,
              vanish ? "x_train-00003.npy: the file has vanished" : "x_train-00003.npy: the file has changed",
              rc_dataset_status(d));
        FAILS(RC_DATA, "x_train-00003.npy", rc_dataset_status(d));
        CHECK(row[0] == 0 && row[F - 1] == 0);
        rc_dataset_close(&d);
    }
}

TEST(a_block_must_fit)
{
    static const float one[1 << 19] = {0};
    OK(write_shards(2));
    for (int k = 0; k < 2; k++)
        OK(rc_npy_write(file(2, k ? "x_valid.npy" : "y_valid.npy"), RC_DTYPE_F32,
                        k ? RC_SHAPE(8, 1 << 16) : RC_SHAPE(8, Y), one));
    FAILS(RC_CONFIG, "x_valid can only be read 1 samples at a time", open_broken(SMALL));
}

/* [N, width] as numpy saves a transposed array. */
static rc_status write_fortran(const char *path, const float *from, int64_t width)
{
    static float turned[N * F];
    char head[128] = {0};
    for (int64_t i = 0; i < N * width; i++)
        turned[i % width * N + i / width] = from[i];
    RC_TRY(rc_npy_write(path, RC_DTYPE_F32, RC_SHAPE(N, width), turned));
    FILE *f = fopen(path, "r+b");
    char *order = f && fread(head, 1, sizeof head - 1, f) > 10 ? strstr(head + 10, "False") : NULL;
    bool good = order && fseek(f, order - head, SEEK_SET) == 0 && fputs("True ", f) >= 0;
    if (f) good = fclose(f) == 0 && good;
    return good ? RC_OK : RC_IO;
}

/* No row of such a file lies together: it is read as a whole, and right, or not at all. */
TEST(columns_first)
{
    rc_dataset *d;
    float row[F];
    OK(write_shards(2));
    OK(write_fortran(file(2, "x_valid-00000.npy"), *x, F));
    OK(write_fortran(file(2, "y_valid.npy"), *y, Y));
    OK(rc_dataset_open_within(folder[2], RC_DATASET_TRAIN, LARGE, &d));
    for (int64_t i = 0; i < N; i++) {
        rc_part_read(&d->valid, d, RC_PART_X, i, row);
        CHECK(memcmp(row, x[i], sizeof x[i]) == 0);
        rc_part_read(&d->valid, d, RC_PART_Y, i, row);
        CHECK(memcmp(row, y[i], sizeof y[i]) == 0);
    }
    rc_dataset_close(&d);
    FAILS(RC_CONFIG, "x_valid can only be read 3000 samples at a time", open_broken(SMALL));
    OK(rc_npy_write(file(2, "x_valid-00000.npy"), RC_DTYPE_F32, RC_SHAPE(N, F), x));
    FAILS(RC_CONFIG, "y_valid can only be read 3000 samples at a time, 4 MiB; raise data.memory to 5 (MiB)",
          open_broken(SMALL));
    CHECK(unlink(file(2, "x_valid-00000.npy")) == 0);
    FAILS(RC_DATA, "y_valid is there and x_valid is missing", open_broken(SMALL));
    CHECK(unlink(file(2, "y_valid.npy")) == 0);
}

/* Those that are read by pieces are there, too, although not in memory. */
TEST(inputs_without_targets_come_once)
{
    rc_dataset *d;
    OK(write_shards(2));
    OK(rc_npy_write(file(2, "x_unlabelled.npy"), RC_DTYPE_F32, RC_SHAPE(N, F), x));
    OK(rc_dataset_open_within(folder[2], RC_DATASET_TRAIN, SMALL, &d));
    CHECK(d->unlabelled.n == N && d->unlabelled.x->pieces);
    FAILS(RC_CONFIG, "has inputs without targets of its own",
          rc_dataset_read_unlabelled(d, folder[0], RC_DATASET_TRAIN, SMALL));
    rc_dataset_close(&d);
    CHECK(unlink(file(2, "x_unlabelled.npy")) == 0);
    for (int mib = SMALL; mib <= LARGE; mib += LARGE - SMALL) {
        OK(rc_dataset_open_within(folder[2], RC_DATASET_TRAIN, SMALL, &d));
        OK(rc_dataset_read_unlabelled(d, folder[0], RC_DATASET_TRAIN, mib));
        CHECK(d->unlabelled.n == N && !d->unlabelled.x->pieces == (mib == LARGE));
        rc_dataset_close(&d);
        OK(rc_dataset_open_within(folder[2], RC_DATASET_TRAIN, LARGE, &d));
        OK(rc_dataset_read_unlabelled(d, file(0, "x_train.npy"), RC_DATASET_TRAIN, mib));
        CHECK(d->unlabelled.n == N && !d->unlabelled.x->pieces == (mib == LARGE));
        rc_dataset_close(&d);
    }
}

static void check_inputs(const char *path, const char *part, int mib, bool pieces)
{
    rc_array a;
    rc_texts notes = {0}, none;
    int64_t wrong = 0;
    OK(rc_inputs_read(path, &(rc_inputs_asked){.part = part, .mib = mib}, &notes, &a, &none));
    CHECK(!a.pieces != pieces && notes.n == pieces && a.shape.dim[0] == N);
    for (int64_t i = 0; i < N; i++) {
        const void *row = rc_array_pin(&a, i);
        wrong += !row || memcmp(row, x[i], sizeof x[i]) != 0;
        if (row) rc_array_unpin(&a, i);
    }
    CHECK(wrong == 0);
    rc_array_free(&a);
    rc_texts_free(&notes);
}

static rc_status ask(const char *path, const char *part)
{
    rc_array a;
    rc_texts notes = {0}, none;
    rc_status status =
        rc_inputs_read(path, &(rc_inputs_asked){.part = part, .mib = LARGE}, &notes, &a, &none);
    rc_array_free(&a);
    return status;
}

static bool are_inputs(const char *path)
{
    bool are;
    return rc_inputs_recognise(path, NULL, &are) == RC_OK && are;
}

/* Whoever asks about samples takes them from one file, from a folder and from shards. */
TEST(inputs_alone_are_those_of_the_files)
{
    for (int mib = SMALL; mib <= LARGE; mib += LARGE - SMALL) {
        check_inputs(file(0, "x_train.npy"), NULL, mib, mib == SMALL);
        for (int which = 0; which < 2; which++)
            check_inputs(folder[which], which ? "train" : NULL, mib, mib == SMALL);
    }
    OK(write_shards(2));
    CHECK(are_inputs(folder[2]) && are_inputs("none.npy") && !are_inputs("/tmp") && !are_inputs("none"));
    OK(rc_npy_write(file(2, "x_test.npy"), RC_DTYPE_F32, RC_SHAPE(1, F), x));
    FAILS(RC_CONFIG, "several parts of a data set", ask(folder[2], NULL));
    FAILS(RC_DATA, "there is no x_valid", ask(folder[2], "valid"));
    OK(ask(folder[2], "test"));
    OK(rc_npy_write(file(2, "x-00000.npy"), RC_DTYPE_F32, RC_SHAPE(N, F), x));
    check_inputs(folder[2], NULL, SMALL, true);
    CHECK(unlink(file(2, "x-00000.npy")) == 0 && unlink(file(2, "x_test.npy")) == 0);
    FAILS(RC_CONFIG, "takes train, valid, test or unlabelled", rc_inputs_check_part(folder[2], "tets", NULL));
    FAILS(RC_CONFIG, "is no folder or file of arrays by name",
          rc_inputs_check_part(file(0, "x_train.npy"), "train", NULL));
    OK(rc_inputs_check_part(folder[2], "train", NULL));
}

/* The same arrays in HDF5 and in .npy are the same data set, and HDF5 gives the same rows by pieces, although
 * several threads read it. */
TEST(hdf5_holds_the_same)
{
    static const char *const name[] = {"x_train", "y_train", "x_test", "y_test"};
    static const char path[] = RC_TEST_DATA "/readers/dataset.h5";
    rc_array whole[4], piece[4];
    rc_container *c;
    rc_dataset *d, *of_npy;
    char text[64];
    int64_t wrong = 0;
    CHECK(rc_remove_tree(folder[2]) == RC_OK && mkdir(folder[2], 0700) == 0);
    OK(rc_container_open(path, &c));
    for (int k = 0; k < 4; k++) {
        rc_pieces_source source;
        OK(rc_container_read(c, rc_container_find(c, name[k]), &whole[k]));
        snprintf(text, sizeof text, "%s.npy", name[k]);
        OK(rc_npy_write(file(2, text), whole[k].dtype, whole[k].shape, whole[k].data));
        OK(rc_container_source(path, name[k], &source));
        OK(rc_pieces_open(&source, 2, 4, &piece[k]));
        OK(rc_pieces_expect(piece[k].pieces, NULL, 0, whole[k].shape.dim[0], NULL));
    }
    rc_container_close(&c);
    OK(rc_dataset_open(path, RC_DATASET_TRAIN, &d));
    OK(rc_dataset_open(folder[2], RC_DATASET_TRAIN, &of_npy));
    uint64_t print, print_of_npy;
    OK(rc_dataset_fingerprint(d, &print));
    OK(rc_dataset_fingerprint(of_npy, &print_of_npy));
    CHECK(print == print_of_npy);
#pragma omp parallel for num_threads(4) schedule(static, 1) reduction(+ : wrong)
    for (int k = 0; k < 4; k++) {
        int64_t rows = whole[k].shape.dim[0];
        size_t size = (size_t)(rc_array_size(&whole[k]) / rows) * rc_dtype_size(whole[k].dtype);
        for (int64_t i = 0; i < rows; i++) {
            const void *row = rc_array_pin(&piece[k], i);
            wrong += !row || memcmp(row, (const char *)whole[k].data + (size_t)i * size, size) != 0;
            if (row) rc_array_unpin(&piece[k], i);
        }
    }
    CHECK(wrong == 0);
    rc_dataset_close(&of_npy);
    rc_dataset_close(&d);
    for (int k = 0; k < 4; k++) {
        rc_array_free(&piece[k]);
        rc_array_free(&whole[k]);
    }
}

int main(void)
{
    for (int k = 0; k < 3; k++)
        if (!mkdtemp(folder[k])) return EXIT_FAILURE;
    if (write_sets() != RC_OK) return EXIT_FAILURE;
    RUN(pieces_hold_what_the_file_holds);
    RUN(the_order_is_random_in_windows);
    RUN(shards_that_do_not_fit_are_refused);
    RUN(gaps_in_shards_are_found);
    RUN(files_that_change_are_noticed);
    RUN(columns_first);
    RUN(inputs_without_targets_come_once);
    RUN(inputs_alone_are_those_of_the_files);
    RUN(a_block_must_fit);
    RUN(hdf5_holds_the_same);
    for (int k = 0; k < 3; k++)
        if (rc_remove_tree(folder[k]) != RC_OK) return EXIT_FAILURE;
    return RESULT();
}
