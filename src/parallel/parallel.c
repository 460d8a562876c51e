#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/checksum.h"
#include "base/current_context.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/progress.h"
#include "parallel/launched.h"
#include "parallel/link.h"
#include "parallel/parallel.h"
#include "parallel/watch.h"

static struct ranks {
    pthread_mutex_t mutex;   /* of size and asked: signals have a thread of their own */
    const rc_plugin *plugin; /* NULL: alone */
    int rank, size;
    int sharing;   /* ranks that may run on the processors of this one */
    int neighbour; /* ranks before it on its machine */
    char (*host)[RC_WATCH_HOST];
    rc_door_card *door;
    int *count, *at; /* [size], of the transfer in hand */
    bool asked;      /* this rank was asked to stop */
    rc_parallel_end end;
    int code; /* what it would end with */
} us = {.mutex = PTHREAD_MUTEX_INITIALIZER, .size = 1, .sharing = 1};

int64_t rc_parallel_rank(void)
{
    return us.rank;
}

int64_t rc_parallel_size(void)
{
    return us.size;
}

int64_t rc_parallel_neighbour(void)
{
    return us.neighbour;
}

void rc_parallel_part(int64_t n, int64_t rank, int64_t *first, int64_t *end)
{
    *first = n * rank / us.size;
    *end = n * (rank + 1) / us.size;
}

/* ---- waiting ---- */

const rc_plugin *rc__link(void)
{
    return us.plugin;
}

bool rc__link_together(void)
{
    for (int i = 1; i < us.size; i++)
        if (strcmp(us.host[i], us.host[0]) != 0) return false;
    return true;
}

rc_status rc__link_check(int code)
{
    char text[200];
    if (code == 0) return RC_OK;
    us.plugin->text(code, sizeof text, text);
    /* Whoever sees a lost rank by its connection (watch.h) can name it; this thread is only the first to miss
     * it. */
    sleep(20);
    return rc_fail(RC_MACHINE, "%s: a transfer between ranks failed: %s", us.plugin->name, text);
}

static rc_status finish(int code, rc_plugin_request *r)
{
    int done = 0;
    RC_TRY(rc__link_check(code));
    for (int64_t tries = 0; !done; tries++) {
        RC_TRY(rc__link_check(us.plugin->test(r, &done)));
        if (!done) rc_clock_pause(tries);
    }
    return RC_OK;
}

/* ---- transfers ---- */

rc_status rc_parallel_broadcast(void *data, size_t bytes)
{
    enum { PIECE = 1 << 30 };
    for (size_t at = 0; us.plugin && at < bytes;) {
        rc_plugin_request r;
        int n = bytes - at < PIECE ? (int)(bytes - at) : PIECE;
        RC_TRY(finish(us.plugin->broadcast((char *)data + at, n, &r), &r));
        at += (size_t)n;
    }
    return RC_OK;
}

/* MPI counts in int. */
static rc_status check_count(int64_t units, size_t unit)
{
    RC_CHECK(units <= INT_MAX && unit <= INT_MAX, RC_UNSUPPORTED,
             "%lld rows of %zu bytes are too many or too long for ranks to share at once", (long long)units,
             unit);
    return RC_OK;
}

/* Blocks of count units each, in their order, which have been checked; mine NULL: it is in its place already.
 */
static rc_status gather(const void *mine, size_t unit, void *all)
{
    rc_plugin_request r;
    for (int i = 0, at = 0; i < us.size; at += us.count[i++])
        us.at[i] = at;
    return finish(us.plugin->gather(mine, all, us.count, us.at, (int)unit, &r), &r);
}

rc_status rc_parallel_gather(const void *mine, size_t bytes, void *all)
{
    if (!us.plugin) {
        memcpy(all, mine, bytes);
        return RC_OK;
    }
    RC_TRY(check_count(us.size, bytes));
    for (int i = 0; i < us.size; i++)
        us.count[i] = 1;
    return gather(mine, bytes, all);
}

static void batches_of(int64_t n, int64_t batch, int rank, int64_t *first, int64_t *end)
{
    rc_parallel_part((n + batch - 1) / batch, rank, first, end);
    *first = *first * batch < n ? *first * batch : n;
    *end = *end * batch < n ? *end * batch : n;
}

void rc_parallel_batches(int64_t n, int64_t batch, int64_t *first, int64_t *end)
{
    batches_of(n, batch, us.rank, first, end);
}

rc_status rc_parallel_complete(int64_t n, int64_t batch, const int64_t *row, size_t bytes, void *all)
{
    if (!us.plugin) return RC_OK;
    RC_TRY(check_count(row ? row[n] - row[0] : n, bytes));
    for (int i = 0; i < us.size; i++) {
        int64_t first, end;
        batches_of(n, batch, i, &first, &end);
        us.count[i] = (int)(row ? row[end] - row[first] : end - first);
    }
    return gather(NULL, bytes, all);
}

