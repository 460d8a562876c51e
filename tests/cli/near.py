#!/usr/bin/env python3
"""Are these numbers the same, up to rounding? near.py A B TOLERANCE [PATTERN...]: all numbers of two files .csv with a
header, or those of two files .json, .jsonl or .safetensors whose names match a pattern. None of them may be missing,
and |a - b| is at most TOLERANCE (1 + |a|)."""
import array
import csv
import fnmatch
import json
import sys


def flatten(value, name=""):
    if isinstance(value, (dict, list)):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        return {n: v for k, inner in pairs for n, v in flatten(inner, f"{name}/{k}" if name else str(k)).items()}
    return {name: [value]} if isinstance(value, (int, float)) else {}


def tensors(path):
    with open(path, "rb") as f:
        header = json.loads(f.read(int.from_bytes(f.read(8), "little")))
        data = f.read()
    return {name: list(array.array("f", data[slice(*entry["data_offsets"])]))
            for name, entry in header.items() if entry.get("dtype") == "F32"}


def read(path):
    if path.endswith(".safetensors"):
        return tensors(path)
    with open(path) as f:
        if path.endswith(".csv"):
            return {str(i): [float(v) for v in row] for i, row in enumerate(list(csv.reader(f))[1:])}
        return flatten([json.loads(line) for line in f] if path.endswith(".jsonl") else json.load(f))


a, b = read(sys.argv[1]), read(sys.argv[2])
tolerance, patterns = float(sys.argv[3]), sys.argv[4:] or ["*"]
wanted = {name for name in [*a, *b] if any(fnmatch.fnmatch(name, p) for p in patterns)}
other = [name for name in wanted if len(a.get(name, "")) != len(b.get(name, ""))]
worst = max(((abs(x - y) / (1 + abs(x)), name) for name in wanted if name not in other
             for x, y in zip(a[name], b[name])), default=(0.0, ""))
print(f"{len(wanted)} names, of other lengths {sorted(other)[:5]}; at most {worst[0]:.1e} apart: {worst[1]}")
sys.exit(not wanted or bool(other) or not worst[0] <= tolerance)
