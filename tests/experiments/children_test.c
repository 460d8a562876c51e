/* Processes of an experiment, and what is read of a run from its folder. */
#include "check.h"

#include <signal.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/progress.h"
#include "experiments/children.h"
#include "experiments/run_folder.h"

enum { CHILDREN = 4 };

static char folder[] = "/tmp/recraft_children_XXXXXX";

static const char *in(const char *name)
{
    static char path[4][96];
    static int at;
    char *out = path[at = (at + 1) % 4];
    snprintf(out, sizeof path[0], "%s/%s", folder, name);
    return out;
}

static bool holds(const char *path, const char *text)
{
    char *got;
    size_t size;
    if (rc_file_read(path, 1 << 16, &got, &size) != RC_OK) return false;
    bool same = strcmp(got, text) == 0;
    rc_free(got);
    return same;
}

/* ---- processes ---- */

static rc_status (*turn)(void *context, rc__child *child, rc__turn *out);
static char sh[] = "sh", dash_c[] = "-c";

static rc_status run(char *const *script, int n, int64_t at_once, rc_status (*ended)(void *, rc__child *),
                     void *context, rc__child *child)
{
    char *arguments[CHILDREN][4], log[96], output[CHILDREN][96];
    rc__crew crew = {"/bin/sh", at_once, 1, ended, context, turn};
    snprintf(log, sizeof log, "%s", in("log"));
    for (int i = 0; i < n; i++) {
        char name[16];
        char *const words[] = {sh, dash_c, script[i], NULL};
        memcpy(arguments[i], words, sizeof words);
        snprintf(name, sizeof name, "out-%d", i);
        snprintf(output[i], sizeof output[i], "%s", in(name));
        child[i] = (rc__child){.arguments = arguments[i], .log = log, .output = output[i]};
    }
    return rc__children_run(&crew, child, n);
}

static rc_status count(void *context, rc__child *child)
{
    *(int *)context += child->ended;
    return RC_OK;
}

TEST(how_each_ended_is_told)
{
    char good[] = "echo said; echo told >&2", bad[] = "exit 7", killed[] = "kill -9 $$",
         threads[] = "echo $OMP_NUM_THREADS";
    char *const script[] = {good, bad, killed, threads};
    rc__child child[CHILDREN];
    int ended = 0;
    OK(run(script, CHILDREN, 2, count, &ended, child));
    CHECK(ended == CHILDREN);
    CHECK(child[0].code == 0 && child[1].code == 7 && child[2].code == 128 + SIGKILL && child[3].code == 0);
    CHECK(holds(in("out-0"), "said\n") && holds(in("log"), "told\n") && holds(in("out-3"), "1\n"));
}

/* One at a time they begin in order, each after the one before it. */
TEST(no_more_at_once_than_allowed)
{
    char first[] = "sleep 0.05; echo a >&2", second[] = "echo b >&2";
    char *const script[] = {first, second};
    rc__child child[CHILDREN];
    int ended = 0;
    unlink(in("log"));
    OK(run(script, 2, 1, count, &ended, child));
    CHECK(holds(in("log"), "a\nb\n"));
}

/* The first is somebody else's for a while, the last has nothing left to do. */
static rc_status take_turns(void *context, rc__child *child, rc__turn *out)
{
    const char *script = child->arguments[2];
    int *asked = context;
    *out = strstr(script, "never")                     ? RC__TURN_NEVER
           : strstr(script, "later") && asked[0]++ < 2 ? RC__TURN_LATER
                                                       : RC__TURN_NOW;
    return RC_OK;
}

static rc_status ended_well(void *context, rc__child *child)
{
    (void)context;
    return child->code == 0 ? RC_OK : rc_fail(RC_DATA, "code %d", child->code);
}

TEST(each_in_its_turn)
{
    char first[] = "echo later >&2", second[] = "echo now >&2", third[] = "echo never >&2";
    char *const script[] = {first, second, third};
    rc__child child[CHILDREN];
    int asked = 0;
    unlink(in("log"));
    turn = take_turns;
    OK(run(script, 3, 1, ended_well, &asked, child));
    turn = NULL;
    CHECK(holds(in("log"), "now\nlater\n") && asked == 3 && !child[2].process);
}

static rc_status refuse(void *context, rc__child *child)
{
    (void)context;
    return child->code ? rc_fail(RC_DATA, "enough") : RC_OK;
}

/* Those that run are interrupted, and none is started any more. */
TEST(a_failure_ends_the_work)
{
    char fails[] = "exit 1", waits[] = "exec sleep 20", never[] = "echo begun >&2";
    char *const script[] = {waits, fails, never};
    rc__child child[CHILDREN];
    double started = rc_clock();
    unlink(in("log"));
    FAILS(RC_DATA, "enough", run(script, 3, 2, refuse, NULL, child));
    CHECK(rc_clock() - started < 10 && child[0].code == 128 + SIGINT && !child[2].process);
    CHECK(holds(in("log"), ""));
}

/* ---- run folders ---- */

TEST(a_failure_is_kept_beside_the_folder)
{
    const char *run = in("run"), *log = "epoch 1\nrecraft: the data are gone\n\n";
    char failed[128], messages[128];
    snprintf(failed, sizeof failed, "%s.failed", run);
    snprintf(messages, sizeof messages, "%s.log", run);
    CHECK(rc__run_state_of(run) == RC__RUN_OPEN);
    OK(rc_file_write(messages, log, strlen(log)));
    OK(rc__run_note_failure(run, 2));
    CHECK(rc__run_state_of(run) == RC__RUN_FAILED && holds(failed, "the data are gone"));
    OK(rc__run_note_failure(run, 128 + SIGKILL));
    CHECK(holds(failed, "ended by signal 9 (Killed)"));
    OK(rc_file_write(messages, "", 0));
    OK(rc__run_note_failure(run, 3));
    CHECK(holds(failed, "ended with code 3 and no message"));
    rc__run_forget_failure(run);
    CHECK(rc__run_state_of(run) == RC__RUN_OPEN && !rc_path_exists(failed) && !rc_path_exists(messages));
}

TEST(another_run_than_the_planned_is_refused)
{
    rc_config planned;
    rc_string text = {0};
    const char *run = in("other");
    char path[128];
    rc_config_defaults(&planned);
    OK(rc__run_check(run, &planned, NULL, "nft")); /* not there yet */
    OK(rc_make_directory(run));
    OK(rc_config_write(&planned, &text));
    snprintf(path, sizeof path, "%s/config.yaml", run);
    OK(rc_file_write(path, text.data, text.length));
    snprintf(path, sizeof path, "%s/run.json", run);
    OK(rc_file_write(path, "{\"method\": \"nft\", \"source\": \"s\"}", 32));
    OK(rc__run_check(run, &planned, "s", "nft"));
    FAILS(RC_CONFIG, "by method nft from source s", rc__run_check(run, &planned, "t", "nft"));
    FAILS(RC_CONFIG, "by method nft", rc__run_check(run, &planned, NULL, "recraft"));
    planned.fit.epochs = 7;
    FAILS(RC_CONFIG, "fit.epochs is 30 there and 7 now", rc__run_check(run, &planned, "s", "nft"));
    rc_string_free(&text);
}

int main(void)
{
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    RUN(how_each_ended_is_told);
    RUN(no_more_at_once_than_allowed);
    RUN(each_in_its_turn);
    RUN(a_failure_ends_the_work);
    RUN(a_failure_is_kept_beside_the_folder);
    RUN(another_run_than_the_planned_is_refused);
    CHECK(rc_remove_tree(folder) == RC_OK);
    return RESULT();
}
