/* EDF as a file in memory; anything else as a WFDB header in a folder, with what stands behind its first NUL
 * as the file of samples that it may name "d". */
#include "memory_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "formats/recording.h"

static char folder[] = "/tmp/recraft-fuzz-XXXXXX", header[64], samples[64];

static void remove_folder(void)
{
    unlink(header);
    unlink(samples);
    rmdir(folder);
}

static bool write_all(const char *path, const uint8_t *data, size_t size)
{
    FILE *f = fopen(path, "wb");
    if (!f) return false;
    bool good = fwrite(data, 1, size, f) == size;
    return fclose(f) == 0 && good;
}

static void read_recording(const char *path)
{
    rc_recording r;
    float *x;
    if (rc_recording_open(path, NULL, &r) != RC_OK) return;
    for (int64_t i = 0; i < r.channels && i < 16; i++) {
        if (RC_NEW(&x, r.channel[i].length) != RC_OK) continue;
        rc_recording_read(&r, i, x);
        rc_free(x);
    }
    rc_recording_close(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    if (size >= 8 && (data[0] == 0xff || memcmp(data, "0       ", 8) == 0)) {
        int file = memory_file(data, size, path);
        if (file < 0) return 0;
        read_recording(path);
        close(file);
        return 0;
    }
    const uint8_t *end = size ? memchr(data, '\0', size) : NULL;
    size_t head = end ? (size_t)(end - data) : size;
    if (!header[0]) {
        if (!mkdtemp(folder)) return 0;
        snprintf(header, sizeof header, "%s/r.hea", folder);
        snprintf(samples, sizeof samples, "%s/d", folder);
        atexit(remove_folder);
    }
    if (!write_all(header, data, head) || (end && !write_all(samples, end + 1, size - head - 1))) return 0;
    read_recording(header);
    return 0;
}
