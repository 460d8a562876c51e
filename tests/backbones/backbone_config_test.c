/* Configurations: every named size survives writing and reading; wrong ones are refused in one line. */
#include "check.h"

#include "backbones/backbone.h"
#include "base/memory.h"

enum { TEXT = 4096 };

static void check_round_trip(const rc_backbone_config *c, const char *name)
{
    rc_backbone_config back;
    rc_json *j;
    char *text;
    j = rc_backbone_config_write(c);
    OK(rc_json_text(j, false, &text));
    rc_json_free(&j);
    OK(rc_json_parse(name, text, strlen(text), &j));
    OK(rc_backbone_config_read(j, name, &back));
    CHECK(memcmp(c, &back, sizeof back) == 0);
    rc_json_free(&j);
    rc_free(text);
}

TEST(named_sizes_survive)
{
    for (int kind = 0; kind < RC_BACKBONE_KINDS; kind++) {
        const rc_backbone *b = rc_backbone_of(&(rc_backbone_config){.kind = (rc_backbone_kind)kind});
        for (const char *const *size = b->sizes; *size; size++) {
            rc_backbone_config c;
            OK(rc_backbone_config_named(*size, &c));
            CHECK((int)c.kind == kind);
            check_round_trip(&c, *size);
            rc_input in = b->native_input(&c);
            CHECK(in.kind == b->native->input && rc_input_size(&in) > 0 && b->width(&c) > 0);
        }
    }
}

/* DINOv2 writes the width of its MLP as a ratio; every width must come back. */
TEST(every_width_survives_as_a_ratio)
{
    rc_backbone_config c;
    OK(rc_backbone_config_named("dinov2-small", &c));
    for (c.vit.inner = 100; c.vit.inner < 6000; c.vit.inner += 37)
        check_round_trip(&c, "dinov2");
    c.vit.swiglu = true;
    for (c.vit.inner = 104; c.vit.inner < 6000; c.vit.inner += 8)
        check_round_trip(&c, "dinov2 with SwiGLU");
    /* At the ends of the range of ratios. */
    c.vit.hidden = c.vit.heads = 1;
    c.vit.inner = 48;
    check_round_trip(&c, "the largest ratio");
    c.vit.swiglu = false;
    c.vit.hidden = 7;
    c.vit.inner = 1;
    check_round_trip(&c, "the smallest ratio");
}

TEST(unknown_names_are_refused)
{
    rc_backbone_config c;
    FAILS(RC_CONFIG, "known: swin-mini", rc_backbone_config_named("swin-giant", &c));
    FAILS(RC_CONFIG, "roberta-base", rc_backbone_config_named("", &c));
    FAILS(RC_IO, "nowhere.json", rc_backbone_config_named("nowhere.json", &c));
}

static const char VIT[] =
    "{\"model_type\": \"vit\", \"image_size\": 12, \"patch_size\": 4, \"num_channels\": 3, "
    "\"hidden_size\": 24, \"num_hidden_layers\": 2, \"num_attention_heads\": 3, "
    "\"intermediate_size\": 40}";
static const char DINO[] =
    "{\"model_type\": \"dinov2\", \"image_size\": 12, \"patch_size\": 4, \"num_channels\": 3, "
    "\"hidden_size\": 24, \"num_hidden_layers\": 2, \"num_attention_heads\": 3, "
    "\"mlp_ratio\": 4}";
static const char SWIN[] =
    "{\"model_type\": \"swin\", \"image_size\": 32, \"patch_size\": 2, \"num_channels\": 3, "
    "\"embed_dim\": 8, \"depths\": [2, 2], \"num_heads\": [1, 2], \"window_size\": 4}";

static const char SERIES[] =
    "{\"model_type\": \"series\", \"hidden_size\": 8, \"num_hidden_layers\": 2, \"num_attention_heads\": 2, "
    "\"intermediate_size\": 16, \"num_channels\": 3, \"series_length\": 64, \"patch_size\": 8}";

static const char T5[] =
    "{\"model_type\": \"t5\", \"vocab_size\": 20, \"d_model\": 8, \"d_kv\": 3, \"d_ff\": 16, \"num_layers\": "
    "2, "
    "\"num_heads\": 2, \"feed_forward_proj\": \"gated-gelu\", \"relative_attention_num_buckets\": 8, "
    "\"relative_attention_max_distance\": 20}";

