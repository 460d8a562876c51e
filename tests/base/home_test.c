/* Where models and bundles are kept, and which names may be kept there. */
#include "check.h"

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

int main(void)
{
    RUN(places);
    RUN(names);
    return RESULT();
}
