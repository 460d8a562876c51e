/* datasets/dataset.h: labelled arrays from a folder or .npz, checked; splits; batches; preparation of x and
 * y. Knows files, nothing of models. */
#ifndef RC_DATASETS_DATASET_H
#define RC_DATASETS_DATASET_H

#include <stdbool.h>

#include "base/input_name.h"
#include "base/rng.h"
#include "formats/container.h"
#include "tensor/form.h"

typedef enum rc_target_kind {
    RC_TARGET_CLASSES, /* one a sample */
    RC_TARGET_WORDS,   /* of texts: one for every word, y [N, T], -1 where there is none */
    RC_TARGET_MULTILABEL,
    RC_TARGET_REGRESSION,
    RC_TARGET_DENSE
} rc_target_kind;
/* Words have classes that are "of_words". */
#define RC_TARGET_NAMES "classes|classes|multilabel|regression|dense"
/* Is what is said one of the classes, of the sample or of each of its words? */
static inline bool rc_target_is_class(rc_target_kind kind)
{
    return kind == RC_TARGET_CLASSES || kind == RC_TARGET_WORDS;
}

/* One part (train, valid or test). x and y point into arrays the data set owns; index NULL = all rows in
 * order, else the part is these rows of the arrays (a validation part held out of train). */
typedef struct rc_part {
    int64_t n;
    const int64_t *index;
    const rc_array *x, *y;
    const rc_array *group;  /* int64 [rows]: the record, clip or patient that each sample is of; NULL: none */
    const rc_array *weight; /* floats [rows]: how much each sample counts in training; NULL: all the same */
} rc_part;

/* A further input of every sample, beside x: x_train.NAME and so on. A row of NaN, or a text that says
 * nothing: the sample lacks it. */
typedef struct rc_more_input {
    char name[RC_INPUT_NAME];
    rc_form form;
    int64_t x_shape[3]; /* of texts that of their token ids; 0 until there are some (text_inputs.h) */
} rc_more_input;

typedef struct rc_dataset {
    char name[256];  /* base name of the path */
    char split[300]; /* how the import made the parts; "": not known */
    rc_form form;
    bool by_value;      /* classes are called by the values that stood for them */
    int64_t x_shape[3]; /* C,H,W or C,L,1; of a row 1,F,1 */
    int64_t columns;    /* tables whose import is known: of how many columns the F numbers are, and */
    const int32_t *column_width; /* how many of them each has; else 0 and NULL */
    rc_target_kind target;
    bool is_mask;               /* DENSE of whole numbers, all 0 and 1, or -1 where it is not known */
    bool has_gaps;              /* DENSE: some points of y are not known, which rc_part_read says by NaN */
    int64_t classes;            /* CLASSES, WORDS, MULTILABEL: number; else 0 */
    rc_shape y_shape;           /* of one sample (n = 0 for a class; [T] of WORDS) */
    int64_t y_size;             /* elements of one sample's target (1 for a class) */
    rc_part train, valid, test; /* n = 0 where absent */
    rc_part unlabelled;         /* x alone: y is NULL; n = 0 where absent */
    int n_more;                 /* further inputs, by their names */
    rc_more_input more[RC_MORE_INPUTS];
    struct rc_dataset_store *store;
} rc_dataset;

enum {
    RC_DATASET_TRAIN = 1,   /* a training part is required */
    RC_DATASET_MISSING = 2, /* NaN in x is a missing number; else it is refused */
    RC_DATASET_INPUTS = 4   /* samples may have several inputs; else such data are refused */
};
/* Opens and checks everything: dtypes, shapes, equal lengths, labels, NaN and inf in float x and y, empty
 * parts, fewer than two classes. Labels are whole numbers from 0, classes = 1 + the largest of all parts;
 * where they are far larger, they are numbered in the order of their values, which become the classes' names.
 * Names of classes are those of the import that made the folder.
 * What is in doubt becomes a note, which is told at once too. `how`: of the above. Samples of several inputs
 * may lack any of them: all of its numbers are NaN. */
rc_status rc_dataset_open(const char *path, unsigned how, rc_dataset **out) RC_MUST_CHECK;
/* The inputs and targets of a part that take more memory than this are read by pieces, each time they are
 * asked for; rc_dataset_open: RC_DATASET_MIB. */
enum { RC_DATASET_MIB = 2048 };
rc_status rc_dataset_open_within(const char *path, unsigned how, int64_t mib, rc_dataset **out) RC_MUST_CHECK;
/* The same of arrays in memory, of which those that are not there have no data; they are taken over, also on
 * failure. label_name: of the classes 0 .. labels - 1, copied; NULL: they have none. */
