/* tests/web.h: the web server of tests/fetch/web.py for the time of one test program. */
#ifndef RC_TESTS_WEB_H
#define RC_TESTS_WEB_H

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static char root[256], base[64]; /* its folder; its address */
static pid_t web;

TEST(start_web)
{
    int pipes[2];
    char port[16] = "";
    snprintf(root, sizeof root, "/tmp/recraft-web-test-%ld", (long)getpid());
    REQUIRE(pipe(pipes) == 0);
    web = fork();
    REQUIRE(web >= 0);
    if (web == 0) {
        dup2(pipes[1], 1);
        execlp("python3", "python3", RC_SOURCE_DIR "/tests/fetch/web.py", root, (char *)NULL);
        _exit(127); /* python3 is missing; scripts/deps check installs it */
    }
    close(pipes[1]);
    REQUIRE(read(pipes[0], port, sizeof port - 1) > 0);
    close(pipes[0]);
    snprintf(base, sizeof base, "http://127.0.0.1:%d", atoi(port));
    unsetenv("http_proxy");
}

static void stop_web(void)
{
    char command[400];
    if (web <= 0) return;
    kill(web, SIGTERM);
    waitpid(web, NULL, 0);
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    CHECK(system(command) == 0);
}

/* Lines of the server's log that hold the words. */
static int logged(const char *words)
{
    char path[400], line[512];
    int n = 0;
    snprintf(path, sizeof path, "%s/log", root);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f))
        n += strstr(line, words) != NULL;
    if (f) fclose(f);
    return n;
}

#endif
