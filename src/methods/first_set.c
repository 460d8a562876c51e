/* Methods that read one labelled set of a source that has several. */
#include "methods/method.h"

void rc_method_note_first(rc_session *s, const rc_bundle *source)
{
    if (source->sets == 1) return;
    rc_session_note(s, "this method reads only the first of the %d labelled sets of %s: %s", source->sets,
                    source->name, source->set[0].name);
}
