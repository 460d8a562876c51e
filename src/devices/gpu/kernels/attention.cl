/* Attention within units of tokens: whole samples, or shifted windows with position bias (device.h says what
 * they compute). Scores exist tile by tile in local memory only. A group of MINE x 16 items makes MINE rows
 * of the result, passing over the rows they meet, THEIRS at a time; item (y, x) has row y and the met rows x,
 * x + 16, ... of scores, and row y and columns x, x + 16, ... of results. Results wider than WIDE columns are
 * shared out to groups, each of which makes the scores anew.
 *
 * Loops around barriers run at least once and have one way out: compilers for processors (PoCL) copy all that
 * follows for every other way. */

#define MINE 16
#define THEIRS 64
#define SCORES 4   /* scores of an item: THEIRS / 16 */
#define PIECE 32   /* columns in local memory at once */
#define WIDE 256   /* columns of the result that a group makes */
#define COLUMNS 16 /* of an item: WIDE / 16 */
#define STRIDE (PIECE + 1)
#define ROOM ((MINE + THEIRS) * STRIDE)
#define MASKED (-100.0f) /* added to the score of tokens that were not neighbours before the roll */

#define Y (ITEM / 16)
#define X (ITEM % 16)

/* What a group makes: rows [first, first + MINE) of a head of a unit, columns from `column` on. */
typedef struct place {
    i64 unit, head, first, column, width; /* width: columns to the end of the row */
} place;

DEVICE place part_of(attention_shape s)
{
    place p;
    i64 at = split(GROUP, (s.d + WIDE - 1) / WIDE, &p.column);
    at = split(at, (s.tokens + MINE - 1) / MINE, &p.first);
    p.unit = split(at, s.heads, &p.head);
    p.first *= MINE;
    p.column *= WIDE;
    p.width = s.d - p.column;
    return p;
}

/* Of token i of a unit: its row in the whole batch, and which piece of the unrolled grid it comes from. */
DEVICE i64 row_of(attention_shape s, i64 unit, i64 i, i32 *region)
{
    i64 w = s.window, at, row, x, y, column;
    *region = 0;
    if (w == 0) return unit * s.tokens + i;
    i64 sample = split(unit, s.gh / w * (s.gw / w), &at);
    y = split(at, s.gw / w, &column) * w;
    row = split(i, w, &x);
    y += row;
    x += column * w;
    if (s.shift > 0)
        *region = 3 * (y < s.gh - w         ? 0
                       : y < s.gh - s.shift ? 1
                                            : 2) +
                  (x < s.gw - w         ? 0
                   : x < s.gw - s.shift ? 1
                                        : 2);
    return (sample * s.gh + (y + s.shift) % s.gh) * s.gw + (x + s.shift) % s.gw;
}

/* row[0..n) and region[0..n) of tokens first, first + 1, ...; row -1 from `end` on. */
DEVICE void find_rows(attention_shape s, i64 unit, i64 first, i64 end, i32 n, LOCAL i64 *row,
                      LOCAL i32 *region)
{
    if (ITEM >= n) return;
    i32 piece = 0;
    row[ITEM] = first + ITEM < end ? row_of(s, unit, first + ITEM, &piece) : -1;
    region[ITEM] = piece;
}

/* out[j] = the product of row Y of x and row X + 16 j of y, over d columns from h on; 0 where x or y is
 * missing: a barrier must not stand under a condition. */
DEVICE void products(i64 d, i64 h, GLOBAL const float *x, i64 ld_x, LOCAL const i64 *row_x,
                     GLOBAL const float *y, i64 ld_y, LOCAL const i64 *row_y, LOCAL float *room, float *out)
{
    for (i32 j = 0; j < SCORES; j++)
        out[j] = 0;
    i64 first = 0;
    do {
        for (i32 at = ITEM; at < (MINE + THEIRS) * PIECE; at += SPAN) {
            i32 r = at / PIECE, c = at % PIECE;
            i64 row = r < MINE ? row_x[r] : row_y[r - MINE];
            float value = 0;
            if (row >= 0 && first + c < d && x && y)
                value = r < MINE ? x[row * ld_x + h + first + c] : y[row * ld_y + h + first + c];
            room[r * STRIDE + c] = value;
        }
        BARRIER;
        for (i32 c = 0; c < PIECE; c++)
            for (i32 j = 0; j < SCORES; j++)
                out[j] = fma(room[Y * STRIDE + c], room[(MINE + X + 16 * j) * STRIDE + c], out[j]);
        BARRIER;
        first += PIECE;
    } while (first < d);
}

