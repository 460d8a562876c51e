/* published/published_layout.h: from files as published to a data set's arrays. A layout reads the files that
 * `get` gives it and writes the parts; where they come from, and what becomes of the folder, is not its
 * affair. Within published/ only. */
#ifndef RC_PUBLISHED_PUBLISHED_LAYOUT_H
#define RC_PUBLISHED_PUBLISHED_LAYOUT_H

#include "base/file.h"
#include "formats/container.h"

enum { RC__TRAIN, RC__VALID, RC__TEST, RC__PARTS };
enum { RC__PATH = 4096, RC__ROOTS = 4 };

typedef struct rc__get {
    const char *task;
    char root[RC__ROOTS][RC__PATH]; /* folders that files are looked for in */
    int roots;
    const char *alone;      /* `from` FILE: the task's only file, whatever it is called; else NULL */
    const char *alone_name; /* what the table calls it */
    const char *out;        /* folder that the arrays go to */
    int64_t max[RC__PARTS]; /* samples of a part at most; 0: all */
    int64_t side;           /* windows of maps; 0: as published */
    uint64_t seed;
    int64_t n[RC__PARTS]; /* samples written */
    char did[512];        /* what the layout did, for source.md */
} rc__get;

typedef rc_status (*rc__layout)(rc__get *g);

/* Where a file is; fails, naming it, if it is nowhere. */
rc_status rc__get_path(const rc__get *g, const char *name, char out[RC__PATH]) RC_MUST_CHECK;
/* n, or as many as were asked for. */
int64_t rc__get_limit(const rc__get *g, int part, int64_t n);

/* One part's x and y, sample by sample. */
typedef struct rc__part_out {
    rc__get *g;
    int part;
    rc_file_writer x, y;
    size_t x_bytes, y_bytes;
    int64_t n, done;
} rc__part_out;
/* Shapes are those of one sample. */
rc_status rc__part_begin(rc__get *g, int part, int64_t n, rc_dtype x_type, rc_shape x, rc_dtype y_type,
                         rc_shape y, rc__part_out *out) RC_MUST_CHECK;
rc_status rc__part_put(rc__part_out *o, const void *x, const void *y) RC_MUST_CHECK;
/* Keeps the files if status is RC_OK and all n samples came; gives the outcome. */
rc_status rc__part_end(rc__part_out *o, rc_status status) RC_MUST_CHECK;
/* group_PART.npy */
rc_status rc__part_groups(const rc__get *g, int part, int64_t n, const int64_t *group) RC_MUST_CHECK;

/* The layouts. */
rc_status rc__read_cifar100(rc__get *g);
rc_status rc__read_spherical(rc__get *g);
rc_status rc__read_ninapro(rc__get *g);
rc_status rc__read_satellite(rc__get *g);
rc_status rc__read_deepsea(rc__get *g);
rc_status rc__read_drug(rc__get *g);
rc_status rc__read_darcy(rc__get *g);
rc_status rc__read_psicov(rc__get *g);
int64_t rc__psicov_bytes(int64_t n_train, int64_t n_test, int64_t side);
rc_status rc__read_cosmic(rc__get *g);
rc_status rc__read_ecg(rc__get *g);
rc_status rc__read_fsd50k(rc__get *g);
rc_status rc__read_pdebench(rc__get *g);

#endif
