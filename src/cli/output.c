/* Results on standard output; progress on standard error: a bar on a terminal, plain lines elsewhere. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cli/cli.h"
#include "formats/json.h"

/* ---- progress ---- */

enum { BAR = 24, TERMINAL_MS = 100, PLAIN_MS = 10000 };

typedef struct bar {
    bool terminal, open;
    char work[64];
    int64_t started, last; /* milliseconds */
    int64_t first_done;
} bar;
static bar state;

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void time_left(int64_t done, int64_t total, char *text, size_t size)
{
    double spent = (double)(now_ms() - state.started) / 1000, fresh = (double)(done - state.first_done);
    text[0] = '\0';
    if (fresh <= 0 || done >= total || spent < 1) return;
    double left = spent / fresh * (double)(total - done);
    if (left >= 90)
        snprintf(text, size, ", %.0f min left", left / 60);
    else
        snprintf(text, size, ", %.0f s left", left);
}

static void draw(const char *work, int64_t done, int64_t total, const char *detail)
{
    char left[48], cells[BAR + 1];
    time_left(done, total, left, sizeof left);
    if (!state.terminal) {
        fprintf(stderr, "%s %lld/%lld%s%s%s\n", work, (long long)done, (long long)total, detail ? ", " : "",
                detail ? detail : "", left);
        return;
    }
    int64_t full = total > 0 ? done * BAR / total : BAR;
    for (int i = 0; i < BAR; i++)
        cells[i] = i < full ? '#' : '.';
    cells[BAR] = '\0';
    fprintf(stderr, "\r\033[K%s [%s] %lld/%lld%s%s%s", work, cells, (long long)done, (long long)total,
            detail ? ", " : "", detail ? detail : "", left);
    if (done >= total) fputc('\n', stderr);
    state.open = done < total;
}

static void on_step(void *context, const char *work, int64_t done, int64_t total, const char *detail)
{
    (void)context;
    int64_t now = now_ms();
    bool fresh = strncmp(state.work, work, sizeof state.work - 1) != 0;
    if (fresh) {
        snprintf(state.work, sizeof state.work, "%s", work);
        state.started = now;
        state.first_done = done;
        state.last = now;
    }
    int64_t pause = state.terminal ? TERMINAL_MS : PLAIN_MS;
    if (!fresh && done < total && now - state.last < pause) return;
    if (fresh && !state.terminal && done < total) return;
    state.last = now;
    draw(work, done, total, detail);
    if (done >= total) state.work[0] = '\0';
}

static void on_note(void *context, const char *line)
{
    (void)context;
    if (state.open) fputc('\n', stderr);
    state.open = false;
    fprintf(stderr, "%s\n", line);
}

void cli_start_output(bool quiet)
{
    rc_sink sink = {on_step, on_note, NULL};
    state.terminal = isatty(STDERR_FILENO);
    rc_progress_set_sink(quiet ? NULL : &sink);
}

/* ---- results ---- */

static rc_status out_failed(void)
{
    return rc_fail_system("standard output", "written", errno);
}

rc_status cli_text(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text, *shown = NULL;
    size_t size = n < 0 ? 1 : (size_t)n + 1, room = 6 * size; /* "\u001B" */
    rc_status status = rc_alloc_raw(size, 1, (void **)&text);
    if (status == RC_OK) status = rc_alloc_raw(room, 1, (void **)&shown);
    if (status == RC_OK) {
        va_start(args, format);
        vsnprintf(text, size, format, args);
        va_end(args);
        rc_utf8_visible(text, "\n", room, shown);
        if (fputs(shown, stdout) < 0 || fflush(stdout) != 0 || ferror(stdout)) status = out_failed();
    }
    rc_free(text);
    rc_free(shown);
    return status;
}

/* Folded at blanks and behind bars: further lines begin below the text's first. */
void cli_print_row(int width, const char *name, const char *text)
{
    enum { END = 100 };
    int indent = 3 + width, at = printf("  %-*s ", width, name);
    for (bool blank = false; *text; blank = *text == ' ', text += blank) {
        int n = (int)strcspn(text, " |");
        n += text[n] == '|';
        if (at > indent && at + blank + n > END) at = printf("\n%*s", indent, "") - 1, blank = false;
        at += printf("%s%.*s", blank ? " " : "", n, text);
        text += n;
    }
    printf("\n");
}

/* In JSON every control character is an escape. With its backslash doubled it is still one after reading, and
 * is shown as it stood in the JSON: "\u001B". */
rc_status cli_read_result(char *json, rc_json **out)
{
    rc_string shown = {0};
    rc_status status = RC_OK;
    for (const char *at = json, *next; status == RC_OK && *at; at = next) {
        next = at + strcspn(at, "\\");
        bool control = next[0] && !strchr("\"\\/", next[1]);
        next += !next[0] ? 0 : control ? 1 : 2;
        status = rc_string_add(&shown, at, (size_t)(next - at));
        if (status == RC_OK && control) status = rc_string_add(&shown, "\\", 1);
    }
    if (status == RC_OK) status = rc_json_parse("result", shown.data, shown.length, out);
    rc_string_free(&shown);
    rc_free_text(json);
    return status;
}

