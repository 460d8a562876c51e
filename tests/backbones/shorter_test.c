/* Fewer blocks out of a larger model: which are kept, and that their weights come with them, in every family.
 */
#include "check.h"

#include "backbones/shorter.h"

typedef struct family {
    const char *name, *config;
    const char *layers, *kept; /* asked for; which ones they are */
} family;

#define TRANSFORMER \
    "\"num_hidden_layers\": 6, \"hidden_size\": 8, \"num_attention_heads\": 2, \"intermediate_size\": 12"
#define TEXT_MODEL ", \"vocab_size\": 20, \"max_position_embeddings\": 12, \"hidden_act\": \"gelu\", "
#define IMAGES ", \"image_size\": 8, \"patch_size\": 4, \"num_channels\": 3"

static const family families[] = {
    {"BERT",
     "{\"model_type\": \"bert\", " TRANSFORMER TEXT_MODEL
     "\"type_vocab_size\": 2, \"pad_token_id\": 0, \"layer_norm_eps\": 1e-12}",
     "3", "[0, 2, 5]"},
    {"RoBERTa",
     "{\"model_type\": \"roberta\", " TRANSFORMER TEXT_MODEL
     "\"type_vocab_size\": 1, \"pad_token_id\": 1, \"layer_norm_eps\": 1e-5}",
     "4", "[0, 2, 3, 5]"},
    {"DistilBERT",
     "{\"model_type\": \"distilbert\", \"dim\": 8, \"n_layers\": 6, \"n_heads\": 2, \"hidden_dim\": 12, "
     "\"vocab_size\": 20, \"max_position_embeddings\": 12, \"activation\": \"gelu\", \"pad_token_id\": 0}",
     "1", "[0]"},
    {"ViT", "{\"model_type\": \"vit\", " TRANSFORMER IMAGES "}", "2", "[0, 5]"},
    {"DINOv2",
     "{\"model_type\": \"dinov2\", \"num_hidden_layers\": 6, \"hidden_size\": 8, \"num_attention_heads\": 2, "
     "\"mlp_ratio\": 4" IMAGES "}",
     "6", "[0, 1, 2, 3, 4, 5]"},
    {"series",
     "{\"model_type\": \"series\", " TRANSFORMER ", \"num_channels\": 3, \"series_length\": 32, "
     "\"patch_size\": 16, \"hidden_act\": \"gelu\", \"layer_norm_eps\": 1e-12}",
     "3", "[0, 2, 5]"},
    {"Swin",
     "{\"model_type\": \"swin\", \"image_size\": 16, \"patch_size\": 2, \"num_channels\": 3, "
     "\"embed_dim\": 4, \"depths\": [2, 6, 2], \"num_heads\": [1, 1, 1], \"window_size\": 2}",
     "5", "[0, 2, 5, 6, 8]"},
    {"Swin, by stages",
     "{\"model_type\": \"swin\", \"image_size\": 16, \"patch_size\": 2, \"num_channels\": 3, "
     "\"embed_dim\": 4, \"depths\": [2, 6, 2], \"num_heads\": [1, 1, 1], \"window_size\": 2}",
     "2,4,1", "[0, 1, 2, 3, 6, 7, 8]"},
};
enum { FAMILIES = sizeof families / sizeof *families, KEPT = 16 };

static rc_status read_config(const char *text, rc_backbone_config *out)
{
    rc_json *j;
    RC_TRY(rc_json_parse("config", text, strlen(text), &j));
    rc_status status = rc_backbone_config_read(j, "config", out);
    rc_json_free(&j);
    return status;
}

static rc_status make(const rc_backbone_config *c, uint64_t seed, rc_model **out)
{
    rc_model_spec spec = {.backbone = *c, .head = RC_HEAD_LINEAR, .outputs = 3};
    spec.input = rc_backbone_of(c)->native_input(c);
    RC_TRY(rc_model_create(rc_device_default(), &spec, out));
    return rc_params_initialise((*out)->params, seed);
}

static bool same(rc_model *a, int i, rc_model *b, int j)
{
    const void *x, *y;
    rc_tensor s = rc_params_value(a->params, i), t = rc_params_value(b->params, j);
    if (!rc_shape_equal(&s.shape, &t.shape) || rc_tensor_map_read(&s, &x) != RC_OK) return false;
    bool equal = rc_tensor_map_read(&t, &y) == RC_OK && memcmp(x, y, rc_tensor_bytes(&s)) == 0;
    rc_tensor_unmap(&t, y);
    rc_tensor_unmap(&s, x);
    return equal;
}

