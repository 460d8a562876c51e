#include "formats/picture.h"

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h> /* needs jpeglib.h */

#include "base/memory.h"
#include "formats/exif.h"

enum { MAX_PIXELS = 1 << 26, LONGEST_SIDE = 65500, MAX_SCANS = 100 };
enum { EXIF = JPEG_APP0 + 1, LONGEST_MARKER = 0xffff };

static rc_status check_size(const char *name, int64_t width, int64_t height)
{
    bool fits = width > 0 && height > 0 && width <= LONGEST_SIDE && height <= LONGEST_SIDE &&
                width * height <= MAX_PIXELS;
    RC_CHECK(fits, RC_UNSUPPORTED, "%s: a picture of %lld x %lld; at most 2^26 pixels are read", name,
             (long long)width, (long long)height);
    return RC_OK;
}

/* Turned and mirrored so that it is upright. */
static bool is_transposed(int orientation)
{
    return orientation >= 5;
}

/* [height, width, channels] as it lies in the file, to upright planes. */
static rc_status to_planes(rc_picture *p, const unsigned char *rows)
{
    int64_t pixels = p->height * p->width, at = 0;
    int o = p->orientation;
    bool transposed = is_transposed(o), from_below = o == 3 || o == 4 || o == 6 || o == 7,
         from_right = o == 2 || o == 3 || o == 7 || o == 8;
    int64_t height = transposed ? p->width : p->height, width = transposed ? p->height : p->width;
    RC_TRY(RC_NEW_RAW(&p->data, pixels * p->channels));
    for (int64_t y = 0; y < p->height; y++)
        for (int64_t x = 0; x < p->width; x++, at++) {
            int64_t row = transposed ? x : y, column = transposed ? y : x;
            if (from_below) row = height - 1 - row;
            if (from_right) column = width - 1 - column;
            for (int64_t k = 0; k < p->channels; k++)
                p->data[k * pixels + at] = rows[(row * width + column) * p->channels + k];
        }
    return RC_OK;
}

/* ---- PNG ---- */

static rc_status read_png(const char *name, const void *bytes, size_t size, bool header_only, rc_picture *out)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    png_color white = {255, 255, 255};
    unsigned char *rows = NULL;
    errno = 0;
    if (!png_image_begin_read_from_memory(&image, bytes, size))
        return rc_fail_reading(name, "%s: a damaged PNG (%s)", name, image.message);
    out->channels = image.format & PNG_FORMAT_FLAG_COLOR ? 3 : 1;
    out->deep = image.format & PNG_FORMAT_FLAG_LINEAR;
    out->width = image.width;
    out->orientation = 1;
    out->height = image.height;
    rc_status status = check_size(name, out->width, out->height);
    if (status == RC_OK && !header_only) status = RC_NEW_RAW(&rows, out->width * out->height * out->channels);
    if (status == RC_OK && !header_only) {
        image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB; /* else 16 bits would be taken for linear light */
        image.format = out->channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
        if (!png_image_finish_read(&image, &white, rows, 0, NULL))
            status = rc_fail_reading(name, "%s: a damaged or cut-off PNG (%s)", name, image.message);
    }
    if (status == RC_OK && !header_only) status = to_planes(out, rows);
    png_image_free(&image);
    rc_free(rows);
    return status;
}

/* ---- JPEG ---- */

typedef struct jpeg_reader {
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr error;
    struct jpeg_progress_mgr progress;
    jmp_buf failed;
    char text[JMSG_LENGTH_MAX];
    unsigned char *rows;
} jpeg_reader;

static void on_error(j_common_ptr info)
{
    jpeg_reader *r = info->client_data;
    info->err->format_message(info, r->text);
    longjmp(r->failed, 1);
}

/* A cut-off or broken file is a warning to libjpeg, which fills the rest with gray; here it is a fault. Other
 * warnings (odd markers of cameras) are not. */
static void on_message(j_common_ptr info, int level)
{
    int code = info->err->msg_code;
    if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER)) on_error(info);
}

/* A small progressive file can ask for thousands of passes. */
static void on_progress(j_common_ptr info)
{
    jpeg_reader *r = info->client_data;
    if (r->info.input_scan_number <= MAX_SCANS) return;
    memcpy(r->text, "too many scans", sizeof "too many scans");
    longjmp(r->failed, 1);
}

