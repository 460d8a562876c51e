/* Weights of predictors: what they are worth on samples that nothing was chosen by, where the part that
 * chooses is small. */
#include "check.h"

#include <stdlib.h>

#include "base/rng.h"
#include "recraft/recraft.h"
#include "tasks/ensemble.h"

enum { CLASSES = 3, PREDICTORS = 8, MAX = 60, FRESH = 400, DRAWS = 60 };

/* Predictors of different skill, all too sure of themselves, that err on much the same samples. */
typedef struct world {
    rc_rng rng;
    int32_t label[FRESH];
    float said[PREDICTORS][FRESH * CLASSES];
    rc_array y;
    rc_part part;
} world;

static void draw(world *w, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        double common[CLASSES];
        w->label[i] = (int32_t)rc_rng_below(&w->rng, CLASSES);
        for (int k = 0; k < CLASSES; k++)
            common[k] = rc_rng_normal(&w->rng);
        for (int p = 0; p < PREDICTORS; p++) {
            float *said = w->said[p] + i * CLASSES, sum = 0;
            double skill = p == 0 ? 2.2 : 1.6;
            for (int k = 0; k < CLASSES; k++) {
                double score = skill * (k == w->label[i]) + common[k] + 0.7 * rc_rng_normal(&w->rng);
                sum += said[k] = (float)exp(2 * score);
            }
            for (int k = 0; k < CLASSES; k++)
                said[k] /= sum;
        }
    }
    w->y = (rc_array){.dtype = RC_DTYPE_I32, .shape = RC_SHAPE(n), .data = w->label};
    w->part = (rc_part){.n = n, .y = &w->y};
}

/* Mean loss of the mean of the predictors, each raised to its power. */
static double loss_of(const world *w, const double *weight, const double *power)
{
    double sum = 0;
    for (int64_t i = 0; i < w->part.n; i++) {
        double p = 0;
        for (int m = 0; m < PREDICTORS; m++) {
            float said[CLASSES];
            memcpy(said, w->said[m] + i * CLASSES, sizeof said);
            rc__sharpen(1, CLASSES, power[m], said);
            p += weight[m] * said[w->label[i]];
        }
        sum -= log(fmax(p, 1e-6));
    }
    return sum / (double)w->part.n;
}

static bool is_alone(const double *weight)
{
    int members = 0;
    for (int m = 0; m < PREDICTORS; m++)
        members += weight[m] > 0;
    return members == 1;
}

/* Of the most able one, as sure as is best for it. */
static double best_loss(const world *fresh)
{
    double min = INFINITY;
    for (int k = -10; k < 10; k++) {
        double weight[PREDICTORS] = {1}, power[PREDICTORS] = {pow(1.25, k)};
        for (int m = 1; m < PREDICTORS; m++)
            power[m] = 1;
        double loss = loss_of(fresh, weight, power);
        if (loss < min) min = loss;
    }
    return min;
}

/* Over many draws of n samples: how much more is lost on fresh ones than by the best predictor of that draw.
 */
static double excess_of(rc_switch how, int64_t n, int *together)
{
    static world w, fresh;
    double weight[PREDICTORS], power[PREDICTORS], sum = 0;
    float *said[PREDICTORS];
    rc_ballot ballot = {.target = RC_TARGET_CLASSES,
                        .part = &w.part,
                        .outputs = CLASSES,
                        .n = PREDICTORS,
                        .said = said,
                        .several = how};
    w.rng = rc_rng_make(1, "weights", (uint64_t)n);
    fresh.rng = rc_rng_make(2, "weights", 0);
    draw(&fresh, FRESH);
    for (int m = 0; m < PREDICTORS; m++)
        said[m] = w.said[m];
    *together = 0;
    for (int d = 0; d < DRAWS; d++) {
        draw(&w, n);
        if (rc_ensemble_weigh(&ballot, weight, power) != RC_OK) return INFINITY;
        *together += !is_alone(weight);
        sum += loss_of(&fresh, weight, power);
    }
    return sum / DRAWS - best_loss(&fresh);
}

