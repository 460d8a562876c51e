#include "importers/samples.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "transforms/chain.h"

rc_status rc__note(rc_samples *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    rc_status status = rc_texts_add_line(&s->notes, format, args);
    va_end(args);
    return status;
}

void rc__samples_close(rc_samples *s)
{
    rc_texts_free(&s->notes);
    if (s->close && s->state) s->close(s->state);
    rc_texts_free(&s->label);
    rc_array_free(&s->y);
    rc_free(s->part);
    rc_free(s->group);
    rc_free(s->when);
    rc_chain_close(&s->chain);
    rc_free(s->read);
    rc_free(s->numbers);
    *s = (rc_samples){0};
}

rc_status rc__labels_found(rc_samples *s, rc_status status)
{
    if (!s->asks || (status != RC_DATA && status != RC_CONFIG)) return status;
    rc_texts_free(&s->label);
    rc_array_free(&s->y);
    s->unlabelled = true;
    return rc__note(s, "the answers are not scored: %s", rc_error_text());
}
