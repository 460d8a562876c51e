/* report/report_parts.h: pieces of the page. Within report/ only. */
#ifndef RC_REPORT_REPORT_PARTS_H
#define RC_REPORT_REPORT_PARTS_H

#include "base/text.h"
#include "formats/json.h"
#include "formats/safetensors.h"
#include "report/explained.h"

/* Text with <, >, & and quotes made harmless. */
rc_status rc__html_text(rc_string *out, const char *text) RC_MUST_CHECK;
/* A number as people write it: four digits, thousands in full, millions as "2.5M". */
enum { RC__FIGURE = 32 };
const char *rc__figure(double value, char text[RC__FIGURE]);
/* As a cell of a table; not finite: "-". */
rc_status rc__number_cell(rc_string *out, double value) RC_MUST_CHECK;
/* The lines of a result's `notes`, a paragraph each. */
rc_status rc__page_notes(rc_string *out, const rc_json *result) RC_MUST_CHECK;
/* Everything before the content: head, style, <body>. */
rc_status rc__page_open(rc_string *out, const char *title) RC_MUST_CHECK;

typedef struct rc__series {
    const char *name;
    const double *x, *y; /* y NaN: a gap */
    size_t n;
} rc__series;
typedef struct rc__plot {
    const char *title, *x_label;
    const char *y_label; /* what y is, and its unit; NULL: the title says it */
    double mark;         /* a line from top to bottom at this x; NaN: none */
    bool unit;           /* both axes go from 0 to 1 */
    bool diagonal;       /* the line y = x */
    bool dots;           /* points, not lines; with a diagonal both axes have the same range */
    bool zero;           /* the line y = 0 */
} rc__plot;
/* A chart as SVG; the y axis is logarithmic where lines are all positive and span more than 1.5 decades. */
rc_status rc__chart(rc_string *out, const rc__plot *plot, const rc__series *series, int count) RC_MUST_CHECK;
/* The same without frame and title, for a figure of the caller's. */
rc_status rc__chart_inside(rc_string *out, const rc__plot *plot, const rc__series *series,
                           int count) RC_MUST_CHECK;

/* Points [[x, y], ..] of a source and of a target in a frame that several pictures may share. */
typedef struct rc__frame {
    double low[2], high[2];
    bool any[2];
} rc__frame;
void rc__frame_add(rc__frame *f, const rc_json *points); /* grows it, from all 0 */
rc_status rc__scatter(rc_string *out, const char *title, const rc__frame *f, const rc_json *source,
                      const rc_json *target) RC_MUST_CHECK;

/* A 2-D field [h, w] as an <img> with its own PNG, coloured from low to high. */
rc_status rc__field(rc_string *out, const float *v, int64_t h, int64_t w, double low,
                    double high) RC_MUST_CHECK;

/* The same from 0 to its largest, without words. */
rc_status rc__map(rc_string *out, const float *v, int64_t h, int64_t w) RC_MUST_CHECK;
/* A picture [3 or 1, h, w] in its own colours, or grey. */
rc_status rc__photo(rc_string *out, const float *v, int64_t channels, int64_t h, int64_t w) RC_MUST_CHECK;

/* A tensor of so many dimensions as float32; NULL: there is none of this name. */
rc_status rc__copied(const rc_safetensors *f, const char *name, int dims, rc_shape *shape,
                     float **out) RC_MUST_CHECK;
/* answers.c: what was said of test samples: classes, labels, numbers. */
rc_status rc__answers(rc_string *out, const char *path, const rc_safetensors *file) RC_MUST_CHECK;
/* explained_page.c: what explain/ has found: the worst samples; what the answers depend on. */
rc_status rc__worst_samples(rc_string *out, const rc_explained *e) RC_MUST_CHECK;
rc_status rc__importance_charts(rc_string *out, const rc_explained *e) RC_MUST_CHECK;
/* Dense examples as rows of pictures, others by rc__answers. */
rc_status rc__examples(rc_string *out, const char *path, const rc_safetensors *file) RC_MUST_CHECK;

#endif
