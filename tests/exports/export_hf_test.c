/* A model as a folder of Hugging Face's: the body's numbers to the last bit under their published names, and
 * layers of the class that say what our head says. */
#include "exported.h"

#include <unistd.h>

#include "backbones/model_folder.h"
#include "base/disk.h"
#include "base/file.h"

enum { OUTPUTS = 3, WIDEST = 64 };

static char folder[] = "/tmp/recraft_export_hf_XXXXXX";
static char *names[] = {"north", "south", "elsewhere"};
static float mean[OUTPUTS] = {10, -3, 0.25f}, std[OUTPUTS] = {4, 0.5f, 30};

typedef struct subject {
    rc_model_spec spec;
    rc_task task;
    char out[64];
    rc_export_how how;
    rc__exporting e;
} subject;

static void make(const char *fixture, rc_readout_kind readout, subject *s)
{
    *s = (subject){.spec = {.head = RC_HEAD_LINEAR, .outputs = OUTPUTS, .readout = readout}};
    OK(read_config(fixture, &s->spec.backbone));
    s->spec.input = rc_backbone_of(&s->spec.backbone)->native_input(&s->spec.backbone);
    s->task = (rc_task){.target = RC_TARGET_CLASSES,
                        .loss = RC_LOSS_CROSS_ENTROPY,
                        .outputs = OUTPUTS,
                        .label_name = names,
                        .labels = OUTPUTS};
}

/* In numbers of the target's units. */
static void regress(subject *s)
{
    s->task.target = RC_TARGET_REGRESSION;
    s->task.loss = RC_LOSS_MSE;
    s->task.labels = 0;
    s->task.ny = (rc_normaliser){RC_NORM_CHANNEL, OUTPUTS, 1, mean, std};
}

static rc_status export(subject *s)
{
    snprintf(s->out, sizeof s->out, "%s/out", folder);
    s->how = (rc_export_how){.name = "the run", .to = "hf", .out = s->out};
    s->e = (rc__exporting){.how = &s->how, .trained = {.task = &s->task}};
    rc_status status = make_model(&s->spec, &s->e.trained.model);
    if (status == RC_OK) s->e.told = rc_json_object();
    return status == RC_OK ? rc__export_hf(&s->e) : status;
}

static void forget(subject *s)
{
    rc_model_destroy(&s->e.trained.model);
    rc_json_free(&s->e.told);
    if (rc_path_exists(s->out)) OK(rc_remove_tree(s->out));
}

/* ---- what the class computes ---- */

typedef struct class
{
    const char *fixture, *name;
    rc_readout_kind readout;
    const char *first, *last; /* its layers; first NULL: there is one */
    double (*bend)(double x); /* between them */
    bool both;                /* it reads the first token and, beside it, the mean of the others */
    bool of_words;
} class;

static double rectify(double x)
{
    return fmax(x, 0);
}

static const float *tensor(const rc_safetensors *f, const char *name, int64_t size)
{
    int at = rc_safetensors_find(f, name);
    if (at < 0) fprintf(stderr, "there is no tensor %s\n", name);
    CHECK(at >= 0);
    if (at < 0) return NULL;
    rc_safetensors_entry e = rc_safetensors_get(f, at);
    CHECK(e.dtype == RC_DTYPE_F32 && rc_shape_size(&e.shape) == size);
    return rc_shape_size(&e.shape) == size ? e.data : NULL;
}

/* weight [n, inner] x + bias of the layer `name` in the file. */
static void layer(const rc_safetensors *f, const char *name, int64_t n, int64_t inner, const double *x,
                  double *out)
{
    char full[96];
    snprintf(full, sizeof full, "%s.weight", name);
    const float *w = tensor(f, full, n * inner);
    snprintf(full, sizeof full, "%s.bias", name);
    const float *b = tensor(f, full, n);
    REQUIRE(w && b);
    for (int64_t k = 0; k < n; k++) {
        float bias;
        memcpy(&bias, b + k, sizeof bias);
        out[k] = (double)bias;
        for (int64_t i = 0; i < inner; i++) {
            float weight;
            memcpy(&weight, w + k * inner + i, sizeof weight);
            out[k] += (double)weight * x[i];
        }
    }
}

