/* importers/samples.h: what a reader finds: samples one by one, and what is to be predicted. Within
 * importers/ only. */
#ifndef RC_IMPORTERS_SAMPLES_H
#define RC_IMPORTERS_SAMPLES_H

#include "base/input_name.h"
#include "formats/table.h"
#include "importers/importer.h"

typedef enum rc__part { RC__PART_TRAIN, RC__PART_VALID, RC__PART_TEST, RC__PART_COUNT } rc__part;
extern const char *const rc__part_names[RC__PART_COUNT];
/* "train", "valid", "val", "validation", "dev", "test", in any case; false for anything else. */
bool rc__part_of(const char *text, int8_t *part);

enum { RC__SAMPLE_NAME = 320 };

/* What becomes of a table's column. */
typedef enum rc__column_use {
    RC__SKIP,
    RC__LABEL,
    RC__NUMBER,
    RC__DATE,
    RC__TWO,
    RC__ONE_HOT,
    RC__ORDINAL,
    RC__SERIES,
    RC__FILES,
    RC__TEXTS
} rc__column_use;
#define RC__COLUMN_USES "none|label|number|date|zero-one|one-hot|ordinal|series|files|text"

typedef struct rc__column_encoder {
    char *name;
    rc__column_use use;
    rc_column_form form;
    int64_t width;        /* numbers of a sample */
    double fill;          /* NUMBER, DATE: mean of the training part */
    double start;         /* DATE: the first of the training part */
    bool day, week, year; /* DATE: these go round */
    rc_levels levels;     /* texts in order: the number of a text is its rank */
    rc_encoders *files;   /* FILES: how they become an input */
    char about[200];
} rc__column_encoder;

struct rc_encoders {
    rc_json *document; /* that they were read from, which holds the texts of the options; NULL: fitted */
    rc_import_options options;  /* how files are read, with all that was chosen for them */
    rc_import_form form;        /* which reader */
    rc_dtype dtype;             /* of x, and */
    rc_shape shape;             /* of one sample's x */
    rc_import_target target;    /* not AUTO, once it is known */
    rc_texts names;             /* of classes, labels or numbers; may be none */
    rc__column_encoder *column; /* tables, in the order of the file that was fitted */
    int64_t columns;
    const rc_json *transforms; /* what samples go through after that (transforms/chain.h); NULL: nothing */
    double rate;               /* sounds, signals: samples a second */
    rc_texts channels;         /* signals: their names, in order, */
    rc_texts units;            /* and what they are measured in */
    const char *letters;       /* sequences: one of rc__nucleic and rc__amino */
};
extern const char rc__nucleic[], rc__amino[];

/* An input of every sample. */
typedef struct rc__input {
    char name[RC_INPUT_NAME];
    bool of_texts; /* then it has no numbers */
    rc_dtype dtype;
    rc_shape shape; /* of one sample */
} rc__input;

