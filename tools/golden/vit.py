#!/usr/bin/env python3
"""Write the golden fixtures of ViT, DeiT and DINOv2: tests/data/vit/<name>.safetensors and <name>.json.

Each fixture is one tiny randomly initialised Hugging Face model, run once forward and once backward:

  <parameter name>           every weight, under its published name
  input.x                    pixel values [B, C, H, W]
  input.labels               classes [B], int64                           (classification)
  input.cotangent            fixed random weights of the last hidden state (others)
  output.embedding           tokens with their positions [B, T, C]
  output.last_hidden_state   tokens after the final LayerNorm
  output.logits              [B, classes]                                 (classification)
  output.loss                [1]: cross-entropy, or mean(last hidden state * cotangent)
  grad.<parameter name>      gradient of the loss, for every parameter that takes part
  grad.input                 gradient of the loss with respect to the pixel values

Run with PyTorch and transformers (see README.md beside this file):

  python3 tools/golden/vit.py
"""

import argparse
import os

import numpy
import torch
from transformers import DeiTConfig, DeiTModel, Dinov2Config, Dinov2Model
from transformers import ViTConfig, ViTForImageClassification, ViTModel

import hub

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT_OUT = os.path.join(HERE, "..", "..", "tests", "data", "vit")

CASES = [
    dict(name="vit", seed=1, model=ViTForImageClassification, prefix="vit.", size=(12, 12), batch=2,
         about="classification by the class token, at the size the positions are for",
         config=ViTConfig(image_size=12, patch_size=4, num_channels=3, hidden_size=24, num_hidden_layers=2,
                          num_attention_heads=3, intermediate_size=40, num_labels=5)),
    dict(name="vit_resized", seed=2, model=ViTModel, prefix="vit.", size=(22, 12), batch=2,
         about="a 3x3 table of positions made 5x3, pixels beyond the last patch unused, no query, key and value biases",
         config=ViTConfig(image_size=13, patch_size=4, num_channels=2, hidden_size=16, num_hidden_layers=2,
                          num_attention_heads=2, intermediate_size=24, qkv_bias=False, layer_norm_eps=1e-6)),
    dict(name="deit", seed=3, model=DeiTModel, prefix="deit.", size=(6, 10), batch=3,
         about="class and distillation tokens, a 4x4 table of positions made 3x5",
         config=DeiTConfig(image_size=8, patch_size=2, num_channels=3, hidden_size=12, num_hidden_layers=2,
                           num_attention_heads=1, intermediate_size=20)),
    dict(name="dinov2", seed=4, model=Dinov2Model, prefix="dinov2.", size=(9, 18), batch=2,
         about="layer scale, a 4x4 table of positions made 3x6",
         config=Dinov2Config(image_size=12, patch_size=3, num_channels=3, hidden_size=18, num_hidden_layers=2,
                             num_attention_heads=3, mlp_ratio=2)),
    dict(name="dinov2_swiglu", seed=5, model=Dinov2Model, prefix="dinov2.", size=(4, 4), batch=2,
         about="layer scale and SwiGLU, at the size the positions are for",
         config=Dinov2Config(image_size=4, patch_size=2, num_channels=1, hidden_size=10, num_hidden_layers=2,
                             num_attention_heads=2, mlp_ratio=4, use_swiglu_ffn=True)),
    dict(name="vit_eps", seed=6, model=ViTModel, prefix="vit.", size=(6, 6), batch=2,
         about="layer_norm_eps that shows",
         config=ViTConfig(image_size=6, patch_size=3, num_channels=1, hidden_size=10, num_hidden_layers=2,
                          num_attention_heads=2, intermediate_size=14, layer_norm_eps=0.05)),
    dict(name="deit_eps", seed=7, model=DeiTModel, prefix="deit.", size=(6, 6), batch=2,
         about="layer_norm_eps that shows, no query, key and value biases",
         config=DeiTConfig(image_size=6, patch_size=3, num_channels=1, hidden_size=10, num_hidden_layers=2,
                           num_attention_heads=2, intermediate_size=14, layer_norm_eps=0.05, qkv_bias=False)),
    dict(name="dinov2_eps", seed=8, model=Dinov2Model, prefix="dinov2.", size=(6, 6), batch=2,
         about="layer_norm_eps that shows, no query, key and value biases, an MLP three times as wide",
         config=Dinov2Config(image_size=6, patch_size=3, num_channels=1, hidden_size=10, num_hidden_layers=2,
                             num_attention_heads=2, mlp_ratio=3, layer_norm_eps=0.05, qkv_bias=False)),
]


def run(case):
    random = numpy.random.Generator(numpy.random.PCG64(case["seed"]))
    config = case["config"]
    config._attn_implementation = "eager"
    options = {} if case["model"] in (ViTForImageClassification, Dinov2Model) else {"add_pooling_layer": False}
    model = case["model"](config, **options).double().eval()
    hub.fill_weights(model, random)
    base = getattr(model, "vit", model)
    x = hub.draw(random, (case["batch"], config.num_channels, *case["size"]), 1.0).requires_grad_(True)
    embedding, hidden = [], []
    base.embeddings.register_forward_hook(
        lambda module, inputs, output: embedding.append(output[0] if isinstance(output, tuple) else output))
    base.layernorm.register_forward_hook(lambda module, inputs, output: hidden.append(output))
    interpolate = {} if case["model"] is Dinov2Model else {"interpolate_pos_encoding": True}
    answer = model(pixel_values=x, **interpolate)
    tensors = {"input.x": x}
    if case["model"] is ViTForImageClassification:
        labels = torch.from_numpy(random.integers(0, config.num_labels, case["batch"]))
        loss = torch.nn.functional.cross_entropy(answer.logits, labels)
        tensors.update({"input.labels": labels, "output.logits": answer.logits})
    else:
        cotangent = hub.draw(random, hidden[0].shape, 1.0)
        loss = (hidden[0] * cotangent).mean()
        tensors["input.cotangent"] = cotangent
    loss.backward()
    gradients = hub.gradients(model, case["prefix"])
    tensors.update({"output.embedding": embedding[0], "output.last_hidden_state": hidden[0],
                    "output.loss": loss[None], "grad.input": x.grad})
    tensors.update({name: value for name, value in hub.published(model, case["prefix"]).items() if name in gradients})
    tensors.update({"grad." + name: value for name, value in gradients.items()})
    return tensors


def main():
    parser = argparse.ArgumentParser(description="write the golden fixtures of ViT")
    parser.add_argument("--out", default=DEFAULT_OUT, help="folder to write into (default: tests/data/vit)")
    out = parser.parse_args().out
    for case in CASES:
        hub.write(out, case["name"], case["about"], case["seed"], "tools/golden/vit.py", case["config"], run(case))


if __name__ == "__main__":
    main()
