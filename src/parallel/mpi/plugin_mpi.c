/* The plug-in for one MPI: of whose mpi.h it is built. RC_PLUGIN_NAME is its name. */
#include <mpi.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

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

/* ---- the thread that keeps transfers going ----
 * MPI moves bytes only while it is called. The caller looks in between its operations, which may each take
 * longer than the system's buffers last. */

static struct {
    pthread_mutex_t lock; /* around every call of MPI after the start */
    pthread_cond_t work;
    pthread_t thread;
    bool runs, ends;
    int transfers; /* under way */
} mover = {.lock = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER};

static void *move(void *unused)
{
    static const struct timespec often = {.tv_nsec = 1000 * 1000};
    pthread_mutex_lock(&mover.lock);
    while (!mover.ends) {
        int flag;
        if (mover.transfers == 0) {
            pthread_cond_wait(&mover.work, &mover.lock);
            continue;
        }
        /* No such message is ever sent: asking for it moves all others. Whoever tests a transfer sees a
         * failure. */
        MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, ranks, &flag, MPI_STATUS_IGNORE);
        pthread_mutex_unlock(&mover.lock);
        nanosleep(&often, NULL);
        pthread_mutex_lock(&mover.lock);
    }
    pthread_mutex_unlock(&mover.lock);
    return unused;
}

static void end_mover(void)
{
    if (!mover.runs) return;
    pthread_mutex_lock(&mover.lock);
    mover.ends = true;
    pthread_cond_signal(&mover.work);
    pthread_mutex_unlock(&mover.lock);
    pthread_join(mover.thread, NULL);
    mover.runs = false;
}

/* ---- transfers ---- */

static int keep(int code, MPI_Request request, rc_plugin_request *r)
{
    memcpy(r, &request, sizeof request);
    mover.transfers += code == MPI_SUCCESS;
    pthread_cond_signal(&mover.work);
    pthread_mutex_unlock(&mover.lock);
    return code;
}

static int start(int *rank, int *size)
{
    int given = MPI_THREAD_SINGLE, there, code = MPI_Initialized(&there);
    if (code == MPI_SUCCESS && !there) code = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &given);
    if (code == MPI_SUCCESS) code = copy_world(&ranks);
    if (code == MPI_SUCCESS) code = copy_world(&spreading);
    if (code == MPI_SUCCESS) code = MPI_Comm_rank(ranks, rank);
    if (code == MPI_SUCCESS) code = MPI_Comm_size(ranks, size);
    if (code == MPI_SUCCESS && given >= MPI_THREAD_SERIALIZED)
        mover.runs = pthread_create(&mover.thread, NULL, move, NULL) == 0;
    return code;
}

static int broadcast(void *data, int bytes, rc_plugin_request *r)
{
    MPI_Request request;
    pthread_mutex_lock(&mover.lock);
    int code = MPI_Ibcast(data, bytes, MPI_BYTE, 0, ranks, &request);
    return keep(code, request, r);
}

static int gather(const void *mine, void *all, const int *n, const int *at, int unit, rc_plugin_request *r)
{
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Datatype type;
    pthread_mutex_lock(&mover.lock);
    int rank, code = MPI_Comm_rank(ranks, &rank);
    if (code == MPI_SUCCESS) code = MPI_Type_contiguous(unit, MPI_BYTE, &type);
    if (code == MPI_SUCCESS) {
        code = MPI_Type_commit(&type);
        if (code == MPI_SUCCESS)
            code =
                MPI_Iallgatherv(mine ? mine : MPI_IN_PLACE, n[rank], type, all, n, at, type, ranks, &request);
        MPI_Type_free(&type); /* once the transfer is done */
    }
    return keep(code, request, r);
}

static MPI_Datatype number(int bytes)
{
    return bytes == 2 ? MPI_UINT16_T : MPI_FLOAT;
}

static int exchange(const void *mine, const int *n, const int *at, void *theirs, const int *their_n,
                    const int *their_at, int bytes, rc_plugin_request *r)
{
    MPI_Request request;
    MPI_Datatype type = number(bytes);
    pthread_mutex_lock(&mover.lock);
    int code = MPI_Ialltoallv(mine, n, at, type, theirs, their_n, their_at, type, ranks, &request);
    return keep(code, request, r);
}

static int spread(void *all, const int *n, const int *at, int bytes, rc_plugin_request *r)
{
    MPI_Request request;
    pthread_mutex_lock(&mover.lock);
    int code =
        MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, all, n, at, number(bytes), spreading, &request);
    return keep(code, request, r);
}

static int test(rc_plugin_request *r, int *done)
{
    MPI_Request request;
    memcpy(&request, r, sizeof request);
    pthread_mutex_lock(&mover.lock);
    int code = MPI_Test(&request, done, MPI_STATUS_IGNORE);
    memcpy(r, &request, sizeof request);
    mover.transfers -= code == MPI_SUCCESS && *done;
    pthread_mutex_unlock(&mover.lock);
    return code;
}

static void text(int code, size_t size, char *out)
{
    char words[MPI_MAX_ERROR_STRING];
    int length;
    pthread_mutex_lock(&mover.lock);
    if (MPI_Error_string(code, words, &length) != MPI_SUCCESS) strcpy(words, "unknown error");
    pthread_mutex_unlock(&mover.lock);
    snprintf(out, size, "%s", words);
}

static int end(void)
{
    end_mover();
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
