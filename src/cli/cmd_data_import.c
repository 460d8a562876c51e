/* data import: data sets from the files people have. */
#include "recraft/import.h"

#include "base/text.h"
#include "cli/cli.h"

static const cli_option options[] = {
    {"PATH", "PATH", "file or folder to import", true},
    {"--out", "DIR", "folder to make", true},
    CLI_IMPORT,
    {"--unlabelled", NULL, "with --like: labels are not looked for; all samples become x_unlabelled", false},
    {"--seed", "N", "0", false},
    CLI_COMMON};

rc_status cli_import_options(const cli_args *a, rc_data_import_options *out)
{
    rc_data_import_options o = {.size = sizeof o,
                                .out = cli_value(a, "--out"),
                                .test = cli_value(a, "--test"),
                                .x = cli_value(a, "--x"),
                                .y = cli_value(a, "--y"),
                                .x_test = cli_value(a, "--x-test"),
                                .y_test = cli_value(a, "--y-test"),
                                .layout = cli_value(a, "--layout"),
                                .label = cli_value(a, "--label"),
                                .labels = cli_value(a, "--labels"),
                                .split = cli_value(a, "--split"),
                                .group = cli_value(a, "--group"),
                                .drop = cli_value(a, "--drop"),
                                .files = cli_value(a, "--files"),
                                .texts = cli_value(a, "--texts"),
                                .target = cli_value(a, "--target"),
                                .encode = cli_value(a, "--encode"),
                                .delimiter = cli_value(a, "--delimiter"),
                                .header = cli_value(a, "--header"),
                                .missing = cli_value(a, "--missing"),
                                .decimal = cli_value(a, "--decimal"),
                                .comment = cli_value(a, "--comment"),
                                .encoding = cli_value(a, "--encoding"),
                                .pixels = cli_value(a, "--size"),
                                .series = cli_value(a, "--series") != NULL,
                                .channels = cli_value(a, "--channels"),
                                .fill = cli_value(a, "--fill"),
                                .unlabelled = cli_value(a, "--unlabelled") != NULL,
                                .like = cli_value(a, "--like"),
                                .test_fraction = -1};
    RC_TRY(cli_integer(a, "--length", 1, 65536, &o.length));
    RC_TRY(cli_integer(a, "--hop", 1, INT64_MAX, &o.hop));
    RC_TRY(cli_integer(a, "--skip", 0, INT64_MAX, &o.skip));
    const char *fraction = cli_value(a, "--test-fraction");
    if (fraction &&
        (!rc_text_to_f64(fraction, &o.test_fraction) || o.test_fraction < 0 || o.test_fraction >= 1))
        return cli_fail("--test-fraction %.40s: takes a number from 0 to below 1", fraction);
    *out = o;
    return RC_OK;
}

static rc_status run(const cli_args *a)
{
    rc_data_import_options o;
    char *json;
    RC_TRY(cli_import_options(a, &o));
    o.from = cli_value(a, "PATH");
    RC_TRY(cli_integer(a, "--seed", 0, INT64_MAX, &o.seed));
    RC_TRY(rc_data_import(&o, &json));
    return cli_print(a, json);
}

const cli_command cli_data_import = {
    "data import", "make a data set of tables, arrays, pictures, sounds, signals or sequences", options,
    "Reads .csv, .tsv, .arff, .ts; .npz, .npy, HDF5, .mat, .pkl; .fasta; folders of pictures (.png, .jpg),\n"
    "of sounds (.wav, .flac, .ogg) or of signals (.edf, .bdf, .hea), one folder for each class.\n"
    "See docs/your-data.md.\n"
    "JSON keys: from, out, options, reader, found, columns, target, target_why, classes, labels, split,\n"
    "n_train, n_valid, n_test, x_shape, y_shape, notes and others by the form; DIR/import.json holds the "
    "same",
    run};
