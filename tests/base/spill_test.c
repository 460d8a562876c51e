/* Blocks that lie in files, and sorting what is larger than memory. */
#include "check.h"

#include "base/memory.h"
#include "base/sort.h"
#include "base/spill.h"

#include <sys/statvfs.h>

enum { BYTES = 64 << 20 };

/* Of the process, in bytes. */
static int64_t resident(void)
{
    long long all = 0, in_memory = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f && fscanf(f, "%lld %lld", &all, &in_memory) != 2) in_memory = 0;
    if (f) fclose(f);
    return in_memory * 4096;
}

static void fill(int32_t *p)
{
    for (int32_t i = 0; i < BYTES / 4; i++)
        p[i] = i;
}

static bool is_filled(const int32_t *p, int64_t bytes)
{
    for (int32_t i = 0; i < bytes / 4; i++)
        if (p[i] != i) return false;
    return true;
}

TEST(blocks_leave_memory)
{
    int32_t *p;
    setenv("TMPDIR", "/tmp", 1);
    rc_spill_begin();
    OK(RC_NEW(&p, BYTES / 4));
    rc_spill_end();
    CHECK(p[0] == 0 && p[BYTES / 4 - 1] == 0);
    fill(p);
    int64_t before = resident();
    rc_spill_rest();
    CHECK(resident() < before - BYTES / 4 * 3);
    CHECK(is_filled(p, BYTES));
    rc_free(p);
}

TEST(growing_keeps_what_is_there)
{
    int32_t *p;
    rc_spill_begin();
    OK(RC_NEW_RAW(&p, BYTES / 4));
    fill(p);
    OK(rc_realloc(BYTES, 2 * (size_t)BYTES, (void **)&p));
    CHECK(is_filled(p, BYTES));
    OK(rc_realloc(2 * (size_t)BYTES, 4096, (void **)&p));
    CHECK(is_filled(p, 4096));
    rc_spill_end();
    rc_free(p);
}

/* Outside, small, or where no file can be made: memory as ever. */
TEST(ordinary_blocks)
{
    void *p;
    OK(rc_alloc(BYTES, 1, &p));
    CHECK(!rc__spill_free(p));
    rc_free(p);
    rc_spill_begin();
    OK(rc_alloc(4096, 1, &p));
    CHECK(!rc__spill_free(p));
    rc_free(p);
    setenv("TMPDIR", "/nonexistent", 1);
    OK(rc_alloc(BYTES, 1, &p));
    CHECK(!rc__spill_free(p));
    rc_free(p);
    setenv("TMPDIR", "/tmp", 1);
    OK(rc_alloc(BYTES, 1, &p));
    CHECK(rc__spill_free(p));
    rc_spill_end();
}

/* What is to be written may have to find room on the same disk. */
TEST(room_is_left)
{
    struct statvfs disk;
    setenv("TMPDIR", "/tmp", 1);
    CHECK(statvfs("/tmp", &disk) == 0);
    uint64_t room = (uint64_t)disk.f_bavail * disk.f_frsize;
    rc_spill_begin();
    CHECK(rc__spill_get(room / 4 * 3) == NULL);
    void *p = rc__spill_get(4 << 20);
    CHECK(p != NULL);
    CHECK(rc__spill_free(p));
    rc_spill_end();
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* Some values come up several times; some lengths leave runs alone at the end. */
TEST(sorts)
{
    static const int64_t count[] = {0, 1, 2, 65536, 65537, 131073, 300000};
    for (size_t k = 0; k < sizeof count / sizeof *count; k++) {
        int64_t n = count[k], *a, *b;
        uint64_t state = 1;
        rc_spill_begin();
        OK(RC_NEW(&a, n));
        rc_spill_end();
        OK(RC_NEW(&b, n));
        for (int64_t i = 0; i < n; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            a[i] = b[i] = (int64_t)(state >> 46) - 100000;
        }
        OK(rc_sort(n, sizeof *a, ascending, a));
        qsort(b, (size_t)n, sizeof *b, ascending);
        CHECK(memcmp(a, b, (size_t)n * sizeof *a) == 0);
        rc_free(a);
        rc_free(b);
    }
}

int main(void)
{
    RUN(blocks_leave_memory);
    RUN(growing_keeps_what_is_there);
    RUN(ordinary_blocks);
    RUN(room_is_left);
    RUN(sorts);
    return RESULT();
}