/* What is not text, as text. */
enum { SCALAR = 32 };
static const char *scalar_text(const rc_json *v, char text[SCALAR])
{
    if (rc_json_is_integer(v))
        snprintf(text, SCALAR, "%lld", (long long)rc_json_as_integer(v));
    else if (rc_json_is_number(v))
        snprintf(text, SCALAR, "%.6g", rc_json_as_number(v));
    else
        snprintf(text, SCALAR, "%s", !rc_json_is_boolean(v) ? "-" : rc_json_as_boolean(v) ? "true" : "false");
    return text;
}

/* Gives how many letters it is. */
static int print_value(const rc_json *v, bool print)
{
    char scalar[SCALAR];
    const char *text = rc_json_is_string(v) ? rc_json_as_string(v) : scalar_text(v, scalar);
    int letters = 0;
    for (const char *at = text; *at; at++)
        letters += ((unsigned char)*at & 0xc0) != 0x80;
    if (print) printf("%s", text);
    return letters;
}

enum { VALUES = 22 }; /* the column where values begin */

static bool has_sentences(const rc_json *v)
{
    for (size_t i = 0; i < rc_json_length(v); i++) {
        const char *text = rc_json_as_string(rc_json_at(v, i));
        if (text && strchr(text, ' ')) return true;
    }
    return false;
}

static void print_list(const rc_json *v)
{
    bool lines = has_sentences(v);
    for (size_t i = 0; i < rc_json_length(v); i++) {
        if (i) printf("%s%*s", lines ? "\n" : "", lines ? VALUES + 1 : 1, "");
        print_value(rc_json_at(v, i), true);
    }
}

static void print_object(const rc_json *j, int depth);

/* Objects of the same keys, and no lists or objects in them: rows of a table. */
static bool are_rows(const rc_json *list)
{
    for (size_t i = 0; i < rc_json_length(list); i++) {
        void *at = NULL, *first = NULL;
        const char *key, *expected;
        const rc_json *v, *other;
        while (rc_json_each(rc_json_at(list, i), &at, &key, &v)) {
            if (rc_json_is_array(v) || rc_json_is_object(v)) return false;
            if (!rc_json_each(rc_json_at(list, 0), &first, &expected, &other) || strcmp(key, expected) != 0)
                return false;
        }
        if (rc_json_each(rc_json_at(list, 0), &first, &expected, &other)) return false;
    }
    return rc_json_length(list) > 1;
}

enum { COLUMNS = 16 };

/* One line of it, or the widths of its cells where they are larger; the last cell needs none. */
static void table_line(const rc_json *row, bool head, bool print, int width[COLUMNS])
{
    void *at = NULL;
    const char *key;
    const rc_json *v;
    int before = 0;
    for (int k = 0; k < COLUMNS && rc_json_each(row, &at, &key, &v); k++) {
        if (print) printf("%*s", before, "");
        if (print && head) printf("%s", key);
        int letters = head ? (int)strlen(key) : print_value(v, print);
        if (!print && letters > width[k]) width[k] = letters;
        before = width[k] - letters + 2;
    }
}

static void print_table(const rc_json *list, int depth)
{
    int width[COLUMNS] = {0};
    for (int print = 0; print < 2; print++) {
        for (size_t i = 0; i <= rc_json_length(list); i++) {
            if (print) printf("\n%*s", 2 * depth, "");
            table_line(rc_json_at(list, i ? i - 1 : 0), i == 0, print, width);
        }
    }
}

/* A list of other objects: each behind its number. */
static void print_objects(const rc_json *list, int depth)
{
    if (are_rows(list)) {
        print_table(list, depth);
        return;
    }
    for (size_t i = 0; i < rc_json_length(list); i++) {
        printf("\n%*s%zu:\n", 2 * depth, "", i + 1);
        print_object(rc_json_at(list, i), depth + 1);
    }
}

static void print_object(const rc_json *j, int depth)
{
    void *at = NULL;
    const char *key;
    const rc_json *v;
    while (rc_json_each(j, &at, &key, &v)) {
        if (rc_json_is_object(v)) {
            printf("%*s%s:\n", 2 * depth, "", key);
            print_object(v, depth + 1);
            continue;
        }
        printf("%*s%-*s ", 2 * depth, "", VALUES - 2 * depth, key);
        if (rc_json_is_array(v) && rc_json_is_object(rc_json_at(v, 0)))
            print_objects(v, depth + 1);
        else if (rc_json_is_array(v))
            print_list(v);
        else
            print_value(v, true);
        printf("\n");
    }
}

bool cli_gives_output(const cli_args *a)
{
    const char *output = cli_value(a, "--output");
    return output && strcmp(output, RC_STANDARD_OUTPUT) == 0;
}

rc_status cli_print(const cli_args *a, char *json)
{
    rc_json *j;
    if (cli_gives_output(a)) {
        rc_free_text(json);
    } else if (a->json) {
        (void)!puts(json); /* the stream remembers a failure */
        rc_free_text(json);
    } else {
        RC_TRY(cli_read_result(json, &j));
        print_object(j, 0);
        rc_json_free(&j);
    }
    return fflush(stdout) != 0 || ferror(stdout) ? out_failed() : RC_OK;
}
