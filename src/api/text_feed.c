#include "api/text_feed.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/progress.h"

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
static rc_status end_row(const char *path, int64_t row, int64_t tokens, int32_t padding, int32_t *ids)
{
    int64_t n = rc_row_tokens(ids, tokens);
    bool ended = n < tokens;
    while (!ended && n > 0 && ids[n - 1] == padding)
        ids[--n] = RC_NO_TOKEN;
    RC_CHECK(n > 0, RC_DATA, "%s: row %lld is only padding; a text has at least one token", path,
             (long long)row);
    for (int64_t k = 0; !ended && k < n; k++)
        RC_CHECK(ids[k] != padding, RC_DATA,
                 "%s: row %lld has padding (id %d) before its last token; pad texts at the end, or with %d "
                 "where the text itself has that token",
                 path, (long long)row, padding, RC_NO_TOKEN);
    return RC_OK;
}

rc_status rc__text_ids_of(const char *name, const rc_array *x, const rc_backbone_config *backbone,
                          rc_array *out)
{
    int32_t *ids = NULL, padding = (int32_t)rc_backbone_of(backbone)->vocabulary(backbone).padding;
    char text[RC_SHAPE_TEXT];
    const int64_t *dim = x->shape.dim;
    rc_status status = RC_OK;
    if (x->shape.n != 2 || dim[0] < 1 || dim[1] < 1 || dim[1] > LONGEST)
        status = rc_fail(RC_SHAPE, "%s: shape %s; a text model takes token ids [N, T], integers", name,
                         rc_shape_text(&x->shape, text));
    if (status == RC_OK) status = RC_NEW(&ids, dim[0] * dim[1]);
    if (status == RC_OK) status = rc_array_to_i32(x, name, ids);
    for (int64_t i = 0; status == RC_OK && i < dim[0]; i++)
        status = end_row(name, i, dim[1], padding, ids + i * dim[1]);
    *out = (rc_array){.dtype = RC_DTYPE_I32, .shape = x->shape, .data = ids, .owned = ids};
    return status;
}

rc_status rc__text_ids(const char *path, const rc_backbone_config *backbone, rc_array *out)
{
    rc_array x = {0};
    RC_TRY(rc_npy_open(path, &x));
    rc_status status = rc__text_ids_of(path, &x, backbone, out);
    rc_array_free(&x);
    return status;
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