static const char MOMENT[] =
    "{\"model_name\": \"MOMENT\", \"transformer_type\": \"encoder_only\", \"d_model\": null, \"seq_len\": "
    "64, "
    "\"patch_len\": 8, \"patch_stride_len\": 8, \"t5_config\": {\"vocab_size\": 20, \"d_model\": 8, "
    "\"d_kv\": 3, "
    "\"d_ff\": 16, \"num_layers\": 2, \"num_heads\": 2, \"feed_forward_proj\": \"gated-gelu\"}}";

static const char CHRONOS[] =
    "{\"model_type\": \"t5\", \"vocab_size\": 20, \"d_model\": 8, \"d_kv\": 3, \"d_ff\": 16, \"num_layers\": "
    "2, "
    "\"num_heads\": 2, \"chronos_config\": {\"tokenizer_class\": \"MeanScaleUniformBins\", "
    "\"tokenizer_kwargs\": "
    "{\"low_limit\": -3, \"high_limit\": 3}, \"n_tokens\": 20, \"n_special_tokens\": 2, \"eos_token_id\": 1, "
    "\"model_type\": \"seq2seq\", \"context_length\": 16}}";
static const char BOLT[] =
    "{\"model_type\": \"t5\", \"vocab_size\": 2, \"d_model\": 8, \"d_kv\": 3, \"d_ff\": 16, \"num_layers\": "
    "2, "
    "\"num_heads\": 2, \"chronos_config\": {\"context_length\": 16, \"input_patch_size\": 4, "
    "\"input_patch_stride\": 4, \"use_reg_token\": true}}";

static void refuse(const char *good, const char *old, const char *new, rc_status code, const char *words)
{
    static char text[TEXT];
    rc_backbone_config c;
    rc_json *j;
    const char *at = strstr(good, old);
    REQUIRE(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, new, at + strlen(old));
    OK(rc_json_parse("here", text, strlen(text), &j));
    FAILS(code, words, rc_backbone_config_read(j, "here", &c));
    CHECK(!strchr(rc_error_text(), '\n'));
    rc_json_free(&j);
}

