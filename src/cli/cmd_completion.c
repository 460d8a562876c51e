/* completion: the commands, options and values of this program as a script that a shell completes words by.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"
#include "formats/json.h"
#include "recraft/generate.h"
#include "recraft/predictor.h"
#include "recraft/transform.h"

static const cli_option options[] = {
    {"SHELL", "bash|zsh|fish", "the shell: bash, zsh or fish", true},
    {"--help", "[=all]", "this text", false},
    {NULL, NULL, NULL, false},
};

/* ---- what may stand for a value ---- */

/* Of a result's list, the member `key` of every entry, each with `ending`. */
static rc_status add_names(rc_status (*list)(char **), const char *name, const char *key, const char *ending,
                           rc_string *out)
{
    char *text;
    rc_json *j;
    RC_TRY(list(&text));
    RC_TRY(cli_read_result(text, &j));
    const rc_json *entries = rc_json_get(j, name);
    rc_status status = RC_OK;
    for (size_t i = 0; i < rc_json_length(entries) && status == RC_OK; i++)
        status = rc_string_printf(out, " %s%s", rc_json_string(rc_json_at(entries, i), key, ""), ending);
    rc_json_free(&j);
    return status;
}

static rc_status add_methods(rc_string *out)
{
    rc_method_about m = RC_METHOD_ABOUT_INIT;
    for (int64_t i = 0; rc_method_at(i, &m); i++)
        RC_TRY(rc_string_printf(out, " %s", m.name));
    return RC_OK;
}

/* "auto|yes|no", but not "NAME|FILE". */
static rc_status add_choices(const char *placeholder, rc_string *out)
{
    bool choices = placeholder && strchr(placeholder, '|');
    for (const char *c = placeholder; choices && *c; c++)
        choices = !isupper((unsigned char)*c);
    for (const char *from = placeholder; choices && *from; from += *from == '|') {
        size_t n = strcspn(from, "|");
        RC_TRY(rc_string_printf(out, " %.*s", (int)n, from));
        from += n;
    }
    return RC_OK;
}

static bool has_option(const cli_command *c, const char *name)
{
    for (const cli_option *o = c->options; o->name; o++)
        if (strcmp(o->name, name) == 0) return true;
    return false;
}

/* --set of one of the settings that many commands share; each script has them once. */
static bool is_setting(const cli_command *c, const cli_option *o)
{
    return strcmp(o->name, "--set") == 0 && has_option(c, "--config");
}

static rc_status add_settings(rc_string *out)
{
    return add_names(rc_settings_list, "settings", "key", "=", out);
}

/* The words that may follow an option or be an argument, a blank before each; empty: files, or anything. */
static rc_status words_of(const cli_command *c, const cli_option *o, rc_string *out)
{
    bool argument = strcmp(o->name, "NAME") == 0;
    if (strcmp(o->name, "--method") == 0) return add_methods(out);
    if (is_setting(c, o)) return rc_string_printf(out, " $recraft_settings");
    if (strcmp(o->name, "--task") == 0 || (argument && c == &cli_data_get))
        return add_names(rc_data_list, "tasks", "name", "", out);
    if (argument && c == &cli_data_make) return add_names(rc_make_list, "generators", "name", "", out);
    if (argument && c == &cli_data_transform) return add_names(rc_apply_list, "transforms", "name", "", out);
    return add_choices(o->placeholder, out);
}

/* ---- texts in quotes ---- */

/* For between single quotes; what is in `special` gets a backslash. */
static rc_status add_quoted(const char *text, const char *special, rc_string *out)
{
    for (; *text; text++) {
        bool quote = *text == '\'';
        RC_TRY(rc_string_printf(out, "%s%c", quote ? "'\\'" : strchr(special, *text) ? "\\" : "", *text));
    }
    return RC_OK;
}

/* ---- commands of two words ---- */

typedef const cli_command *const *commands; /* of the program, NULL behind the last */

static size_t first_word(const cli_command *c)
{
    return strcspn(c->words, " ");
}

static bool opens_group(commands all, int at)
{
    const char *words = all[at]->words;
    size_t n = first_word(all[at]);
    if (!words[n]) return false;
    for (int i = 0; i < at; i++)
        if (strncmp(all[i]->words, words, n + 1) == 0) return false;
    return true;
}

static bool begins_alike(const cli_command *a, const cli_command *b)
{
    return strncmp(a->words, b->words, first_word(a) + 1) == 0;
}

/* ---- bash ---- */

static rc_status bash_values(const cli_command *c, rc_string *out)
{
    for (const cli_option *o = c->options; o->name; o++) {
        rc_string words = {0};
        bool option = o->name[0] == '-';
        const char *last = strrchr(c->words, ' ');
        rc_status status = words_of(c, o, &words);
        if (status == RC_OK && words.length > 0)
            status = rc_string_printf(out, "    '%s %s') words=\"%s\"%s ;;\n", c->words,
                                      option ? o->name
                                      : last ? last + 1
                                             : c->words,
                                      words.data + 1, is_setting(c, o) ? "; compopt -o nospace" : "");
        rc_string_free(&words);
        RC_TRY(status);
    }
    return RC_OK;
}

