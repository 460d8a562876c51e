/* Sources that are here, and those that can be had. */
#include "commands/common.h"
#include "source/bundle.h"

rc_status rc_source_list(char **json)
{
    rc_json *j, *list, *kept, *known;
    RC_TRY(rc_json_object(&j));
    rc_status status = rc_json_array(&list);
    for (int i = 0; status == RC_OK && rc_bundle_builtin(i); i++)
        status = rc_json_append_string(list, rc_bundle_builtin(i));
    if (status == RC_OK) status = rc_json_set(j, "sources", list);
    if (status == RC_OK) status = rc_json_array(&kept);
    if (status == RC_OK) status = rc_bundle_list_kept(kept);
    if (status == RC_OK) status = rc_json_set(j, "built_here", kept);
    if (status == RC_OK) status = rc_json_array(&known);
    if (status == RC_OK) status = rc__source_recipes(known);
    if (status == RC_OK) status = rc_json_set(j, "can_be_had", known);
    return rc__json_result(j, status, json);
}
