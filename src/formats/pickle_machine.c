#include "formats/pickle_machine.h"

#include <string.h>

#include "formats/pickle_numpy.h"

typedef struct machine {
    const char *source;
    const unsigned char *at, *end;
    size_t size;
    rc_arena *arena;
    rc__py *stack, *memo;
    size_t depth, stack_capacity, memo_count, memo_capacity;
    size_t *mark;
    size_t marks, mark_capacity;
} machine;

static rc_status damaged(const machine *m, const char *what)
{
    return rc_fail(RC_FORMAT, "%s: the pickle is damaged (%s)", m->source, what);
}

static rc_status cut_off(const machine *m)
{
    return rc_fail(RC_FORMAT, "%s: the pickle is cut off", m->source);
}

/* ---- stack, marks, memo ---- */

static rc_status grow(void **block, size_t item, size_t used, size_t *capacity)
{
    if (used < *capacity) return RC_OK;
    size_t wanted = *capacity ? 2 * *capacity : 64;
    RC_TRY(rc_realloc(*capacity * item, wanted * item, block));
    *capacity = wanted;
    return RC_OK;
}

static rc_status push(machine *m, rc__py v)
{
    RC_TRY(grow((void **)&m->stack, sizeof v, m->depth, &m->stack_capacity));
    m->stack[m->depth++] = v;
    return RC_OK;
}

/* Nothing below the last mark may be touched. */
static size_t bottom(const machine *m)
{
    return m->marks ? m->mark[m->marks - 1] : 0;
}

static rc_status pop(machine *m, rc__py *out)
{
    if (m->depth <= bottom(m)) return damaged(m, "its stack is empty");
    *out = m->stack[--m->depth];
    return RC_OK;
}

static rc_status set_mark(machine *m)
{
    RC_TRY(grow((void **)&m->mark, sizeof *m->mark, m->marks, &m->mark_capacity));
    m->mark[m->marks++] = m->depth;
    return RC_OK;
}

/* The values above the last mark, which goes; they are borrowed until the next push. */
static rc_status pop_mark(machine *m, const rc__py **first, size_t *n)
{
    if (m->marks == 0) return damaged(m, "a mark is missing");
    size_t from = m->mark[--m->marks];
    *first = m->depth ? m->stack + from : NULL;
    *n = m->depth - from;
    m->depth = from;
    return RC_OK;
}

static rc_status memo_put(machine *m, size_t at)
{
    if (m->depth <= bottom(m)) return damaged(m, "its stack is empty");
    /* Indices are handed out one after the other, at least one byte of pickle each. */
    if (at > m->size) return damaged(m, "a memo far out of range");
    while (at >= m->memo_capacity)
        RC_TRY(grow((void **)&m->memo, sizeof *m->memo, m->memo_capacity, &m->memo_capacity));
    while (m->memo_count <= at)
        m->memo[m->memo_count++] = (rc__py){.kind = RC__PY_NONE};
    m->memo[at] = m->stack[m->depth - 1];
    return RC_OK;
}

static rc_status memo_get(machine *m, size_t at)
{
    if (at >= m->memo_count) return damaged(m, "a memo that was never set");
    return push(m, m->memo[at]);
}

/* ---- reading operands ---- */

static rc_status bytes_of(machine *m, size_t n, const unsigned char **out)
{
    if ((size_t)(m->end - m->at) < n) return cut_off(m);
    *out = m->at;
    m->at += n;
    return RC_OK;
}

static rc_status number_of(machine *m, size_t width, uint64_t *out)
{
    const unsigned char *b;
    RC_TRY(bytes_of(m, width, &b));
    *out = 0;
    for (size_t i = width; i-- > 0;)
        *out = *out << 8 | b[i];
    return RC_OK;
}

static rc_status line_of(machine *m, const char **text, size_t *n)
{
    const unsigned char *end = memchr(m->at, '\n', (size_t)(m->end - m->at));
    if (!end) return cut_off(m);
    *text = (const char *)m->at;
    *n = (size_t)(end - m->at);
    m->at = end + 1;
    return RC_OK;
}

/* ---- making values ---- */

static rc_status push_integer(machine *m, int64_t value)
{
    return push(m, (rc__py){.kind = RC__PY_INT, .as.i = value});
}

/* Bytes that follow a length of `width` bytes. */
static rc_status push_bytes(machine *m, size_t width, rc__py_kind kind)
{
    uint64_t n;
    rc__py v;
    RC_TRY(number_of(m, width, &n));
    if (n > (uint64_t)(m->end - m->at)) return cut_off(m);
    RC_TRY(rc__py_new(m->arena, kind, &v));
    v.as.o->n = (size_t)n;
    RC_TRY(bytes_of(m, (size_t)n, &v.as.o->bytes));
    return push(m, v);
}

