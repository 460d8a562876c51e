#include "base/input_name.h"

#include <string.h>

rc_status rc_input_name_check(const char *where, const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    size_t n = strlen(name);
    RC_CHECK(n > 0 && n < RC_INPUT_NAME && strspn(name, allowed) == n && strcmp(name, "x") != 0, RC_DATA,
             "%s: \"%.60s\" cannot be the name of an input: 1 to %d letters, digits, - and _, and not x",
             where, name, RC_INPUT_NAME - 1);
    return RC_OK;
}
