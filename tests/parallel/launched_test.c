/* Which plug-in a process takes, by what its launcher and its user have told it. */
#include "check.h"
#include "parallel/launched.h"
#include "parallel/parallel.h"

static const char *const told[] = {
    "RECRAFT_MPI", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "PMI_SIZE", "PMI_RANK",
    "PMIX_RANK",   "SLURM_STEP_NUM_TASKS"};

/* Of pairs of a variable and its value; NULL ends them. */
static rc_status launch(const char *const *set, const rc_plugin **out)
{
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        unsetenv(told[i]);
    for (; *set; set += 2)
        setenv(set[0], set[1], 1);
    return rc__launched(out);
}
#define LAUNCH(out, ...) launch((const char *[]){__VA_ARGS__, NULL}, out)

TEST(one_process_is_alone)
{
    const rc_plugin *p;
    OK(launch((const char *[]){NULL}, &p));
    CHECK(!p);
    OK(LAUNCH(&p, "OMPI_COMM_WORLD_SIZE", "1"));
    CHECK(!p);
    OK(LAUNCH(&p, "PMI_SIZE", "1", "PMIX_RANK", "0"));
    CHECK(!p);
    OK(LAUNCH(&p, "RECRAFT_MPI", "none", "OMPI_COMM_WORLD_SIZE", "4"));
    CHECK(!p);
}

/* No plug-in lies beside this test. */
TEST(a_launcher_names_its_plug_in)
{
    const rc_plugin *p;
    FAILS(RC_CONFIG, "recraft-openmpi.so is not beside the program", LAUNCH(&p, "OMPI_COMM_WORLD_SIZE", "2"));
    FAILS(RC_CONFIG, "recraft-mpich.so is not beside", LAUNCH(&p, "PMI_SIZE", "2", "PMIX_RANK", "0"));
    FAILS(RC_CONFIG, "recraft-openmpi.so is not beside", LAUNCH(&p, "PMIX_RANK", "0")); /* of how many? */
    FAILS(RC_CONFIG, "recraft-mpich.so is not beside",
          LAUNCH(&p, "RECRAFT_MPI", "mpich", "OMPI_COMM_WORLD_SIZE", "2"));
    FAILS(RC_CONFIG, "recraft-openmpi.so is not beside", LAUNCH(&p, "RECRAFT_MPI", "", "PMIX_RANK", "0"));
    CHECK(!p);
}

TEST(a_file_is_taken_as_it_is)
{
    const rc_plugin *p;
    OK(LAUNCH(&p, "RECRAFT_MPI", RC_ONE_RANK, "PMI_SIZE", "1"));
    CHECK(p && strcmp(p->name, "one rank") == 0);
    FAILS(RC_CONFIG, "./none.so: the plug-in for MPI cannot be opened",
          LAUNCH(&p, "RECRAFT_MPI", "./none.so"));
}

/* -1: not one of several. */
static int which(const char *const *set)
{
    const rc_plugin *p;
    int rank;
    (void)!launch(set, &p);
    return rc_parallel_is_one_of_several(&rank) ? rank : -1;
}
#define WHICH(...) which((const char *[]){__VA_ARGS__, NULL})

TEST(one_of_several_knows_itself)
{
    CHECK(WHICH("OMPI_COMM_WORLD_SIZE", "3", "OMPI_COMM_WORLD_RANK", "2") == 2);
    CHECK(WHICH("PMI_SIZE", "2", "PMI_RANK", "0") == 0);
    CHECK(WHICH("PMIX_RANK", "1", "SLURM_STEP_NUM_TASKS", "2") == 1);
    CHECK(WHICH("PMIX_RANK", "0", "SLURM_STEP_NUM_TASKS", "1") == -1);
    CHECK(WHICH("PMIX_RANK", "0") == -1);
    CHECK(WHICH("PMI_SIZE", "1", "PMI_RANK", "0") == -1);
    CHECK(WHICH("RECRAFT_MPI", "none", "PMI_SIZE", "2", "PMI_RANK", "1") == -1);
    CHECK(WHICH("SLURM_STEP_NUM_TASKS", "2") == -1);
}

int main(void)
{
    RUN(one_process_is_alone);
    RUN(a_launcher_names_its_plug_in);
    RUN(a_file_is_taken_as_it_is);
    RUN(one_of_several_knows_itself);
    return RESULT();
}
