/* Commands that pass their options on and print what comes back. */
#include <string.h>

#include "cli/cli.h"

/* A call that fills `json`; what it gives is printed. */
static rc_status print_if_ok(const cli_args *a, rc_status status, char **json)
{
    return status == RC_OK ? cli_print(a, *json) : status;
}

#define RESULT(call)           \
    char *json = NULL;         \
    rc_status result = (call); \
    return print_if_ok(a, result, &json)

/* ---- data ---- */

static const cli_option data_show_options[] = {
    {"PATH", "PATH|TASK", "a data set: folder, .npz or labelled texts; or a task", true},
    {"--model", "DIR|NAME", "texts: count the tokens of this model or source", false},
    {"--encoding", "NAME", "of tables and texts: utf8, latin1, cp1252 or utf16 (utf8)", false},
    CLI_SETTINGS,
    CLI_COMMON};

static rc_status data_show(const cli_args *a)
{
    const char *path = cli_value(a, "PATH"), *model = cli_value(a, "--model");
    const char *encoding = cli_value(a, "--encoding");
    rc_settings settings = cli_settings(a);
    bool texts = model || settings.n_set > 0 || settings.config_file;
    if (texts && encoding)
        return cli_fail("data show: with settings or a model, say --set data.encoding=%s", encoding);
    RESULT(texts ? rc_data_show_texts(path, model, &settings, &json) : rc_data_show(path, encoding, &json));
}

const cli_command cli_data_show = {
    "data show", "shapes, types, class balance, ranges and faults of a data set", data_show_options,
    "JSON keys: data, form, target, classes, train, valid, test; of texts labels_of, labels, faults, and in "
    "the\n"
    "parts n, words, words_a_text, tokens, tokens_a_text, longer_than_model, class_counts\n"
    "Settings of --config and --set (data.*, for texts):",
    data_show};

/* ---- pretrain ---- */

static const cli_option pretrain_options[] = {
    {"--data", "DIR", "labelled images or series", true},
    {"--backbone", "CONFIG", "swin-mini, series-mini, or a config.json", true},
    {"--out", "DIR", "model folder to make", true},
    CLI_SETTINGS,
    CLI_RESUME,
    CLI_DEVICE,
    CLI_COMMON};

static rc_status pretrain(const cli_args *a)
{
    rc_pretrain_options o = {sizeof o,
                             cli_value(a, "--data"),
                             cli_value(a, "--backbone"),
                             cli_value(a, "--out"),
                             cli_settings(a),
                             RC_RESUME_NO};
    rc_status status = cli_resume(a, &o.resume);
    if (status != RC_OK) return status;
    RESULT(rc_pretrain(&o, &json));
}

const cli_command cli_pretrain = {"pretrain", "train a small backbone from random weights", pretrain_options,
                                  "JSON keys: as of fit. Augmentation: --set fit.flip=true --set fit.crop=4.",
                                  pretrain};

/* ---- source ---- */

static const cli_option source_build_options[] = {
    {"--model", "DIR", "model folder, the name of a fetched model, or a run folder", true},
    {"--data", "DIR ...", "labelled source set: arrays, or texts; may be repeated: a head for each", true},
    {"--out", "FILE|NAME", "bundle to write (.safetensors), or a name to keep it under", true},
    CLI_SETTINGS,
    CLI_DEVICE,
    CLI_COMMON};

static rc_status source_build(const cli_args *a)
{
    size_t sets;
    const char *const *data = cli_values(a, "--data", &sets);
    rc_source_build_options o = {sizeof o, cli_value(a, "--model"), data,
                                 sets,     cli_value(a, "--out"),   cli_settings(a)};
    RESULT(rc_source_build(&o, &json));
}

const cli_command cli_source_build = {"source build", "recalibrate a source head and write the source bundle",
                                      source_build_options,
                                      "JSON keys: the card: data, classes, tau, rho, before_recalibration, "
                                      "after_recalibration, ...; of several\n"
                                      "sets: sets (a card of each), classes, features, model",
                                      source_build};

