/* Three processes that watch each other: one is killed, one fails, two do not reach each other any more, or
 * all leave in good order. */
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "parallel/watch.h"

enum { RANKS = 3, PATIENCE = 60 };

static const char host[RANKS][RC_WATCH_HOST] = {"first", "second", "third"};

/* What a rank does once all have met. */
typedef enum deed { LEAVES, WAITS, FAILS_SO, IS_KILLED, SHUTS_ITS_DOOR } deed;

static void end(const char *line, int code)
{
    if (line) dprintf(STDOUT_FILENO, "%s\n", line);
    _exit(code);
}

/* Rank 1 speaks where rank 0 is gone. */
static void be(const rc_door_card card[RANKS], int door, int rank, deed d)
{
    alarm(PATIENCE);
    if (rc__watch_begin(card, door, rank, RANKS, host, rank < 2, end) != RC_OK) end(rc_error_text(), 99);
    if (d == IS_KILLED) raise(SIGKILL);
    if (d == SHUTS_ITS_DOOR) {
        sleep(2); /* it has been called on by now */
        shutdown(door, SHUT_RDWR);
    }
    if (d == FAILS_SO) rc__watch_fail(rc_fail(RC_CONFIG, "there is no such thing"));
    if (d != LEAVES) sleep(PATIENCE);
    rc__watch_end();
    _exit(0);
}

/* Exit codes, a killed one's as -1, and all that they said. */
static void run(const deed *d, int code[RANKS], size_t room, char *said)
{
    rc_door_card card[RANKS];
    int out[2], status, door[RANKS];
    pid_t pid[RANKS];
    ssize_t n = 0, more;
    said[0] = '\0';
    for (int i = 0; i < RANKS; i++) {
        OK(rc__door_open(&card[i], &door[i]));
        CHECK(card[i].n > 0);
    }
    REQUIRE(pipe(out) == 0);
    for (int i = 0; i < RANKS; i++) {
        pid[i] = fork();
        REQUIRE(pid[i] >= 0);
        if (pid[i] > 0) continue;
        dup2(out[1], STDOUT_FILENO);
        be(card, door[i], i, d[i]);
    }
    for (int i = 0; i < RANKS; i++)
        close(door[i]);
    close(out[1]);
    while ((more = read(out[0], said + n, room - 1 - (size_t)n)) > 0)
        n += more;
    said[n] = '\0';
    close(out[0]);
    for (int i = 0; i < RANKS; i++) {
        REQUIRE(waitpid(pid[i], &status, 0) == pid[i]);
        code[i] = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
}

static void check(const deed *d, int first, int second, int third, const char *line)
{
    char said[1024];
    int code[RANKS] = {-2, -2, -2};
    run(d, code, sizeof said, said);
    CHECK(code[0] == first && code[1] == second && code[2] == third);
    const char *at = strchr(said, '\n');
    CHECK(line ? strncmp(said, line, strlen(line)) == 0 && at && !at[1] : !said[0]); /* once */
}

TEST(all_leave)
{
    check((deed[]){LEAVES, LEAVES, LEAVES}, 0, 0, 0, NULL);
}

TEST(one_is_killed)
{
    check((deed[]){WAITS, WAITS, IS_KILLED}, 1, 1, -1, "rank 2 on third is gone");
    check((deed[]){WAITS, IS_KILLED, WAITS}, 1, -1, 1, "rank 1 on second is gone");
}

/* Nobody is left there to tell it to the others. */
TEST(the_first_is_killed)
{
    check((deed[]){IS_KILLED, WAITS, WAITS}, -1, 1, 1, "rank 0 on first is gone");
}

TEST(one_fails)
{
    check((deed[]){WAITS, WAITS, FAILS_SO}, 2, 2, 2, "rank 2 on third: there is no such thing\n");
}

/* Rank 0 reaches both. */
TEST(a_link_of_two_others_is_cut)
{
    check((deed[]){WAITS, WAITS, SHUTS_ITS_DOOR}, 1, 1, 1,
          "rank 1 on second: the network to rank 2 on third is gone; give the same command again");
}

int main(void)
{
    RUN(all_leave);
    RUN(one_is_killed);
    RUN(the_first_is_killed);
    RUN(one_fails);
    RUN(a_link_of_two_others_is_cut);
    return RESULT();
}
