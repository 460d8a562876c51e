/* A CUDA of our own: libcuda, NVRTC and cuBLAS in one library that computes on the host by the plain-C
 * kernels. Work is done when it is waited for, as late as on a card. Device addresses cannot be read by the
 * host, a call outside a context fails, and what is not freed is counted.
 *
 * The variable FAKE_CUDA says what there is: "devices=1,memory=64,..."; without it there is no device.
 *   devices=N   cards            memory=N   MiB on each
 *   sm=N        capability (90)  driver=N   its version (12040)
 *   fail=K      the K-th call fails          lost=K   the K-th and all after it
 *   broken=1    NVRTC refuses every program */
#ifndef TESTS_DEVICES_FAKE_CUDA_H
#define TESTS_DEVICES_FAKE_CUDA_H

typedef struct fake_cuda_report {
    int calls, launches, products;                          /* made so far */
    int contexts, streams, blocks, programs, handles, work; /* not given back, or not done yet */
} fake_cuda_report;

/* By dlsym. */
const fake_cuda_report *fake_cuda_look_at(void);
typedef const fake_cuda_report *fake_cuda_look(void);
#define FAKE_CUDA_LOOK "fake_cuda_look_at"

#endif