TEST(wrong_configurations_are_refused)
{
    refuse(VIT, "\"vit\"", "\"dinov2_with_registers\"", RC_UNSUPPORTED, "supported: swin, bert");
    refuse(VIT, "\"vit\"", "7", RC_FORMAT, "\"model_type\" is missing");
    refuse(VIT, "\"patch_size\": 4", "\"patch_size\": 0", RC_FORMAT, "it must be from 1 to 256");
    refuse(VIT, "\"patch_size\": 4", "\"patch_size\": 13", RC_FORMAT, "is larger than \"image_size\" 12");
    refuse(VIT, "\"image_size\": 12", "\"image_size\": [12, 12]", RC_FORMAT, "\"image_size\"");
    refuse(VIT, "\"hidden_size\": 24", "\"hidden_size\": 23", RC_FORMAT, "does not divide");
    refuse(VIT, "\"num_attention_heads\": 3", "\"num_attention_heads\": -1", RC_FORMAT,
           "it must be from 1 to");
    refuse(VIT, "\"num_channels\": 3", "\"num_channels\": 99999", RC_FORMAT, "it must be from 1 to 4096");
    refuse(VIT, "\"num_channels\": 3", "\"hidden_act\": \"quick_gelu\"", RC_UNSUPPORTED, "supported: gelu");
    refuse(VIT, "\"num_channels\": 3", "\"qkv_bias\": 1", RC_FORMAT, "neither true nor false");
    refuse(DINO, "\"mlp_ratio\": 4", "\"mlp_ratio\": -4", RC_FORMAT, "\"mlp_ratio\" is -4");
    refuse(DINO, "\"mlp_ratio\": 4", "\"mlp_ratio\": 1e300", RC_FORMAT, "\"mlp_ratio\" is 1e+300");
    refuse(DINO, "\"mlp_ratio\": 4", "\"use_swiglu_ffn\": \"yes\"", RC_FORMAT, "neither true nor false");
    refuse(SERIES, "\"patch_size\": 8", "\"patch_size\": 9", RC_FORMAT,
           "9 does not divide \"series_length\" 64");
    refuse(SERIES, "\"hidden_size\": 8", "\"hidden_size\": 7", RC_FORMAT, "does not divide");
    refuse(SERIES, "\"series_length\": 64", "\"length\": 64", RC_FORMAT, "\"series_length\"");
    refuse(T5, "gated-gelu", "gelu", RC_UNSUPPORTED, "supported: relu, gated-gelu, gated-silu");
    refuse(T5, "\"gated-gelu\"", "7", RC_UNSUPPORTED, "\"feed_forward_proj\" is \"\"");
    refuse(T5, "\"d_kv\": 3", "\"d_kv\": 0", RC_FORMAT, "\"d_kv\" is 0");
    refuse(T5, "\"d_kv\": 3", "\"pad_token_id\": 20", RC_FORMAT, "\"d_kv\" is missing");
    refuse(T5, "\"d_ff\": 16", "\"d_ff\": 16, \"pad_token_id\": 20", RC_FORMAT,
           "outside the vocabulary of 20");
    refuse(T5, "distance\": 20", "distance\": 2", RC_FORMAT, "need more than 2");
    refuse(T5, "buckets\": 8", "buckets\": 3", RC_FORMAT, "it must be from 4 to 4096");
    refuse(MOMENT, "\"model_name\"", "\"name\"", RC_FORMAT, "\"model_type\" is missing");
    refuse(MOMENT, "t5_config", "config", RC_FORMAT, "\"t5_config\" is missing");
    refuse(MOMENT, "encoder_only", "decoder_only", RC_UNSUPPORTED, "supported: encoder_only");
    refuse(MOMENT, "stride_len\": 8", "stride_len\": 4", RC_UNSUPPORTED, "overlap");
    refuse(MOMENT, "seq_len\": 64", "seq_len\": 63", RC_FORMAT, "8 does not divide \"seq_len\" 63");
    refuse(MOMENT, "null", "9", RC_FORMAT, "\"d_model\" is 9");
    refuse(MOMENT, "null", "null, \"revin_affine\": true", RC_UNSUPPORTED, "\"revin_affine\" is true");
    refuse(CHRONOS, "Uniform", "Other", RC_UNSUPPORTED, "supported: MeanScaleUniformBins");
    refuse(CHRONOS, "seq2seq", "causal", RC_UNSUPPORTED, "supported: seq2seq");
    refuse(CHRONOS, "n_tokens\": 20", "n_tokens\": 21", RC_FORMAT, "for a vocabulary of 20");
    refuse(CHRONOS, "tokens\": 2,", "tokens\": 19,", RC_FORMAT, "it must be from 2 to 17");
    refuse(CHRONOS, "tokenizer_kwargs", "kwargs", RC_FORMAT, "\"tokenizer_kwargs\" is missing");
    refuse(BOLT, "stride\": 4", "stride\": 2", RC_UNSUPPORTED, "overlap");
    refuse(BOLT, "length\": 16", "length\": 18", RC_FORMAT, "4 does not divide \"context_length\" 18");
    refuse(BOLT, "num_heads\": 2", "num_heads\": 2, \"feed_forward_proj\": \"gated-gelu\"", RC_UNSUPPORTED,
           "not relu");
    refuse(SWIN, "[1, 2]", "[1, 3]", RC_FORMAT, "3 heads do not divide");
    refuse(SWIN, "[1, 2]", "[1]", RC_FORMAT, "\"depths\" has 2 entries, \"num_heads\" 1");
    refuse(SWIN, "[2, 2]", "[]", RC_FORMAT, "\"depths\" has 0 entries");
    refuse(SWIN, "[2, 2]", "[2, 65]", RC_FORMAT, "\"depths\" entry 1");
    refuse(SWIN, "\"window_size\": 4", "\"window_size\": 1000", RC_FORMAT, "it must be from 1 to 64");
}

int main(void)
{
    RUN(named_sizes_survive);
    RUN(every_width_survives_as_a_ratio);
    RUN(unknown_names_are_refused);
    RUN(wrong_configurations_are_refused);
    return RESULT();
}
