#include "tasks/layout.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/progress.h"
#include "datasets/text_inputs.h"

/* Most tokens unless the settings say: of a field, whose points are all asked for; of what is judged as a
 * whole, where attention over more costs time and buys little. */
enum { FIELD_TOKENS = 512, TOKENS = 64, LARGEST_IMAGE = 8192 };

/* ---- pieces of a signal ---- */

static int64_t ceil_ratio(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

/* The smallest piece that cuts `length` into at most `most` tokens without a rest. */
static int64_t piece_of(int64_t length, int64_t max)
{
    int64_t k = ceil_ratio(length, max);
    while (length % k != 0)
        k++;
    return k;
}

static rc_status max_tokens(const rc_config *c, const rc_dataset *d, const rc_model_spec *s, int64_t *out)
{
    rc_input native = rc_backbone_of(&s->backbone)->native_input(&s->backbone);
    int64_t positions = native.kind == RC_INPUT_TOKENS ? native.length : FIELD_TOKENS;
    RC_CHECK(c->model.tokens <= positions, RC_CONFIG,
             "model.tokens is %lld; the source's model has positions for %lld", (long long)c->model.tokens,
             (long long)positions);
    int64_t usual = d->target == RC_TARGET_DENSE ? FIELD_TOKENS : TOKENS;
    *out = c->model.tokens > 0 ? c->model.tokens : positions < usual ? positions : usual;
    return RC_OK;
}

/* Points and pieces as a model of series knows them. Where all points are asked for, none may be added. */
static bool resamples(const rc_backbone_config *c, rc_form form, bool dense)
{
    return rc_backbone_of(c)->native->input == RC_INPUT_SIGNAL && form != RC_FORM_IMAGES && !dense;
}

static bool by_columns(const rc_config *c, const rc_dataset *d)
{
    return d->form == RC_FORM_TABLE && d->target != RC_TARGET_DENSE && c->model.table == RC_TABLE_COLUMNS;
}

/* Channels one behind the other, as one. */
static rc_status take_apart(const rc_config *c, const rc_dataset *d, int64_t *rows)
{
    RC_CHECK(d->target != RC_TARGET_DENSE, RC_CONFIG,
             "%s: model.channels=apart is not for dense targets, whose points belong to all channels",
             d->name);
    RC_CHECK(
        c->model.window == 1, RC_CONFIG,
        "model.channels=apart does not go with model.window: a window would reach into the next channel");
    *rows = d->x_shape[0];
    return RC_OK;
}

/* Each has its share of the tokens. */
static rc_status share_tokens(const rc_dataset *d, int64_t rows, int64_t *max)
{
    RC_CHECK(rows <= *max, RC_CONFIG,
             "%s: model.channels=apart needs a token for each of the %lld channels; at most %lld are allowed",
             d->name, (long long)rows, (long long)*max);
    *max /= rows;
    return RC_OK;
}

/* More channels than a model of series knows would share the weights of those: each gets tokens of its own,
 * where there are enough. */
static bool by_channels(const rc_config *c, const rc_dataset *d, const rc_backbone *b, const rc_input *native,
                        int64_t tokens)
{
    if (c->model.channels != RC_CHANNELS_AUTO) return c->model.channels == RC_CHANNELS_APART;
    return d->x_shape[0] > native->channels && (b->reads_rows || d->x_shape[0] <= tokens) &&
           c->model.window == 1;
}

/* Each row of tokens as long as the tokens there are allow, up to the length of the source's series. */
static rc_status resample_signal(const rc_config *c, const rc_dataset *d, rc_model_spec *s, rc_layout *l)
{
    const rc_backbone *b = rc_backbone_of(&s->backbone);
    rc_input native = b->native_input(&s->backbone);
    int64_t rows = 1, tokens = native.length / native.patch;
    RC_CHECK(c->model.tokens <= FIELD_TOKENS, RC_CONFIG, "model.tokens is %lld; at most %d are allowed",
             (long long)c->model.tokens, FIELD_TOKENS);
    if (tokens > FIELD_TOKENS) tokens = FIELD_TOKENS;
    if (c->model.tokens > 0) tokens = c->model.tokens;
    if (by_channels(c, d, b, &native, tokens)) RC_TRY(take_apart(c, d, &rows));
    if (!b->reads_rows) RC_TRY(share_tokens(d, rows, &tokens));
    l->resampled = true;
    l->input = (rc_input){.kind = RC_INPUT_SIGNAL,
                          .channels = d->x_shape[0] / rows,
                          .length = rows * tokens * native.patch,
                          .patch = native.patch,
                          .rows = b->reads_rows && rows > 1 ? rows : 0};
    if (c->model.window > 1) l->input.window = (int64_t)ceil(c->model.window * (double)native.patch);
    return RC_OK;
}

static rc_status cut_signal(const rc_config *c, const rc_dataset *d, rc_model_spec *s, rc_layout *l)
{
    int64_t length = d->x_shape[1], max, k, rows = 1;
    RC_TRY(max_tokens(c, d, s, &max));
    if (by_columns(c, d)) return rc__layout_columns_choose(d, max, l);
    if (c->model.channels == RC_CHANNELS_APART) RC_TRY(take_apart(c, d, &rows));
    RC_TRY(share_tokens(d, rows, &max));
    k = piece_of(length, max);
    /* A length with few divisors (251 points, 50 tokens: one piece) is filled up with zeros instead. The
     * points of a dense target lie as those of its input do, so there nothing may be added. */
    if (length / k < max / 2 && length > max) {
        if (d->target != RC_TARGET_DENSE)
            k = ceil_ratio(length, max);
        else
            rc_progress_note(
                "warning: %lld points fit in %lld tokens only by pieces of %lld; a length with more divisors "
                "would keep more of them apart",
                (long long)length, (long long)(length / k), (long long)k);
    }
    l->input = (rc_input){.kind = RC_INPUT_SIGNAL,
                          .channels = d->x_shape[0] / rows,
                          .length = rows * ceil_ratio(length, k) * k,
                          .patch = k};
    if (c->model.window > 1) l->input.window = (int64_t)ceil(c->model.window * (double)k);
    return RC_OK;
}

/* ---- an image as a signal ---- */

/* The smallest square that tiles the image with at most `most` squares; 0: none does. */
static int64_t square_of(const rc_dataset *d, int64_t max)
{
    int64_t h = d->x_shape[1], w = d->x_shape[2];
    for (int64_t p = 1; p <= h && p <= w; p++)
        if (h % p == 0 && w % p == 0 && (h / p) * (w / p) <= max) return p;
    return 0;
}

static rc_status flatten_image(const rc_config *c, const rc_dataset *d, rc_model_spec *s, rc_layout *l)
{
    int64_t pixels = d->x_shape[1] * d->x_shape[2], max;
    RC_TRY(max_tokens(c, d, s, &max));
    /* The outputs of a dense target lie row by row, so its inputs do too. */
    int64_t square = d->target == RC_TARGET_DENSE ? 0 : square_of(d, max);
    l->square = square > 0 ? square : 1;
    l->input = (rc_input){.kind = RC_INPUT_SIGNAL,
                          .channels = d->x_shape[0],
                          .length = pixels,
                          .patch = square > 0 ? square * square : piece_of(pixels, max)};
    return RC_OK;
}

/* ---- a signal as an image ---- */

static int64_t largest_divisor_up_to(int64_t n, int64_t max)
{
    while (n % max != 0)
        max--;
    return max;
}

static rc_status fold_signal(const rc_config *c, const rc_dataset *d, rc_layout *l)
{
    int64_t length = d->x_shape[1], w = c->model.fold_width, root = (int64_t)sqrt((double)length);
    bool dense = d->target == RC_TARGET_DENSE;
    RC_CHECK(w <= length, RC_CONFIG, "model.fold_width is %lld; the inputs have only %lld points",
             (long long)w, (long long)length);
    if (w == 0) w = dense ? length / largest_divisor_up_to(length, root) : root + (root * root < length);
    RC_CHECK(!dense || length % w == 0, RC_CONFIG,
             "model.fold_width is %lld; a dense target of %lld points needs a divisor of that", (long long)w,
             (long long)length);
    l->fold_w = w;
    l->fold_h = ceil_ratio(length, w);
    RC_CHECK(
        l->fold_h <= LARGEST_IMAGE && l->fold_w <= LARGEST_IMAGE, RC_CONFIG,
        "%lld points fold to a picture of %lld x %lld, where at most %d each way are allowed; choose another "
        "model.fold_width, or a source that takes sequences",
        (long long)length, (long long)l->fold_h, (long long)l->fold_w, LARGEST_IMAGE);
    return RC_OK;
}

/* ---- images ---- */

static int64_t up_to_multiple(int64_t n, int64_t of)
{
    return ceil_ratio(n, of) * of;
}

/* Classes see the image at the backbone's own size. A dense target wants at least its own grid: the smallest
 * multiple of the backbone's stride that covers it. */
static void choose_image(const rc_config *c, const rc_dataset *d, const rc_model_spec *s, rc_layout *l)
{
    const rc_backbone *b = rc_backbone_of(&s->backbone);
    int64_t stride = b->stride(&s->backbone);
    l->input = b->native_input(&s->backbone);
    l->input.channels = d->x_shape[0];
    if (c->model.image_size > 0) {
        l->input.height = l->input.width = c->model.image_size;
    } else if (d->target == RC_TARGET_DENSE) {
        l->input.height = up_to_multiple(s->out_shape[1], stride);
        l->input.width = up_to_multiple(s->out_shape[2], stride);
    }
}

/* ---- the head ---- */

rc_head_kind rc__head_for(rc_target_kind target)
{
    return target == RC_TARGET_DENSE   ? RC_HEAD_DENSE
           : target == RC_TARGET_WORDS ? RC_HEAD_TOKENS
                                       : RC_HEAD_LINEAR;
}

static rc_status bad_dense(const rc_dataset *d, const char *supported)
{
    char text[RC_SHAPE_TEXT];
    return rc_fail(RC_UNSUPPORTED, "%s: a dense target of shape %s; it must have %s", d->name,
                   rc_shape_text(&d->y_shape, text), supported);
}

static rc_status choose_dense(const rc_dataset *d, const rc_layout *l, rc_model_spec *s)
{
    const int64_t *y = d->y_shape.dim;
    int n = d->y_shape.n, dims = rc_form_dims(d->form);
    int64_t points = d->x_shape[1] * d->x_shape[2];
    if (n != dims && n != dims + 1)
        return bad_dense(d, dims == 2 ? "[H, W] and [K, H, W]" : "[L] and [K, L]");
    s->out_shape[0] = n > dims ? y[0] : 1;
    s->out_shape[1] = dims == 2 ? y[n - 2] : 1;
    s->out_shape[2] = y[n - 1];
    if (l->fold_w) {
        if (s->out_shape[2] != points) return bad_dense(d, "those of the input's length, with this source");
        s->out_shape[1] = l->fold_h;
        s->out_shape[2] = l->fold_w;
    } else if (l->square) {
        if (s->out_shape[1] != d->x_shape[1] || s->out_shape[2] != d->x_shape[2])
            return bad_dense(d, "those of the input's height and width, with this source");
        s->out_shape[1] = 1;
        s->out_shape[2] = points;
    }
    return RC_OK;
}

/* Where a thing is matters in a series, a table, a spectrogram, and the mean over tokens throws it away;
 * words have their positions in their vectors, and no fixed number. */
static rc_status choose_readout(const rc_config *c, const rc_dataset *d, rc_model_spec *s)
{
    bool texts = rc_dataset_has_texts(d);
    const rc_readout_kind kind[] = {[RC_READS_AUTO] = texts ? RC_READOUT_POOL : RC_READOUT_FLATTEN,
                                    [RC_READS_MEAN] = RC_READOUT_POOL,
                                    [RC_READS_CLS] = RC_READOUT_CLS,
                                    [RC_READS_FLATTEN] = RC_READOUT_FLATTEN,
                                    [RC_READS_ATTENTION] = RC_READOUT_ATTENTION};
    s->readout = kind[c->model.head];
    RC_CHECK(!texts || s->readout == RC_READOUT_POOL || s->readout == RC_READOUT_CLS, RC_CONFIG,
             "model.head is %s; texts have no fixed length, so their heads are mean and cls",
             s->readout == RC_READOUT_FLATTEN ? "flatten" : "attention");
    return RC_OK;
}

static rc_status choose_head(const rc_config *c, const rc_dataset *d, const rc_layout *l, rc_model_spec *s)
{
    static const rc_dense_kind dense[] = {[RC_DENSE_HEAD_CONV] = RC_DENSE_CONV,
                                          [RC_DENSE_HEAD_LINEAR] = RC_DENSE_LINEAR,
                                          [RC_DENSE_HEAD_AVERAGE] = RC_DENSE_AVERAGE};
    s->dense = dense[c->model.dense];
    s->head = rc__head_for(d->target);
    return s->head == RC_HEAD_DENSE ? choose_dense(d, l, s) : choose_readout(c, d, s);
}

/* ---- all of it ---- */

static rc_status check_moves(const rc_config *c, const rc_dataset *d)
{
    bool dense = d->target == RC_TARGET_DENSE;
    if (!c->fit.flip && !c->fit.turn && c->fit.crop == 0) return RC_OK;
    static const char *const form[] = {[RC_FORM_SEQUENCES] = "sequences [N, C, L]",
                                       [RC_FORM_TABLE] = "a table [N, F]",
                                       [RC_FORM_TEXTS] = "texts"};
    RC_CHECK(d->form == RC_FORM_IMAGES, RC_CONFIG,
             "fit.flip, fit.turn and fit.crop are for images; %s: inputs are %s", d->name, form[d->form]);
    RC_CHECK(!dense || c->fit.crop == 0, RC_CONFIG,
             "fit.crop moves an image, and a dense target would stay where it is; %s: targets are dense",
             d->name);
    const int64_t *x = d->x_shape + 1, n = d->y_shape.n;
    const int64_t *y = dense && n >= 2 ? d->y_shape.dim + n - 2 : x; /* [..., H, W] */
    RC_CHECK(!c->fit.turn || (x[0] == x[1] && y[0] == y[1]), RC_CONFIG,
             "fit.turn is for squares; %s is not of squares: choose fit.flip, which mirrors", d->name);
    return RC_OK;
}

rc_status rc_layout_check_augmentation(const rc_config *c, const rc_dataset *d)
{
    unsigned what = c->fit.augment;
    RC_CHECK(!rc_dataset_has_texts(d) || (!what && c->fit.mixup == 0), RC_CONFIG,
             "%s: fit.augment and fit.mixup are for numbers, these are texts", d->name);
    RC_CHECK(!d->train.weight || c->fit.mixup == 0, RC_CONFIG,
             "%s: samples with weights are not mixed; leave fit.mixup at 0", d->name);
    RC_CHECK(d->form != RC_FORM_TABLE || !(what & (RC_AUGMENT_SCALE | RC_AUGMENT_SHIFT)), RC_CONFIG,
             "%s: scale and shift of fit.augment are for sequences and images; a table takes jitter and mask",
             d->name);
    RC_CHECK(d->target != RC_TARGET_DENSE || !(what & RC_AUGMENT_SHIFT), RC_CONFIG,
             "%s: shift of fit.augment would move inputs away from their dense targets", d->name);
    return check_moves(c, d);
}

rc_status rc_layout_choose(const rc_config *c, const rc_dataset *d, rc_model_spec *s, rc_layout *l)
{
    rc_input_kind takes = rc_backbone_of(&s->backbone)->native->input;
    bool text = takes == RC_INPUT_TOKENS, image = takes == RC_INPUT_IMAGE,
         signals = d->form != RC_FORM_IMAGES;
    bool resampled = resamples(&s->backbone, d->form, d->target == RC_TARGET_DENSE);
    *l = (rc_layout){.form = d->form};
    memcpy(l->x_shape, d->x_shape, sizeof l->x_shape);
    RC_TRY(rc_layout_check_augmentation(c, d));
    RC_CHECK(text || !rc_dataset_has_texts(d), RC_CONFIG, "%s: texts need a source that was trained on text",
             d->name);
    if (d->form == RC_FORM_TEXTS) {
        l->input = (rc_input){.kind = RC_INPUT_TOKENS, .length = d->x_shape[1]};
        RC_TRY(choose_head(c, d, l, s));
        s->input = l->input;
        return RC_OK;
    }
    if (image && signals) RC_TRY(fold_signal(c, d, l));
    if (!image && !signals) RC_TRY(flatten_image(c, d, s, l));
    if (!image && signals) RC_TRY(resampled ? resample_signal(c, d, s, l) : cut_signal(c, d, s, l));
    RC_TRY(choose_head(c, d, l, s));
    if (image) choose_image(c, d, s, l);
    s->input = l->input;
    return rc__layout_prepare(l);
}

/* ---- tables ---- */

static rc_status make_order(rc_layout *l)
{
    int64_t w = l->x_shape[2], p = l->square, squares = w / p;
    RC_CHECK(l->x_shape[1] * w <= INT32_MAX, RC_SHAPE, "the images are too large to be flattened");
    RC_TRY(RC_NEW(&l->order, l->x_shape[1] * w));
    for (int64_t i = 0; i < l->x_shape[1] * w; i++) {
        int64_t token = i / (p * p), inside = i % (p * p);
        l->order[i] = (int32_t)((token / squares * p + inside / p) * w + token % squares * p + inside % p);
    }
    return RC_OK;
}

rc_status rc__layout_prepare(rc_layout *l)
{
    if (l->square > 1) return make_order(l);
    if (l->input.kind != RC_INPUT_IMAGE && !l->resampled) return RC_OK;
    int64_t h = l->fold_h ? l->fold_h : l->x_shape[1], w = l->fold_w ? l->fold_w : l->x_shape[2];
    l->to_h = l->resampled ? l->input.length * l->input.channels / l->x_shape[0] : l->input.height;
    l->to_w = l->resampled ? 1 : l->input.width;
    return rc_resize_create(h, w, l->to_h, l->to_w, &l->resize);
}

void rc_layout_free(rc_layout *l)
{
    rc_free(l->features);
    rc_free(l->order);
    rc_resize_destroy(&l->resize);
    *l = (rc_layout){0};
}

/* ---- one sample ---- */

int64_t rc_layout_size(const rc_layout *l)
{
    return l->x_shape[0] * l->x_shape[1] * l->x_shape[2];
}

int64_t rc_layout_room(const rc_layout *l)
{
    return l->fold_w ? l->x_shape[0] * l->fold_h * l->fold_w : rc_layout_size(l);
}

/* Every channel gets zeros behind it; from the last channel on, since they move apart. */
static void pad_fold(const rc_layout *l, float *raw)
{
    int64_t length = l->x_shape[1], cells = l->fold_h * l->fold_w;
    for (int64_t c = l->x_shape[0] - 1; c >= 0 && cells > length; c--) {
        memmove(raw + c * cells, raw + c * length, (size_t)length * sizeof *raw);
        memset(raw + c * cells + length, 0, (size_t)(cells - length) * sizeof *raw);
    }
}

/* Zeros behind every channel, up to whole pieces. */
static void pad_signal(const rc_layout *l, const float *raw, float *out)
{
    int64_t length = l->x_shape[1] * l->x_shape[2], padded = rc_input_size(&l->input) / l->x_shape[0];
    for (int64_t c = 0; c < l->x_shape[0]; c++) {
        memcpy(out + c * padded, raw + c * length, (size_t)length * sizeof *out);
        memset(out + c * padded + length, 0, (size_t)(padded - length) * sizeof *out);
    }
}

void rc_layout_apply(const rc_layout *l, float *raw, float *out)
{
    int64_t points = l->x_shape[1] * l->x_shape[2];
    if (l->fold_w) pad_fold(l, raw);
    if (l->resize) {
        rc_resize_apply(l->resize, l->x_shape[0], raw, out);
    } else if (l->order) {
        for (int64_t c = 0; c < l->x_shape[0]; c++)
            for (int64_t i = 0; i < points; i++)
                out[c * points + i] = raw[c * points + l->order[i]];
    } else if (l->features) {
        rc__layout_columns_apply(l, raw, out);
    } else if (l->input.kind == RC_INPUT_SIGNAL) {
        pad_signal(l, raw, out);
    } else {
        memcpy(out, raw, (size_t)rc_layout_size(l) * sizeof *out);
    }
}

/* Without the zeros that pad_fold has put behind every channel. */
static void cut_fold(const rc_layout *l, float *raw)
{
    int64_t length = l->x_shape[1], cells = l->fold_h * l->fold_w;
    for (int64_t c = 1; c < l->x_shape[0]; c++)
        memmove(raw + c * length, raw + c * cells, (size_t)length * sizeof *raw);
}

void rc_layout_pull(const rc_layout *l, const float *gradient, float *out)
{
    int64_t points = l->x_shape[1] * l->x_shape[2], padded = rc_input_size(&l->input) / l->x_shape[0];
    if (l->resize) {
        rc_resize_pull(l->resize, l->x_shape[0], gradient, out);
        if (l->fold_w) cut_fold(l, out);
    } else if (l->order) {
        for (int64_t c = 0; c < l->x_shape[0]; c++)
            for (int64_t i = 0; i < points; i++)
                out[c * points + l->order[i]] = gradient[c * points + i];
    } else if (l->features) {
        rc__layout_columns_pull(l, gradient, out);
    } else {
        for (int64_t c = 0; c < l->x_shape[0]; c++)
            memcpy(out + c * points, gradient + c * padded, (size_t)points * sizeof *out);
    }
}

/* ---- arrays of inputs ---- */

rc_shape rc_layout_shape(const rc_layout *l, int64_t n)
{
    const int64_t *x = l->x_shape;
    if (rc_form_is_row(l->form)) return RC_SHAPE(n, x[1]);
    return l->form == RC_FORM_SEQUENCES ? RC_SHAPE(n, x[0], x[1]) : RC_SHAPE(n, x[0], x[1], x[2]);
}

bool rc_layout_accepts(const rc_layout *l, const rc_shape *shape)
{
    rc_shape want = rc_layout_shape(l, shape->n > 0 ? shape->dim[0] : 0);
    return rc_shape_equal(shape, &want);
}

const char *rc_layout_text(const rc_layout *l, char text[RC_SHAPE_TEXT])
{
    const long long c = l->x_shape[0], a = l->x_shape[1], b = l->x_shape[2];
    if (rc_form_is_row(l->form))
        snprintf(text, RC_SHAPE_TEXT, "[N, %lld]", a);
    else if (l->form == RC_FORM_SEQUENCES)
        snprintf(text, RC_SHAPE_TEXT, "[N, %lld, %lld]", c, a);
    else
        snprintf(text, RC_SHAPE_TEXT, "[N, %lld, %lld, %lld]", c, a, b);
    return text;
}

/* ---- files ---- */

void rc__layout_store(const rc_layout *l, rc_json *task)
{
    rc_json_set_integer(task, "x_dims", rc_form_dims(l->form));
    rc_json_set_boolean(task, "table", rc_form_is_row(l->form));
    rc_json_set_integer(task, "fold_width", l->fold_w);
    rc_json_set_integer(task, "square", l->square);
    rc_json *shape = rc_json_set(task, "x_shape", rc_json_array());
    for (int i = 0; i < 3; i++)
        rc_json_append_integer(shape, l->x_shape[i]);
    if (l->features) rc__layout_columns_store(l, task);
}

static rc_status check_restored(const rc_layout *l, const char *source)
{
    const int64_t *x = l->x_shape;
    bool signal = l->input.kind == RC_INPUT_SIGNAL, whole = x[0] == l->input.channels;
    bool tokens = l->input.kind == RC_INPUT_TOKENS, images = l->form == RC_FORM_IMAGES;
    if (tokens) whole = !images && x[0] == 1 && x[1] == l->input.length && l->fold_w == 0;
    bool columns = l->input.kind == RC_INPUT_TABLE;
    if (columns) whole = whole && l->form == RC_FORM_TABLE && l->fold_w == 0;
    if (signal) {
        /* All channels at once, or one behind the other. */
        int64_t channels = l->input.channels, square = l->square;
        int64_t zeros = l->input.length * channels / x[0] - x[1] * x[2];
        whole = whole || (!images && channels == 1 && l->input.length % x[0] == 0);
        if (l->resampled) zeros = l->input.length > 0 ? 0 : -1; /* any length will do */
        whole = whole && l->fold_w == 0 && zeros >= 0 && zeros < (images ? 1 : l->input.patch) &&
                (!images || (square >= 1 && x[1] % square == 0 && x[2] % square == 0));
    }
    if (!images) whole = whole && x[2] == 1 && l->square == 0;
    if (rc_form_is_row(l->form)) whole = whole && x[0] == 1;
    if (images) whole = whole && l->fold_w == 0;
    if (!signal && !tokens && !columns)
        whole = whole && l->square == 0 && (images || (l->fold_w >= 1 && l->fold_w <= x[1]));
    RC_CHECK(whole, RC_FORMAT, "%s: \"x_shape\" does not fit the model", source);
    return RC_OK;
}

rc_status rc__layout_restore(const rc_json *task, const char *source, const rc_model_spec *spec, rc_layout *l)
{
    const rc_json *shape = rc_json_get(task, "x_shape");
    int64_t dims = rc_json_integer(task, "x_dims", 0);
    bool row = rc_json_boolean(task, "table", false), tokens = spec->input.kind == RC_INPUT_TOKENS;
    *l = (rc_layout){.form = dims == 2 ? RC_FORM_IMAGES
                             : tokens  ? RC_FORM_TEXTS
                             : row     ? RC_FORM_TABLE
                                       : RC_FORM_SEQUENCES,
                     .fold_w = rc_json_integer(task, "fold_width", 0),
                     .square = rc_json_integer(task, "square", 0),
                     .input = spec->input};
    RC_CHECK((dims == 1 || (dims == 2 && !row)) && shape && rc_json_length(shape) == 3, RC_FORMAT,
             "%s: the description of the task is missing or damaged", source);
    for (size_t i = 0; i < 3; i++) {
        l->x_shape[i] = rc_json_as_integer(rc_json_at(shape, i));
        RC_CHECK(l->x_shape[i] > 0 && l->x_shape[i] <= 65536, RC_FORMAT, "%s: \"x_shape\" is out of range",
                 source);
    }
    l->resampled =
        l->input.kind == RC_INPUT_SIGNAL && resamples(&spec->backbone, l->form, spec->head == RC_HEAD_DENSE);
    RC_TRY(check_restored(l, source));
    if (l->input.kind == RC_INPUT_TABLE) RC_TRY(rc__layout_columns_restore(task, source, l));
    if (l->fold_w) l->fold_h = ceil_ratio(l->x_shape[1], l->fold_w);
    return rc__layout_prepare(l);
}