TEST(a_combination_is_never_worse_than_its_best_part_by_more_than_noise)
{
    int most = 0;
    for (int64_t n = 3; n <= MAX; n *= 2) {
        int sometimes, always, never;
        double chosen = excess_of(RC_SWITCH_AUTO, n, &sometimes),
               together = excess_of(RC_SWITCH_YES, n, &always), alone = excess_of(RC_SWITCH_NO, n, &never);
        CHECK(chosen < 0.75 / sqrt((double)n)); /* the loss of a sample has a deviation of about 0.7 */
        CHECK(chosen < fmin(together, alone) + 0.03);
        CHECK(never == 0 && sometimes < always);
        most = sometimes > most ? sometimes : most;
    }
    CHECK(most > 0); /* beyond noise, which three samples do not show */
}

enum { FEW = 40, TIMES = 10 };

/* Every sample so many times, as samples of one group or not. */
static void repeat(world *w, int times, const rc_array *group)
{
    for (int64_t i = FEW; i < (int64_t)FEW * times; i++) {
        w->label[i] = w->label[i % FEW];
        for (int m = 0; m < PREDICTORS; m++)
            memcpy(w->said[m] + i * CLASSES, w->said[m] + i % FEW * CLASSES, CLASSES * sizeof(float));
    }
    w->part.n = w->y.shape.dim[0] = (int64_t)FEW * times;
    w->part.group = group;
}

/* In how many draws predictor `other` takes the place of one that is as sure as it should be. */
static int unseated(int other, int times, bool grouped)
{
    static world w;
    static int64_t of[FEW * TIMES];
    rc_array group = {.dtype = RC_DTYPE_I64, .shape = RC_SHAPE(FEW * TIMES), .data = of};
    int taken = 0;
    for (int64_t i = 0; i < FEW * TIMES; i++)
        of[i] = i % FEW;
    w.rng = rc_rng_make(3, "weights", 0);
    for (int d = 0; d < DRAWS; d++) {
        double weight[2], power[2];
        float *said[] = {w.said[1], w.said[other]};
        draw(&w, FEW);
        rc__sharpen(FEW, CLASSES, 0.5, w.said[1]);
        repeat(&w, times, grouped ? &group : NULL);
        rc_ballot ballot = {.target = RC_TARGET_CLASSES,
                            .part = &w.part,
                            .outputs = CLASSES,
                            .n = 2,
                            .said = said,
                            .several = RC_SWITCH_NO,
                            .first_stands = true};
        if (rc_ensemble_weigh(&ballot, weight, power) != RC_OK) return -1;
        CHECK(weight[0] + weight[1] == 1 && weight[0] * weight[1] == 0 && power[0] == 1);
        taken += weight[1] == 1;
    }
    return taken;
}

/* The first predictor stands against another of the same skill, and gives way to a better one. */
TEST(noise_does_not_unseat_the_first)
{
    CHECK(unseated(2, 1, false) < DRAWS / 4);
    CHECK(unseated(0, 1, false) > DRAWS / 2);
}

/* Samples that repeat each other are no further evidence where they are of one group. */
TEST(a_group_is_one_draw)
{
    CHECK(unseated(2, TIMES, false) > DRAWS / 3);
    CHECK(unseated(2, TIMES, true) < DRAWS / 4);
}

/* Two predictors of n samples; which of them is taken. */
static int taken_of(const rc_task *t, const rc_dataset *d, const rc_part *part, int64_t outputs,
                    float *said[2])
{
    double weight[2], power[2];
    rc_ballot ballot = {.data = d,
                        .target = d->target,
                        .of = t,
                        .part = part,
                        .outputs = outputs,
                        .n = 2,
                        .said = said,
                        .several = RC_SWITCH_NO};
    if (rc_ensemble_weigh(&ballot, weight, power) != RC_OK) return -1;
    return weight[1] == 1;
}

/* The mean of a number is nearer to it than its quantiles, and is worse as these. */
TEST(quantiles_are_weighed_as_such)
{
    static float truth[MAX], quantiles[2 * MAX], means[2 * MAX];
    rc_task t = {.loss = RC_LOSS_PINBALL, .quantiles = 2, .quantile = {0.05, 0.95}, .y_size = 1};
    rc_array y = {.dtype = RC_DTYPE_F32, .shape = RC_SHAPE(MAX), .data = truth};
    rc_dataset d = {.target = RC_TARGET_REGRESSION, .y_size = 1};
    rc_part part = {.n = MAX, .y = &y};
    rc_rng rng = rc_rng_make(5, "quantiles", 0);
    for (int i = 0; i < MAX; i++) {
        truth[i] = (float)rc_rng_normal(&rng);
        quantiles[2 * i] = -1.645F;
        quantiles[2 * i + 1] = 1.645F;
    }
    CHECK(taken_of(&t, &d, &part, 2, (float *[]){means, quantiles}) == 1);
    CHECK(taken_of(&t, &d, &part, 2, (float *[]){quantiles, means}) == 0);
}

