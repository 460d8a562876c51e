#!/usr/bin/env python3
"""Small one-dimensional data sets of every kind of target, without NumPy: make_signals.py DIR."""
import math
import os
import random
import sys

import npy

N_TRAIN, N_TEST = 24, 8
random.seed(3)


def write(name, x_shape, sample, y_kind, y_shape):
    os.makedirs(os.path.join(sys.argv[1], name))
    for part, n in (("train", N_TRAIN), ("test", N_TEST)):
        rows = [sample(i) for i in range(n)]
        place = os.path.join(sys.argv[1], name)
        npy.write(os.path.join(place, "x_%s.npy" % part), "<f4", (n, *x_shape), [v for x, _ in rows for v in x])
        npy.write(os.path.join(place, "y_%s.npy" % part), "<" + y_kind, (n, *y_shape), [v for _, y in rows for v in y])


def wave(length, frequency, phase=0.0):
    return [math.sin(frequency * t / length * 6.28 + phase) + random.gauss(0, 0.1) for t in range(length)]


def classes(i):
    return wave(48, 2 + 4 * (i % 3), random.random()) + wave(48, 1), [i % 3]


def labels(i):
    a, b = i % 2, i // 2 % 2
    return [a * u + b * v for u, v in zip(wave(40, 2), wave(40, 9))], [a, b]


def amounts(i):
    size = random.random()
    return [size * v for v in wave(40, 3)], [size, 1 - size]


def field(i):
    x = wave(36, 1 + i % 3, random.random())
    return x, [100 + 20 * v for v in x]


def fields(i):
    x = wave(36, 1 + i % 3, random.random())
    return x, [v for v in x[::2]] + [-v for v in x[::2]]


def table(i):
    row = [random.gauss(1000 * k, 10**k) for k in range(7)]
    return row, [int(row[0] > 0)]


def image(i):
    return wave(48, 1 + i % 2), [i % 2]


def picture(i):
    x = wave(24, 1 + i % 3)
    return x, [2 * v for v in x]


def noisy(i):
    row = [random.gauss(0, 1) for _ in range(6)]
    return row, [int(row[0] + row[1] * row[2] + random.gauss(0, 1) > 0)]


write("classes", (2, 48), classes, "i8", ())
write("labels", (1, 40), labels, "i8", (2,))
write("amounts", (1, 40), amounts, "f4", (2,))
write("field", (1, 36), field, "f4", (36,))
write("fields", (1, 36), fields, "f4", (2, 18))
write("table", (7,), table, "i8", ())
write("prime", (1, 37), lambda i: (wave(37, 1 + i % 2), [i % 2]), "i8", ())
write("image", (1, 6, 8), image, "i8", ())
write("picture", (1, 4, 6), picture, "f4", (4, 6))
write("uneven", (1, 4, 6), picture, "f4", (6, 4))
# Where several predictors are better than one, but not by more than noise.
for name, seed in (("noisy", 4), ("noisy-again", 5)):
    random.seed(seed)
    write(name, (6,), noisy, "i8", ())
