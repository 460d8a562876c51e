#include "recraft/version.h"

int rc_version_number(void)
{
    return RC_VERSION_NUMBER;
}

const char *rc_version(void)
{
    return RC_VERSION_STRING;
}
