/* fit, and auto: from files to a trained model and its report. */
#include <string.h>

#include "base/progress.h"
#include "cli/cli.h"
#include "parallel/parallel.h"
#include "recraft/import.h"
#include "recraft/report.h"

#define CLI_DRY_RUN                                                                              \
    {                                                                                            \
        "--dry-run", NULL, "check everything and estimate time and memory; write nothing", false \
    }
#define CLI_AHEAD                                                                               \
    CLI_DRY_RUN,                                                                                \
    {                                                                                           \
        "--print-config", NULL, "print the settings as they would be used, for --config", false \
    }

/* ---- fit ---- */

static const cli_option fit_options[] = {
    {"--data", "PATH",
     "target data set: folder or file of arrays, texts; with --label whatever data import takes", true},
    {"--source", "NAME|FILE,...",
     "source (images: swin-mini; sequences, tables: minilm); several are combined; auto chooses", false},
    {"--method", "NAME",
     "auto (default), recraft, nft, fa, orca, ..., or a plain one: ridge, svm, forest, ...", false},
    {"--task", "NAME", "begin with the published settings of a task (data list)", false},
    {"--out", "DIR", "run folder to make", true},
    CLI_IMPORT,
    {"--fast", NULL, "auto: a minute, and at most 10 epochs", false},
    {"--best", NULL, "auto: an hour, and at most 60 epochs", false},
    CLI_SETTINGS,
    CLI_RESUME,
    CLI_DEVICE,
    CLI_AHEAD,
    {"--compared", NULL, "a run of a comparison: no opponents, unless fit.opponents=yes", false},
    CLI_COMMON};

static const char *const fast[] = {"fit.time_limit=60", "fit.epochs=10"};
static const char *const best[] = {"fit.time_limit=3600", "fit.epochs=60"};
enum { PRESET = sizeof fast / sizeof *fast };

/* Before the other settings, so that these win. */
static rc_status apply_preset(const cli_args *a, const char **set, rc_fit_options *o)
{
    bool is_fast = cli_value(a, "--fast"), is_best = cli_value(a, "--best");
    if (!is_fast && !is_best) return RC_OK;
    if (is_fast && is_best) return cli_fail("fit: --fast and --best cannot be used together");
    if (strcmp(o->method, "auto") != 0)
        return cli_fail("fit: --%s belongs to the method auto, not to %.40s", is_fast ? "fast" : "best",
                        o->method);
    memcpy(set, is_fast ? fast : best, sizeof fast);
    for (size_t i = 0; i < o->settings.n_set; i++)
        set[PRESET + i] = o->settings.set[i];
    o->settings.set = set;
    o->settings.n_set += PRESET;
    return RC_OK;
}

/* Only where something is said of how to import; `auto` takes anything. */
static rc_status take_import(const cli_args *a, bool always, rc_data_import_options *room, rc_fit_options *o)
{
    static const cli_option of_import[] = {CLI_IMPORT, {NULL, NULL, NULL, false}};
    bool any = always;
    for (int i = 0; of_import[i].name; i++)
        any = any || cli_value(a, of_import[i].name);
    if (any) o->import = room;
    return cli_import_options(a, room);
}

static rc_status print_config(const rc_fit_options *o)
{
    char *yaml;
    RC_TRY(rc_fit_config(o, &yaml));
    rc_status status = cli_text("%s", yaml);
    rc_free_text(yaml);
    return status;
}

/* A build without reports goes without. */
static rc_status write_report(void *of_fit)
{
    const rc_fit_options *o = of_fit;
    rc_status status = rc_report(
        &(rc_report_options){.size = sizeof(rc_report_options), .run = o->out, .seconds = RC_REPORT_SECONDS});
    if (status != RC_UNSUPPORTED) return status;
    rc_progress_note("warning: %s", rc_error_text());
    return RC_OK;
}

/* Of `auto` too, whose data are an argument: it imports whatever they are, and has no method but its own. */
static rc_status fit(const cli_args *a)
{
    /* A task's recipe is one of fine-tuning. */
    const char *method = cli_value(a, "--method"), *usual = cli_value(a, "--task") ? "recraft" : "auto";
    const char *set[PRESET + CLI_REPEATS], *raw = cli_value(a, "PATH");
    rc_data_import_options import;
    rc_fit_options o = {.size = sizeof o,
                        .data = raw ? raw : cli_value(a, "--data"),
                        .source = cli_value(a, "--source"),
                        .method = method ? method : usual,
                        .out = cli_value(a, "--out"),
                        .settings = cli_settings(a),
                        .task = cli_value(a, "--task"),
                        .compared = cli_value(a, "--compared") != NULL};
    bool dry = cli_value(a, "--dry-run");
    char *json;
    RC_TRY(cli_resume(a, &o.resume));
    RC_TRY(apply_preset(a, set, &o));
    if (cli_value(a, "--print-config")) return print_config(&o);
    RC_TRY(take_import(a, raw, &import, &o));
    RC_TRY(dry ? rc_fit_dry_run(&o, &json) : rc_fit(&o, &json));
    rc_status status = raw && !dry ? rc_parallel_alone(write_report, &o) : RC_OK;
    if (status == RC_OK) return cli_print(a, json);
    rc_free_text(json);
    return status;
}

