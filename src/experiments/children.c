#include "experiments/children.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "base/file.h"
#include "base/memory.h"
#include "base/progress.h"

extern char **environ;

enum { OURS = 3, CANNOT_START = 126 };

/* The caller's environment with our threads. Idle threads must sleep: those that spin between parallel
 * regions take the cores from the other processes. A child is a run of its own, whatever launcher has started
 * us.
 */
static rc_status make_environment(int64_t threads, char ***out, char number[32])
{
    static char passive[] = "OMP_WAIT_POLICY=passive", alone[] = "RECRAFT_MPI=none";
    size_t n = 0, used = 0;
    while (environ[n])
        n++;
    RC_TRY(RC_NEW(out, n + OURS + 1));
    for (size_t i = 0; i < n; i++)
        if (strncmp(environ[i], "OMP_NUM_THREADS=", 16) != 0 &&
            strncmp(environ[i], "OMP_WAIT_POLICY=", 16) != 0 && strncmp(environ[i], "RECRAFT_MPI=", 12) != 0)
            (*out)[used++] = environ[i];
    snprintf(number, 32, "OMP_NUM_THREADS=%lld", (long long)threads);
    (*out)[used++] = number;
    (*out)[used++] = passive;
    (*out)[used++] = alone;
    return RC_OK;
}

typedef struct streams {
    int in, out, err;
} streams;

/* Between fork and exec: only calls that are safe there. */
static void become(const char *program, char **arguments, char **environment, const streams *io, pid_t parent)
{
    setpgid(0, 0);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGINT);
#endif
    if (getppid() != parent) _exit(CANNOT_START);
    if (dup2(io->in, STDIN_FILENO) < 0 || dup2(io->out, STDOUT_FILENO) < 0 ||
        dup2(io->err, STDERR_FILENO) < 0)
        _exit(CANNOT_START);
    execve(program, arguments, environment);
    static const char text[] = "recraft: the program cannot be started again\n";
    ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written;
    _exit(CANNOT_START);
}

static rc_status fork_child(const rc__crew *crew, rc__child *c, char **environment, const streams *io)
{
    pid_t parent = getpid(), process = fork();
    if (process < 0) return rc_fail_system("a process", "started", errno);
    if (process == 0) become(crew->program, c->arguments, environment, io, parent);
    setpgid(process, process); /* here too: whichever comes first */
    c->process = process;
    c->started = rc_clock();
    return RC_OK;
}

static rc_status open_file(const char *path, int flags, int *out)
{
    *out = open(path, flags | O_CLOEXEC, 0666);
    if (*out < 0) return rc_fail_system(path, "opened", errno);
    return RC_OK;
}

static rc_status open_streams(const rc__child *c, streams *io)
{
    RC_TRY(open_file("/dev/null", O_RDONLY, &io->in));
    RC_TRY(open_file(c->log, O_WRONLY | O_CREAT | O_APPEND, &io->err));
    return open_file(c->output ? c->output : "/dev/null", O_WRONLY | (c->output ? O_CREAT | O_TRUNC : 0),
                     &io->out);
}

static rc_status start(const rc__crew *crew, rc__child *c)
{
    char **environment, number[32];
    streams io = {-1, -1, -1};
    rc_status status = open_streams(c, &io);
    if (status == RC_OK) status = make_environment(crew->threads, &environment, number);
    if (status == RC_OK) {
        status = fork_child(crew, c, environment, &io);
        rc_free(environment);
    }
    const int file[] = {io.in, io.out, io.err};
    for (size_t i = 0; i < sizeof file / sizeof *file; i++)
        if (file[i] >= 0) close(file[i]);
    return status;
}

/* True when it has ended now. A process that cannot be waited for is lost, and counts as ended. */
static bool reap(rc__child *c)
{
    int how;
    if (!c->process || c->ended) return false;
    pid_t who = waitpid(c->process, &how, WNOHANG);
    if (who == 0 || (who < 0 && errno == EINTR)) return false;
    c->ended = true;
    c->code = who < 0 ? 1 : WIFEXITED(how) ? WEXITSTATUS(how) : 128 + (WIFSIGNALED(how) ? WTERMSIG(how) : 0);
    c->seconds = rc_clock() - c->started;
    return true;
}

static void interrupt_all(const rc__child *child, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (child[i].process && !child[i].ended) kill(child[i].process, SIGINT);
}

static void nap(void)
{
    struct timespec pause = {0, 20 * 1000 * 1000};
    nanosleep(&pause, NULL);
}

/* Where SIGCHLD is ignored, as whoever started us may have left it, no process can be waited for. */
static void notice_ends(void)
{
    struct sigaction now;
    if (sigaction(SIGCHLD, NULL, &now) == 0 && now.sa_handler == SIG_IGN) signal(SIGCHLD, SIG_DFL);
}

/* To ask costs others' file server some work: less and less often. */
static void put_off(rc__child *c)
{
    static const double shortest = 0.25, longest = 16;
    c->pause = !(c->pause > 0) ? shortest : c->pause < longest ? 2 * c->pause : longest;
    c->again = rc_clock() + c->pause;
}

void rc__child_renew(rc__child *c)
{
    c->process = 0;
    c->ended = false;
    put_off(c);
}

static rc_status ask(const rc__crew *crew, rc__child *c, rc__turn *turn)
{
    *turn = RC__TURN_LATER;
    if (rc_clock() < c->again) return RC_OK;
    *turn = RC__TURN_NOW;
    if (crew->turn) RC_TRY(crew->turn(crew->context, c, turn));
    if (*turn == RC__TURN_LATER) put_off(c);
    c->ended = *turn == RC__TURN_NEVER;
    return RC_OK;
}

static rc_status start_some(const rc__crew *crew, rc__child *child, int64_t n, int64_t *running)
{
    for (int64_t i = 0; i < n && *running < crew->at_once; i++) {
        rc__turn turn;
        if (child[i].process || child[i].ended) continue;
        RC_TRY(ask(crew, &child[i], &turn));
        if (turn != RC__TURN_NOW) continue;
        RC_TRY(start(crew, &child[i]));
        ++*running;
    }
    return RC_OK;
}

static bool is_left(const rc__child *child, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (!child[i].ended) return true;
    return false;
}

rc_status rc__children_run(const rc__crew *crew, rc__child *child, int64_t n)
{
    int64_t running = 0;
    bool told = false;
    rc_status status = RC_OK;
    notice_ends();
    while (running > 0 || (status == RC_OK && is_left(child, n))) {
        if (rc_interrupt_requested() && status == RC_OK) status = rc_fail(RC_INTERRUPTED, "interrupted");
        if (status == RC_OK) status = start_some(crew, child, n, &running);
        if (status != RC_OK && !told) {
            interrupt_all(child, n);
            told = true;
        }
        for (int64_t i = 0; i < n; i++) {
            if (!reap(&child[i])) continue;
            running--;
            rc_status after = crew->ended(crew->context, &child[i]);
            if (status == RC_OK) status = after;
        }
        if (is_left(child, n)) nap();
    }
    return status;
}
