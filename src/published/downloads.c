#include "published/downloads.h"

#include <stddef.h>
#include <string.h>

#define MB (1000 * 1000LL)
#define GB (1000 * MB)
/* NAS-Bench-360's bucket (its README) and the archive of PDEBench (its pdebench_data_urls.csv, whose MD5
 * these are). Sizes are those that the publishers name, rounded; PDEBench names none for a single file: there
 * they are those of the arrays. */
#define NB "https://pde-xd.s3.amazonaws.com/"
#define DARUS "https://darus.uni-stuttgart.de/api/access/datafile/"
#define PDEBENCH(task_, name_, number, bytes_, md5_, made_)                                           \
    {                                                                                                 \
        .task = task_, .licence = "as named at doi:10.18419/darus-2986",                              \
        .file = {{name_, DARUS number, bytes_, md5_, NULL}}, .made = made_, .read = rc__read_pdebench \
    }
#define DRUG(task_, prefix)                                        \
    {                                                              \
        .task = task_, .licence = "not named",                     \
        .file = {{prefix "_train_feat.npy", NULL, 0, NULL, NULL},  \
                 {prefix "_train_label.npy", NULL, 0, NULL, NULL}, \
                 {prefix "_test_feat.npy", NULL, 0, NULL, NULL},   \
                 {prefix "_test_label.npy", NULL, 0, NULL, NULL}}, \
        .read = rc__read_drug                                      \
    }

