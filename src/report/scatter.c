/* Two clouds of points in one frame. */
#include <math.h>

#include "report/report_parts.h"

enum { SIDE = 360, MARGIN = 14 };

static double coordinate(const rc_json *points, size_t i, int axis)
{
    return rc_json_as_number(rc_json_at(rc_json_at(points, i), (size_t)axis));
}

void rc__frame_add(rc__frame *f, const rc_json *points)
{
    for (size_t i = 0; i < rc_json_length(points); i++) {
        for (int axis = 0; axis < 2; axis++) {
            double v = coordinate(points, i, axis);
            if (!isfinite(v)) continue;
            f->low[axis] = f->any[axis] ? fmin(f->low[axis], v) : v;
            f->high[axis] = f->any[axis] ? fmax(f->high[axis], v) : v;
            f->any[axis] = true;
        }
    }
}

/* Both axes have the same unit: distances in the picture are distances. */
static rc_status dots(rc_string *out, const rc__frame *f, const rc_json *points, const char *colour)
{
    double span = fmax(fmax(f->high[0] - f->low[0], f->high[1] - f->low[1]), 1e-12);
    double scale = (SIDE - 2 * MARGIN) / span;
    RC_TRY(rc_string_printf(out, "<g fill=\"%s\" fill-opacity=.55>", colour));
    for (size_t i = 0; i < rc_json_length(points); i++) {
        double x = SIDE / 2.0 + (coordinate(points, i, 0) - 0.5 * (f->low[0] + f->high[0])) * scale;
        double y = SIDE / 2.0 - (coordinate(points, i, 1) - 0.5 * (f->low[1] + f->high[1])) * scale;
        if (isfinite(x) && isfinite(y))
            RC_TRY(rc_string_printf(out, "<circle cx=%.1f cy=%.1f r=2.4 />", x, y));
    }
    return rc_string_printf(out, "</g>");
}

rc_status rc__scatter(rc_string *out, const char *title, const rc__frame *f, const rc_json *source,
                      const rc_json *target)
{
    RC_TRY(rc_string_printf(out, "<figure><figcaption>"));
    RC_TRY(rc__html_text(out, title));
    RC_TRY(rc_string_printf(out, "</figcaption><svg viewBox=\"0 0 %d %d\" role=img>", SIDE, SIDE));
    RC_TRY(dots(out, f, source, "#8a93a3"));
    RC_TRY(dots(out, f, target, "#d1622b"));
    return rc_string_printf(out,
                            "</svg><div class=legend><span><i style=\"background:#8a93a3\"></i>source</span>"
                            "<span><i style=\"background:#d1622b\"></i>target</span></div></figure>\n");
}
