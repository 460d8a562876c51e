/* Model folders as downloaded: number types, shards, names with and without prefix, old names; and folders
 * that are wrong, each refused with one line that says what. */
#include "check.h"

#include <sys/stat.h>
#include <unistd.h>

#include "backbones/model_folder.h"
#include "base/file.h"
#include "base/progress.h"

enum { PATH = 512, TEXT = 4096 };

static char folder[PATH];
static rc_safetensors *golden; /* tests/data/bert/bert.safetensors */
static const char CONFIG[] =
    "{\"model_type\": \"bert\", \"vocab_size\": 23, \"hidden_size\": 24, \"num_hidden_layers\": 3, "
    "\"num_attention_heads\": 3, \"intermediate_size\": 40, \"max_position_embeddings\": 13, "
    "\"type_vocab_size\": 2, \"pad_token_id\": 0, \"layer_norm_eps\": 1e-12, \"hidden_act\": \"gelu\"}";

static const char *in_folder(const char *name)
{
    static char path[PATH];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void empty_folder(void)
{
    static const char *const names[] = {"config.json",
                                        "model.safetensors",
                                        "model.safetensors.index.json",
                                        "pytorch_model.bin",
                                        "model-00001-of-00002.safetensors",
                                        "model-00002-of-00002.safetensors"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(in_folder(names[i]));
}

static void write_text(const char *name, const char *text)
{
    OK(rc_file_write(in_folder(name), text, strlen(text)));
}

/* How the weights are written. */
typedef struct how {
    rc_dtype stored;
    bool bare;        /* names without "bert." */
    bool old;         /* LayerNorm.gamma and .beta */
    bool extra;       /* a pooler, which nothing uses */
    const char *drop; /* this tensor is left out */
    const char *bend; /* this one gets another shape */
    int part, parts;  /* the tensors i with i % parts == part; parts 0: all */
} how;

static void rename_norm(char *name)
{
    char *at = strstr(name, "LayerNorm.weight");
    if (at) strcpy(at, "LayerNorm.gamma");
    at = strstr(name, "LayerNorm.bias");
    if (at) strcpy(at, "LayerNorm.beta");
}

/* The safetensors header writer borrows names: they stay until the file is written. */
static char names[128][128];

static rc_status add_tensors(rc_safetensors_writer *w, const how *h)
{
    static const float pooler[24 * 24];
    for (int i = 0, n = 0; i < rc_safetensors_count(golden); i++) {
        rc_safetensors_entry e = rc_safetensors_get(golden, i);
        if (strncmp(e.name, "bert.", 5) != 0) continue;
        if (h->parts && n++ % h->parts != h->part) continue;
        if (h->drop && strcmp(h->drop, e.name) == 0) continue;
        snprintf(names[i], sizeof *names, "%s", e.name + (h->bare ? 5 : 0));
        if (h->old) rename_norm(names[i]);
        if (h->bend && strcmp(h->bend, e.name) == 0) e.shape = RC_SHAPE(2, rc_shape_size(&e.shape) / 2);
        RC_TRY(rc_safetensors_writer_add_f32(w, names[i], h->stored, e.shape, e.data));
    }
    if (!h->extra) return RC_OK;
    RC_TRY(rc_safetensors_writer_add_f32(w, "bert.pooler.dense.weight", h->stored, RC_SHAPE(24, 24), pooler));
    return rc_safetensors_writer_add_f32(w, "cls.predictions.bias", h->stored, RC_SHAPE(23), pooler);
}

static void write_weights(const char *name, const how *h)
{
    rc_safetensors_writer *w;
    OK(rc_safetensors_writer_create(&w));
    OK(add_tensors(w, h));
    OK(rc_safetensors_writer_write(w, in_folder(name)));
    rc_safetensors_writer_destroy(&w);
}

/* ---- notes ---- */

static char note[TEXT];

static void keep_note(void *context, const char *line)
{
    (void)context;
    snprintf(note, sizeof note, "%s", line);
}

/* ---- good folders ---- */

static void check_loads(double tolerance)
{
    rc_model *m = NULL;
    OK(rc_model_folder_open(folder, rc_device_ref(), NULL, &m));
    CHECK(m->spec.head == RC_HEAD_NONE);
    for (int i = 0; i < rc_params_count(m->params); i++) {
        rc_tensor t = rc_params_value(m->params, i);
        const float *have = t.data;
        int at = rc_safetensors_find(golden, rc_params_get(m->params, i)->name);
        REQUIRE(at >= 0);
        for (int64_t k = 0; k < rc_tensor_size(&t); k++) {
            float want;
            memcpy(&want, (const float *)rc_safetensors_get(golden, at).data + k, sizeof want);
            NEAR(have[k], want, tolerance * fabs(want) + (tolerance > 0 ? 0x1p-24 : 0)); /* subnormal f16 */
        }
    }
    rc_model_destroy(&m);
}

TEST(number_types_load)
{
    static const struct {
        rc_dtype stored;
        double tolerance;
    } all[] = {{RC_DTYPE_F32, 0}, {RC_DTYPE_F16, 1.0 / 1024}, {RC_DTYPE_BF16, 1.0 / 128}};
    for (int i = 0; i < 3; i++) {
        empty_folder();
        write_text("config.json", CONFIG);
        write_weights("model.safetensors", &(how){.stored = all[i].stored});
        note[0] = 0;
        check_loads(all[i].tolerance);
        CHECK(note[0] == 0);
    }
}

TEST(names_without_prefix_and_old_names_load)
{
    empty_folder();
    write_text("config.json", CONFIG);
    write_weights("model.safetensors", &(how){.bare = true, .old = true});
    check_loads(0);
}

TEST(unused_tensors_are_listed)
{
    empty_folder();
    write_text("config.json", CONFIG);
    write_weights("model.safetensors", &(how){.extra = true});
    note[0] = 0;
    check_loads(0);
    CHECK(strstr(note, "2 tensors"));
    CHECK(strstr(note, "bert.pooler.dense.weight"));
    CHECK(strstr(note, "cls.predictions.bias"));
}

/* The index of the two shards; `first` is the file that it names for the first tensor. */
static void write_index(const char *first)
{
    static char text[1 << 14];
    size_t at = (size_t)snprintf(text, sizeof text, "{\"metadata\": {}, \"weight_map\": {");
    for (int i = 0, n = 0; i < rc_safetensors_count(golden); i++) {
        const char *name = rc_safetensors_get(golden, i).name;
        if (strncmp(name, "bert.", 5) != 0) continue;
        char file[64];
        snprintf(file, sizeof file, "model-%05d-of-00002.safetensors", n % 2 + 1);
        at += (size_t)snprintf(text + at, sizeof text - at, "%s\"%s\": \"%s\"", n ? ", " : "", name,
                               n == 0 && first ? first : file);
        n++;
    }
    snprintf(text + at, sizeof text - at, "}}");
    write_text("model.safetensors.index.json", text);
}

static void write_shards(const char *first)
{
    empty_folder();
    write_text("config.json", CONFIG);
    write_weights("model-00001-of-00002.safetensors", &(how){.part = 0, .parts = 2});
    write_weights("model-00002-of-00002.safetensors", &(how){.part = 1, .parts = 2});
    write_index(first);
}

TEST(shards_load)
{
    write_shards(NULL);
    check_loads(0);
}

/* ---- wrong folders ---- */

static rc_status open_folder(void)
{
    rc_model *m = NULL;
    rc_status status = rc_model_folder_open(folder, rc_device_ref(), NULL, &m);
    rc_model_destroy(&m);
    return status;
}

TEST(wrong_shards_are_refused)
{
    write_shards("../model-00001-of-00002.safetensors");
    FAILS(RC_FORMAT, "shards must be in the folder itself", open_folder());
    write_shards("/etc/passwd");
    FAILS(RC_FORMAT, "shards must be in the folder itself", open_folder());
    write_shards("weights.bin");
    FAILS(RC_FORMAT, "is not a safetensors file", open_folder());
    write_shards("model-00003-of-00002.safetensors");
    FAILS(RC_IO, "model-00003-of-00002.safetensors", open_folder());
    write_shards("model-00002-of-00002.safetensors");
    FAILS(RC_FORMAT, "is not in model-00002-of-00002.safetensors", open_folder());
    write_text("model.safetensors.index.json", "{\"weight_map\": {}}");
    FAILS(RC_FORMAT, "is empty", open_folder());
    write_text("model.safetensors.index.json", "{\"weight_map\": {\"a\": 7}}");
    FAILS(RC_FORMAT, "names no file", open_folder());
    write_text("model.safetensors.index.json", "[]");
    FAILS(RC_FORMAT, "\"weight_map\" is missing", open_folder());
}

TEST(wrong_weights_are_refused)
{
    empty_folder();
    FAILS(RC_IO, "no config.json", open_folder());
    write_text("config.json", CONFIG);
    FAILS(RC_IO, "no model.safetensors", open_folder());
    write_text("pytorch_model.bin", "PK");
    FAILS(RC_UNSUPPORTED, "save_file(", open_folder());
    write_weights("model.safetensors", &(how){.drop = "bert.encoder.layer.1.attention.self.key.bias"});
    FAILS(RC_FORMAT, "tensor \"bert.encoder.layer.1.attention.self.key.bias\" is missing", open_folder());
    write_weights("model.safetensors", &(how){.bend = "bert.encoder.layer.2.output.dense.weight"});
    FAILS(RC_SHAPE, "tensor \"bert.encoder.layer.2.output.dense.weight\" has shape", open_folder());
}

/* The configuration with one pair changed, or one more; refused with these words. */
static void refuse(const char *old, const char *new, rc_status code, const char *words)
{
    static char text[TEXT];
    const char *at = old ? strstr(CONFIG, old) : NULL;
    REQUIRE(!old || at);
    if (at)
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - CONFIG), CONFIG, new, at + strlen(old));
    else
        snprintf(text, sizeof text, "%.*s, %s}", (int)(strlen(CONFIG) - 1), CONFIG, new);
    write_text("config.json", text);
    FAILS(code, words, open_folder());
    CHECK(!strchr(rc_error_text(), '\n'));
}

