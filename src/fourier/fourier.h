/* fourier/fourier.h: discrete Fourier and cosine transforms of double precision; FFTW stays in this room.
 * Plans are made under a lock, for FFTW's planner is not safe among threads; running one is. */
#ifndef RC_FOURIER_FOURIER_H
#define RC_FOURIER_FOURIER_H

#include "base/failure.h"

typedef enum rc_fourier_kind {
    RC_FOURIER_REAL,        /* n real numbers to the half-complex form r0 r1 ... r(n/2) i((n-1)/2) ... i1 */
    RC_FOURIER_REAL_BACK,   /* and back, times n */
    RC_FOURIER_COSINE_PLANE /* n x n: the inverse cosine transform (DCT-III) along both axes */
} rc_fourier_kind;

typedef struct rc_fourier rc_fourier;
rc_status rc_fourier_create(rc_fourier_kind kind, int n, rc_fourier **out) RC_MUST_CHECK;
void rc_fourier_destroy(rc_fourier **f);
/* in may be out; if it is not, it may be overwritten. */
void rc_fourier_run(const rc_fourier *f, double *in, double *out);

#endif
