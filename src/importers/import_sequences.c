/* FASTA: each letter a column of zeros and one 1, [letters, L]: A C G T for nucleic acids, twenty amino acids
 * for proteins. Letters that say "any of these" are all zeros. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "formats/fasta.h"
#include "importers/file_list.h"

enum { MAX_LENGTH = 65536 };
static const char may_stand[] = "ACGTUNRYKMSWBDHV"; /* for nucleic acids */

typedef struct sequences {
    rc_file_list folder; /* of one file when that was given */
    rc_fasta *fasta;     /* of each file */
    int64_t files;
    int64_t *file, *at; /* of each sequence: its file, and which in it */
    const char *letters;
    bool nucleic;
    int64_t length;
} sequences;

static void close_sequences(void *state)
{
    sequences *p = state;
    for (int64_t i = 0; p->fasta && i < p->files; i++)
        rc_fasta_free(&p->fasta[i]);
    rc_free(p->fasta);
    rc_free(p->file);
    rc_free(p->at);
    rc__file_list_free(&p->folder);
    rc_free(p);
}

static const char *sequence_of(const sequences *p, int64_t i)
{
    return rc_texts_get(&p->fasta[p->file[i]].sequence, p->at[i]);
}

static void name_sequence(const rc_samples *s, int64_t i, char text[RC__SAMPLE_NAME])
{
    const sequences *p = s->state;
    snprintf(text, RC__SAMPLE_NAME, "%s: \"%.100s\"", s->o->from,
             rc_texts_get(&p->fasta[p->file[i]].name, p->at[i]));
}

static void id_of_sequence(const rc_samples *s, int64_t i, char text[RC__SAMPLE_NAME])
{
    const sequences *p = s->state;
    snprintf(text, RC__SAMPLE_NAME, "%s", rc_texts_get(&p->fasta[p->file[i]].name, p->at[i]));
}

static rc_status encode(rc_samples *s, int64_t i, void *out)
{
    const sequences *p = s->state;
    const char *text = sequence_of(p, i);
    unsigned char *to = out;
    memset(to, 0, strlen(p->letters) * (size_t)p->length);
    for (int64_t k = 0; k < p->length && text[k]; k++) {
        const char *found = strchr(p->letters, p->nucleic && text[k] == 'U' ? 'T' : text[k]);
        if (found) to[(found - p->letters) * p->length + k] = 1;
    }
    return RC_OK;
}

/* ---- files ---- */

static rc_status read_files(const rc_samples *s, sequences *p)
{
    bool folder = rc_path_is_directory(s->o->from);
    p->folder.root = s->o->from;
    if (folder) RC_TRY(rc__file_list_make(s->o->from, rc__sequence_suffixes, &p->folder));
    int64_t files = folder ? p->folder.relative.n : 1;
    RC_TRY(RC_NEW(&p->fasta, files));
    for (int64_t i = 0; i < files; i++) {
        char path[4096];
        if (folder) RC_TRY(rc__file_list_path(&p->folder, i, sizeof path, path));
        RC_TRY(rc_fasta_read(folder ? path : s->o->from, s->o->encoding, &p->fasta[i]));
        p->files = i + 1;
    }
    return RC_OK;
}

static rc_status list_sequences(rc_samples *s, sequences *p)
{
    for (int64_t i = 0; i < p->files; i++)
        s->n += p->fasta[i].sequence.n;
    RC_TRY(RC_NEW(&p->file, s->n));
    RC_TRY(RC_NEW(&p->at, s->n));
    int64_t n = 0;
    for (int64_t i = 0; i < p->files; i++)
        for (int64_t k = 0; k < p->fasta[i].sequence.n; k++, n++) {
            p->file[n] = i;
            p->at[n] = k;
        }
    return RC_OK;
}

/* ---- labels ---- */

/* "KEY=value" among the header's words, or its first word: where it begins; returns its length, 0: none. */
static size_t header_label(const char *rest, const char *key, const char **label)
{
    size_t n = key ? strlen(key) : 0;
    for (const char *at = rest; *at; at += strcspn(at, " \t")) {
        at += strspn(at, " \t");
        bool hit = !key || (strncmp(at, key, n) == 0 && at[n] == '=');
        if (!hit) continue;
        *label = key ? at + n + 1 : at;
        return strcspn(*label, " \t");
    }
    return 0;
}

