#!/usr/bin/env python3
"""What librosa, PyTorch and lie_learn make of a sound and of images.

    pip install librosa torch lie_learn
    python3 tools/golden/transforms.py tests/data/transforms
"""
import json
import sys
from importlib.metadata import version
from pathlib import Path

import librosa
import lie_learn.spaces.S2 as S2
import numpy as np
import torch

out = Path(sys.argv[1])
rng = np.random.default_rng(5)

# A chirp in noise, 0.2 s; FSD50K's parameters.
t = np.arange(4410) / 22050
sound = (0.5 * np.sin(2 * np.pi * (200 + 8000 * t) * t) + 0.01 * rng.standard_normal(len(t))).astype(np.float32)
sound[3000:3300] = 0
power = librosa.feature.melspectrogram(y=sound.astype(np.float64), sr=22050, n_fft=1920, win_length=661, hop_length=220,
                                       n_mels=96, fmin=0, fmax=11025, htk=True, norm=None, center=True,
                                       pad_mode="reflect", power=2)
decibel = librosa.power_to_db(power, ref=1.0, amin=1e-10, top_db=80)
np.save(out / "sound.npy", sound)
np.save(out / "log_mel.npy", decibel.astype(np.float32))

# Resizing with antialias, both ways.
image = rng.integers(0, 256, (2, 13, 9)).astype(np.float32)
np.save(out / "image.npy", image)
for h, w in ((7, 5), (20, 24), (6, 18)):
    small = torch.nn.functional.interpolate(torch.tensor(image)[None], size=(h, w), mode="bilinear", antialias=True,
                                            align_corners=False)[0]
    np.save(out / f"resized_{h}x{w}.npy", small.numpy())

# The sphere: lie_learn's grid, turned by a fixed rotation; the ray from above the pole to the plane in NumPy.
bandwidth = 8
theta, phi = S2.meshgrid(b=bandwidth, grid_type="Driscoll-Healy")
grid = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)])
q, _ = np.linalg.qr(rng.standard_normal((3, 3)))
rotation = q * np.sign(np.linalg.det(q))
x, y, z = np.einsum("ij,jab->iab", rotation, grid)
origin = np.array([0, 0, 2 + 1e-3])  # the plane is z = 0 once the sphere's south pole rests on it
point = np.stack([x, y, z + 1])
ray = point - origin[:, None, None]
hit = origin[:, None, None] + ray * (-origin[2] / ray[2])[None]
row, column = ((hit[:2] + 1.5) / 3) * np.array(image.shape[1:])[:, None, None]
first_row, first_column = np.trunc(row).astype(int), np.trunc(column).astype(int)


def at(i, j):
    inside = (i >= 0) & (i < 13) & (j >= 0) & (j < 9)
    return np.where(inside, image[:, np.clip(i, 0, 12), np.clip(j, 0, 8)], 0)


total = 0
for di in (-1, 1):
    for dj in (-1, 1):
        weight_row = np.where(di < 0, first_row + 1 - row, row - first_row + 1)
        weight_column = np.where(dj < 0, first_column + 1 - column, column - first_column + 1)
        total = total + weight_row * weight_column * at(first_row + di, first_column + dj)
low, high = total.min((1, 2), keepdims=True), total.max((1, 2), keepdims=True)
np.save(out / "sphere.npy", ((total - low) / (high - low) * 255).astype(np.uint8))
np.save(out / "rotation.npy", rotation)
(out / "transforms.json").write_text(json.dumps({p: version(p) for p in ("librosa", "torch", "lie_learn", "numpy")})
                                     + "\n")
