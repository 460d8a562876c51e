/* Moving rows and averaging cells. Backward kernels gather too: an item makes one number of the input's
 * gradient from all that it went into, in a fixed order. */

KERNEL(SPAN)
gather_rows(i64 n, i64 rows_in, i64 rows_out, i64 width, GLOBAL const i32 *index, GLOBAL const float *in,
            GLOBAL float *out)
{
    i64 c, j;
    if (HERE >= n) return;
    i64 b = split(split(HERE, width, &c), rows_out, &j);
    out[HERE] = index[j] < 0 ? 0.0f : in[(b * rows_in + index[j]) * width + c];
}

/* A group takes one row of the result. Each item counts the rows that go there in a stretch of the index;
 * then all pass over the stretches that have some. */
KERNEL(ROW)
scatter_rows(i64 rows_in, i64 rows_out, i64 width, GLOBAL const i32 *index, GLOBAL const float *in, i64 acc,
             GLOBAL float *out)
{
    SHARED(i32, count, ROW);
    i64 mine, b = split(GROUP, rows_in, &mine), stretch = (rows_out + ROW - 1) / ROW;
    i32 hits = 0;
    for (i64 j = ITEM * stretch; j < (ITEM + 1) * stretch && j < rows_out; j++)
        hits += index[j] == mine;
    count[ITEM] = hits;
    BARRIER;
    for (i64 c = ITEM; c < width; c += ROW) {
        i64 at = GROUP * width + c;
        float sum = acc ? out[at] : 0.0f;
        for (i32 part = 0; part < ROW; part++)
            for (i64 j = part * stretch; count[part] > 0 && j < (part + 1) * stretch && j < rows_out; j++)
                if (index[j] == mine) sum += in[(b * rows_out + j) * width + c];
        out[at] = sum;
    }
}

KERNEL(SPAN)
mean_tokens(i64 n, i64 tokens, i64 channels, GLOBAL const i32 *lengths, GLOBAL const float *x,
            GLOBAL float *y)
{
    i64 c;
    exact_sum s = {0, 0};
    if (HERE >= n) return;
    i64 b = split(HERE, channels, &c), count = length_of(lengths, b, tokens);
    for (i64 t = 0; t < count; t++)
        s = more(s, x[(b * tokens + t) * channels + c]);
    y[HERE] = count ? (s.sum + s.lost) / (float)count : 0.0f;
}

KERNEL(SPAN)
mean_tokens_backward(i64 n, i64 tokens, i64 channels, GLOBAL const i32 *lengths, GLOBAL const float *dy,
                     i64 acc, GLOBAL float *dx)
{
    i64 c, t;
    if (HERE >= n) return;
    i64 b = split(split(HERE, channels, &c), tokens, &t), count = length_of(lengths, b, tokens);
    dx[HERE] = (acc ? dx[HERE] : 0.0f) + (t < count ? dy[b * channels + c] / (float)count : 0.0f);
}

/* Cell i of an axis of n cells covers input cells [low, high). */
DEVICE i64 low(i64 i, i64 in, i64 out)
{
    return i * in / out;
}

DEVICE i64 high(i64 i, i64 in, i64 out)
{
    return ((i + 1) * in + out - 1) / out;
}

KERNEL(SPAN)
adaptive_pool(i64 n, i64 in0, i64 in1, i64 in2, i64 out0, i64 out1, i64 out2, GLOBAL const float *x,
              GLOBAL float *y)
{
    i64 i, j, k;
    exact_sum s = {0, 0};
    if (HERE >= n) return;
    i64 b = split(split(split(HERE, out2, &k), out1, &j), out0, &i);
    i64 p0 = low(i, in0, out0), p1 = high(i, in0, out0), q0 = low(j, in1, out1), q1 = high(j, in1, out1);
    i64 r0 = low(k, in2, out2), r1 = high(k, in2, out2);
    for (i64 p = p0; p < p1; p++)
        for (i64 q = q0; q < q1; q++)
            for (i64 r = r0; r < r1; r++)
                s = more(s, x[((b * in0 + p) * in1 + q) * in2 + r]);
    y[HERE] = (s.sum + s.lost) / (float)((p1 - p0) * (q1 - q0) * (r1 - r0));
}