static const cli_option source_get_options[] = {
    {"NAME", "NAME", "a source of source list, or one that is published at --from", true},
    {"--from", "URL|DIR", "where bundles are published ($RECRAFT_SOURCES)", false},
    {"--data", "PATH", "build it with this labelled set instead of its usual one", false},
    {"--mirror", "URL|DIR", "fetch the files of that set from here", false},
    CLI_DEVICE,
    CLI_COMMON};

static rc_status source_get(const cli_args *a)
{
    rc_source_get_options o = {sizeof o, cli_value(a, "NAME"), cli_value(a, "--from"), cli_value(a, "--data"),
                               cli_value(a, "--mirror")};
    RESULT(rc_source_get(&o, &json));
}

const cli_command cli_source_get = {
    "source get", "fetch a source bundle by its name, or make it here", source_get_options,
    "--from is an address (http, https, file) or a folder with NAME.safetensors and SHA256SUMS, as "
    "sha256sum\n"
    "writes it. Without one the bundle is built of a model and a labelled set, which are fetched.\n"
    "JSON keys: source, path, how (it was there, fetched, built), from",
    source_get};

static const cli_option source_show_options[] = {{"SOURCE", "SOURCE", "a known name, or a bundle file", true},
                                                 CLI_COMMON};

static rc_status source_show(const cli_args *a)
{
    RESULT(rc_source_show(cli_value(a, "SOURCE"), &json));
}

const cli_command cli_source_show = {
    "source show", "what a source bundle holds, and its card", source_show_options,
    "JSON keys: source, classes, features, width, self_distance, backbone, card\n"
    "(for several sets card.sets: one of each)",
    source_show};

static const cli_option source_list_options[] = {CLI_COMMON};

static rc_status source_list(const cli_args *a)
{
    RESULT(rc_source_list(&json));
}

const cli_command cli_source_list = {"source list", "source bundles: built in, built here, and available",
                                     source_list_options,
                                     "JSON keys: sources (built in), built_here, can_be_had", source_list};

/* ---- eval, predict, embed ---- */

static const cli_option eval_options[] = {
    {"--run", "DIR", "run folder", true},
    {"--data", "PATH", "another data set of the same form, or a raw file or folder with labels", false},
    CLI_DEVICE,
    CLI_COMMON};

static rc_status eval(const cli_args *a)
{
    RESULT(rc_eval(cli_value(a, "--run"), cli_value(a, "--data"), &json));
}

const cli_command cli_eval = {
    "eval", "score a finished run on a test part", eval_options,
    "JSON keys: run, weights (int8), data, metric, test, test_interval (95 %), test_loss, n_test,\n"
    "metrics (the usual ones), by_group (records, clips)",
    eval};

static const cli_option predict_options[] = {
    {"--run", "DIR", "run folder", true},
    {"--input", "PATH",
     "what the run's data were made from: a table (- is standard input), pictures, sounds, sequences, texts, "
     "arrays; or .npy [N, ...], or a folder or file with x, or x_test and so on",
     true},
    {"--output", "F",
     "answers, .csv, .jsonl or .npy; for labelled words .conll, .txt or .csv; - is standard output", true},
    {"--encoding", "NAME", "of texts: utf8, latin1, cp1252 or utf16 (as the run's own)", false},
    {"--priors", "A=P,B=Q,...", "how frequent the classes are (as in the training data)", false},
    CLI_PART,
    CLI_SETTINGS,
    CLI_DEVICE,
    CLI_COMMON};

static rc_status predict(const cli_args *a)
{
    rc_predict_options o = {sizeof o,
                            cli_value(a, "--run"),
                            cli_value(a, "--input"),
                            cli_value(a, "--output"),
                            cli_value(a, "--encoding"),
                            cli_settings(a),
                            cli_value(a, "--priors"),
                            cli_value(a, "--part")};
    RESULT(rc_predict(&o, &json));
}

