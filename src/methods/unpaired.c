/* Distillation without pairs: teacher and student see data of different kinds, and no sample of one belongs
 * to a sample of the other. What is compared are distributions, as in stage 1: to each batch's loss is added
 *
 *     f d(h / sqrt(width of h), t / sqrt(width of t)),
 *
 * d a distance of transport/, h the student's pooled features of the batch, t some of the teacher's,
 * standardised. The roots make lengths on either side those of one number. Where both sides have the same
 * classes, those of a class are compared with those of the same class. Weights of samples count on both
 * sides. Draws depend on the seed and on the
 * batch alone, so a run that was cut goes on with the same. */
#include "methods/unpaired.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "methods/alignment.h"
#include "training/teacher.h"

struct rc_unpaired {
    rc_session *s;
    const rc_distance_kind *kind;
    rc_distance_settings settings;
    const float *read;
    int64_t n, features, width; /* of the teacher: samples, features; of the student: features */
    bool by_class;              /* else all samples are of one class */
    int64_t classes;
    int64_t *sample, *begin;     /* the teacher's samples, class by class; [classes + 1]: where each begins */
    float *own, *drawn, *grad;   /* [batch, width], [draws, features], [batch, width] */
    int32_t *own_label, *label;  /* [batch], [draws] */
    double *own_weight, *weight; /* likewise */
};

rc_status rc_unpaired_check(const rc_config *c)
{
    RC_CHECK(c->distill.features > 0, RC_CONFIG,
             "distill.features is 0: without pairs only features can be learnt from the teacher");
    RC_CHECK(c->distill.attention == 0, RC_CONFIG,
             "distill.attention does not go with distill.unpaired: there are no tokens of the same sample");
    const rc_distance_kind *kind = rc_distance_table[c->distill.distance];
    RC_CHECK(
        kind && !kind->labels && !kind->several, RC_CONFIG,
        "distill.distance=%s: without pairs it can be any but none, otdd and coral; a batch may have one "
        "sample of a class",
        kind ? kind->name : "none");
    RC_CHECK(!c->distill.layers[0], RC_CONFIG,
             "distill.layers does not go with distill.unpaired: name a student that takes its data");
    RC_CHECK(!c->distill.unlabelled[0], RC_CONFIG,
             "distill.unlabelled does not go with distill.unpaired: leave one of them out");
    RC_CHECK(c->fit.mixup == 0, RC_CONFIG,
             "fit.mixup does not go with distill.unpaired: mixed samples have no class to be compared with");
    return RC_OK;
}

/* ---- classes ---- */

/* The number that the student's data have for a class of the teacher's; -1: none. */
static int64_t number_of(const rc_dataset *student, const rc_dataset *teacher, int64_t label)
{
    const char *const *names = rc_dataset_label_names(student);
    const char *name = rc_dataset_label_name(teacher, label);
    for (int64_t k = 0; names && name && k < student->classes; k++)
        if (strcmp(names[k], name) == 0) return k;
    return names && name ? -1 : label;
}

/* By name where both have names, else by number. */
static bool same_classes(const rc_dataset *student, const rc_dataset *teacher)
{
    int64_t found = 0;
    if (student->target != RC_TARGET_CLASSES || teacher->target != RC_TARGET_CLASSES) return false;
    for (int64_t k = 0; k < teacher->classes; k++)
        found += number_of(student, teacher, k) >= 0;
    return found == student->classes && found == teacher->classes;
}

static rc_status sort_samples(rc_unpaired *u, const rc_dataset *student, const rc_dataset *teacher)
{
    int64_t at = 0;
    RC_TRY(RC_NEW(&u->sample, u->n));
    RC_TRY(RC_NEW(&u->begin, u->classes + 1));
    for (int64_t k = 0; k < u->classes; k++) {
        for (int64_t i = 0; i < u->n; i++)
            if (!u->by_class || number_of(student, teacher, rc_part_label(&teacher->train, i)) == k)
                u->sample[at++] = i;
        u->begin[k + 1] = at;
    }
    return RC_OK;
}

static rc_status choose_classes(rc_unpaired *u, const rc_dataset *student, const rc_dataset *teacher)
{
    bool named = rc_dataset_label_names(student) && rc_dataset_label_names(teacher);
    u->by_class = same_classes(student, teacher);
    u->classes = u->by_class ? student->classes : 1;
    RC_TRY(sort_samples(u, student, teacher));
    if (u->by_class && named) return RC_OK;
    rc_session_note(u->s, u->by_class ? "teacher and student have classes without names: those with the same "
                                        "number are taken as the same"
                                      : "teacher and student do not have the same classes: their features "
                                        "are compared as wholes");
    return RC_OK;
}

