/* formats/pickle_numpy.h: the words a pickle of NumPy arrays uses, and what they mean. Within formats/ only.
 */
#ifndef RC_FORMATS_PICKLE_NUMPY_H
#define RC_FORMATS_PICKLE_NUMPY_H

#include "formats/pickle_machine.h"

/* The number of a known word, -1 for any other. */
int rc__pickle_word(const char *module, size_t module_size, const char *name, size_t name_size);
/* word(arguments): what calling it would give. arguments is a LIST. */
rc_status rc__pickle_call(const char *source, int word, rc__py arguments, rc_arena *arena,
                          rc__py *out) RC_MUST_CHECK;
/* object.__setstate__(state), for arrays and dtypes. */
rc_status rc__pickle_build(const char *source, rc__py object, rc__py state) RC_MUST_CHECK;
rc_status rc__py_new(rc_arena *arena, rc__py_kind kind, rc__py *out) RC_MUST_CHECK;
rc_status rc__py_append(rc_arena *arena, rc__py_object *o, rc__py item) RC_MUST_CHECK;

#endif
