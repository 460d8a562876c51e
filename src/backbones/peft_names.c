/* Names of the matrices of adapters, here and in the package peft. */
#include <stdio.h>
#include <string.h>

#include "backbones/adapters_file.h"
#include "base/file.h"

/* lora.bert.MODULE.weight.a here and base_model.model.MODULE.lora_A.weight there. */
static const char *const begins[RC_PEFT_SIDES] = {"lora.", "base_model.model."};
static const char *const ends[RC_PEFT_SIDES][2] = {{".weight.a", ".weight.b"},
                                                   {".lora_A.weight", ".lora_B.weight"}};

static bool begins_with(const char *text, const char *begin)
{
    return strncmp(text, begin, strlen(begin)) == 0;
}

const char *rc__peft_module(const char *name, rc_peft_side side, int *part, size_t *length)
{
    *part = rc_path_has_suffix(name, ends[side][1]);
    size_t n = strlen(name), begin = strlen(begins[side]), end = strlen(ends[side][*part]);
    bool fits =
        n > begin + end && begins_with(name, begins[side]) && rc_path_has_suffix(name, ends[side][*part]);
    *length = fits ? n - begin - end : 0;
    return name + (fits ? begin : 0);
}

bool rc_peft_name_of(const char *name, rc_peft_side side, const char *prefix, rc_peft_name *out)
{
    size_t length, skip = strlen(prefix);
    const char *module = rc__peft_module(name, side, &out->part, &length);
    /* A model with a head of its own (AutoModelFor...) has the prefix there, too. */
    if (length > skip && begins_with(module, prefix)) {
        module += skip;
        length -= skip;
    }
    if (length == 0 || length + skip >= RC_PEFT_MODULE) return false;
    snprintf(out->module, sizeof out->module, "%.*s", (int)length, module);
    snprintf(out->name[RC_PEFT_OURS], RC_PEFT_NAME, "%s%s%.*s%s", begins[RC_PEFT_OURS], prefix, (int)length,
             module, ends[RC_PEFT_OURS][out->part]);
    snprintf(out->name[RC_PEFT_THEIRS], RC_PEFT_NAME, "%s%.*s%s", begins[RC_PEFT_THEIRS], (int)length, module,
             ends[RC_PEFT_THEIRS][out->part]);
    return true;
}