static rc_status bash_command(const cli_command *c, rc_string *out)
{
    RC_TRY(rc_string_printf(out, "    '%s '*) command='%s' options='", c->words, c->words));
    for (const cli_option *o = c->options; o->name; o++)
        if (o->name[0] == '-') RC_TRY(rc_string_printf(out, "%s ", o->name));
    return rc_string_printf(out, "' ;;\n");
}

static rc_status bash_group(commands all, int at, rc_string *out)
{
    const cli_command *group = all[at], *c;
    int n = (int)first_word(group);
    RC_TRY(rc_string_printf(out, "    '%.*s '*) words='", n, group->words));
    for (int i = at; (c = all[i]); i++)
        if (begins_alike(group, c)) RC_TRY(rc_string_printf(out, "%s ", c->words + n + 1));
    return rc_string_printf(out, "' ;;\n");
}

static rc_status bash(commands all, rc_string *out)
{
    const cli_command *c;
    RC_TRY(rc_string_printf(
        out, "# Completion of recraft in bash, by `recraft completion bash`.\n_recraft() {\n"
             "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
             "    local line=\"${COMP_WORDS[*]:1:COMP_CWORD-1} \" command= options= words=\n"
             "    local recraft_settings='"));
    RC_TRY(add_settings(out));
    RC_TRY(rc_string_printf(out, "'\n    case $line in\n"));
    for (int i = 0; (c = all[i]); i++)
        RC_TRY(bash_command(c, out));
    for (int i = 0; all[i]; i++)
        if (opens_group(all, i)) RC_TRY(bash_group(all, i, out));
    RC_TRY(rc_string_printf(out, "    *) words='"));
    for (int i = 0; (c = all[i]); i++)
        if (!c->words[first_word(c)] || opens_group(all, i))
            RC_TRY(rc_string_printf(out, "%.*s ", (int)first_word(c), c->words));
    RC_TRY(rc_string_printf(out, "' ;;\n    esac\n    case \"$command $previous\" in\n"));
    for (int i = 0; (c = all[i]); i++)
        RC_TRY(bash_values(c, out));
    return rc_string_printf(out, "    esac\n"
                                 "    [[ $current == -* ]] && words=$options\n"
                                 "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
                                 "}\ncomplete -o bashdefault -o default -F _recraft recraft\n");
}

/* ---- zsh ---- */

static rc_status zsh_option(const cli_command *c, const cli_option *o, rc_string *out)
{
    rc_string words = {0};
    bool bare = o->placeholder && o->placeholder[0] == '[';
    rc_status status = words_of(c, o, &words);
    if (status == RC_OK) status = rc_string_printf(out, " \\\n            '");
    if (status == RC_OK && o->name[0] == '-') {
        status = rc_string_printf(out, "%s%s%s[", cli_repeats(o) ? "*" : "", o->name, bare ? "=-" : "");
        if (status == RC_OK) status = add_quoted(o->about, "[]:\\", out);
        if (status == RC_OK) status = rc_string_printf(out, "]");
    }
    if (status == RC_OK && bare)
        status = rc_string_printf(out, "::value:(%.*s)", (int)strcspn(o->placeholder + 2, "]"),
                                  o->placeholder + 2);
    if (status == RC_OK && o->placeholder && !bare)
        status = is_setting(c, o)   ? rc_string_printf(out, ":setting:compadd -S \"\" - $=recraft_settings")
                 : words.length > 0 ? rc_string_printf(out, ":value:(%s)", words.data + 1)
                                    : rc_string_printf(out, ":value:_files");
    if (status == RC_OK) status = rc_string_printf(out, "'");
    rc_string_free(&words);
    return status;
}

static rc_status zsh_command(const cli_command *c, rc_string *out)
{
    int n = c->words[first_word(c)] ? 2 : 1;
    RC_TRY(rc_string_printf(
        out, "    '%s '*)\n        shift %d words; (( CURRENT -= %d ))\n        _arguments", c->words, n, n));
    for (const cli_option *o = c->options; o->name; o++)
        RC_TRY(zsh_option(c, o, out));
    return rc_string_printf(out, " ;;\n");
}

/* One line of a list that _describe shows; a group has nothing to say of itself. */
static rc_status zsh_entry(const char *word, int n, const char *about, rc_string *out)
{
    RC_TRY(rc_string_printf(out, " '%.*s%s", n, word, about ? ":" : ""));
    if (about) RC_TRY(add_quoted(about, ":\\", out));
    return rc_string_printf(out, "'");
}

static rc_status zsh_group(commands all, int at, rc_string *out)
{
    const cli_command *group = all[at], *c;
    int n = (int)first_word(group);
    RC_TRY(rc_string_printf(out, "    '%.*s '*) list=(", n, group->words));
    for (int i = at; (c = all[i]); i++)
        if (begins_alike(group, c)) RC_TRY(zsh_entry(c->words + n + 1, 32, c->about, out));
    return rc_string_printf(out, "); _describe command list ;;\n");
}

