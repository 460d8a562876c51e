/* tests/check.h: a test program is main() calling RUN(name) for each TEST(name); it ends with RESULT().
 * A failed CHECK prints where and what, counts, and the program goes on; REQUIRE leaves the test. */
#ifndef RC_TESTS_CHECK_H
#define RC_TESTS_CHECK_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recraft/status.h"

static int check_failures, check_count;

#define CHECK(cond)                                                            \
    do {                                                                       \
        check_count++;                                                         \
        if (!(cond)) {                                                         \
            check_failures++;                                                  \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #cond); \
        }                                                                      \
    } while (0)
#define REQUIRE(cond)                                                                          \
    do {                                                                                       \
        check_count++;                                                                         \
        if (!(cond)) {                                                                         \
            check_failures++;                                                                  \
            fprintf(stderr, "%s:%d: failed: %s (last error: %s)\n", __FILE__, __LINE__, #cond, \
                    rc_error_text());                                                          \
            return;                                                                            \
        }                                                                                      \
    } while (0)
#define OK(call) REQUIRE((call) == RC_OK)
/* The call fails with this code and its text contains the words. */
#define FAILS(code, words, call)                                                                         \
    do {                                                                                                 \
        check_count++;                                                                                   \
        rc_status check_got_ = (call);                                                                   \
        if (check_got_ != (code) || !strstr(rc_error_text(), (words))) {                                 \
            check_failures++;                                                                            \
            fprintf(stderr, "%s:%d: %s: wanted %s with \"%s\", got %s: %s\n", __FILE__, __LINE__, #call, \
                    rc_status_text(code), (words), rc_status_text(check_got_), rc_error_text());         \
        }                                                                                                \
    } while (0)
#define NEAR(a, b, tolerance)                                                                           \
    do {                                                                                                \
        check_count++;                                                                                  \
        double check_a_ = (a), check_b_ = (b);                                                          \
        if (!(fabs(check_a_ - check_b_) <= (tolerance))) {                                              \
            check_failures++;                                                                           \
            fprintf(stderr, "%s:%d: %s = %.9g, %s = %.9g, apart %.3g > %.3g\n", __FILE__, __LINE__, #a, \
                    check_a_, #b, check_b_, fabs(check_a_ - check_b_), (double)(tolerance));            \
        }                                                                                               \
    } while (0)
#define TEST(name) static void name(void)
#define RUN(name)                                                                       \
    do {                                                                                \
        int before_ = check_failures;                                                   \
        name();                                                                         \
        fprintf(stderr, "%s %s\n", check_failures == before_ ? "ok  " : "FAIL", #name); \
    } while (0)
#define RESULT()                                                             \
    (fprintf(stderr, "%d checks, %d failed\n", check_count, check_failures), \
     check_failures ? EXIT_FAILURE : EXIT_SUCCESS)

#endif
