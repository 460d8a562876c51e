/* From a data set to what goes into a model: token ids as they are, whatever their size, beside numbers. */
#include "check.h"

#include "base/memory.h"
#include "tasks/task.h"

enum { TOKENS = 4, NUMBERS = 6, VOCABULARY = 1 << 26, LARGE = 1 << 24 };

static const rc_backbone_config bert = {.kind = RC_BACKBONE_BERT,
                                        .bert = {.vocabulary = VOCABULARY,
                                                 .hidden = 4,
                                                 .blocks = 1,
                                                 .heads = 1,
                                                 .inner = 4,
                                                 .positions = 8,
                                                 .types = 1,
                                                 .eps = 1e-5}};
static const rc_layout texts = {
    .form = RC_FORM_TEXTS, .x_shape = {1, TOKENS, 1}, .input = {.kind = RC_INPUT_TOKENS, .length = TOKENS}};
static const rc_layout series = {
    .form = RC_FORM_SEQUENCES,
    .x_shape = {1, NUMBERS, 1},
    .input = {.kind = RC_INPUT_SIGNAL, .channels = 1, .length = NUMBERS, .patch = 2}};

static rc_graph *open_graph(void)
{
    rc_device *device;
    rc_graph *g = NULL;
    if (rc_device_by_name("ref", &device) == RC_OK) CHECK(rc_graph_create(device, &g) == RC_OK);
    if (g) rc_graph_reset(g, false);
    return g;
}

static void equal_ids(rc_var x, int64_t n, const int32_t *want)
{
    int32_t ids[16];
    REQUIRE(x && x->value.dtype == RC_DTYPE_I32 && rc_tensor_size(&x->value) == n && n <= 16);
    OK(rc_tensor_download(&x->value, ids));
    for (int64_t i = 0; i < n; i++)
        CHECK(ids[i] == want[i]);
}

/* Neighbours that are one number as floats are not one here. */
TEST(ids_stay_whole)
{
    int32_t ids[] = {LARGE + 1, LARGE, -1, -1, VOCABULARY - 1, LARGE + 3, LARGE + 2, -1}, label[] = {0, 1};
    rc_array x = {.dtype = RC_DTYPE_I32, .shape = RC_SHAPE(2, TOKENS), .data = ids},
             y = {.dtype = RC_DTYPE_I32, .shape = RC_SHAPE(2), .data = label};
    rc_dataset d = {.form = RC_FORM_TEXTS,
                    .x_shape = {1, TOKENS, 1},
                    .target = RC_TARGET_CLASSES,
                    .classes = 2,
                    .y_size = 1,
                    .train = {.n = 2, .x = &x, .y = &y}};
    rc_task t = {.data = &d, .target = RC_TARGET_CLASSES, .y_size = 1, .backbone = bert, .layout = texts};
    const int64_t order[] = {1, 0};
    rc_graph *g = open_graph();
    rc_batch b;
    REQUIRE(g);
    CHECK(rc_task_ids(&t) == TOKENS && rc_task_given(&t) == 0 && rc_task_raw(&t) == 0);
    OK(rc_batch_create(&t, 2, &b));
    OK(rc_batch_fill(&b, &t, &d.train, order, 2, NULL));
    CHECK(b.label[0] == 1 && b.label[1] == 0);
    rc_feed feed = rc_task_feed(g, &t, b.n, &b.given);
    OK(rc_graph_status(g));
    /* As long as the longest text; the padding is token 0. */
    equal_ids(feed.x, 6, (const int32_t[]){VOCABULARY - 1, LARGE + 3, LARGE + 2, LARGE + 1, LARGE, 0});
    equal_ids(feed.length, 2, (const int32_t[]){3, 2});
    b.given.ids[0] = VOCABULARY;
    (void)rc_task_feed(g, &t, b.n, &b.given);
    FAILS(RC_DATA, "token id 67108864 (sample 0, place 0) is outside the vocabulary", rc_graph_status(g));
    rc_batch_free(&b);
    rc_graph_destroy(&g);
}

/* Series and a text, of which samples lack the one or the other. */
TEST(texts_beside_numbers)
{
    rc_task t = {.backbone = bert, .layout = series, .n_more = 1, .masks = true};
    t.more[0].layout = texts;
    int64_t n, m;
    CHECK(rc_task_given(&t) == NUMBERS && rc_task_ids(&t) == TOKENS);
    CHECK(rc_task_input_at(&t, 1, &n) == NUMBERS && n == 0 && rc_task_ids_at(&t, 1, &m) == 0 && m == TOKENS);
    CHECK(rc_task_ids_at(&t, 0, &m) == 0 && m == 0);
    float raw[2 * NUMBERS] = {1, 2, 3, 4, 5, 6};
    int32_t ids[2][TOKENS] = {{7, 8, 9, -1}, {LARGE + 1, -1, -1, -1}};
    rc_given given;
    rc_graph *g = open_graph();
    REQUIRE(g);
    OK(rc_given_create(&t, 2, &given));
    for (int i = 0; i < 2; i++) {
        t.without = 2u >> i; /* the text of the first, the numbers of the second */
        rc__task_hide_inputs(&t, NULL, i, raw, ids[i]);
        memcpy(given.ids + i * TOKENS, ids[i], sizeof ids[i]);
        rc_task_prepare(&t, NULL, i, raw, given.x + i * NUMBERS);
    }
    rc_feed feed = rc_task_feed(g, &t, 2, &given);
    OK(rc_graph_status(g));
    CHECK(feed.present[0] && !feed.present[1] && !feed.present[2] && feed.present[3]);
    float x[2 * NUMBERS];
    OK(rc_tensor_download(&feed.x->value, x));
    for (int i = 0; i < NUMBERS; i++)
        CHECK(x[i] == (float)(i + 1) && x[NUMBERS + i] == 0);
    /* One token stands for a text that is not there. */
    equal_ids(feed.more[0].x, 2, (const int32_t[]){0, LARGE + 1});
    equal_ids(feed.more[0].length, 2, (const int32_t[]){1, 1});
    rc_given_free(&given);
    rc_graph_destroy(&g);
}

int main(void)
{
    RUN(ids_stay_whole);
    RUN(texts_beside_numbers);
    return RESULT();
}
