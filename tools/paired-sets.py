#!/usr/bin/env python3
"""Data sets of two inputs, each pair of one class, with noise so that neither input alone is enough; and the same
samples with each input alone.

    tools/paired-sets.py DATA OUT

DATA holds audio_fsdd, tabular/optdigits, tabular/segment and satellite_crop (docs/add-a-data-set.md). For each of three
seeds OUT/SEED gets

    digits           a handwritten digit (x) and a spoken one (sound)
    segment          a row of a table (x) and a year of a field seen from above (crop), paired by the number of the
    class NAME-x, NAME-sound, NAME-crop  one input of these

Pairs of train are made of train, those of test of test.
"""
import os
import sys

import numpy as np

TRAIN, TEST = 250, 200


def pictures(x):
    return x.reshape(-1, 1, 8, 8)


def sounds(x):
    """Of the spectrogram the means over squares of 3 x 3."""
    return x[:, :, :96, :96].reshape(-1, 1, 32, 3, 32, 3).mean((3, 5))


def as_is(x):
    return x


# Name, data, form, and the deviation of the noise in deviations of x (in a table of each column): chosen so that an SVM
# on either input alone errs on about a third of the first draw.
SETS = {
    "digits": (("x", "tabular/optdigits", pictures, 1.0), ("sound", "audio_fsdd", sounds, 0.1)),
    "segment": (("x", "tabular/segment", as_is, 0.7), ("crop", "satellite_crop", as_is, 0.3)),
}


def pair(labels, n, rng):
    """Rows of each set, pair by pair of the same class, no row twice."""
    classes = min(int(y.max()) for y in labels) + 1
    left = [[list(rng.permutation(np.flatnonzero(y == c))) for c in range(classes)] for y in labels]
    pairs, y = [], []
    for i in range(n):
        c = i % classes
        if all(of[c] for of in left):
            pairs.append([of[c].pop() for of in left])
            y.append(c)
    return np.array(pairs).T, np.array(y)


def save(folder, part, y, inputs):
    os.makedirs(folder, exist_ok=True)
    np.save(f"{folder}/y_{part}.npy", y.astype("int64"))
    for k, (name, x) in enumerate(inputs):
        np.save(f"{folder}/x_{part}{f'.{name}' if k else ''}.npy", x.astype("float32"))


def main(data, out):
    for seed in range(3):
        for s, (name, inputs) in enumerate(SETS.items()):
            rng = np.random.default_rng([seed, s])
            for part, n in (("train", TRAIN), ("test", TEST)):
                of = [(np.load(f"{data}/{path}/x_{part}.npy").astype("float64"), np.load(f"{data}/{path}/y_{part}.npy"))
                      for _, path, _, _ in inputs]
                chosen, y = pair([labels for _, labels in of], n, rng)
                made = []
                for (called, _, form, noise), (x, _), row in zip(inputs, of, chosen):
                    x = form(x)
                    scale = x.std(0) if x.ndim == 2 else x.std()
                    made.append((called, x[row] + noise * scale * rng.normal(size=x[row].shape)))
                save(f"{out}/{seed}/{name}", part, y, made)
                for one in made:
                    save(f"{out}/{seed}/{name}-{one[0]}", part, y, [one])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
