/* Ctrl-C and termination. No handler may run on a thread that computes: oneDNN's generated matrix products
 * keep data below the stack pointer, farther than the ABI's red zone, and a signal's frame overwrites it
 * (runs that were interrupted crashed with a corrupted heap, one in thirty). So every thread blocks the
 * signals, and one thread of their own waits for them. */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "cli/cli.h"

/* The first signal asks for a checkpoint, the second ends at once. */
static void *wait_for_signals(void *set)
{
    int number;
    while (sigwait(set, &number) != 0)
        ;
    rc_interrupt();
    while (sigwait(set, &number) != 0)
        ;
    _exit(130);
}

void cli_catch_signals(void)
{
    static sigset_t set; /* the thread keeps reading it */
    pthread_t thread;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is told as a failed write */
    /* Before any other thread is made: they inherit the mask. */
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (pthread_create(&thread, NULL, wait_for_signals, &set) == 0)
        pthread_detach(thread);
    else /* no checkpoint then, but the signals still end the program */
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}
