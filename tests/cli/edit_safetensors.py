#!/usr/bin/env python3
"""Damages a safetensors file in place. Standard library only.
    edit_safetensors.py FILE bit                one bit of the last tensor is turned
    edit_safetensors.py FILE position KEY N     a number (or list) of a checkpoint's position is N, and no checksum is
    kept edit_safetensors.py FILE metadata KEY TEXT  this metadata is TEXT, and no checksum is kept
    edit_safetensors.py FILE number TENSOR X    its first number is X (float32), and no checksum is kept"""
import json
import struct
import sys

path, what = sys.argv[1:3]
with open(path, "rb") as file:
    size, = struct.unpack("<Q", file.read(8))
    header = json.loads(file.read(size))
    data = bytearray(file.read())
if what == "bit":
    data[-3] ^= 1
else:
    header.get("__metadata__", {}).pop("recraft.checksum", None)
if what == "position":
    position = json.loads(header["__metadata__"]["position"])
    position[sys.argv[3]] = json.loads(sys.argv[4])
    header["__metadata__"]["position"] = json.dumps(position)
if what == "metadata":
    header["__metadata__"][sys.argv[3]] = sys.argv[4]
if what == "number":
    at = header[sys.argv[3]]["data_offsets"][0]
    data[at : at + 4] = struct.pack("<f", float(sys.argv[4]))
text = json.dumps(header).encode()
with open(path, "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data)
