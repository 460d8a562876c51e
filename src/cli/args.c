#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/failure.h"
#include "base/text.h"
#include "cli/cli.h"

rc_status cli_fail(const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return rc_fail(RC_CONFIG, "%s", text);
}

void cli_name_of(const char *name, size_t room, char *out)
{
    static const struct {
        const char *name, *here;
    } other[] = {{"config_file", "--config"},
                 {"pixels", "--size"},
                 {"rc_apply", "recraft data transform"},
                 {"rc_make", "recraft data make"},
                 {"rc_settings_list", "recraft help fit"}};
    bool command = strncmp(name, "rc_", 3) == 0;
    snprintf(out, room, "%s%s", command ? "recraft " : "--", command ? name + 3 : name);
    for (char *at = out; *at; at++)
        if (*at == '_') *at = command ? ' ' : '-';
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        if (strcmp(name, other[i].name) == 0) snprintf(out, room, "%s", other[i].here);
}

static int find(const cli_option *options, const char *name, size_t length)
{
    for (int i = 0; options[i].name; i++)
        if (strlen(options[i].name) == length && strncmp(options[i].name, name, length) == 0) return i;
    return -1;
}

static rc_status unknown(const cli_command *c, const char *word)
{
    const char *known[CLI_OPTIONS];
    size_t n = 0;
    for (const cli_option *o = c->options; o->name; o++)
        known[n++] = o->name;
    return rc_fail_unknown(RC_CONFIG, word, known, n, "see --help", "%s: there is no option %.60s", c->words,
                           word);
}

bool cli_repeats(const cli_option *o)
{
    size_t n = o->placeholder ? strlen(o->placeholder) : 0;
    return n > 4 && strcmp(o->placeholder + n - 4, " ...") == 0;
}

/* Values of the options before this one; of all: of the one behind the last. */
static size_t count_before(const cli_args *a, int at)
{
    size_t n = 0;
    for (int i = 0; i < at; i++)
        n += a->times[i];
    return n;
}

static void add_value(cli_args *a, int at, const char *value)
{
    size_t place = count_before(a, at + 1), all = count_before(a, CLI_OPTIONS);
    memmove(a->repeated + place + 1, a->repeated + place, (all - place) * sizeof *a->repeated);
    a->repeated[place] = value;
    a->times[at]++;
}

static rc_status take(const cli_command *c, cli_args *a, int at, const char *value)
{
    const char *name = c->options[at].name;
    bool repeats = cli_repeats(&c->options[at]);
    if (!repeats && a->value[at]) return cli_fail("%s: %s is given twice", c->words, name);
    if (repeats && count_before(a, CLI_OPTIONS) == CLI_REPEATS)
        return cli_fail("%s: more than %d of %s", c->words, CLI_REPEATS, name);
    if (repeats) add_value(a, at, value);
    a->value[at] = value;
    return RC_OK;
}

static bool may_be_bare(const cli_option *o)
{
    return o->placeholder && o->placeholder[0] == '[';
}

/* "auto" of "[=auto]": the one that it may have, which may stand behind a blank, too. */
static bool is_value_of(const cli_option *o, const char *word)
{
    size_t n = strlen(word);
    return strncmp(o->placeholder + 2, word, n) == 0 && strcmp(o->placeholder + 2 + n, "]") == 0;
}

static rc_status take_option(const cli_command *c, cli_args *a, int argc, char **argv, int *i)
{
    const char *word = strcmp(argv[*i], "-h") == 0 ? "--help" : argv[*i], *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    int at = find(c->options, word, length);
    if (at < 0) return unknown(c, word);
    const cli_option *o = &c->options[at];
    if (!equals && *i + 1 < argc && may_be_bare(o) && is_value_of(o, argv[*i + 1]))
        return take(c, a, at, argv[++*i]);
    if (!o->placeholder || (may_be_bare(o) && !equals)) {
        if (equals) return cli_fail("%s: %s takes no value", c->words, o->name);
        return take(c, a, at, "");
    }
    if (equals) return take(c, a, at, equals + 1);
    if (*i + 1 >= argc) return cli_fail("%s: %s needs a value (%s)", c->words, o->name, o->placeholder);
    return take(c, a, at, argv[++*i]);
}

