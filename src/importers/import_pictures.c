/* Pictures: [C,H,W] of bytes, all of one size. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "datasets/dataset.h"
#include "formats/picture.h"
#include "importers/file_list.h"

typedef struct pictures {
    rc_file_list folder;
    int64_t channels, height, width;
    unsigned char *gray; /* of a picture in colour, where gray ones are wanted */
    /* Of the last resize that was needed: folders mostly hold few sizes. */
    rc_resize *resize;
    int64_t from_height, from_width;
    float *in, *out;
} pictures;

static void close_pictures(void *state)
{
    pictures *p = state;
    rc__file_list_free(&p->folder);
    rc_resize_destroy(&p->resize);
    rc_free(p->in);
    rc_free(p->out);
    rc_free(p->gray);
    rc_free(p);
}

/* ---- one picture ---- */

static rc_status prepare_resize(pictures *p, int64_t height, int64_t width)
{
    if (p->resize && p->from_height == height && p->from_width == width) return RC_OK;
    rc_resize_destroy(&p->resize);
    rc_free(p->in);
    p->in = NULL;
    RC_TRY(RC_NEW_RAW(&p->in, height * width));
    if (!p->out) RC_TRY(RC_NEW_RAW(&p->out, p->height * p->width));
    RC_TRY(rc_resize_create(height, width, p->height, p->width, &p->resize));
    p->from_height = height;
    p->from_width = width;
    return RC_OK;
}

/* Luma (ITU-R BT.601), which is what other programs call gray. */
static rc_status make_gray(pictures *p, const rc_picture *from)
{
    int64_t pixels = from->height * from->width;
    const unsigned char *at = from->data;
    rc_free(p->gray);
    RC_TRY(RC_NEW_RAW(&p->gray, pixels));
    for (int64_t i = 0; i < pixels; i++)
        p->gray[i] =
            (unsigned char)((299 * at[i] + 587 * at[pixels + i] + 114 * at[2 * pixels + i] + 500) / 1000);
    return RC_OK;
}

static rc_status put_plane(pictures *p, const rc_picture *from, const unsigned char *at, unsigned char *to)
{
    int64_t count = p->height * p->width, pixels = from->height * from->width;
    if (from->height == p->height && from->width == p->width) {
        memcpy(to, at, (size_t)count);
        return RC_OK;
    }
    RC_TRY(prepare_resize(p, from->height, from->width));
    rc_convert_to_f32(RC_DTYPE_U8, at, pixels, p->in);
    rc_resize_apply(p->resize, 1, p->in, p->out);
    for (int64_t i = 0; i < count; i++)
        to[i] = (unsigned char)(p->out[i] <= 0 ? 0 : p->out[i] >= 255 ? 255 : p->out[i] + 0.5f);
    return RC_OK;
}

static rc_status read_picture(rc_samples *s, int64_t i, void *out)
{
    pictures *p = s->state;
    char path[4096];
    rc_picture picture;
    RC_TRY(rc__file_list_path(&p->folder, i, sizeof path, path));
    RC_TRY(rc__file_list_tell(&p->folder, i, rc_picture_read(path, &picture)));
    bool to_gray = p->channels == 1 && picture.channels > 1;
    int64_t plane = picture.channels == 1 ? 0 : picture.height * picture.width;
    rc_status status = to_gray ? make_gray(p, &picture) : RC_OK;
    for (int64_t k = 0; k < p->channels && status == RC_OK; k++)
        status = put_plane(p, &picture, to_gray ? p->gray : picture.data + k * plane,
                           (unsigned char *)out + k * p->height * p->width);
    rc_picture_free(&picture);
    return status;
}

/* ---- all of them ---- */

typedef struct sizes {
    int64_t min_height, max_height, min_width, max_width, gray, turned, deep, other; /* than those given */
} sizes;

