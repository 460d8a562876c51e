#include "parallel/watch.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/progress.h"
#include "parallel/calls.h"

/* Seconds: between two beats; of silence until a rank counts as gone; that rank 0 is given to fail of the
 * same by itself, and whoever speaks to do so; for one connection, and for all of them; from one good-bye to
 * the other. */
static const double BEAT = 3, SILENCE = 15, GRACE = 2, CONNECT = 3, MEET = 20, FAREWELL = 5;
enum { TEXT = 500 };

typedef enum kind { HELLO, BEATS, GONE, FAILED, BYE } kind;
typedef struct message {
    int32_t kind, rank, code;
    char text[TEXT];
    uint64_t token;
} message;

static struct watch {
    int64_t rank, size;
    /* rank 0: [size], its own unused; others: [1], rank 0. fd -1: said good-bye. Then those of calls.h. */
    struct pollfd *peer;
    double *heard; /* likewise */
    const char (*host)[RC_WATCH_HOST];
    bool speaks;
    rc_parallel_end end;
    pthread_t thread;
    atomic_bool leaving;
    message failure; /* of the first rank that told one */
    double failed;   /* when; 0: none has */
} w;

/* ---- messages ---- */

static void send_to(int fd, const message *m)
{
    /* Whoever cannot take so little is found silent. */
    if (fd >= 0) (void)!send(fd, m, sizeof *m, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static int64_t peers(void)
{
    return w.rank == 0 ? w.size : 1;
}

static void send_to_all(const message *m)
{
    for (int64_t i = 0; i < peers(); i++)
        send_to(w.peer[i].fd, m);
}

static bool receive(int fd, message *m)
{
    return recv(fd, m, sizeof *m, MSG_WAITALL) == (ssize_t)sizeof *m;
}

/* ---- what may happen ---- */

/* The launcher ends all once one process has failed: whoever speaks does so first. */
static void end_silently(int code)
{
    struct pollfd speaker = {.fd = w.peer[0].fd, .events = POLLRDHUP};
    poll(&speaker, 1, 3000);
    w.end(NULL, code);
}

static void lost(int64_t rank)
{
    char line[TEXT];
    message m = {.kind = GONE, .rank = (int32_t)rank};
    rc_message_print(
        sizeof line, line,
        "rank %lld on %s is gone; give the same command again, with \1resume if it trains, on any "
        "number of ranks that divides fit.shards",
        (long long)rank, w.host[rank]);
    if (w.rank == 0) send_to_all(&m);
    /* Whoever speaks has lost rank 0 at the same moment. */
    if (!w.speaks) sleep((unsigned)GRACE);
    w.end(w.speaks ? line : NULL, 1);
}

/* Rank 0 still hears of both. */
static void cut_off(int64_t rank)
{
    message m = {.kind = FAILED, .rank = (int32_t)w.rank, .code = rc_status_exit_code(RC_MACHINE)};
    if (atomic_load(&w.leaving)) return;
    rc_message_print(
        sizeof m.text, m.text,
        "the network to rank %lld on %s is gone; give the same command again, with \1resume if it "
        "trains, on any number of ranks that divides fit.shards",
        (long long)rank, w.host[rank]);
    send_to_all(&m);
}

static void tell_failure(void)
{
    char line[TEXT + RC_WATCH_HOST + 32];
    const message *m = &w.failure;
    snprintf(line, sizeof line, "rank %d on %s: %s", m->rank, w.host[m->rank], m->text);
    send_to_all(m);
    w.end(line, m->code);
}

static void close_peer(int64_t i)
{
    close(w.peer[i].fd);
    w.peer[i].fd = -1;
}

static void hear(int64_t i)
{
    message m;
    w.heard[i] = rc_clock();
    if (!receive(w.peer[i].fd, &m)) {
        if (!atomic_load(&w.leaving)) lost(i);
        close_peer(i);
        return;
    }
    m.text[TEXT - 1] = '\0';
    if (m.kind == BYE) close_peer(i);
    if (m.kind == GONE || (m.kind == FAILED && w.rank > 0)) end_silently(m.kind == GONE ? 1 : m.code);
    if (m.kind == FAILED && !w.failed && m.rank > 0 && m.rank < w.size) {
        w.failure = m;
        w.failed = rc_clock();
    }
}

static bool has_peers(void)
{
    for (int64_t i = 0; i < peers(); i++)
        if (w.peer[i].fd >= 0) return true;
    return false;
}

static void look(double now)
{
    int wait = 200;
    rc__calls_prepare(w.peer + peers(), now, &wait);
    poll(w.peer, (nfds_t)peers() + RC_CALLS_WAITS, wait);
    int64_t cut = rc__calls_go_on(w.peer + peers(), now, SILENCE);
    if (cut) cut_off(cut);
    for (int64_t i = 0; i < peers(); i++) {
        if (w.peer[i].fd < 0) continue;
        if (w.peer[i].revents)
            hear(i);
        else if (now - w.heard[i] > SILENCE)
            lost(i);
    }
}

/* Nobody has been silent before now. */
static void begin_to_hear(double now)
{
    for (int64_t i = 0; i < peers(); i++)
        w.heard[i] = now;
    rc__calls_excuse();
}

/* Connections stay until the other side has said good-bye, too: closed with something unread, they would take
 * the good-bye along. */
static void *watch(void *unused)
{
    double beaten = 0, left = 0, last = rc_clock();
    (void)unused;
    for (double now = rc_clock(); has_peers() && (!left || now - left < FAREWELL); now = rc_clock()) {
        /* A job that was suspended, or Ctrl-Z: the others stood still, too. */
        if (now - last > BEAT) begin_to_hear(now);
        last = now;
        look(now);
        if (w.failed && now - w.failed > GRACE) tell_failure();
        if (left) continue;
        if (atomic_load(&w.leaving)) {
            send_to_all(&(message){.kind = BYE});
            left = now;
        } else if (now - beaten > BEAT) {
            send_to_all(&(message){.kind = BEATS});
            beaten = now;
        }
    }
    return NULL;
}

/* ---- connecting ---- */

/* Calls on this connection do not last longer. */
static void bound(int fd)
{
    struct timeval limit = {.tv_sec = (time_t)CONNECT};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

static void welcome(int door, uint64_t token)
{
    message m;
    int fd = accept4(door, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) return;
    bound(fd);
    if (!receive(fd, &m) || m.kind != HELLO || m.token != token || m.rank < 1 || m.rank >= w.size ||
        w.peer[m.rank].fd >= 0) {
        close(fd);
        return;
    }
    w.peer[m.rank].fd = fd;
    send_to(fd, &m);
}

static rc_status meet_all(const rc_door_card *card, int port)
{
    struct pollfd door = {.fd = port, .events = POLLIN};
    int64_t missing = 1;
    for (double started = rc_clock(); rc_clock() - started < MEET;) {
        while (missing < w.size && w.peer[missing].fd >= 0)
            missing++;
        if (missing == w.size) break;
        if (poll(&door, 1, 1000) == 1) welcome(port, card->token);
    }
    close(port);
    RC_CHECK(missing == w.size, RC_MACHINE,
             "rank %lld on %s does not reach rank 0 on %s by TCP, by which ranks watch each other",
             (long long)missing, w.host[missing], w.host[0]);
    return RC_OK;
}

static bool try_address(const struct sockaddr_in6 *to, uint64_t token)
{
    message m = {.kind = HELLO, .rank = (int32_t)w.rank, .token = token};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    bound(fd);
    if (connect(fd, (const struct sockaddr *)to, sizeof *to) == 0) {
        send_to(fd, &m);
        if (receive(fd, &m) && m.token == token) {
            w.peer[0].fd = fd;
            return true;
        }
    }
    close(fd);
    return false;
}

static rc_status meet_first(const rc_door_card *card)
{
    for (int i = 0; i < card->n; i++)
        if (try_address(&card->address[i], card->token)) return RC_OK;
    return rc_fail(RC_MACHINE,
                   "rank %lld on %s does not reach rank 0 on %s by TCP, by which ranks watch each other",
                   (long long)w.rank, w.host[w.rank], w.host[0]);
}

static rc_status start_thread(void)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int code = pthread_create(&w.thread, NULL, watch, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    RC_CHECK(code == 0, RC_MACHINE, "a thread that watches the other ranks: %s", strerror(code));
    return RC_OK;
}

rc_status rc__watch_begin(const rc_door_card *card, int door, int64_t rank, int64_t size,
                          const char (*host)[RC_WATCH_HOST], bool speaks, rc_parallel_end end)
{
    w.rank = rank;
    w.size = size;
    w.host = host;
    w.speaks = speaks;
    w.end = end;
    RC_TRY(RC_NEW(&w.peer, peers() + RC_CALLS_WAITS));
    RC_TRY(RC_NEW(&w.heard, peers()));
    for (int64_t i = 0; i < peers(); i++)
        w.peer[i] = (struct pollfd){.fd = -1, .events = POLLIN};
    RC_TRY(w.rank == 0 ? meet_all(card, door) : meet_first(card));
    RC_TRY(rc__calls_begin(card, rank, size, w.rank == 0 ? -1 : door));
    begin_to_hear(rc_clock());
    return start_thread();
}

/* ---- leaving ---- */

void rc__watch_end(void)
{
    atomic_store(&w.leaving, true);
    pthread_join(w.thread, NULL);
    rc__calls_end();
    rc_free(w.peer);
    rc_free(w.heard);
    w.peer = NULL;
}

void rc__watch_fail(rc_status status)
{
    message m = {.kind = FAILED, .rank = (int32_t)w.rank, .code = rc_status_exit_code(status)};
    if (!w.peer) return;
    snprintf(m.text, sizeof m.text, "%s", rc_error_text());
    send_to_all(&m);
    /* The thread ends this process when rank 0 has spoken. */
    if (w.rank > 0) sleep((unsigned)SILENCE);
}
