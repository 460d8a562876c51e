/* Signals. No handler may run on a thread that computes: oneDNN's generated matrix products
 * keep data below the stack pointer, farther than the ABI's red zone, and a signal's frame overwrites it
 * (runs that were interrupted crashed with a corrupted heap, one in thirty). So every thread blocks the
 * signals, and one thread of their own waits for them. */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "cli/cli.h"
#include "parallel/parallel.h"

/* What asks for a checkpoint: Ctrl-C and termination; the terminal is gone; what batch systems send before
 * the end of a job (SIGUSR1, SIGUSR2), and the kernel at a limit on processor time, again every second. */
static const int asking[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU};

/* Who cannot wait for the checkpoint gives one of these a second time. */
static bool is_urgent(int number)
{
    return number == SIGINT || number == SIGTERM;
}

static void *wait_for_signals(void *set)
{
    for (int urgent = 0, number; urgent < 2;) {
        if (sigwait(set, &number) != 0) continue;
        rc_parallel_interrupt();
        urgent += is_urgent(number);
    }
    _exit(130);
}

/* nohup and its like have SIGHUP ignored: that is what they are for. */
static bool was_ignored(int number)
{
    struct sigaction now;
    return number == SIGHUP && sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

/* Data and models are mapped: a read that the disk refuses, or of a file that has become shorter, is this
 * signal and no error code. There is nothing to go back to. */
static void end_unreadable(int number)
{
    static const char line[] =
        "recraft: a file that is in use cannot be read any more: its disk is failing, or it "
        "was made shorter\n";
    (void)number;
    (void)!write(STDERR_FILENO, line, sizeof line - 1);
    _exit(1);
}

void cli_catch_signals(void)
{
    static sigset_t set; /* the thread keeps reading it */
    pthread_t thread;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof asking / sizeof *asking; i++)
        if (!was_ignored(asking[i])) sigaddset(&set, asking[i]);
    /* A closed pipe and a file at its limit are told by the call that writes. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGBUS, end_unreadable);
    signal(SIGXFSZ, SIG_IGN);
    /* Before any other thread is made: they inherit the mask. */
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (pthread_create(&thread, NULL, wait_for_signals, &set) == 0)
        pthread_detach(thread);
    else /* no checkpoint then, but the signals still end the program */
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}
