#!/usr/bin/env python3
"""A source bundle around a tiny BERT with random weights, without NumPy: make_tiny_bert.py FILE [roberta]."""
import json
import random
import struct
import sys

random.seed(5)
roberta = "roberta" in sys.argv[2:]
W, INNER, BLOCKS, WORDS, CLASSES, FEATURES = 16, 32, 3, 11, 4, 40
POSITIONS = 66 if roberta else 64
prefix = "roberta." if roberta else "bert."
tensors = {}


def put(name, *shape, std=0.2, mean=0.0):
    n = 1
    for s in shape:
        n *= s
    tensors[name] = (shape, [random.gauss(mean, std) for _ in range(n)])


def linear(name, out, inner):
    put(name + ".weight", out, inner)
    put(name + ".bias", out)


def norm(name):
    put(name + ".weight", W, mean=1.0, std=0.1)
    put(name + ".bias", W, std=0.1)


put(prefix + "embeddings.word_embeddings.weight", WORDS, W)
put(prefix + "embeddings.position_embeddings.weight", POSITIONS, W)
put(prefix + "embeddings.token_type_embeddings.weight", 1 if roberta else 2, W)
norm(prefix + "embeddings.LayerNorm")
for i in range(BLOCKS):
    block = prefix + "encoder.layer.%d." % i
    for part in ("query", "key", "value"):
        linear(block + "attention.self." + part, W, W)
    linear(block + "attention.output.dense", W, W)
    norm(block + "attention.output.LayerNorm")
    linear(block + "intermediate.dense", INNER, W)
    linear(block + "output.dense", W, INNER)
    norm(block + "output.LayerNorm")
linear("classifier", CLASSES, W)
put("source.features", FEATURES, W, std=1.0)
tensors["source.prior"] = ((CLASSES,), [1 / CLASSES] * CLASSES)

config = {
    "model_type": "roberta" if roberta else "bert", "vocab_size": WORDS, "hidden_size": W, "num_hidden_layers": BLOCKS,
    "num_attention_heads": 2, "intermediate_size": INNER, "max_position_embeddings": POSITIONS,
    "type_vocab_size": 1 if roberta else 2, "pad_token_id": 1 if roberta else 0, "layer_norm_eps": 1e-5,
    "hidden_act": "gelu",
}
header = {"__metadata__": {
    "format": "recraft-bundle-1", "backbone": json.dumps(config), "card": json.dumps({"data": "random numbers"}),
    "self_distance": json.dumps({"value": 0.0, "epsilon": 7.0}),
}}
data = b""
for name, (shape, values) in tensors.items():
    piece = struct.pack("<%df" % len(values), *values)
    header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [len(data), len(data) + len(piece)]}
    data += piece
text = json.dumps(header).encode()
with open(sys.argv[1], "wb") as f:
    f.write(struct.pack("<Q", len(text)) + text + data)
