#!/usr/bin/env python3
"""What a newcomer brings, small, without NumPy: a table, letters, a series and images; make_newcomer.py DIR."""
import math
import os
import random
import struct
import sys

TRAIN, TEST = 100, 60
random.seed(11)


def save(path, kind, shape, values):
    header = "{'descr': '<%s', 'fortran_order': False, 'shape': (%s), }" % (kind, "".join("%d, " % n for n in shape))
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with open(path, "wb") as f:
        f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        f.write(struct.pack("<%d%s" % (len(values), {"f4": "f", "i8": "q"}[kind]), *values))


def write(name, shape, sample):
    place = os.path.join(sys.argv[1], name)
    os.makedirs(place)
    for part, n in (("train", TRAIN), ("test", TEST)):
        label = [random.randrange(3) for _ in range(n)]
        save(os.path.join(place, "x_%s.npy" % part), "f4", (n, *shape), [v for k in label for v in sample(k)])
        save(os.path.join(place, "y_%s.npy" % part), "i8", (n,), label)


def table(k):
    """64 columns of very different sizes; three of them tell the class."""
    return [10 ** (c % 5) * (random.gauss(0, 1) + (4 if c == 20 * k + 7 else 0)) for c in range(64)]


def letters(k):
    """60 letters as four channels: which one stands at three places."""
    row = [random.randrange(4) for _ in range(60)]
    row[10] = row[30] = row[45] = k
    return [float(letter == c) for c in range(4) for letter in row]


def series(k):
    phase = random.random()
    return [math.sin((2 + 3 * k) * 6.28 * (t / 96 + phase)) + random.gauss(0, 0.1) for t in range(96)]


def image(k):
    """A bright square in one of three corners."""
    return [random.random() + 2 * (r // 8 == k // 2 and c // 8 == k % 2) for r in range(16) for c in range(16)]


write("table", (64,), table)
write("letters", (4, 60), letters)
write("series", (1, 96), series)
write("image", (1, 16, 16), image)