/* sum[n] += over the met rows j: weight[Y, j] times number X + 16 n of row j of v, counted from `column`, if
 * there is one. Two of them at a time, which are found by comparing: an array that is indexed by a variable
 * would lie in memory, not in registers. */
DEVICE void weigh(LOCAL const float *weight, i64 width, GLOBAL const float *v, i64 ld, i64 column,
                  LOCAL const i64 *row, LOCAL float *room, float *sum)
{
    i32 n = 0, end = width < WIDE ? (i32)width : WIDE;
    do {
        for (i32 at = ITEM; at < THEIRS * PIECE; at += SPAN) {
            i32 r = at / PIECE, c = at % PIECE;
            room[r * STRIDE + c] =
                row[r] >= 0 && v && 16 * n + c < width ? v[row[r] * ld + column + 16 * n + c] : 0.0f;
        }
        BARRIER;
        float here = 0, beside = 0;
        for (i32 j = 0; j < THEIRS; j++) {
            here = fma(weight[Y * (THEIRS + 1) + j], room[j * STRIDE + X], here);
            beside = fma(weight[Y * (THEIRS + 1) + j], room[j * STRIDE + X + 16], beside);
        }
        for (i32 at = 0; at < COLUMNS; at += 2) {
            sum[at] += at == n ? here : 0.0f;
            sum[at + 1] += at == n ? beside : 0.0f;
        }
        BARRIER;
        n += 2;
    } while (16 * n < end);
}

/* Sum or maximum over the 16 items of row Y; every one of them gets it. */
DEVICE float across(float value, i32 largest, LOCAL float *part)
{
    part[ITEM] = value;
    BARRIER;
    value = part[16 * Y];
    for (i32 i = 1; i < 16; i++)
        value = largest ? fmax(value, part[16 * Y + i]) : value + part[16 * Y + i];
    BARRIER;
    return value;
}

/* The score of query i and key j, from their product. */
DEVICE float score(attention_shape s, float product, GLOBAL const float *bias, i64 head, i64 i, i64 j,
                   i32 region_i, i32 region_j)
{
    float value = s.scale * product;
    if (bias) value += bias[(head * s.tokens + i) * s.tokens + j];
    return region_i == region_j ? value : value + MASKED;
}

DEVICE void clear(float *sum)
{
    for (i32 n = 0; n < COLUMNS; n++)
        sum[n] = 0;
}

/* Row Y of the result, times `factor`; out: where the group's columns begin in the first row. */
DEVICE void put(place p, float factor, const float *sum, i64 row, GLOBAL float *out, i64 ld)
{
    for (i32 n = 0; n < COLUMNS; n++)
        if (row >= 0 && X + 16 * n < p.width) out[row * ld + X + 16 * n] = factor * sum[n];
}

#define LOCALS                                 \
    SHARED(float, room, ROOM);                 \
    SHARED(float, weight, MINE *(THEIRS + 1)); \
    SHARED(i64, mine, MINE);                   \
    SHARED(i64, theirs, THEIRS);               \
    SHARED(i32, region, MINE);                 \
    SHARED(i32, their_region, THEIRS);         \
    place p = part_of(s);                      \
    i64 wide = s.heads * s.d, h = p.head * s.d; /* of a row of results; where the head begins in a row */

/* Of item's score j: where its weight is kept, and the number of the met row. */
#define WEIGHT(j) weight[Y * (THEIRS + 1) + X + 16 * (j)]
#define MET(j) (first + X + 16 * (j))

