#define _GNU_SOURCE /* memfd_create */
#include "parallel/shared_window.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "parallel/link.h"
#include "parallel/parallel.h"

enum { PAGE = 4096, LINE = 64 };

/* A rank's part begins with it, on a page of its own. */
typedef struct head {
    uint64_t token;
    struct {
        _Alignas(LINE) atomic_int_least64_t at;
    } mark[RC_WINDOW_MARKS];
} head;
_Static_assert(sizeof(head) <= PAGE, "the numbers begin on the next page");
_Static_assert(ATOMIC_LONG_LOCK_FREE == 2 && ATOMIC_LLONG_LOCK_FREE == 2,
               "a lock of one process does not hold for another");

/* Where a part is found. */
typedef struct card {
    uint64_t token;
    uint64_t bytes; /* with its head; 0: there is none */
    int32_t pid, file;
} card;

struct rc_window {
    int64_t ranks;
    card *card;  /* [ranks] */
    head **part; /* [ranks] */
};

static bool is_wanted(void)
{
    const char *asked = getenv("RECRAFT_WINDOW");
    return !asked || strcmp(asked, "none") != 0;
}

static head *map(int file, size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (p == MAP_FAILED) return NULL;
    (void)madvise(p, bytes, MADV_HUGEPAGE);
    return p;
}

/* mine->bytes stays 0 where it cannot be done. Returns the file. Its pages are charged as they are touched,
 * and one that is refused then is a SIGBUS; so the memory is asked for before. */
static int make_part(rc_window *w, size_t bytes, card *mine)
{
    size_t all = bytes + PAGE;
    uint64_t token;
    if (rc_memory_ask(all, "gradients that all ranks see") != RC_OK) return -1;
    if (getrandom(&token, sizeof token, 0) != sizeof token) return -1;
    int file = memfd_create("recraft", MFD_CLOEXEC);
    head *own = file >= 0 && ftruncate(file, (off_t)all) == 0 ? map(file, all) : NULL;
    if (!own) return file;
    own->token = token;
    *mine = (card){.token = token, .bytes = all, .pid = getpid(), .file = file};
    w->part[rc_parallel_rank()] = own;
    w->card[rc_parallel_rank()] = *mine; /* it is known how long it is, whatever fails from here on */
    return file;
}

/* The file of another process, if it is still the one that was meant: a rank may count its processes
 * otherwise. */
static head *open_part(const card *c)
{
    char path[64];
    struct stat is;
    head *p = NULL;
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)c->pid, (int)c->file);
    int file = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0) return NULL;
    if (fstat(file, &is) == 0 && S_ISREG(is.st_mode) && (uint64_t)is.st_size == c->bytes)
        p = map(file, (size_t)c->bytes);
    close(file);
    if (!p || p->token == c->token) return p;
    munmap(p, (size_t)c->bytes);
    return NULL;
}

static bool open_others(rc_window *w)
{
    for (int64_t i = 0; i < w->ranks; i++)
        if (w->card[i].bytes == 0) return false;
    for (int64_t i = 0; i < w->ranks; i++) {
        if (!w->part[i]) w->part[i] = open_part(&w->card[i]);
        if (!w->part[i]) return false;
    }
    return true;
}

/* All have it, or none. */
static rc_status agree(bool mine, bool *all)
{
    bool *each;
    RC_TRY(RC_NEW(&each, rc_parallel_size()));
    rc_status status = rc_parallel_gather(&mine, sizeof mine, each);
    *all = true;
    for (int64_t i = 0; i < rc_parallel_size(); i++)
        *all = *all && each[i];
    rc_free(each);
    return status;
}

static rc_status connect(rc_window *w, size_t bytes, bool *is_there)
{
    card mine = {0};
    RC_TRY(RC_NEW(&w->card, w->ranks));
    RC_TRY(RC_NEW(&w->part, w->ranks));
    int file = bytes > 0 && is_wanted() && rc__link_together() ? make_part(w, bytes, &mine) : -1;
    rc_status status = rc_parallel_gather(&mine, sizeof mine, w->card);
    bool all = status == RC_OK && open_others(w);
    if (status == RC_OK) status = agree(all, is_there); /* and nobody needs the files any more */
    if (file >= 0) close(file);
    return status;
}

rc_status rc__window_open(size_t bytes, rc_window **out)
{
    bool is_there = false;
    *out = NULL;
    if (rc_parallel_size() == 1) return RC_OK;
    RC_TRY(RC_NEW(out, 1));
    (*out)->ranks = rc_parallel_size();
    rc_status status = connect(*out, bytes, &is_there);
    if (status != RC_OK || !is_there) rc__window_close(out);
    return status;
}

void rc__window_close(rc_window **window)
{
    rc_window *w = *window;
    if (!w) return;
    for (int64_t i = 0; w->part && i < w->ranks; i++)
        if (w->part[i]) munmap(w->part[i], (size_t)w->card[i].bytes);
    rc_free(w->part);
    rc_free(w->card);
    rc_free(w);
    *window = NULL;
}

void *rc__window_part(const rc_window *w, int64_t rank)
{
    return (char *)w->part[rank] + PAGE;
}

void rc__window_mark(const rc_window *w, int i, int64_t mark)
{
    atomic_store_explicit(&w->part[rc_parallel_rank()]->mark[i].at, mark, memory_order_release);
}

bool rc__window_reached(const rc_window *w, int i, int64_t mark)
{
    for (int64_t q = 0; q < w->ranks; q++)
        if (atomic_load_explicit(&w->part[q]->mark[i].at, memory_order_acquire) < mark) return false;
    return true;
}
