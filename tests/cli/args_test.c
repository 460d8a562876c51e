/* The command line: what is made of words by the table of a command, and what all of these tables hold to. */
#include "check.h"
#include "cli/cli.h"
#include "formats/json.h"

static const cli_option options[] = {{"PATH", "PATH", "by position", true},
                                     {"--data", "PATH", "needed", true},
                                     {"--out", "DIR", "needed, unless", true},
                                     {"--n", "N", "a number", false},
                                     {"--fast", NULL, "a switch", false},
                                     {"--dry-run", NULL, "a switch", false},
                                     {"--print-config", NULL, "a switch", false},
                                     {"--output", "FILE", "a file", false},
                                     CLI_RESUME,
                                     CLI_SETTINGS,
                                     CLI_COMMON};
static const cli_command command = {"do it", "a command", options, NULL, NULL};
/* Several runs, with --run before each or without; and data, which are no argument. */
static const cli_option of_runs[] = {{"--run", "DIR ...", "several", false}, CLI_SETTINGS, CLI_COMMON};
static const cli_option of_data[] = {{"--data", "PATH", "needed", true}, CLI_COMMON};
static const cli_command runs = {"runs", "a command", of_runs, NULL, NULL},
                         data = {"data", "a command", of_data, NULL, NULL};

#define PARSE_BY(command, out, ...)                                                                        \
    cli_parse((command), (int)(sizeof((char *[]){__VA_ARGS__}) / sizeof(char *)), (char *[]){__VA_ARGS__}, \
              (out))
#define PARSE(out, ...) PARSE_BY(&command, out, __VA_ARGS__)
#define REFUSED(words, ...) FAILS(RC_CONFIG, words, PARSE(&a, __VA_ARGS__))

static bool says(const cli_args *a, const char *option, const char *value)
{
    const char *there = cli_value(a, option);
    return there && strcmp(there, value) == 0;
}

TEST(values_by_option)
{
    cli_args a;
    OK(PARSE(&a, "--data", "d", "p", "--out=o=1", "--fast"));
    CHECK(says(&a, "PATH", "p") && says(&a, "--data", "d") && says(&a, "--out", "o=1"));
    CHECK(says(&a, "--fast", "") && !cli_value(&a, "--n") && !cli_value(&a, "--unheard"));
    CHECK(!a.json && !a.quiet && !a.help && !cli_gives_output(&a));
    OK(PARSE(&a, "p", "--data", "--out", "--out", "o", "--json", "--output", "-"));
    CHECK(says(&a, "--data", "--out") && a.json && a.quiet && cli_gives_output(&a)); /* JSON is alone */
    OK(PARSE(&a, "p", "--data", "d", "--out", "o", "--quiet"));
    CHECK(a.quiet && !a.json);
}

/* Those of one option stay together and in order, however they are mixed. */
TEST(values_that_repeat)
{
    cli_args a;
    size_t n;
    OK(PARSE_BY(&runs, &a, "--set", "a=1", "--run", "x", "--set", "b=2", "y", "--seed", "7", "--run=z"));
    const char *const *run = cli_values(&a, "--run", &n);
    CHECK(n == 3 && strcmp(run[0], "x") == 0 && strcmp(run[1], "y") == 0 && strcmp(run[2], "z") == 0);
    rc_settings s = cli_settings(&a);
    CHECK(s.n_set == 2 && strcmp(s.set[0], "a=1") == 0 && strcmp(s.set[1], "b=2") == 0);
    CHECK(strcmp(s.seed, "7") == 0 && !s.config_file);
    (void)cli_values(&a, "--unheard", &n);
    CHECK(n == 0);
    char *many[2 * CLI_REPEATS + 2];
    for (int i = 0; i < CLI_REPEATS + 1; i++)
        many[2 * i] = "--set", many[2 * i + 1] = "c=3";
    FAILS(RC_CONFIG, "more than 256 of --set", cli_parse(&command, 2 * CLI_REPEATS + 2, many, &a));
    OK(cli_parse(&runs, 2 * CLI_REPEATS, many, &a));
}

static rc_status resume_of(const char *first, const char *second, rc_resume *out)
{
    cli_args a;
    char *words[] = {"p", "--data", "d", "--out", "o", (char *)first, (char *)second};
    RC_TRY(cli_parse(&command, second ? 7 : first ? 6 : 5, words, &a));
    return cli_resume(&a, out);
}

TEST(a_switch_that_may_have_a_value)
{
    rc_resume how;
    OK(resume_of(NULL, NULL, &how));
    CHECK(how == RC_RESUME_NO);
    OK(resume_of("--resume", NULL, &how));
    CHECK(how == RC_RESUME_YES);
    OK(resume_of("--resume", "auto", &how));
    CHECK(how == RC_RESUME_AUTO);
    OK(resume_of("--resume=auto", NULL, &how));
    CHECK(how == RC_RESUME_AUTO);
    FAILS(RC_CONFIG, "--resume=no", resume_of("--resume=no", NULL, &how));
    FAILS(RC_CONFIG, "one argument too many", resume_of("--resume", "au", &how)); /* not its value */
}