static rc_status push_long(machine *m, size_t width)
{
    uint64_t n, value;
    RC_TRY(number_of(m, width, &n));
    RC_CHECK(n <= 8, RC_UNSUPPORTED, "%s: a whole number of over 64 bits", m->source);
    RC_TRY(number_of(m, (size_t)n, &value));
    if (n > 0 && n < 8 && value >> (8 * n - 1)) value |= UINT64_MAX << (8 * n);
    return push_integer(m, (int64_t)value);
}

static rc_status push_double(machine *m)
{
    uint64_t bits = 0;
    const unsigned char *b;
    rc__py v = {.kind = RC__PY_FLOAT};
    RC_TRY(bytes_of(m, 8, &b));
    for (int i = 0; i < 8; i++)
        bits = bits << 8 | b[i];
    memcpy(&v.as.f, &bits, 8);
    return push(m, v);
}

static rc_status push_empty(machine *m, rc__py_kind kind)
{
    rc__py v;
    RC_TRY(rc__py_new(m->arena, kind, &v));
    return push(m, v);
}

static rc_status append_all(machine *m, rc__py to, rc__py_kind kind, const rc__py *item, size_t n)
{
    if (to.kind != kind) return damaged(m, "items for something that holds none");
    if (kind == RC__PY_DICT && n % 2) return damaged(m, "a key without a value");
    for (size_t i = 0; i < n; i++)
        RC_TRY(rc__py_append(m->arena, to.as.o, item[i]));
    return RC_OK;
}

/* A new container of what lies above the mark, or of the top n values. */
static rc_status collect(machine *m, rc__py_kind kind, int n)
{
    const rc__py *first;
    size_t count = (size_t)n;
    rc__py v;
    RC_TRY(rc__py_new(m->arena, kind, &v));
    if (n < 0) {
        RC_TRY(pop_mark(m, &first, &count));
    } else {
        if (m->depth - bottom(m) < count) return damaged(m, "its stack is empty");
        m->depth -= count;
        first = m->stack + m->depth;
    }
    RC_TRY(append_all(m, v, kind, first, count));
    return push(m, v);
}

/* Into the container below: what lies above the mark, or the top n values. */
static rc_status extend(machine *m, rc__py_kind kind, int n)
{
    const rc__py *first;
    size_t count = (size_t)n;
    if (n < 0) {
        RC_TRY(pop_mark(m, &first, &count));
    } else {
        if (m->depth - bottom(m) < count) return damaged(m, "its stack is empty");
        m->depth -= count;
        first = m->stack + m->depth;
    }
    if (m->depth <= bottom(m)) return damaged(m, "its stack is empty");
    return append_all(m, m->stack[m->depth - 1], kind, first, count);
}

static rc_status push_name(machine *m, const char *module, size_t a, const char *name, size_t b)
{
    int word = rc__pickle_word(module, a, name, b);
    RC_CHECK(word >= 0, RC_UNSUPPORTED,
             "%s: the pickle wants to import %.*s.%.*s, which is refused: only NumPy arrays, lists, dicts, "
             "texts and "
             "numbers are read, and nothing is executed",
             m->source, a > 60 ? 60 : (int)a, module, b > 60 ? 60 : (int)b, name);
    return push(m, (rc__py){.kind = RC__PY_NAME, .as.i = word});
}

static rc_status push_global(machine *m)
{
    const char *module, *name;
    size_t a, b;
    RC_TRY(line_of(m, &module, &a));
    RC_TRY(line_of(m, &name, &b));
    return push_name(m, module, a, name, b);
}

static rc_status push_stack_global(machine *m)
{
    rc__py name, module;
    RC_TRY(pop(m, &name));
    RC_TRY(pop(m, &module));
    if (name.kind != RC__PY_TEXT || module.kind != RC__PY_TEXT)
        return damaged(m, "a name that is not a text");
    return push_name(m, (const char *)module.as.o->bytes, module.as.o->n, (const char *)name.as.o->bytes,
                     name.as.o->n);
}

static rc_status reduce(machine *m)
{
    rc__py arguments, word, v;
    RC_TRY(pop(m, &arguments));
    RC_TRY(pop(m, &word));
    if (word.kind != RC__PY_NAME) return damaged(m, "a call of something that is not a function");
    RC_TRY(rc__pickle_call(m->source, (int)word.as.i, arguments, m->arena, &v));
    return push(m, v);
}

static rc_status build(machine *m)
{
    rc__py state;
    RC_TRY(pop(m, &state));
    if (m->depth <= bottom(m)) return damaged(m, "its stack is empty");
    return rc__pickle_build(m->source, m->stack[m->depth - 1], state);
}

/* ---- instructions, by their letters in Python's pickletools ---- */

static rc_status indexed(machine *m, size_t width, bool put)
{
    uint64_t at;
    RC_TRY(number_of(m, width, &at));
    return put ? memo_put(m, (size_t)at) : memo_get(m, (size_t)at);
}

static rc_status unsigned_integer(machine *m, size_t width)
{
    uint64_t value;
    RC_TRY(number_of(m, width, &value));
    return push_integer(m, width == 4 ? (int32_t)(uint32_t)value : (int64_t)value);
}

