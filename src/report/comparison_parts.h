/* report/comparison_parts.h: what the tables and the page of a comparison share. Within report/ only. */
#ifndef RC_REPORT_COMPARISON_PARTS_H
#define RC_REPORT_COMPARISON_PARTS_H

#include "report/comparison.h"

enum { RC__CELL = 64 };
/* "0.1234 ± 0.0012", or "-". */
void rc__cell_text(char out[RC__CELL], const rc_comparison *c, int64_t d, int64_t m);
bool rc__cell_is_best(const rc_comparison *c, int64_t d, int64_t m);

typedef struct rc__tally {
    int64_t all, done, failed;
} rc__tally;
rc__tally rc__count_runs(const rc_comparison *c);

typedef struct rc__cost { /* of a method, over its finished runs */
    int64_t runs;
    double seconds, peak_mb;
} rc__cost;
rc__cost rc__cost_of(const rc_comparison *c, int64_t m);

/* "0.40 (-0.10 to 0.90), p 0.031", or "-". */
void rc__agreement_text(char out[RC__CELL], const rc_comparison *c, int64_t k, int64_t m);
extern const char rc__agreement_words[]; /* how to read them */

/* comparison_questions.c: answers to what was asked. */
rc_status rc__answer_all(rc_comparison *c) RC_MUST_CHECK;
bool rc__asks_level(const rc_comparison_answer *a);
/* "recraft ahead of nft" */
rc_status rc__question_text(const rc_comparison *c, const rc_comparison_answer *a,
                            rc_string *out) RC_MUST_CHECK;
/* "yes", "no, behind", "not shown" at the level 0.05; of level, on how many. Not before all runs are done. */
void rc__answer_text(const rc_comparison_answer *a, char out[RC__CELL]);
extern const char rc__questions_words[]; /* how the answers are found */

/* A difference without a unit, from -1 to 1. */
double rc__relative(double a, double b);

/* Seven digits of a mean: scores that are equal but for rounding are equal. */
double rc__seven_digits(double mean);

/* The outcome of the tests over data sets, in words. */
rc_status rc__verdict_text(const rc_comparison *c, rc_string *out) RC_MUST_CHECK;

#endif
