/* Samples that are files, or lie in them: each kind of file has its reader. */
#include <assert.h>

#include "importers/file_list.h"

const rc__file_reader rc__file_readers[RC__FILE_READERS] = {
    {RC_IMPORT_PICTURES, rc__picture_suffixes, rc__picture_samples},
    {RC_IMPORT_SOUNDS, rc__sound_suffixes, rc__sound_samples},
    {RC_IMPORT_SIGNALS, rc__signal_suffixes, rc__signal_samples},
    {RC_IMPORT_SEQUENCES, rc__sequence_suffixes, rc__sequence_samples}};

rc_status rc__file_samples(rc_samples *s, rc_json *report)
{
    int i = 0;
    while (rc__file_readers[i].form != s->e->form) {
        i++;
        assert(i < RC__FILE_READERS);
    }
    return rc__file_readers[i].read(s, report);
}
