/* Transfers, with a plug-in that moves nothing (one_rank.c). (On several ranks: tests/cli/ranks_test.sh.) */
#include "check.h"

#include "parallel/parallel.h"

static void end(const char *line, int code)
{
    fprintf(stderr, "%s\n", line);
    exit(code);
}

TEST(the_plug_in_is_joined)
{
    setenv("RECRAFT_MPI", RC_ONE_RANK, 1);
    OK(rc_parallel_join(0, NULL, end));
    CHECK(rc_parallel_size() == 1);
}

TEST(what_is_there_is_complete)
{
    int64_t row[] = {5, 7, 8}, mine = 3, all[3] = {1, 2, 3};
    OK(rc_parallel_complete(2, 1, row, sizeof *all, all));
    OK(rc_parallel_gather(&mine, sizeof mine, all));
    CHECK(all[0] == 3 && all[1] == 2);
}

/* Cut down to 32 bits, these would be 3 rows. */
TEST(more_rows_than_an_int_counts_are_refused)
{
    const int64_t many = ((int64_t)1 << 32) + 3, row[] = {0, many};
    char none;
    FAILS(RC_UNSUPPORTED, "4294967299 rows of 1 bytes are too many",
          rc_parallel_complete(many, 1, NULL, 1, &none));
    FAILS(RC_UNSUPPORTED, "4294967299 rows of 1 bytes are too many",
          rc_parallel_complete(1, 1, row, 1, &none));
    FAILS(RC_UNSUPPORTED, "1 rows of 4294967299 bytes",
          rc_parallel_complete(1, 1, NULL, (size_t)many, &none));
}

int main(void)
{
    RUN(the_plug_in_is_joined);
    RUN(what_is_there_is_complete);
    RUN(more_rows_than_an_int_counts_are_refused);
    rc_parallel_leave(RC_OK);
    return RESULT();
}
