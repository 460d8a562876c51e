/* The threshold between two classes, by hand; and probabilities under other frequencies of the classes, by
 * Bayes' rule, by hand. */
#include "check.h"

#include "base/memory.h"
#include "training/threshold.h"

/* From the top: 1, 1, 0, 1, 0, 0, 0, 0. */
static const float p[] = {0.9f, 0.8f, 0.7f, 0.4f, 0.3f, 0.2f, 0.1f, 0.05f};
static const int32_t label[] = {1, 1, 0, 1, 0, 0, 0, 0};

TEST(thresholds_by_hand)
{
    double t;
    /* F1 is 4/5 after two, 4/6 after three, 6/7 after four. */
    OK(rc_best_threshold(RC_THRESHOLD_F1, 8, p, label, &t));
    NEAR(t, 0.35, 1e-6);
    /* Mean of recalls: (2/3 + 1)/2 after two, (1 + 4/5)/2 after four. */
    OK(rc_best_threshold(RC_THRESHOLD_BALANCED, 8, p, label, &t));
    NEAR(t, 0.35, 1e-6);
    CHECK(rc_decide((const float[]){0.6f, 0.4f}, 2, t) == 1 &&
          rc_decide((const float[]){0.6f, 0.4f}, 2, 0) == 0);
    CHECK(rc_decide((const float[]){0.7f, 0.3f}, 2, t) == 0);
}

TEST(of_equal_ones_the_nearest_to_one_half)
{
    const float even[] = {0.9f, 0.6f, 0.2f, 0.1f};
    const int32_t whole[] = {1, 1, 0, 0};
    double t;
    OK(rc_best_threshold(RC_THRESHOLD_F1, 4, even, whole, &t));
    NEAR(t, 0.4, 1e-6);
    const float same[] = {0.5f, 0.5f, 0.5f};
    const int32_t mixed[] = {1, 0, 1};
    OK(rc_best_threshold(RC_THRESHOLD_F1, 3, same, mixed, &t)); /* they cannot be told apart */
    NEAR(t, 0.25, 1e-6);
}

TEST(priors_by_hand)
{
    char *name[] = {"no", "yes"};
    double share[] = {0.5, 0.5};
    rc_task t = {.target = RC_TARGET_CLASSES,
                 .loss = RC_LOSS_CROSS_ENTROPY,
                 .outputs = 2,
                 .labels = 2,
                 .label_name = name,
                 .share = share,
                 .threshold = 0.3};
    float z[2] = {0, logf(4)}; /* p(yes) = 0.8 */
    FAILS(RC_CONFIG, "not one of the 2 classes", rc_task_set_priors(&t, "no=0.9,maybe=0.1"));
    FAILS(RC_CONFIG, "sum to 0.8", rc_task_set_priors(&t, "no=0.7,yes=0.1"));
    FAILS(RC_CONFIG, "1 shares for 2 classes", rc_task_set_priors(&t, "no=1"));
    FAILS(RC_CONFIG, "is given twice", rc_task_set_priors(&t, "no=0.5,no=0.5"));
    CHECK(t.prior == NULL && t.threshold == 0.3);
    OK(rc_task_set_priors(&t, "yes=0.1,no=0.9"));
    CHECK(t.threshold == 0);
    rc_task_finish_output(&t, 2, z); /* 0.8 * 0.1 / (0.8 * 0.1 + 0.2 * 0.9) */
    NEAR(z[1], 0.08 / 0.26, 1e-6);
    NEAR(z[0] + z[1], 1, 1e-6);
    /* Learnt where one of five is a yes: the odds of 4 become 4 * (0.5 / 0.2) / (0.5 / 0.8) = 16. */
    share[0] = 0.8;
    share[1] = 0.2;
    OK(rc_task_set_priors(&t, "0.5,0.5"));
    z[0] = 0;
    z[1] = logf(4);
    rc_task_finish_output(&t, 2, z);
    NEAR(z[1], 16.0 / 17, 1e-6);
    /* A class that the training data lack. */
    share[0] = 1;
    share[1] = 0;
    FAILS(RC_DATA, "has learnt nothing about class 1", rc_task_set_priors(&t, "0.5,0.5"));
    OK(rc_task_set_priors(&t, "1,0"));
    z[0] = 0;
    z[1] = logf(4);
    rc_task_finish_output(&t, 2, z);
    CHECK(z[0] == 1 && z[1] == 0);
    rc_free(t.prior);
    t.share = NULL;
    FAILS(RC_UNSUPPORTED, "fit again", rc_task_set_priors(&t, "0.5,0.5"));
}

int main(void)
{
    RUN(thresholds_by_hand);
    RUN(of_equal_ones_the_nearest_to_one_half);
    RUN(priors_by_hand);
    return RESULT();
}
