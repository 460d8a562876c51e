/* formats/pickle_machine.h: a Python pickle as a tree of values. Within formats/ only.
 *
 * A pickle is a program for a small stack machine whose "import" instruction could run anything. Here the few
 * names that NumPy's arrays need are known words with a fixed meaning; every other name is refused, and
 * nothing is ever imported or called. */
#ifndef RC_FORMATS_PICKLE_MACHINE_H
#define RC_FORMATS_PICKLE_MACHINE_H

#include "formats/array_file.h"

typedef enum rc__py_kind {
    RC__PY_NONE,
    RC__PY_BOOL,
    RC__PY_INT,
    RC__PY_FLOAT,
    RC__PY_BYTES, /* also text of Python 2 */
    RC__PY_TEXT,
    RC__PY_LIST, /* also tuple */
    RC__PY_DICT, /* items: key, value, key, value ... */
    RC__PY_NAME, /* one of the known words */
    RC__PY_DTYPE,
    RC__PY_ARRAY
} rc__py_kind;

typedef struct rc__py_object rc__py_object;
typedef struct rc__py {
    rc__py_kind kind;
    union {
        int64_t i; /* BOOL, INT, NAME */
        double f;
        rc__py_object *o;
    } as;
} rc__py;

typedef struct rc__numpy_type {
    char letter; /* f i u b U S O */
    int64_t size;
    bool big;
} rc__numpy_type;

struct rc__py_object {
    const unsigned char *bytes; /* BYTES, TEXT, ARRAY; in the pickle or the arena */
    size_t n;                   /* bytes, or items */
    rc__py *item;               /* LIST, DICT, ARRAY of objects */
    size_t capacity;
    rc__numpy_type type; /* DTYPE, ARRAY */
    rc_shape shape;      /* ARRAY */
    bool fortran, built;
};

/* The value a pickle stands for; everything lives in the arena, or points into bytes. */
rc_status rc__pickle_run(const char *name, const void *bytes, size_t size, rc_arena *arena,
                         rc__py *out) RC_MUST_CHECK;

#endif
