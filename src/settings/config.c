#include "settings/config.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/checksum.h"
#include "base/choice.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "formats/text_file.h"
#include "formats/yaml.h"
#include "parallel/parallel.h"
#include "transport/distances.h"

#define AT(field) offsetof(rc_config, field)
#define INTEGER(key, field, min, max, initial, about)                     \
    {                                                                     \
        key, RC_CONFIG_INTEGER, AT(field), min, max, NULL, initial, about \
    }
#define REAL(key, field, min, max, initial, about)                     \
    {                                                                  \
        key, RC_CONFIG_REAL, AT(field), min, max, NULL, initial, about \
    }
#define BOOLEAN(key, field, initial, about)                           \
    {                                                                 \
        key, RC_CONFIG_BOOLEAN, AT(field), 0, 1, NULL, initial, about \
    }
#define ROOM(field) sizeof((rc_config *)NULL)->field
#define TEXT(key, field, initial, about)                                     \
    {                                                                        \
        key, RC_CONFIG_NAME, AT(field), 0, ROOM(field), NULL, initial, about \
    }
#define NAME(key, field, about) TEXT(key, field, "", about)
#define CHOICE(key, field, choices, initial, about)                     \
    {                                                                   \
        key, RC_CONFIG_CHOICE, AT(field), 0, 0, choices, initial, about \
    }

#define WORD(key, field, choices, initial, about)                     \
    {                                                                 \
        key, RC_CONFIG_WORD, AT(field), 0, 0, choices, initial, about \
    }

#define OR(name) #name "|"
#define DISTANCES RC_DISTANCES(OR) "none"

#define CHOICES(key, field, choices, initial, about)                     \
    {                                                                    \
        key, RC_CONFIG_CHOICES, AT(field), 0, 0, choices, initial, about \
    }

