/* A settings file: the YAML reader and the table of settings behind it. */
#include "formats/yaml.h"
#include "settings/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rc_yaml y;
    rc_config c;
    if (rc_yaml_parse("fuzz", (const char *)data, size, &y) != RC_OK) return 0;
    rc_config_defaults(&c);
    for (size_t i = 0; i < y.count; i++)
        (void)!rc_config_set(&c, "fuzz", y.entry[i].key, y.entry[i].value);
    (void)!rc_config_check(&c);
    rc_yaml_free(&y);
    return 0;
}
