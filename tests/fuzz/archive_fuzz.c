/* A model out of an archive: what is given becomes a file, its model goes to a folder that is emptied again.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "fetch/take.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char folder[] = "/tmp/recraft-fuzz-XXXXXX";
    static char archive[64], out[64], path[400];
    static bool made;
    if (!made && !mkdtemp(folder)) abort();
    made = true;
    snprintf(archive, sizeof archive, "%s/archive", folder);
    snprintf(out, sizeof out, "%s/out", folder);
    if (rc_make_directory(out) != RC_OK || rc_file_write(archive, data, size) != RC_OK) abort();
    (void)!rc__take_model(archive, NULL, out);
    DIR *d = opendir(out);
    for (struct dirent *e; d && (e = readdir(d));) {
        if (e->d_name[0] == '.') continue;
        if (!rc__take_wants(e->d_name)) abort(); /* only a model's files, nothing half-written */
        snprintf(path, sizeof path, "%s/%s", out, e->d_name);
        unlink(path);
    }
    if (d) closedir(d);
    return 0;
}
