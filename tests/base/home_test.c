/* Where models and bundles are kept, and which names may be kept there. */
#include "check.h"

#include <unistd.h>

#include "base/file.h"
#include "base/home.h"

static char path[512];

TEST(places)
{
    setenv("RECRAFT_HOME", "/kept", 1);
    setenv("XDG_DATA_HOME", "/data", 1);
    setenv("HOME", "/me", 1);
    OK(rc_home_path("models", "minilm", sizeof path, path));
    CHECK(strcmp(path, "/kept/models/minilm") == 0);
    OK(rc_home_path("sources", NULL, sizeof path, path));
    CHECK(strcmp(path, "/kept/sources") == 0);
    unsetenv("RECRAFT_HOME");
    OK(rc_home_path("models", NULL, sizeof path, path));
    CHECK(strcmp(path, "/data/recraft/models") == 0);
    setenv("XDG_DATA_HOME", "", 1);
    OK(rc_home_path("models", NULL, sizeof path, path));
    CHECK(strcmp(path, "/me/.local/share/recraft/models") == 0);
    CHECK(rc_home_path("models", "minilm", 20, path) != RC_OK);
    unsetenv("HOME");
    CHECK(rc_home_path("models", NULL, sizeof path, path) == RC_CONFIG);
}

TEST(names)
{
    CHECK(rc_home_is_name("minilm") && rc_home_is_name("all-MiniLM-L6_v2.1"));
    CHECK(!rc_home_is_name("") && !rc_home_is_name(".") && !rc_home_is_name("..") && !rc_home_is_name("-x"));
    CHECK(!rc_home_is_name("a/b") && !rc_home_is_name("a b") && !rc_home_is_name("\xc3\xa4"));
}

TEST(models)
{
    char home[64], folder[128];
    snprintf(home, sizeof home, "/tmp/recraft-home-test-%ld", (long)getpid());
    snprintf(folder, sizeof folder, "%s/models/tiny", home);
    setenv("RECRAFT_HOME", home, 1);
    FAILS(RC_CONFIG, "rc_models_get", rc_home_find_model("tiny", sizeof path, path));
    FAILS(RC_CONFIG, "no such model folder", rc_home_find_model("./tiny", sizeof path, path));
    OK(rc_make_directory(folder));
    OK(rc_home_find_model("tiny", sizeof path, path));
    CHECK(strcmp(path, folder) == 0);
    OK(rc_home_find_model(folder, sizeof path, path));
    CHECK(strcmp(path, folder) == 0);
    CHECK(rmdir(folder) == 0);
    snprintf(folder, sizeof folder, "%s/models", home);
    CHECK(rmdir(folder) == 0 && rmdir(home) == 0);
}

int main(void)
{
    RUN(places);
    RUN(names);
    RUN(models);
    return RESULT();
}
