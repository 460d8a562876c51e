/* The NCCL of our CUDA (fake_cuda.h): processes of one machine, which send by sockets. Nothing waits: meeting
 * goes on while it is asked for, moves are in the stream only once the communicator has been asked after
 * them, and they are made when the stream comes to them. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "devices/fake_line.h"
#include "devices/gpu/nccl_abi.h"

enum { SYSTEM_ERROR = 2, INVALID_ARGUMENT = 4, INVALID_USAGE = 5, REMOTE_ERROR = 6, MAX_MOVES = 256 };

typedef struct move {
    bool is_sent;
    int with;
    char *at; /* what is left of it */
    size_t bytes;
} move;

/* What stands between the start and the end of a group. */
typedef struct group {
    struct ncclComm *of;
    rc_cu_stream stream;
    int n;
    move move[MAX_MOVES];
} group;

struct ncclComm {
    rc_nccl_id id;
    int rank, size, listening, missing; /* missing: not connected yet */
    int *fd;                            /* by rank; -1: not connected */
    group *ended;                       /* not in the stream yet */
    int in_line;                        /* groups */
    int looks;                          /* since something was begun */
    bool aborted;
    unsigned error;
};

static group *open_group;         /* of one communicator; NULL: none, or it is empty */
static bool is_group, is_spoiled; /* spoiled: a call of the group has failed */

static bool stumbles(void)
{
    return ++fake_now.across == fake_setting("stumble=", 0);
}

#define BEGIN \
    if (stumbles()) return SYSTEM_ERROR

#pragma GCC visibility push(default)

#define DECLARE(name, result, arguments) result nccl##name arguments;
RC_NCCL_FUNCTIONS(DECLARE, rc_nccl_id, rc_nccl_config)
#undef DECLARE

#pragma GCC visibility pop

unsigned ncclGetVersion(int *version)
{
    BEGIN;
    *version = fake_setting("nccl=", 22105);
    return 0;
}

const char *ncclGetErrorString(unsigned code)
{
    return code == SYSTEM_ERROR       ? "unhandled system error"
           : code == INVALID_ARGUMENT ? "invalid argument"
           : code == INVALID_USAGE    ? "invalid usage"
                                      : "remote process exited or there was a network error";
}

const char *ncclGetLastError(rc_nccl_comm c)
{
    return c ? "it is faked\nand has two lines" : "";
}

/* ---- meeting ---- */

unsigned ncclGetUniqueId(rc_nccl_id *id)
{
    static int made;
    BEGIN;
    memset(id, 0, sizeof *id);
    snprintf(id->name, sizeof id->name, "recraft-fake-nccl-%d-%d", (int)getpid(), ++made);
    return 0;
}

/* In a space of names that needs no files. */
static socklen_t address_of(const rc_nccl_id *id, int rank, struct sockaddr_un *out)
{
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    int n = snprintf(out->sun_path + 1, sizeof out->sun_path - 1, "%.80s-%d", id->name, rank);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

unsigned ncclCommInitRankConfig(rc_nccl_comm *out, int size, rc_nccl_id id, int rank, rc_nccl_config *how)
{
    struct sockaddr_un own;
    BEGIN;
    if (!fake_is_inside() || how->size != sizeof *how || how->magic != RC_NCCL_MAGIC || how->blocking != 0 ||
        how->version != RC_NCCL_VERSION_2_14 || rank < 0 || rank >= size)
        return INVALID_ARGUMENT;
    rc_nccl_comm c = calloc(1, sizeof *c);
    c->id = id;
    c->rank = rank;
    c->size = size;
    c->missing = size - 1;
    c->fd = malloc((size_t)size * sizeof *c->fd);
    for (int i = 0; i < size; i++)
        c->fd[i] = -1;
    c->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (bind(c->listening, (struct sockaddr *)&own, address_of(&id, rank, &own)) != 0 ||
        listen(c->listening, size) != 0)
        return SYSTEM_ERROR;
    fake_now.communicators++;
    *out = c;
    return RC_NCCL_IN_PROGRESS;
}

static void connect_to(rc_nccl_comm c, int rank)
{
    struct sockaddr_un to;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&to, address_of(&c->id, rank, &to)) != 0 ||
        send(fd, &c->rank, sizeof c->rank, MSG_NOSIGNAL) != (ssize_t)sizeof c->rank) {
        close(fd);
        return;
    }
    c->fd[rank] = fd;
    c->missing--;
}

static void welcome(rc_nccl_comm c)
{
    int rank, fd = accept(c->listening, NULL, NULL);
    if (fd < 0) return;
    if (recv(fd, &rank, sizeof rank, MSG_WAITALL) != (ssize_t)sizeof rank) {
        close(fd);
        return;
    }
    c->fd[rank] = fd;
    c->missing--;
}