typedef struct rc_dataset_arrays {
    rc_array x[4], y[3], group[3], weight[3]; /* train, valid, test; the last of x have no targets */
    int n_more;
    struct {
        const char *name; /* copied */
        rc_array x[4];
        rc_texts text[4]; /* in place of x */
    } more[RC_MORE_INPUTS];
} rc_dataset_arrays;
rc_status rc_dataset_from_arrays(const char *name, rc_dataset_arrays *arrays, const char *const *label_name,
                                 int64_t labels, unsigned how, rc_dataset **out) RC_MUST_CHECK;
/* Another data set of the same arrays, which `from` must outlive: to be split and cut without changing it. */
rc_status rc_dataset_share(const rc_dataset *from, rc_dataset **out) RC_MUST_CHECK;
/* inputs.c: the same data set, or a part of it, seen by input k alone in the place of x; 0 is x. A view,
 * which `d` must outlive; not to be closed. */
rc_dataset rc_dataset_input(const rc_dataset *d, int k);
rc_part rc_part_input(const rc_part *p, const rc_dataset *d, int k);
const char *rc_dataset_input_name(const rc_dataset *d, int k); /* "x", or its name */
/* Are all n numbers NaN: does a sample lack this input? */
bool rc_input_is_absent(const float *x, int64_t n);
/* Samples to be asked about: x, and then further inputs of these names, from a folder (x.npy or its shards,
 * x.NAME.npy, texts as x.NAME.jsonl), from a file of arrays that are called so, or from one .npy, which is x.
 * In place of x it may be the inputs of a data set's part: x_test and so on. */
typedef struct rc_inputs_asked {
    const char *part;     /* "test"; NULL: x, or else the only part that is there */
    const char *encoding; /* of names and texts in a file; NULL: UTF-8 */
    int64_t mib;          /* x is read by pieces where it takes more, as a note says */
    bool learnt;          /* the epochs of a student shuffle it, as that note says, too */
    int n_more;
    const char *const *name;
} rc_inputs_asked;
/* out and text have 1 + n_more places. One that is not there has no data and no texts; owned by the caller,
 * also on failure. */
rc_status rc_inputs_read(const char *path, const rc_inputs_asked *how, rc_texts *notes, rc_array *out,
                         rc_texts *text) RC_MUST_CHECK;
/* Are there such arrays, x or that of any part? */
rc_status rc_inputs_recognise(const char *path, const char *encoding, bool *are) RC_MUST_CHECK;
/* Refuses a part that is none, or of what has no parts; NULL: none is meant. */
rc_status rc_inputs_check_part(const char *path, const char *part, const char *encoding) RC_MUST_CHECK;
/* More inputs without targets, beside x_unlabelled: x, which is taken over, also on failure; or what is in
 * files: inputs alone (rc_inputs_read), or the training inputs of a data set that has targets. `how`, `mib`:
 * as above.
 */
rc_status rc_dataset_add_unlabelled(rc_dataset *d, const char *path, rc_array *x, unsigned how) RC_MUST_CHECK;
rc_status rc_dataset_read_unlabelled(rc_dataset *d, const char *path, unsigned how,
                                     int64_t mib) RC_MUST_CHECK;
/* Calls it as the last part of this path; rc_dataset_open has done so with its own. */
void rc_dataset_name(rc_dataset *d, const char *path);
void rc_dataset_close(rc_dataset **d);
/* Of every value, type, size and label's name, in order, as the files have them: the same only for the same
 * data. Takes one pass over the arrays at the speed of memory. */
rc_status rc_dataset_fingerprint(const rc_dataset *d, uint64_t *out) RC_MUST_CHECK;
rc_status rc_array_fingerprint(const rc_array *a, uint64_t *out) RC_MUST_CHECK; /* of one array */
/* Do the sizes of x suggest that channels come last, [N, H, W, 3] or [N, L, 6]? */
bool rc_channels_come_last(const rc_shape *x);
/* Does the folder or file hold arrays of these names? (No answer to whether they are good.) encoding: of
 * names, or NULL. */
rc_status rc_dataset_recognise(const char *path, const char *encoding, bool *is) RC_MUST_CHECK;
/* Hold `fraction` of train out as validation, seeded, stratified by class (uniform for other targets; at
 * least one sample, at most n-1). Samples of one group stay together. Does nothing when the data set brings a
 * validation part. */
