/* Tasks whose answer turns with its square input, or stays the same while that turns: predictions are the
 * mean over the eight ways in which the input can lie, each output turned back. */
#include <string.h>

#include "ops/ops.h"
#include "tasks/task.h"

rc_status rc__task_choose_turns(rc_task *t, const rc_config *c)
{
    if (!c->fit.turn && !c->fit.flip) return RC_OK;
    RC_CHECK(!c->fit.turn || t->layout.input.kind == RC_INPUT_IMAGE, RC_CONFIG,
             "%s: fit.turn is for models of images, and this source is not one", t->data->name);
    t->turns = c->fit.turn;
    RC_TRY(RC_NEW(&t->turn.stays, t->layout.x_shape[0]));
    return rc_dataset_fixed_channels(t->data, t->turn.stays);
}

/* ---- files ---- */

void rc__task_store_turns(const rc_task *t, rc_json *out)
{
    if (!t->turns) return;
    rc_json *stay = rc_json_set(out, "turns_except", rc_json_array());
    for (int64_t k = 0; k < t->layout.x_shape[0]; k++)
        if (t->turn.stays[k]) rc_json_append_integer(stay, k);
}

rc_status rc__task_restore_turns(rc_task *t, const rc_json *json, const char *source)
{
    const rc_json *stay = rc_json_get(json, "turns_except");
    const int64_t *x = t->layout.x_shape, n = t->y_shape.n, *y = n >= 2 ? t->y_shape.dim + n - 2 : x + 1;
    if (!stay) return RC_OK;
    bool dense = t->target == RC_TARGET_DENSE;
    RC_CHECK(rc_json_is_array(stay) && t->layout.input.kind == RC_INPUT_IMAGE && x[1] == x[2] &&
                 t->layout.input.height == t->layout.input.width && (!dense || (n >= 2 && y[0] == y[1])),
             RC_FORMAT, "%s: \"turns_except\" is damaged, or of a task that is not of squares", source);
    RC_TRY(RC_NEW(&t->turn.stays, x[0]));
    for (size_t i = 0; i < rc_json_length(stay); i++) {
        int64_t k = rc_json_as_integer(rc_json_at(stay, i));
        RC_CHECK(k >= 0 && k < x[0], RC_FORMAT, "%s: \"turns_except\" names channel %lld of %lld", source,
                 (long long)k, (long long)x[0]);
        t->turn.stays[k] = true;
    }
    t->turns = t->averages = true;
    return RC_OK;
}

/* ---- the mean ---- */

/* Which point of a square lies where in the pose: in the end place i holds what was at place[i]. */
static rc_status pose_places(const rc_pose *pose, int64_t side, int32_t *place)
{
    float *points;
    RC_TRY(RC_NEW_RAW(&points, 2 * side * side));
    for (int64_t i = 0; i < side * side; i++)
        points[i] = (float)i;
    rc_pose_apply(pose, NULL, 1, side, side, points, points + side * side);
    for (int64_t i = 0; i < side * side; i++)
        place[i] = (int32_t)points[i];
    rc_free(points);
    return RC_OK;
}

/* The places of `channels` squares, of which some stay as they are. */
static rc_status input_places(const rc_task *t, const rc_pose *pose, int32_t *place)
{
    int64_t side = t->layout.input.width, points = side * side;
    RC_TRY(pose_places(pose, side, place));
    for (int64_t c = t->layout.input.channels - 1; c >= 0; c--)
        for (int64_t i = 0; i < points; i++)
            place[c * points + i] = (int32_t)(c * points + (t->turn.stays[c] ? i : place[i]));
    return RC_OK;
}

/* Numbers of x in these places, in blocks of so many; `fill` says which. */
typedef rc_status (*places)(const rc_task *t, const rc_pose *pose, int32_t *place);
static rc_var moved(rc_graph *g, const rc_task *t, const rc_pose *pose, places fill, int64_t size, rc_var x)
{
    int32_t *place;
    if (!x) return NULL;
    rc_status status = RC_NEW_RAW(&place, size);
    if (status != RC_OK) return rc_graph_fail(g, status);
    status = fill(t, pose, place);
    rc_var index = status == RC_OK ? rc_graph_input(g, RC_DTYPE_I32, RC_SHAPE(size), place, false)
                                   : rc_graph_fail(g, status);
    rc_free(place);
    return rc_gather(g, x, index, rc_tensor_size(&x->value) / size, 1, x->value.shape);
}

/* Where each point of an output that lies as it is has gone in the pose. */
static rc_status output_places(const rc_task *t, const rc_pose *pose, int32_t *went)
{
    int64_t side = t->y_shape.dim[t->y_shape.n - 1];
    int32_t *place;
    RC_TRY(RC_NEW_RAW(&place, side * side));
    rc_status status = pose_places(pose, side, place);
    for (int32_t i = 0; i < side * side && status == RC_OK; i++)
        went[place[i]] = i;
    rc_free(place);
    return status;
}

static rc_var scaled(rc_graph *g, rc_var x, float by)
{
    if (!x) return NULL;
    const rc_shape *shape = &x->value.shape;
    int64_t rows = rc_tensor_size(&x->value) / shape->dim[shape->n - 1];
    float *scale;
    rc_status status = RC_NEW_RAW(&scale, rows);
    if (status != RC_OK) return rc_graph_fail(g, status);
    for (int64_t i = 0; i < rows; i++)
        scale[i] = by;
    rc_var s = rc_graph_input(g, RC_DTYPE_F32, RC_SHAPE(rows), scale, false);
    rc_free(scale);
    return rc_scale_rows(g, x, s);
}

rc_var rc__turns_forward(rc_graph *g, rc_model *m, const rc_task *t, const rc_feed *feed)
{
    int64_t side = t->y_shape.n > 0 ? t->y_shape.dim[t->y_shape.n - 1] : 0;
    rc_var sum = NULL;
    for (int k = 0; k < RC_POSES; k++) {
        rc_pose pose = rc_pose_number(k);
        rc_feed turned = {.x = moved(g, t, &pose, input_places, rc_input_size(&t->layout.input), feed->x)};
        rc_var y = rc_model_forward(g, m, &turned);
        if (t->target == RC_TARGET_DENSE) y = moved(g, t, &pose, output_places, side * side, y);
        sum = k ? rc_add(g, sum, y) : y;
    }
    return scaled(g, sum, 1.0f / RC_POSES);
}
