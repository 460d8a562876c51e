#include "api/text_feed.h"

#include <stdio.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/progress.h"
#include "formats/pieces.h"

enum { LONGEST = 1 << 16 };

rc_status rc__text_tokenizer(const char *folder, const rc_backbone_config *backbone, rc_tokenizer **out)
{
    RC_TRY(rc_tokenizer_open(folder, out));
    return rc_text_fits(*out, folder, backbone);
}

rc_text_options rc__text_options(const rc_config *c)
{
    return (rc_text_options){.format = c->data.format,
                             .text_column = c->data.text_column,
                             .label_column = c->data.label_column,
                             .encoding = c->data.encoding};
}

rc_text_options rc__text_inputs(const rc_config *c, const char *encoding)
{
    rc_text_options o = rc__text_options(c);
    o.unlabelled = true;
    if (encoding) o.encoding = encoding;
    return o;
}

rc_status rc__text_data(const rc_config *c, const char *data, const rc_text_list *list, const rc_tokenizer *t,
                        const rc_backbone_config *backbone, int64_t tokens, rc_dataset **out)
{
    rc_text_options o = rc__text_options(c);
    o.list = list;
    o.tokens = o.pad_to = tokens;
    if (tokens == 0) RC_TRY(rc_text_max(c, t, backbone, &o.tokens));
    return rc_text_open(data, &o, t, true, out);
}

/* ---- arrays of ids ---- */

/* Padding at the end of a row becomes RC_NO_TOKEN. Elsewhere it could be the text's own or a text that is
 * padded in front, unless the row says itself where it ends. */
static rc_status end_row(const char *row, int64_t tokens, int32_t padding, int32_t *ids)
{
    int64_t n = rc_row_tokens(ids, tokens);
    bool ended = n < tokens;
    while (!ended && n > 0 && ids[n - 1] == padding)
        ids[--n] = RC_NO_TOKEN;
    RC_CHECK(n > 0, RC_DATA, "%s is only padding; a text has at least one token", row);
    for (int64_t k = 0; !ended && k < n; k++)
        RC_CHECK(ids[k] != padding, RC_DATA,
                 "%s has padding (id %d) before its last token; pad texts at the end, or with %d where the "
                 "text itself has that token",
                 row, padding, RC_NO_TOKEN);
    return RC_OK;
}

/* What is in memory is looked through before anything is made of it. */
static rc_status check_rows(const rc__text_ids *t)
{
    int32_t *row;
    rc_status status = RC_NEW_RAW(&row, t->x->shape.dim[1]);
    for (int64_t i = 0; i < t->x->shape.dim[0] && status == RC_OK; i++)
        status = rc__text_ids_row(t, i, row);
    rc_free(row);
    return status;
}

rc_status rc__text_ids_take(const char *name, const rc_array *x, const rc_backbone_config *backbone,
                            rc__text_ids *out)
{
    char text[RC_SHAPE_TEXT];
    const int64_t *dim = x->shape.dim;
    RC_CHECK(x->shape.n == 2 && dim[0] >= 1 && dim[1] >= 1 && dim[1] <= LONGEST, RC_SHAPE,
             "%s: shape %s; a text model takes token ids [N, T], integers", name,
             rc_shape_text(&x->shape, text));
    RC_TRY(rc_array_check_whole(x, name));
    *out = (rc__text_ids){name, x, (int32_t)rc_backbone_of(backbone)->vocabulary(backbone).padding};
    return x->pieces ? RC_OK : check_rows(out);
}

rc_status rc__text_ids_row(const rc__text_ids *t, int64_t i, int32_t *out)
{
    char name[400];
    int64_t tokens = t->x->shape.dim[1];
    rc_array row = {.dtype = t->x->dtype, .shape = RC_SHAPE(tokens), .data = rc_array_pin(t->x, i)};
    if (!row.data) return rc_pieces_status(t->x->pieces);
    snprintf(name, sizeof name, "%.300s: row %lld", t->name, (long long)i);
    rc_status status = rc_array_to_i32(&row, name, out);
    rc_array_unpin(t->x, i);
    return status == RC_OK ? end_row(name, tokens, t->padding, out) : status;
}

rc_status rc__text_target(const rc_config *c, const char *data, const rc_text_list *list,
                          const rc_bundle *source, rc_tokenizer **tokenizer, rc_dataset **out)
{
    const rc_backbone_config *backbone = &source->backbone;
    RC_CHECK(rc_takes_text(backbone), RC_CONFIG,
             "%s: texts need a source that was trained on text, %s was not; a table of numbers becomes a "
             "data set by `\1rc_data_import`",
             data, source->name);
    RC_TRY(rc_bundle_tokenizer(source, tokenizer));
    RC_CHECK(*tokenizer, RC_FORMAT, "%s: this bundle has no tokenizer", source->name);
    rc_status status = rc_text_fits(*tokenizer, source->name, backbone);
    if (status == RC_OK) status = rc__text_data(c, data, list, *tokenizer, backbone, 0, out);
    if (status != RC_OK) rc_tokenizer_close(tokenizer);
    return status;
}
