/* Contexts: versions, sinks, interrupts, threads, devices and failures of two contexts do not mix. */
#include "check.h"

#include <omp.h>
#include <pthread.h>

#include "base/progress.h"
#include "recraft/recraft.h"

TEST(versions_agree)
{
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", RC_VERSION_MAJOR, RC_VERSION_MINOR, RC_VERSION_PATCH);
    CHECK(strcmp(text, rc_version()) == 0);
    CHECK(rc_version_number() == RC_VERSION_NUMBER);
}

static void count(void *context, const char *line)
{
    (void)line;
    ++*(int *)context;
}

TEST(a_context_has_its_own_sink)
{
    rc_context *a, *b;
    int of_a = 0, of_b = 0;
    OK(rc_context_create(&a));
    OK(rc_context_create(&b));
    rc_context_set_progress(a, &(rc_sink){.note = count, .context = &of_a});
    rc_context_set_progress(b, &(rc_sink){.note = count, .context = &of_b});
    CHECK(rc_context_use(a) == NULL);
    rc_progress_note("to a");
    CHECK(rc_context_use(b) == a);
    rc_progress_note("to b");
    rc_progress_note("to b");
    CHECK(rc_context_use(NULL) == b);
    rc_progress_note("to nobody");
    CHECK(of_a == 1 && of_b == 2);
    rc_context_destroy(&a);
    rc_context_destroy(&b);
    CHECK(!a && !b);
}

static rc_status measure(rc_context *c, rc_distance_result *out)
{
    const float x[] = {0, 1, 2, 3}, y[] = {1, 2, 3, 5};
    rc_view a = RC_VIEW(x, RC_DTYPE_F32, 4, 1), b = RC_VIEW(y, RC_DTYPE_F32, 4, 1);
    return rc_distance_between(c, "sinkhorn", &(rc_points){.size = sizeof(rc_points), .x = &a},
                               &(rc_points){.size = sizeof(rc_points), .x = &b}, NULL, NULL, NULL, out);
}

TEST(an_interrupt_stops_one_context_until_it_is_cleared)
{
    rc_context *a, *b;
    rc_distance_result r = RC_DISTANCE_RESULT_INIT;
    OK(rc_context_create(&a));
    OK(rc_context_create(&b));
    rc_context_interrupt(a);
    CHECK(rc_context_is_interrupted(a) && !rc_context_is_interrupted(b) && !rc_context_is_interrupted(NULL));
    FAILS(RC_INTERRUPTED, "interrupted", measure(a, &r));
    CHECK(rc_context_status(a) == RC_INTERRUPTED && strcmp(rc_context_error(a), "interrupted") == 0);
    CHECK(rc_context_status(b) == RC_OK && rc_context_error(b)[0] == '\0');
    OK(measure(b, &r));
    rc_context_clear_interrupt(a);
    OK(measure(a, &r));
    rc_context_destroy(&a);
    rc_context_destroy(&b);
}

TEST(means_are_checked)
{
    rc_context *a;
    OK(rc_context_create(&a));
    FAILS(RC_CONFIG, "-1 threads", rc_context_set_threads(a, -1));
    OK(rc_context_set_threads(a, 1));
    CHECK(rc_context_threads(a) == 1 && rc_context_threads(NULL) == 0);
    FAILS(RC_CONFIG, "no device", rc_context_set_device(a, "abacus"));
    OK(rc_context_set_device(a, "ref"));
    CHECK(strcmp(rc_context_device(a), "ref") == 0 && strcmp(rc_context_device(NULL), "onednn") == 0);
    OK(rc_context_set_device(a, NULL));
    CHECK(strcmp(rc_context_device(a), "onednn") == 0);
    rc_context_destroy(&a);
}

