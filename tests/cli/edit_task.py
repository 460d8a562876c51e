#!/usr/bin/env python3
"""Changes the task's description in a model file: edit_task.py MODEL KEY JSON ... Standard library only."""
import json
import struct
import sys

path, changes = sys.argv[1], sys.argv[2:]
with open(path, "rb") as file:
    data = file.read()
size = struct.unpack("<Q", data[:8])[0]
header = json.loads(data[8 : 8 + size])
task = json.loads(header["__metadata__"]["task"])
for key, value in zip(changes[::2], changes[1::2]):
    assert key in task, "the task has %s" % ", ".join(task)
    task[key] = json.loads(value)
header["__metadata__"]["task"] = json.dumps(task)
header["__metadata__"].pop("recraft.checksum", None)  # the change is to be found, not the damage
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
with open(path, "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data[8 + size :])
