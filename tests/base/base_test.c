/* Memory, random numbers, texts and files. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/checksum.h"
#include "base/cores.h"
#include "base/current_context.h"
#include "base/disk.h"
#include "base/file.h"
#include "base/first_failure.h"
#include "base/folder.h"
#include "base/lock.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/temporary.h"
#include "base/text.h"
#include "base/utf8.h"

static rc_status get(void *context, size_t bytes, void **out)
{
    (void)context;
    return rc_alloc_raw(bytes, 1, out);
}

static void put(void *context, void *p, size_t bytes)
{
    (void)context, (void)bytes;
    rc_free(p);
}

TEST(pool_settles_and_coalesces)
{
    rc_pool *pool;
    OK(rc_pool_create((rc_pool_source){.get = get, .put = put}, &pool));
    uint64_t before = 0;
    for (int step = 0; step < 4; step++) {
        void *p[60];
        if (step == 2) before = rc_alloc_count();
        for (int i = 0; i < 60; i++) {
            OK(rc_pool_take(pool, 50000u * (unsigned)(i % 7 + 1), &p[i]));
            memset(p[i], i, 50000u * (unsigned)(i % 7 + 1));
        }
        for (int i = 0; i < 60; i++)
            CHECK(*(unsigned char *)p[i] == i);
        for (int i = 0; i < 60; i += 2)
            rc_pool_give(pool, p[i]);
        for (int i = 1; i < 60; i += 2)
            rc_pool_give(pool, p[i]);
        void *all;
        OK(rc_pool_take(pool, 60u * 150000u,
                        &all)); /* possible only if the pieces were joined, once the pool is one block */
        rc_pool_reset(pool);
    }
    CHECK(rc_alloc_count() == before);
    rc_pool_destroy(&pool);
}

static size_t held, most_held;

static rc_status get_counted(void *context, size_t bytes, void **out)
{
    held += bytes;
    if (held > most_held) most_held = held;
    return get(context, bytes, out);
}

static void put_counted(void *context, void *p, size_t bytes)
{
    held -= bytes;
    put(context, p, bytes);
}

/* Forward, what is kept of each layer and what is not; and backward. */
static void walk(rc_pool *pool, unsigned unit)
{
    enum { LAYERS = 50 };
    void *kept[LAYERS], *passing, *slope, *next;
    for (unsigned i = 0; i < LAYERS; i++) {
        OK(rc_pool_take(pool, unit * (i % 3 + 1), &kept[i]));
        OK(rc_pool_take(pool, unit * (i % 5 + 1), &passing));
        rc_pool_give(pool, passing);
    }
    OK(rc_pool_take(pool, unit, &slope));
    for (unsigned i = LAYERS; i-- > 0;) {
        OK(rc_pool_take(pool, unit * (i % 4 + 1), &next));
        rc_pool_give(pool, kept[i]);
        rc_pool_give(pool, slope);
        slope = next;
    }
    rc_pool_reset(pool);
}

/* On a card nobody else has what a pool holds. */
TEST(pool_of_dear_memory_holds_little_more_than_it_needs)
{
    enum { FEW = 300000, MORE = 400000 };
    rc_pool *pool;
    OK(rc_pool_create((rc_pool_source){get_counted, put_counted, NULL, .dear = true}, &pool));
    for (unsigned unit = FEW; unit <= MORE; unit += MORE - FEW) {
        walk(pool, unit);
        CHECK(most_held <= 1.3 * (double)rc_pool_peak(pool));
        CHECK(held >= rc_pool_peak(pool));
        for (int step = 0; step < 3; step++)
            walk(pool, unit);
        uint64_t before = rc_alloc_count();
        walk(pool, unit);
        CHECK(rc_alloc_count() == before && held <= 1.1 * (double)rc_pool_peak(pool));
    }
    rc_pool_destroy(&pool);
    CHECK(held == 0);
}

TEST(allocation_fails_on_purpose_and_on_overflow)
{
    void *p;
    rc_alloc_fail_at(2);
    OK(rc_alloc(1, 8, &p));
    rc_free(p);
    FAILS(RC_MEMORY, "out of memory", rc_alloc(1, 8, &p));
    OK(rc_alloc(1, 8, &p));
    rc_free(p);
    FAILS(RC_MEMORY, "out of memory", rc_alloc(SIZE_MAX / 2, 4, &p));
}