/* Every header is read, so that a file that is no picture is named before anything is written. */
static rc_status survey(rc_samples *s, pictures *p, sizes *z)
{
    const int64_t *given = s->e->shape.dim;
    *z = (sizes){.min_height = INT64_MAX, .min_width = INT64_MAX};
    for (int64_t i = 0; i < p->folder.relative.n; i++) {
        char path[4096];
        rc_picture picture;
        RC_TRY(rc__file_list_look(&p->folder, i));
        RC_TRY(rc__file_list_path(&p->folder, i, sizeof path, path));
        RC_TRY(rc__file_list_tell(&p->folder, i, rc_picture_size(path, &picture)));
        z->min_height = picture.height < z->min_height ? picture.height : z->min_height;
        z->max_height = picture.height > z->max_height ? picture.height : z->max_height;
        z->min_width = picture.width < z->min_width ? picture.width : z->min_width;
        z->max_width = picture.width > z->max_width ? picture.width : z->max_width;
        z->gray += picture.channels == 1;
        z->deep += picture.deep;
        z->turned += picture.orientation != 1;
        z->other += picture.height != given[1] || picture.width != given[2];
    }
    if (!z->deep) return RC_OK;
    return rc__note(
        s,
        "%lld pictures have 16 bits a channel, of which the upper 8 are read; a file of arrays keeps all "
        "(numpy.save)",
        (long long)z->deep);
}

/* The same is done as to the pictures of the import, and said. */
static rc_status take_size(rc_samples *s, pictures *p, const sizes *z)
{
    const int64_t *given = s->e->shape.dim;
    p->channels = given[0];
    p->height = given[1];
    p->width = given[2];
    if (z->other)
        RC_TRY(rc__note(s, "%lld pictures of other sizes are resized to %lld x %lld", (long long)z->other,
                        (long long)p->height, (long long)p->width));
    if (p->channels == 1 && z->gray < s->n)
        RC_TRY(rc__note(s, "%lld pictures in colour are made gray", (long long)(s->n - z->gray)));
    return RC_OK;
}

static rc_status choose_size(rc_samples *s, pictures *p, const sizes *z)
{
    if (s->given) return take_size(s, p, z);
    bool same = z->min_height == z->max_height && z->min_width == z->max_width;
    RC_CHECK(s->o->height || same, RC_DATA,
             "%s: the pictures are from %lld x %lld to %lld x %lld pixels; choose one size, for instance "
             "\1pixels %lld",
             s->o->from, (long long)z->min_height, (long long)z->min_width, (long long)z->max_height,
             (long long)z->max_width, (long long)(z->max_height > 224 ? 224 : z->max_height));
    p->height = s->o->height ? s->o->height : z->min_height;
    p->width = s->o->height ? s->o->width : z->min_width;
    p->channels = z->gray == p->folder.relative.n ? 1 : 3;
    return RC_OK;
}

static void report_pictures(const rc_samples *s, const pictures *p, const sizes *z, rc_json *report)
{
    char text[240];
    bool resized = z->min_height != p->height || z->max_height != p->height || z->min_width != p->width ||
                   z->max_width != p->width;
    rc_json_set_string(report, "reader", "pictures");
    snprintf(text, sizeof text,
             "%lld pictures, %lld of them gray, height %lld to %lld, width %lld to %lld; %lld other files",
             (long long)s->n, (long long)z->gray, (long long)z->min_height, (long long)z->max_height,
             (long long)z->min_width, (long long)z->max_width, (long long)p->folder.other.n);
    rc_json_set_string(report, "found", text);
    int n = snprintf(text, sizeof text, "%s, bytes 0 to 255, %s",
                     resized ? "resized with antialias" : "sizes kept",
                     p->channels == 1 ? "1 channel"
                     : z->gray        ? "3 channels (gray ones repeated)"
                                      : "3 channels");
    if (z->turned)
        snprintf(text + n, sizeof text - (size_t)n, ", %lld turned upright as their EXIF data say",
                 (long long)z->turned);
    rc_json_set_string(report, "did", text);
}

rc_status rc__picture_samples(rc_samples *s, rc_json *report)
{
    pictures *p;
    sizes z;
    RC_TRY(RC_NEW(&p, 1));
    s->state = p;
    s->close = close_pictures;
    s->name = rc__name_of_file;
    s->id = rc__id_of_file;
    s->x = read_picture;
    s->dtype = RC_DTYPE_U8;
    RC_TRY(rc__file_list_of(s, rc__picture_suffixes, &p->folder));
    s->n = p->folder.relative.n;
    RC_TRY(rc__file_list_labels(s, &p->folder, NULL, report));
    RC_TRY(survey(s, p, &z));
    RC_TRY(choose_size(s, p, &z));
    s->shape = RC_SHAPE(p->channels, p->height, p->width);
    report_pictures(s, p, &z, report);
    return RC_OK;
}
