/* The default source bundle, carried inside the library so that the program works from anywhere. The build
 * names the file; a tree without it (while one is being trained) carries nothing. */
#include <stddef.h>

extern const unsigned char rc__swin_mini[];
extern const size_t rc__swin_mini_size;

#ifdef RC_BUILTIN_BUNDLE
__asm__(".section .rodata\n"
        ".balign 64\n"
        ".globl rc__swin_mini\n"
        ".hidden rc__swin_mini\n"
        "rc__swin_mini:\n"
        ".incbin \"" RC_BUILTIN_BUNDLE "\"\n"
        "rc__swin_mini_end:\n"
        ".byte 0\n"
        ".balign 8\n"
        ".globl rc__swin_mini_size\n"
        ".hidden rc__swin_mini_size\n"
        "rc__swin_mini_size:\n"
        ".quad rc__swin_mini_end - rc__swin_mini\n"
        ".previous\n");
#else
const unsigned char rc__swin_mini[1] = {0};
const size_t rc__swin_mini_size = 0;
#endif
