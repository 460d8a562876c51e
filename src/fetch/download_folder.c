#include "fetch/download_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"

rc_status rc_download_folder_open(const char *folder, int *lock)
{
    *lock = -1;
    RC_TRY(rc_make_directory(folder));
    *lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*lock < 0) return rc_fail_system(folder, "opened", errno);
    if (flock(*lock, LOCK_EX | LOCK_NB) == 0) return RC_OK;
    close(*lock);
    *lock = -1;
    return rc_fail(RC_IO, "%s: another process is downloading into it", folder);
}
