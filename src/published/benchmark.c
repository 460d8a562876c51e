#include "published/benchmark.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Recipes: optimizer, rate, decay of weights, momentum; warm-up and end of the schedule; epochs, batch,
 * batches a step; clip; samples and distortion epochs of stage 1. As in the configurations published with
 * RECRAFT, which for these tasks are ORCA's but for a batch of 32 in Spherical and NinaPro, 60 epochs in
 * CIFAR-100, 25 in DeepSEA. */
#define NB "NAS-Bench-360"
#define PDE "PDEBench"
#define PLAIN "data.normalise_x=none"
#define RAW "data.normalise_x=none data.normalise_y=none"
/* Tables: columns are standardised when the data set is made; 20 epochs of alignment; classes weighted by one
 * over their share. No number of distortion epochs is published for them: 5. */
#define OPENML(id, name_, tokens, optimizer_, lr_, decay_, momentum_, warmup_, end_, epochs_, batch_, clip_, \
               samples_)                                                                                     \
    {"openml-" #id,                                                                                          \
     "OpenML",                                                                                               \
     name_,                                                                                                  \
     "row of a table",                                                                                       \
     "class",                                                                                                \
     "nine tenths + a tenth",                                                                                \
     "cross-entropy",                                                                                        \
     "1-auroc",                                                                                              \
     "`recraft data get openml-" #id "` (openml.org, data set " #id ")",                                     \
     PLAIN " fit.class_weights=balanced align.epochs=20 model.tokens=" #tokens,                              \
     {optimizer_, lr_, decay_, momentum_, warmup_, end_, epochs_, batch_, 1, clip_, samples_, 5}},