/* The parameters of one block, in their order; the rest by their names. */
static void check_weights(rc_model *small, rc_model *large, const int64_t *kept)
{
    int met[KEPT] = {0};
    for (int i = 0; i < rc_params_count(small->params); i++) {
        const rc_param *p = rc_params_get(small->params, i);
        int j = rc_params_find(large->params, p->name);
        if (p->block >= 0 && !strstr(p->name, "downsample")) {
            int nth = met[p->block]++;
            for (j = 0; rc_params_get(large->params, j)->block != kept[p->block] || nth-- > 0;)
                j++;
        }
        CHECK(j >= 0 && same(small, i, large, j));
    }
}

static void check_kept(const rc_backbone_config *larger, const rc_backbone_config *smaller, const char *want,
                       int64_t kept[KEPT])
{
    char *text;
    rc_json *j = rc_json_object();
    rc_shorter_tell(larger, smaller, j);
    const rc_json *list = rc_json_get(j, "layers");
    OK(rc_json_text(list, false, &text));
    CHECK(strcmp(text, want) == 0);
    for (size_t i = 0; i < rc_json_length(list) && i < KEPT; i++)
        kept[i] = rc_json_as_integer(rc_json_at(list, i));
    rc_json_free(&j);
    rc_free(text);
}

static void check_family(const family *f)
{
    rc_backbone_config larger, smaller;
    rc_model *large, *small;
    int64_t kept[KEPT];
    OK(read_config(f->config, &larger));
    OK(rc_shorter_config(&larger, f->layers, &smaller));
    check_kept(&larger, &smaller, f->kept, kept);
    OK(make(&larger, 1, &large));
    OK(make(&smaller, 2, &small));
    OK(rc_model_take(small, large));
    check_weights(small, large, kept);
    rc_model_destroy(&small);
    rc_model_destroy(&large);
}

TEST(kept_blocks_bring_their_weights)
{
    for (int i = 0; i < FAMILIES; i++)
        check_family(&families[i]);
}

/* BERT's as DistilBERT begins. */
TEST(half_of_a_published_size)
{
    static const char *const half[][3] = {
        {"bert-base", "6", "[0, 2, 4, 7, 9, 11]"},
        {"swin-base", "12", "[0, 2, 4, 7, 8, 11, 12, 15, 16, 19, 20, 22]"},
        {"swin-mini", "4", "[0, 2, 5, 6]"},
    };
    for (size_t i = 0; i < sizeof half / sizeof *half; i++) {
        rc_backbone_config larger, smaller;
        int64_t kept[KEPT];
        OK(rc_backbone_config_named(half[i][0], &larger));
        OK(rc_shorter_config(&larger, half[i][1], &smaller));
        check_kept(&larger, &smaller, half[i][2], kept);
    }
}

TEST(what_is_no_number_of_layers)
{
    rc_backbone_config bert, swin, out;
    OK(read_config(families[0].config, &bert));
    OK(read_config(families[6].config, &swin));
    FAILS(RC_CONFIG, "from 1 to 6", rc_shorter_config(&bert, "0", &out));
    FAILS(RC_CONFIG, "6 layers in 1 stage:", rc_shorter_config(&bert, "7", &out));
    FAILS(RC_CONFIG, "\"half\"", rc_shorter_config(&bert, "half", &out));
    FAILS(RC_CONFIG, "has 1 stage", rc_shorter_config(&bert, "1,1", &out));
    FAILS(RC_CONFIG, "from 3 to 10", rc_shorter_config(&swin, "2", &out));
    FAILS(RC_CONFIG, "numbers for 2 stages", rc_shorter_config(&swin, "1,1", &out));
    FAILS(RC_CONFIG, "(6)", rc_shorter_config(&swin, "1,7,1", &out));
    FAILS(RC_CONFIG, "\"\"", rc_shorter_config(&swin, "1,,1", &out));
    FAILS(RC_CONFIG, "\"\"", rc_shorter_config(&swin, "1,1,1,", &out));
}

TEST(another_width_is_no_larger_one)
{
    rc_backbone_config larger, smaller;
    rc_model *large, *small;
    OK(read_config(families[0].config, &larger));
    smaller = larger;
    smaller.bert.hidden = 4;
    OK(make(&larger, 1, &large));
    OK(make(&smaller, 2, &small));
    FAILS(RC_SHAPE, "another shape", rc_model_take(small, large));
    rc_model_destroy(&small);
    rc_model_destroy(&large);
}

int main(void)
{
    RUN(kept_blocks_bring_their_weights);
    RUN(half_of_a_published_size);
    RUN(what_is_no_number_of_layers);
    RUN(another_width_is_no_larger_one);
    return RESULT();
}
