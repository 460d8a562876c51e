/* The plug-in for one MPI: of whose mpi.h it is built. RC_PLUGIN_NAME is its name. */
#include <mpi.h>
#include <stdio.h>
#include <string.h>

#include "parallel/plugin.h"

_Static_assert(sizeof(MPI_Request) <= sizeof(rc_plugin_request), "a request has room");

/* Copies of the world, so that messages of nobody else come between. Transfers of one are begun in the same
 * order by all ranks; when the sum of a range is spread differs from rank to rank, beside what else is begun
 * meanwhile. */
static MPI_Comm ranks = MPI_COMM_NULL, spreading = MPI_COMM_NULL;

static int copy_world(MPI_Comm *out)
{
    int code = MPI_Comm_dup(MPI_COMM_WORLD, out);
    return code == MPI_SUCCESS ? MPI_Comm_set_errhandler(*out, MPI_ERRORS_RETURN) : code;
}

static void keep(MPI_Request request, rc_plugin_request *r)
{
    memcpy(r, &request, sizeof request);
}

static int start(int *rank, int *size)
{
    int given, there, code = MPI_Initialized(&there);
    if (code == MPI_SUCCESS && !there) code = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &given);
    if (code == MPI_SUCCESS) code = copy_world(&ranks);
    if (code == MPI_SUCCESS) code = copy_world(&spreading);
    if (code == MPI_SUCCESS) code = MPI_Comm_rank(ranks, rank);
    return code == MPI_SUCCESS ? MPI_Comm_size(ranks, size) : code;
}

static int broadcast(void *data, int bytes, rc_plugin_request *r)
{
    MPI_Request request;
    int code = MPI_Ibcast(data, bytes, MPI_BYTE, 0, ranks, &request);
    keep(request, r);
    return code;
}

static int gather(const void *mine, void *all, const int *n, const int *at, int unit, rc_plugin_request *r)
{
    MPI_Request request;
    MPI_Datatype type;
    int rank, code = MPI_Comm_rank(ranks, &rank);
    if (code == MPI_SUCCESS) code = MPI_Type_contiguous(unit, MPI_BYTE, &type);
    if (code == MPI_SUCCESS) code = MPI_Type_commit(&type);
    if (code != MPI_SUCCESS) return code;
    code = MPI_Iallgatherv(mine ? mine : MPI_IN_PLACE, n[rank], type, all, n, at, type, ranks, &request);
    MPI_Type_free(&type); /* once the transfer is done */
    keep(request, r);
    return code;
}

static int exchange(const float *mine, const int *n, const int *at, float *theirs, const int *their_n,
                    const int *their_at, rc_plugin_request *r)
{
    MPI_Request request;
    int code = MPI_Ialltoallv(mine, n, at, MPI_FLOAT, theirs, their_n, their_at, MPI_FLOAT, ranks, &request);
    keep(request, r);
    return code;
}

static int spread(float *all, const int *n, const int *at, rc_plugin_request *r)
{
    MPI_Request request;
    int code =
        MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, all, n, at, MPI_FLOAT, spreading, &request);
    keep(request, r);
    return code;
}

static int test(rc_plugin_request *r, int *done)
{
    MPI_Request request;
    memcpy(&request, r, sizeof request);
    int code = MPI_Test(&request, done, MPI_STATUS_IGNORE);
    keep(request, r);
    return code;
}

static void text(int code, size_t size, char *out)
{
    char words[MPI_MAX_ERROR_STRING];
    int length;
    if (MPI_Error_string(code, words, &length) != MPI_SUCCESS) strcpy(words, "unknown error");
    snprintf(out, size, "%s", words);
}

static int end(void)
{
    int code = MPI_Comm_free(&ranks);
    if (code == MPI_SUCCESS) code = MPI_Comm_free(&spreading);
    return code == MPI_SUCCESS ? MPI_Finalize() : code;
}

extern const rc_plugin recraft_plugin __attribute__((visibility("default")));
const rc_plugin recraft_plugin = {.version = RC_PLUGIN_VERSION,
                                  .name = RC_PLUGIN_NAME,
                                  .start = start,
                                  .broadcast = broadcast,
                                  .gather = gather,
                                  .exchange = exchange,
                                  .spread = spread,
                                  .test = test,
                                  .text = text,
                                  .end = end};
