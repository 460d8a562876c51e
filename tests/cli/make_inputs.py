#!/usr/bin/env python3
"""Inputs for models, good and bad, and a small labelled set of images, into the working folder. Standard
library only."""
import os

from npy import write


def pixels(n):
    return [((i * 37) % 101) / 50 - 1 for i in range(n)]


write("ids.npy", "<i8", (2, 4), [3, 4, 5, 0, 7, 0, 0, 0])
write("ids_padded_with_1.npy", "<i4", (2, 4), [3, 4, 5, 1, 7, 1, 1, 1])
write("gap.npy", "<i8", (2, 4), [3, 0, 5, 0, 7, 0, 0, 0])
write("far.npy", "<i8", (1, 4), [3, 99, 5, 0])
write("huge.npy", "<i8", (1, 1), [1 << 40])
write("float.npy", "<f4", (1, 2), [1, 2])
write("long.npy", "<i4", (1, 20), [5] * 20)
write("images.npy", "<f4", (4, 3, 12, 12), pixels(4 * 3 * 144))
write("grey.npy", "<f4", (1, 1, 12, 12), pixels(144))
write("tiny.npy", "<f4", (1, 3, 2, 2), pixels(12))
os.makedirs("classes", exist_ok=True)
for part, n in (("train", 20), ("test", 8)):
    write("classes/x_%s.npy" % part, "<f4", (n, 3, 10, 10), pixels(n * 300))
    write("classes/y_%s.npy" % part, "<i8", (n,), [i % 3 for i in range(n)])
