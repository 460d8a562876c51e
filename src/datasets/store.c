/* What the files of a data set share. */
#include "datasets/store.h"

#include <stdarg.h>
#include <string.h>

#include "base/message.h"
#include "base/progress.h"

const char *const rc__part_name[RC__PARTS + 1] = {"train", "valid", "test", "unlabelled"};

rc_part *rc__dataset_part(rc_dataset *d, int i)
{
    return i == RC__TRAIN ? &d->train : i == RC__VALID ? &d->valid : &d->test;
}

rc_status rc__add_note(rc_texts *notes, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    rc_message_write(sizeof text, text, format, args);
    va_end(args);
    rc_progress_note("note: %s", text);
    return rc_texts_add(notes, text, strlen(text));
}