/* Of a point that is not known nobody is right. */
TEST(points_are_weighed_where_they_are_known)
{
    enum { POINTS = 3 };
    static float truth[MAX * POINTS], right[MAX * 2 * POINTS], wrong[MAX * 2 * POINTS];
    rc_task t = {.loss = RC_LOSS_POINTS, .point_classes = 2, .y_size = POINTS};
    rc_array y = {.dtype = RC_DTYPE_F32, .shape = RC_SHAPE(MAX, POINTS), .data = truth};
    rc_dataset d = {.target = RC_TARGET_DENSE, .y_size = POINTS};
    rc_part part = {.n = MAX, .y = &y};
    for (int i = 0; i < MAX; i++)
        for (int k = 0; k < POINTS; k++) {
            int is = (i + k) % 2;
            truth[i * POINTS + k] = k == 0 ? -1 : (float)is;
            for (int c = 0; c < 2; c++) {
                float *at[] = {&right[(i * 2 + c) * POINTS + k], &wrong[(i * 2 + c) * POINTS + k]};
                *at[0] = k == 0 ? 0 : c == is ? 0.7F : 0.3F;
                *at[1] = k == 0 ? 1 : c == is ? 0.6F : 0.4F;
            }
        }
    CHECK(taken_of(&t, &d, &part, 2 * POINTS, (float *[]){wrong, right}) == 1);
    CHECK(taken_of(&t, &d, &part, 2 * POINTS, (float *[]){right, wrong}) == 0);
}

/* A field's plain predictor has as many outputs as the field has numbers, the head of a model none of its
 * own. */
TEST(fields_are_predicted_by_a_plain_member_and_a_model)
{
    enum { N = 12, SIDE = 16 };
    static float x[N * SIDE * SIDE], y[N * SIDE * SIDE];
    char folder[] = "/tmp/recraft_ensemble_XXXXXX", path[64];
    const char *const method[] = {"ridge", "nft"};
    rc_rng rng = rc_rng_make(4, "fields", 0);
    for (int i = 0; i < N * SIDE * SIDE; i++)
        y[i] = 0.5f * (x[i] = (float)rc_rng_normal(&rng));
    rc_view in = RC_VIEW(x, RC_DTYPE_F32, N, 1, SIDE, SIDE), out = RC_VIEW(y, RC_DTYPE_F32, N, 1, SIDE, SIDE);
    rc_data_arrays all = {.size = sizeof all, .x = {&in}, .y = {&out}, .name = "fields"};
    rc_data *d;
    rc_options *o;
    rc_ensemble *e;
    REQUIRE(mkdtemp(folder));
    OK(rc_data_from_arrays(NULL, &all, &d));
    OK(rc_options_create(&o));
    OK(rc_options_set(o, "fit.epochs", "1"));
    OK(rc_options_set(o, "fit.warmup", "0"));
    OK(rc_options_set(o, "fit.opponents", "no"));
    OK(rc_options_set(o, "model.image_size", "16"));
    for (int i = 0; i < 2; i++) {
        rc_fit_how how = {.size = sizeof how, .method = method[i], .options = o};
        rc_predictor *p;
        OK(rc_predictor_fit(NULL, d, &how, &p));
        snprintf(path, sizeof path, "%s/%s", folder, method[i]);
        OK(rc_predictor_save(NULL, p, path));
        rc_predictor_destroy(&p);
    }
    const rc_ensemble_member members[] = {{"ridge", 0.5, 1}, {"nft", 0.5, 1}};
    OK(rc_ensemble_open(folder, 2, members, &e));
    rc_ensemble_destroy(&e);
    rc_options_destroy(&o);
    rc_data_destroy(&d);
    snprintf(path, sizeof path, "rm -r %s", folder);
    CHECK(system(path) == 0);
}

int main(void)
{
    RUN(quantiles_are_weighed_as_such);
    RUN(points_are_weighed_where_they_are_known);
    RUN(a_combination_is_never_worse_than_its_best_part_by_more_than_noise);
    RUN(noise_does_not_unseat_the_first);
    RUN(a_group_is_one_draw);
    RUN(fields_are_predicted_by_a_plain_member_and_a_model);
    return RESULT();
}
