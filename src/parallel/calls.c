#include "parallel/calls.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"

/* Seconds: between calls on the same rank, and between any two, at least; until an answer is not waited for
 * any longer. */
static const double ROUND = 3, PAUSE = 0.02, PATIENCE = 2;
enum { DOOR, CALL };

typedef struct other {
    bool reached;   /* ever */
    double failing; /* since when; 0: it is not */
    int address;    /* by which it was reached, or is to be tried */
} other;

static struct calls {
    const rc_door_card *card;
    int64_t rank, size;
    int door;
    other *of;    /* [size] */
    int fd;       /* of the call under way; -1: none is */
    int64_t whom; /* it is for, or the next is */
    double begun; /* that call */
    double next;  /* call: not before */
} c = {.door = -1, .fd = -1};

rc_status rc__calls_begin(const rc_door_card *card, int64_t rank, int64_t size, int door)
{
    c = (struct calls){.card = card, .rank = rank, .size = size, .door = door, .fd = -1, .whom = rank + 1};
    return RC_NEW(&c.of, size);
}

static void hang_up(void)
{
    if (c.fd >= 0) close(c.fd);
    c.fd = -1;
}

static void shut(void)
{
    if (c.door >= 0) close(c.door);
    c.door = -1;
}

/* Whoever comes is told who lives here, and says nothing. */
static void answer(void)
{
    int fd = accept4(c.door, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0 && errno == EINVAL) shut();
    if (fd < 0) return;
    (void)!send(fd, &c.card[c.rank].token, sizeof c.card->token, MSG_NOSIGNAL);
    close(fd);
}

static void call(double now)
{
    const rc_door_card *to = &c.card[c.whom];
    c.begun = now;
    if (to->n == 0) return;
    c.fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const struct sockaddr_in6 *at = &to->address[c.of[c.whom].address];
    /* Whether it can be made is seen with the answer. */
    if (c.fd >= 0) (void)!connect(c.fd, (const struct sockaddr *)at, sizeof *at);
}

static void go_to_next(double now)
{
    double others = (double)(c.size - 1 - c.rank), pause = ROUND / others;
    if (++c.whom == c.size) c.whom = c.rank + 1;
    c.next = now + (pause > PAUSE ? pause : PAUSE);
}

static bool is_answered(void)
{
    uint64_t token = 0;
    return recv(c.fd, &token, sizeof token, MSG_DONTWAIT) == sizeof token && token == c.card[c.whom].token;
}

/* The call under way has ended; is its rank gone? Of one that was never reached all addresses are tried at
 * once. */
static bool take_end(bool answered, double now, double silence)
{
    other *o = &c.of[c.whom];
    bool tries_another = !answered && !o->reached && o->address + 1 < c.card[c.whom].n;
    if (!answered && !o->reached) o->address = tries_another ? o->address + 1 : 0;
    o->reached |= answered;
    o->failing = answered ? 0 : o->failing ? o->failing : c.begun;
    c.begun = 0;
    hang_up();
    if (!tries_another) go_to_next(now);
    return o->reached && o->failing && now - o->failing > silence;
}

static bool is_to_call(double now)
{
    return c.fd < 0 && c.rank > 0 && c.rank + 1 < c.size && now >= c.next;
}

void rc__calls_prepare(struct pollfd out[RC_CALLS_WAITS], double now, int *wait)
{
    if (is_to_call(now)) call(now);
    double until = (c.next - now) * 1000;
    if (c.fd < 0 && until > 0 && until < *wait) *wait = (int)until + 1;
    out[DOOR] = (struct pollfd){.fd = c.door, .events = POLLIN};
    out[CALL] = (struct pollfd){.fd = c.fd, .events = POLLIN};
}

int64_t rc__calls_go_on(const struct pollfd in[RC_CALLS_WAITS], double now, double silence)
{
    if (in[DOOR].revents) answer();
    if (!c.begun) return 0;
    bool heard = c.fd >= 0 && in[CALL].revents;
    if (c.fd >= 0 && !heard && now - c.begun < PATIENCE) return 0;
    int64_t whom = c.whom;
    return take_end(heard && is_answered(), now, silence) ? whom : 0;
}

void rc__calls_excuse(void)
{
    for (int64_t i = 0; i < c.size; i++)
        c.of[i].failing = 0;
}

void rc__calls_end(void)
{
    hang_up();
    shut();
    rc_free(c.of);
    c.of = NULL;
}
