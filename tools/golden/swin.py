#!/usr/bin/env python3
"""Write the golden fixtures of Swin: tests/data/swin/<name>.safetensors and <name>.json.

Each fixture is one tiny randomly initialised Hugging Face model, run once forward and once backward:

  <parameter name>           every weight, under its Hugging Face name
  input.x                    pixel values [B, C, H, W]
  input.labels               classes [B], int64                           (classification)
  input.cotangent            fixed random weights of the reconstruction   (decoder)
  output.embedding           tokens after patch projection and its LayerNorm
  output.last_hidden_state   tokens after the final LayerNorm
  output.logits              [B, classes]                                 (classification)
  output.reconstruction      [B, C, H, W]                                 (decoder)
  output.loss                [1]: cross-entropy, or mean(reconstruction * cotangent)
  grad.<parameter name>      gradient of the loss, for every parameter
  grad.input                 gradient of the loss with respect to the pixel values

Weights and inputs are exact float32 numbers; the model is evaluated in float64 and the results are rounded
to float32, so the fixtures carry no error of their own worth mentioning.

Run with Debian's PyTorch (see README.md beside this file):

  python3 tools/golden/swin.py
"""

import argparse
import hashlib
import json
import math
import os

import numpy
import safetensors
import safetensors.numpy
import torch
import transformers
from transformers import SwinConfig, SwinForImageClassification, SwinForMaskedImageModeling
from transformers.models.swin.modeling_swin import SwinSelfAttention

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT_OUT = os.path.join(HERE, "..", "..", "tests", "data", "swin")

CASES = [
    {
        "name": "shifted",
        "about": "every grid is a multiple of the window; odd blocks are shifted and masked",
        "seed": 1,
        "batch": 2,
        "config": dict(image_size=32, patch_size=2, num_channels=3, embed_dim=8, depths=[2, 2],
                       num_heads=[1, 2], window_size=4, mlp_ratio=4.0),
    },
    {
        "name": "padded",
        "about": "grids 11x14, 6x7 and 3x4 with window 3: windows are padded, with and without shift, "
                 "patch merging pads odd sides, height differs from width (image_size plays no part)",
        "seed": 2,
        "batch": 2,
        "size": (22, 28),
        "config": dict(image_size=28, patch_size=2, num_channels=2, embed_dim=8, depths=[2, 2, 2],
                       num_heads=[1, 2, 4], window_size=3, mlp_ratio=2.0),
    },
    {
        "name": "small_grid",
        "about": "grids 8x12, 4x6 and 2x3 with window 4: shifted, then as large as the window (no shift), then "
                 "smaller: the window shrinks to 2, there is no shift, and each pair of tokens reads the full "
                 "window's bias table at its true relative offset (swin.py patches the Hugging Face class for "
                 "that: it cannot run this grid as published)",
        "seed": 3,
        "batch": 2,
        "size": (32, 48),
        "config": dict(image_size=48, patch_size=4, num_channels=3, embed_dim=8, depths=[2, 2, 1],
                       num_heads=[2, 2, 4], window_size=4, mlp_ratio=2.0),
    },
    {
        "name": "eps",
        "about": "layer_norm_eps that shows (the embedding's and the merging's LayerNorm keep PyTorch's 1e-5), "
                 "no query, key and value biases, an MLP of one and a half times the width",
        "seed": 5,
        "batch": 2,
        "size": (17, 12),
        "config": dict(image_size=12, patch_size=3, num_channels=1, embed_dim=6, depths=[1, 2], num_heads=[1, 3],
                       window_size=2, mlp_ratio=1.5, layer_norm_eps=0.05, qkv_bias=False),
    },
    {
        "name": "decoder",
        "about": "the masked-image decoder (1x1 convolution, pixel shuffle) without masked tokens; "
                 "loss = mean(output.reconstruction * input.cotangent)",
        "seed": 4,
        "batch": 2,
        "decoder": True,
        "config": dict(image_size=16, patch_size=2, num_channels=3, embed_dim=12, depths=[2, 2],
                       num_heads=[2, 4], window_size=4, mlp_ratio=2.0, encoder_stride=4),
    },
]


def shrunk_index(side, window):
    """Rows of the full window's bias table for each pair of tokens of a side x side window."""
    row, column = numpy.divmod(numpy.arange(side * side), side)
    down = row[:, None] - row[None, :] + window - 1
    right = column[:, None] - column[None, :] + window - 1
    return torch.from_numpy(down * (2 * window - 1) + right)


