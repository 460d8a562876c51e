/* What libFuzzer does with files, without libFuzzer: each file named goes once through the target it is
 * linked with. So the corpus is replayed by any compiler and under any sanitizer, as one more test. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes lie in a block of just their length, so that AddressSanitizer sees a read behind the end. */
static uint8_t *read_all(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) return NULL;
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *data = malloc(*size);
    const bool whole = data != NULL && fread(data, 1, *size, file) == *size;
    fclose(file);
    return whole ? data : NULL;
}

int main(int count, char **paths)
{
    if (count < 2) {
        fprintf(stderr, "%s: no file of the corpus was named\n", paths[0]);
        return 1;
    }
    for (int i = 1; i < count; i++) {
        size_t size;
        uint8_t *data = read_all(paths[i], &size);
        if (data == NULL) {
            perror(paths[i]);
            return 1;
        }
        printf("%s\n", paths[i]);
        fflush(stdout);
        LLVMFuzzerTestOneInput(data, size);
        free(data);
    }
    return 0;
}
