/* Blocks of rows in slots. The order that is expected is cut into windows of as many blocks as fit half of
 * the slots: while the rows of one window are used, in whatever order, those of the next are read. */
#include "formats/pieces.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>

#include "base/memory.h"

typedef struct slot {
    int64_t block;  /* -1: none */
    int64_t window; /* the last one that needs it; -1: none */
    uint64_t used;  /* when, in pins */
    int pins;
    bool loading;
    rc_array rows;
} slot;

struct rc_pieces {
    int users;
    bool common; /* all ranks read these files */
    rc_pieces_source source;
    size_t row_bytes;
    int64_t block, blocks, room;
    slot *slot;    /* [room] */
    int64_t *held; /* [blocks]: in which slot; -1: none */
    uint64_t pins;
    int64_t *plan, planned, next; /* blocks in the order of their first use in each window */
    int64_t window;               /* that is being used */
    pthread_mutex_t mutex, reading;
    pthread_cond_t changed;
    pthread_t thread;
    bool runs, over;
    rc_status failed;
    char failure[512];
};

int64_t rc_pieces_block(const rc_pieces *r)
{
    return r->block;
}

int64_t rc_pieces_window(const rc_pieces *r)
{
    return r->room / 2;
}

uint64_t rc_pieces_stamp(const rc_pieces *r)
{
    return r->source.stamp;
}

void rc_pieces_set_common(rc_pieces *r)
{
    if (r) r->common = true;
}

bool rc_pieces_are_common(const rc_pieces *r)
{
    return r && r->common;
}

void rc_pieces_source_close(rc_pieces_source *s)
{
    if (s->close) s->close(s->from);
    *s = (rc_pieces_source){0};
}

/* ---- slots; the mutex is held ---- */

/* The slot that is missed least, of those whose window is below `before`; NULL: none. */
static slot *free_slot(rc_pieces *r, int64_t before)
{
    slot *best = NULL;
    for (int64_t i = 0; i < r->room; i++) {
        slot *s = &r->slot[i];
        if (s->pins || s->loading || s->window >= before) continue;
        if (!best || s->window < best->window || (s->window == best->window && s->used < best->used))
            best = s;
    }
    return best;
}

/* Gives the mutex up while it reads. */
static rc_status load(rc_pieces *r, slot *s, int64_t block, int64_t window)
{
    int64_t first = block * r->block, left = r->source.shape.dim[0] - first;
    rc_array rows = s->rows; /* its memory is used again */
    if (s->block >= 0) r->held[s->block] = -1;
    *s = (slot){.block = block, .window = window, .used = r->pins, .loading = true};
    r->held[block] = s - r->slot;
    pthread_mutex_unlock(&r->mutex);
    pthread_mutex_lock(&r->reading);
    rc_status status = r->source.read(r->source.from, first, left < r->block ? left : r->block, &rows);
    pthread_mutex_unlock(&r->reading);
    pthread_mutex_lock(&r->mutex);
    s->loading = false;
    s->rows = rows;
    if (status != RC_OK) {
        r->held[block] = -1;
        *s = (slot){.block = -1, .window = -1, .rows = rows};
    }
    pthread_cond_broadcast(&r->changed);
    return status;
}

/* ---- reading ahead ---- */

/* The next block of the plan that is not held, of this window or the next, and room for it. */
static slot *room_ahead(rc_pieces *r)
{
    int64_t size = rc_pieces_window(r);
    for (; r->next < r->planned; r->next++) {
        int64_t held = r->held[r->plan[r->next]], window = r->next / size;
        if (window > r->window + 1) return NULL;
        if (held < 0) return free_slot(r, r->window);
        r->slot[held].window = window;
    }
    return NULL;
}

static void *read_ahead(void *pieces)
{
    rc_pieces *r = pieces;
    pthread_mutex_lock(&r->mutex);
    while (!r->over) {
        slot *s = room_ahead(r);
        if (!s) {
            pthread_cond_wait(&r->changed, &r->mutex);
            continue;
        }
        /* Who needs the block reads it again, and tells the failure. */
        if (load(r, s, r->plan[r->next], r->next / rc_pieces_window(r)) != RC_OK) r->next = r->planned;
    }
    pthread_mutex_unlock(&r->mutex);
    return NULL;
}

/* No signal is for this thread. Without it rows are read when they are needed. */
static void begin_to_read(rc_pieces *r)
{
    sigset_t all, before;
    if (r->runs) return;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    r->runs = pthread_create(&r->thread, NULL, read_ahead, r) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Into plan, unless that is NULL; stamp [blocks]. Returns how many. */
static int64_t make_plan(const rc_pieces *r, const int64_t *order, int64_t first, int64_t n,
                         const int64_t *index, int64_t *stamp, int64_t *plan)
{
    int64_t count = 0, size = rc_pieces_window(r);
    for (int64_t b = 0; b < r->blocks; b++)
        stamp[b] = -1;
    for (int64_t i = first; i < first + n; i++) {
        int64_t at = order ? order[i] : i, block = (index ? index[at] : at) / r->block;
        /* In the window that is being filled, or in the one that has just been. */
        if (stamp[block] >= 0 && stamp[block] == (count - 1) / size) continue;
        stamp[block] = count / size;
        if (plan) plan[count] = block;
        count++;
    }
    return count;
}

rc_status rc_pieces_expect(rc_pieces *r, const int64_t *order, int64_t first, int64_t n, const int64_t *index)
{
    int64_t *stamp, *plan = NULL;
    RC_TRY(RC_NEW_RAW(&stamp, r->blocks));
    int64_t count = make_plan(r, order, first, n, index, stamp, NULL);
    rc_status status = RC_NEW_RAW(&plan, count);
    if (status == RC_OK) make_plan(r, order, first, n, index, stamp, plan);
    rc_free(stamp);
    RC_TRY(status);
    pthread_mutex_lock(&r->mutex);
    rc_free(r->plan);
    r->plan = plan;
    r->planned = count;
    r->next = r->window = 0;
    for (int64_t i = 0; i < r->room; i++)
        r->slot[i].window = -1;
    begin_to_read(r);
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->mutex);
    return RC_OK;
}