TEST(arena_settles)
{
    rc_arena *a;
    void *p;
    uint64_t before = 0;
    OK(rc_arena_create(&a));
    for (int step = 0; step < 3; step++) {
        if (step == 2) before = rc_alloc_count();
        for (int i = 0; i < 3000; i++) {
            OK(rc_arena_alloc(a, 100, &p));
            CHECK(*(char *)p == 0);
            memset(p, 1, 100);
        }
        rc_arena_reset(a);
    }
    CHECK(rc_alloc_count() == before);
    rc_arena_destroy(&a);
}

TEST(random_numbers)
{
    rc_rng a = rc_rng_make(1, "x", 0), b = a, c = rc_rng_make(1, "y", 0), d = rc_rng_make(1, "x", 1);
    double mean = 0, square = 0;
    uint32_t first = rc_rng_u32(&a);
    CHECK(first == rc_rng_u32(&b));
    CHECK(first != rc_rng_u32(&c) && first != rc_rng_u32(&d));
    for (int i = 0; i < 20000; i++) {
        double v = rc_rng_normal(&a);
        mean += v / 20000;
        square += v * v / 20000;
    }
    NEAR(mean, 0, 0.03);
    NEAR(square, 1, 0.04);
    int count[7] = {0};
    for (int i = 0; i < 70000; i++)
        count[rc_rng_below(&a, 7)]++;
    for (int i = 0; i < 7; i++)
        NEAR(count[i], 10000, 400);
    /* Philox 4x32-10, the published answer for an all-zero counter and key. */
    rc_rng zero = {0, 0, 0};
    CHECK(rc_rng_u32(&zero) == 0x6627e8d5u && rc_rng_u32(&zero) == 0xe169c58du);
    CHECK(rc_rng_u32(&zero) == 0xbc57ac4cu && rc_rng_u32(&zero) == 0x9b00dbd8u);
}

TEST(texts)
{
    const char *known[] = {"align.epsilon", "fit.epochs"};
    int64_t i;
    double d;
    CHECK(strcmp(rc_text_nearest("align.epsilom", known, 2), "align.epsilon") == 0);
    CHECK(rc_text_nearest("something else", known, 2) == NULL);
    CHECK(rc_text_to_i64("-12", &i) && i == -12);
    CHECK(!rc_text_to_i64("12x", &i) && !rc_text_to_i64("", &i) &&
          !rc_text_to_i64("99999999999999999999", &i));
    CHECK(rc_text_to_f64("1e-3", &d) && d == 1e-3);
    CHECK(!rc_text_to_f64("nan", &d) && !rc_text_to_f64("inf", &d) && !rc_text_to_f64("1 ", &d));
}

static const char *shown(const char *text, const char *keep, size_t room)
{
    static char out[64];
    rc_utf8_visible(text, keep, room, out);
    return out;
}

TEST(unknown_words)
{
    const char *known[200] = {"one", "three"};
#define UNKNOWN(text, word, n, otherwise) \
    FAILS(RC_DATA, text, rc_fail_unknown(RC_DATA, word, known, n, otherwise, "no %s", word))
    UNKNOWN("no ones; did you mean one? known: one, three", "ones", 2, NULL);
    UNKNOWN("no ones; did you mean one?", "ones", 2, "see there");
    CHECK(!strstr(rc_error_text(), "known"));
    UNKNOWN("no seventeen; known: one, three", "seventeen", 2, NULL);
    UNKNOWN("no seventeen; see there", "seventeen", 2, "see there");
    UNKNOWN("no seventeen", "seventeen", 0, NULL);
    CHECK(!strchr(rc_error_text(), ';'));
    for (int i = 2; i < 200; i++)
        known[i] = "seven";
    UNKNOWN("known: one, three, seven", "x", 200, NULL);
    CHECK(strstr(rc_error_text(), "seven, ..."));
    char longer[601];
    memset(longer, 'y', 600);
    longer[600] = '\0';
    CHECK(rc_fail_unknown(RC_DATA, "x", known, 2, NULL, "%s: no x", longer) == RC_DATA);
    CHECK(strstr(rc_error_text(), "yy: no x; known: one, three"));
    known[0] = longer;
    UNKNOWN("no x", "x", 2, NULL);
    CHECK(!strchr(rc_error_text(), ';'));
#undef UNKNOWN
}

