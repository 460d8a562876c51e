/* Pictures: fields in colour, and what the model made of them. */
#include <math.h>

#include "base/memory.h"
#include "formats/png_image.h"
#include "report/report_parts.h"

enum { FIRST = 4, MAX_SHOWN = 8, SMALLEST = 170 };

/* Dark blue to yellow, even in lightness. */
static const unsigned char anchor[][3] = {{68, 1, 84},    {71, 44, 122},  {59, 81, 139},
                                          {44, 113, 142}, {33, 144, 141}, {39, 173, 129},
                                          {92, 200, 99},  {170, 220, 50}, {253, 231, 37}};
enum { ANCHORS = sizeof anchor / sizeof *anchor };

static void colour_of(double x, unsigned char rgb[3])
{
    if (!(x > 0)) x = 0;
    if (x > 1) x = 1;
    double at = x * (ANCHORS - 1);
    int i = (int)at < ANCHORS - 1 ? (int)at : ANCHORS - 2;
    for (int c = 0; c < 3; c++)
        rgb[c] = (unsigned char)(anchor[i][c] + (at - i) * (anchor[i + 1][c] - anchor[i][c]) + 0.5);
}

static rc_status add_base64(rc_string *out, const unsigned char *bytes, size_t size)
{
    static const char letter[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        unsigned b = (unsigned)bytes[i] << 16 | (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
                     (left > 2 ? bytes[i + 2] : 0);
        char four[4] = {letter[b >> 18 & 63], letter[b >> 12 & 63], left > 1 ? letter[b >> 6 & 63] : '=',
                        left > 2 ? letter[b & 63] : '='};
        RC_TRY(rc_string_add(out, four, 4));
    }
    return RC_OK;
}

static void range(const float *v, int64_t n, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (int64_t i = 0; i < n; i++) {
        *low = fmin(*low, v[i]);
        *high = fmax(*high, v[i]);
    }
}

static rc_status image(rc_string *out, const unsigned char *rgb, int64_t h, int64_t w)
{
    unsigned char *png = NULL;
    size_t size = 0;
    RC_TRY(rc_png_encode(rgb, (int)w, (int)h, &png, &size));
    rc_status status = rc_string_printf(out, "<img width=%d alt=\"\" src=\"data:image/png;base64,", SMALLEST);
    if (status == RC_OK) status = add_base64(out, png, size);
    if (status == RC_OK) status = rc_string_printf(out, "\">");
    rc_free(png);
    return status;
}

static rc_status coloured(rc_string *out, const float *v, int64_t h, int64_t w, double low, double high)
{
    unsigned char *rgb;
    RC_TRY(RC_NEW_RAW(&rgb, h * w * 3));
    double span = high > low ? high - low : 1;
    for (int64_t i = 0; i < h * w; i++)
        colour_of((v[i] - low) / span, rgb + 3 * i);
    rc_status status = image(out, rgb, h, w);
    rc_free(rgb);
    return status;
}

rc_status rc__field(rc_string *out, const float *v, int64_t h, int64_t w, double low, double high)
{
    RC_TRY(rc_string_printf(out, "<div class=field>"));
    RC_TRY(coloured(out, v, h, w, low, high));
    return rc_string_printf(out, "<small>%.3g to %.3g</small></div>", low, high);
}

rc_status rc__map(rc_string *out, const float *v, int64_t h, int64_t w)
{
    double low, high;
    range(v, h * w, &low, &high);
    return coloured(out, v, h, w, 0, high);
}

/* Bytes stay what they are; other numbers go from their least to their largest. */
static void range_of_colours(const float *v, int64_t n, double *low, double *high)
{
    range(v, n, low, high);
    bool bytes = *low >= 0 && *high <= 255 && *high > 1;
    for (int64_t i = 0; i < n && bytes; i++)
        bytes = v[i] == floorf(v[i]);
    if (!bytes) return;
    *low = 0;
    *high = 255;
}

rc_status rc__photo(rc_string *out, const float *v, int64_t channels, int64_t h, int64_t w)
{
    unsigned char *rgb;
    double low, high;
    RC_TRY(RC_NEW_RAW(&rgb, h * w * 3));
    range_of_colours(v, channels * h * w, &low, &high);
    double span = high > low ? high - low : 1;
    for (int64_t i = 0; i < h * w; i++)
        for (int64_t c = 0; c < 3; c++) {
            double x = (v[(channels == 3 ? c : 0) * h * w + i] - low) / span;
            rgb[3 * i + c] = (unsigned char)(x >= 0 && x <= 1 ? 255 * x : 0); /* missing numbers are black */
        }
    rc_status status = image(out, rgb, h, w);
    rc_free(rgb);
    return status;
}

static rc_status own_scale(rc_string *out, const float *v, int64_t h, int64_t w)
{
    double low, high;
    range(v, h * w, &low, &high);
    return rc__field(out, v, h, w, low, high);
}

/* ---- a dense task: input, truth, prediction, error ---- */

/* error_name: of a number that is known already; NULL: the relative L2 error is computed. */
static rc_status example_row(rc_string *out, int64_t i, const float *input, int64_t ih, int64_t iw,
                             const float *truth, const float *prediction, int64_t h, int64_t w,
                             const char *error_name, double known)
{
    float *error;
    double low, high, square = 0, norm = 0;
    RC_TRY(RC_NEW(&error, h * w));
    for (int64_t k = 0; k < h * w; k++) {
        error[k] = fabsf(prediction[k] - truth[k]);
        if (isnan(truth[k])) continue;
        square += (double)error[k] * error[k];
        norm += (double)truth[k] * truth[k];
    }
    range(truth, h * w, &low, &high);
    double value = error_name ? known : norm > 0 ? sqrt(square / norm) : NAN;
    rc_status status = rc_string_printf(out, "<tr><th>%lld<br><small>%s<br>%.4f</small></th><td>",
                                        (long long)i + 1, error_name ? error_name : "relative L2", value);
    if (status == RC_OK) status = own_scale(out, input, ih, iw);
    if (status == RC_OK) status = rc_string_printf(out, "</td><td>");
    if (status == RC_OK) status = rc__field(out, truth, h, w, low, high);
    if (status == RC_OK) status = rc_string_printf(out, "</td><td>");
    if (status == RC_OK) status = rc__field(out, prediction, h, w, low, high);
    if (status == RC_OK) status = rc_string_printf(out, "</td><td>");
    if (status == RC_OK) status = own_scale(out, error, h, w);
    if (status == RC_OK) status = rc_string_printf(out, "</td></tr>\n");
    rc_free(error);
    return status;
}

/* ---- the same for sequences: curves ---- */

static rc_status example_curves(rc_string *out, int64_t i, const float *truth, const float *prediction,
                                int64_t length)
{
    double *points;
    char title[64];
    RC_TRY(RC_NEW(&points, 3 * length));
    for (int64_t k = 0; k < length; k++) {
        points[k] = (double)k;
        points[length + k] = truth[k];
        points[2 * length + k] = prediction[k];
    }
    const rc__series series[] = {{"truth", points, points + length, (size_t)length},
                                 {"prediction", points, points + 2 * length, (size_t)length}};
    snprintf(title, sizeof title, "test sample %lld", (long long)i + 1);
    rc_status status =
        rc__chart(out, &(rc__plot){.title = title, .x_label = "point", .mark = NAN}, series, 2);
    rc_free(points);
    return status;
}

/* ---- all of them ---- */

typedef struct fields {
    rc_shape input_shape, shape, predicted;
    float *input, *truth, *prediction;
    float *row,
        *error; /* of each, where the worst are among them; NULL: an earlier version's, the first ones */
    int64_t n;
    bool classes; /* of points */
} fields;

/* Examples number order[0 .. n - 1]. */
static rc_status show(rc_string *out, const fields *f, const char *heading, int64_t n, const int64_t *order)
{
    const int64_t *is = f->input_shape.dim;
    int64_t h = f->shape.dim[1], w = f->shape.dim[2], size = is[1] * is[2] * is[3];
    bool sequences = h == 1 && w > 1;
    if (n == 0) return RC_OK;
    RC_TRY(rc_string_printf(out, "<h2>%s</h2>%s\n", heading,
                            sequences ? "<div class=charts>"
                                      : "<div class=wide><table class=fields><tr><th></th><th>input (first "
                                        "channel)</th><th>truth</th><th>prediction</th>"
                                        "<th>absolute error</th></tr>"));
    for (int64_t i = 0; i < n; i++) {
        int64_t k = order[i], row = f->row ? (int64_t)f->row[k] : k;
        const float *truth = f->truth + k * h * w, *said = f->prediction + k * h * w;
        RC_TRY(sequences ? example_curves(out, row, truth, said, w)
                         : example_row(out, row, f->input + k * size, is[2], is[3], truth, said, h, w,
                                       f->classes && f->error ? "wrong points" : NULL,
                                       f->error ? (double)f->error[k] : 0));
    }
    return rc_string_printf(out, sequences ? "</div>\n" : "</table></div>\n");
}

/* Behind the first FIRST, by their errors. */
static int64_t sort_worst(const fields *f, int64_t *order)
{
    int64_t n = 0;
    for (int64_t k = FIRST; f->row && k < f->n; k++) {
        int64_t at = n++;
        for (; at > 0 && f->error[k] > f->error[order[at - 1]]; at--)
            order[at] = order[at - 1];
        order[at] = k;
    }
    return n;
}

static rc_status show_all(rc_string *out, const char *path, const fields *f)
{
    int64_t order[MAX_SHOWN], first = f->n < FIRST ? f->n : FIRST;
    RC_CHECK(f->input && f->truth && f->prediction && rc_shape_equal(&f->shape, &f->predicted) &&
                 f->input_shape.dim[0] == f->n && f->n <= MAX_SHOWN && !f->row == !f->error,
             RC_FORMAT, "%s: the examples' shapes do not fit together", path);
    for (int64_t k = 0; k < first; k++)
        order[k] = k;
    RC_TRY(show(out, f, "Test samples", first, order));
    int64_t worst = sort_worst(f, order);
    return show(out, f, "The worst of the other test samples", worst, order);
}

static rc_status read_fields(const char *path, const rc_safetensors *file, fields *f)
{
    rc_shape rows = {0}, errors = {0};
    RC_TRY(rc__copied(file, "input", 4, &f->input_shape, &f->input));
    RC_TRY(rc__copied(file, "truth", 3, &f->shape, &f->truth));
    RC_TRY(rc__copied(file, "prediction", 3, &f->predicted, &f->prediction));
    RC_TRY(rc__copied(file, "example_row", 1, &rows, &f->row));
    RC_TRY(rc__copied(file, "example_error", 1, &errors, &f->error));
    f->n = f->truth ? f->shape.dim[0] : 0;
    f->classes = rc_safetensors_metadata(file, "example_error") != NULL;
    RC_CHECK((!f->row || rows.dim[0] == f->n) && (!f->error || errors.dim[0] == f->n), RC_FORMAT,
             "%s: the examples' shapes do not fit together", path);
    return RC_OK;
}

static rc_status dense(rc_string *out, const char *path, const rc_safetensors *file)
{
    fields f = {0};
    rc_status status = read_fields(path, file, &f);
    if (status == RC_OK) status = show_all(out, path, &f);
    rc_free(f.input);
    rc_free(f.truth);
    rc_free(f.prediction);
    rc_free(f.row);
    rc_free(f.error);
    return status;
}

rc_status rc__examples(rc_string *out, const char *path, const rc_safetensors *file)
{
    return rc_safetensors_find(file, "truth") >= 0 ? dense(out, path, file) : rc__answers(out, path, file);
}
