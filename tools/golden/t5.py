#!/usr/bin/env python3
"""Write the golden fixtures of T5's encoder: tests/data/t5/<name>.safetensors and <name>.json.

Each fixture is one tiny randomly initialised Hugging Face model, run once forward and once backward:

  <parameter name>           every weight, under its published name; classifier.*: a linear head
  input.ids                  token ids [B, T], int64
  input.length               tokens that are no padding [B], int64
  input.labels               classes [B], int64
  output.embedding           the rows of the word table [B, T, C]
  output.last_hidden_state   [B, T, C], also at padding
  output.logits              of the head on the mean over the tokens that are no padding [B, classes]
  output.loss                [1]: cross-entropy
  grad.<parameter name>      gradient of the loss, for every parameter

Run with PyTorch and transformers (see README.md beside this file):

  python3 tools/golden/t5.py
"""

import argparse
import os

import numpy
import torch
from transformers import T5Config, T5EncoderModel

import hub

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT_OUT = os.path.join(HERE, "..", "..", "tests", "data", "t5")
CLASSES = 5

CASES = [
    dict(name="relu", seed=1, tokens=11, length=[11, 7, 1],
         about="heads that are not as wide together as the model, few buckets, texts of 11, 7 and 1 tokens",
         config=T5Config(vocab_size=23, d_model=14, d_kv=5, d_ff=22, num_layers=3, num_heads=3,
                         relative_attention_num_buckets=8, relative_attention_max_distance=6, n_positions=13,
                         feed_forward_proj="relu")),
    dict(name="gated", seed=2, tokens=9, length=[9, 4],
         about="gated GELU, and layer_norm_epsilon that shows",
         config=T5Config(vocab_size=17, d_model=12, d_kv=6, d_ff=10, num_layers=2, num_heads=2, n_positions=9,
                         feed_forward_proj="gated-gelu", layer_norm_epsilon=0.05)),
    dict(name="far", seed=3, tokens=139, length=[139],
         about="tokens farther apart than every bucket, gated SiLU",
         config=T5Config(vocab_size=11, d_model=8, d_kv=4, d_ff=6, num_layers=1, num_heads=2,
                         feed_forward_proj="gated-silu")),
]


def run(case):
    random = numpy.random.Generator(numpy.random.PCG64(case["seed"]))
    config = case["config"]
    config.dropout_rate = 0.0
    config._attn_implementation = "eager"
    model = T5EncoderModel(config).double().eval()
    model.classifier = torch.nn.Linear(config.d_model, CLASSES).double()
    hub.fill_weights(model, random)
    ids = torch.from_numpy(random.integers(1, config.vocab_size, (len(case["length"]), case["tokens"])))
    length = torch.tensor(case["length"])
    mask = (torch.arange(case["tokens"])[None] < length[:, None]).long()
    ids *= mask
    labels = torch.from_numpy(random.integers(0, CLASSES, len(ids)))
    hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
    pooled = (hidden * mask[:, :, None]).sum(1) / length[:, None]
    logits = model.classifier(pooled)
    loss = torch.nn.functional.cross_entropy(logits, labels)
    loss.backward()
    tensors = {"input.ids": ids, "input.length": length, "input.labels": labels,
               "output.embedding": model.shared(ids), "output.last_hidden_state": hidden, "output.logits": logits,
               "output.loss": loss[None]}
    tensors.update(hub.published(model, ""))
    tensors.update({"grad." + name: value for name, value in hub.gradients(model, "").items()})
    return tensors


def main():
    parser = argparse.ArgumentParser(description="write the golden fixtures of T5's encoder")
    parser.add_argument("--out", default=DEFAULT_OUT, help="folder to write into (default: tests/data/t5)")
    out = parser.parse_args().out
    for case in CASES:
        hub.write(out, case["name"], case["about"], case["seed"], "tools/golden/t5.py", case["config"], run(case))


if __name__ == "__main__":
    main()