/* Our head, in the target's units. */
static void our_answer(const subject *s, const double *read, double out[OUTPUTS])
{
    rc_model *m = s->e.trained.model;
    const float *w = parameter(m, m->head[0]), *b = parameter(m, m->head[1]);
    int64_t features = rc_model_features(m);
    bool units = s->task.target == RC_TARGET_REGRESSION;
    for (int64_t k = 0; k < OUTPUTS; k++) {
        out[k] = (double)b[k];
        for (int64_t i = 0; i < features; i++)
            out[k] += (double)w[k * features + i] * read[i];
        if (units) out[k] = out[k] * (double)std[k] + (double)mean[k];
    }
}

/* Features as they come from the model's last LayerNorm. */
static void draw_features(rc_model *m, uint64_t seed, double *out)
{
    static float x[WIDEST];
    int64_t n = rc_model_features(m);
    const float *gamma = parameter(m, m->first[RC_PART_HEAD] - 2),
                *beta = parameter(m, m->first[RC_PART_HEAD] - 1);
    double sum = 0, square = 0;
    fill_normal(x, n, seed);
    for (int64_t i = 0; i < n; i++)
        sum += (double)x[i] / (double)n;
    for (int64_t i = 0; i < n; i++)
        square += ((double)x[i] - sum) * ((double)x[i] - sum) / (double)n;
    for (int64_t i = 0; i < n; i++)
        out[i] = ((double)x[i] - sum) / sqrt(square) * (double)gamma[i] + (double)beta[i];
}

static void check_answers(const class *c, const subject *s, const rc_safetensors *f)
{
    rc_model *m = s->e.trained.model;
    int64_t n = rc_model_features(m), others = rc_grid_tokens(&m->last) - 1;
    double token[2 * WIDEST], read[WIDEST], hidden[2 * WIDEST], theirs[OUTPUTS], ours[OUTPUTS];
    REQUIRE(n <= WIDEST);
    for (uint64_t seed = 0; seed < 5; seed++) {
        draw_features(m, 2 * seed, token);
        draw_features(m, 2 * seed + 1, token + n);
        bool averaged = c->both && c->readout == RC_READOUT_POOL;
        for (int64_t i = 0; i < n; i++)
            read[i] = averaged ? (token[i] + (double)others * token[n + i]) / (double)(others + 1) : token[i];
        our_answer(s, read, ours);
        if (c->first) layer(f, c->first, n, n, token, hidden);
        for (int64_t i = 0; i < n && c->first; i++)
            hidden[i] = c->bend(hidden[i]);
        layer(f, c->last, OUTPUTS, c->both ? 2 * n : n, c->first ? hidden : token, theirs);
        for (int k = 0; k < OUTPUTS; k++)
            NEAR(theirs[k], ours[k], 1e-5 * (1 + fabs(ours[k])));
    }
}

/* Embedder and body under their names, with their bits; beside them the layers of the class, and nothing
 * else. */
static void check_body(const class *c, const subject *s, const rc_safetensors *f)
{
    rc_model *m = s->e.trained.model;
    for (int i = 0; i < m->first[RC_PART_HEAD]; i++) {
        const rc_param *p = rc_params_get(m->params, i);
        const float *x = tensor(f, p->name, p->size);
        CHECK(x && memcmp(x, parameter(m, i), (size_t)p->size * sizeof *x) == 0);
    }
    int layers = c->first ? 4 : 2;
    CHECK(rc_safetensors_count(f) ==
          m->first[RC_PART_HEAD] + layers + c->both); /* both: a mask, of pre-training */
}

/* ---- config.json ---- */

static void check_config(const class *c, const subject *s)
{
    char number[8], path[80];
    rc_json *j;
    snprintf(path, sizeof path, "%s/config.json", s->out);
    OK(rc_json_read(path, &j));
    const rc_json *list = rc_json_get(j, "architectures");
    CHECK(rc_json_length(list) == 1 && strcmp(rc_json_as_string(rc_json_at(list, 0)), c->name) == 0);
    CHECK(strcmp(rc_json_string(s->e.told, "class", ""), c->name) == 0);
    bool classes = s->task.target != RC_TARGET_REGRESSION;
    CHECK(strcmp(rc_json_string(j, "problem_type", ""),
                 classes ? "single_label_classification" : "regression") == 0);
    for (int k = 0; k < OUTPUTS; k++) {
        snprintf(number, sizeof number, "%d", k);
        const char *name = classes ? names[k] : number;
        CHECK(strcmp(rc_json_string(rc_json_get(j, "id2label"), number, ""), name) == 0);
        CHECK(rc_json_integer(rc_json_get(j, "label2id"), name, -1) == k);
    }
    rc_json_free(&j);
}

