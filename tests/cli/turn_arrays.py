"""Squares in the eight ways they can lie. turn_arrays.py X.npy OUT: writes OUT/0.npy to OUT/7.npy, the first channel
turned, the others, which are coordinates, as they are. turn_arrays.py --compare FOLDER MAX: are FOLDER/k.npy the same
fields, so turned?"""
import os
import sys

import npy


def turned(square, side, pose):
    out = []
    for i in range(side * side):
        y, x = divmod(i, side)
        if pose & 4:
            y, x = x, y
        out.append(square[(side - 1 - y if pose & 2 else y) * side + (side - 1 - x if pose & 1 else x)])
    return out


if sys.argv[1] == "--compare":
    shape, straight = npy.read(sys.argv[2] + "/0.npy")
    side = shape[-1]
    largest = max(abs(v) for v in straight)
    for pose in range(1, 8):
        _, said = npy.read("%s/%d.npy" % (sys.argv[2], pose))
        for at in range(0, len(straight), side * side):
            for a, b in zip(turned(straight[at : at + side * side], side, pose), said[at : at + side * side]):
                assert abs(a - b) <= float(sys.argv[3]) * largest, (pose, a, b)
else:
    shape, x = npy.read(sys.argv[1])
    side, channels = shape[-1], shape[1]
    os.makedirs(sys.argv[2])
    for pose in range(8):
        out = list(x)
        for at in range(0, len(x), channels * side * side):
            out[at : at + side * side] = turned(x[at : at + side * side], side, pose)
        npy.write("%s/%d.npy" % (sys.argv[2], pose), "<f4", shape, out)
