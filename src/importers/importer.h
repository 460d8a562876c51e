/* importers/importer.h: from the files people have to a data set's folder (docs/your-data.md): tables, files
 * of arrays, folders of pictures or sounds, sequences. Labels become numbers, parts are made, and a report
 * says what was found and done. Everything is checked before the folder appears; a failure leaves nothing. */
#ifndef RC_IMPORTERS_IMPORTER_H
#define RC_IMPORTERS_IMPORTER_H

#include "formats/csv.h"
#include "formats/json.h"
#include "formats/memory_table.h"

typedef struct rc_encoders rc_encoders; /* encoders.h */

/* What samples are read from. */
typedef enum rc_import_form {
    RC_IMPORT_TABLE,
    RC_IMPORT_PICTURES,
    RC_IMPORT_SOUNDS,
    RC_IMPORT_SIGNALS,
    RC_IMPORT_SEQUENCES,
    RC_IMPORT_ARRAYS,
    RC_IMPORT_UNKNOWN /* no file that could be read */
} rc_import_form;
#define RC_IMPORT_FORMS "table|pictures|sounds|signals|sequences|arrays"
/* What is to be predicted. Fields (DENSE) are found, and not asked for. */
typedef enum rc_import_target {
    RC_IMPORT_AUTO,
    RC_IMPORT_CLASSES,
    RC_IMPORT_NUMBERS,
    RC_IMPORT_LABELS,
    RC_IMPORT_DENSE
} rc_import_target;
#define RC_IMPORT_ASKED "auto|classes|numbers|labels"
#define RC_IMPORT_TARGETS RC_IMPORT_ASKED "|dense"
/* What a table's texts become. */
typedef enum rc_import_encode { RC_IMPORT_ONE_HOT, RC_IMPORT_ORDINAL } rc_import_encode;
#define RC_IMPORT_ENCODES "one-hot|ordinal"
/* What becomes of a series' missing values. */
typedef enum rc_import_fill {
    RC_IMPORT_FILL_INTERPOLATE,
    RC_IMPORT_FILL_MEAN,
    RC_IMPORT_FILL_ZERO,
    RC_IMPORT_FILL_AUTO /* not asked: they are interpolated, but in arrays, where they stay */
} rc_import_fill;
#define RC_IMPORT_FILLS "interpolate|mean|zero"

typedef struct rc_import_options {
    const char *from, *out;
    const rc_memory_table *table;        /* in memory, in place of the file `from`; NULL: there is none */
    rc_encoders *like;                   /* encode as these do; NULL: find out how */
    bool unlabelled;                     /* labels are not looked for: x_unlabelled alone; needs `like` */
    const char *test;                    /* a second file of the same form: the test part */
    const char *x, *y, *x_test, *y_test; /* names of arrays in `from` (and in `test`) */
    const char *layout;                  /* letters of x's dimensions: NHWC */
    const char *label;                   /* column(s) to predict; key in a FASTA header */
    const char *labels;                  /* a table that gives each file or sequence its label */
    const char *split;                   /* column of parts; or time[:COLUMN] */
    const char *group;                   /* column: rows of the same value stay in one part */
    const char *drop;                    /* columns to leave out, by commas */
    const char *files;                   /* columns that name files, by commas; "none"; NULL: found out */
    const char *texts;                   /* columns of long texts, by commas: inputs of their own */
    rc_import_target target;
    rc_import_encode encode;
    const char *delimiter; /* one character, or "tab"; NULL: found out */
    rc_csv_header header;
    const char *missing;   /* words for missing values, by commas; NULL: the usual ones */
    char decimal;          /* '.' or ','; 0: found out */
    const char *comment;   /* lines that begin with this character are passed over */
    int64_t skip;          /* lines before the table */
    const char *encoding;  /* of texts that are not UTF-8 (formats/text_file.h) */
    int64_t height, width; /* pictures; 0: as they are */
    int64_t length, hop;   /* sounds, series, sequences; 0: chosen */
    bool series;           /* tables: rows are series */
    const char *channels;  /* of signals, by commas; NULL: all that can stand together */
    rc_import_fill fill;
    double test_fraction;
    uint64_t seed;
} rc_import_options;

rc_import_options rc_import_defaults(void);
/* Fills the report; the same is written to OUT/import.json, and the encoders to OUT/encoders.json. */
rc_status rc_import(const rc_import_options *o, rc_json *report) RC_MUST_CHECK;
/* Refuses a file of a kind that is known but not read (.xlsx, .pt, TIFF ...), with the line that converts it.
 * Its first bytes count more than its name. Folders, and what is not there, are for others to tell. */
rc_status rc_import_check_file(const char *path) RC_MUST_CHECK;
/* What is in a file or folder, without importing: arrays, columns, classes. */
rc_status rc_import_describe(const char *path, const char *encoding, rc_json *report) RC_MUST_CHECK;

#endif