/* The folder is that of a model of the same parameters. */
static void check_model_folder(const subject *s, const rc_safetensors *f)
{
    rc_model_spec spec = {.input = s->spec.input};
    OK(rc_model_folder_config(s->out, &spec.backbone));
    OK(rc_model_check(s->e.trained.model->device, &spec, &(rc_weights){.file = f, .name = "again"}));
}

static void check_class(const class *c, bool regresses)
{
    subject s;
    rc_safetensors *f;
    char path[96];
    make(c->fixture, c->readout, &s);
    if (c->of_words) s.spec.head = RC_HEAD_TOKENS, s.task.target = RC_TARGET_WORDS;
    if (regresses) regress(&s);
    OK(export(&s));
    snprintf(path, sizeof path, "%s/model.safetensors", s.out);
    OK(rc_safetensors_open(path, &f));
    check_body(c, &s, f);
    check_answers(c, &s, f);
    check_config(c, &s);
    check_model_folder(&s, f);
    rc_safetensors_close(&f);
    forget(&s);
}

static const class classes[] = {
    {"swin/shifted", "SwinForImageClassification", RC_READOUT_POOL, .last = "classifier"},
    {"vit/vit", "ViTForImageClassification", RC_READOUT_CLS, .last = "classifier"},
    {"vit/deit", "DeiTForImageClassification", RC_READOUT_CLS, .last = "classifier"},
    {"vit/dinov2", "Dinov2ForImageClassification", RC_READOUT_CLS, .last = "classifier", .both = true},
    {"vit/dinov2", "Dinov2ForImageClassification", RC_READOUT_POOL, .last = "classifier", .both = true},
    {"bert/bert", "BertForSequenceClassification", RC_READOUT_CLS, .first = "bert.pooler.dense",
     .last = "classifier", .bend = tanh},
    {"bert/roberta", "RobertaForSequenceClassification", RC_READOUT_CLS, .first = "classifier.dense",
     .last = "classifier.out_proj", .bend = tanh},
    {"bert/camembert", "CamembertForSequenceClassification", RC_READOUT_CLS, .first = "classifier.dense",
     .last = "classifier.out_proj", .bend = tanh},
    {"bert/distilbert", "DistilBertForSequenceClassification", RC_READOUT_CLS, .first = "pre_classifier",
     .last = "classifier", .bend = rectify},
};

TEST(classes_say_what_our_head_says)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        check_class(&classes[i], false);
}

TEST(numbers_come_out_in_their_units)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        check_class(&classes[i], true);
}

TEST(words_have_no_layer_before_the_classifier)
{
    static const class words[] = {
        {"bert/bert", "BertForTokenClassification", RC_READOUT_POOL, .last = "classifier", .of_words = true},
        {"bert/roberta", "RobertaForTokenClassification", RC_READOUT_CLS, .last = "classifier",
         .of_words = true}};
    check_class(&words[0], false);
    check_class(&words[1], false);
}

/* ---- the image processor ---- */

TEST(the_image_processor_standardises_and_rescales_nothing)
{
    float m[] = {0.5f, 100, -1}, d[] = {0.25f, 50, 3};
    subject s;
    rc_json *j;
    char path[96];
    make("vit/vit", RC_READOUT_CLS, &s);
    REQUIRE(s.spec.input.channels <= 3);
    s.task.nx = (rc_normaliser){RC_NORM_CHANNEL, s.spec.input.channels, 1, m, d};
    OK(export(&s));
    snprintf(path, sizeof path, "%s/preprocessor_config.json", s.out);
    OK(rc_json_read(path, &j));
    CHECK(rc_json_boolean(j, "do_normalize", false) && !rc_json_boolean(j, "do_rescale", true));
    CHECK(rc_json_integer(rc_json_get(j, "size"), "height", 0) == s.spec.input.height);
    CHECK(rc_json_integer(rc_json_get(j, "size"), "width", 0) == s.spec.input.width);
    const rc_json *mean_of = rc_json_get(j, "image_mean"), *std_of = rc_json_get(j, "image_std");
    REQUIRE(rc_json_length(mean_of) == (size_t)s.spec.input.channels);
    for (size_t i = 0; i < rc_json_length(mean_of); i++) {
        CHECK((float)rc_json_as_number(rc_json_at(mean_of, i)) == m[i]);
        CHECK((float)rc_json_as_number(rc_json_at(std_of, i)) == d[i]);
    }
    rc_json_free(&j);
    forget(&s);
}