TEST(utf8)
{
    /* The ends of every range of table 3-7 of the Unicode standard, and what lies just beyond them. */
    static const char *const good[] = {"",
                                       "plain text, long",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf",
                                       "12345678\xc3\xa9"};
    static const char *const bad[] = {"\x80",         "\xc0\x80",         "\xc1\xbf", "\xc3",
                                      "\xe0\x9f\xbf", "\xed\xa0\x80",     "\xe2\x82", "\xf0\x8f\xbf\xbf",
                                      "\xf5\x80",     "\xf4\x90\x80\x80", "\xff",     "\xf0\x9f\x98",
                                      "\xc3("};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK(rc_utf8_span(good[i], strlen(good[i])) == strlen(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[32];
        snprintf(text, sizeof text, "0123456789%s", bad[i]);
        CHECK(rc_utf8_span(text, strlen(text)) == 10);
    }
    FAILS(RC_DATA, "byte 4 (0xE9) is not UTF-8; rename it", rc_utf8_check("caf\xe9", 4, "rename it"));
    CHECK(rc_utf8_cut("caf\xc3\xa9", 5, 4) == 3 && rc_utf8_cut("caf\xc3\xa9", 5, 5) == 5);
}

TEST(control_characters_are_shown)
{
    CHECK(strcmp(shown("a\x1b[31m\n\t\x7f\xc2\x9b", "", 64), "a\\u001B[31m\\n\\t\\u007F\\u009B") == 0);
    CHECK(strcmp(shown("a\nb\r", "\n", 64), "a\nb\\r") == 0);
    CHECK(strcmp(shown("caf\xc3\xa9 \xe9!", "", 64), "caf\xc3\xa9 \\xE9!") == 0);
    CHECK(strcmp(shown("ab\x1b", "", 8), "ab") == 0); /* no half escape */
    FAILS(RC_DATA, "\\u001B[2J: no", rc_fail(RC_DATA, "%s: no", "\x1b[2J"));
    FAILS(RC_DATA, "\\u0007: \\u001B[2J: no", rc_fail_context(RC_DATA, "\a"));
}

TEST(numbers_as_typed)
{
    static const char *const typed[] = {"0.2",  "0.1",   "1e-08", "0.3", "123456.789",         "0",
                                        "-1.5", "1e+22", "0.005", "100", "0.30000000000000004"};
    char text[RC_NUMBER_TEXT];
    for (size_t i = 0; i < sizeof typed / sizeof *typed; i++)
        CHECK(strcmp(rc_text_number(strtod(typed[i], NULL), text), typed[i]) == 0);
    rc_rng r = rc_rng_make(1, "numbers", 0);
    for (int i = 0; i < 1000; i++) {
        double v = rc_rng_normal(&r) * pow(10, (double)(i % 60) - 30);
        CHECK(strtod(rc_text_number(v, text), NULL) == v);
    }
}

TEST(files_are_replaced_whole)
{
    char path[64], *data;
    size_t size;
    rc_file_writer w;
    snprintf(path, sizeof path, "base_test_%ld", (long)getpid());
    OK(rc_file_write(path, "old", 3));
    OK(rc_file_writer_open(path, &w));
    OK(rc_file_writer_put(&w, "new and longer", 14));
    rc_file_writer_abandon(&w);
    OK(rc_file_read(path, 100, &data, &size));
    CHECK(size == 3 && strcmp(data, "old") == 0);
    rc_free(data);
    FAILS(RC_FORMAT, "at most 2", rc_file_read(path, 2, &data, &size));
    OK(rc_file_append_line(path, "er"));
    OK(rc_file_read(path, 100, &data, &size));
    CHECK(strcmp(data, "older\n") == 0);
    rc_free(data);
    unlink(path);
    FAILS(RC_IO, "no such file", rc_file_read(path, 100, &data, &size));
    FAILS(RC_IO, "cannot be written", rc_file_write("no/such/folder/file", "x", 1));
}

static uint64_t checksum_of(const char *text, size_t piece)
{
    rc_checksum c;
    rc_checksum_begin(&c);
    for (size_t at = 0, n = strlen(text); at < n; at += piece)
        rc_checksum_add(&c, text + at, n - at < piece ? n - at : piece);
    return rc_checksum_value(&c);
}

/* Values of the reference implementation. */
/* Nothing is waited for: this test would hang. */
TEST(what_is_no_file)
{
    char *data;
    size_t size;
    rc_file_map map;
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "base_test.socket"};
    unlink("base_test.fifo");
    unlink(address.sun_path);
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    REQUIRE(mkfifo("base_test.fifo", 0600) == 0);
    REQUIRE(bind(s, (struct sockaddr *)&address, sizeof address) == 0);
    FAILS(RC_IO, "base_test.fifo: a pipe, not a regular file",
          rc_file_read("base_test.fifo", 9, &data, &size));
    FAILS(RC_IO, "base_test.fifo: a pipe", rc_file_map_open("base_test.fifo", &map));
    FAILS(RC_IO, "base_test.socket: a socket", rc_file_check("base_test.socket", &size));
    FAILS(RC_IO, "/dev/zero: a device", rc_file_check("/dev/zero", &size));
    FAILS(RC_IO, ".: a folder", rc_file_check(".", &size));
    close(s);
    unlink("base_test.fifo");
    unlink(address.sun_path);
}