const rc_benchmark rc_benchmark_table[] = {
    {"cifar100",
     NB,
     "natural images",
     "3 x 32 x 32",
     "class of 100",
     "50000 + 10000",
     "cross-entropy",
     "error",
     "cifar-100-python (www.cs.toronto.edu/~kriz)",
     "fit.flip=true fit.crop=4",
     {"sgd", 1e-4, 1e-3, 0.9, 5, 200, 100, 32, 32, 0, 128, 5}},
    {"spherical",
     NB,
     "CIFAR-100 on a turned sphere",
     "3 x 60 x 60",
     "class of 100",
     "50000 + 10000",
     "cross-entropy",
     "error",
     "s2_cifar100.gz, or `recraft data transform spherical` of CIFAR-100",
     "",
     {"adamw", 1e-4, 0.1, 0.9, 5, 60, 60, 28, 4, 0, 128, 3}},
    {"ninapro",
     NB,
     "surface EMG, gestures (NinaPro DB5)",
     "1 x 16 x 52",
     "class of 18",
     "3297 + 659",
     "cross-entropy",
     "error",
     "ninapro_{train,val,test}.npy, label_{train,val,test}.npy",
     PLAIN,
     {"adam", 1e-4, 1e-5, 0.9, 5, 60, 60, 28, 1, 1, 128, 4}},
    {"fsd50k",
     NB,
     "sound events",
     "1 x 96 x 102",
     "200 labels",
     "36796 + 10231",
     "bce",
     "1-map",
     "audio.zip: `recraft data get fsd50k`; or `recraft data transform log-mel` of chunks of 1 s",
     PLAIN " fit.pos_weight=10",
     {"adam", 1e-4, 5e-5, 0.9, 5, 100, 100, 32, 1, 0, 128, 6}},
    {"darcy",
     NB,
     "Darcy flow",
     "3 x 85 x 85",
     "85 x 85",
     "1000 + 100",
     "relative-l2",
     "relative_l2",
     "`recraft data make darcy`, or piececonst_r421_N1024_smooth{1,2}.mat",
     "",
     {"adamw", 1e-3, 0.005, 0.9, 5, 100, 100, 4, 1, 0, 128, 5}},
    {"psicov",
     NB,
     "distances between the residues of a protein",
     "57 x 512 x 512",
     "512 x 512",
     "3456 + 150",
     "mse",
     "mae8",
     "protein.zip (DeepCov, PSICOV)",
     "data.normalise_y=none",
     {"adam", 5e-6, 1e-5, 0.9, 5, 100, 10, 1, 32, 0, 64, 4}},
    {"cosmic",
     NB,
     "cosmic rays in images of the sky",
     "1 x 128 x 128",
     "128 x 128 of 0 and 1",
     "4830 + 420",
     "bce",
     "1-auroc",
     "deepCR.ACS-WFC.{train,test}.tar",
     PLAIN,
     {"adamw", 1e-3, 0, 0.9, 5, 60, 60, 4, 1, 0, 128, 2}},
    {"ecg",
     NB,
     "heart rhythm (PhysioNet Challenge 2017)",
     "1 x 1000",
     "class of 4",
     "260K, 33K windows + 33K",
     "cross-entropy",
     "1-f1",
     "challenge2017.pkl; `recraft data transform windows` of the records",
     PLAIN,
     {"sgd", 1e-6, 0.1, 0.99, 5, 200, 15, 4, 16, 0, 128, 2}},
    {"satellite",
     NB,
     "land cover by satellite series",
     "1 x 46",
     "class of 24",
     "800K, 100K + 100K",
     "cross-entropy",
     "error",
     "satellite_{train,test}.npy",
     PLAIN,
     {"adamw", 3e-5, 3e-6, 0.9, 5, 60, 60, 16, 4, 0, 128, 3}},
    {"deepsea",
     NB,
     "what binds to DNA",
     "4 x 1000",
     "36 labels",
     "train, valid + 149400",
     "bce",
     "1-auroc",
     "deepsea_filtered.npz",
     PLAIN " fit.pos_weight=4",
     {"adam", 1e-5, 0, 0.9, 10, 25, 13, 16, 1, 1, 64, 2}},
    {"advection",
     PDE,
     "advection, beta 0.4",
     "1 x 256",
     "1 x 256",
     "9000 + 1000",
     "nrmse",
     "nrmse",
     "`recraft data make advection`, or 1D_Advection_Sols_beta0.4.hdf5",
     RAW,
     {"adam", 1e-4, 1e-5, 0.9, 5, 200, 200, 4, 1, 1, 128, 4}},
    {"burgers",
     PDE,
     "Burgers' equation, nu 1",
     "1 x 1024",
     "1 x 1024",
     "9000 + 1000",
     "rmse",
     "nrmse",
     "`recraft data make burgers`, or 1D_Burgers_Sols_Nu1.0.hdf5",
     RAW,
     {"adam", 1e-5, 1e-5, 0.9, 5, 200, 200, 4, 1, 1, 128, 4}},
    {"flow-1d",
     PDE,
     "compressible flow, eta = zeta = 0.1",
     "3 x 1024",
     "3 x 1024",
     "9000 + 1000",
     "rmse",
     "nrmse",
     "`recraft data make euler`, or 1D_CFD_Rand_Eta0.1_Zeta0.1_periodic_Train.hdf5",
     "data.normalise_x=point",
     {"adamw", 1e-4, 1e-3, 0.9, 5, 200, 200, 4, 1, 1, 128, 4}},
    {"diffusion-sorption",
     PDE,
     "diffusion-sorption",
     "1 x 1024",
     "1 x 1024",
     "9000 + 1000",
     "nrmse",
     "nrmse",
     "`recraft data make diffusion-sorption`, or 1D_diff-sorp_NA_NA.h5",
     RAW,
     {"adamw", 1e-4, 0, 0.9, 5, 200, 200, 4, 1, 1, 128, 4}},
    {"reaction-diffusion-1d",
     PDE,
     "reaction-diffusion, nu 0.5, rho 1",
     "1 x 1024",
     "1 x 1024",
     "9000 + 1000",
     "nrmse",
     "nrmse",
     "`recraft data make reaction-diffusion-1d`, or ReacDiff_Nu0.5_Rho1.0.hdf5",
     RAW,
     {"sgd", 1e-3, 1e-5, 0.99, 5, 200, 200, 4, 1, 1, 128, 4}},
    {"shallow-water",
     PDE,
     "shallow water, circular dam break",
     "1 x 128 x 128",
     "1 x 128 x 128",
     "900 + 100",
     "nrmse",
     "nrmse",
     "`recraft data make shallow-water`, or 2D_rdb_NA_NA.h5",
     RAW,
     {"adamw", 1e-4, 0, 0.9, 10, 200, 200, 4, 1, 1, 128, 4}},
    {"reaction-diffusion-2d",
     PDE,
     "reaction-diffusion, FitzHugh-Nagumo",
     "2 x 128 x 128",
     "2 x 128 x 128",
     "900 + 100",
     "nrmse",
     "nrmse",
     "`recraft data make reaction-diffusion-2d`, or 2D_diff-react_NA_NA.h5",
     RAW,
     {"adam", 1e-4, 1e-3, 0.9, 5, 200, 200, 4, 1, 1, 128, 4}},
    {"darcy-pdebench",
     PDE,
     "Darcy flow, beta 0.1",
     "1 x 64 x 64",
     "1 x 64 x 64",
     "9000 + 1000",
     "nrmse",
     "nrmse",
     "2D_DarcyFlow_beta0.1_Train.hdf5",
     RAW,
     {"adamw", 1e-4, 1e-5, 0.9, 5, 200, 100, 4, 1, 0, 128, 4}},
    {"flow-2d",
     PDE,
     "compressible flow in the plane",
     "4 x 64 x 64",
     "4 x 64 x 64",
     "9000 + 1000",
     "nrmse",
     "nrmse",
     "2D_CFD_Rand_M1.0_Eta0.1_Zeta0.1_periodic_128_Train.hdf5",
     "data.normalise_x=point data.normalise_y=point",
     {"adamw", 1e-3, 1e-3, 0.9, 5, 200, 200, 4, 1, 1, 128, 4}},
    {"drug-ctrp",
     "drug response",
     "cell lines and drugs, CTRP",
     "1 x 3840",
     "one number",
     "",
     "mse",
     "1-r2",
     "ctrp_{train,test}_{feat,label}.npy",
     RAW " model.tokens=32",
     {"adamw", 1e-5, 1e-5, 0.9, 10, 100, 100, 16, 1, 5, 256, 5}},
    {"drug-gdsc",
     "drug response",
     "cell lines and drugs, GDSC",
     "1 x 3840",
     "one number",
     "",
     "mse",
     "1-r2",
     "gdsc_{train,test}_{feat,label}.npy",
     RAW " model.tokens=8",
     {"adamw", 1e-5, 1e-3, 0.9, 5, 60, 20, 16, 1, 0, 256, 2}},
#include "published/openml_rows.h"
};
enum { BENCHMARKS = sizeof rc_benchmark_table / sizeof *rc_benchmark_table };
const int rc_benchmark_count = BENCHMARKS;

