#!/usr/bin/env python3
"""A model folder from a golden fixture: make_model_folder.py FIXTURE.safetensors DIR [WORDS]. Standard library only.

WORDS: as many has its table; those beyond the fixture's own are zeros."""
import json
import os
import struct
import sys

source, folder = sys.argv[1:3]
words = int(sys.argv[3]) if len(sys.argv) > 3 else 0
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
    shape = list(entry["shape"])
    if words and name.endswith("word_embeddings.weight"):
        shape[0] = words
    size = (last - first) // entry["shape"][0] * shape[0] if shape else last - first
    parts.append(data[first:last].ljust(size, b"\0"))
    kept[name] = {**entry, "shape": shape, "data_offsets": [at, at + size]}
    at += size
text = json.dumps(kept).encode()
with open(os.path.join(folder, "model.safetensors"), "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))
with open(source.replace(".safetensors", ".json")) as file:
    config = json.load(file)["config"]
if words:
    config["vocab_size"] = words
with open(os.path.join(folder, "config.json"), "w") as file:
    json.dump(config, file)
