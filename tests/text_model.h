/* tests/text_model.h: the folder of a small BERT with random weights, as downloaded from a hub. */
#ifndef RC_TESTS_TEXT_MODEL_H
#define RC_TESTS_TEXT_MODEL_H

#include <sys/stat.h>

#include "backbones/model_folder.h"
#include "base/file.h"
#include "check.h"

static const char TEXT_MODEL[] =
    "{\"model_type\":\"bert\",\"vocab_size\":1500,\"hidden_size\":16,\"num_hidden_layers\":2,"
    "\"num_attention_heads\":2,\"intermediate_size\":32,\"max_position_embeddings\":64,\"type_vocab_size\":2,"
    "\"pad_token_id\":0,\"layer_norm_eps\":1e-12,\"hidden_act\":\"gelu\",\"position_embedding_type\":"
    "\"absolute\"}";

static void copy_file(const char *from, const char *to)
{
    char *text;
    size_t size;
    OK(rc_file_read(from, 1 << 20, &text, &size));
    OK(rc_file_write(to, text, size));
    rc_free(text);
}

static void make_text_model(const char *folder)
{
    rc_backbone_config c;
    rc_model *m;
    rc_safetensors_writer *w;
    char path[256];
    mkdir(folder, 0777);
    snprintf(path, sizeof path, "%s/config.json", folder);
    OK(rc_file_write(path, TEXT_MODEL, strlen(TEXT_MODEL)));
    snprintf(path, sizeof path, "%s/tokenizer.json", folder);
    copy_file(RC_TEST_DATA "/tokenizers/wordpiece/tokenizer.json", path);
    OK(rc_model_folder_config(folder, &c));
    rc_model_spec spec = {.backbone = c, .input = {.kind = RC_INPUT_TOKENS, .length = 64}};
    OK(rc_model_create(rc_device_default(), &spec, &m));
    OK(rc_params_initialise(m->params, 1));
    OK(rc_safetensors_writer_create(&w));
    OK(rc_model_store(m, w, RC_DTYPE_F32));
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    OK(rc_safetensors_writer_write(w, path));
    rc_safetensors_writer_destroy(&w);
    rc_model_destroy(&m);
}

#endif