TEST(checksums)
{
    static const char text[] = "Nobody inspects the spammish repetition";
    char shown[RC_CHECKSUM_TEXT];
    CHECK(checksum_of("", 1) == 0xef46db3751d8e999);
    CHECK(checksum_of("a", 1) == 0xd24ec4f1a98c6e5b);
    CHECK(checksum_of("abc", 2) == 0x44bc2cf5ad770999);
    for (size_t piece = 1; piece < sizeof text; piece++)
        CHECK(checksum_of(text, piece) == 0xfbcea83c8a378bf1);
    rc_checksum_text(0x0bcea83c8a378bf1, shown);
    CHECK(strcmp(shown, "xxh64:0bcea83c8a378bf1") == 0);
}

/* What another path would mend is exit code 2, what the machine lacks is 1. */
TEST(the_machine_is_told_from_the_path)
{
    static const int path[] = {ENOENT, EACCES, ENOTDIR, EISDIR, ENOTEMPTY};
    static const int machine[] = {ENOSPC, EDQUOT, EIO,    EROFS,  EMFILE,
                                  ENFILE, EFBIG,  ESTALE, ENOLCK, ETIMEDOUT};
    for (size_t i = 0; i < sizeof path / sizeof *path; i++)
        CHECK(rc_status_exit_code(rc_fail_system("f", "written", path[i])) == 2);
    for (size_t i = 0; i < sizeof machine / sizeof *machine; i++)
        CHECK(rc_status_exit_code(rc_fail_system("f", "written", machine[i])) == 1);
    FAILS(RC_MEMORY, "f: cannot be read: out of memory", rc_fail_system("f", "read", ENOMEM));
    FAILS(RC_MACHINE, "/dev/full: cannot be written: No space left on device; free some space",
          rc_file_append_line("/dev/full", "line"));
    errno = 0;
    FAILS(RC_FORMAT, "f: damaged at 7", rc_fail_reading("f", "%s: damaged at %d", "f", 7));
    errno = EIO;
    FAILS(RC_MACHINE, "f: cannot be read: Input/output error", rc_fail_reading("f", "damaged"));
    errno = ENOMEM;
    FAILS(RC_MEMORY, "f: cannot be read: out of memory", rc_fail_reading("f", "damaged"));
}

/* A folder that cannot be put in its place says why, and what is in the way stays. */
TEST(renames_say_why)
{
    rc_folder f;
    char path[64], inside[80];
    snprintf(path, sizeof path, "base_test_%ld", (long)getpid());
    OK(rc_folder_begin(path, &f));
    OK(rc_make_directory(path));
    OK(rc_path_join(path, "kept", sizeof inside, inside));
    OK(rc_file_write(inside, "x", 1));
    FAILS(RC_IO, "a folder with files in it is there already", rc_folder_end(&f, RC_OK));
    CHECK(rc_path_exists(inside) && !rc_path_exists(f.partial));
    OK(rc_remove_tree(path));
}

