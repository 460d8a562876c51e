/* What a launcher hands to kernels whole, laid out alike on both sides. */

/* Attention within units of `tokens` rows: whole samples (window 0), or the windows of all samples. */
typedef struct attention_shape {
    i64 units, tokens, heads, d, ld;
    i64 gh, gw, window, shift;
    float scale, unused;
} attention_shape;

typedef struct adam_rates {
    float lr, weight_decay, beta1, beta2, eps, correction1, correction2, grad_scale, clip, unused;
    i64 decoupled;
} adam_rates;

/* As rc_update_range; `group` is the first that works on it. */
typedef struct update_range {
    i64 group, n, grad, state, value;
    float rate, decay;
} update_range;

/* Work-items in a group. */
#define SPAN 256 /* one number each, or a tile of a product */
#define ROW 128  /* one row together */

#define STRETCH 1024 /* numbers of an update's range to a group */
