#include "devices/gpu/nccl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/progress.h"

#include "devices/gpu/library.h"

/* Of the process. */
static struct {
    rc__nccl_functions call;
    int version; /* 10000 major + 100 minor + patch; 0: not opened yet */
} all;

/* What the library adds to a code may be of several lines, the first of which says it. */
static rc_status check(const rc__nccl *n, unsigned code, const char *what)
{
    if (code == RC_NCCL_SUCCESS || code == RC_NCCL_IN_PROGRESS) return RC_OK;
    const char *more = n->comm ? all.call.GetLastError(n->comm) : NULL;
    int length = more ? (int)strcspn(more, "\n") : 0;
    return rc_fail(RC_DEVICE, "NCCL: %s failed (code %u: %s%s%.*s)", what, code,
                   all.call.GetErrorString(code), length ? "; " : "", length, length ? more : "");
}

/* ---- the library ---- */

#define COUNT(names) (int)(sizeof(names) / sizeof *(names))

static rc_status open_library(void)
{
#define NAME(name, result, arguments) "nccl" #name,
    static const char *const names[] = {RC_NCCL_FUNCTIONS(NAME, rc_nccl_id, rc_nccl_config)};
#undef NAME
    static const char remedy[] = "install NCCL 2.14 or later where LD_LIBRARY_PATH finds it";
    const rc__nccl none = {0};
    const char *asked = getenv("RECRAFT_NCCL");
    int version = 0;
    RC_CHECK(!asked || strcmp(asked, "none") != 0, RC_CONFIG, "NCCL: RECRAFT_NCCL=none");
    RC_TRY(rc__gpu_library_open("NCCL", "libnccl.so.2", remedy, COUNT(names), names, &all.call, NULL));
    RC_TRY(check(&none, all.call.GetVersion(&version), "asking for its version"));
    /* Before 2.9 the number was made otherwise, and was smaller. */
    RC_CHECK(version >= RC_NCCL_VERSION_2_14, RC_CONFIG, "NCCL: libnccl.so.2 is older than 2.14 (%d); %s",
             version, remedy);
    all.version = version;
    return RC_OK;
}

rc_status rc__nccl_open(size_t size, char *version)
{
    rc_status status = RC_OK;
#pragma omp critical(rc_nccl_open)
    if (all.version == 0) status = open_library();
    if (status == RC_OK)
        snprintf(version, size, "NCCL %d.%d.%d", all.version / 10000, all.version / 100 % 100,
                 all.version % 100);
    return status;
}

/* ---- meeting ---- */

rc_status rc__nccl_check(const rc__nccl *n)
{
    return n->refused[0] ? rc_fail(RC_DEVICE, "%s", n->refused) : RC_OK;
}

_Static_assert(sizeof(rc_nccl_id) == sizeof(rc_bridge_meeting), "a meeting is an id of NCCL's");

rc_status rc__nccl_invite(rc_bridge_meeting *out)
{
    const rc__nccl none = {0};
    rc_nccl_id id;
    RC_TRY(check(&none, all.call.GetUniqueId(&id), "arranging a meeting"));
    memcpy(out, &id, sizeof id);
    return RC_OK;
}

/* Moves that were in line are given up: whoever waits for them is told. */
static void leave(rc__nccl *n, const char *why)
{
    if (n->comm) (void)all.call.CommAbort(n->comm);
    n->comm = NULL;
    snprintf(n->refused, sizeof n->refused, "%s", why);
}

void rc__nccl_drop(rc__nccl *n, const char *why)
{
    leave(n, why);
    n->is_waited_for = false;
}

static rc_status give_up(rc__nccl *n, rc_status status)
{
    if (status != RC_OK) leave(n, rc_error_text());
    return status;
}

/* What the library does in threads of its own. */
static rc_status look(const rc__nccl *n, bool *done)
{
    static const char what[] = "what leads from card to card";
    unsigned code = RC_NCCL_SUCCESS;
    RC_TRY(check(n, all.call.CommGetAsyncError(n->comm, &code), what));
    *done = code == RC_NCCL_SUCCESS;
    return check(n, code, what);
}

rc_status rc__nccl_look(rc__nccl *n, bool *done)
{
    RC_TRY(rc__nccl_check(n));
    return give_up(n, look(n, done));
}

rc_status rc__nccl_meet(rc__nccl *n, const rc_bridge_meeting *at, int64_t number, int64_t size)
{
    rc_nccl_config how = {sizeof how, RC_NCCL_MAGIC, RC_NCCL_VERSION_2_14, false};
    rc_nccl_id id;
    memcpy(&id, at, sizeof id);
    RC_TRY(rc__nccl_check(n));
    unsigned code = all.call.CommInitRankConfig(&n->comm, (int)size, id, (int)number, &how);
    return give_up(n, check(n, code, "meeting"));
}

/* ---- moves ---- */

static rc_status move_all(const rc__nccl *n, rc_cu_stream stream, int64_t moves, const rc_bridge_move *move)
{
    for (int64_t i = 0; i < moves; i++) {
        const rc_bridge_move *m = &move[i];
        int with = (int)m->with;
        if (m->mine_bytes)
            RC_TRY(check(n, all.call.Send(m->mine, m->mine_bytes, RC_NCCL_INT8, with, n->comm, stream),
                         "sending"));
        if (m->their_bytes)
            RC_TRY(check(n, all.call.Recv(m->theirs, m->their_bytes, RC_NCCL_INT8, with, n->comm, stream),
                         "receiving"));
    }
    return RC_OK;
}

static rc_status begin(rc__nccl *n, rc_cu_stream stream, int64_t moves, const rc_bridge_move *move)
{
    static const char what[] = "a transfer between cards";
    RC_TRY(check(n, all.call.GroupStart(), what));
    n->is_waited_for = true;
    rc_status status = move_all(n, stream, moves, move);
    unsigned code = all.call.GroupEnd();
    RC_TRY(status);
    return check(n, code, what);
}

rc_status rc__nccl_begin(rc__nccl *n, rc_cu_stream stream, int64_t moves, const rc_bridge_move *move)
{
    RC_TRY(rc__nccl_check(n));
    return give_up(n, begin(n, stream, moves, move));
}

rc_status rc__nccl_exchange(rc__nccl *n, rc_cu_stream stream, int64_t moves, const rc_bridge_move *move)
{
    bool done = false;
    RC_TRY(rc__nccl_begin(n, stream, moves, move));
    for (int64_t tries = 0; !done; tries++) {
        RC_TRY(rc__nccl_look(n, &done));
        if (!done) rc_clock_pause(tries);
    }
    return RC_OK;
}

bool rc__nccl_is_under_way(rc__nccl *n)
{
    bool done;
    return n->comm && n->is_waited_for && rc__nccl_look(n, &done) == RC_OK;
}

rc_status rc__nccl_arrived(rc__nccl *n)
{
    bool was_under_way = n->is_waited_for;
    n->is_waited_for = false;
    return was_under_way ? rc__nccl_check(n) : RC_OK;
}