KERNEL(SPAN)
attention_forward(attention_shape s, GLOBAL const i32 *lengths, GLOBAL const float *q, GLOBAL const float *k,
                  GLOBAL const float *v, GLOBAL const float *bias, GLOBAL float *out, GLOBAL float *lse)
{
    SHARED(float, part, SPAN);
    LOCALS
    i64 keys = length_of(lengths, p.unit, s.tokens), i = p.first + Y;
    float products_of[SCORES], sum[COLUMNS], top = -INFINITY, total = 0;
    clear(sum);
    find_rows(s, p.unit, p.first, s.tokens, MINE, mine, region);
    i64 first = 0;
    do {
        find_rows(s, p.unit, first, keys, THEIRS, theirs, their_region);
        BARRIER;
        products(s.d, h, q, s.ld, mine, k, s.ld, theirs, room, products_of);
        float best = top, share = 0;
        for (i32 j = 0; j < SCORES; j++) {
            if (MET(j) < keys && i < s.tokens)
                products_of[j] =
                    score(s, products_of[j], bias, p.head, i, MET(j), region[Y], their_region[X + 16 * j]);
            else
                products_of[j] = -INFINITY;
            best = fmax(best, products_of[j]);
        }
        best = across(best, 1, part);
        for (i32 j = 0; j < SCORES; j++) {
            WEIGHT(j) = MET(j) < keys && i < s.tokens ? exp(products_of[j] - best) : 0.0f;
            share += WEIGHT(j);
        }
        float kept = total > 0 ? exp(top - best) : 0.0f;
        total = total * kept + across(share, 0, part);
        top = best;
        for (i32 n = 0; n < COLUMNS; n++)
            sum[n] *= kept;
        weigh(weight, p.width, v, s.ld, h + p.column, theirs, room, sum);
        first += THEIRS;
    } while (first < keys);
    put(p, keys > 0 ? 1 / total : 0.0f, sum, mine[Y], out + h + p.column, wide);
    if (X == 0 && p.column == 0 && i < s.tokens)
        lse[(p.unit * s.heads + p.head) * s.tokens + i] = keys > 0 ? top + log(total) : 0.0f;
}

/* delta[unit, head, i] = out_i . dout_i */
KERNEL(SPAN)
attention_delta(attention_shape s, i64 n, GLOBAL const float *out, GLOBAL const float *dout,
                GLOBAL float *delta)
{
    i64 i, head;
    i32 region;
    if (HERE >= n) return;
    i64 unit = split(split(HERE, s.tokens, &i), s.heads, &head);
    i64 at = row_of(s, unit, i, &region) * s.heads * s.d + head * s.d;
    float sum = 0;
    for (i64 c = at; c < at + s.d; c++)
        sum = fma(out[c], dout[c], sum);
    delta[HERE] = sum;
}

/* Rows of dq meet keys. */
KERNEL(SPAN)
attention_queries(attention_shape s, GLOBAL const i32 *lengths, GLOBAL const float *q, GLOBAL const float *k,
                  GLOBAL const float *v, GLOBAL const float *bias, GLOBAL const float *lse,
                  GLOBAL const float *delta, GLOBAL const float *dout, GLOBAL float *dq)
{
    LOCALS
    i64 keys = length_of(lengths, p.unit, s.tokens), i = p.first + Y;
    i64 row = (p.unit * s.heads + p.head) * s.tokens + i;
    float scores[SCORES], slopes[SCORES], sum[COLUMNS];
    clear(sum);
    find_rows(s, p.unit, p.first, s.tokens, MINE, mine, region);
    i64 first = 0;
    do {
        find_rows(s, p.unit, first, keys, THEIRS, theirs, their_region);
        BARRIER;
        products(s.d, h, q, s.ld, mine, k, s.ld, theirs, room, scores);
        products(s.d, h, dout, wide, mine, v, s.ld, theirs, room, slopes);
        for (i32 j = 0; j < SCORES; j++) {
            WEIGHT(j) = 0;
            if (MET(j) < keys && i < s.tokens)
                WEIGHT(j) =
                    exp(score(s, scores[j], bias, p.head, i, MET(j), region[Y], their_region[X + 16 * j]) -
                        lse[row]) *
                    (slopes[j] - delta[row]);
        }
        weigh(weight, p.width, k, s.ld, h + p.column, theirs, room, sum);
        first += THEIRS;
    } while (first < keys);
    put(p, s.scale, sum, mine[Y], dq + h + p.column, s.ld);
}