/* ---- agreements ---- */

rc_status rc_parallel_follow(rc_status status)
{
    struct {
        int32_t status;
        char text[RC_MESSAGE];
    } first = {.status = (int32_t)status};
    if (us.size == 1) return status;
    snprintf(first.text, sizeof first.text, "%s", status == RC_OK ? "" : rc_error_text());
    RC_TRY(rc_parallel_broadcast(&first, sizeof first));
    return first.status == RC_OK ? RC_OK : rc_fail((rc_status)first.status, "%s", first.text);
}

/* From now on so many work together. Whoever was asked to stop before is not to stop alone. */
static void set_company(const rc_plugin *plugin, int size)
{
    pthread_mutex_lock(&us.mutex);
    us.plugin = plugin;
    us.size = size;
    if (size > 1 && rc_interrupt_requested()) {
        us.asked = true;
        rc_context_clear_interrupt(NULL);
    }
    pthread_mutex_unlock(&us.mutex);
}

static bool is_asked(void)
{
    pthread_mutex_lock(&us.mutex);
    bool asked = us.asked;
    pthread_mutex_unlock(&us.mutex);
    return asked;
}

rc_status rc_parallel_alone(rc_status (*work)(void *), void *context)
{
    const rc_plugin *plugin = us.plugin;
    int size = us.size;
    rc_status status = RC_OK;
    if (us.rank == 0) {
        set_company(NULL, 1);
        status = work(context);
        set_company(plugin, size);
    }
    return rc_parallel_follow(status);
}

static rc_status compare(const char *what, const uint64_t *value)
{
    for (int i = 1; i < us.size; i++)
        RC_CHECK(value[i] == value[0], RC_CONFIG,
                 "rank %d on %s has %s than rank 0 on %s; all ranks must have the same", i, us.host[i], what,
                 us.host[0]);
    return RC_OK;
}

rc_status rc_parallel_same(const char *what, uint64_t value)
{
    uint64_t *all;
    if (us.size == 1) return RC_OK;
    RC_TRY(RC_NEW(&all, us.size));
    rc_status status = rc_parallel_gather(&value, sizeof value, all);
    if (status == RC_OK) status = compare(what, all);
    rc_free(all);
    return status;
}

rc_status rc_parallel_min(int64_t n, int64_t *io)
{
    int64_t *all;
    if (us.size == 1) return RC_OK;
    RC_TRY(RC_NEW(&all, n * us.size));
    rc_status status = rc_parallel_gather(io, (size_t)n * sizeof *io, all);
    for (int64_t i = 0; i < n * us.size && status == RC_OK; i++)
        if (all[i] < io[i % n]) io[i % n] = all[i];
    rc_free(all);
    return status;
}

rc_status rc_parallel_is_same(uint64_t value, bool *same)
{
    /* As two numbers whose order is that of the values, and its reverse. */
    int64_t low[] = {(int64_t)value, (int64_t)~value};
    RC_TRY(rc_parallel_min(2, low));
    *same = (uint64_t)low[0] == ~(uint64_t)low[1];
    return RC_OK;
}

rc_status rc_parallel_agree(void)
{
    bool nothing = false;
    return rc_parallel_agree_on(&nothing);
}

rc_status rc_parallel_agree_on(bool *io)
{
    struct {
        bool asked, answer;
    } * all, mine = {is_asked(), *io};
    bool any = false;
    if (us.size == 1) return RC_OK;
    RC_TRY(RC_NEW(&all, us.size));
    rc_status status = rc_parallel_gather(&mine, sizeof mine, all);
    for (int i = 0; i < us.size; i++)
        any = any || all[i].asked;
    if (status == RC_OK) *io = all[0].answer;
    rc_free(all);
    if (status == RC_OK && any) rc_context_interrupt(NULL);
    return status;
}

rc_status rc_parallel_decide(bool *io)
{
    return rc_parallel_broadcast(io, sizeof *io);
}

void rc_parallel_interrupt(void)
{
    pthread_mutex_lock(&us.mutex);
    if (us.size == 1)
        rc_context_interrupt(NULL);
    else
        us.asked = true;
    pthread_mutex_unlock(&us.mutex);
}

/* ---- joining ---- */

/* What a rank tells of itself. */
typedef struct card {
    char host[RC_WATCH_HOST];
    uint64_t processors; /* that it may run on */
} card;

static bool is_near(const card *a, const card *b)
{
    return strcmp(a->host, b->host) == 0;
}

