/* cli/cli.h: a command is a row: its words, its options, what it says in --help, and what it does. */
#ifndef RC_CLI_CLI_H
#define RC_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recraft/run.h"

enum { CLI_OPTIONS = 64, CLI_REPEATS = 256 };

typedef struct cli_option {
    const char *name;        /* "--data"; NULL ends the list; without dashes: an argument by position */
    const char *placeholder; /* "DIR"; NULL: a switch; "[=auto]": a switch, or with a value; "DIR ...": may be
                                repeated */
    const char *about;
    bool required;
} cli_option;

/* What was given, by option. */
typedef struct cli_args {
    const cli_option *options;
    const char *value[CLI_OPTIONS];    /* NULL: not given; "" for a switch that was; the last of several */
    const char *repeated[CLI_REPEATS]; /* of options that may be repeated, those of one beside each other */
    size_t times[CLI_OPTIONS];         /* how many of them are whose */
    bool json, quiet, help;
    const struct cli_command *const *all; /* commands of the program, NULL behind the last */
} cli_args;

typedef struct cli_command {
    const char *words; /* "data show" */
    const char *about;
    const cli_option *options;
    const char *more; /* further help: JSON keys, examples; NULL: none */
    rc_status (*run)(const cli_args *a);
} cli_command;

/* args.c */
rc_status cli_parse(const cli_command *c, int argc, char **argv, cli_args *out);
const char *cli_value(const cli_args *a, const char *name); /* NULL: not given */
/* All values of an option that may be repeated, in order. */
const char *const *cli_values(const cli_args *a, const char *name, size_t *n);
bool cli_repeats(const cli_option *o);
rc_status cli_resume(const cli_args *a, rc_resume *out); /* --resume, --resume=auto */
rc_status cli_integer(const cli_args *a, const char *name, int64_t min, int64_t max, int64_t *io);
rc_settings cli_settings(const cli_args *a);
rc_status cli_fail(const char *format, ...) RC_PRINTF(1, 2);
/* What the program has for names in the library's messages: the option --keep-pooled for the field
 * keep_pooled, the command `recraft source list` for rc_source_list. */
void cli_name_of(const char *name, size_t room, char *out);

/* waiting.c: starts the program again, once, with a runtime whose idle threads soon sleep. */
void cli_wait_briefly(char **argv);
/* threads.c: as many threads as cores are granted, unless OMP_NUM_THREADS says how many. */
void cli_use_granted_cores(void);
/* joining.c: joins the processes that a launcher has started with this one; rank 0 alone will speak. And the
 * end: tells a failure, and takes leave of them. Returns the exit code. */
rc_status cli_join_ranks(int argc, char **argv);
int cli_leave_ranks(rc_status status);
/* Fails where there are others, in one line of the first; able: the commands that several processes do. */
rc_status cli_refuse_ranks(const char *command, const char *able) RC_MUST_CHECK;
/* interrupt.c: SIGINT, SIGTERM and what batch systems send ask running work to stop. Call before any thread
 * is made. */
void cli_catch_signals(void);

/* output.c */
void cli_start_output(bool quiet);
/* Does the output itself go to standard output (--output -)? */
bool cli_gives_output(const cli_args *a);
/* Prints a result (JSON as it is with --json, else as indented lines) and frees it; nothing where standard
 * output is the output's. */
rc_status cli_print(const cli_args *a, char *json);
/* Text for a person; control characters in it, but line ends, are shown as escapes. */
rc_status cli_text(const char *format, ...) RC_PRINTF(1, 2);
/* A line of a list: a name in a column of so many characters, and what it is; folded. */
void cli_print_row(int width, const char *name, const char *text);
/* Reads a result, and frees it, for printing: control characters in its texts have become visible escapes, so
 * that nothing of anybody's file acts on the terminal. All that is printed of a result comes through here. */
struct rc_json;
rc_status cli_read_result(char *json, struct rc_json **out);

/* The lists of options that several commands share end every list. */
#define CLI_COMMON                                                                             \
    {"--json", NULL, "print one JSON object", false}, {"--quiet", NULL, "no progress", false}, \
        {"--help", "[=all]", "this text; all: every option and setting", false},               \
    {                                                                                          \
        NULL, NULL, NULL, false                                                                \
    }
