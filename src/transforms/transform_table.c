/* The transforms there are. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "transforms/transforms.h"

extern const rc_transform rc__log_mel, rc__spherical, rc__one_hot, rc__windows, rc__spec_augment, rc__pairs;

const rc_transform *const rc_transform_table[] = {&rc__log_mel, &rc__spherical,    &rc__one_hot,
                                                  &rc__windows, &rc__spec_augment, &rc__pairs};
enum { TRANSFORMS = sizeof rc_transform_table / sizeof *rc_transform_table };
const int rc_transform_count = TRANSFORMS;

rc_status rc_transform_find(const char *name, const rc_transform **out)
{
    const char *known[TRANSFORMS];
    for (int i = 0; i < TRANSFORMS; i++) {
        known[i] = rc_transform_table[i]->name;
        *out = rc_transform_table[i];
        if (strcmp(name, known[i]) == 0) return RC_OK;
    }
    return rc_fail_unknown(RC_CONFIG, name, known, TRANSFORMS, NULL, "no transform is called \"%.40s\"",
                           name);
}

rc_transform_options rc_transform_defaults(const rc_transform *t)
{
    rc_transform_options o = {0};
    rc_parameters_default(t->parameters, o.parameter);
    return o;
}

rc_status rc_transform_assign(const rc_transform *t, const char *assignment, rc_transform_options *io)
{
    return rc_parameters_assign(t->name, t->parameters, assignment, io->parameter);
}
