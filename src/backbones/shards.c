/* The weight files of a model folder. */
#include <stdio.h>
#include <string.h>

#include "backbones/model_folder.h"
#include "base/file.h"
#include "base/progress.h"
#include "base/text.h"

enum { PATH = 4096, MAX_SHARDS = 1024, LISTED = 16 };

typedef struct shard {
    char *path;
    rc_safetensors *file;
    bool *used;
} shard;

struct rc_shards {
    char *folder;
    int count, capacity;
    shard *shard;
    rc_weights *view; /* one per shard, linked */
};

/* ---- opening ---- */

static rc_status add_shard(rc_shards *s, const char *name)
{
    char path[PATH];
    RC_CHECK(s->count < s->capacity, RC_FORMAT, "%s: more than %d weight files", s->folder, MAX_SHARDS);
    shard *one = &s->shard[s->count++];
    RC_TRY(rc_path_join(s->folder, name, sizeof path, path));
    RC_TRY(rc_strdup(path, &one->path));
    RC_TRY(rc_safetensors_open(path, &one->file));
    return RC_NEW(&one->used, rc_safetensors_count(one->file));
}

/* Shards lie in the folder itself: a name with a path in it could point anywhere. */
static rc_status check_name(const char *index, const char *name)
{
    RC_CHECK(name && *name, RC_FORMAT, "%s: \"weight_map\" has an entry that names no file", index);
    RC_CHECK(!strchr(name, '/') && !strchr(name, '\\') && strcmp(name, "..") != 0 && strlen(name) < 256,
             RC_FORMAT, "%s: the file \"%.80s\" is refused: shards must be in the folder itself", index,
             name);
    RC_CHECK(rc_path_has_suffix(name, ".safetensors"), RC_FORMAT, "%s: \"%.80s\" is not a safetensors file",
             index, name);
    return RC_OK;
}

static int find_shard(const rc_shards *s, const char *name)
{
    for (int i = 0; i < s->count; i++)
        if (strcmp(rc_path_base(s->shard[i].path), name) == 0) return i;
    return -1;
}

/* Every shard that the map names, each opened once; every tensor must be where the map says. */
static rc_status read_map(rc_shards *s, const char *index, const rc_json *map)
{
    void *at = NULL;
    const char *tensor;
    const rc_json *value;
    RC_CHECK(rc_json_is_object(map), RC_FORMAT, "%s: \"weight_map\" is missing or not an object", index);
    while (rc_json_each(map, &at, &tensor, &value)) {
        const char *name = rc_json_as_string(value);
        RC_TRY(check_name(index, name));
        int i = find_shard(s, name);
        if (i < 0) {
            RC_TRY(add_shard(s, name));
            i = s->count - 1;
        }
        RC_CHECK(rc_safetensors_find(s->shard[i].file, tensor) >= 0, RC_FORMAT,
                 "%s: tensor \"%s\" is not in %s, where %s places it", s->folder, tensor, name,
                 rc_path_base(index));
    }
    RC_CHECK(s->count > 0, RC_FORMAT, "%s: \"weight_map\" is empty", index);
    return RC_OK;
}

static rc_status open_index(rc_shards *s, const char *index)
{
    rc_json *j;
    RC_TRY(rc_json_read(index, &j));
    rc_status status = read_map(s, index, rc_json_get(j, "weight_map"));
    rc_json_free(&j);
    return status;
}

static rc_status refuse_pickle(const char *folder, const char *name)
{
    return rc_fail(
        RC_UNSUPPORTED,
        "%s: holds %s and no safetensors file; convert it, in that folder, with: python3 -c \"import "
        "glob, torch; from safetensors.torch import save_file; save_file({k: v.clone().contiguous() for "
        "f in sorted(glob.glob('pytorch_model*.bin')) for k, v in torch.load(f, map_location='cpu', "
        "weights_only=True).items()}, 'model.safetensors')\"",
        folder, name);
}

static bool has(const char *folder, const char *name, char path[PATH])
{
    return rc_path_join(folder, name, PATH, path) == RC_OK && rc_path_exists(path);
}

static rc_status open_files(rc_shards *s)
{
    static const char *const pickle[] = {"pytorch_model.bin", "pytorch_model.bin.index.json"};
    char path[PATH];
    RC_TRY(rc_path_join(s->folder, "model.safetensors", sizeof path, path)); /* says so if it is too long */
    if (rc_path_exists(path)) return add_shard(s, "model.safetensors");
    if (has(s->folder, "model.safetensors.index.json", path)) return open_index(s, path);
    for (int i = 0; i < 2; i++)
        if (has(s->folder, pickle[i], path)) return refuse_pickle(s->folder, pickle[i]);
    return rc_fail(RC_IO, "%s: no model.safetensors in this folder", s->folder);
}

rc_status rc_shards_open(const char *folder, rc_shards **out)
{
    RC_TRY(RC_NEW(out, 1));
    rc_shards *s = *out;
    s->capacity = MAX_SHARDS;
    rc_status status = rc_strdup(folder, &s->folder);
    if (status == RC_OK) status = RC_NEW(&s->shard, s->capacity);
    if (status == RC_OK) status = open_files(s);
    if (status == RC_OK) status = RC_NEW(&s->view, s->count);
    if (status != RC_OK) rc_shards_close(out);
    return status;
}

void rc_shards_close(rc_shards **s)
{
    if (!*s) return;
    for (int i = 0; i < (*s)->count; i++) {
        rc_safetensors_close(&(*s)->shard[i].file);
        rc_free((*s)->shard[i].path);
        rc_free((*s)->shard[i].used);
    }
    rc_free((*s)->shard);
    rc_free((*s)->view);
    rc_free((*s)->folder);
    rc_free(*s);
    *s = NULL;
}

/* ---- using ---- */

const rc_weights *rc_shards_weights(rc_shards *s, const char *prefix)
{
    for (int i = 0; i < s->count; i++)
        s->view[i] = (rc_weights){.file = s->shard[i].file,
                                  .name = s->shard[i].path,
                                  .next = i + 1 < s->count ? &s->view[i + 1] : NULL,
                                  .prefix = prefix,
                                  .used = s->shard[i].used};
    return s->view;
}

uint64_t rc_shards_checksum(const rc_shards *s)
{
    uint64_t sum = 0;
    for (int i = 0; i < s->count; i++)
        sum += rc_safetensors_checksum(s->shard[i].file);
    return sum;
}

void rc_shards_note_unused(const rc_shards *s)
{
    rc_string names = {0};
    int64_t unused = 0;
    bool ok = true;
    for (int i = 0; i < s->count; i++)
        for (int k = 0; k < rc_safetensors_count(s->shard[i].file); k++) {
            if (s->shard[i].used[k] || unused++ >= LISTED) continue;
            const char *name = rc_safetensors_get(s->shard[i].file, k).name;
            ok &= rc_string_printf(&names, "%s%.100s", names.length ? ", " : "", name) == RC_OK;
        }
    if (unused > LISTED)
        ok &= rc_string_printf(&names, " and %lld more", (long long)(unused - LISTED)) == RC_OK;
    if (unused && ok)
        rc_progress_note("%s: %lld tensors of the checkpoint are not used: %s", s->folder, (long long)unused,
                         names.data);
    rc_string_free(&names);
}
