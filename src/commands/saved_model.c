#include "commands/saved_model.h"

#include "base/current_context.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/temporary.h"

rc_status rc__saved_model_make(rc_predictor *p, rc__saved_model *out)
{
    RC_TRY(rc_temporary_folder(sizeof out->folder, out->folder));
    rc_status status = rc_path_join(out->folder, "run", sizeof out->run, out->run);
    if (status == RC_OK) status = rc_predictor_save(rc_context_current(), p, out->run);
    return status == RC_OK ? RC_OK : rc__saved_model_drop(out, status);
}

rc_status rc__saved_model_drop(rc__saved_model *s, rc_status status)
{
    if (s->folder[0]) status = rc_folder_drop(s->folder, status);
    s->folder[0] = '\0';
    return status;
}
