#include "transforms/chain.h"

#include "base/absent.h"

rc_status rc_chain_open(const char *source, const rc_json *list, rc_shape in, rc_chain **out)
{
    (void)list, (void)in, (void)out;
    return rc_fail_absent(source, "transforms", "RECRAFT_TRANSFORMS");
}

void rc_chain_close(rc_chain **c)
{
    (void)c;
}

rc_shape rc_chain_shape(const rc_chain *c)
{
    (void)c;
    return (rc_shape){0};
}

rc_status rc_chain_run(rc_chain *c, int64_t i, const float *x, float *out)
{
    (void)c, (void)i, (void)x, (void)out;
    return rc_fail_absent("a sample", "transforms", "RECRAFT_TRANSFORMS");
}