TEST(numbers)
{
    cli_args a;
    int64_t n = 5;
    OK(PARSE(&a, "p", "--data", "d", "--out", "o"));
    OK(cli_integer(&a, "--n", 1, 9, &n));
    CHECK(n == 5);
    OK(PARSE(&a, "p", "--data", "d", "--out", "o", "--n", "9"));
    OK(cli_integer(&a, "--n", 1, 9, &n));
    CHECK(n == 9);
    FAILS(RC_CONFIG, "--n 9: takes a whole number from 1 to 8", cli_integer(&a, "--n", 1, 8, &n));
    FAILS(RC_CONFIG, "from 10 to 11", cli_integer(&a, "--n", 10, 11, &n));
    OK(PARSE(&a, "p", "--data", "d", "--out", "o", "--n", "9.5"));
    FAILS(RC_CONFIG, "--n 9.5", cli_integer(&a, "--n", 1, 9, &n));
    CHECK(n == 9);
}

TEST(what_is_wrong_is_told)
{
    cli_args a;
    REFUSED("do it: there is no option --dta; did you mean --data?", "--dta", "d");
    REFUSED("there is no option --dta=d; did you mean --data?", "--dta=d");
    REFUSED("there is no option --elephant; see --help", "--elephant");
    REFUSED("--data is given twice", "--data", "d", "--data", "d");
    REFUSED("--data needs a value (PATH)", "p", "--data");
    REFUSED("--fast takes no value", "--fast=yes");
    REFUSED("\"q\" is one argument too many; see --help", "p", "--data", "d", "q");
    FAILS(RC_CONFIG, "did you mean --data q?", PARSE_BY(&data, &a, "q"));
    FAILS(RC_CONFIG, "too many; see --help", PARSE_BY(&data, &a, "--data", "d", "q"));
    REFUSED("do it: PATH is missing; see `recraft do it --help`", "--data", "d", "--out", "o");
    REFUSED("--data PATH is missing", "p", "--out", "o");
    REFUSED("--data is empty", "p", "--out", "o", "--data=");
    REFUSED("--help=some: it takes no value, or all", "--help=some");
}

/* Who asks for help, or for the settings, needs nothing else; who looks ahead no folder. */
TEST(what_is_needed_may_be_waived)
{
    cli_args a;
    OK(PARSE(&a, "--help"));
    CHECK(a.help && says(&a, "--help", ""));
    OK(PARSE(&a, "-h"));
    CHECK(a.help);
    OK(PARSE(&a, "--help", "all"));
    CHECK(a.help && says(&a, "--help", "all"));
    OK(PARSE(&a, "--print-config"));
    OK(PARSE(&a, "p", "--data", "d", "--dry-run"));
    REFUSED("--data PATH is missing", "p", "--dry-run");
}

TEST(fields_are_called_as_their_options_and_functions_as_commands)
{
    char option[32];
    cli_name_of("keep_pooled", sizeof option, option);
    CHECK(strcmp(option, "--keep-pooled") == 0);
    cli_name_of("config_file", sizeof option, option);
    CHECK(strcmp(option, "--config") == 0);
    cli_name_of("pixels", sizeof option, option);
    CHECK(strcmp(option, "--size") == 0);
    cli_name_of("rc_source_list", sizeof option, option);
    CHECK(strcmp(option, "recraft source list") == 0);
    cli_name_of("rc_make", sizeof option, option);
    CHECK(strcmp(option, "recraft data make") == 0);
}

/* Control characters of anybody's file become visible escapes, once, and all else stays. */
TEST(results_cannot_act_on_a_terminal)
{
    rc_json *j;
    char *text = strdup("{\"a\": \"\\u001b[31m\\n\", \"b\\t\": \"c:\\\\x \\\"q\\\" \\/ \xc3\xa9\"}");
    OK(cli_read_result(text, &j));
    CHECK(strcmp(rc_json_string(j, "a", ""), "\\u001b[31m\\n") == 0);
    CHECK(strcmp(rc_json_string(j, "b\\t", ""), "c:\\x \"q\" / \xc3\xa9") == 0);
    rc_json_free(&j);
}

static void check_options(const cli_command *c)
{
    int n = 0;
    for (const cli_option *o = c->options; o->name; o++, n++) {
        bool argument = strncmp(o->name, "--", 2) != 0;
        CHECK(o->about && o->about[0] && (!argument || o->placeholder));
        CHECK(!o->required || o->placeholder); /* a switch that must be there says nothing */
        for (const cli_option *other = c->options; other < o; other++)
            CHECK(strcmp(other->name, o->name) != 0);
    }
    CHECK(n <= CLI_OPTIONS); /* that there is room for */
    CHECK(n > 0 && strcmp(c->options[n - 1].name, "--help") == 0);
}

TEST(tables_of_all_commands)
{
    int n = 0;
    for (const cli_command *c; (c = cli_commands[n]); n++) {
        CHECK(c->about && c->about[0] && c->run);
        check_options(c);
        for (int i = 0; i < n; i++)
            CHECK(strcmp(cli_commands[i]->words, c->words) != 0);
    }
    CHECK(n > 20);
}

int main(void)
{
    RUN(values_by_option);
    RUN(values_that_repeat);
    RUN(a_switch_that_may_have_a_value);
    RUN(numbers);
    RUN(what_is_wrong_is_told);
    RUN(what_is_needed_may_be_waived);
    RUN(fields_are_called_as_their_options_and_functions_as_commands);
    RUN(results_cannot_act_on_a_terminal);
    RUN(tables_of_all_commands);
    return RESULT();
}
