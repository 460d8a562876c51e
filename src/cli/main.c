/* recraft: the program. Finds the command, reads its options, runs it, and turns a failure into one line and
 * an exit code. */
#include <stdio.h>
#include <string.h>

#include "base/current_context.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cli/cli.h"
#include "parallel/parallel.h"
#include "recraft/version.h"

const cli_command *const cli_commands[] = {
    &cli_data_list,
    &cli_data_show,
    &cli_data_get,
    &cli_data_make,
    &cli_data_import,
    &cli_data_transform,
    &cli_pretrain,
    &cli_source_build,
    &cli_source_get,
    &cli_source_show,
    &cli_source_list,
    &cli_fit,
    &cli_distill,
    &cli_auto,
    &cli_eval,
    &cli_predict,
    &cli_export,
    &cli_embed,
    &cli_tokenize,
    &cli_distance,
    &cli_align,
    &cli_bench,
    &cli_devices,
    &cli_report,
    &cli_models_get,
    &cli_models_list,
    &cli_compare,
    &cli_completion,
    NULL,
};
enum { COMMANDS = sizeof cli_commands / sizeof *cli_commands - 1 };

static rc_status print_help(void)
{
    printf("recraft %s: pre-trained transformers on data they were never trained on\n\nusage: recraft "
           "COMMAND [OPTIONS]\n\n",
           rc_version());
    for (int i = 0; i < COMMANDS; i++)
        printf("  %-15s %s\n", cli_commands[i]->words, cli_commands[i]->about);
    return cli_text(
        "\n`recraft COMMAND --help` says what a command takes, with examples; `--help all` says everything.\n"
        "Exit codes: 0 done, 1 our fault or the machine's, 2 the input is wrong, 130 interrupted with a\n"
        "checkpoint written.\n");
}

/* ---- finding the command ---- */

static const cli_command *find(int argc, char **argv, int *used)
{
    for (int i = 0; i < COMMANDS; i++) {
        const char *words = cli_commands[i]->words, *blank = strchr(words, ' ');
        size_t first = blank ? (size_t)(blank - words) : strlen(words);
        if (strlen(argv[0]) != first || strncmp(argv[0], words, first) != 0) continue;
        if (blank && (argc < 2 || strcmp(argv[1], blank + 1) != 0)) continue;
        *used = blank ? 2 : 1;
        return cli_commands[i];
    }
    return NULL;
}

static rc_status no_such_command(int argc, char **argv)
{
    const char *known[COMMANDS];
    char asked[128];
    for (int i = 0; i < COMMANDS; i++)
        known[i] = cli_commands[i]->words;
    snprintf(asked, sizeof asked, "%.50s%s%.50s", argv[0], argc > 1 && argv[1][0] != '-' ? " " : "",
             argc > 1 && argv[1][0] != '-' ? argv[1] : "");
    const char *word = rc_text_nearest(asked, known, COMMANDS) ? asked : argv[0];
    return rc_fail_unknown(RC_CONFIG, word, known, COMMANDS, "see `recraft --help`",
                           "there is no command \"%s\"", asked);
}

/* Paths and values go into results and files, which are UTF-8. */
static rc_status check_words(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        rc_status status = rc_utf8_check(argv[i], strlen(argv[i]), "rename the file, or write it in UTF-8");
        if (status != RC_OK) return rc_fail_context(RC_CONFIG, "\"%.200s\"", argv[i]);
    }
    return RC_OK;
}

/* Several processes of a command that an MPI launcher has started do one piece of work, or none. */
static rc_status use_ranks(const cli_command *c, int argc, char **argv)
{
    static const cli_command *const shared[] = {&cli_fit,          &cli_auto, &cli_distill, &cli_pretrain,
                                                &cli_source_build, &cli_eval, &cli_predict, &cli_embed,
                                                &cli_align,        &cli_bench};
    char able[256] = "";
    if (c == &cli_compare) return RC_OK; /* its workers share runs out by locks */
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++) {
        size_t n = strlen(able);
        if (c == shared[i]) return cli_join_ranks(argc, argv);
        snprintf(able + n, sizeof able - n, "%s%s", n ? ", " : "", shared[i]->words);
    }
    return cli_refuse_ranks(c->words, able);
}

static rc_status dispatch(int argc, char **argv)
{
    int used;
    if (argc < 1) return cli_fail("which command? see `recraft --help`");
    if (strcmp(argv[0], "--version") == 0 || strcmp(argv[0], "version") == 0)
        return cli_text("recraft %s\n", rc_version());
    RC_TRY(check_words(argc, argv));
    bool help = strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0 || strcmp(argv[0], "help") == 0;
    if (help && argc == 1) return print_help();
    if (help) argc--, argv++;
    const cli_command *c = find(argc, argv, &used);
    if (!c) return no_such_command(argc, argv);
    if (help) return cli_help(c, argc > used && strcmp(argv[used], "all") == 0);
    RC_TRY(use_ranks(c, argc, argv));
    cli_args args;
    rc_status status = cli_parse(c, argc - used, argv + used, &args);
    if (status != RC_OK) return status;
    args.all = cli_commands;
    if (args.help) return cli_help(c, cli_value(&args, "--help")[0] != '\0');
    if (args.json && cli_gives_output(&args))
        return cli_fail("%s: --output - and --json: one thing at a time goes to standard output", c->words);
    cli_use_granted_cores();
    const char *device = cli_value(&args, "--device");
    if (device) RC_TRY(rc_context_set_device(NULL, device));
    cli_start_output(args.quiet || rc_parallel_rank() > 0);
    return c->run(&args);
}

int main(int argc, char **argv)
{
    cli_wait_briefly(argv);
    cli_catch_signals();
    rc_context_current()->namer = cli_name_of;
    /* Where this fails, the first parallel region ends the program in a line of its own. */
    enum { THREADS_NEED = 1 << 20 };
    rc_status status = rc_memory_ask(THREADS_NEED, "the program");
    if (status == RC_OK) status = dispatch(argc - 1, argv + 1);
    return cli_leave_ranks(status);
}