const rc_published rc_published_table[] = {
    {.task = "cifar100",
     .licence = "none named; its authors ask for citation (Krizhevsky 2009)",
     .file = {{"cifar-100-python.tar.gz", "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
               161 * MB, "eb9058c3a382ffc7106e4002c42a8d85", "cifar-100-python/train"}},
     .made = 185 * MB,
     .read = rc__read_cifar100},
    {.task = "spherical",
     .licence = "CC BY-SA",
     .file = {{"s2_cifar100.gz", NB "spherical/s2_cifar100.gz", 272 * MB, NULL, "s2_cifar100.pkl"}},
     .made = 650 * MB,
     .read = rc__read_spherical},
    {.task = "ninapro",
     .licence = "CC BY-ND",
     .file = {{"ninapro_train.npy", NB "ninapro/ninapro_train.npy", 15 * MB, NULL, NULL},
              {"label_train.npy", NB "ninapro/label_train.npy", 1 * MB, NULL, NULL},
              {"ninapro_val.npy", NB "ninapro/ninapro_val.npy", 5 * MB, NULL, NULL},
              {"label_val.npy", NB "ninapro/label_val.npy", 1 * MB, NULL, NULL},
              {"ninapro_test.npy", NB "ninapro/ninapro_test.npy", 5 * MB, NULL, NULL},
              {"label_test.npy", NB "ninapro/label_test.npy", 1 * MB, NULL, NULL}},
     .made = 14 * MB,
     .read = rc__read_ninapro},
    {.task = "fsd50k",
     .licence = "CC BY 4.0",
     .file = {{"audio.zip", NB "audio/audio.zip", 24 * GB, NULL, "chunks/tr.csv"}},
     .made = 15 * GB,
     .read = rc__read_fsd50k},
    {.task = "darcy",
     .licence = "MIT",
     .file = {{"piececonst_r421_N1024_smooth1.mat", NB "piececonst_r421_N1024_smooth1.mat", 1600 * MB, NULL,
               NULL},
              {"piececonst_r421_N1024_smooth2.mat", NB "piececonst_r421_N1024_smooth2.mat", 1600 * MB, NULL,
               NULL}},
     .made = 130 * MB,
     .read = rc__read_darcy},
    {.task = "psicov",
     .licence = "GPL",
     .file = {{"protein.zip", NB "protein.zip", 1100 * MB, NULL, "deepcov.lst"}},
     .sized = rc__psicov_bytes,
     .read = rc__read_psicov},
    {.task = "cosmic",
     .licence = "open data",
     .file = {{"deepCR.ACS-WFC.train.tar", NB "cosmic/deepCR.ACS-WFC.train.tar", 6500 * MB, NULL,
               "npy_train"},
              {"deepCR.ACS-WFC.test.tar", NB "cosmic/deepCR.ACS-WFC.test.tar", 2 * GB, NULL, "npy_test"}},
     .made = 700 * MB,
     .read = rc__read_cosmic},
    {.task = "ecg",
     .licence = "ODC-BY 1.0",
     .file = {{"challenge2017.pkl", NB "ECG/challenge2017.pkl", 150 * MB, NULL, NULL}},
     .made = 1400 * MB,
     .read = rc__read_ecg},
    {.task = "satellite",
     .licence = "GPL",
     .file = {{"satellite_train.npy", NB "satellite/satellite_train.npy", 322 * MB, NULL, NULL},
              {"satellite_test.npy", NB "satellite/satellite_test.npy", 35 * MB, NULL, NULL}},
     .made = 200 * MB,
     .read = rc__read_satellite},
    {.task = "deepsea",
     .licence = "CC BY 4.0",
     .file = {{"deepsea_filtered.npz", NB "deepsea/deepsea_filtered.npz", 860 * MB, NULL, NULL}},
     .made = 4 * GB,
     .read = rc__read_deepsea},
    PDEBENCH("advection", "1D_Advection_Sols_beta0.4.hdf5", "255674", 8232 * MB,
             "d595bbfd2c659df995a93cd40d6ea568", 21 * MB),
    PDEBENCH("burgers", "1D_Burgers_Sols_Nu1.0.hdf5", "281365", 8232 * MB, "9021eba35332d127306f11ef84c1a60f",
             82 * MB),
    PDEBENCH("flow-1d", "1D_CFD_Rand_Eta0.1_Zeta0.1_periodic_Train.hdf5", "164668", 12411 * MB,
             "45655bd77d006ab539c52b7fbcf099b9", 246 * MB),
    PDEBENCH("diffusion-sorption", "1D_diff-sorp_NA_NA.h5", "133020", 4137 * MB,
             "9d466d1213065619d087319e16d9a938", 82 * MB),
    PDEBENCH("reaction-diffusion-1d", "ReacDiff_Nu0.5_Rho1.0.hdf5", "133177", 4137 * MB,
             "69a429239778d529cd419ed5888ea835", 82 * MB),
    PDEBENCH("shallow-water", "2D_rdb_NA_NA.h5", "133021", 6619 * MB, "75d838c47aa410694bdc912ea7f22282",
             131 * MB),
    PDEBENCH("reaction-diffusion-2d", "2D_diff-react_NA_NA.h5", "133017", 13238 * MB,
             "b8d0b86064193195ddc30c33be5dc949", 262 * MB),
    PDEBENCH("darcy-pdebench", "2D_DarcyFlow_beta0.1_Train.hdf5", "133218", 1311 * MB,
             "294f9a03a4aa16b0e386469ca8b471be", 328 * MB),
    PDEBENCH("flow-2d", "2D_CFD_Rand_M1.0_Eta0.1_Zeta0.1_periodic_128_Train.hdf5", "164691", 55050 * MB,
             "75a34f34a3dcd9bc8ae4b7adf8bf372c", 1311 * MB),
    DRUG("drug-ctrp", "ctrp"),
    DRUG("drug-gdsc", "gdsc"),
};
const int rc_published_count = sizeof rc_published_table / sizeof *rc_published_table;

const rc_published *rc_published_find(const char *task)
{
    for (int i = 0; i < rc_published_count; i++)
        if (strcmp(rc_published_table[i].task, task) == 0) return &rc_published_table[i];
    return NULL;
}

int64_t rc_published_bytes(const rc_published *p)
{
    int64_t bytes = 0;
    for (int i = 0; i < RC_PUBLISHED_FILES && p->file[i].name; i++)
        bytes += p->file[i].bytes;
    return bytes;
}
