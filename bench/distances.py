#!/usr/bin/env python3
"""Time geomloss and POT beside sinkhorn_bench and exact_bench, on the same machine in the same run.

  pip install torch geomloss POT
  python3 bench/distances.py BUILD_FOLDER       (cmake -DRECRAFT_BENCH=ON)

Prints one line a comparison. Medians of several runs, value and gradient; the source-source term of the Sinkhorn
divergence cached on our side, computed anew on both, and no debiasing term left out on theirs.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

import geomloss
import numpy
import ot
import torch


def ours(program, *args):
    path = os.path.join(sys.argv[1], "bench", program)
    # The short spin of idle threads that the program recraft gives itself (src/cli/waiting.c).
    spin = {"GOMP_SPINCOUNT": "1000", **os.environ}
    done = subprocess.run([path, *map(str, args)], check=True, capture_output=True, text=True, env=spin)
    return json.loads(done.stdout)


def median(run, repeats):
    run()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return sorted(seconds)[repeats // 2]


def sinkhorn(n, m, d):
    generator = torch.Generator().manual_seed(0)
    a = (torch.randn(n, d, generator=generator) + 0.1).requires_grad_(True)
    b = torch.randn(m, d, generator=generator)
    loss = geomloss.SamplesLoss("sinkhorn", p=2, blur=0.1**0.5, scaling=0.5, backend="tensorized")
    theirs = median(lambda: torch.autograd.grad(loss(a, b), a), 3)
    mine = ours("sinkhorn_bench", n, m, d, 10)
    cached, fresh = mine["cached_seconds"], mine["uncached_seconds"]
    print(f"sinkhorn {n} x {m} x {d}: geomloss {theirs:.3f} s; cached {cached:.4f} s, {theirs / cached:.1f} x; "
          f"anew {fresh:.4f} s, {theirs / fresh:.1f} x", flush=True)


def exact(n, m, d):
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("a.npy", "b.npy")]
        mine = ours("exact_bench", n, m, d, *paths)
        a, b = (numpy.load(path).astype(numpy.float64) for path in paths)

    def theirs():
        return ot.emd2(numpy.full(n, 1 / n), numpy.full(m, 1 / m), ot.dist(a, b) / 2, numItermax=10**8)

    assert abs(theirs() - mine["value"]) < 1e-9 * mine["value"]
    seconds = median(theirs, 5)
    print(f"w2 {n} x {m} x {d}: POT {seconds:.4f} s; {mine['seconds']:.4f} s, {seconds / mine['seconds']:.2f} x",
          flush=True)


def main():
    torch.set_num_threads(os.cpu_count())
    exact(512, 512, 2)
    exact(512, 512, 64)
    exact(128, 5000, 64)
    exact(128, 5000, 768)
    sinkhorn(128, 5000, 768)


if __name__ == "__main__":
    main()