typedef struct rc_samples rc_samples;
struct rc_samples {
    const rc_import_options *o;
    rc_encoders *e; /* how samples are encoded: to be fitted, or as they are */
    bool given;     /* they are given */
    bool asks;      /* x is what counts: labels are welcome and not needed */
    bool unlabelled;
    int64_t n;
    rc_dtype dtype;         /* of x as the reader gives it, known after prepare */
    rc_shape shape;         /* of one sample's x, likewise */
    struct rc_chain *chain; /* what the data went through after that; NULL: nothing */
    void *read;             /* a sample before it, and */
    float *numbers;         /* as numbers */
    rc_dtype out_dtype;     /* of what rc__sample_x gives: */
    rc_shape out_shape;
    int n_more; /* inputs beside x, known after prepare */
    rc__input more[RC_MORE_INPUTS];
    const rc_texts *files, *where; /* the samples are these files, one each, that are named here: "t.csv:3";
                                      NULL: they are what o->from holds */
    rc_texts label;                /* what to predict: n texts, or */
    rc_array y;                    /* numbers [n, ...], owned */
    bool y_guess;                  /* whole numbers may be classes or amounts: decide by how many there are */
    int8_t *part;                  /* as the data say; NULL: to be made here */
    int64_t *group;                /* samples of one number stay in one part; NULL: each stands alone */
    double *when;                  /* parts are made in this order; NULL: they are drawn */
    bool when_dates;
    char when_of[100]; /* what it is: the "date", the order of the rows */
    rc_texts notes;    /* what the reader of the report should know */
    void *state;       /* the reader's */
    /* Fit what depends on the training part (encodings, fillings); may be NULL. */
    rc_status (*prepare)(rc_samples *s, const int8_t *part, rc_json *report);
    rc_status (*x)(rc_samples *s, int64_t i, void *out);
    rc_status (*more_x)(rc_samples *s, int k, int64_t i, void *out); /* input k = 1 .. n_more; may be NULL, */
    bool (*lacks)(const rc_samples *s, int k, int64_t i); /* likewise: does the sample lack input k (0: x)? */
    /* The text of input k, which is of texts; "": the sample lacks it. May be NULL. */
    const char *(*text)(const rc_samples *s, int k, int64_t i);
    void (*name)(const rc_samples *s, int64_t i,
                 char text[RC__SAMPLE_NAME]); /* "train.csv:812", "cats/3.png" */
    /* The same without what all have in common; NULL: their number. */
    void (*id)(const rc_samples *s, int64_t i, char text[RC__SAMPLE_NAME]);
    void (*close)(void *state);
};

/* encoders.c */
void rc__encoders_write(const rc_encoders *e, rc_json *out);
void rc__encoders_clear(rc_encoders *e);
/* import.c: options that say how files are read. */
rc_status rc__import_options_check(const rc_import_options *o) RC_MUST_CHECK;
/* The next of words with commas between them; false at the end. */
bool rc__next_word(const char **list, char word[256]);
/* The reader for what o->from is, or of the given encoders, has read it. report: of an import; NULL: none is
 * wanted. */
rc_status rc__samples_open(rc_samples *s, rc_json *report) RC_MUST_CHECK;
void rc__samples_close(rc_samples *s);
/* Input k of a sample, 0 is x, encoded and transformed; NaN and infinities are refused, but one that the
 * sample lacks is NaN. */
rc__input rc__input_of(const rc_samples *s, int k);
rc_status rc__sample_input(rc_samples *s, int k, int64_t i, void *out) RC_MUST_CHECK;
/* What finding the labels has come to: where they are not needed, labels of no use become a note. */
rc_status rc__labels_found(rc_samples *s, rc_status status) RC_MUST_CHECK;
/* One more of the notes. */
rc_status rc__note(rc_samples *s, const char *format, ...) RC_PRINTF(2, 3) RC_MUST_CHECK;

/* The readers. Each fills s and adds to the report. */
rc_status rc__table_samples(rc_samples *s, rc_json *report) RC_MUST_CHECK;
rc_status rc__array_samples(rc_samples *s, rc_json *report) RC_MUST_CHECK;
rc_status rc__picture_samples(rc_samples *s, rc_json *report) RC_MUST_CHECK;
rc_status rc__sound_samples(rc_samples *s, rc_json *report) RC_MUST_CHECK;
rc_status rc__sequence_samples(rc_samples *s, rc_json *report) RC_MUST_CHECK;
rc_status rc__signal_samples(rc_samples *s, rc_json *report) RC_MUST_CHECK;
/* By the reader of files of the encoders' form: pictures, sounds, signals or sequences. */
rc_status rc__file_samples(rc_samples *s, rc_json *report) RC_MUST_CHECK;
/* Windows of `window` samples every `hop` in `length`; one, to be filled up with zeros, where it is shorter.
 */
int64_t rc__windows_in(int64_t length, int64_t window, int64_t hop);
/* import_series.c: replaces samples [C, length] (length_of each; dtype set) by their windows of `length`
 * every `hop`; without `length` each stays whole, and has the length of the longest. What is missing in them
 * is filled in as the encoders' options.fill says; AUTO: it stays. */
rc_status rc__series_windows(rc_samples *s, int64_t channels, int64_t (*length_of)(rc_samples *s, int64_t i),
                             rc_json *report) RC_MUST_CHECK;