const cli_command cli_predict = {
    "predict", "class probabilities or values for new inputs", predict_options,
    "CSV has a header and one line for each sample. Raw files: \"id\". Classes: \"class\", and the\n"
    "probabilities p_NAME (or p_0, p_1, ...). Several labels: p_NAME. Numbers: by their columns, or value,\n"
    "or value_0, value_1, .... Words: sentence, word, label.\n"
    "JSON keys: weights (int8), output, n, shape, windows (of records), notes, scores (where labels are "
    "there: as of eval);\n"
    "of labelled words output, n, words, without_label\n"
    "Settings of --config and --set: data.memory; data.* of texts whose columns differ from the run's own.",
    predict};

static const cli_option export_options[] = {{"--run", "DIR", "run folder", true},
                                            {"--to", "onnx|hf|peft|npz|int8", "for what (below)", true},
                                            {"--out", "PATH", "file or folder to make", true},
                                            CLI_COMMON};

static rc_status export_run(const cli_args *a)
{
    rc_export_options o = {.size = sizeof o,
                           .run = cli_value(a, "--run"),
                           .to = cli_value(a, "--to"),
                           .out = cli_value(a, "--out")};
    RESULT(rc_export(&o, &json));
}

const cli_command cli_export = {
    "export", "write a run's model for other programs", export_options,
    "Forms:\n"
    "  onnx  a file .onnx: the model, from numbers as in the data, or from token ids, to answers\n"
    "  hf    a folder for Hugging Face's transformers, if one of its classes can read what the head reads\n"
    "  peft  a folder of low-rank adapters, for the package peft (runs with fit.train=lora)\n"
    "  npz   a file .npz: all arrays by name, for NumPy\n"
    "  int8  a run folder with 8-bit weights, for predict, eval and embed: about a quarter of the size, and\n"
    "        faster; the loss of accuracy is measured on the run's validation part\n"
    "JSON keys: run, to, output; for onnx inputs, answer, opset, classes; for hf class; for peft adapters;\n"
    "for npz arrays; for int8 int8 (matrices, matrices_left, mb_before, mb, part, n, metric, before, "
    "after),\n"
    "notes",
    export_run};

static const cli_option embed_options[] = {
    {"--model", "DIR", "model folder", false},
    {"--source", "NAME", "or a source bundle", false},
    {"--run", "DIR", "or the model of a finished run", false},
    {"--input", "PATH",
     "images [N, C, H, W] or token ids [N, T]: .npy, or a folder or file with x, or x_test and so on; "
     "or texts: .csv, .tsv, .jsonl, lines",
     true},
    {"--output", "F", "features, .csv (feature_0, ...) or .npy; - is standard output", true},
    {"--pool", "none|mean|cls", "default mean over tokens; none: the last hidden state", false},
    {"--encoding", "NAME", "of texts: utf8, latin1, cp1252 or utf16 (utf8)", false},
    CLI_PART,
    CLI_SETTINGS,
    CLI_DEVICE,
    CLI_COMMON};

static rc_status embed(const cli_args *a)
{
    rc_embed_options o = {.size = sizeof o,
                          .model = cli_value(a, "--model"),
                          .source = cli_value(a, "--source"),
                          .run = cli_value(a, "--run"),
                          .input = cli_value(a, "--input"),
                          .output = cli_value(a, "--output"),
                          .pool = cli_value(a, "--pool"),
                          .encoding = cli_value(a, "--encoding"),
                          .settings = cli_settings(a),
                          .part = cli_value(a, "--part")};
    RESULT(rc_embed(&o, &json));
}

const cli_command cli_embed = {"embed", "features of a backbone", embed_options,
                               "JSON keys: weights (int8), output, n, shape\n"
                               "Settings of --config and --set: data.memory; data.* of texts.",
                               embed};

/* ---- tokenize ---- */