static rc_status labels_of_headers(rc_samples *s, const sequences *p, rc_json *report)
{
    for (int64_t i = 0; i < s->n; i++) {
        const rc_fasta *f = &p->fasta[p->file[i]];
        const char *label;
        size_t length = header_label(rc_texts_get(&f->rest, p->at[i]), s->o->label, &label);
        RC_CHECK(length > 0, RC_DATA,
                 "%s: \"%.80s\" has no label; expected \">name label\"%s%s%s, a file for each class, or a "
                 "table of labels (\1labels FILE)",
                 s->o->from, rc_texts_get(&f->name, p->at[i]), s->o->label ? " with " : "",
                 s->o->label ? s->o->label : "", s->o->label ? "=..." : "");
        RC_TRY(rc_texts_add(&s->label, label, length));
    }
    rc_json_set_string(report, "labels_from",
                       s->o->label ? "KEY=value in the headers" : "the header's second word");
    return RC_OK;
}

static rc_status labels_of_files(rc_samples *s, const sequences *p, rc_json *report)
{
    for (int64_t i = 0; i < s->n; i++) {
        const char *base = rc_path_base(rc_texts_get(&p->folder.relative, p->file[i])),
                   *dot = strrchr(base, '.');
        RC_TRY(rc_texts_add(&s->label, base, dot ? (size_t)(dot - base) : strlen(base)));
    }
    rc_json_set_string(report, "labels_from", "names of the files");
    return RC_OK;
}

static bool has_labels(const rc_samples *s, const sequences *p)
{
    const char *label;
    return s->o->labels ||
           header_label(rc_texts_get(&p->fasta[p->file[0]].rest, p->at[0]), s->o->label, &label);
}

static rc_status labels(rc_samples *s, const sequences *p, rc_json *report)
{
    if (!s->o->labels) {
        bool by_file = p->files > 1 && !s->o->label;
        return by_file ? labels_of_files(s, p, report) : labels_of_headers(s, p, report);
    }
    rc_texts names = {0};
    rc_status status = RC_OK;
    for (int64_t i = 0; i < s->n && status == RC_OK; i++) {
        const char *name = rc_texts_get(&p->fasta[p->file[i]].name, p->at[i]);
        status = rc_texts_add(&names, name, strlen(name));
    }
    if (status == RC_OK) status = rc__labels_of_names(s, &names, NULL, report);
    rc_texts_free(&names);
    return status;
}

/* ---- form ---- */

/* Letters that are none of those given count as "any of these". */
static rc_status note_letters(rc_samples *s, const sequences *p)
{
    int64_t others = 0;
    for (int64_t i = 0; i < s->n; i++)
        others += strspn(sequence_of(p, i), may_stand) < strlen(sequence_of(p, i));
    if (!p->nucleic || !others) return RC_OK;
    return rc__note(s, "%lld sequences hold letters that are not nucleic acids; these become zeros",
                    (long long)others);
}

static rc_status choose_form(rc_samples *s, sequences *p, rc_json *report)
{
    size_t min = SIZE_MAX, max = 0;
    bool nucleic = true;
    char text[240];
    for (int64_t i = 0; i < s->n; i++) {
        const char *q = sequence_of(p, i);
        size_t n = strlen(q);
        min = n < min ? n : min;
        max = n > max ? n : max;
        nucleic = nucleic && strspn(q, may_stand) == n;
    }
    p->letters = s->given ? s->e->letters : nucleic ? rc__nucleic : rc__amino;
    p->nucleic = p->letters == rc__nucleic;
    p->length = s->o->length ? s->o->length : (int64_t)max;
    RC_CHECK(p->length <= MAX_LENGTH, RC_CONFIG,
             "%s: sequences of up to %zu letters; cut them, \1length %d at most", s->o->from, max,
             MAX_LENGTH);
    s->shape = RC_SHAPE((int64_t)strlen(p->letters), p->length);
    s->e->letters = p->letters;
    s->e->options.length = p->length;
    if (s->given) RC_TRY(note_letters(s, p));
    rc_json_set_string(report, "reader", "FASTA");
    snprintf(text, sizeof text, "%lld sequences of %s, %zu to %zu letters, in %lld files", (long long)s->n,
             p->nucleic ? "nucleic acids" : "proteins", min, max, (long long)p->files);
    rc_json_set_string(report, "found", text);
    snprintf(text, sizeof text,
             "one-hot, letters %s, %lld columns: longer ones are cut, shorter ones end in zeros", p->letters,
             (long long)p->length);
    rc_json_set_string(report, "did", text);
    return RC_OK;
}

rc_status rc__sequence_samples(rc_samples *s, rc_json *report)
{
    sequences *p;
    RC_TRY(RC_NEW(&p, 1));
    s->state = p;
    s->close = close_sequences;
    s->name = name_sequence;
    s->id = id_of_sequence;
    s->x = encode;
    s->dtype = RC_DTYPE_U8;
    RC_TRY(read_files(s, p));
    RC_TRY(list_sequences(s, p));
    RC_TRY(choose_form(s, p, report));
    s->unlabelled = s->asks && s->n > 0 && !has_labels(s, p);
    return s->unlabelled ? RC_OK : rc__labels_found(s, labels(s, p, report));
}
