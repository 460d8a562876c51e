/* Sources that are here, and those that can be had. */
#include "commands/common.h"
#include "source/bundle.h"

rc_status rc_source_list(char **json)
{
    rc_json *j = rc_json_object(), *list = rc_json_set(j, "sources", rc_json_array());
    for (int i = 0; rc_bundle_builtin(i); i++)
        rc_json_append_string(list, rc_bundle_builtin(i));
    rc_status status = rc_bundle_list_kept(rc_json_set(j, "built_here", rc_json_array()));
    if (status == RC_OK) rc__source_recipes(rc_json_set(j, "can_be_had", rc_json_array()));
    return rc__json_result(j, status, json);
}