static rc_status skip(machine *m, size_t n)
{
    const unsigned char *ignored;
    return bytes_of(m, n, &ignored);
}

static rc_status discard(machine *m, bool to_mark)
{
    const rc__py *first;
    size_t n;
    rc__py v;
    return to_mark ? pop_mark(m, &first, &n) : pop(m, &v);
}

static rc_status duplicate(machine *m)
{
    return m->depth > bottom(m) ? push(m, m->stack[m->depth - 1]) : damaged(m, "its stack is empty");
}

static rc_status step(machine *m, unsigned char instruction)
{
    switch (instruction) {
    case 0x80: /* PROTO */
        return skip(m, 1);
    case 0x95: /* FRAME */
        return skip(m, 8);
    case '(':
        return set_mark(m);
    case '0':
        return discard(m, false);
    case '1':
        return discard(m, true);
    case '2':
        return duplicate(m);
    case 'N':
        return push(m, (rc__py){.kind = RC__PY_NONE});
    case 0x88:
        return push(m, (rc__py){.kind = RC__PY_BOOL, .as.i = 1});
    case 0x89:
        return push(m, (rc__py){.kind = RC__PY_BOOL, .as.i = 0});
    case 'J':
        return unsigned_integer(m, 4);
    case 'K':
        return unsigned_integer(m, 1);
    case 'M':
        return unsigned_integer(m, 2);
    case 0x8a:
        return push_long(m, 1);
    case 0x8b:
        return push_long(m, 4);
    case 'G':
        return push_double(m);
    case 0x8c:
        return push_bytes(m, 1, RC__PY_TEXT);
    case 'X':
        return push_bytes(m, 4, RC__PY_TEXT);
    case 0x8d:
        return push_bytes(m, 8, RC__PY_TEXT);
    case 'C':
        return push_bytes(m, 1, RC__PY_BYTES);
    case 'B':
        return push_bytes(m, 4, RC__PY_BYTES);
    case 0x8e:
        return push_bytes(m, 8, RC__PY_BYTES);
    case 'U':
        return push_bytes(m, 1, RC__PY_BYTES);
    case 'T':
        return push_bytes(m, 4, RC__PY_BYTES);
    case 0x96:
        return push_bytes(m, 8, RC__PY_BYTES);
    case ']':
    case ')':
        return push_empty(m, RC__PY_LIST);
    case '}':
        return push_empty(m, RC__PY_DICT);
    case 'a':
        return extend(m, RC__PY_LIST, 1);
    case 'e':
        return extend(m, RC__PY_LIST, -1);
    case 's':
        return extend(m, RC__PY_DICT, 2);
    case 'u':
        return extend(m, RC__PY_DICT, -1);
    case 'l':
    case 't':
        return collect(m, RC__PY_LIST, -1);
    case 'd':
        return collect(m, RC__PY_DICT, -1);
    case 0x85:
        return collect(m, RC__PY_LIST, 1);
    case 0x86:
        return collect(m, RC__PY_LIST, 2);
    case 0x87:
        return collect(m, RC__PY_LIST, 3);
    case 'h':
        return indexed(m, 1, false);
    case 'j':
        return indexed(m, 4, false);
    case 'q':
        return indexed(m, 1, true);
    case 'r':
        return indexed(m, 4, true);
    case 0x94:
        return memo_put(m, m->memo_count);
    case 'c':
        return push_global(m);
    case 0x93:
        return push_stack_global(m);
    case 'R':
        return reduce(m);
    case 'b':
        return build(m);
    case 0x97:
    case 0x98:
        return rc_fail(RC_UNSUPPORTED,
                       "%s: the pickle's buffers lie outside the file; save it with pickle.dump alone",
                       m->source);
    default:
        return rc_fail(RC_UNSUPPORTED,
                       "%s: the pickle uses instruction %#x, which plain arrays and containers do not need",
                       m->source, instruction);
    }
}

rc_status rc__pickle_run(const char *name, const void *bytes, size_t size, rc_arena *arena, rc__py *out)
{
    machine m = {.source = name,
                 .at = bytes,
                 .end = (const unsigned char *)bytes + size,
                 .size = size,
                 .arena = arena};
    rc_status status = RC_OK;
    bool known = size >= 2 && m.at[0] == 0x80 && m.at[1] >= 2 && m.at[1] <= 5;
    RC_CHECK(known, RC_UNSUPPORTED,
             "%s: not a pickle of protocol 2 to 5; save it with pickle.dump(x, f, protocol=4)", name);
    while (status == RC_OK && m.at < m.end && *m.at != '.') {
        unsigned char instruction = *m.at++;
        status = step(&m, instruction);
    }
    if (status == RC_OK && m.at == m.end) status = cut_off(&m);
    if (status == RC_OK) status = pop(&m, out);
    rc_free(m.stack);
    rc_free(m.memo);
    rc_free(m.mark);
    return status;
}
