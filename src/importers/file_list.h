/* importers/file_list.h: the files of a folder, and the label of each: from the folder it lies in, or from a
 * table. Within importers/ only. */
#ifndef RC_IMPORTERS_FILE_LIST_H
#define RC_IMPORTERS_FILE_LIST_H

#include "importers/samples.h"

/* Names of files; file_names.c. */
extern const char *const rc__picture_suffixes[],
    *const rc__sound_suffixes[], *const rc__signal_suffixes[], *const rc__sequence_suffixes[],
                                                                   *const rc__table_suffixes[];

/* file_readers.c. */
enum { RC__FILE_READERS = 4 };
typedef struct rc__file_reader {
    rc_import_form form;
    const char *const *suffixes;
    rc_status (*read)(rc_samples *s, rc_json *report);
} rc__file_reader;
extern const rc__file_reader rc__file_readers[RC__FILE_READERS];

/* Does the name end with one of these, NULL-ended, in any case? */
bool rc__has_suffix(const char *name, const char *const *suffixes);
/* The same of files of text, which may be packed: table.csv.gz, table.csv.zst. */
bool rc__has_text_suffix(const char *name, const char *const *suffixes);
/* All files with these suffixes below a folder, hidden ones apart, in the order of their names; or one file.
 */
typedef struct rc_file_list {
    const char *root;      /* borrowed, or */
    char *parent;          /* that of a lone file */
    rc_texts relative;     /* "cats/3.png" */
    rc_texts other;        /* files of other kinds */
    const rc_texts *where; /* the place that names each file; NULL: the folder does */
} rc_file_list;
rc_status rc__file_list_make(const char *root, const char *const *suffixes, rc_file_list *out) RC_MUST_CHECK;
/* What samples are read from: their files (samples.h), or those below o->from. */
rc_status rc__file_list_of(const rc_samples *s, const char *const *suffixes, rc_file_list *out) RC_MUST_CHECK;
/* What came of reading file i: a failure tells the place that names it. */
rc_status rc__file_list_tell(const rc_file_list *f, int64_t i, rc_status status) RC_MUST_CHECK;
rc_status rc__file_list_path(const rc_file_list *f, int64_t i, size_t size, char *out) RC_MUST_CHECK;
/* Before file i of all is looked at: tells how far it is; fails where that is to stop. */
rc_status rc__file_list_look(const rc_file_list *f, int64_t i) RC_MUST_CHECK;
void rc__file_list_free(rc_file_list *f);
/* name and id (samples.h) of readers with a sample a file, whose state begins with its rc_file_list. */
void rc__name_of_file(const rc_samples *s, int64_t i, char text[RC__SAMPLE_NAME]);
void rc__id_of_file(const rc_samples *s, int64_t i, char text[RC__SAMPLE_NAME]);

/* Target and part of every file, file[i] of sample i (NULL: the same): from `labels` if it is given, else
 * from folders: train/cats/3.png is part train, label cats. */
rc_status rc__file_list_labels(rc_samples *s, const rc_file_list *f, const int64_t *file,
                               rc_json *report) RC_MUST_CHECK;
/* The same from a table for things that have names (sequences). */
rc_status rc__labels_of_names(rc_samples *s, const rc_texts *names, const int64_t *which,
                              rc_json *report) RC_MUST_CHECK;
rc_status rc__describe_files(const char *path, rc_json *report) RC_MUST_CHECK;

#endif
