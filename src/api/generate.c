#include "recraft/generate.h"

#include "api/common.h"
#include "base/progress.h"
#include "generators/darcy.h"

static rc_status describe(const rc_darcy_options *d, const char *out, double seconds, rc_json *j)
{
    RC_TRY(rc_json_set_string(j, "out", out));
    RC_TRY(rc_json_set_integer(j, "n_train", d->n_train));
    RC_TRY(rc_json_set_integer(j, "n_test", d->n_test));
    RC_TRY(rc_json_set_integer(j, "resolution", d->resolution));
    RC_TRY(rc_json_set_integer(j, "seed", (int64_t)d->seed));
    return rc_json_set_number(j, "seconds", seconds);
}

rc_status rc_make_darcy(const rc_make_options *o, char **json)
{
    rc_darcy_options d = rc_darcy_defaults();
    rc_json *j;
    if (o->n_train) d.n_train = o->n_train;
    if (o->n_test >= 0) d.n_test = o->n_test;
    RC_CHECK(o->resolution >= 0 && o->resolution <= 401, RC_CONFIG, "--resolution takes 3 to 401");
    if (o->resolution) d.resolution = (int)o->resolution;
    d.seed = (uint64_t)o->seed;
    double started = rc_clock();
    RC_TRY(rc_darcy_generate(&d, o->out));
    RC_TRY(rc_json_object(&j));
    return rc__json_result(j, describe(&d, o->out, rc_clock() - started, j), json);
}
