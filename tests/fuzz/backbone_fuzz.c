/* The config.json of a model: what is accepted must survive being written and read again. */
#include <stdlib.h>
#include <string.h>

#include "backbones/backbone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rc_json *j;
    rc_backbone_config c, back;
    if (rc_json_parse("fuzz", (const char *)data, size, &j) != RC_OK) return 0;
    rc_status status = rc_backbone_config_read(j, "fuzz", &c);
    rc_json_free(&j);
    if (status != RC_OK) return 0;
    rc_json *written = rc_backbone_config_write(&c);
    status = rc_backbone_config_read(written, "again", &back);
    rc_json_free(&written);
    if (status != RC_OK) abort();
    return 0;
}