static void note_unlabelled(const rc_unpaired *u, const rc_dataset *student)
{
    if (student->unlabelled.n == 0) return;
    rc_session_note(u->s,
                    "the %lld samples without labels (x_unlabelled) are not used: without pairs the "
                    "student learns from labelled samples alone",
                    (long long)student->unlabelled.n);
}

/* ---- batches ---- */

/* For each sample of a batch some of the teacher's, of its class. Returns how many. */
static int64_t draw(rc_unpaired *u, const rc_fit_batch *b)
{
    int64_t each = u->s->config.distill.draws, n = 0;
    float root = sqrtf((float)u->features);
    rc_rng rng = rc_rng_make((uint64_t)u->s->config.seed, "unpaired", (uint64_t)b->index);
    for (int64_t i = 0; i < b->batch->n; i++) {
        int32_t label = u->by_class ? b->batch->label[i] : 0;
        int64_t first = u->begin[label], there = u->begin[label + 1] - first;
        u->own_label[i] = label;
        u->own_weight[i] = rc_batch_weight(u->s->task, b->batch, i);
        for (int64_t k = 0; k < each && there > 0; k++, n++) {
            int64_t from = u->sample[first + (int64_t)rc_rng_below(&rng, (uint64_t)there)];
            for (int64_t c = 0; c < u->features; c++)
                u->drawn[n * u->features + c] = u->read[from * u->features + c] / root;
            u->label[n] = label;
            u->weight[n] = (double)rc_part_weight(&u->s->teacher->task->data->train, from);
        }
    }
    return n;
}

rc_status rc_unpaired_add(void *context, rc_graph *g, const rc_fit_batch *b)
{
    rc_unpaired *u = context;
    rc_measured found;
    int64_t n = b->batch->n;
    float root = sqrtf((float)u->width);
    rc_var pooled = rc_model_pool(g, u->s->model, b->tokens, &b->feed);
    RC_TRY(rc_graph_status(g));
    RC_TRY(rc_tensor_download(&pooled->value, u->own));
    for (int64_t i = 0; i < n * u->width; i++)
        u->own[i] /= root;
    rc_sample_set theirs = {u->drawn, draw(u, b), u->features, u->label, u->classes, u->weight, false};
    rc_sample_set own = {u->own, n, u->width, u->own_label, u->classes, u->own_weight, false};
    RC_TRY(rc_distance_by_class(u->kind, &u->settings, &own, &theirs, &found, u->grad));
    b->told->sum += found.value * (double)n;
    b->told->batches++;
    b->told->open += !found.how.converged;
    double mass = 0; /* n, unless samples have weights */
    for (int64_t i = 0; i < n; i++)
        mass += u->own_weight[i];
    double weight = u->s->config.distill.features * b->share * mass;
    for (int64_t i = 0; i < n * u->width; i++)
        u->grad[i] *= (float)weight / root;
    return rc_graph_seed(pooled, u->grad);
}

/* ---- the whole ---- */

static rc_status create(rc_unpaired *u)
{
    const rc_dataset *student = u->s->task->data, *teacher = u->s->teacher->task->data;
    int64_t batch = u->s->config.fit.batch, draws = batch * u->s->config.distill.draws;
    u->n = teacher->train.n;
    u->width = rc_model_features(u->s->model);
    u->kind = rc_distance_table[u->s->config.distill.distance];
    u->settings = rc_alignment_settings(&u->s->config);
    RC_TRY(choose_classes(u, student, teacher));
    note_unlabelled(u, student);
    RC_TRY(RC_NEW(&u->own, batch * u->width));
    RC_TRY(RC_NEW(&u->grad, batch * u->width));
    RC_TRY(RC_NEW(&u->drawn, draws * u->features));
    RC_TRY(RC_NEW(&u->own_weight, batch));
    RC_TRY(RC_NEW(&u->weight, draws));
    RC_TRY(RC_NEW(&u->own_label, batch));
    return RC_NEW(&u->label, draws);
}

rc_status rc_unpaired_create(rc_session *s, const float *read, int64_t features, rc_unpaired **out)
{
    RC_TRY(RC_NEW(out, 1));
    **out = (rc_unpaired){.s = s, .read = read, .features = features};
    rc_status status = create(*out);
    if (status != RC_OK) rc_unpaired_free(out);
    return status;
}

void rc_unpaired_note(const rc_unpaired *u)
{
    const rc_told *told = &u->s->at.told;
    if (told->open == 0) return;
    rc_session_note(u->s, "the distance %s had not converged in %lld of %lld batches", u->kind->name,
                    (long long)told->open, (long long)told->batches);
}

void rc_unpaired_free(rc_unpaired **u)
{
    if (!*u) return;
    void *owned[] = {(*u)->sample,    (*u)->begin, (*u)->own,        (*u)->drawn, (*u)->grad,
                     (*u)->own_label, (*u)->label, (*u)->own_weight, (*u)->weight};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        rc_free(owned[i]);
    rc_free(*u);
    *u = NULL;
}
