/* The generators there are. */
#include <stdio.h>
#include <string.h>

#include "generators/generator.h"

extern const rc_generator rc__darcy, rc__advection, rc__burgers, rc__reaction_diffusion_1d,
    rc__reaction_diffusion_2d, rc__diffusion_sorption, rc__shallow_water, rc__euler;

const rc_generator *const rc_generator_table[] = {&rc__darcy,
                                                  &rc__advection,
                                                  &rc__burgers,
                                                  &rc__reaction_diffusion_1d,
                                                  &rc__reaction_diffusion_2d,
                                                  &rc__diffusion_sorption,
                                                  &rc__shallow_water,
                                                  &rc__euler};
enum { GENERATORS = sizeof rc_generator_table / sizeof *rc_generator_table };
const int rc_generator_count = GENERATORS;

rc_status rc_generator_find(const char *name, const rc_generator **out)
{
    const char *known[GENERATORS];
    char list[256] = "";
    for (int i = 0; i < GENERATORS; i++) {
        known[i] = rc_generator_table[i]->name;
        *out = rc_generator_table[i];
        if (strcmp(name, known[i]) == 0) return RC_OK;
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "", known[i]);
    }
    const char *near = rc_text_nearest(name, known, GENERATORS);
    return rc_fail(RC_CONFIG, "no generator is called \"%.40s\"; %s%s%sknown: %s", name,
                   near ? "did you mean " : "", near ? near : "", near ? "? " : "", list);
}

rc_generate_options rc_generate_defaults(const rc_generator *g)
{
    rc_generate_options o = {.n_train = g->n_train, .n_test = g->n_test, .resolution = g->resolution};
    for (int i = 0; g->parameters[i].name; i++)
        o.parameter[i] = g->parameters[i].initial;
    return o;
}

rc_status rc_generate_assign(const rc_generator *g, const char *assignment, rc_generate_options *io)
{
    const char *equals = strchr(assignment, '=');
    size_t n = equals ? (size_t)(equals - assignment) : strlen(assignment);
    char list[256] = "";
    for (int i = 0; g->parameters[i].name; i++) {
        const rc_parameter *p = &g->parameters[i];
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "", p->name);
        if (!equals || strlen(p->name) != n || strncmp(p->name, assignment, n) != 0) continue;
        RC_CHECK(rc_text_to_f64(equals + 1, &io->parameter[i]) && io->parameter[i] >= p->least &&
                     io->parameter[i] <= p->most,
                 RC_CONFIG, "--set %.60s: %s of %s takes a number from %g to %g", assignment, p->name,
                 g->name, p->least, p->most);
        return RC_OK;
    }
    return rc_fail(RC_CONFIG, "--set %.60s: expected KEY=VALUE; %s has %s%s", assignment, g->name,
                   list[0] ? "the parameters " : "no parameters", list);
}
