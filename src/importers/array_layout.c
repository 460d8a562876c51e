/* The order of an array's dimensions. */
#include <stdio.h>
#include <string.h>

#include "datasets/dataset.h"
#include "importers/import_arrays.h"

static const char *guess_layout(const rc_shape *x, const char **why)
{
    const int64_t *d = x->dim;
    *why = "the usual order";
    if (x->n == 1) return "N";
    if (x->n == 2) return "NF";
    if (x->n == 3) {
        if (rc_channels_come_last(x)) *why = "the usual order; NLC if the channels come last";
        if (d[1] < 8 || d[1] != d[2]) return "NCL";
        *why = "two equal sizes: pictures of one channel";
        return "NHW";
    }
    if (x->n != 4) return NULL;
    if (!rc_channels_come_last(x)) return "NCHW";
    *why = "the last size is that of channels";
    return "NHWC";
}

static rc_status bad_layout(const rc_samples *s, const rc_shape *x)
{
    char text[RC_SHAPE_TEXT];
    return rc_fail(RC_CONFIG,
                   "%s: x has shape %s; say what its dimensions are with \1layout: N samples, C channels, H "
                   "and W or L or F (NHWC, NCL, NHW, NF, HWN ...)",
                   s->o->from, rc_shape_text(x, text));
}

static rc_status set_layout(rc_samples *s, rc__arrays *p, const rc_shape *x, const char *layout)
{
    const char *order = strchr(layout, 'H') ? "CHW" : strchr(layout, 'L') ? "CL" : "F";
    bool series = strcmp(layout, "N") == 0;
    size_t n = strlen(layout), known = 1;
    const char *at_n = strchr(layout, 'N');
    if (n != (size_t)x->n || !at_n || n >= sizeof p->layout) return bad_layout(s, x);
    for (p->out_dims = 0; order[p->out_dims]; p->out_dims++) {
        const char *at = strchr(layout, order[p->out_dims]);
        if (!at && order[p->out_dims] != 'C' && !series) return bad_layout(s, x);
        p->from[p->out_dims] = at ? (int)(at - layout) : -1;
        known += at != NULL;
    }
    for (size_t i = 0; i < n; i++)
        if (strchr(layout + i + 1, layout[i])) return bad_layout(s, x);
    if (known != n) return bad_layout(s, x);
    snprintf(p->layout, sizeof p->layout, "%s", layout);
    p->at_n = (int)(at_n - layout);
    p->dims = x->n;
    memcpy(p->dim, x->dim, sizeof p->dim);
    s->shape.n = p->out_dims;
    for (int d = 0; d < p->out_dims; d++)
        s->shape.dim[d] = p->from[d] < 0 ? 1 : x->dim[p->from[d]];
    return RC_OK;
}

rc_status rc__array_layout(rc_samples *s, rc__arrays *p, rc_json *report)
{
    const rc_entry *entry = rc_container_entry(p->block[0].file, p->block[0].x);
    const rc_shape *x = &entry->shape;
    const char *why = "as requested", *layout = s->o->layout ? s->o->layout : guess_layout(x, &why);
    char text[120];
    if (entry->is_ragged) {
        snprintf(p->layout, sizeof p->layout, "N");
        rc_json_set_string(report, "layout", "N (series of different lengths)");
        return RC_OK;
    }
    if (!layout) return bad_layout(s, x);
    RC_TRY(set_layout(s, p, x, layout));
    snprintf(text, sizeof text, "%s (%s)", layout, why);
    rc_json_set_string(report, "layout", text);
    return RC_OK;
}