/* fill_gaps.c: NaN in x [channels, length]. From `end` on no channel has a number: there the series is over.
 */
typedef struct rc__gaps {
    int64_t missing, end; /* missing: before the end */
} rc__gaps;
rc__gaps rc__find_gaps(int64_t channels, int64_t length, const float *x);
/* MEAN: of the channel in this series. Zeros from the end on. */
void rc__fill_gaps(rc_import_fill rule, int64_t channels, int64_t length, float *x);
rc_csv_options rc__csv_options(const rc_import_options *o);
/* A value of a column that may not be missing. */
rc_status rc__check_present(const rc_table *t, const rc_column *c, int64_t row) RC_MUST_CHECK;
/* A column of a table as the target of the n samples from `first` on, which are its rows row[0 .. n-1] (NULL:
 * all, in order). */
rc_status rc__target_column(rc_samples *s, const rc_table *t, int column, const int64_t *row, int64_t first,
                            int64_t n) RC_MUST_CHECK;
/* The column of this name, with "did you mean". */
rc_status rc__find_column(const rc_table *t, const char *field, const char *name, int *out) RC_MUST_CHECK;
/* Fails with `what`, and the column that may be meant. */
rc_status rc__no_column(const rc_table *t, const char *name, const char *what) RC_MUST_CHECK;
/* Fails with `what` and the list of columns. */
rc_status rc__fail_columns(const rc_table *t, const char *what) RC_MUST_CHECK;
/* The first of these names, NULL-ended, that a column has (case apart); -1: none. */
int rc__guess_column(const rc_table *t, const char *const *names);
/* What `split` says of a table: "time" or "time:COLUMN" is an order (s->when), anything else a column of
 * parts. */
rc_status rc__split_table(rc_samples *s, const rc_table *t, int *column) RC_MUST_CHECK;
/* A split column's words as parts. */
rc_status rc__split_column(rc_samples *s, const rc_table *t, int column, const int64_t *row) RC_MUST_CHECK;
/* What comes next, of `what`, which is no data set yet: an import, with these fields. */
void rc__tell_next(rc_json *report, const char *what, const char *fields);
rc_status rc__describe_table(const char *path, const char *encoding, rc_json *report) RC_MUST_CHECK;
rc_status rc__describe_arrays(const char *path, const char *encoding, rc_json *report) RC_MUST_CHECK;
rc_status rc__describe_signals(const char *path, const char *encoding, rc_json *report) RC_MUST_CHECK;

/* import_targets.c: what y becomes, by s->e, which learns target and names here unless it is given. */
typedef struct rc_targets {
    int64_t classes; /* 0: numbers or labels */
    int64_t *code;   /* [n] */
    rc_dtype dtype;  /* otherwise: F32, or U8 for several labels a sample */
    rc_shape shape;  /* of one sample */
    void *data;      /* [n, ...] */
} rc_targets;
rc_status rc__targets_make(rc_samples *s, rc_targets *out, rc_json *report) RC_MUST_CHECK;
void rc__targets_free(rc_targets *t);
/* share_out.c: part of every sample: as the data say, else by time, else seeded, stratified by class; groups
 * kept together. */
rc_status rc__share_out(const rc_samples *s, const rc_targets *t, int8_t *part,
                        rc_json *report) RC_MUST_CHECK;
/* share_by_time.c: the same by s->when; `how` is for the report. */
enum { RC__SHARED_HOW = 300 };
#define RC__VALID_FRACTION 0.2 /* of what is not test, where valid is not left to the training */
rc_status rc__share_by_time(const rc_samples *s, int8_t *part, char how[RC__SHARED_HOW]) RC_MUST_CHECK;
/* Fits what is to be fitted, on the training part; then the encoders are whole. part NULL: they are given. */
rc_status rc__samples_prepare(rc_samples *s, const int8_t *part, rc_json *report) RC_MUST_CHECK;
/* write_out.c; t and part NULL: without labels. */
rc_status rc__write_out(rc_samples *s, const rc_targets *t, const int8_t *part,
                        rc_json *report) RC_MUST_CHECK;

#endif