/* What `fit` takes of `data import`, too. */
#define CLI_IMPORT                                                                                          \
    {"--label", "COLUMN", "tables: what to predict (several: a,b); FASTA, WFDB: KEY of a label in headers", \
     false},                                                                                                \
        {"--labels", "FILE", "files, sequences: a table of names and labels", false},                       \
        {"--target", "KIND", "auto, classes, numbers, or labels (several, separated by commas)", false},    \
        {"--drop", "COLUMNS", "tables: columns to leave out (a,b)", false},                                 \
        {"--files", "COLUMNS", "tables: columns that name files, each an input (a,b); none", false},        \
        {"--texts", "COLUMNS", "tables: columns of long texts, each an input (a,b)", false},                \
        {"--split", "COLUMN",                                                                               \
         "the column that says train, valid or test; or time[:COLUMN]: the latest to test", false},         \
        {"--group", "COLUMN", "tables: rows of the same value (a patient, a day) stay in one part", false}, \
        {"--test", "FILE", "a second file of the same form: the test part", false},                         \
        {"--size", "S|HxW", "pictures: resize to this many pixels", false},                                 \
        {"--length", "L", "sounds, series: samples in a window; sequences: letters", false},                \
        {"--hop", "N", "sounds, series: samples from window to window (L)", false},                         \
        {"--series", NULL, "tables: a row is a series, its columns of numbers the points in time", false},  \
        {"--channels", "NAMES", "signals: the channels that are used (a,b)", false},                        \
        {"--fill", "interpolate|mean|zero", "series: what replaces missing values (interpolate)", false},   \
        {"--encode", "one-hot|ordinal", "tables: encoding of texts (one-hot)", false},                      \
        {"--delimiter", "C", "tables: a character, or tab (detected)", false},                              \
        {"--header", "auto|yes|no", "tables: does the first line hold names? (auto)", false},               \
        {"--missing", "WORDS", "tables: words for a missing value (a,b)", false},                           \
        {"--decimal", "C", "tables: . or , before the fraction (detected)", false},                         \
        {"--skip", "N", "tables: lines to leave out before the table", false},                              \
        {"--comment", "C", "tables: lines that begin with C are left out (#, before the table)", false},    \
        {"--encoding", "NAME", "of text files: utf8, latin1, cp1252 or utf16 (utf8)", false},               \
        {"--x", "NAME", "arrays: the inputs", false},                                                       \
        {"--y", "NAME", "arrays: the targets; or a file of their own", false},                              \
        {"--x-test", "NAME", "arrays: inputs of the test part", false},                                     \
        {"--y-test", "NAME", "arrays: targets of the test part", false},                                    \
        {"--layout", "LETTERS", "arrays: dimensions of x, as NHWC, NCL, HWN", false},                       \
        {"--like", "RUN|DIR", "encode as this run or data set does; detect nothing again", false},          \
    {                                                                                                       \
        "--test-fraction", "F", "share of the test part without --test or --split (0.2)", false             \
    }
#define CLI_DEVICE                                                                                       \
    {                                                                                                    \
        "--device", "NAME",                                                                              \
            "what computes: cpu (default), cuda[:N], opencl[:N], or auto: a card if there is one", false \
    }
#define CLI_PART                                                                                         \
    {                                                                                                    \
        "--part", "NAME", "of a data set: train, valid, test or unlabelled (x, or the only part)", false \
    }
#define CLI_RESUME                                                                                      \
    {                                                                                                   \
        "--resume", "[=auto]", "continue the run in --out; auto: or begin one, if there is none", false \
    }
#define CLI_SETTINGS                                                       \
    {"--config", "FILE", "settings, YAML", false},                         \
        {"--set", "KEY=VALUE ...", "one setting; may be repeated", false}, \
    {                                                                      \
        "--seed", "N", "the same as --set seed=N", false                   \
    }

/* cmd_data_import.c: those of its options that were given; the others are as by default. */
struct rc_data_import_options;
rc_status cli_import_options(const cli_args *a, struct rc_data_import_options *out);

/* cmd_data_make.c, cmd_data_transform.c: the ends of their help */
void cli_print_parameters(const struct rc_json *list);
rc_status cli_print_generators(void);
rc_status cli_print_transforms(void);

extern const cli_command cli_data_list, cli_data_get, cli_data_show, cli_data_make, cli_data_import,
    cli_data_transform, cli_pretrain, cli_source_build, cli_source_get, cli_source_show, cli_source_list,
    cli_fit, cli_distill, cli_auto, cli_eval, cli_predict, cli_export, cli_embed, cli_tokenize, cli_distance,
    cli_align, cli_bench, cli_report, cli_devices, cli_models_get, cli_models_list, cli_compare,
    cli_completion;

/* help.c: what a command takes; all: every option and setting of it. */
rc_status cli_help(const cli_command *c, bool all);
/* main.c: all of them in the order of --help; NULL behind the last. */
extern const cli_command *const cli_commands[];

#endif
