#!/usr/bin/env python3
"""Compare models of base size with PyTorch: last hidden state, loss and every gradient, with random weights.

  cmake --preset release -DRECRAFT_BENCH=ON && cmake --build build/release
  python3 tools/parity/base_models.py --gradients build/release/tools/parity/gradients

For each model a folder is written as a hub has it, recraft reads it and computes in float32, and PyTorch computes in
float64 (the truth) and in float32 (to show what float32 costs). An error is the largest difference of a tensor over
the largest value of the true one. The gradient of a key's bias is zero in exact arithmetic; its error is measured by
the query's bias beside it. Prints the largest error of each kind of tensor over all layers, as a table; exits 1 when
one is above 1e-3.
"""

import argparse
import copy
import os
import re
import subprocess
import sys
import tempfile

import numpy
import safetensors.numpy
import torch
import transformers
from transformers import (Dinov2Config, Dinov2Model, RobertaConfig, RobertaModel, SwinConfig, SwinModel, ViTConfig,
                          ViTModel)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))
import hub  # noqa: E402

BASE = dict(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
CASES = {
    "roberta-base": dict(
        make=lambda: RobertaModel(RobertaConfig(vocab_size=50265, max_position_embeddings=514, type_vocab_size=1,
                                                layer_norm_eps=1e-5, **BASE), add_pooling_layer=False),
        prefix="roberta.", tokens=128, length=[128, 100, 61, 7]),
    "vit-base": dict(make=lambda: ViTModel(ViTConfig(**BASE), add_pooling_layer=False), prefix="vit.",
                     image=(3, 224, 224), batch=2),
    "swin-base": dict(
        make=lambda: SwinModel(SwinConfig(embed_dim=128, depths=[2, 2, 18, 2], num_heads=[4, 8, 16, 32],
                                          drop_path_rate=0.0, **BASE), add_pooling_layer=False),
        prefix="swin.", image=(3, 224, 224), batch=2),
    "dinov2-base": dict(make=lambda: Dinov2Model(Dinov2Config(image_size=518, patch_size=14, **BASE)),
                        prefix="dinov2.", image=(3, 224, 224), batch=2),
}


def shake(model):
    """Weights as after initialisation, with biases, LayerNorms and scales that are not their neutral values."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() <= 1:
                weight.add_(0.1 * torch.randn(weight.shape, generator=generator))


def make_input(case, model, random):
    if "tokens" in case:
        length = numpy.array(case["length"])
        ids = random.integers(3, model.config.vocab_size, (len(length), case["tokens"]))
        inside = numpy.arange(case["tokens"])[None] < length[:, None]
        ids[~inside] = model.config.pad_token_id
        return {"input.ids": ids, "input.length": length}, inside
    x = random.standard_normal((case["batch"], *case["image"])).astype(numpy.float32)
    return {"input.x": x}, None


def forward(model, given, inside):
    kind = next(model.parameters()).dtype
    if "input.ids" in given:
        mask = torch.from_numpy(inside.astype(numpy.int64))
        return model(input_ids=torch.from_numpy(given["input.ids"]), attention_mask=mask).last_hidden_state
    return model(pixel_values=torch.from_numpy(given["input.x"]).to(kind)).last_hidden_state


def run_torch(model, prefix, given, inside, cotangent):
    model.zero_grad()
    hidden = forward(model, given, inside)
    loss = (hidden * torch.from_numpy(cotangent).to(hidden.dtype)).sum()
    loss.backward()
    out = {"grad." + name: value for name, value in hub.gradients(model, prefix).items()}
    out["output.last_hidden_state"] = hidden.detach().numpy()
    out["output.loss"] = loss.detach().numpy().reshape(1)
    return out


def error(name, have, truth):
    beside = name.replace(".key.bias", ".query.bias")
    scale = abs(truth[beside]).max()
    return abs(have[name].astype(numpy.float64) - truth[name]).max() / scale


def compare(name, case, program, folder):
    random = numpy.random.default_rng(0)
    torch.manual_seed(0)
    model = case["make"]().float().eval()
    shake(model)
    model.save_pretrained(folder)
    given, inside = make_input(case, model, random)
    with torch.no_grad():
        shape = forward(model, given, inside).shape
    # The loss is a mean over the numbers of the hidden state, so that it and its gradients are of ordinary size.
    cotangent = (random.standard_normal(shape) / numpy.sqrt(numpy.prod(shape))).astype(numpy.float32)
    if inside is not None:
        cotangent *= inside[:, :, None]
    paths = [os.path.join(folder, file) for file in ("input.safetensors", "output.safetensors")]
    safetensors.numpy.save_file({**given, "input.cotangent": cotangent}, paths[0])
    subprocess.run([program, folder, *paths], check=True)
    ours = safetensors.numpy.load_file(paths[1])
    single = run_torch(model, case["prefix"], given, inside, cotangent)
    truth = run_torch(copy.deepcopy(model).double(), case["prefix"], given, inside, cotangent)
    assert set(ours) == set(truth), sorted(set(ours) ^ set(truth))
    if inside is not None:  # what stands at padding is nobody's business
        for tensors in (ours, single, truth):
            tensors["output.last_hidden_state"] = tensors["output.last_hidden_state"][inside]
    kinds = {}
    for tensor in truth:
        kind = re.sub(r"\.\d+\.", ".*.", re.sub(r"\.\d+\.", ".*.", tensor))
        row = kinds.setdefault(kind, [0.0, 0.0, 0])
        row[0], row[1], row[2] = max(row[0], error(tensor, ours, truth)), max(row[1], error(tensor, single, truth)), \
            row[2] + 1
    print(f"\n### {name}: {len(truth) - 2} gradients\n")
    print("| tensor | of them | recraft, float32 | PyTorch, float32 |\n|---|---|---|---|")
    for kind, (mine, theirs, count) in sorted(kinds.items(), key=lambda item: (item[0][0] == "g", item[0])):
        print(f"| `{kind}` | {count} | {mine:.1e} | {theirs:.1e} |")
    print(f"| **largest** | {len(truth)} | **{max(k[0] for k in kinds.values()):.1e}** | "
          f"**{max(k[1] for k in kinds.values()):.1e}** |", flush=True)
    return max(row[0] for row in kinds.values())


def main():
    parser = argparse.ArgumentParser(description="compare models of base size with PyTorch")
    parser.add_argument("--gradients", required=True, help="the program built from tools/parity/gradients.c")
    parser.add_argument("--model", action="append", choices=sorted(CASES), help="only this one; may be repeated")
    a = parser.parse_args()
    print(f"PyTorch {torch.__version__}, transformers {transformers.__version__}")
    worst = 0.0
    for name in a.model or CASES:
        with tempfile.TemporaryDirectory() as folder:
            worst = max(worst, compare(name, CASES[name], a.gradients, folder))
    sys.exit(int(worst > 1e-3))


if __name__ == "__main__":
    main()
