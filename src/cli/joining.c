/* One command as several processes. Whatever a rank but the first would print goes nowhere. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/current_context.h"
#include "cli/cli.h"
#include "parallel/parallel.h"

static bool speaks = true;

static void end(const char *line, int code)
{
    if (line) fprintf(stderr, "recraft: %s\n", line);
    _exit(code);
}

rc_status cli_join_ranks(int argc, char **argv)
{
    rc_status status = rc_parallel_join(argc, argv, end);
    rc_context_current()->card = rc_parallel_neighbour();
    speaks = rc_parallel_rank() == 0;
    if (speaks || freopen("/dev/null", "w", stdout)) return status;
    return rc_fail(RC_MACHINE, "/dev/null: %s", strerror(errno));
}

rc_status cli_refuse_ranks(const char *command, const char *able)
{
    int rank;
    if (!rc_parallel_is_one_of_several(&rank)) return RC_OK;
    speaks = rank == 0;
    if (!speaks)
        sleep(1); /* a launcher may end all as soon as one has ended, and the line is to come first */
    return rc_fail(RC_CONFIG,
                   "%s: several ranks were started, which it cannot share; start one (on ranks work %s)",
                   command, able);
}

int cli_leave_ranks(rc_status status)
{
    if (status != RC_OK && speaks) fprintf(stderr, "recraft: %s\n", rc_error_text());
    fflush(stdout); /* it may end without coming back */
    rc_parallel_leave(status);
    return rc_status_exit_code(status);
}
