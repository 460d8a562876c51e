/* The family of transformers over series: the row. The embedder is in signal.c, the body in bert.c. */
#include "backbones/backbone.h"

static rc_status read_config(const rc_json *json, const char *source, rc_backbone_config *out)
{
    return rc_series_config_read(json, source, &out->series);
}

static rc_json *write_config(const rc_backbone_config *c)
{
    return rc_series_config_write(&c->series);
}

static rc_status named_config(const char *name, rc_backbone_config *out)
{
    return rc_series_config_named(name, &out->series);
}

static rc_input native_input(const rc_backbone_config *c)
{
    return (rc_input){.kind = RC_INPUT_SIGNAL,
                      .channels = c->series.channels,
                      .length = c->series.length,
                      .patch = c->series.patch};
}

static void set_native_input(rc_backbone_config *c, const rc_input *in)
{
    c->series.channels = in->channels;
    c->series.length = in->length;
    c->series.patch = in->patch;
}

const rc_backbone rc__backbone_series = {.kind = RC_BACKBONE_SERIES,
                                         .name = "series",
                                         .model_types = rc__series_model_types,
                                         .sizes = rc__series_sizes,
                                         .config_read = read_config,
                                         .config_write = write_config,
                                         .config_named = named_config,
                                         .prefix = rc__bert_prefix,
                                         .depth = rc__bert_depth,
                                         .block_name = rc__bert_block_name,
                                         .period = 1,
                                         .native_input = native_input,
                                         .set_native_input = set_native_input,
                                         .width = rc__bert_width,
                                         .features = rc__bert_width,
                                         .stride = rc__bert_stride,
                                         .native = &rc__embedder_series,
                                         .mean_head = true,
                                         .norm_eps = rc__bert_norm_eps,
                                         .position_table = "positions",
                                         .create = rc__bert_create,
                                         .destroy = rc__bert_destroy,
                                         .forward = rc__bert_forward,
                                         .flops = rc__bert_flops};