static int orientation_of(const struct jpeg_decompress_struct *info)
{
    for (jpeg_saved_marker_ptr m = info->marker_list; m; m = m->next) {
        int orientation = m->marker == EXIF ? rc__exif_orientation(m->data, m->data_length) : 1;
        if (orientation != 1) return orientation;
    }
    return 1;
}

static void turn_sizes(rc_picture *p)
{
    int64_t height = p->height;
    if (!is_transposed(p->orientation)) return;
    p->height = p->width;
    p->width = height;
}

/* Runs with on_error's longjmp set; only this function's callers hold memory, in the reader. */
static rc_status decode_jpeg(jpeg_reader *r, const char *name, const void *bytes, size_t size,
                             bool header_only, rc_picture *out)
{
    jpeg_create_decompress(&r->info);
    r->info.progress = &r->progress;
    r->progress.progress_monitor = on_progress;
    jpeg_mem_src(&r->info, bytes, (unsigned long)size);
    jpeg_save_markers(&r->info, EXIF, LONGEST_MARKER);
    jpeg_read_header(&r->info, TRUE);
    bool gray = r->info.jpeg_color_space == JCS_GRAYSCALE;
    bool colour = r->info.jpeg_color_space == JCS_YCbCr || r->info.jpeg_color_space == JCS_RGB;
    RC_CHECK(gray || colour, RC_UNSUPPORTED, "%s: a JPEG in CMYK; save it as RGB", name);
    r->info.out_color_space = gray ? JCS_GRAYSCALE : JCS_RGB;
    out->channels = gray ? 1 : 3;
    out->width = r->info.image_width;
    out->height = r->info.image_height;
    out->orientation = orientation_of(&r->info);
    RC_TRY(check_size(name, out->width, out->height));
    if (header_only) return RC_OK;
    RC_TRY(RC_NEW_RAW(&r->rows, out->width * out->height * out->channels));
    jpeg_start_decompress(&r->info);
    while (r->info.output_scanline < r->info.output_height) {
        JSAMPROW row = r->rows + (size_t)r->info.output_scanline * (size_t)(out->width * out->channels);
        jpeg_read_scanlines(&r->info, &row, 1);
    }
    jpeg_finish_decompress(&r->info);
    return RC_OK;
}

static rc_status read_jpeg(const char *name, const void *bytes, size_t size, bool header_only,
                           rc_picture *out)
{
    jpeg_reader *r;
    RC_TRY(RC_NEW(&r, 1));
    r->info.err = jpeg_std_error(&r->error);
    r->info.client_data = r;
    r->error.error_exit = on_error;
    r->error.emit_message = on_message;
    rc_status status;
    errno = 0;
    if (setjmp(r->failed) == 0)
        status = decode_jpeg(r, name, bytes, size, header_only, out);
    else
        status = rc_fail_reading(name, "%s: a damaged or cut-off JPEG (%s)", name, r->text);
    jpeg_destroy_decompress(&r->info);
    turn_sizes(out);
    if (status == RC_OK && !header_only) status = to_planes(out, r->rows);
    rc_free(r->rows);
    rc_free(r);
    return status;
}

/* ---- either ---- */

rc_status rc_picture_parse(const char *name, const void *bytes, size_t size, bool header_only,
                           rc_picture *out)
{
    *out = (rc_picture){0};
    const unsigned char *b = bytes;
    bool png = size > 8 && memcmp(b, "\x89PNG\r\n\x1a\n", 8) == 0,
         jpeg = size > 3 && memcmp(b, "\xff\xd8\xff", 3) == 0;
    RC_CHECK(png || jpeg, RC_FORMAT, "%s: not a PNG or JPEG picture", name);
    rc_status status = (png ? read_png : read_jpeg)(name, bytes, size, header_only, out);
    if (status != RC_OK) rc_picture_free(out);
    return status;
}

static rc_status read_file(const char *path, bool header_only, rc_picture *out)
{
    rc_file_map map;
    *out = (rc_picture){0};
    RC_TRY(rc_file_map_open(path, &map));
    rc_status status = rc_picture_parse(path, map.data, map.size, header_only, out);
    rc_file_map_close(&map);
    return status;
}

rc_status rc_picture_read(const char *path, rc_picture *out)
{
    return read_file(path, false, out);
}

rc_status rc_picture_size(const char *path, rc_picture *out)
{
    return read_file(path, true, out);
}

void rc_picture_free(rc_picture *p)
{
    rc_free(p->data);
    *p = (rc_picture){0};
}
