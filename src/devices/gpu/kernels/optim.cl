/* Optimizer updates. */

/* No: the gradient is not finite. */
DEVICE i32 is_step(GLOBAL const float *squares)
{
    return !squares || squares[0] + squares[1] < INFINITY;
}

/* `scale`, times what brings a gradient of these squares down to the norm `clip`. */
DEVICE float clipped(float scale, float clip, GLOBAL const float *squares)
{
    float norm = squares ? sqrt(squares[0] + squares[1]) : 0.0f;
    return clip > 0 && norm > clip ? scale * (clip / norm) : scale;
}

/* The same expressions for a whole parameter and for the rows of a table: the same bits. */
DEVICE void adam_one(adam_rates o, float grad, GLOBAL float *m, GLOBAL float *v, GLOBAL float *w)
{
    float g = grad * o.grad_scale, x = *w;
    if (o.decoupled)
        x -= o.lr * o.weight_decay * x;
    else
        g += o.weight_decay * x;
    *m = o.beta1 * *m + (1 - o.beta1) * g;
    *v = o.beta2 * *v + (1 - o.beta2) * g * g;
    *w = x - o.lr * (*m / o.correction1) / (sqrt(*v / o.correction2) + o.eps);
}

KERNEL(SPAN)
adam(adam_rates o, i64 n, GLOBAL const float *squares, GLOBAL const float *grad, GLOBAL float *m,
     GLOBAL float *v, GLOBAL float *w)
{
    adam_rates own = o;
    own.grad_scale = clipped(o.grad_scale, o.clip, squares);
    if (HERE < n && is_step(squares)) adam_one(own, grad[HERE], m + HERE, v + HERE, w + HERE);
}

KERNEL(SPAN)
adam_ranges(adam_rates o, i64 count, GLOBAL const update_range *ranges, GLOBAL const float *squares,
            GLOBAL const float *grad, GLOBAL float *m, GLOBAL float *v, GLOBAL float *w)
{
    i64 mine = 0, beyond = count;
    if (!is_step(squares)) return;
    while (beyond - mine > 1) {
        i64 middle = (mine + beyond) / 2;
        if (ranges[middle].group <= GROUP)
            mine = middle;
        else
            beyond = middle;
    }
    update_range r = ranges[mine];
    adam_rates own = o;
    own.grad_scale = clipped(o.grad_scale, o.clip, squares);
    own.lr *= r.rate;
    own.weight_decay *= r.decay;
    i64 first = (GROUP - r.group) * STRETCH, end = first + STRETCH < r.n ? first + STRETCH : r.n;
    for (i64 i = first + ITEM; i < end; i += SPAN)
        adam_one(own, grad[r.grad + i], m + r.state + i, v + r.state + i, w + r.value + i);
}

/* live[r] = 2 + k: row r has gradient row k. */
KERNEL(SPAN) adam_mark(i64 n, GLOBAL const float *squares, GLOBAL const i32 *touched, GLOBAL i32 *live)
{
    if (HERE < n && is_step(squares)) live[touched[HERE]] = (i32)(2 + HERE);
}

/* A group takes a row. Without gradient and moments nothing but decoupled decay acts. */
KERNEL(ROW)
adam_rows(adam_rates o, i64 width, i64 by_rows, GLOBAL const float *squares, GLOBAL const float *values,
          GLOBAL i32 *live, GLOBAL float *m, GLOBAL float *v, GLOBAL float *w)
{
    SHARED(float, room, ROW);
    SHARED(i32, state, 1);
    if (ITEM == 0) state[0] = live[GROUP];
    BARRIER;
    i32 was = state[0];
    i64 row = GROUP * width, from = by_rows ? (i64)(was - 2) * width : row;
    float found = 0;
    for (i64 c = ITEM; !by_rows && c < width; c += ROW)
        if (values[row + c] != 0) found = 1;
    found = row_max(found, room);
    i32 has = by_rows ? was >= 2 : found > 0;
    adam_rates own = o;
    own.grad_scale = clipped(o.grad_scale, o.clip, squares);
    if (!is_step(squares)) return;
    if (!has && was == 0 && (o.decoupled || o.weight_decay == 0) && o.eps > 0) {
        for (i64 c = ITEM; o.decoupled && c < width; c += ROW)
            w[row + c] -= o.lr * o.weight_decay * w[row + c];
        return;
    }
    for (i64 c = ITEM; c < width; c += ROW)
        adam_one(own, has ? values[from + c] : 0.0f, m + row + c, v + row + c, w + row + c);
    if (ITEM == 0) live[GROUP] = 1;
}

KERNEL(SPAN)
sgd(i64 n, float lr, float momentum, float weight_decay, float grad_scale, float clip, i64 first,
    GLOBAL const float *squares, GLOBAL const float *grad, GLOBAL float *m, GLOBAL float *w)
{
    if (HERE >= n || !is_step(squares)) return;
    float g = grad[HERE] * clipped(grad_scale, clip, squares) + weight_decay * w[HERE];
    m[HERE] = first ? g : momentum * m[HERE] + g;
    w[HERE] -= lr * m[HERE];
}
