/* The texts of kernels/, carried inside the library, each with a NUL behind it. */
#include "devices/gpu/gpu.h"

#define TEXT(name, file)                                \
    __asm__(".section .rodata\n"                        \
            ".globl rc__gpu_text_" #name "\n"           \
            ".hidden rc__gpu_text_" #name "\n"          \
            "rc__gpu_text_" #name ":\n"                 \
            ".incbin \"" RC_GPU_KERNELS "/" file "\"\n" \
            ".byte 0\n"                                 \
            ".previous\n");

TEXT(shapes, "shapes.h")
TEXT(common, "common.h")
TEXT(opencl, "opencl.h")
TEXT(cuda, "cuda.h")

#define PROGRAM(name)                        \
    extern const char rc__gpu_text_##name[]; \
    TEXT(name, #name ".cl")
RC__GPU_PROGRAMS(PROGRAM)

#define ENTRY(name) rc__gpu_text_##name,
const char *const rc__gpu_program_text[RC__GPU_PROGRAM_COUNT] = {RC__GPU_PROGRAMS(ENTRY)};
