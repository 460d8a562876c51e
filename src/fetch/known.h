/* fetch/known.h: the models that `recraft models get` knows, as a table: where their files are, how large
 * they may be, their licence, and the SHA-256 of those files whose hash has been checked by us. */
#ifndef RC_FETCH_KNOWN_H
#define RC_FETCH_KNOWN_H

#include <stdint.h>

enum { RC_KNOWN_FILES = 10 };

typedef struct rc_known_file {
    const char *name;
    int64_t limit;      /* bytes it may have at most */
    const char *sha256; /* lower-case hex; NULL: the hub's own word for it is taken */
} rc_known_file;

typedef struct rc_known_model {
    const char *name, *about, *licence;
    /* Where it is: a repository of the model hub ... */
    const char *hub;
    /* ... or a wheel of a Python package, checked as a whole. */
    const char *package, *wheel, *wheel_sha256;
    int64_t wheel_limit;
    rc_known_file file[RC_KNOWN_FILES]; /* up to a NULL name */
} rc_known_model;

extern const rc_known_model rc_known_models[];
extern const int rc_known_models_count;
/* NULL: not known. */
const rc_known_model *rc_known_model_find(const char *name);
const rc_known_file *rc_known_file_find(const rc_known_model *m, const char *name);

#endif
