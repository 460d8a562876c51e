/* formats/fasta.h: FASTA: sequences of letters, each under a line ">name further words". */
#ifndef RC_FORMATS_FASTA_H
#define RC_FORMATS_FASTA_H

#include "formats/container.h"

typedef struct rc_fasta {
    rc_texts name;     /* the first word after '>' */
    rc_texts rest;     /* what follows it */
    rc_texts sequence; /* upper case, without blanks, '*' and '-' */
} rc_fasta;

/* Every letter is checked; a bad one is named by line and column. */
/* encoding: of the file (formats/text_file.h); NULL: UTF-8. */
rc_status rc_fasta_read(const char *path, const char *encoding, rc_fasta *out) RC_MUST_CHECK;
rc_status rc_fasta_parse(const char *name, const char *text, size_t size, rc_fasta *out) RC_MUST_CHECK;
void rc_fasta_free(rc_fasta *f);

#endif
