/* A run's model for other programs. */
#include "commands/common.h"
#include "exports/exports.h"

rc_status rc_export(const rc_export_options *o, char **json)
{
    rc_json *j;
    RC_TRY(rc_json_object(&j));
    return rc__json_result(j, rc_export_write(o->run, o->to, o->out, j), json);
}
