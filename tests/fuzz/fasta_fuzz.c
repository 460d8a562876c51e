#include "formats/fasta.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rc_fasta f;
    if (rc_fasta_parse("fuzz", (const char *)data, size, &f) == RC_OK) rc_fasta_free(&f);
    return 0;
}
