#include "importers/samples.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

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
        if (strcasecmp(text, words[i].word) == 0) {
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
    rc_message_print(sizeof next, next, "import %s, with %s (recraft data import)", what, fields);
    rc_json_set_string(report, "next", next);
}