/* What an ended process has left goes, what one that lives is writing stays. */
TEST(temporaries_of_ended_processes)
{
    char folder[64], path[96], theirs[256], ours[256];
    int ends[2], how;
    snprintf(folder, sizeof folder, "base_test_%ld_left", (long)getpid());
    OK(rc_make_directory(folder));
    OK(rc_path_join(folder, "f", sizeof path, path));
    CHECK(pipe(ends) == 0);
    pid_t child = fork();
    if (child == 0) {
        bool made =
            rc_temporary_name(path, sizeof theirs, theirs) == RC_OK && rc_file_write(theirs, "x", 1) == RC_OK;
        _exit(made && write(ends[1], theirs, sizeof theirs) == sizeof theirs ? 0 : 1);
    }
    CHECK(read(ends[0], theirs, sizeof theirs) == sizeof theirs);
    CHECK(waitpid(child, &how, 0) == child);
    OK(rc_temporary_name(path, sizeof ours, ours));
    OK(rc_file_write(ours, "x", 1));
    CHECK(rc_path_exists(theirs) && strcmp(ours, theirs) != 0);
    rc_temporaries_remove(folder);
    CHECK(!rc_path_exists(theirs) && rc_path_exists(ours));
    /* Of one name, folders too; ours stay again. */
    OK(rc_make_directory(theirs));
    rc_temporaries_remove_of(path);
    CHECK(!rc_path_exists(theirs) && rc_path_exists(ours));
    close(ends[0]);
    close(ends[1]);
    OK(rc_remove_tree(folder));
}

/* Takes the lock, tells so with one byte, and waits until it may end. */
static void contend(const char *folder, int tell, int wait)
{
    rc_lock *l;
    char byte = rc_lock_take(folder, RC_LOCK_FILE, &l) == RC_OK ? 'y' : 'n';
    (void)!write(tell, &byte, 1);
    (void)!read(wait, &byte, 1);
    _exit(0);
}

static int64_t winners(const char *folder, int n)
{
    int tell[2], end[2], how;
    int64_t won = 0;
    if (pipe(tell) != 0 || pipe(end) != 0) return -1;
    for (int i = 0; i < n; i++)
        if (fork() == 0) {
            close(end[1]);
            contend(folder, tell[1], end[0]);
        }
    for (int i = 0; i < n; i++) {
        char byte = 0;
        CHECK(read(tell[0], &byte, 1) == 1);
        won += byte == 'y';
    }
    close(end[1]);
    close(end[0]);
    close(tell[0]);
    close(tell[1]);
    while (waitpid(-1, &how, 0) > 0)
        ;
    return won;
}