def let_windows_shrink():
    """Choose the position index by the number of tokens that arrive, not by the configured window.

    SwinLayer shrinks its window to a smaller grid, but SwinSelfAttention adds the bias of the full window, whose
    shape does not fit. Only the index is replaced; for full windows it is the published one.
    """
    published = SwinSelfAttention.forward

    def forward(self, hidden_states, *args, **kwargs):
        side, window = math.isqrt(hidden_states.shape[1]), self.window_size[0]
        if side == window:
            return published(self, hidden_states, *args, **kwargs)
        full_index, full_window = self.relative_position_index, self.window_size
        self.relative_position_index, self.window_size = shrunk_index(side, window), (side, side)
        try:
            return published(self, hidden_states, *args, **kwargs)
        finally:
            self.relative_position_index, self.window_size = full_index, full_window

    SwinSelfAttention.forward = forward


def draw(random, shape, std):
    """Normal numbers that float32 holds exactly, as float64."""
    return torch.from_numpy((std * random.standard_normal(shape)).astype(numpy.float32).astype(numpy.float64))


def fill_weights(model, random):
    norms = {id(m.weight) for m in model.modules() if isinstance(m, torch.nn.LayerNorm)}
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if id(weight) in norms:
                value = draw(random, weight.shape, 0.2).add(1.0).float().double()
            elif name.endswith("relative_position_bias_table"):
                value = draw(random, weight.shape, 0.5)
            else:
                value = draw(random, weight.shape, 0.2)
            weight.copy_(value)


def build_model(case):
    config = SwinConfig(drop_path_rate=0.0, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
                        hidden_act="gelu", num_labels=5, **case["config"])
    kind = SwinForMaskedImageModeling if case.get("decoder") else SwinForImageClassification
    config.architectures = [kind.__name__]
    return kind(config).double().eval()


def run(case, model, random):
    """Forward and backward once; returns the tensors of the fixture."""
    config = model.config
    size = case.get("size", (config.image_size, config.image_size))
    x = draw(random, (case["batch"], config.num_channels, *size), 1.0).requires_grad_(True)
    embedding = []
    model.swin.embeddings.register_forward_hook(lambda module, inputs, output: embedding.append(output[0]))
    hidden = []
    model.swin.layernorm.register_forward_hook(lambda module, inputs, output: hidden.append(output))
    tensors = {"input.x": x}
    if case.get("decoder"):
        answer = model(pixel_values=x).reconstruction
        cotangent = draw(random, answer.shape, 1.0)
        loss = (answer * cotangent).mean()
        tensors.update({"input.cotangent": cotangent, "output.reconstruction": answer})
    else:
        labels = torch.from_numpy(random.integers(0, config.num_labels, case["batch"]))
        answer = model(pixel_values=x, labels=labels)
        loss = answer.loss
        tensors.update({"input.labels": labels, "output.logits": answer.logits})
    loss.backward()
    tensors.update({"output.embedding": embedding[0], "output.last_hidden_state": hidden[0],
                    "output.loss": loss, "grad.input": x.grad})
    for name, weight in model.named_parameters():
        if weight.grad is not None:  # the mask token takes no part
            tensors[name] = weight
            tensors["grad." + name] = weight.grad
    return tensors


def to_numpy(tensor):
    array = tensor.detach().numpy()
    return numpy.ascontiguousarray(array if array.dtype == numpy.int64 else array.astype(numpy.float32))


def write(case, model, tensors, out):
    arrays = {name: to_numpy(tensor) for name, tensor in sorted(tensors.items())}
    for name, array in arrays.items():
        assert numpy.isfinite(array).all(), name
    path = os.path.join(out, case["name"] + ".safetensors")
    safetensors.numpy.save_file(arrays, path)
    with open(path, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    description = {
        "about": case["about"],
        "config": json.loads(model.config.to_json_string()),
        "seed": case["seed"],
        "script": "tools/golden/swin.py",
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__,
                     "numpy": numpy.__version__, "safetensors": safetensors.__version__},
        "sha256": digest,
    }
    with open(os.path.join(out, case["name"] + ".json"), "w", encoding="utf-8") as file:
        json.dump(description, file, indent=2)
        file.write("\n")
    print(f"{case['name']}: {len(arrays)} tensors, {os.path.getsize(path)} bytes, "
          f"loss {tensors['output.loss'].item():.6f}")


def main():
    parser = argparse.ArgumentParser(description="write the golden fixtures of Swin")
    parser.add_argument("--out", default=DEFAULT_OUT, help="folder to write into (default: tests/data/swin)")
    out = parser.parse_args().out
    os.makedirs(out, exist_ok=True)
    let_windows_shrink()
    for case in CASES:
        random = numpy.random.Generator(numpy.random.PCG64(case["seed"]))
        model = build_model(case)
        fill_weights(model, random)
        write(case, model, run(case, model, random), out)


if __name__ == "__main__":
    main()
