/* A CUDA of our own: libcuda, NVRTC, cuBLAS and NCCL (fake_nccl.c) in one library that computes on the host
 * by the plain-C kernels. Work is done when it is waited for, as late as on a card: that of a second stream
 * when it is, or when the first comes to an event of it. Device addresses cannot be read by the host, a call
 * outside a context fails, and what is not freed is counted.
 *
 * The variable FAKE_CUDA says what there is: "devices=1,memory=64,..."; without it there is no device.
 *   devices=N   cards            memory=N   MiB on each
 *   sm=N        capability (90)  driver=N   its version (12040)
 *   fail=K      the K-th call fails          lost=K   the K-th and all after it, with
 *   code=C      this code (719)
 *   unpinned=1  it gives no memory of the host's
 *   broken=1    NVRTC refuses every program  eager=1  the second stream works at once, not late
 *   idle=1      it computes nothing, for who asks of memory alone
 * Of NCCL:
 *   nccl=N      its version (22105)               stumble=K  the K-th call fails
 *   tells=1     it is told where another process is gone; without it, as on a card, moves wait for ever
 *   garble=1    what arrives is not what was sent */
#ifndef TESTS_DEVICES_FAKE_CUDA_H
#define TESTS_DEVICES_FAKE_CUDA_H

enum { FAKE_CUDA_STORY = 1 << 16 };

typedef struct fake_cuda_report {
    int calls, launches, products; /* made so far */
    int across;                    /* calls of NCCL's */
    /* not given back; pages: blocks of the host's memory; work: not done yet */
    int contexts, streams, events, blocks, pages, programs, handles, communicators, work;
    /* What was put in line, in order, the first stream in small letters: k a kernel, p a product, c a copy, z
     * zeros, e waiting for an event, m moves between cards; of the second, in capitals; | where the host
     * waits for the first. */
    char story[FAKE_CUDA_STORY];
    int told;
} fake_cuda_report;

/* By dlsym. */
const fake_cuda_report *fake_cuda_look_at(void);
typedef const fake_cuda_report *fake_cuda_look(void);
#define FAKE_CUDA_LOOK "fake_cuda_look_at"

#endif