rc_status rc_dataset_hold_out(rc_dataset *d, double fraction, uint64_t seed) RC_MUST_CHECK;
/* Train and the validation part that was held out of it as one part again, in the order of the rows; frees
 * with *index. Samples of a part that the data set brings are not among them. */
rc_status rc_dataset_reunite(const rc_dataset *d, int64_t **index, rc_part *out) RC_MUST_CHECK;
/* Keep at most n training samples (seeded, stratified); 0 = all. */
rc_status rc_dataset_limit_train(rc_dataset *d, int64_t n, uint64_t seed) RC_MUST_CHECK;

/* Did every sample that was asked for come? Files may change, vanish or break while they are read by pieces;
 * samples are zeros from then on. */
rc_status rc_dataset_status(const rc_dataset *d) RC_MUST_CHECK;
/* Sample i of a part as float32: an input of numbers, x [C*L or C*H*W] or a further one from 1 on (uint8
 * images keep 0..255), or the y_size numbers of its target. */
enum { RC_PART_Y = -1, RC_PART_X };
void rc_part_read(const rc_part *p, const rc_dataset *d, int what, int64_t i, float *out);
int32_t rc_part_label(const rc_part *p, int64_t i); /* CLASSES only */
/* The token ids [T] of sample i, of an input that is of texts, RC_NO_TOKEN behind them: of one that is not
 * there from the first place on. And how many tokens x has, which is of texts. */
void rc_part_ids(const rc_part *p, const rc_dataset *d, int what, int64_t i, int32_t *out);
int64_t rc_part_tokens(const rc_part *p, const rc_dataset *d, int64_t i);
/* What was found that may not be as it was meant: lines for the user. */
const rc_texts *rc_dataset_notes(const rc_dataset *d);
/* One more of them, for data that were made in memory. */
rc_status rc_dataset_add_note(rc_dataset *d, const char *line) RC_MUST_CHECK;
/* How often each label of samples or words occurs: added to count [classes]. Returns the sum. */
int64_t rc_part_count_labels(const rc_part *p, const rc_dataset *d, int64_t *count);
/* How much sample i counts; 1 where the part has no weights. */
float rc_part_weight(const rc_part *p, int64_t i);
/* Those of samples order[0 .. n), over their mean; *out is the caller's, NULL where the samples have none. */
rc_status rc_part_weights(const rc_part *p, const int64_t *order, int64_t n, double **out) RC_MUST_CHECK;
void rc_part_words(const rc_part *p, const rc_dataset *d, int64_t i, int32_t *label); /* WORDS: T labels */
/* The name of a class, where the data have names; else NULL. */
const char *const *rc_dataset_label_names(const rc_dataset *d); /* of all; NULL: they have none */
const char *rc_dataset_label_name(const rc_dataset *d, int64_t label);
/* How raw input becomes such samples, as the import that made them wrote down (importers/encoders.h), JSON;
 * NULL: not known. */
const char *rc_dataset_encoders(const rc_dataset *d);
/* Text of encoders that have made x in memory, copied. */
rc_status rc_dataset_take_encoders(rc_dataset *d, const char *text) RC_MUST_CHECK;
/* Fails where the same cells of a table would be other numbers by these encoders (JSON) than they are here,
 * or where samples have gone through other transforms. What else may differ shows in the shape of samples.
 * NULL, or data without encoders: not known, no failure. */
rc_status rc_dataset_check_encoders(const rc_dataset *d, const char *text) RC_MUST_CHECK;
/* The version of encoders that have "transforms"; earlier programs would pass these over. */
enum { RC_ENCODERS_TRANSFORMED = 2 };
/* Numbers the groups of a part from 0 (without groups: each sample its own): rank [n], and how many there
 * are. */
rc_status rc_part_groups(const rc_part *p, int64_t *rank, int64_t *count) RC_MUST_CHECK;

/* ---- augmentation: how an image lies ---- */
/* A crop after zero padding, by so many pixels down and to the right, then mirror images and, of squares, the
 * transposed one: together the eight ways in which a square can lie. */
typedef struct rc_pose {
    int64_t down, right;
    bool mirrored, upside_down, transposed;
} rc_pose;
enum { RC_POSES = 8 };
/* Pose number i of the eight without a crop; 0: as it is. */
rc_pose rc_pose_number(int i);
/* Random: a crop of up to `pad` pixels; flip: mirrored or not; turn: any of the eight, of a square. */
rc_pose rc_pose_draw(rc_rng *rng, int64_t pad, bool flip, bool turn);
/* x [c, h, w] in place; scratch has room for h w numbers. stays [c]: channels that are left as they are; may
 * be NULL. */
