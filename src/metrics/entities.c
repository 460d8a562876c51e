/* Scores of labelled words: entities by their chunks, as seqeval has them in its default mode, which is
 * conlleval's (Tjong Kim Sang and De Meulder, 2003): a chunk counts where its type and both its ends are
 * right. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "metrics/metrics.h"

/* A label "B-PER" has the letter B and the type "PER"; what has no type, as "O", is "". */
typedef struct tag {
    char letter;
    const char *type;
} tag;

static tag read_tag(const char *name)
{
    return (tag){name[0], name[0] && name[1] == '-' ? name + 2 : ""};
}

static const tag OUTSIDE = {'O', ""};

static bool one_of(char c, const char *letters)
{
    return c != '\0' && strchr(letters, c) != NULL;
}

/* Does a chunk end behind `before`? E and S end one by themselves, B, S and O end what came before them. */
static bool ends(tag before, tag now)
{
    if (before.letter == 'O') return false;
    return one_of(before.letter, "ES") || one_of(now.letter, "BSO") || strcmp(before.type, now.type) != 0;
}

/* Does a chunk start here? B and S do; I and E do where none is open that they could go on with. */
static bool starts(tag before, tag now)
{
    if (now.letter == 'O') return false;
    return one_of(now.letter, "BS") || one_of(before.letter, "ESO") || strcmp(before.type, now.type) != 0;
}

/* The labels must be O and letters with types, and one of the latter there. */
static bool are_chunks(const rc_metric_input *in)
{
    bool any = false;
    for (int64_t k = 0; in->name && k < in->width; k++) {
        const char *name = in->name[k];
        if (strcmp(name, "O") == 0) continue;
        if (!one_of(name[0], "BIES") || name[1] != '-' || name[2] == '\0') return false;
        any = true;
    }
    return any;
}

typedef struct counts {
    int64_t truth, said, both;
} counts;

/* Walks over two taggings of one text at once. A chunk is right if it starts and ends with one of the other,
 * and is of its type. */
static void count_text(const tag *truth, const tag *said, int64_t n, counts *c)
{
    tag t = OUTSIDE, s = OUTSIDE;
    bool matching = false; /* both have a chunk open that started at the same word, of one type */
    for (int64_t i = 0; i <= n; i++) {
        tag next_t = i < n ? truth[i] : OUTSIDE, next_s = i < n ? said[i] : OUTSIDE;
        bool end_t = ends(t, next_t), end_s = ends(s, next_s);
        c->both += matching && end_t && end_s;
        if (end_t || end_s) matching = false;
        bool start_t = starts(t, next_t), start_s = starts(s, next_s);
        c->truth += start_t;
        c->said += start_s;
        if (start_t || start_s) matching = start_t && start_s && strcmp(next_t.type, next_s.type) == 0;
        t = next_t;
        s = next_s;
    }
}

static void count_all(const rc_metric_input *in, tag *truth, tag *said, counts *c)
{
    for (int64_t i = 0; i < in->n; i++) {
        truth[i] = read_tag(in->name[in->label[i]]);
        said[i] = read_tag(in->name[rc_decide(in->output + i * in->width, in->width, 0)]);
    }
    for (int64_t i = 0; i < in->texts; i++)
        count_text(truth + in->first[i], said + in->first[i], in->first[i + 1] - in->first[i], c);
}

rc_status rc__entity_f1(const rc_metric_input *in, double *out)
{
    tag *tags;
    counts c = {0};
    *out = NAN;
    if (!in->first || !are_chunks(in)) return RC_OK;
    RC_TRY(RC_NEW(&tags, 2 * in->n));
    count_all(in, tags, tags + in->n, &c);
    rc_free(tags);
    if (c.truth + c.said > 0) *out = 1 - 2.0 * (double)c.both / (double)(c.truth + c.said);
    return RC_OK;
}
