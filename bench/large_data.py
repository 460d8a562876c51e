#!/usr/bin/env python3
"""Peak memory of fit, eval, predict and embed on data of several sizes, under a limit of addresses.

    bench/large_data.py --recraft build/release/src/recraft --scratch large [--sizes 100,200,400,800] [--limit 512]

The sets are pictures of 1 x 224 x 224 numbers in shards of 25 MB. All shards are links to one, so that the disk holds
one. Sizes are in MB, as is the limit (RLIMIT_AS of every command); the memory is data.memory, in MiB. Prints a row a
size: the largest resident size of each command in MB, and its seconds. Needs Python alone.
"""

import argparse
import os
import random
import resource
import shutil
import struct
import subprocess
import sys
import time

SIDE, ROWS = 224, 124  # a shard: 24.9 MB


def write(path, descr, shape, data):
    text = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (descr, tuple(shape))
    header = text.encode() + b" " * (-(11 + len(text)) % 64) + b"\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data)


def make(folder, megabytes):
    """Train as large as that, test of one shard."""
    os.makedirs(folder)
    labels = struct.pack("<%dq" % ROWS, *(i % 2 for i in range(ROWS)))
    numbers = SIDE * SIDE * ROWS
    random.seed(1)
    some = struct.pack("<%df" % SIDE, *(random.gauss(0, 1) for _ in range(SIDE)))
    write(folder + "/x_test-00000.npy", "<f4", (ROWS, 1, SIDE, SIDE), some * (numbers // SIDE))
    write(folder + "/y_test-00000.npy", "<i8", (ROWS,), labels)
    shards = max(1, round(megabytes * 1e6 / (4 * numbers)))
    for k in range(shards):
        for what in "xy":
            os.link("%s/%s_test-00000.npy" % (folder, what), "%s/%s_train-%05d.npy" % (folder, what, k))


def measure(command, limit):
    """Peak in MB and seconds of a command."""
    began = time.monotonic()
    limits = (limit * 1000000,) * 2
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, limits))
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit("%s: failed" % " ".join(command))
    return usage.ru_maxrss * 1024 / 1e6, time.monotonic() - began


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--recraft", required=True)
    parser.add_argument("--scratch", required=True, help="a folder to make and remove")
    parser.add_argument("--sizes", default="100,200,400,800")
    parser.add_argument("--limit", type=int, default=512)
    parser.add_argument("--memory", type=int, default=32)
    o = parser.parse_args()
    memory = ["--quiet", "--set", "data.memory=%d" % o.memory]
    training = ["--method", "nft", "--source", "swin-mini", "--set", "model.image_size=32", "--set", "fit.epochs=1",
                "--set", "fit.batch=8", "--set", "fit.opponents=no", "--set", "fit.head_start=seed"]
    print("| set, MB | fit: MB | s | eval: MB | s | predict: MB | s | embed: MB | s |")
    print("|---|---|---|---|---|---|---|---|---|")
    for size in o.sizes.split(","):
        data, run, out = (os.path.join(o.scratch, name) for name in ("data", "run", "out.npy"))
        make(data, int(size))
        asked = ["--run", run, "--input", data, "--part", "train", "--output", out] + memory
        row = []
        for command in (["fit", "--data", data, "--out", run] + training + memory, ["eval", "--run", run, "--quiet"],
                        ["predict"] + asked, ["embed"] + asked):
            row += ["%.0f" % value for value in measure([o.recraft] + command, o.limit)]
        print("| %s | %s |" % (size, " | ".join(row)), flush=True)
        shutil.rmtree(o.scratch)


main()