TEST(wrong_configurations_are_refused)
{
    static char deep[TEXT];
    empty_folder();
    write_weights("model.safetensors", &(how){.stored = RC_DTYPE_F32});
    refuse("\"bert\"", "\"llama\"", RC_UNSUPPORTED, "supported: swin, bert, roberta");
    refuse("\"model_type\"", "\"type\"", RC_FORMAT, "\"model_type\" is missing");
    refuse("\"hidden_size\": 24", "\"hidden_size\": 25", RC_FORMAT,
           "which \"num_attention_heads\" = 3 does not divide");
    refuse("\"num_attention_heads\": 3", "\"num_attention_heads\": -3", RC_FORMAT, "it must be from 1 to");
    refuse("\"num_attention_heads\": 3", "\"num_attention_heads\": 0", RC_FORMAT, "it must be from 1 to");
    refuse("\"hidden_size\": 24", "\"hidden_size\": 9000000000000000000", RC_FORMAT, "it must be from 1 to");
    refuse("\"hidden_size\": 24", "\"hidden_size\": 99999999999999999999999", RC_FORMAT, "config.json");
    refuse("\"hidden_size\": 24", "\"hidden_size\": 24.5", RC_FORMAT, "not a whole number");
    refuse("\"hidden_size\": 24", "\"hidden_size\": \"24\"", RC_FORMAT, "\"hidden_size\"");
    refuse("\"hidden_size\": 24, ", "", RC_FORMAT, "\"hidden_size\" is missing");
    refuse("\"vocab_size\": 23", "\"vocab_size\": 4000000", RC_SHAPE, "word_embeddings.weight\" has shape");
    refuse("\"num_hidden_layers\": 3", "\"num_hidden_layers\": 128", RC_FORMAT, "encoder.layer.3");
    refuse("\"num_hidden_layers\": 3", "\"num_hidden_layers\": 1000000", RC_FORMAT,
           "it must be from 1 to 128");
    refuse("\"intermediate_size\": 40", "\"intermediate_size\": 131072", RC_SHAPE, "has shape");
    refuse("\"gelu\"", "\"gelu_new\"", RC_UNSUPPORTED, "\"hidden_act\" is \"gelu_new\"; supported: gelu");
    refuse("\"gelu\"", "[1]", RC_UNSUPPORTED, "\"hidden_act\"");
    refuse("1e-12", "-1", RC_FORMAT, "\"layer_norm_eps\" is -1");
    refuse("1e-12", "true", RC_FORMAT, "\"layer_norm_eps\" is not a number");
    refuse("\"pad_token_id\": 0", "\"pad_token_id\": 23", RC_FORMAT, "outside the vocabulary");
    refuse(NULL, "\"position_embedding_type\": \"relative_key\"", RC_UNSUPPORTED, "supported: absolute");
    refuse(NULL, "\"is_decoder\": true", RC_UNSUPPORTED, "\"is_decoder\" is true");
    refuse(NULL, "\"hidden_size\": 24", RC_FORMAT, "duplicate");
    memset(deep, '[', sizeof deep - 1);
    write_text("config.json", deep);
    FAILS(RC_FORMAT, "config.json", open_folder());
    write_text("config.json", "[1, 2]");
    FAILS(RC_FORMAT, "not a JSON object", open_folder());
    write_text("config.json", "");
    FAILS(RC_FORMAT, "config.json", open_folder());
}

