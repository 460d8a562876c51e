/* The generators there are. */
#include <stdio.h>
#include <string.h>

#include "generators/generator.h"

extern const rc_generator rc__darcy, rc__advection, rc__burgers, rc__reaction_diffusion_1d,
    rc__reaction_diffusion_2d, rc__diffusion_sorption, rc__shallow_water, rc__euler, rc__series;

const rc_generator *const rc_generator_table[] = {&rc__darcy,
                                                  &rc__advection,
                                                  &rc__burgers,
                                                  &rc__reaction_diffusion_1d,
                                                  &rc__reaction_diffusion_2d,
                                                  &rc__diffusion_sorption,
                                                  &rc__shallow_water,
                                                  &rc__euler,
                                                  &rc__series};
enum { GENERATORS = sizeof rc_generator_table / sizeof *rc_generator_table };
const int rc_generator_count = GENERATORS;

rc_status rc_generator_find(const char *name, const rc_generator **out)
{
    const char *known[GENERATORS];
    for (int i = 0; i < GENERATORS; i++) {
        known[i] = rc_generator_table[i]->name;
        *out = rc_generator_table[i];
        if (strcmp(name, known[i]) == 0) return RC_OK;
    }
    return rc_fail_unknown(RC_CONFIG, name, known, GENERATORS, NULL, "no generator is called \"%.40s\"",
                           name);
}

rc_generate_options rc_generate_defaults(const rc_generator *g)
{
    rc_generate_options o = {.n_train = g->n_train, .n_test = g->n_test, .resolution = g->resolution};
    rc_parameters_default(g->parameters, o.parameter);
    return o;
}

rc_status rc_generate_assign(const rc_generator *g, const char *assignment, rc_generate_options *io)
{
    return rc_parameters_assign(g->name, g->parameters, assignment, io->parameter);
}
