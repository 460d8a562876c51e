/* Preloaded, it adds a line to the file $STARTS: the words with which a process has been started. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { WORDS = 1 << 15 };

__attribute__((constructor)) static void log_start(void)
{
    static char words[WORDS];
    const char *to = getenv("STARTS");
    int from = open("/proc/self/cmdline", O_RDONLY),
        file = to ? open(to, O_WRONLY | O_CREAT | O_APPEND, 0666) : -1;
    ssize_t n = read(from, words, WORDS - 1);
    for (ssize_t i = 0; i < n; i++)
        if (words[i] == '\0') words[i] = ' ';
    words[n > 0 ? n : 0] = '\n';
    if (write(file, words, (size_t)(n > 0 ? n : 0) + 1) < 0) _exit(1);
    close(from);
    close(file);
}