#define OPTIMIZER(section, lr_, wd_, schedule_, warmup_)                                                   \
    CHOICE(#section ".optimizer", section.optimizer.optimizer, "sgd|adam|adamw", "adamw", "optimizer"),    \
        REAL(#section ".lr", section.optimizer.lr, 0, 1e6, lr_,                                            \
             "base learning rate; of fit 0: 0.0003 for models of text, 0.001 for those of images"),        \
        REAL(#section ".weight_decay", section.optimizer.weight_decay, 0, 1e3, wd_, "weight decay"),       \
        REAL(#section ".momentum", section.optimizer.momentum, 0, 0.99999, "0.9", "momentum of sgd"),      \
        REAL(#section ".beta1", section.optimizer.beta1, 0, 0.99999, "0.9", "first moment of adam"),       \
        REAL(#section ".beta2", section.optimizer.beta2, 0, 0.99999, "0.999", "second moment of adam"),    \
        REAL(#section ".eps", section.optimizer.eps, 1e-16, 1, "1e-08",                                    \
             "small number added to adam's divisor"),                                                      \
        CHOICE(#section ".schedule", section.optimizer.schedule, "constant|linear|cosine|step", schedule_, \
               "learning-rate schedule"),                                                                  \
        REAL(#section ".warmup", section.optimizer.warmup, 0, 1e6, warmup_,                                \
             "epochs of linear warm-up; fewer in a short stage, unless set"),                              \
        REAL(#section ".decay", section.optimizer.decay, 0, 1e6, "0",                                      \
             "epoch at which linear and cosine end; 0: with the stage"),                                   \
        REAL(#section ".step_epochs", section.optimizer.step_epochs, 0, 1e6, "0",                          \
             "step: epochs between reductions; 0: a third of the stage"),                                  \
        REAL(#section ".step_factor", section.optimizer.step_factor, 0, 1, "0.2",                          \
             "step: what each reduction multiplies the rate by")

const rc_config_row rc_config_table[] = {
    INTEGER("seed", seed, 0, 9e15, "0", "seed of everything random"),
    REAL("data.valid_fraction", data.valid_fraction, 0, 0.9, "0.2",
         "share of train held out for validation if the data set has no validation part"),
    INTEGER("data.limit_train", data.limit_train, 0, 1e12, "0",
            "use at most this many training samples; 0: all"),
    INTEGER("data.memory", data.memory, 1, 1e9, "2048",
            "MiB that the samples of a part may take; more is read by pieces and shuffled in windows"),
    CHOICE("data.missing", data.missing, "refuse|mean", "refuse",
           "NaN in x: refused, or replaced by the training mean of its column, channel or point"),
    CHOICE("data.normalise_x", data.normalise_x, "auto|none|channel|point", "auto", "standardise inputs"),
    CHOICE("data.normalise_y", data.normalise_y, "auto|none|channel|point", "auto",
           "standardise numeric targets"),
    CHOICE("data.format", data.format, RC_TEXT_FORMATS, "auto", "format of labelled texts"),
    NAME("data.text_column", data.text_column, "column or key of the text; conll: its number, from 1"),
    NAME("data.label_column", data.label_column, "column or key of the label; conll: its number, from 1"),
    WORD("data.encoding", data.encoding, RC_ENCODINGS, "utf8", "encoding of texts"),
    INTEGER("model.image_size", model.image_size, 0, 8192, "0",
            "pixels that the input is resized to; 0: chosen"),
    INTEGER("model.tokens", model.tokens, 0, 65536, "0",
            "maximum number of tokens for a text model's sequences; 0: 64, for dense targets 512"),
    INTEGER("model.fold_width", model.fold_width, 0, 8192, "0",
            "width that sequences are folded to before an image model; 0: nearly square"),
    CHOICE("model.table", model.table, "pieces|columns", "pieces",
           "tables before a text model: pieces of the row as in a sequence, or a token for each column"),
    REAL("model.window", model.window, 1, 64, "1",
         "sequences before a text model: points that a token sees, as a multiple of its own piece"),
    CHOICE("model.channels", model.channels, "auto|joint|apart", "auto",
           "sequences before a model of text or series: a token sees a piece of all channels, or of one"),
    CHOICE("model.head", model.head, "auto|mean|cls|flatten|attention", "auto",
           "what the head reads: the tokens' mean, the first, all side by side, a learnt weighted mean"),
    CHOICE("model.dense", model.dense, "conv|linear|average", "conv",
           "dense targets: tokens and input mixed on finer and finer grids, or each token the values of its "
           "own patch, by a "
           "linear map or (sequences) means of its features"),
    CHOICE("model.fusion", model.fusion, "early|late", "early",
           "samples of several inputs: one body reads the tokens of all, or each has a body of its own and "
           "the head "
           "reads all"),
    CHOICE("model.precision", model.precision, RC_PRECISIONS, "f32",
           "operands of matrix products; bf16: rounded, as is what a step keeps for its way back, while sums "
           "and all else are float32"),
    NAME("model.device", model.device,
         "what computes, unless a device is named outside the settings: cpu, cuda[:N], opencl[:N], or auto"),
    INTEGER("align.epochs", align.epochs, 0, 1e6, "30", "epochs of stage 1, one optimizer step each"),
    INTEGER("align.samples", align.samples, 2, 1e6, "128", "training samples that stage 1 uses"),
    INTEGER("align.unlabelled", align.unlabelled, 0, 1e6, "512",
            "samples of x_unlabelled that stage 1 aligns too"),
    INTEGER("align.batch", align.batch, 1, 65536, "32",
            "samples held in memory at once; if these are all, the body runs once an epoch, not twice"),
    INTEGER("align.probe_every", align.probe_every, 0, 1e6, "10",
            "epochs of stage 1 between two fits of a closed-form probe, which chooses the epoch kept; 0: no "
            "probe, keep the last"),
    CHOICE("align.mode", align.mode, "joint|sequential", "joint",
           "distance and distortion together, or one after the other"),
    INTEGER("align.distortion_epochs", align.distortion_epochs, 0, 1e6, "5",
            "sequential: epochs of distortion"),
    CHOICE("align.distance", align.distance, DISTANCES, "sinkhorn",
           "distance between feature sets; none: leave the term out"),
    REAL("align.weight_distance", align.weight_distance, 0, 1e6, "1", "weight of the distance"),
    REAL("align.weight_distortion", align.weight_distortion, 0, 1e6, "0.1", "weight of the distortion"),
    CHOICE("align.weighting", align.weighting, "fixed|balanced", "fixed",
           "weights apply to the terms; balanced: to their gradients, made equally long"),
    CHOICE("align.distortion", align.distortion, "conditional|information|leep|none", "conditional",
           "H(Zs|Zt), minus the information H(Zs) - H(Zs|Zt), or minus LEEP; none: leave the term out"),
    CHOICE("align.source_head", align.source_head, "recalibrated|plain", "recalibrated",
           "source predictor of the distortion; plain: as it was before recalibration"),
    REAL("align.epsilon", align.epsilon, 1e-6, 1e6, "0.1", "entropic regularisation"),
    REAL("align.scaling", align.scaling, 0.01, 0.99, "0.5", "ratio of successive blurs in eps-scaling"),
    INTEGER("align.projections", align.projections, 1, 1e5, "128", "sliced: directions"),
    REAL("align.shrinkage", align.shrinkage, -1, 1, "-1",
         "gaussian: share of the identity in the covariances; below 0: 0.1 with fewer samples than values"),
    CHOICE("align.label_distance", align.label_distance, "gaussian|exact", "gaussian",
           "otdd: distances between labels"),
    INTEGER("align.clusters", align.clusters, 2, 1000, "10", "k-means classes for targets without classes"),
    OPTIMIZER(align, "0.001", "0", "step", "0"),
    NAME("distill.teacher", distill.teacher, "the teacher: a run folder, or a source"),
    NAME("distill.student", distill.student,
         "the student: a source with its weights, or a backbone by name or config.json from random ones"),
    NAME("distill.layers", distill.layers,
         "instead of a student: this many of the teacher's layers, with their weights; for a Swin, of each "
         "stage (separated by commas), or of all"),
    NAME("distill.unlabelled", distill.unlabelled,
         "more inputs without targets: an .npy, a data set (its training inputs), or texts"),
    NAME("distill.unpaired", distill.unpaired,
         "the teacher's data, if they differ from the student's: features are compared without pairs"),
    CHOICE("distill.distance", distill.distance, DISTANCES, "gw",
           "unpaired: distance between the features of a batch and the teacher's"),
    INTEGER("distill.draws", distill.draws, 1, 1000, "4",
            "unpaired: features of the teacher for each sample of a batch"),
    REAL("distill.temperature", distill.temperature, 0.01, 1000, "2",
         "what logits of teacher and student are divided by before they are compared"),
    REAL("distill.answers", distill.answers, 0, 1e6, "1", "weight of the teacher's answers"),
    REAL("distill.features", distill.features, 0, 1e6, "1",
         "weight of the teacher's features, pooled and standardised, which a linear map of the student's "
         "should match; 0: not matched"),
    REAL("distill.attention", distill.attention, 0, 1e6, "0",
         "weight of how the tokens of a sample relate in the last layer: of queries, keys and values each"),
    REAL("pare.share", pare.share, 0, 1, "0.5", "share of tokens replaced in the first epoch"),
    REAL("mona.inner_lr", mona.inner_lr, 0, 1e3, "0.01", "step of the simulated fine-tuning of the body"),
    REAL("mona.weight_task", mona.weight_task, 0, 1e6, "1",
         "weight of the target's own loss relative to the source's"),
    INTEGER("fit.epochs", fit.epochs, 0, 1e6, "30", "epochs of stage 2"),
    INTEGER("fit.batch", fit.batch, 1, RC_MAX_BATCH, "16", "samples in a batch"),
    INTEGER("fit.accumulate", fit.accumulate, 1, 65536, "1", "batches in an optimizer step"),
    INTEGER("fit.shards", fit.shards, 0, 65536, "0",
            "parts of a batch that ranks (mpirun) share out; the same bits on any number of ranks that "
            "divides them; "
            "0: one for each rank"),
    CHOICE("fit.wire", fit.wire, "f32|bf16", "f32",
           "gradients sent between ranks; bf16: half the bytes, each shard's gradient and each sum of two "
           "rounded; no effect if a batch is one shard"),
    REAL("fit.clip", fit.clip, 0, 1e9, "0", "largest gradient norm; 0: off"),
    REAL("fit.smoothing", fit.smoothing, 0, 0.99, "0", "label smoothing"),
    CHOICE("fit.loss", fit.loss, RC_LOSSES, "auto",
           "loss of stage 2; poisson: counts; pinball: fit.quantiles; cox: time and event"),
    CHOICE("fit.metric", fit.metric, RC_METRICS, "auto",
           "metric that chooses the best epoch and is the score"),
    TEXT("fit.quantiles", fit.quantiles, "0.05,0.5,0.95", "pinball: which quantiles of each number, rising"),
    CHOICE("fit.class_weights", fit.class_weights, "none|balanced", "none",
           "weights in the cross-entropy; balanced: one over the share of the class"),
    REAL("fit.pos_weight", fit.pos_weight, 0, 1e6, "1", "weight of the ones in bce"),
    REAL("fit.focal_gamma", fit.focal_gamma, 0, 100, "2", "exponent of the focal loss"),
    CHOICE("fit.train", fit.train, "all|body|norms|head|last|lora", "all",
           "what learns: all; body and head; LayerNorms; head; the last blocks; low-rank adapters"),
    CHOICE("fit.embedder", fit.embedder, "auto|train|freeze", "auto",
           "the input layer; auto: learns with fit.train all, norms and lora"),
    INTEGER("fit.last_blocks", fit.last_blocks, 1, 1000, "2", "last: how many blocks learn"),
    INTEGER("fit.lora_rank", fit.lora_rank, 1, 65536, "8", "lora: rank of the adapters"),
    REAL("fit.lora_alpha", fit.lora_alpha, 1e-6, 1e6, "16", "lora: adapters are weighted by alpha / rank"),
    CHOICES("fit.lora_targets", fit.lora_targets, RC_MATRIX_WORDS, "query,value",
            "lora: matrices of a block that get adapters, separated by commas"),
    NAME("fit.lora_from", fit.lora_from,
         "lora: start from the adapters in this folder of the package peft, with their rank, alpha and "
         "targets"),
    CHOICE("fit.head_start", fit.head_start, "auto|seed|ridge", "auto",
           "start of the head: random, or ridge regression on the features of the untrained body"),
    REAL("fit.body_rate", fit.body_rate, 0, 100, "1", "the body's learning rate, as a multiple of fit.lr"),
    REAL("fit.layer_decay", fit.layer_decay, 0.01, 1, "1",
         "factor of the rate from a block of the body to the one before it"),
    INTEGER("fit.body_after", fit.body_after, 0, 1e6, "0",
            "epochs in which only embedder and head learn, before the body does"),
    CHOICE("fit.decay_of", fit.decay_of, "matrices|all", "matrices",
           "weight decay of matrices only, or of biases and LayerNorms too"),
    INTEGER("fit.patience", fit.patience, 0, 1e6, "0",
            "stop after this many epochs without a better validation score; 0: never"),
    CHOICE("fit.opponents", fit.opponents, "auto|yes|no", "auto",
           "also score plain predictors at the end of the run; auto: yes, but not in the runs of compare"),
    BOOLEAN("fit.test", fit.test, "true", "score the test part when the run ends"),
    CHOICE(
        "fit.combine", fit.combine, "auto|yes|no|stack|best|average", "auto",
        "how several predictors (auto, several sources) are combined: stack (yes): weights chosen by "
        "validation; best (no): the best alone; average; auto: stack, but predictors that validation alone "
        "judges only if that explains left-out samples better, else best"),
    REAL("fit.time_limit", fit.time_limit, 1, 1e9, "600",
         "auto: time limit in seconds; it decides the number of epochs, never their results"),
    CHOICES("fit.augment", fit.augment, "none|" RC_AUGMENTS, "none",
            "augmentation of numbers: noise, a factor for each channel, a shift, a masked span (tables: "
            "columns)"),
    REAL("fit.mixup", fit.mixup, 0, 0.5, "0",
         "mix up to this share of another sample, and of its target, into each sample of one input"),
    REAL("fit.dropout", fit.dropout, 0, 0.9, "0", "share of a linear head's input that each step drops"),
    REAL("fit.input_dropout", fit.input_dropout, 0, 0.9, "0.1",
         "samples of several inputs: probability that training hides an input of a sample, never the last "
         "one"),
    REAL("fit.drop_path", fit.drop_path, 0, 0.9, "0",
         "probability that a step drops a residual branch of the body for a sample"),
    REAL("fit.average", fit.average, 0, 0.99999, "0",
         "decay of a running average of the weights, kept where it validates better; 0: none"),
    BOOLEAN(
        "fit.recompute", fit.recompute, "false",
        "less memory for about a quarter more time: the inside of a block of the body is computed again in "
        "the backward pass, in float32 to the same bits"),
    BOOLEAN("fit.by_length", fit.by_length, "false",
            "texts: batches of about one length each, so that little time goes into padding"),
    BOOLEAN("fit.calibrate", fit.calibrate, "false",
            "calibrate the probabilities of classes on the validation part"),
    CHOICE("fit.threshold", fit.threshold, RC_THRESHOLDS, "half",
           "two classes: answer with the likelier, or with the second from a probability on that gives the "
           "best F1, or the best mean of both recalls, on the validation part"),
    INTEGER("fit.budget", fit.budget, -1, 1e9, "-1",
            "auto: total epochs of fine-tuning for all candidates; -1: what the time allows"),
    CHOICES("fit.log", fit.log, "none|csv|tensorboard", "none",
            "record the epochs in other forms, too: metrics.csv, or a file of events for TensorBoard"),
    BOOLEAN("fit.flip", fit.flip, "false", "augmentation: horizontal flips"),
    BOOLEAN("fit.turn", fit.turn, "false",
            "augmentation: mirror images and quarter turns, of dense targets with their inputs"),
    INTEGER("fit.crop", fit.crop, 0, 1024, "0",
            "augmentation: random crop after padding by this many pixels"),
    INTEGER("fit.checkpoint_every", fit.checkpoint_every, 1, 1e6, "1",
            "epochs between checkpoints; more if one would take over a twentieth of the time"),
    OPTIMIZER(fit, "0", "0.005", "cosine", "2"),
    INTEGER("source.head_epochs", source.head_epochs, 0, 1e6, "10",
            "epochs of the source head on the labels"),
    INTEGER("source.recalibration_epochs", source.recalibration_epochs, 0, 1e6, "10",
            "epochs of the source head with the gradient penalty"),
    INTEGER("source.batch", source.batch, 1, 65536, "64", "samples in a batch"),
    INTEGER("source.tokens", source.tokens, 0, 1e6, "128",
            "source samples whose tokens are kept in the bundle, for pare and mona"),
    INTEGER("source.features", source.features, 2, 1e6, "5000", "pooled source features kept in the bundle"),
    INTEGER("source.keep_mb", source.keep_mb, 0, 1e6, "1024",
            "maximum memory, in MB, for features of the frozen body that are kept between epochs"),
    REAL("source.tau", source.tau, 0, 1e6, "0.4", "gradient norm that costs nothing"),
    REAL("source.rho", source.rho, 0, 1e9, "100", "weight of the gradient penalty"),
    REAL("source.max_cost", source.max_cost, 0, 1, "1",
         "validation accuracy that recalibration may cost; below 1, tau and rho give way until it costs no "
         "more"),
    NAME("source.learnt_from", source.learnt_from,
         "names of the data sets that the model has learnt from, for the card; runs on these say so"),
    CHOICE("source.storage", source.storage, "bf16|f16|f32", "bf16", "number type in the bundle"),
    OPTIMIZER(source, "0.0001", "0.05", "cosine", "0"),
};
const int rc_config_table_count = (int)(sizeof rc_config_table / sizeof *rc_config_table);
/* Choices are written as numbers into fields of enums. */
_Static_assert(sizeof(rc_missing) == sizeof(int), "an enum is an int");
_Static_assert(sizeof rc_config_table / sizeof *rc_config_table <= RC_CONFIG_ROWS, "raise RC_CONFIG_ROWS");

/* ---- one setting ---- */

/* "none" has no bit. */
static int bit_of(const rc_config_row *row, int word)
{
    return rc_choice_find(row->choices, "none") == 0 ? word - 1 : word;
}

static rc_status read_choices(const rc_config_row *row, const char *where, const char *value, unsigned *out)
{
    *out = 0;
    for (const char *at = value;;) {
        char word[RC_CHOICE_TEXT];
        size_t n = strcspn(at, ",");
        snprintf(word, sizeof word, "%.*s", (int)n, at);
        int found = n < sizeof word ? rc_choice_find(row->choices, word) : -1;
        RC_CHECK(found >= 0, RC_CONFIG, "%s: %s has \"%s\"; it takes some of %s, with commas between them",
                 where, row->key, word, row->choices);
        if (bit_of(row, found) >= 0) *out |= 1u << bit_of(row, found);
        if (!at[n]) return RC_OK;
        at += n + 1;
    }
}

/* Can it stand in quotes in YAML as it is? */
static bool is_plain(const char *value)
{
    unsigned code;
    for (; *value; value++)
        if (strchr("\"\\", *value) || rc_utf8_control(value, &code)) return false;
    return true;
}

/* The present name of a setting that had another one in an earlier version, as run folders still have it. */
static const char *present_name(const char *key)
{
    return strcmp(key, "source.most_cost") == 0 ? "source.max_cost" : key;
}

static rc_status find_row(const char *where, const char *key, int *out)
{
    key = present_name(key);
    const char *known[sizeof rc_config_table / sizeof *rc_config_table];
    for (int i = 0; i < rc_config_table_count; i++) {
        *out = i;
        known[i] = rc_config_table[i].key;
        if (strcmp(known[i], key) == 0) return RC_OK;
    }
    return rc_fail_unknown(RC_CONFIG, key, known, (size_t)rc_config_table_count,
                           "`\1rc_settings_list` lists them", "%s: there is no setting \"%.60s\"", where,
                           key);
}

rc_status rc_config_set(rc_config *c, const char *where, const char *key, const char *value)
{
    int at, choice;
    unsigned bits;
    int64_t whole;
    double number;
    bool truth;
    RC_TRY(find_row(where, key, &at));
    const rc_config_row *row = &rc_config_table[at];
    char *to = (char *)c + row->offset;
    c->asked[at] = true;
    switch (row->kind) {
    case RC_CONFIG_INTEGER:
        RC_CHECK(rc_text_to_i64(value, &whole) && (double)whole >= row->min && (double)whole <= row->max,
                 RC_CONFIG, "%s: %s is \"%.40s\"; it takes a whole number from %.0f to %.0f", where, row->key,
                 value, row->min, row->max);
        memcpy(to, &whole, sizeof whole);
        break;
    case RC_CONFIG_REAL:
        RC_CHECK(rc_text_to_f64(value, &number) && number >= row->min && number <= row->max, RC_CONFIG,
                 "%s: %s is \"%.40s\"; it takes a number from %g to %g", where, row->key, value, row->min,
                 row->max);
        memcpy(to, &number, sizeof number);
        break;
    case RC_CONFIG_BOOLEAN:
        RC_CHECK(rc_text_to_bool(value, &truth), RC_CONFIG, "%s: %s is \"%.40s\"; it takes true or false",
                 where, row->key, value);
        memcpy(to, &truth, sizeof truth);
        break;
    case RC_CONFIG_NAME:
        RC_CHECK(
            (double)strlen(value) < row->max && is_plain(value), RC_CONFIG,
            "%s: %s is \"%.40s\"; it takes a name of at most %d bytes without quotes or control characters",
            where, row->key, value, (int)row->max - 1);
        strcpy(to, value);
        break;
    case RC_CONFIG_CHOICE:
    case RC_CONFIG_WORD:
        choice = rc_choice_find(row->choices, value);
        RC_CHECK(choice >= 0, RC_CONFIG, "%s: %s is \"%.40s\"; it takes one of %s", where, row->key, value,
                 row->choices);
        if (row->kind == RC_CONFIG_CHOICE)
            memcpy(to, &choice, sizeof choice);
        else
            strcpy(to, value);
        break;
    case RC_CONFIG_CHOICES:
        RC_TRY(read_choices(row, where, value, &bits));
        memcpy(to, &bits, sizeof bits);
        break;
    }
    return RC_OK;
}

void rc_config_defaults(rc_config *c)
{
    memset(c, 0, sizeof *c);
    /* Defaults are within their own limits: a test sees to it. */
    for (int i = 0; i < rc_config_table_count; i++)
        (void)!rc_config_set(c, "default", rc_config_table[i].key, rc_config_table[i].initial);
    rc_config_take_as_defaults(c);
}

rc_status rc_config_read(rc_config *c, const char *path)
{
    rc_yaml y;
    RC_TRY(rc_yaml_read(path, &y));
    rc_status status = RC_OK;
    for (size_t i = 0; i < y.count && status == RC_OK; i++) {
        char where[300];
        snprintf(where, sizeof where, "%.256s:%d", path, y.entry[i].line);
        status = rc_config_set(c, where, y.entry[i].key, y.entry[i].value);
    }
    rc_yaml_free(&y);
    return status;
}

rc_status rc_config_assign(rc_config *c, const char *assignment)
{
    char key[128];
    const char *equals = strchr(assignment, '=');
    size_t n = equals ? (size_t)(equals - assignment) : 0;
    RC_CHECK(n > 0 && n < sizeof key, RC_CONFIG, "\1set %.80s: expected key=value", assignment);
    memcpy(key, assignment, n);
    key[n] = '\0';
    return rc_config_set(c, "\1set", key, equals + 1);
}

/* ---- writing ---- */

static rc_status add_choices(const rc_config_row *row, unsigned bits, rc_string *out)
{
    char word[RC_CHOICE_TEXT];
    if (bits == 0) return rc_string_printf(out, "none");
    for (int i = 0; bits; i++) {
        int bit = bit_of(row, i);
        if (bit < 0 || !(bits >> bit & 1)) continue;
        bits &= ~(1u << bit);
        RC_TRY(rc_string_printf(out, "%s%s", rc_choice_text(row->choices, i, word), bits ? "," : ""));
    }
    return RC_OK;
}

static rc_status add_value(const rc_config_row *row, const rc_config *c, rc_string *out)
{
    const char *from = (const char *)c + row->offset;
    int64_t whole;
    double number;
    bool truth;
    int choice;
    unsigned bits;
    char text[RC_NUMBER_TEXT], word[RC_CHOICE_TEXT];
    switch (row->kind) {
    case RC_CONFIG_INTEGER:
        memcpy(&whole, from, sizeof whole);
        return rc_string_printf(out, "%lld", (long long)whole);
    case RC_CONFIG_REAL:
        memcpy(&number, from, sizeof number);
        return rc_string_printf(out, "%s", rc_text_number(number, text));
    case RC_CONFIG_BOOLEAN:
        memcpy(&truth, from, sizeof truth);
        return rc_string_printf(out, "%s", truth ? "true" : "false");
    case RC_CONFIG_CHOICE:
        memcpy(&choice, from, sizeof choice);
        return rc_string_printf(out, "%s", rc_choice_text(row->choices, choice, word));
    case RC_CONFIG_CHOICES:
        memcpy(&bits, from, sizeof bits);
        return add_choices(row, bits, out);
    case RC_CONFIG_NAME:
    case RC_CONFIG_WORD:
        return rc_string_printf(out, "%s", from);
    }
    return RC_OK;
}

rc_status rc_config_get(const rc_config *c, const char *where, const char *key, rc_string *out)
{
    int at;
    RC_TRY(find_row(where, key, &at));
    return add_value(&rc_config_table[at], c, out);
}

rc_status rc_config_write(const rc_config *c, rc_string *out)
{
    const char *section = "";
    for (int i = 0; i < rc_config_table_count; i++) {
        const rc_config_row *row = &rc_config_table[i];
        const char *dot = strchr(row->key, '.');
        size_t n = dot ? (size_t)(dot - row->key) : 0;
        if (dot && strncmp(section, row->key, n + 1) != 0) {
            RC_TRY(rc_string_printf(out, "%.*s:\n", (int)n, row->key));
            section = row->key;
        }
        const char *quote = row->kind == RC_CONFIG_NAME ? "\"" : "";
        RC_TRY(rc_string_printf(out, "%s%s: %s", dot ? "  " : "", dot ? dot + 1 : row->key, quote));
        RC_TRY(add_value(row, c, out));
        RC_TRY(rc_string_printf(out, "%s\n", quote));
    }
    return RC_OK;
}

rc_status rc_config_same(const rc_config *c)
{
    rc_string text = {0};
    rc_checksum sum;
    if (rc_parallel_size() == 1) return RC_OK;
    rc_status status = rc_config_write(c, &text);
    if (status == RC_OK) {
        rc_checksum_begin(&sum);
        rc_checksum_add_text(&sum, text.data);
        status = rc_parallel_same("other settings", rc_checksum_value(&sum));
    }
    rc_string_free(&text);
    return status;
}

/* What earlier versions did where now there is a setting with another default. */
static rc_status earlier_defaults(rc_config *c)
{
    static const char *const earlier[][2] = {{"model.head", "mean"},
                                             {"fit.head_start", "seed"},
                                             {"align.probe_every", "0"},
                                             {"fit.decay_of", "all"},
                                             {"model.dense", "linear"}};
    rc_config_defaults(c);
    for (size_t i = 0; i < sizeof earlier / sizeof *earlier; i++)
        RC_TRY(rc_config_set(c, "earlier", earlier[i][0], earlier[i][1]));
    return RC_OK;
}

static rc_status read_earlier(rc_config *c, const char *path)
{
    RC_TRY(earlier_defaults(c));
    return rc_config_read(c, path);
}

rc_status rc_config_restate(const char *path, rc_string *out)
{
    rc_config c;
    RC_TRY(read_earlier(&c, path));
    return rc_config_write(&c, out);
}

/* Of one setting; nothing where it is the same. */
static rc_status add_difference(const rc_config_row *row, const rc_config *there, const rc_config *now,
                                rc_string *out)
{
    rc_string a = {0}, b = {0};
    rc_status status = add_value(row, there, &a);
    if (status == RC_OK) status = add_value(row, now, &b);
    if (status == RC_OK && strcmp(a.data, b.data) != 0)
        status = rc_string_printf(out, "%s is %s there and %s now", row->key, a.data, b.data);
    rc_string_free(&a);
    rc_string_free(&b);
    return status;
}

rc_status rc_config_difference(const rc_config *c, const char *path, rc_string *out)
{
    rc_config there;
    RC_TRY(read_earlier(&there, path));
    for (int i = 0; i < rc_config_table_count && !out->length; i++)
        RC_TRY(add_difference(&rc_config_table[i], &there, c, out));
    return RC_OK;
}

/* ---- checks ---- */

void rc_config_take_as_defaults(rc_config *c)
{
    memset(c->asked, 0, sizeof c->asked);
}

bool rc_config_was_asked(const rc_config *c, const void *setting)
{
    for (int i = 0; i < rc_config_table_count; i++)
        if ((const char *)c + rc_config_table[i].offset == (const char *)setting) return c->asked[i];
    return false;
}

/* epochs 0: any number. */
static rc_status check_warmup(const rc_config *c, const char *name, int64_t epochs, rc_optimizer_config *o)
{
    bool by_decay = o->decay > 0 && (epochs == 0 || o->decay < (double)epochs);
    double end = by_decay ? o->decay : (double)epochs;
    if (end == 0 || o->warmup == 0 || o->warmup < end) return RC_OK;
    if (!rc_config_was_asked(c, &o->warmup)) {
        o->warmup = end / 2;
        return RC_OK;
    }
    RC_CHECK(by_decay, RC_CONFIG, "%s.warmup is %g epochs, but %s.epochs is only %lld", name, o->warmup, name,
             (long long)epochs);
    return rc_fail(RC_CONFIG, "%s.decay is %g epochs; it must be after %s.warmup, which is %g", name,
                   o->decay, name, o->warmup);
}

rc_status rc_config_check(rc_config *c)
{
    RC_CHECK(!c->fit.lora_from[0] || c->fit.train == RC_TRAIN_LORA, RC_CONFIG,
             "fit.lora_from is set, but only fit.train=lora has adapters that could begin with it");
    RC_TRY(check_warmup(c, "align", 0, &c->align.optimizer));
    RC_TRY(check_warmup(c, "fit", c->fit.epochs, &c->fit.optimizer));
    return check_warmup(c, "source", 0, &c->source.optimizer);
}
