#!/usr/bin/env python3
"""A model folder from a golden fixture: make_model_folder.py FIXTURE.safetensors DIR. Standard library only."""
import json
import os
import struct
import sys

source, folder = sys.argv[1:]
os.makedirs(folder, exist_ok=True)
with open(source, "rb") as file:
    size, = struct.unpack("<Q", file.read(8))
    header = json.loads(file.read(size))
    data = file.read()
weights = {n: e for n, e in header.items() if n.split(".")[0] not in ("input", "output", "grad", "__metadata__")}
kept, at = {}, 0
parts = []
for name, entry in weights.items():
    first, last = entry["data_offsets"]
    parts.append(data[first:last])
    kept[name] = {**entry, "data_offsets": [at, at + last - first]}
    at += last - first
text = json.dumps(kept).encode()
with open(os.path.join(folder, "model.safetensors"), "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))
with open(source.replace(".safetensors", ".json")) as file:
    config = json.load(file)["config"]
with open(os.path.join(folder, "config.json"), "w") as file:
    json.dump(config, file)