static void drop(rc_nccl_comm c)
{
    free(c->fd);
    free(c);
}

unsigned ncclCommAbort(rc_nccl_comm c)
{
    for (int i = 0; i < c->size; i++)
        if (c->fd[i] >= 0) close(c->fd[i]);
    if (c->listening >= 0) close(c->listening);
    free(c->ended);
    fake_now.communicators--;
    c->aborted = true;
    if (c->in_line == 0) drop(c);
    return 0;
}

/* ---- moves ---- */

unsigned ncclGroupStart(void)
{
    BEGIN;
    if (is_group) return INVALID_USAGE;
    is_group = true;
    is_spoiled = false;
    return 0;
}

static unsigned add(rc_nccl_comm c, rc_cu_stream stream, move m, unsigned type)
{
    is_spoiled = is_spoiled || stumbles();
    if (is_spoiled) return SYSTEM_ERROR;
    if (!is_group || type != RC_NCCL_INT8 || m.with < 0 || m.with >= c->size || m.with == c->rank ||
        c->missing > 0 || c->ended)
        return INVALID_USAGE;
    if (!open_group) open_group = calloc(1, sizeof *open_group);
    group *g = open_group;
    if (g->n == MAX_MOVES || (g->of && (g->of != c || g->stream != stream))) return INVALID_USAGE;
    g->of = c;
    g->stream = stream;
    g->move[g->n++] = m;
    return 0;
}

unsigned ncclSend(const void *p, size_t bytes, unsigned type, int with, rc_nccl_comm c, rc_cu_stream stream)
{
    return add(c, stream, (move){true, with, fake_on_host(p), bytes}, type);
}

unsigned ncclRecv(void *p, size_t bytes, unsigned type, int with, rc_nccl_comm c, rc_cu_stream stream)
{
    return add(c, stream, (move){false, with, fake_on_host(p), bytes}, type);
}

static void forget_group(void)
{
    free(open_group);
    open_group = NULL;
}

unsigned ncclGroupEnd(void)
{
    if (!is_group) return INVALID_USAGE;
    is_group = false;
    if (stumbles() || is_spoiled) {
        forget_group();
        return SYSTEM_ERROR;
    }
    if (!open_group) return 0;
    open_group->of->ended = open_group;
    open_group = NULL;
    return RC_NCCL_IN_PROGRESS;
}

/* Is it over? A connection that is gone is not told, unless that is asked for. */
static bool carry_on(rc_nccl_comm c, move *m)
{
    ssize_t n = m->bytes == 0 ? 0
                : m->is_sent  ? send(c->fd[m->with], m->at, m->bytes, MSG_DONTWAIT | MSG_NOSIGNAL)
                              : recv(c->fd[m->with], m->at, m->bytes, MSG_DONTWAIT);
    if (m->bytes > 0 && (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) && fake_setting("tells=", 0))
        c->error = REMOTE_ERROR;
    if (n > 0 && !m->is_sent && fake_setting("garble=", 0)) m->at[0] ^= 1;
    if (n > 0) m->at += n;
    if (n > 0) m->bytes -= (size_t)n;
    return m->bytes == 0;
}

/* To and from one other, one move after the other. */
static bool is_first(const group *g, int i)
{
    for (int k = 0; k < i; k++)
        if (g->move[k].with == g->move[i].with && g->move[k].is_sent == g->move[i].is_sent &&
            g->move[k].bytes > 0)
            return false;
    return true;
}

static bool go(void *context)
{
    group *g = context;
    rc_nccl_comm c = g->of;
    bool done = true;
    for (int i = 0; i < g->n && !c->aborted; i++)
        done = (is_first(g, i) && carry_on(c, &g->move[i])) && done;
    if (!done && !c->aborted) return false;
    free(g);
    if (--c->in_line == 0 && c->aborted) drop(c);
    return true;
}

/* Of those who ask again and again the first two count. */
unsigned ncclCommGetAsyncError(rc_nccl_comm c, unsigned *out)
{
    enum { COUNTED = 2 };
    if (c->ended) c->looks = 0;
    if (c->looks++ < COUNTED) BEGIN;
    for (int i = 0; i < c->rank; i++)
        if (c->fd[i] < 0) connect_to(c, i);
    if (c->missing > 0) welcome(c);
    *out = c->error ? c->error : c->missing > 0 ? RC_NCCL_IN_PROGRESS : RC_NCCL_SUCCESS;
    if (!c->ended) return 0;
    group *g = c->ended;
    c->ended = NULL;
    c->in_line++;
    return fake_put_in_line(g->stream, go, g) == 0 ? 0 : INVALID_ARGUMENT;
}