TEST(a_chosen_context_limits_the_threads_of_the_calling_one)
{
    rc_context *a, *b;
    const int before = omp_get_max_threads();
    OK(rc_context_create(&a));
    OK(rc_context_create(&b));
    OK(rc_context_set_threads(a, before + 2));
    CHECK(omp_get_max_threads() == before);
    rc_context_use(a);
    CHECK(omp_get_max_threads() == before + 2);
    OK(rc_context_set_threads(a, before + 1));
    CHECK(omp_get_max_threads() == before + 1);
    rc_context_use(b);
    CHECK(omp_get_max_threads() == before);
    OK(rc_context_set_threads(b, before + 3));
    rc_context_use(a);
    CHECK(omp_get_max_threads() == before + 1);
    OK(rc_context_set_threads(a, 0));
    CHECK(omp_get_max_threads() == before);
    rc_context_use(NULL);
    rc_context_destroy(&a);
    rc_context_destroy(&b);
}

typedef struct reader {
    rc_context *uses;
    int batches;
} reader;

/* The callback of a call chooses a context, and leaves it so. */
static int next(void *context, rc_data_part part, rc_data_batch *b)
{
    static const float inputs[4] = {0, 1, 2, 3};
    static const int64_t labels[4] = {0, 1, 0, 1};
    reader *r = context;
    rc_context_use(r->uses);
    if (part != RC_DATA_TRAIN || r->batches-- == 0) return 0;
    b->x = RC_VIEW(inputs, RC_DTYPE_F32, 4, 1);
    b->y = RC_VIEW(labels, RC_DTYPE_I64, 4);
    return 1;
}

TEST(a_call_leaves_the_limit_as_it_was)
{
    rc_context *a;
    rc_data *d;
    const int before = omp_get_max_threads();
    OK(rc_context_create(&a));
    OK(rc_context_set_threads(a, before + 2));
    OK(rc_data_from_batches(NULL, next, &(reader){a, 1}, NULL, &d));
    rc_data_destroy(&d);
    CHECK(omp_get_max_threads() == before);
    omp_set_num_threads(before + 1);
    CHECK(rc_context_use(NULL) == NULL);
    CHECK(omp_get_max_threads() == before + 1); /* nothing limits it that could end here */
    omp_set_num_threads(before);

    rc_context_use(a);
    OK(rc_data_from_batches(NULL, next, &(reader){NULL, 1}, NULL, &d));
    rc_data_destroy(&d);
    CHECK(omp_get_max_threads() == before + 2);
    CHECK(rc_context_use(NULL) == a);
    CHECK(omp_get_max_threads() == before);
    rc_context_destroy(&a);
}

typedef struct job {
    double value;
    bool interrupted;
} job;

static void *work(void *argument)
{
    job *j = argument;
    rc_context *c = NULL;
    rc_distance_result r = RC_DISTANCE_RESULT_INIT;
    rc_status status = rc_context_create(&c);
    if (j->interrupted) rc_context_interrupt(c);
    for (int i = 0; i < 50 && status == RC_OK; i++)
        status = measure(c, &r);
    j->value = status == RC_OK ? r.value : status == RC_INTERRUPTED ? -1 : -2;
    rc_context_destroy(&c);
    return NULL;
}

TEST(two_threads_do_not_meet)
{
    job jobs[3] = {0};
    pthread_t thread[3];
    rc_distance_result r = RC_DISTANCE_RESULT_INIT;
    jobs[1].interrupted = true;
    OK(measure(NULL, &r));
    for (int i = 0; i < 3; i++)
        CHECK(pthread_create(&thread[i], NULL, work, &jobs[i]) == 0);
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    CHECK(jobs[0].value == r.value && jobs[2].value == r.value && jobs[1].value == -1);
}

int main(void)
{
    RUN(versions_agree);
    RUN(a_context_has_its_own_sink);
    RUN(an_interrupt_stops_one_context_until_it_is_cleared);
    RUN(means_are_checked);
    RUN(a_chosen_context_limits_the_threads_of_the_calling_one);
    RUN(a_call_leaves_the_limit_as_it_was);
    RUN(two_threads_do_not_meet);
    return RESULT();
}