/* ---- what has no class ---- */

/* It is refused, and nothing is left where it was to be. */
static void check_refusal(subject *s, const char *words)
{
    FAILS(RC_UNSUPPORTED, words, export(s));
    CHECK(!rc_path_exists(s->out));
    forget(s);
}

TEST(heads_that_no_class_has)
{
    subject s;
    make("vit/vit", RC_READOUT_FLATTEN, &s);
    check_refusal(&s, "its head is flatten, and ViTForImageClassification reads the first token");
    make("vit/vit", RC_READOUT_POOL, &s);
    check_refusal(&s, "its head is mean, and ViTForImageClassification reads the first token");
    make("swin/shifted", RC_READOUT_CLS, &s);
    check_refusal(&s, "its head is cls, and SwinForImageClassification reads the mean of the tokens");
    make("bert/bert", RC_READOUT_POOL, &s);
    check_refusal(&s, "fit with set model.head=cls");
    make("vit/dinov2", RC_READOUT_ATTENTION, &s);
    check_refusal(&s, "its head is attention");
}

TEST(models_that_no_class_has)
{
    subject s;
    make("series/moment", RC_READOUT_POOL, &s);
    check_refusal(&s, "its backbone has no class in transformers");
    make("bert/bert", RC_READOUT_CLS, &s);
    s.spec.input = (rc_input){.kind = RC_INPUT_SIGNAL, .channels = 2, .length = 24, .patch = 4};
    check_refusal(&s, "its input layer was made for a signal");
    make("vit/vit", RC_READOUT_CLS, &s);
    s.spec.input.height *= 2, s.spec.input.width *= 2;
    check_refusal(&s, "which this class does not resample");
    make("swin/shifted", RC_READOUT_POOL, &s);
    s.spec.head = RC_HEAD_DENSE;
    s.spec.out_shape[0] = 1, s.spec.out_shape[1] = s.spec.input.height,
    s.spec.out_shape[2] = s.spec.input.width;
    check_refusal(&s, "it gives a field");
}

TEST(tasks_that_no_class_has)
{
    subject s;
    make("vit/vit", RC_READOUT_CLS, &s);
    regress(&s);
    s.task.loss = RC_LOSS_POISSON;
    check_refusal(&s, "rates or risks");
    make("vit/vit", RC_READOUT_CLS, &s);
    s.task.layout.fold_w = 4;
    check_refusal(&s, "folded to pictures");
    make("vit/vit", RC_READOUT_CLS, &s);
    s.task.averages = true;
    check_refusal(&s, "eight ways to turn");
    make("vit/vit", RC_READOUT_CLS, &s);
    s.task.nx.kind = RC_NORM_POINT;
    check_refusal(&s, "every pixel is standardised by itself");
}

TEST(a_folder_that_is_there_stays_as_it_is)
{
    subject s, again;
    char path[96];
    uint64_t checksum;
    rc_safetensors *f;
    make("vit/vit", RC_READOUT_CLS, &s);
    OK(export(&s));
    snprintf(path, sizeof path, "%s/model.safetensors", s.out);
    OK(rc_safetensors_open(path, &f));
    checksum = rc_safetensors_checksum(f);
    rc_safetensors_close(&f);
    make("vit/deit", RC_READOUT_CLS, &again);
    FAILS(RC_CONFIG, "exists already", export(&again));
    OK(rc_safetensors_open(path, &f));
    CHECK(rc_safetensors_checksum(f) == checksum);
    rc_safetensors_close(&f);
    forget(&again);
    rc_model_destroy(&s.e.trained.model);
    rc_json_free(&s.e.told);
}

int main(void)
{
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    RUN(classes_say_what_our_head_says);
    RUN(numbers_come_out_in_their_units);
    RUN(words_have_no_layer_before_the_classifier);
    RUN(the_image_processor_standardises_and_rescales_nothing);
    RUN(heads_that_no_class_has);
    RUN(models_that_no_class_has);
    RUN(tasks_that_no_class_has);
    RUN(a_folder_that_is_there_stays_as_it_is);
    rmdir(folder);
    return RESULT();
}