static rc_status zsh(commands all, rc_string *out)
{
    const cli_command *c;
    RC_TRY(rc_string_printf(out,
                            "#compdef recraft\n# Completion of recraft in zsh, by `recraft completion zsh`.\n"
                            "_recraft() {\n    local -a list\n    local recraft_settings='"));
    RC_TRY(add_settings(out));
    RC_TRY(rc_string_printf(out, "'\n    case \"${words[2,CURRENT-1]} \" in\n"));
    for (int i = 0; (c = all[i]); i++)
        RC_TRY(zsh_command(c, out));
    for (int i = 0; all[i]; i++)
        if (opens_group(all, i)) RC_TRY(zsh_group(all, i, out));
    RC_TRY(rc_string_printf(out, "    *) list=("));
    for (int i = 0; (c = all[i]); i++)
        if (!c->words[first_word(c)] || opens_group(all, i))
            RC_TRY(zsh_entry(c->words, (int)first_word(c), opens_group(all, i) ? NULL : c->about, out));
    return rc_string_printf(out,
                            "); _describe command list ;;\n    esac\n}\n"
                            "if [[ $funcstack[1] == _recraft ]]; then _recraft \"$@\"; else compdef _recraft "
                            "recraft; fi\n");
}

/* ---- fish ---- */

static rc_status fish_option(const cli_command *c, const cli_option *o, rc_string *out)
{
    rc_string words = {0};
    bool takes = o->placeholder && o->placeholder[0] != '[', option = o->name[0] == '-';
    rc_status status = words_of(c, o, &words);
    if (status == RC_OK && (option || words.length > 0)) {
        status = rc_string_printf(out, "complete -c recraft -n '__recraft_at %s'", c->words);
        if (status == RC_OK && option) status = rc_string_printf(out, " -l %s", o->name + 2);
        if (status == RC_OK && words.length > 0)
            status = rc_string_printf(out, "%s -a \"%s\"", option ? " -x" : "", words.data + 1);
        else if (status == RC_OK && takes)
            status = rc_string_printf(out, " -r -F");
        if (status == RC_OK) status = rc_string_printf(out, " -d '");
        if (status == RC_OK) status = add_quoted(o->about, "\\", out);
        if (status == RC_OK) status = rc_string_printf(out, "'\n");
    }
    rc_string_free(&words);
    return status;
}

static rc_status fish_command(commands all, int at, rc_string *out)
{
    const cli_command *c = all[at];
    size_t n = first_word(c);
    if (opens_group(all, at))
        RC_TRY(
            rc_string_printf(out, "complete -c recraft -n '__recraft_ends' -f -a %.*s\n", (int)n, c->words));
    RC_TRY(rc_string_printf(out, "complete -c recraft -n '__recraft_ends %.*s' -f -a %s -d '",
                            c->words[n] ? (int)n : 0, c->words, c->words + (c->words[n] ? n + 1 : 0)));
    RC_TRY(add_quoted(c->about, "\\", out));
    RC_TRY(rc_string_printf(out, "'\n"));
    for (const cli_option *o = c->options; o->name; o++)
        RC_TRY(fish_option(c, o, out));
    return RC_OK;
}

static rc_status fish(commands all, rc_string *out)
{
    RC_TRY(rc_string_printf(out, "# Completion of recraft in fish, by `recraft completion fish`.\n"
                                 "set -g recraft_settings"));
    RC_TRY(add_settings(out));
    RC_TRY(rc_string_printf(out, "\n"
                                 "function __recraft_at # the command line begins with these words\n"
                                 "    set -l words (commandline -opc)[2..-1]\n"
                                 "    test (count $words) -ge (count $argv)\n"
                                 "    and test (string join ' ' -- $words[1..(count $argv)]) = \"$argv\"\n"
                                 "end\n"
                                 "function __recraft_ends # it has these words so far, and no others\n"
                                 "    set -l words (commandline -opc)[2..-1]\n"
                                 "    test \"$words\" = \"$argv\"\n"
                                 "end\n"));
    for (int i = 0; all[i]; i++)
        RC_TRY(fish_command(all, i, out));
    return RC_OK;
}

/* ---- the command ---- */

static rc_status run(const cli_args *a)
{
    static const struct {
        const char *name;
        rc_status (*write)(commands, rc_string *);
    } shell[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
    const char *asked = cli_value(a, "SHELL");
    for (size_t i = 0; i < sizeof shell / sizeof *shell; i++) {
        if (strcmp(asked, shell[i].name) != 0) continue;
        rc_string out = {0};
        rc_status status = shell[i].write(a->all, &out);
        if (status == RC_OK) status = cli_text("%s", out.data);
        rc_string_free(&out);
        return status;
    }
    return cli_fail("completion: \"%.40s\"; the shells are bash, zsh and fish", asked);
}

const cli_command cli_completion = {
    "completion", "a script by which bash, zsh or fish complete commands, options and values", options,
    "bash: eval \"$(recraft completion bash)\" in ~/.bashrc. zsh: the same in ~/.zshrc, after compinit.\n"
    "fish: recraft completion fish | source in ~/.config/fish/config.fish. `make install` puts them where "
    "the\n"
    "shells find them by themselves.",
    run};