rc_status rc_benchmark_find(const char *name, const rc_benchmark **out)
{
    const char *known[BENCHMARKS];
    for (int i = 0; i < BENCHMARKS; i++) {
        known[i] = rc_benchmark_table[i].name;
        *out = &rc_benchmark_table[i];
        if (strcmp(name, known[i]) == 0) return RC_OK;
    }
    return rc_fail_unknown(RC_CONFIG, name, known, BENCHMARKS, "`\1rc_data_list` names them",
                           "no task is called \"%.40s\"", name);
}

typedef struct writer {
    rc_status (*visit)(void *context, const char *assignment);
    void *context;
} writer;

static rc_status put_text(const writer *w, const char *key, const char *value)
{
    char text[128];
    snprintf(text, sizeof text, "%s=%s", key, value);
    return w->visit(w->context, text);
}

static rc_status put(const writer *w, const char *key, double value)
{
    char text[RC_NUMBER_TEXT];
    return put_text(w, key, rc_text_number(value, text));
}

/* Stage 1 has the same optimizer at ten times the rate, falling to a fifth every 20 epochs. */
static rc_status put_stage(const writer *w, const rc_recipe *r, const char *stage, bool align)
{
    const struct {
        const char *key;
        double value;
    } number[] = {{"lr", align ? 10 * r->lr : r->lr}, {"weight_decay", r->weight_decay},
                  {"momentum", r->momentum},          {"beta2", 0.98},
                  {"warmup", align ? 0 : r->warmup},  {"decay", align ? 0 : r->decay}};
    char key[64];
    snprintf(key, sizeof key, "%s.optimizer", stage);
    RC_TRY(put_text(w, key, r->optimizer));
    snprintf(key, sizeof key, "%s.schedule", stage);
    RC_TRY(put_text(w, key, align ? "step" : "linear"));
    for (size_t i = 0; i < sizeof number / sizeof *number; i++) {
        snprintf(key, sizeof key, "%s.%s", stage, number[i].key);
        RC_TRY(put(w, key, number[i].value));
    }
    return RC_OK;
}

static rc_status put_more(const writer *w, const char *more)
{
    char text[160], *rest = NULL;
    snprintf(text, sizeof text, "%s", more);
    for (char *one = strtok_r(text, " ", &rest); one; one = strtok_r(NULL, " ", &rest))
        RC_TRY(w->visit(w->context, one));
    return RC_OK;
}

rc_status rc_benchmark_each(const rc_benchmark *b, rc_status (*visit)(void *context, const char *assignment),
                            void *context)
{
    const writer w = {visit, context};
    const rc_recipe *r = &b->recipe;
    RC_TRY(put(&w, "align.epochs", 60));
    RC_TRY(put_text(&w, "align.mode", "sequential"));
    RC_TRY(put(&w, "align.distortion_epochs", r->distortion_epochs));
    RC_TRY(put(&w, "align.samples", r->align_samples));
    RC_TRY(put(&w, "align.batch", r->batch));
    RC_TRY(put(&w, "align.step_epochs", 20));
    RC_TRY(put(&w, "align.step_factor", 0.2));
    RC_TRY(put_stage(&w, r, "align", true));
    RC_TRY(put_text(&w, "fit.loss", b->loss));
    RC_TRY(put_text(&w, "fit.metric", b->metric));
    RC_TRY(put(&w, "fit.epochs", r->epochs));
    RC_TRY(put(&w, "fit.batch", r->batch));
    RC_TRY(put(&w, "fit.accumulate", r->accumulate));
    RC_TRY(put(&w, "fit.clip", r->clip));
    RC_TRY(put_stage(&w, r, "fit", false));
    return put_more(&w, b->more); /* last: it may say otherwise */
}

static rc_status assign(void *context, const char *assignment)
{
    return rc_config_assign(context, assignment);
}

rc_status rc_benchmark_apply(const rc_benchmark *b, rc_config *c)
{
    return rc_benchmark_each(b, assign, c);
}
