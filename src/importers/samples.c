#include "importers/samples.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/memory.h"
#include "transforms/chain.h"

const char *const rc__part_names[RC__PART_COUNT] = {"train", "valid", "test"};

bool rc__part_of(const char *text, int8_t *part)
{
    static const struct {
        const char *word;
        rc__part part;
    } words[] = {{"train", RC__PART_TRAIN},      {"training", RC__PART_TRAIN}, {"valid", RC__PART_VALID},
                 {"validation", RC__PART_VALID}, {"val", RC__PART_VALID},      {"dev", RC__PART_VALID},
                 {"test", RC__PART_TEST},        {"testing", RC__PART_TEST}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (rc_ascii_same(text, words[i].word)) {
            *part = (int8_t)words[i].part;
            return true;
        }
    return false;
}

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

static rc_status prepare_chain(rc_samples *s)
{
    int64_t size = rc_shape_size(&s->shape);
    s->out_shape = s->shape;
    s->out_dtype = s->dtype;
    if (!s->e->transforms) return RC_OK;
    RC_TRY(rc_chain_open(s->o->from, s->e->transforms, s->shape, &s->chain));
    s->out_shape = rc_chain_shape(s->chain);
    s->out_dtype = RC_DTYPE_F32;
    RC_TRY(rc_alloc((size_t)size, rc_dtype_size(s->dtype), &s->read));
    return RC_NEW(&s->numbers, size);
}

rc_status rc__samples_prepare(rc_samples *s, const int8_t *part, rc_json *report)
{
    char have[RC_SHAPE_TEXT], want[RC_SHAPE_TEXT];
    if (s->prepare) RC_TRY(s->prepare(s, part, report));
    if (!s->given) {
        s->e->shape = s->shape;
        s->e->dtype = s->dtype;
    }
    RC_CHECK(rc_shape_equal(&s->shape, &s->e->shape), RC_SHAPE, "%s: samples of %s, needed are %s",
             s->o->from, rc_shape_text(&s->shape, have), rc_shape_text(&s->e->shape, want));
    RC_TRY(prepare_chain(s));
    rc_json_set_texts(report, "notes", &s->notes);
    return RC_OK;
}

rc_status rc__labels_found(rc_samples *s, rc_status status)
{
    if (!s->asks || (status != RC_DATA && status != RC_CONFIG)) return status;
    rc_texts_free(&s->label);
    rc_array_free(&s->y);
    s->unlabelled = true;
    return rc__note(s, "the answers are not scored: %s", rc_error_text());
}

void rc__tell_next(rc_json *report, const char *what, const char *fields)
{
    char next[RC_MESSAGE];
    rc_message_print(sizeof next, next, "import %s, with %s (\1rc_data_import)", what, fields);
    rc_json_set_string(report, "next", next);
}
