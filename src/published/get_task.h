/* published/get_task.h: a task's published data, fetched or taken from disk, as a data set's folder. */
#ifndef RC_PUBLISHED_GET_TASK_H
#define RC_PUBLISHED_GET_TASK_H

#include "formats/json.h"
#include "published/downloads.h"

typedef struct rc_get_options {
    const char *out;
    const char *from;        /* a folder with the files, or a task's only file; NULL: the network */
    const char *mirror;      /* NULL, or an address under which the files lie by their names */
    int64_t n_train, n_test; /* at most; 0: all */
    int64_t side;            /* psicov; 0: as published */
    uint64_t seed;
    bool keep; /* what was downloaded stays in OUT.download */
} rc_get_options;

/* What would be done: task, licence, bytes (about), made (about), files [{name, url, bytes, md5}]. */
rc_status rc_get_plan(const char *task, const rc_get_options *o, rc_json *report) RC_MUST_CHECK;
/* The same report, and out, n_train, n_valid, n_test. Files are put into OUT.download, from which a broken
 * transfer goes on; OUT appears whole or not at all. */
rc_status rc_get_run(const char *task, const rc_get_options *o, rc_json *report) RC_MUST_CHECK;

/* ---- within published/, and for its tests ---- */

rc_status rc__get_row(const rc_published *p, const rc_get_options *o, rc_json *report) RC_MUST_CHECK;

/* Folders of one call. */
typedef struct rc__work {
    const rc_get_options *o;
    char folder[RC__PATH]; /* OUT.download */
    int lock;
} rc__work;
rc_status rc__work_open(const rc_get_options *o, rc__work *w) RC_MUST_CHECK;
/* What a failure leaves: files that arrived, to go on from. */
void rc__work_close(rc__work *w, rc_status status);
/* One file from the network into OUT.download, unless it is there. url may be NULL with a mirror. */
rc_status rc__work_fetch(const rc__work *w, const rc_published_file *f, int64_t limit) RC_MUST_CHECK;

/* openml.c: "openml-31" */
bool rc__openml_id(const char *task, int64_t *id);
void rc__openml_plan(int64_t id, const rc_get_options *o, rc_json *report);
/* Finds or fetches the table; fills what the layout needs. */
typedef struct rc__openml {
    int64_t id;
    char table[RC__PATH];
    char name[128], licence[128], target[128], url[1024], md5[40];
    rc_string ignored; /* names of columns, a line each */
} rc__openml;
rc_status rc__openml_obtain(int64_t id, const rc_get_options *o, const rc__work *w,
                            rc__openml *out) RC_MUST_CHECK;
void rc__openml_describe(const rc__openml *t, rc_json *report);
/* layout_openml.c */
rc_status rc__read_openml(rc__get *g, const rc__openml *t) RC_MUST_CHECK;

#endif
