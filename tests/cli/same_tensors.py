#!/usr/bin/env python3
"""Are these tensors bit-identical? same_tensors.py A B PATTERN...: float32 tensors of A that match a pattern, or with
a leading ! all that do not, have the same bytes in B. Prints how many."""
import fnmatch
import json
import struct
import sys


def read(path):
    with open(path, "rb") as f:
        data = f.read()
    n = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + n])
    header.pop("__metadata__", None)
    return {k: data[8 + n + v["data_offsets"][0] : 8 + n + v["data_offsets"][1]] for k, v in header.items()}


a, b = read(sys.argv[1]), read(sys.argv[2])
wanted = [p for p in sys.argv[3:] if p[0] != "!"]
but = [p[1:] for p in sys.argv[3:] if p[0] == "!"]
names = [n for n in a if any(fnmatch.fnmatch(n, p) for p in wanted) and not any(fnmatch.fnmatch(n, p) for p in but)]
other = [n for n in names if b.get(n) != a[n]]
print(len(names), "compared", *other)
sys.exit(not names or bool(other))