/* Rows of dk and dv, of keys, meet queries. */
KERNEL(SPAN)
attention_keys(attention_shape s, GLOBAL const i32 *lengths, GLOBAL const float *q, GLOBAL const float *k,
               GLOBAL const float *v, GLOBAL const float *bias, GLOBAL const float *lse,
               GLOBAL const float *delta, GLOBAL const float *dout, GLOBAL float *dk, GLOBAL float *dv)
{
    LOCALS
    i64 keys = length_of(lengths, p.unit, s.tokens), key = p.first + Y;
    i64 rows = (p.unit * s.heads + p.head) * s.tokens;
    float scores[SCORES], slopes[SCORES], sum_k[COLUMNS], sum_v[COLUMNS];
    clear(sum_k);
    clear(sum_v);
    find_rows(s, p.unit, p.first, s.tokens, MINE, mine, region);
    i64 first = 0;
    do {
        find_rows(s, p.unit, first, s.tokens, THEIRS, theirs, their_region);
        BARRIER;
        products(s.d, h, k, s.ld, mine, q, s.ld, theirs, room, scores);
        products(s.d, h, v, s.ld, mine, dout, wide, theirs, room, slopes);
        for (i32 j = 0; j < SCORES; j++) {
            i64 i = MET(j);
            if (key < keys && i < s.tokens) {
                scores[j] =
                    exp(score(s, scores[j], bias, p.head, i, key, region[Y], their_region[X + 16 * j]) -
                        lse[rows + i]);
                slopes[j] = scores[j] * (slopes[j] - delta[rows + i]);
            } else {
                scores[j] = slopes[j] = 0;
            }
            WEIGHT(j) = scores[j];
        }
        weigh(weight, p.width, dout, wide, h + p.column, theirs, room, sum_v);
        for (i32 j = 0; j < SCORES; j++)
            WEIGHT(j) = slopes[j];
        weigh(weight, p.width, q, s.ld, h + p.column, theirs, room, sum_k);
        first += THEIRS;
    } while (first < s.tokens);
    put(p, s.scale, sum_k, mine[Y], dk + h + p.column, s.ld);
    put(p, 1, sum_v, mine[Y], dv + h + p.column, s.ld);
}

/* part[share]: the gradient of the bias over the units of a share, `units` of them. A group makes MINE x
 * THEIRS numbers of one head. */