/* Output cells [low(p, out, in), high(p, out, in)) are those that cover input cell p. */
KERNEL(SPAN)
adaptive_pool_backward(i64 n, i64 in0, i64 in1, i64 in2, i64 out0, i64 out1, i64 out2, GLOBAL const float *dy,
                       i64 acc, GLOBAL float *dx)
{
    i64 p, q, r;
    if (HERE >= n) return;
    i64 b = split(split(split(HERE, in2, &r), in1, &q), in0, &p);
    float sum = acc ? dx[HERE] : 0.0f;
    for (i64 i = low(p, out0, in0); i < high(p, out0, in0); i++)
        for (i64 j = low(q, out1, in1); j < high(q, out1, in1); j++)
            for (i64 k = low(r, out2, in2); k < high(r, out2, in2); k++) {
                i64 cells = (high(i, in0, out0) - low(i, in0, out0)) *
                            (high(j, in1, out1) - low(j, in1, out1)) *
                            (high(k, in2, out2) - low(k, in2, out2));
                sum += dy[((b * out0 + i) * out1 + j) * out2 + k] / (float)cells;
            }
    dx[HERE] = sum;
}

/* Output cell i of an axis lies between two input cells: (1 - share) of the first, share of the second. In
 * whole numbers, so that it falls on the same cells as in double precision. */
DEVICE i64 place_of(i64 i, i64 in, i64 out, i64 *second, float *share)
{
    i64 at = (2 * i + 1) * in - out, first = at > 0 ? at / (2 * out) : 0;
    *share = at > 0 ? (float)(at % (2 * out)) / (float)(2 * out) : 0.0f;
    *second = first + 1 < in ? first + 1 : first;
    return first;
}

KERNEL(SPAN)
interpolate(i64 n, i64 in0, i64 in1, i64 out0, i64 out1, i64 channels, GLOBAL const float *x, GLOBAL float *y)
{
    i64 c, i, j, below, beside;
    float down, right;
    if (HERE >= n) return;
    i64 b = split(split(split(HERE, channels, &c), out1, &j), out0, &i);
    i64 p = b * in0 + place_of(i, in0, out0, &below, &down), q = place_of(j, in1, out1, &beside, &right);
    below += b * in0;
    y[HERE] = (1 - down) * (1 - right) * x[(p * in1 + q) * channels + c] +
              (1 - down) * right * x[(p * in1 + beside) * channels + c] +
              down * (1 - right) * x[(below * in1 + q) * channels + c] +
              down * right * x[(below * in1 + beside) * channels + c];
}

/* What input cell p counts in output cell i. */
DEVICE float share_of(i64 p, i64 i, i64 in, i64 out)
{
    i64 second;
    float share, sum = 0;
    if (place_of(i, in, out, &second, &share) == p) sum += 1 - share;
    if (second == p) sum += share;
    return sum;
}

/* Output cells that may count p: none before *last, none from the result on. */
DEVICE i64 touched_by(i64 p, i64 in, i64 out, i64 *first)
{
    i64 last = (2 * p + 3) * out / (2 * in) + 1;
    *first = p > 0 ? (2 * p - 1) * out / (2 * in) : 0;
    return last < out && p < in - 1 ? last : out;
}

KERNEL(SPAN)
interpolate_backward(i64 n, i64 in0, i64 in1, i64 out0, i64 out1, i64 channels, GLOBAL const float *dy,
                     i64 acc, GLOBAL float *dx)
{
    i64 c, p, q, i0, j0;
    if (HERE >= n) return;
    i64 b = split(split(split(HERE, channels, &c), in1, &q), in0, &p);
    i64 i1 = touched_by(p, in0, out0, &i0), j1 = touched_by(q, in1, out1, &j0);
    float sum = acc ? dx[HERE] : 0.0f;
    for (i64 i = i0; i < i1; i++)
        for (i64 j = j0; j < j1; j++)
            sum += share_of(p, i, in0, out0) * share_of(q, j, in1, out1) *
                   dy[((b * out0 + i) * out1 + j) * channels + c];
    dx[HERE] = sum;
}