/* Who has the same processors; who tells of the loss of rank 0 on this machine. */
static void look_around(const card *all, bool *speaks)
{
    const card *own = &all[us.rank];
    us.sharing = 0;
    *speaks = true;
    for (int i = 0; i < us.size; i++) {
        bool same = is_near(&all[i], own) && all[i].processors == own->processors;
        memcpy(us.host[i], all[i].host, sizeof *us.host);
        us.sharing += same;
        us.neighbour += i < us.rank && is_near(&all[i], own);
        if (i > 0 && i < us.rank && is_near(&all[i], own)) *speaks = false;
    }
}

/* As a number for each set of them. Where the system does not tell, all ranks of a machine share all. */
static rc_status find_processors(uint64_t *out)
{
    enum { MAX = 64 }; /* thousands */
    int failed = -1;
    rc_checksum c;
    rc_checksum_begin(&c);
    for (size_t n = 1; n <= MAX && failed; n *= 2) {
        cpu_set_t *set;
        RC_TRY(RC_NEW(&set, n));
        failed = sched_getaffinity(0, n * sizeof *set, set);
        if (!failed) rc_checksum_add(&c, set, n * sizeof *set);
        rc_free(set);
    }
    *out = rc_checksum_value(&c);
    return RC_OK;
}

static rc_status introduce(bool *speaks)
{
    card own = {0}, *all;
    if (gethostname(own.host, sizeof own.host - 1) != 0) strcpy(own.host, "-");
    RC_TRY(find_processors(&own.processors));
    RC_TRY(RC_NEW(&all, us.size));
    rc_status status = rc_parallel_gather(&own, sizeof own, all);
    if (status == RC_OK) look_around(all, speaks);
    rc_free(all);
    return status;
}

static rc_status begin_watch(bool speaks, rc_parallel_end end)
{
    rc_door_card own;
    int port;
    /* Nobody but rank 0 needs one. */
    RC_TRY(rc_parallel_follow(rc__door_open(&own, &port)));
    RC_TRY(RC_NEW(&us.door, us.size));
    RC_TRY(rc_parallel_gather(&own, sizeof own, us.door));
    return rc__watch_begin(us.door, port, rc_parallel_rank(), rc_parallel_size(),
                           (const char(*)[RC_WATCH_HOST])us.host, speaks, end);
}

/* The program itself, and its words. */
static rc_status check_same(int argc, char **argv)
{
    rc_checksum words, is;
    char *program = NULL;
    size_t size;
    RC_TRY(rc_file_read("/proc/self/exe", (size_t)1 << 31, &program, &size));
    rc_checksum_begin(&is);
    rc_checksum_add(&is, program, size);
    rc_free(program);
    RC_TRY(rc_parallel_same("another program, or another version of it,", rc_checksum_value(&is)));
    rc_checksum_begin(&words);
    for (int i = 1; i < argc; i++)
        rc_checksum_add_text(&words, argv[i]);
    return rc_parallel_same("other options", rc_checksum_value(&words));
}

rc_status rc_parallel_join(int argc, char **argv, rc_parallel_end end)
{
    const rc_plugin *plugin;
    bool speaks = true;
    RC_TRY(rc__launched(&plugin));
    if (!plugin) return RC_OK;
    int size, code = plugin->start(&us.rank, &size);
    RC_CHECK(code == 0, RC_MACHINE, "%s: this process cannot join the others", plugin->name);
    set_company(plugin, size);
    RC_TRY(RC_NEW(&us.host, us.size));
    RC_TRY(RC_NEW(&us.count, us.size));
    RC_TRY(RC_NEW(&us.at, us.size));
    RC_TRY(introduce(&speaks));
    us.end = end;
    RC_TRY(begin_watch(speaks, end));
    return check_same(argc, argv);
}

/* All is done and written, and nobody watches any more: an MPI would wait for ever for a rank that is killed
 * while it leaves. */
static void *leave_without(void *context)
{
    enum { PATIENCE = 10 }; /* seconds */
    (void)context;
    sleep(PATIENCE);
    us.end(NULL, us.code);
    return NULL;
}

void rc_parallel_leave(rc_status status)
{
    if (!us.plugin) return;
    us.code = rc_status_exit_code(status);
    if (status == RC_OK || status == RC_INTERRUPTED) {
        char mine = 0, *all;
        status = RC_NEW(&all, us.size);
        if (status == RC_OK) status = rc_parallel_gather(&mine, 1, all);
        rc_free(all);
    }
    if (status != RC_OK) {
        rc__watch_fail(status);
        return;
    }
    rc__watch_end();
    pthread_t thread;
    if (pthread_create(&thread, NULL, leave_without, NULL) == 0) pthread_detach(thread);
    us.plugin->end();
}

int64_t rc_parallel_processors(int64_t processors)
{
    return processors > us.sharing ? processors / us.sharing : 1;
}
