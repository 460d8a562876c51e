#include "base/folder.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

rc_status rc_folder_begin(const char *path, rc_folder *out)
{
    out->path = path;
    RC_CHECK(path[0], RC_CONFIG, "--out is empty");
    RC_CHECK(!rc_path_exists(path), RC_CONFIG, "%s: exists already; choose another --out", path);
    int n = snprintf(out->partial, sizeof out->partial, "%s.partial-%ld", path, (long)getpid());
    RC_CHECK(n > 0 && (size_t)n < sizeof out->partial, RC_IO, "%.80s...: the path is too long", path);
    return rc_make_directory(out->partial);
}

static void remove_files(const char *directory)
{
    char path[RC_FOLDER_PATH];
    DIR *d = opendir(directory);
    for (struct dirent *e; d && (e = readdir(d));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
            rc_path_join(directory, e->d_name, sizeof path, path) == RC_OK)
            unlink(path);
    if (d) closedir(d);
    rmdir(directory);
}

rc_status rc_folder_end(rc_folder *f, rc_status status)
{
    if (status == RC_OK) status = rc_rename(f->partial, f->path);
    if (status != RC_OK) remove_files(f->partial);
    return status;
}
