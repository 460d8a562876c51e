/* Which plug-in a process takes, by what its launcher and its user have told it. */
#include "check.h"
#include "parallel/launched.h"

static const char *const told[] = {"RECRAFT_MPI", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"};

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

int main(void)
{
    RUN(one_process_is_alone);
    RUN(a_launcher_names_its_plug_in);
    RUN(a_file_is_taken_as_it_is);
    return RESULT();
}