TEST(one_process_holds_a_lock)
{
    char folder[64], path[96], beside[128], *ended;
    size_t size;
    rc_lock *l, *second;
    rc_lock_holder holder;
    snprintf(folder, sizeof folder, "base_test_%ld_lock", (long)getpid());
    OK(rc_make_directory(folder));
    OK(rc_path_join(folder, RC_LOCK_FILE, sizeof path, path));
    /* Each time the winner ends without giving it back, and its lock is taken over by one of those who try.
     */
    for (int i = 0; i < 24; i++)
        CHECK(winners(folder, 12) == 1);
    OK(rc_file_read(path, 1 << 10, &ended, &size));
    /* Nor does one stay for long whose holder was killed before it could write its name. */
    struct timespec while_ago[2] = {{time(NULL) - 15, 0}, {time(NULL) - 15, 0}};
    OK(rc_file_write(path, "", 0));
    OK(rc_lock_try("it", path, &second));
    CHECK(!second);
    CHECK(utimensat(AT_FDCWD, path, while_ago, 0) == 0);
    CHECK(winners(folder, 4) == 1);
    /* The same with one from elsewhere that nobody has touched for long. */
    static const char far[] = "host far\nprocess 1\nstarted 1\nkernel k\nsince then\n";
    for (int i = 0; i < 4; i++) {
        static const struct timespec long_ago[2] = {{1, 0}, {1, 0}};
        OK(rc_file_write(path, far, sizeof far - 1));
        OK(rc_lock_try("it", path, &second));
        CHECK(!second);
        CHECK(utimensat(AT_FDCWD, path, long_ago, 0) == 0);
        CHECK(winners(folder, 12) == 1);
    }
    OK(rc_lock_take(folder, RC_LOCK_FILE, &l));
    FAILS(RC_CONFIG, "another process is at work here (process ",
          rc_lock_take(folder, RC_LOCK_FILE, &second));
    OK(rc_lock_try("it", path, &second));
    CHECK(!second);
    OK(rc_lock_look(path, &holder));
    CHECK(holder.held && holder.process.id == getpid() && holder.since[0]);
    OK(rc_lock_check(l));
    CHECK(unlink(path) == 0);
    FAILS(RC_CONFIG, "no longer this process's", rc_lock_check(l));
    rc_lock_release(&l);
    OK(rc_lock_try("it", path, &l));
    rc_lock_release(&l);
    OK(rc_lock_look(path, &holder));
    CHECK(!holder.held && !rc_path_exists(path));
    /* Whoever was taking one over may have been killed at that, too. */
    snprintf(beside, sizeof beside, "%s.next", path);
    for (int i = 0; i < 2; i++)
        OK(rc_file_write(i ? path : beside, ended, size));
    OK(rc_lock_take(folder, RC_LOCK_FILE, &l));
    CHECK(!rc_path_exists(beside));
    rc_lock_release(&l);
    rc_free(ended);
    OK(rc_remove_tree(folder));
}

static void write_text_file(const char *folder, const char *name, const char *text)
{
    char path[160], parent[160];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    snprintf(parent, sizeof parent, "%.*s", (int)(rc_path_base(path) - path - 1), path);
    OK(rc_make_directory(parent));
    OK(rc_file_write(path, text, strlen(text)));
}

/* The quota of a group counts, and so does that of every group above it. */
TEST(cores_of_control_groups)
{
    char folder[64], list[96];
    const char *by;
    snprintf(folder, sizeof folder, "base_test_%ld_cores", (long)getpid());
    snprintf(list, sizeof list, "%s/list", folder);
    write_text_file(folder, "list", "0::/job/step\n");
    CHECK(rc_cores_quota(list, folder) == INFINITY && rc_cores_quota("nowhere", folder) == INFINITY);
    write_text_file(folder, "job/step/cpu.max", "max 100000\n");
    CHECK(rc_cores_quota(list, folder) == INFINITY);
    write_text_file(folder, "job/cpu.max", "250000 100000\n");
    CHECK(rc_cores_quota(list, folder) == 2.5);
    /* Version 1, seen from a container: the path is the host's. */
    write_text_file(folder, "list", "5:cpuset:/a\n4:cpuacct,cpu:/host/a\n0::/\n");
    write_text_file(folder, "cpu/cpu.cfs_quota_us", "-1\n");
    write_text_file(folder, "cpu/cpu.cfs_period_us", "100000\n");
    CHECK(rc_cores_quota(list, folder) == INFINITY);
    write_text_file(folder, "cpu/cpu.cfs_quota_us", "50000\n");
    CHECK(rc_cores_quota(list, folder) == 0.5);
    OK(rc_remove_tree(folder));
    CHECK(setenv("SLURM_CPUS_PER_TASK", "1", 1) == 0);
    CHECK(rc_cores_granted(4, &by) == 1 && (strcmp(by, "SLURM_CPUS_PER_TASK") == 0 || strstr(by, "quota")));
    CHECK(unsetenv("SLURM_CPUS_PER_TASK") == 0);
    CHECK(rc_cores_granted(1, &by) == 1);
}

