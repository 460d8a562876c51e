#include "backbones/shorter.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* ---- how many ---- */

enum { STAGES = RC_SWIN_STAGES, TEXT = 256 };

typedef struct depths {
    int64_t stages, of[STAGES], all;
} depths;

static depths depths_of(const rc_backbone_config *c)
{
    rc_backbone_config copy = *c;
    depths d = {0};
    const int64_t *of = rc_backbone_of(c)->depth(&copy, &d.stages);
    for (int64_t s = 0; s < d.stages; s++) {
        d.of[s] = of[s];
        d.all += of[s];
    }
    return d;
}

/* One to each stage; every further one to the stage of which the smallest part is kept. */
static void share_out(const depths *d, int64_t n, int64_t out[STAGES])
{
    for (int64_t s = 0; s < d->stages; s++)
        out[s] = 1;
    for (n -= d->stages; n > 0; n--) {
        int64_t max = -1;
        for (int64_t s = 0; s < d->stages; s++)
            if (out[s] < d->of[s] && (max < 0 || d->of[s] * out[max] > d->of[max] * out[s])) max = s;
        out[max]++;
    }
}

static rc_status read_stages(const depths *d, char *text, int64_t out[STAGES])
{
    int64_t stage = 0;
    for (char *at = text; at; stage++) {
        char *comma = strchr(at, ',');
        if (comma) *comma = '\0';
        RC_CHECK(
            stage < d->stages && rc_text_to_i64(at, &out[stage]) && out[stage] >= 1 &&
                out[stage] <= d->of[stage],
            RC_CONFIG,
            "distill.layers: \"%.40s\" is for stage %lld, and the teacher has %lld stages; it takes a number "
            "from 1 to the layers of that stage (%lld)",
            at, (long long)stage + 1, (long long)d->stages,
            (long long)(stage < d->stages ? d->of[stage] : 0));
        at = comma ? comma + 1 : NULL;
    }
    RC_CHECK(stage == d->stages, RC_CONFIG, "distill.layers: numbers for %lld stages, the teacher has %lld",
             (long long)stage, (long long)d->stages);
    return RC_OK;
}

rc_status rc_shorter_config(const rc_backbone_config *larger, const char *layers, rc_backbone_config *out)
{
    depths d = depths_of(larger);
    char text[TEXT];
    int64_t n, stages, *depth;
    *out = *larger;
    depth = rc_backbone_of(out)->depth(out, &stages);
    if (strchr(layers, ',')) {
        RC_CHECK(strlen(layers) < sizeof text, RC_CONFIG, "distill.layers: %.40s...: too long", layers);
        strcpy(text, layers);
        return read_stages(&d, text, depth);
    }
    RC_CHECK(rc_text_to_i64(layers, &n) && n >= d.stages && n <= d.all, RC_CONFIG,
             "distill.layers is \"%.40s\"; the teacher's body has %lld layers in %lld stage%s: give a number "
             "from %lld to %lld",
             layers, (long long)d.all, (long long)d.stages, d.stages == 1 ? "" : "s", (long long)d.stages,
             (long long)d.all);
    share_out(&d, n, depth);
    return RC_OK;
}

/* ---- which ---- */

/* i + p k, the nearest to i (d - 1) / (n - 1); the lower of two, which always exists. */
static int64_t origin(int64_t i, int64_t n, int64_t d, int64_t period)
{
    int64_t steps = n - 1, excess = i * (d - n); /* over i, in steps */
    if (steps == 0) return 0;
    int64_t k = (2 * excess + period * steps - 1) / (2 * period * steps);
    return i + period * k;
}

void rc_shorter_tell(const rc_backbone_config *larger, const rc_backbone_config *smaller, rc_json *j)
{
    depths from = depths_of(larger), to = depths_of(smaller);
    int64_t before = 0, period = rc_backbone_of(larger)->period;
    rc_json *list = rc_json_set(j, "layers", rc_json_array());
    for (int64_t s = 0; s < to.stages; before += from.of[s++])
        for (int64_t i = 0; i < to.of[s]; i++)
            rc_json_append_integer(list, before + origin(i, to.of[s], from.of[s], period));
}

/* ---- weights ---- */

/* The name in the larger model of what is called so in the smaller one. */
static void name_in_larger(const rc_model *m, const rc_model *larger, const char *name, char out[TEXT])
{
    const rc_backbone_config *c = &m->spec.backbone;
    depths from = depths_of(&larger->spec.backbone), to = depths_of(c);
    const char *own = rc__without_input(name);
    char block[RC_LAYER_NAME];
    for (int64_t s = 0; s < to.stages; s++)
        for (int64_t i = 0; i < to.of[s]; i++) {
            m->backbone->block_name(c, s, i, block);
            size_t n = strlen(block);
            if (strncmp(own, block, n) != 0) continue;
            m->backbone->block_name(c, s, origin(i, to.of[s], from.of[s], m->backbone->period), block);
            snprintf(out, TEXT, "%.*s%s%s", (int)(own - name), name, block, own + n);
            return;
        }
    snprintf(out, TEXT, "%s", name);
}

static rc_status take(rc_model *m, rc_model *larger, int i)
{
    char name[TEXT];
    const rc_param *wanted = rc_params_get(m->params, i);
    name_in_larger(m, larger, wanted->name, name);
    int from = rc_params_find(larger->params, name);
    if (from < 0 || !rc_shape_equal(&rc_params_get(larger->params, from)->shape, &wanted->shape)) {
        RC_CHECK(i >= m->first[RC_PART_HEAD], RC_SHAPE,
                 "\"%s\" is not in the model, or has another shape; give the settings model.* that it was "
                 "trained with",
                 name);
        return RC_OK;
    }
    rc_tensor to = rc_params_value(m->params, i), source = rc_params_value(larger->params, from);
    const void *host; /* the two may be on different devices */
    RC_TRY(rc_tensor_map_read(&source, &host));
    rc_status status = rc_tensor_upload(&to, host);
    rc_tensor_unmap(&source, host);
    return status;
}

rc_status rc_model_take(rc_model *m, rc_model *larger)
{
    for (int i = 0; i < rc_params_count(m->params); i++)
        RC_TRY(take(m, larger, i));
    return RC_OK;
}