void rc_pose_apply(const rc_pose *p, const bool *stays, int64_t c, int64_t h, int64_t w, float *x,
                   float *scratch);
/* Which channels of x are the same in every training sample: coordinates, which tell where and do not move
 * with what lies there. stays [C]. */
rc_status rc_dataset_fixed_channels(const rc_dataset *d, bool *stays) RC_MUST_CHECK;
/* Of a task whose answer turns with its square input. */
typedef struct rc_turns {
    bool *stays; /* [C]: channels of x that do not turn with it, owned by who made it; NULL: all turn */
} rc_turns;

/* ---- normaliser: (v - mean) / std ---- */
typedef enum rc_norm_kind { RC_NORM_NONE, RC_NORM_CHANNEL, RC_NORM_POINT } rc_norm_kind;
#define RC_NORM_NAMES "none|channel|point"
/* mean and std have `size` entries (1 per channel, or 1 per point), std = sd + 1e-5 (sd with n-1 for POINT as
 * the Darcy task has it; with n for CHANNEL). An entry that never varies gets std 1 in x and 1e-5 in y,
 * so that a decoded output is the mean there. Missing numbers (NaN) are left
 * out of both, and become 0, which is the mean. */
typedef struct rc_normaliser {
    rc_norm_kind kind;
    int64_t channels, points; /* points per channel */
    float *mean, *std;
} rc_normaliser;
/* On train; turns: squares that may lie in any of the eight ways, all of which are fitted to; or NULL. */
rc_status rc_normaliser_fit_x(const rc_dataset *d, rc_norm_kind kind, const rc_turns *turns,
                              rc_normaliser *out) RC_MUST_CHECK;
rc_status rc_normaliser_fit_y(const rc_dataset *d, rc_norm_kind kind, const rc_turns *turns,
                              rc_normaliser *out) RC_MUST_CHECK;
void rc_normaliser_encode(const rc_normaliser *z, float *v); /* one sample, in place */
void rc_normaliser_decode(const rc_normaliser *z, float *v);
void rc_normaliser_free(rc_normaliser *z);

/* ---- resizing, as torchvision's resize with antialias: separable triangle filter, half-pixel centres ----
 */
/* [C,H,W] -> [C,S,T]; equal sizes copy. Upsampling is plain bilinear. Weights are prepared once. */
typedef struct rc_resize rc_resize;
rc_status rc_resize_create(int64_t h, int64_t w, int64_t s, int64_t t, rc_resize **out) RC_MUST_CHECK;
void rc_resize_destroy(rc_resize **r);
void rc_resize_apply(const rc_resize *r, int64_t channels, const float *in, float *out); /* thread-safe */
/* What a gradient with respect to `out` is with respect to `in`: the transpose. */
void rc_resize_pull(const rc_resize *r, int64_t channels, const float *out, float *in);

/* ---- augmentation of one standardised sample [c, h, w] in place, so that 0 is the mean ---- */
enum {
    RC_AUGMENT_JITTER = 1, /* + N(0, 0.1) to every number */
    RC_AUGMENT_SCALE = 2,  /* every channel times exp(N(0, 0.1)) */
    RC_AUGMENT_SHIFT = 4,  /* up to a tenth of each axis either way, the mean in its place */
    RC_AUGMENT_MASK =
        8 /* the mean in a span of up to a fifth of each axis; in a tenth of a table's columns */
};
void rc_augment_sample(rc_rng *rng, unsigned what, rc_form form, int64_t c, int64_t h, int64_t w, float *x,
                       float *scratch);

/* ---- order of samples in an epoch: a permutation that depends on (seed, epoch) only ---- */
void rc_epoch_order(uint64_t seed, int64_t epoch, int64_t n, int64_t *order);
/* The same of a part; where its inputs are read by pieces, random in windows: blocks of rows are shuffled,
 * and then the samples of as many blocks as fit half of the memory. */
rc_status rc_part_order(const rc_part *p, uint64_t seed, int64_t epoch, int64_t *order) RC_MUST_CHECK;
/* Are its inputs or targets read by pieces? */
bool rc_part_is_large(const rc_part *p);
/* Samples order[first] and n - 1 more are asked for next, in this order; NULL: as they come. What is read by
 * pieces is read ahead. */
rc_status rc_part_expect(const rc_part *p, const int64_t *order, int64_t first, int64_t n) RC_MUST_CHECK;

#endif