const cli_command cli_fit = {
    "fit", "train on a target data set", fit_options,
    "With --label, or another option of data import, a table or a folder of files is imported\n"
    "into DIR/data first.\n"
    "JSON keys: task, method, source, seed, run, metric, valid, test, test_interval (95 %), test_loss,\n"
    "best_epoch, epochs, seconds, peak_rss_mb, opponents, ...; with --dry-run stages, seconds, memory_mb, "
    "...",
    fit};

/* ---- distill ---- */

static const cli_option distill_options[] = {
    {"--teacher", "RUN|SOURCE", "what to learn from: the folder of a finished run, or a source", true},
    {"--student", "NAME|FILE", "a source, with its weights; or a backbone's config.json or name, random",
     false},
    {"--layers", "N|N,N,...", "or this many of the teacher's layers (of each stage of a Swin, or of all)",
     false},
    {"--data", "PATH", "labelled data (those of the teacher)", false},
    {"--unlabelled", "PATH", "more inputs without targets: an .npy, a data set, texts", false},
    {"--unpaired", "PATH", "the teacher's data, of another kind: features are compared without pairs", false},
    {"--out", "DIR|NAME|FILE", "run folder to make; for a source, the bundle: .safetensors or a name", true},
    CLI_SETTINGS,
    CLI_RESUME,
    CLI_DEVICE,
    CLI_DRY_RUN,
    CLI_COMMON};

static rc_status distill(const cli_args *a)
{
    rc_distill_options o = {.size = sizeof o,
                            .teacher = cli_value(a, "--teacher"),
                            .student = cli_value(a, "--student"),
                            .layers = cli_value(a, "--layers"),
                            .unpaired = cli_value(a, "--unpaired"),
                            .data = cli_value(a, "--data"),
                            .unlabelled = cli_value(a, "--unlabelled"),
                            .out = cli_value(a, "--out"),
                            .settings = cli_settings(a)};
    char *json = NULL;
    RC_TRY(cli_resume(a, &o.resume));
    if (!o.student && !o.layers) return cli_fail("distill: --student is missing, or --layers");
    RC_TRY(cli_value(a, "--dry-run") ? rc_distill_dry_run(&o, &json) : rc_distill(&o, &json));
    return cli_print(a, json);
}

const cli_command cli_distill = {
    "distill", "a small model learns from a finished run or a source", distill_options,
    "The same as fit --method distill with the settings distill.teacher, distill.student, distill.layers,\n"
    "distill.unlabelled and distill.unpaired. Settings of the teacher are not taken over: give its fit.loss\n"
    "and model.* again, or --config RUN/config.yaml. If the teacher is a source, a source bundle is then\n"
    "built from the student, as source build does; the student's run is kept beside it, in a folder .run.\n"
    "JSON keys: as of fit, or of source build; layers (those kept), and distillation: teacher and student\n"
    "with valid, test, parameters, mb, ms (an answer alone), ms_in_batch; with --unpaired, unpaired: data,\n"
    "distance, optimum (local: of gw), and the teacher's scores are those on its own data.",
    distill};

/* ---- auto ---- */

static const cli_option auto_options[] = {
    {"PATH", "PATH", "file or folder: whatever data import takes", true},
    {"--out", "DIR", "run folder to make", true},
    CLI_IMPORT,
    {"--source", "NAME|FILE,...", "sources to try (all that are there)", false},
    {"--fast", NULL, "a minute, and at most 10 epochs", false},
    {"--best", NULL, "an hour, and at most 60 epochs", false},
    CLI_SETTINGS,
    CLI_RESUME,
    CLI_DEVICE,
    CLI_AHEAD,
    CLI_COMMON};

const cli_command cli_auto = {"auto", "import files, train on them, and write the report", auto_options,
                              "The same as fit --data PATH with the method auto, and report. The report is\n"
                              "DIR/report.html. JSON keys: as of fit.",
                              fit};
