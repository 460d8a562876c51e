/* --help of a command, in two lengths: what most people need of it, with examples; and all of it. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"
#include "formats/json.h"
#include "recraft/distance.h"

/* What the short one shows. The examples stand in the manual page too (scripts/check-docs). */
typedef struct brief {
    const cli_command *command;
    const char *options;  /* names with blanks around; NULL: all of them, and all else there is */
    const char *settings; /* keys, likewise */
    const char *examples; /* a line each */
} brief;

static const brief briefs[] = {
    {&cli_fit, " --data --out --label --source --method --fast --best --set --resume --dry-run ",
     " fit.time_limit fit.epochs fit.lr fit.batch fit.train ",
     "recraft fit --data pets --out runs/pets\n"
     "recraft fit --data pets.csv --label kind --out runs/cats --fast\n"
     "recraft fit --data pets --method nft --set fit.epochs=20 --out runs/nft --dry-run\n"
     "recraft fit --method recraft --set fit.lr=0.0005 --print-config\n"},
    {&cli_distill,
     " --teacher --student --layers --data --unlabelled --unpaired --out --set --resume --dry-run ",
     " distill.temperature distill.answers distill.features fit.epochs fit.lr ",
     "recraft distill --teacher runs/pets --student swin-mini --out runs/small\n"
     "recraft distill --teacher minilm --layers 3 --data questions --out minilm-3\n"},
    {&cli_auto, " PATH --out --label --labels --test --source --fast --best --resume --dry-run ",
     " fit.time_limit fit.epochs ", "recraft auto pets.csv --label kind --out runs/auto --fast\n"},
    {&cli_data_import,
     " PATH --out --label --labels --target --drop --split --group --test --missing --like ", NULL,
     "recraft data import pets.csv --label kind --out pets\n"},
    {&cli_predict, NULL, NULL, "recraft predict --run runs/pets --input new.csv --output answer.csv\n"},
    {&cli_eval, NULL, NULL, "recraft eval --run runs/pets --data pets.csv\n"},
    {&cli_report, NULL, NULL, "recraft report --run runs/pets\n"},
    {&cli_compare, " --data --method --seeds --out --set --experiment --jobs ", NULL,
     "recraft compare --data pets --method ridge,forest --seeds 3 --out compared\n"},
    {&cli_data_make, NULL, NULL, "recraft data make darcy --n-train 300 --n-test 50 --out darcy\n"},
};

static const brief *brief_of(const cli_command *c)
{
    for (size_t i = 0; i < sizeof briefs / sizeof *briefs; i++)
        if (briefs[i].command == c) return &briefs[i];
    return NULL;
}

/* list NULL: everything is in it. */
static bool is_listed(const char *list, const char *word)
{
    char between[80];
    snprintf(between, sizeof between, " %s ", word);
    return !list || strstr(list, between);
}

/* ---- lists that commands have at their end ---- */

/* Of a result's list, so many as are listed. */
static rc_status print_list(rc_status (*ask)(char **), const char *name, const char *key, int width,
                            const char *listed, int64_t *left_out)
{
    char *text;
    rc_json *j;
    RC_TRY(ask(&text));
    RC_TRY(cli_read_result(text, &j));
    const rc_json *list = rc_json_get(j, name);
    rc_status status = RC_OK;
    for (size_t i = 0; i < rc_json_length(list); i++) {
        const rc_json *one = rc_json_at(list, i);
        const char *choices = rc_json_string(one, "choices", NULL);
        const char *initial = rc_json_string(one, "default", NULL);
        if (!is_listed(listed, rc_json_string(one, key, ""))) {
            ++*left_out;
            continue;
        }
        rc_string line = {0};
        if (status == RC_OK) status = rc_string_printf(&line, "%s", rc_json_string(one, "about", ""));
        if (status == RC_OK && choices) status = rc_string_printf(&line, " (%s)", choices);
        if (status == RC_OK && initial) status = rc_string_printf(&line, " [%s]", initial);
        if (status == RC_OK) cli_print_row(width, rc_json_string(one, key, ""), line.data);
        rc_string_free(&line);
    }
    rc_json_free(&j);
    return status == RC_OK ? cli_text("%s", "") : status;
}

static rc_status print_lists(const cli_command *c, const brief *b, bool all, int64_t *left_out)
{
    if (c == &cli_data_make) return cli_print_generators();
    if (c == &cli_data_transform) return cli_print_transforms();
    if (c == &cli_distance) return print_list(rc_distances, "distances", "name", 12, NULL, left_out);
    if (!b || !b->settings) return RC_OK;
    printf("\nsettings (--set KEY=VALUE, or a file of them with --config):\n");
    return print_list(rc_settings_list, "settings", "key", 28, all ? NULL : b->settings, left_out);
}

/* ---- a command ---- */

/* Between an option and its value. */
static const char *gap(const cli_option *o)
{
    return o->name[0] == '-' && o->placeholder && o->placeholder[0] != '[' ? " " : "";
}

static const char *placeholder(const cli_option *o)
{
    return o->name[0] == '-' && o->placeholder ? o->placeholder : "";
}

/* Folded as in a man page: further lines begin below the first option. */
static void print_usage(const cli_command *c, const char *listed)
{
    enum { WIDTH = 80 };
    char word[WIDTH];
    int indent = printf("usage: recraft %s", c->words), at = indent;
    for (const cli_option *o = c->options; o->name; o++) {
        if (!o->required && listed) continue;
        int n = snprintf(word, sizeof word, "%s%s%s%s%s", o->required ? "" : "[", o->name, gap(o),
                         placeholder(o), o->required ? "" : "]");
        if (at + 1 + n > WIDTH) at = printf("\n%*s", indent, "") - 1;
        at += printf(" %s", word);
    }
    printf("%s\n\n%s\n\n", listed ? " [OPTIONS]" : "", c->about);
}

static void print_options(const cli_command *c, const char *listed, int64_t *left_out)
{
    for (const cli_option *o = c->options; o->name; o++) {
        char head[64];
        if (!is_listed(listed, o->name) && strcmp(o->name, "--help") != 0) {
            ++*left_out;
            continue;
        }
        snprintf(head, sizeof head, "%s%s%s", o->name, gap(o), placeholder(o));
        cli_print_row(24, head, o->about);
    }
}

static void print_examples(const char *at)
{
    printf("\nexamples:\n");
    for (size_t n; *at; at += n + 1) {
        n = strcspn(at, "\n");
        printf("  %.*s\n", (int)n, at);
    }
}

rc_status cli_help(const cli_command *c, bool all)
{
    const brief *b = brief_of(c);
    const char *options = b && !all ? b->options : NULL;
    int64_t options_left = 0, settings_left = 0;
    print_usage(c, options);
    print_options(c, options, &options_left);
    if (c->more && !options) printf("\n%s\n", c->more);
    RC_TRY(print_lists(c, b, all, &settings_left));
    if (b) print_examples(b->examples);
    if (options_left > 0)
        printf("\n`recraft %s --help all` lists %lld more options", c->words, (long long)options_left);
    if (settings_left > 0) printf(" and %lld more settings", (long long)settings_left);
    return cli_text("%s", options_left > 0 ? ".\n" : "");
}
