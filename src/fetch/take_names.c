/* Which files belong to a model, by their names. */
#include <string.h>

#include "base/file.h"
#include "fetch/take.h"

static const int64_t WEIGHTS_LIMIT = 64LL << 30, TEXT_LIMIT = 64LL << 20;

bool rc__take_is_weights(const char *name)
{
    return rc_path_has_suffix(name, ".safetensors");
}

bool rc__take_wants(const char *name)
{
    static const char *const wanted[] = {
        "config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "vocab.txt",
        "vocab.json",
        "merges.txt",
        "added_tokens.json",
        "README.md",
        "LICENSE",
        "preprocessor_config.json",
    };
    if (name[0] == '.') return false;
    if (rc__take_is_weights(name) || rc_path_has_suffix(name, ".safetensors.index.json")) return true;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (strcmp(name, wanted[i]) == 0) return true;
    return false;
}

int64_t rc__take_limit(const rc_known_model *known, const char *name)
{
    const rc_known_file *file = rc_known_file_find(known, name);
    return file ? file->limit : rc__take_is_weights(name) ? WEIGHTS_LIMIT : TEXT_LIMIT;
}

rc_status rc__take_no_model(const char *from, bool has_pickle)
{
    RC_CHECK(
        !has_pickle, RC_UNSUPPORTED,
        "%s: its weights are a pickle file, which could run any program; convert it with python3 -c \"from "
        "transformers import AutoModel as M; M.from_pretrained('DIR').save_pretrained('NEW')\"",
        from);
    return rc_fail(RC_FORMAT, "%s: no model in it (config.json beside *.safetensors)", from);
}
