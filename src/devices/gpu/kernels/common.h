/* What several files of kernels share. Sums are taken in a fixed order: the same numbers, the same bits. */

#define HERE (GROUP * SPAN + ITEM) /* of kernels in which an item makes one number */

/* number / by and number % by; 64-bit division takes a GPU a hundred instructions. */
DEVICE i64 split(i64 number, i64 by, i64 *rest)
{
    if (number <= 0x7fffffff && by <= 0x7fffffff) {
        i32 n = (i32)number, b = (i32)by;
        *rest = n % b;
        return n / b;
    }
    *rest = number % by;
    return number / by;
}

/* Tokens of sample b that count. */
DEVICE i64 length_of(GLOBAL const i32 *lengths, i64 b, i64 tokens)
{
    i64 n = lengths ? lengths[b] : tokens;
    return n < 0 ? 0 : n > tokens ? tokens : n;
}

/* Over the items of a row's group; every item gets the result. */
DEVICE float row_sum(float x, LOCAL float *room)
{
    room[ITEM] = x;
    BARRIER;
    for (i32 half_way = ROW / 2; half_way > 0; half_way /= 2) {
        if (ITEM < half_way) room[ITEM] += room[ITEM + half_way];
        BARRIER;
    }
    x = room[0];
    BARRIER;
    return x;
}

DEVICE float row_max(float x, LOCAL float *room)
{
    room[ITEM] = x;
    BARRIER;
    for (i32 half_way = ROW / 2; half_way > 0; half_way /= 2) {
        if (ITEM < half_way) room[ITEM] = fmax(room[ITEM], room[ITEM + half_way]);
        BARRIER;
    }
    x = room[0];
    BARRIER;
    return x;
}

/* A sum and what rounding has taken from it: as exact as a sum in double precision, which many GPUs take at a
 * 32nd or 64th of the rate. */
typedef struct exact_sum {
    float sum, lost;
} exact_sum;

DEVICE exact_sum more(exact_sum s, float x)
{
    float next = s.sum + x, added = next - s.sum;
    s.lost += (s.sum - (next - added)) + (x - added);
    s.sum = next;
    return s;
}

/* log(sum(exp(row / s))) */
DEVICE float log_sum_exp(i64 cols, float s, GLOBAL const float *row, LOCAL float *room)
{
    float top = -INFINITY, sum = 0;
    for (i64 c = ITEM; c < cols; c += ROW)
        top = fmax(top, row[c]);
    top = row_max(top, room);
    for (i64 c = ITEM; c < cols; c += ROW)
        sum += exp((row[c] - top) / s);
    return top / s + log(row_sum(sum, room));
}