static const cli_option tokenize_options[] = {
    {"--model", "DIR", "model folder with its tokenizer's files", true},
    {"--input", "F", "text, one on each line", true},
    {"--output", "F", "token ids, one text on each line, .txt; - is standard output", true},
    {"--words", NULL, "lines are words with blanks between them; write id/word", false},
    {"--length", "N", "maximum tokens for a line (no limit)", false},
    {"--encoding", "NAME", "of the text: utf8, latin1, cp1252 or utf16 (utf8)", false},
    CLI_COMMON};

static rc_status tokenize(const cli_args *a)
{
    rc_tokenize_options o = {sizeof o,
                             cli_value(a, "--model"),
                             cli_value(a, "--input"),
                             cli_value(a, "--output"),
                             cli_value(a, "--words") != NULL,
                             0,
                             cli_value(a, "--encoding")};
    rc_status status = cli_integer(a, "--length", 1, 1 << 24, &o.length);
    if (status != RC_OK) return status;
    RESULT(rc_tokenize(&o, &json));
}

const cli_command cli_tokenize = {"tokenize", "the token ids that a text model is given", tokenize_options,
                                  "JSON keys: output, n, tokens, truncated, kind, vocabulary", tokenize};

/* ---- devices ---- */

static const cli_option devices_options[] = {CLI_COMMON};

static rc_status devices(const cli_args *a)
{
    RESULT(rc_devices(&json));
}

const cli_command cli_devices = {
    "devices", "devices that compute here, and why others do not", devices_options,
    "JSON keys: devices (name, what, memory_mb, card, usable, why), notes", devices};

/* ---- bench ---- */

static const cli_option bench_options[] = {
    {"--model", "NAME|FILE", "swin-base, roberta-base, ..., or a config.json", true},
    {"--batch", "B", "samples a step (4)", false},
    {"--image", "S", "vision models: pixels each way (the model's own)", false},
    {"--tokens", "T", "text models: tokens of a text (128)", false},
    {"--train", "WHAT", "what learns, as the setting fit.train (all)", false},
    {"--precision", "f32|tf32|bf16", "operands of matrix products (f32)", false},
    {"--recompute", NULL, "as the setting fit.recompute", false},
    {"--wire", "f32|bf16", "gradients between ranks, as the setting fit.wire (f32)", false},
    {"--steps", "N", "steps to time (enough for a steady figure)", false},
    CLI_DEVICE,
    CLI_COMMON};

static rc_status bench(const cli_args *a)
{
    rc_bench_options o = {.size = sizeof o,
                          .model = cli_value(a, "--model"),
                          .batch = 4,
                          .train = cli_value(a, "--train"),
                          .recompute = cli_value(a, "--recompute") != NULL,
                          .precision = cli_value(a, "--precision"),
                          .wire = cli_value(a, "--wire")};
    rc_status status = cli_integer(a, "--batch", 1, 65536, &o.batch);
    if (status == RC_OK) status = cli_integer(a, "--image", 1, 4096, &o.image);
    if (status == RC_OK) status = cli_integer(a, "--tokens", 1, 1 << 20, &o.tokens);
    if (status == RC_OK) status = cli_integer(a, "--steps", 1, 200, &o.steps);
    if (status != RC_OK) return status;
    RESULT(rc_bench(&o, &json));
}

const cli_command cli_bench = {
    "bench", "time a fine-tuning step on this machine", bench_options,
    "JSON keys: seconds, gflops (model), peak_gflops (this machine's sgemm, same run), ratio, peak_rss_mb,\n"
    "step_mb (the part of it for values and gradients of a step), model, batch, image or tokens, train,\n"
    "precision, recompute, device, parameters, trainable, steps, ranks. With bf16 on the processor:\n"
    "peak_bf16_gflops (products of operands that are rounded already) and ratio_bf16. On a card:\n"
    "peak_device_mb (of the steps), bandwidth_gbs, and with tf32 or bf16 the rate and ratio of that, with\n"
    "its rounding. With mpirun all for the ranks together, and: bytes_sent by one of\n"
    "them in a step, as numbers of wire; shared_memory (they do not travel, since all ranks see them); on\n"
    "cards cards_by (NCCL) or through_host (why).",
    bench};