KERNEL(SPAN)
attention_bias(attention_shape s, i64 units, GLOBAL const i32 *lengths, GLOBAL const float *q,
               GLOBAL const float *k, GLOBAL const float *v, GLOBAL const float *bias,
               GLOBAL const float *lse, GLOBAL const float *delta, GLOBAL const float *dout,
               GLOBAL float *part)
{
    SHARED(float, room, ROOM);
    SHARED(i64, mine, MINE);
    SHARED(i64, theirs, THEIRS);
    SHARED(i32, region, MINE);
    SHARED(i32, their_region, THEIRS);
    i64 first, up, head, share;
    i64 at = split(GROUP, (s.tokens + THEIRS - 1) / THEIRS, &first);
    at = split(at, (s.tokens + MINE - 1) / MINE, &up);
    share = split(at, s.heads, &head);
    first *= THEIRS;
    i64 i = up * MINE + Y, wide = s.heads * s.d, h = head * s.d;
    float scores[SCORES], slopes[SCORES], sum[SCORES], lost[SCORES];
    for (i32 j = 0; j < SCORES; j++)
        sum[j] = lost[j] = 0;
    for (i64 unit = share * units; unit < s.units && unit < (share + 1) * units; unit++) {
        i64 row = (unit * s.heads + head) * s.tokens + i, keys = length_of(lengths, unit, s.tokens);
        find_rows(s, unit, up * MINE, s.tokens, MINE, mine, region);
        find_rows(s, unit, first, s.tokens, THEIRS, theirs, their_region);
        BARRIER;
        products(s.d, h, q, s.ld, mine, k, s.ld, theirs, room, scores);
        products(s.d, h, dout, wide, mine, v, s.ld, theirs, room, slopes);
        for (i32 j = 0; j < SCORES; j++) {
            if (MET(j) >= keys || i >= s.tokens) continue;
            float weight = exp(
                score(s, scores[j], bias, head, i, MET(j), region[Y], their_region[X + 16 * j]) - lse[row]);
            exact_sum t = {sum[j], lost[j]};
            t = more(t, weight * (slopes[j] - delta[row]));
            sum[j] = t.sum;
            lost[j] = t.lost;
        }
        BARRIER;
    }
    for (i32 j = 0; j < SCORES; j++)
        if (MET(j) < s.tokens && i < s.tokens)
            part[((share * s.heads + head) * s.tokens + i) * s.tokens + MET(j)] = sum[j] + lost[j];
}

/* tq, tk, tv may all be missing, and tbias. */
KERNEL(SPAN)
attention_tangent(attention_shape s, GLOBAL const i32 *lengths, GLOBAL const float *q, GLOBAL const float *k,
                  GLOBAL const float *v, GLOBAL const float *bias, GLOBAL const float *lse,
                  GLOBAL const float *tq, GLOBAL const float *tk, GLOBAL const float *tv,
                  GLOBAL const float *tbias, GLOBAL float *tout)
{
    SHARED(float, part, SPAN);
    LOCALS
    i64 keys = length_of(lengths, p.unit, s.tokens), i = p.first + Y;
    i64 row = (p.unit * s.heads + p.head) * s.tokens + i;
    float scores[SCORES], slopes[SCORES], more_slopes[SCORES], sum[COLUMNS], plain[COLUMNS], mean = 0;
    clear(sum);
    clear(plain);
    find_rows(s, p.unit, p.first, s.tokens, MINE, mine, region);
    i64 first = 0;
    do {
        find_rows(s, p.unit, first, keys, THEIRS, theirs, their_region);
        BARRIER;
        products(s.d, h, q, s.ld, mine, k, s.ld, theirs, room, scores);
        products(s.d, h, tq, s.ld, mine, k, s.ld, theirs, room, slopes);
        products(s.d, h, q, s.ld, mine, tk, s.ld, theirs, room, more_slopes);
        for (i32 j = 0; j < SCORES; j++) {
            WEIGHT(j) = 0;
            slopes[j] = s.scale * (slopes[j] + more_slopes[j]);
            if (MET(j) < keys && i < s.tokens) {
                if (tbias) slopes[j] += tbias[(p.head * s.tokens + i) * s.tokens + MET(j)];
                WEIGHT(j) =
                    exp(score(s, scores[j], bias, p.head, i, MET(j), region[Y], their_region[X + 16 * j]) -
                        lse[row]);
            }
            slopes[j] *= WEIGHT(j);
            mean += slopes[j];
        }
        weigh(weight, p.width, v, s.ld, h + p.column, theirs, room, plain);
        weigh(weight, p.width, tv, s.ld, h + p.column, theirs, room, sum);
        for (i32 j = 0; j < SCORES; j++)
            WEIGHT(j) = slopes[j];
        weigh(weight, p.width, v, s.ld, h + p.column, theirs, room, sum);
        first += THEIRS;
    } while (first < keys);
    mean = across(mean, 0, part);
    for (i32 n = 0; n < COLUMNS; n++)
        sum[n] -= mean * plain[n];
    put(p, 1, sum, mine[Y], tout + h + p.column, wide);
}