/* ---- rows ---- */

static void load_now(rc_pieces *r, slot *s, int64_t block)
{
    rc_status status = load(r, s, block, r->window);
    if (status == RC_OK || r->failed != RC_OK) return;
    r->failed = status;
    snprintf(r->failure, sizeof r->failure, "%s", rc_error_text());
}

/* The slot with the block, read now if it must be; NULL: it cannot be. The mutex is held. */
static slot *slot_with(rc_pieces *r, int64_t block)
{
    while (r->failed == RC_OK) {
        int64_t held = r->held[block];
        slot *s = held < 0 ? free_slot(r, INT64_MAX) : &r->slot[held];
        if (held >= 0 && !s->loading) return s;
        if (held >= 0 || !s)
            pthread_cond_wait(&r->changed, &r->mutex);
        else
            load_now(r, s, block);
    }
    return NULL;
}

static const void *pin(rc_pieces *r, int64_t row)
{
    const char *at = NULL;
    pthread_mutex_lock(&r->mutex);
    slot *s = slot_with(r, row / r->block);
    if (s) {
        s->pins++;
        s->used = ++r->pins;
        at = (const char *)s->rows.data + (size_t)(row % r->block) * r->row_bytes;
        if (s->window > r->window) {
            r->window = s->window;
            pthread_cond_broadcast(&r->changed);
        }
    }
    pthread_mutex_unlock(&r->mutex);
    return at;
}

static void unpin(rc_pieces *r, int64_t row)
{
    pthread_mutex_lock(&r->mutex);
    if (--r->slot[r->held[row / r->block]].pins == 0) pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->mutex);
}

static size_t row_bytes(const rc_array *a)
{
    int64_t rows = a->shape.dim[0];
    return rows ? (size_t)(rc_array_size(a) / rows) * rc_dtype_size(a->dtype) : 0;
}

const void *rc_array_pin(const rc_array *a, int64_t row)
{
    return a->pieces ? pin(a->pieces, row) : (const char *)a->data + (size_t)row * row_bytes(a);
}

void rc_array_unpin(const rc_array *a, int64_t row)
{
    if (a->pieces) unpin(a->pieces, row);
}

rc_status rc_pieces_status(rc_pieces *r)
{
    if (!r) return RC_OK;
    pthread_mutex_lock(&r->mutex);
    rc_status status = r->failed;
    pthread_mutex_unlock(&r->mutex);
    return status == RC_OK ? RC_OK : rc_fail(status, "%s", r->failure);
}

/* ---- opening ---- */

static rc_status prepare(rc_pieces *r, rc_array *out)
{
    RC_TRY(RC_NEW(&r->slot, r->room));
    RC_TRY(RC_NEW_RAW(&r->held, r->blocks));
    for (int64_t i = 0; i < r->room; i++)
        r->slot[i] = (slot){.block = -1, .window = -1};
    for (int64_t b = 0; b < r->blocks; b++)
        r->held[b] = -1;
    *out = (rc_array){.dtype = r->source.dtype, .shape = r->source.shape, .pieces = r};
    r->row_bytes = row_bytes(out);
    return RC_OK;
}

rc_status rc_pieces_open(rc_pieces_source *source, int64_t block, int64_t room, rc_array *out)
{
    rc_pieces *r;
    rc_status status = RC_NEW(&r, 1);
    *out = (rc_array){0};
    if (status != RC_OK) {
        rc_pieces_source_close(source);
        return status;
    }
    *r = (rc_pieces){.users = 1, .source = *source, .block = block, .room = room};
    *source = (rc_pieces_source){0};
    r->blocks = (r->source.shape.dim[0] + block - 1) / block;
    pthread_mutex_init(&r->mutex, NULL);
    pthread_mutex_init(&r->reading, NULL);
    pthread_cond_init(&r->changed, NULL);
    status = prepare(r, out);
    if (status != RC_OK) rc_pieces_close(&r);
    return status;
}

rc_pieces *rc_pieces_share(rc_pieces *r)
{
    if (!r) return NULL;
    pthread_mutex_lock(&r->mutex);
    r->users++;
    pthread_mutex_unlock(&r->mutex);
    return r;
}

static void end_reading(rc_pieces *r)
{
    pthread_mutex_lock(&r->mutex);
    r->over = true;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->mutex);
    if (r->runs) pthread_join(r->thread, NULL);
}

void rc_pieces_close(rc_pieces **pieces)
{
    rc_pieces *r = *pieces;
    *pieces = NULL;
    if (!r) return;
    pthread_mutex_lock(&r->mutex);
    int left = --r->users;
    pthread_mutex_unlock(&r->mutex);
    if (left > 0) return;
    end_reading(r);
    for (int64_t i = 0; r->slot && i < r->room; i++)
        rc_free(r->slot[i].rows.owned);
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->reading);
    pthread_mutex_destroy(&r->mutex);
    rc_pieces_source_close(&r->source);
    rc_free(r->slot);
    rc_free(r->held);
    rc_free(r->plan);
    rc_free(r);
}