static rc_status take_argument(const cli_command *c, cli_args *a, const char *word)
{
    for (int i = 0; c->options[i].name; i++)
        if (c->options[i].name[0] != '-' && !a->value[i]) return take(c, a, i, word);
    int runs = find(c->options, "--run", 5); /* several, with --run before each or without */
    if (runs >= 0 && cli_repeats(&c->options[runs])) return take(c, a, runs, word);
    bool data = find(c->options, "--data", 6) >= 0 && !cli_value(a, "--data");
    return cli_fail("%s: \"%.60s\" is one argument too many; %s%.60s%s", c->words, word,
                    data ? "did you mean --data " : "see --help", data ? word : "", data ? "?" : "");
}

/* Who asks for the settings needs nothing else, and who only looks ahead no folder. */
static bool is_waived(const cli_args *a, const cli_option *o)
{
    return cli_value(a, "--print-config") || (cli_value(a, "--dry-run") && strcmp(o->name, "--out") == 0);
}

rc_status cli_parse(const cli_command *c, int argc, char **argv, cli_args *out)
{
    *out = (cli_args){.options = c->options};
    for (int i = 0; i < argc; i++) {
        bool option = strncmp(argv[i], "--", 2) == 0 || strcmp(argv[i], "-h") == 0;
        RC_TRY(option ? take_option(c, out, argc, argv, &i) : take_argument(c, out, argv[i]));
    }
    out->json = cli_value(out, "--json") != NULL;
    out->quiet = out->json || cli_value(out, "--quiet") != NULL;
    const char *help = cli_value(out, "--help");
    out->help = help != NULL;
    if (help && help[0] && strcmp(help, "all") != 0)
        return cli_fail("--help=%.40s: it takes no value, or all", help);
    for (int i = 0; c->options[i].name && !out->help; i++) {
        const cli_option *o = &c->options[i];
        if (o->required && !out->value[i] && !is_waived(out, o))
            return cli_fail("%s: %s%s%s is missing; see `recraft %s --help`", c->words, o->name,
                            o->name[0] == '-' && o->placeholder ? " " : "",
                            o->name[0] == '-' && o->placeholder ? o->placeholder : "", c->words);
        if (out->value[i] && o->placeholder && !may_be_bare(o) && !out->value[i][0])
            return cli_fail("%s: %s is empty", c->words, o->name);
    }
    return RC_OK;
}

const char *cli_value(const cli_args *a, const char *name)
{
    int at = find(a->options, name, strlen(name));
    return at < 0 ? NULL : a->value[at];
}

const char *const *cli_values(const cli_args *a, const char *name, size_t *n)
{
    int at = find(a->options, name, strlen(name));
    *n = at < 0 ? 0 : a->times[at];
    return a->repeated + count_before(a, at);
}

rc_status cli_integer(const cli_args *a, const char *name, int64_t min, int64_t max, int64_t *io)
{
    const char *text = cli_value(a, name);
    int64_t value;
    if (!text) return RC_OK;
    if (!rc_text_to_i64(text, &value) || value < min || value > max)
        return cli_fail("%s %.40s: takes a whole number from %lld to %lld", name, text, (long long)min,
                        (long long)max);
    *io = value;
    return RC_OK;
}

rc_status cli_resume(const cli_args *a, rc_resume *out)
{
    const char *how = cli_value(a, "--resume");
    *out = !how ? RC_RESUME_NO : how[0] ? RC_RESUME_AUTO : RC_RESUME_YES;
    if (how && how[0] && strcmp(how, "auto") != 0)
        return cli_fail("--resume=%.40s: it takes no value, or auto", how);
    return RC_OK;
}

rc_settings cli_settings(const cli_args *a)
{
    rc_settings s = {.config_file = cli_value(a, "--config"), .seed = cli_value(a, "--seed")};
    s.set = cli_values(a, "--set", &s.n_set);
    return s;
}
