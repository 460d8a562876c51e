/* All arrays of a run's model file, under the names that they have there. */
#include "base/memory.h"
#include "exports/export_forms.h"
#include "formats/array_file.h"
#include "formats/safetensors.h"

/* A tokenizer's files, kept as bytes, are no arrays. */
static int take(const rc_safetensors *f, rc_npz_member *member)
{
    int n = 0;
    for (int i = 0; i < rc_safetensors_count(f); i++) {
        rc_safetensors_entry e = rc_safetensors_get(f, i);
        if (e.dtype != RC_DTYPE_U8) member[n++] = (rc_npz_member){e.name, e.dtype, e.shape, e.data};
    }
    return n;
}

static rc_status write_npz(const rc_safetensors *f, const char *out, rc_json *told)
{
    rc_npz_member *member;
    RC_TRY(RC_NEW(&member, rc_safetensors_count(f)));
    int n = take(f, member);
    rc_status status = rc_npz_write(out, member, n);
    rc_json_set_integer(told, "arrays", n);
    rc_free(member);
    return status;
}

rc_status rc__export_npz(rc__exporting *e)
{
    char path[RC_TRAINED_PATH];
    rc_safetensors *f;
    RC_CHECK(rc_path_has_suffix(e->how->out, ".npz"), RC_CONFIG, "\1out %s: takes a file .npz", e->how->out);
    RC_TRY(rc_file_check_writable(e->how->out));
    RC_TRY(rc_path_join(e->how->run, "model.safetensors", sizeof path, path));
    RC_TRY(rc_safetensors_open(path, &f));
    rc_status status = write_npz(f, e->how->out, e->told);
    rc_safetensors_close(&f);
    return status;
}
