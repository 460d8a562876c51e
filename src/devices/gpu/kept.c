#include "devices/gpu/kept.h"

#include <stdio.h>
#include <string.h>

#include "base/checksum.h"
#include "base/file.h"
#include "base/home.h"
#include "base/memory.h"

enum { LIMIT = 256 << 20 };

/* What a program was made from, its size and a checksum stand before it. */
typedef struct kept_head {
    uint64_t key, checksum, size;
} kept_head;

static uint64_t checksum_of(const void *data, size_t size)
{
    rc_checksum c;
    rc_checksum_begin(&c);
    rc_checksum_add(&c, data, size);
    return rc_checksum_value(&c);
}

static void path_of(const char *kind, const char *program, uint64_t key, const char *ending,
                    char out[RC__KEPT_PATH])
{
    char file[96];
    snprintf(file, sizeof file, "%s-%s-%016llx.%s", kind, program, (unsigned long long)key, ending);
    if (rc_home_path("kernels", file, RC__KEPT_PATH, out) != RC_OK) out[0] = '\0';
}

void rc__kept_find(const char *kind, const char *program, int n, const char *const *texts, rc__kept *out)
{
    rc_checksum c;
    rc_checksum_begin(&c);
    for (int i = 0; i < n; i++)
        rc_checksum_add_text(&c, texts[i]);
    out->key = rc_checksum_value(&c);
    path_of(kind, program, out->key, "bin", out->binary);
    path_of(kind, program, out->key, "log", out->log);
}

bool rc__kept_read(const rc__kept *k, char **memory, const void **binary, size_t *size)
{
    kept_head head = {0};
    if (!k->binary[0] || !rc_path_exists(k->binary) || rc_file_read(k->binary, LIMIT, memory, size) != RC_OK)
        return false;
    if (*size > sizeof head) {
        memcpy(&head, *memory, sizeof head);
        *binary = *memory + sizeof head;
        *size -= sizeof head;
        if (head.key == k->key && head.size == *size && head.checksum == checksum_of(*binary, *size))
            return true;
    }
    rc_free(*memory);
    return false;
}

/* Writes to a file whose folder may have to be made. */
static bool write_to(const char *path, const void *data, size_t size)
{
    char folder[RC__KEPT_PATH];
    return path[0] && rc_home_path("kernels", NULL, sizeof folder, folder) == RC_OK &&
           rc_make_directory(folder) == RC_OK && rc_file_write(path, data, size) == RC_OK;
}

void rc__kept_write(const rc__kept *k, const void *binary, size_t size)
{
    char *data;
    kept_head head = {k->key, checksum_of(binary, size), size};
    if (rc_alloc_raw(sizeof head + size, 1, (void **)&data) != RC_OK) return;
    memcpy(data, &head, sizeof head);
    memcpy(data + sizeof head, binary, size);
    (void)!write_to(k->binary, data, sizeof head + size);
    rc_free(data);
}

rc_status rc__kept_fail(const rc__kept *k, const char *compiler, const char *program, const char *log)
{
    bool kept = write_to(k->log, log, strlen(log));
    return rc_fail(RC_DEVICE, "%s could not build the kernels \"%s\"; %s%s", compiler, program,
                   kept ? "what it said is in " : "what it said could not be kept", kept ? k->log : "");
}
