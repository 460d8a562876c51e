/* What each method trains, seen in the model that it leaves: against the weights of the source. */
#include <unistd.h>

#include "base/file.h"
#include "check.h"
#include "formats/safetensors.h"
#include "recraft/generate.h"
#include "recraft/run.h"
#include "source/bundle.h"

static char folder[64];

static rc_status fit(const char *method, const char *name, char *path)
{
    static const char *const set[] = {"fit.epochs=2",    "fit.batch=4",   "fit.warmup=0",    "align.epochs=2",
                                      "align.samples=6", "align.batch=6", "align.clusters=2"};
    char data[128], out[128];
    snprintf(data, sizeof data, "%s/data", folder);
    snprintf(out, sizeof out, "%s/%s", folder, name);
    snprintf(path, 256, "%s/model.safetensors", out);
    rc_fit_options o = {.size = sizeof o,
                        .data = data,
                        .source = "swin-mini",
                        .method = method,
                        .out = out,
                        .settings = {.set = set, .n_set = sizeof set / sizeof *set}};
    return rc_fit(&o, NULL);
}

/* Parameters of the body as the run left them: LayerNorms, and the others. */
typedef struct counts {
    int kept, changed, norms_kept, norms_changed;
} counts;

static counts compare(const char *path)
{
    counts c = {0};
    rc_bundle *b;
    rc_safetensors *f;
    if (rc_bundle_open("swin-mini", &b) != RC_OK || rc_safetensors_open(path, &f) != RC_OK) {
        fprintf(stderr, "%s\n", rc_error_text());
        CHECK(!"cannot be opened");
        return c;
    }
    for (int i = 0; i < rc_safetensors_count(f); i++) {
        rc_safetensors_entry now = rc_safetensors_get(f, i);
        bool body =
            strncmp(now.name, "swin.encoder.", 13) == 0 || strncmp(now.name, "swin.layernorm.", 15) == 0;
        int at = rc_safetensors_find(b->file, now.name);
        if (!body || at < 0) continue;
        rc_safetensors_entry was = rc_safetensors_get(b->file, at);
        float *x;
        int64_t n = rc_shape_size(&now.shape);
        if (RC_NEW(&x, n) != RC_OK) abort();
        rc_convert_to_f32(was.dtype, was.data, n, x);
        bool same = memcmp(x, now.data, (size_t)n * sizeof *x) == 0, norm = strstr(now.name, "norm") != NULL;
        *(norm ? (same ? &c.norms_kept : &c.norms_changed) : (same ? &c.kept : &c.changed)) += 1;
        rc_free(x);
    }
    rc_safetensors_close(&f);
    rc_bundle_close(&b);
    return c;
}

TEST(fpt_moves_the_norms_and_nothing_else_of_the_body)
{
    char path[256];
    OK(fit("fpt", "fpt", path));
    counts c = compare(path);
    CHECK(c.changed == 0 && c.kept > 20);
    CHECK(c.norms_kept == 0 && c.norms_changed > 10);
}

TEST(nft_moves_everything)
{
    char path[256];
    OK(fit("nft", "nft", path));
    counts c = compare(path);
    CHECK(c.kept == 0 && c.norms_kept == 0);
}

/* Training moves a weight by a few percent; weights that began elsewhere have no likeness to the source's. */
TEST(scratch_does_not_begin_at_the_source)
{
    char path[256];
    rc_bundle *b;
    rc_safetensors *f;
    const char *name = "swin.encoder.layers.0.blocks.0.attention.self.query.weight";
    OK(fit("scratch", "scratch", path));
    OK(rc_bundle_open("swin-mini", &b));
    OK(rc_safetensors_open(path, &f));
    rc_safetensors_entry was = rc_safetensors_get(b->file, rc_safetensors_find(b->file, name));
    rc_safetensors_entry now = rc_safetensors_get(f, rc_safetensors_find(f, name));
    int64_t n = rc_shape_size(&now.shape);
    float *x;
    OK(RC_NEW(&x, n));
    rc_convert_to_f32(was.dtype, was.data, n, x);
    const float *y = now.data;
    double xy = 0, xx = 0, yy = 0;
    for (int64_t i = 0; i < n; i++) {
        xy += (double)x[i] * y[i];
        xx += (double)x[i] * x[i];
        yy += (double)y[i] * y[i];
    }
    CHECK(fabs(xy) < 0.2 * sqrt(xx * yy));
    rc_free(x);
    rc_safetensors_close(&f);
    rc_bundle_close(&b);
}

int main(void)
{
    char data[128], command[128];
    snprintf(folder, sizeof folder, "rivals_test-%ld", (long)getpid());
    snprintf(data, sizeof data, "%s/data", folder);
    rc_make_options o = {.size = sizeof o, .out = data, .n_train = 12, .n_test = 2, .resolution = 9};
    if (rc_make_directory(folder) != RC_OK || rc_make("darcy", &o, NULL) != RC_OK) {
        fprintf(stderr, "%s\n", rc_error_text());
        return EXIT_FAILURE;
    }
    RUN(fpt_moves_the_norms_and_nothing_else_of_the_body);
    RUN(nft_moves_everything);
    RUN(scratch_does_not_begin_at_the_source);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command) != 0) return EXIT_FAILURE;
    return RESULT();
}