/* ---- token ids ---- */

TEST(wrong_tokens_are_refused)
{
    rc_backbone_config c;
    rc_graph *g;
    OK(rc_backbone_config_named("bert-base", &c));
    OK(rc_graph_create(rc_device_ref(), &g));
    int32_t ids[4] = {101, 30522, 102, 0}, length[2] = {2, 2}, types[4] = {0, 0, 2, 0};
    rc_token_batch b = {.batch = 2, .tokens = 2, .ids = ids, .length = length};
    CHECK(!rc_feed_tokens(g, &c, &b).x);
    FAILS(RC_DATA, "token id 30522 (sample 0, place 1)", rc_graph_status(g));
    ids[1] = -1;
    rc_graph_reset(g, false);
    CHECK(!rc_feed_tokens(g, &c, &b).x);
    FAILS(RC_DATA, "token id -1", rc_graph_status(g));
    ids[1] = 7;
    b.types = types;
    rc_graph_reset(g, false);
    CHECK(!rc_feed_tokens(g, &c, &b).x);
    FAILS(RC_DATA, "token type 2 (sample 1, place 0)", rc_graph_status(g));
    types[2] = 1;
    length[1] = 3;
    rc_graph_reset(g, false);
    CHECK(!rc_feed_tokens(g, &c, &b).x);
    FAILS(RC_DATA, "sample 1 has length 3", rc_graph_status(g));
    length[1] = 1;
    ids[3] = -1; /* behind the text nothing is looked at */
    rc_graph_reset(g, false);
    CHECK(rc_feed_tokens(g, &c, &b).x != NULL);
    OK(rc_graph_status(g));
    rc_graph_destroy(&g);
}

int main(void)
{
    rc_sink sink = {.note = keep_note};
    rc_context_set_progress(NULL, &sink);
    snprintf(folder, sizeof folder, "model_folder_test.%ld", (long)getpid());
    if (rc_make_directory(folder) != RC_OK ||
        rc_safetensors_open(RC_TEST_DATA "/bert/bert.safetensors", &golden) != RC_OK)
        return EXIT_FAILURE;
    RUN(number_types_load);
    RUN(names_without_prefix_and_old_names_load);
    RUN(unused_tensors_are_listed);
    RUN(shards_load);
    RUN(wrong_shards_are_refused);
    RUN(wrong_weights_are_refused);
    RUN(wrong_configurations_are_refused);
    RUN(wrong_tokens_are_refused);
    empty_folder();
    rmdir(folder);
    rc_safetensors_close(&golden);
    return RESULT();
}