TEST(what_is_no_file_is_never_replaced)
{
    char folder[64], path[96], link[96], got[8] = "";
    struct stat s;
    snprintf(folder, sizeof folder, "base_test_special_%ld", (long)getpid());
    OK(rc_make_directory(folder));
    OK(rc_path_join(folder, "pipe", sizeof path, path));
    CHECK(mkfifo(path, 0600) == 0);
    OK(rc_file_check_writable(path));
    int reader = open(path, O_RDONLY | O_NONBLOCK);
    OK(rc_file_write(path, "bytes", 5));
    CHECK(read(reader, got, sizeof got) == 5 && strcmp(got, "bytes") == 0);
    close(reader);
    CHECK(lstat(path, &s) == 0 && S_ISFIFO(s.st_mode));
    unlink(path);
    /* A link stays one, and its file is replaced. */
    OK(rc_path_join(folder, "file", sizeof path, path));
    OK(rc_path_join(folder, "link", sizeof link, link));
    OK(rc_file_write(path, "old", 3));
    CHECK(symlink("file", link) == 0);
    OK(rc_file_write(link, "longer", 6));
    CHECK(lstat(link, &s) == 0 && S_ISLNK(s.st_mode));
    CHECK(stat(path, &s) == 0 && s.st_size == 6);
    unlink(path);
    FAILS(RC_IO, "it is a link to nothing", rc_file_write(link, "x", 1));
    unlink(link);
    FAILS(RC_IO, "it is a folder", rc_file_check_writable(folder));
    CHECK(rmdir(folder) == 0); /* checks leave nothing behind */
}

/* Whatever thread it was on, and whichever was there first. */
TEST(what_failed_in_a_loop_of_many_threads)
{
    rc_first_failure f = {0};
    OK(rc_first_failure_raise(&f));
#pragma omp parallel for schedule(dynamic, 1) num_threads(4)
    for (int64_t i = 0; i < 64; i++)
        rc_first_failure_note(&f, i, i % 7 == 5 ? rc_fail(RC_DATA, "pass %lld", (long long)i) : RC_OK);
    CHECK(rc_first_failure_status(&f) == RC_DATA);
    (void)rc_fail(RC_IO, "something else since");
    FAILS(RC_DATA, "pass 5", rc_first_failure_raise(&f));
    CHECK(strcmp(rc_error_text(), "pass 5") == 0);
}

static void shout(const char *field, size_t room, char *out)
{
    snprintf(out, room, "<%s>", field);
}

/* Fields as the context's reader knows them; what a user's text brings along stays harmless and visible. */
TEST(messages_name_fields_as_their_reader_does)
{
    char small[8];
    FAILS(RC_CONFIG, "x--y: choose another out, not n_train=1 (--)",
          rc_fail(RC_CONFIG, "%s: choose another \1out, not \1%s=1 (--)", "x--y", "n_train"));
    FAILS(RC_CONFIG, "set.npy: x--y: choose", rc_fail_context(RC_CONFIG, "%s", "set.npy"));
    CHECK(strcmp(rc_error_text(), "set.npy: x--y: choose another out, not n_train=1 (--)") == 0);
    rc_context_current()->namer = shout;
    FAILS(RC_CONFIG, "a.npy: <n_train>: 0", rc_fail(RC_CONFIG, "%s: %s", "a.npy", "\1n_train: 0"));
    (void)rc_fail(RC_DATA, "\033[1m%s", "\0011 \1");
    CHECK(strcmp(rc_error_text(), "\\u001B[1m\\u00011 \\u0001") == 0);
    rc_message_print(sizeof small, small, "in \1out only");
    CHECK(strcmp(small, "in <out") == 0);
    rc_context_current()->namer = NULL;
}

int main(void)
{
    RUN(messages_name_fields_as_their_reader_does);
    RUN(what_failed_in_a_loop_of_many_threads);
    RUN(temporaries_of_ended_processes);
    RUN(one_process_holds_a_lock);
    RUN(cores_of_control_groups);
    RUN(what_is_no_file);
    RUN(checksums);
    RUN(pool_settles_and_coalesces);
    RUN(pool_of_dear_memory_holds_little_more_than_it_needs);
    RUN(allocation_fails_on_purpose_and_on_overflow);
    RUN(arena_settles);
    RUN(random_numbers);
    RUN(texts);
    RUN(unknown_words);
    RUN(utf8);
    RUN(control_characters_are_shown);
    RUN(numbers_as_typed);
    RUN(files_are_replaced_whole);
    RUN(the_machine_is_told_from_the_path);
    RUN(renames_say_why);
    RUN(what_is_no_file_is_never_replaced);
    return RESULT();
}
