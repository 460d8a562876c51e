#include "parallel/launched.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "parallel/parallel.h"

enum { PATH = 4096 };

/* What launchers tell the processes that they start: how many there are, or only that this is one of them. */
static const struct launcher {
    const char *variable, *size, *rank, *plugin;
} launchers[] = {
    /* mpirun of Open MPI */
    {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "openmpi"},
    /* mpirun of MPICH and its kin; srun --mpi=pmi2 */
    {"PMI_SIZE", "PMI_SIZE", "PMI_RANK", "mpich"},
    /* srun --mpi=pmix */
    {"PMIX_RANK", "SLURM_STEP_NUM_TASKS", "PMIX_RANK", "openmpi"},
};

static int number_in(const char *variable)
{
    const char *text = getenv(variable);
    return text ? atoi(text) : 0;
}

static const struct launcher *find_launcher(void)
{
    for (size_t i = 0; i < sizeof launchers / sizeof *launchers; i++)
        if (getenv(launchers[i].variable)) return &launchers[i];
    return NULL;
}

bool rc_parallel_is_one_of_several(int *rank)
{
    const struct launcher *by = find_launcher();
    const char *asked = getenv("RECRAFT_MPI");
    if (!by || (asked && strcmp(asked, "none") == 0)) return false;
    *rank = number_in(by->rank);
    return number_in(by->size) > 1;
}

/* The plug-in; NULL: none, since this process is alone or is to be. */
static const char *choose_plugin(void)
{
    const struct launcher *by = find_launcher();
    const char *asked = getenv("RECRAFT_MPI");
    if (asked && asked[0]) return strcmp(asked, "none") == 0 ? NULL : asked;
    return by && number_in(by->size) != 1 ? by->plugin : NULL;
}

/* ---- where it may lie ---- */

/* The folder of the program, or of the library. */
static bool own_folder(bool library, char out[PATH])
{
    Dl_info info;
    ssize_t n = -1;
    if (!library)
        n = readlink("/proc/self/exe", out, PATH - 1);
    else if (dladdr((const void *)&launchers, &info) && info.dli_fname && strlen(info.dli_fname) < PATH)
        n = (ssize_t)strlen(strcpy(out, info.dli_fname));
    if (n <= 0) return false;
    out[n] = '\0';
    char *slash = strrchr(out, '/');
    if (slash) *slash = '\0';
    return slash != NULL;
}

/* Beside the program or the library, which is where a build has it, or where it is installed. */
static bool find(const char *name, char out[PATH])
{
    static const char *const below[] = {"", "recraft/", RC_PLUGINS_FROM_PROGRAM "/"};
    char folder[PATH], file[PATH];
    for (int library = 0; library < 2; library++) {
        if (!own_folder(library, folder)) continue;
        for (size_t i = 0; i < sizeof below / sizeof *below; i++) {
            snprintf(file, sizeof file, "%srecraft-%s.so", below[i], name);
            if (rc_path_join(folder, file, PATH, out) == RC_OK && rc_path_exists(out)) return true;
        }
    }
    return false;
}

static rc_status open_plugin(const char *path, const rc_plugin **out)
{
    /* Global: an MPI opens parts of its own, which look for its names. */
    void *library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    RC_CHECK(library, RC_CONFIG, "%s: the plug-in for MPI cannot be opened: %s", path, dlerror());
    *out = dlsym(library, RC_PLUGIN_SYMBOL);
    RC_CHECK(*out && (*out)->version == RC_PLUGIN_VERSION, RC_CONFIG,
             "%s: not a plug-in of this version of recraft", path);
    return RC_OK;
}

rc_status rc__launched(const rc_plugin **out)
{
    char path[PATH];
    const char *name = choose_plugin();
    *out = NULL;
    if (!name) return RC_OK;
    if (strchr(name, '/')) return open_plugin(name, out);
    RC_CHECK(
        find(name, path), RC_CONFIG,
        "started by the launcher of an MPI, and recraft-%.40s.so is not beside the program: build recraft "
        "where that MPI's development package is installed, or set RECRAFT_MPI=none for processes that "
        "know nothing of each other",
        name);
    return open_plugin(path, out);
}
