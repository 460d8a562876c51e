"""What the scripts for Hugging Face models share: drawing numbers, published names, writing a fixture.

A fixture is <name>.safetensors and <name>.json. Weights and inputs are exact float32 numbers; models are evaluated
in float64 and the results are rounded to float32, so the fixtures carry no error of their own worth mentioning.
"""

import copy
import hashlib
import json
import os
import tempfile

import numpy
import safetensors
import safetensors.numpy
import torch
import transformers


def draw(random, shape, std):
    """Normal numbers that float32 holds exactly, as float64."""
    return torch.from_numpy((std * random.standard_normal(tuple(shape))).astype(numpy.float32).astype(numpy.float64))


def fill_weights(model, random):
    norms = {id(m.weight) for m in model.modules() if type(m).__name__.endswith("LayerNorm")}
    with torch.no_grad():
        for name, weight in model.named_parameters():
            around_one = id(weight) in norms or name.endswith("lambda1")
            value = draw(random, weight.shape, 0.2)
            weight.copy_(value.add(1.0).float().double() if around_one else value)


def published(model, prefix):
    """The parameters by the names that save_pretrained gives them in a file, with the family's prefix."""
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        tensors = safetensors.numpy.load_file(os.path.join(folder, "model.safetensors"))
    return {name if name.startswith((prefix, "classifier.")) else prefix + name: value
            for name, value in tensors.items()}


def gradients(model, prefix):
    """The gradients by the same names: saved as if they were the weights. Parameters without one are left out."""
    mirror = copy.deepcopy(model)
    without = []
    with torch.no_grad():
        for (name, weight), target in zip(model.named_parameters(), mirror.parameters()):
            if weight.grad is None:
                without.append(name)
                target.fill_(numpy.nan)
            else:
                target.copy_(weight.grad)
    return {name: value for name, value in published(mirror, prefix).items() if not numpy.isnan(value).all()}


def to_numpy(value):
    array = value.detach().numpy() if isinstance(value, torch.Tensor) else value
    return numpy.ascontiguousarray(array if array.dtype.kind == "i" else array.astype(numpy.float32))


def write(out, name, about, seed, script, config, tensors):
    os.makedirs(out, exist_ok=True)
    arrays = {key: to_numpy(value) for key, value in sorted(tensors.items())}
    for key, array in arrays.items():
        assert numpy.isfinite(array).all(), key
    path = os.path.join(out, name + ".safetensors")
    safetensors.numpy.save_file(arrays, path)
    os.chmod(path, 0o644)
    with open(path, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    description = {
        "about": about,
        "config": config if isinstance(config, dict) else json.loads(config.to_json_string()),
        "seed": seed,
        "script": script,
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__,
                     "numpy": numpy.__version__, "safetensors": safetensors.__version__},
        "sha256": digest,
    }
    with open(os.path.join(out, name + ".json"), "w", encoding="utf-8") as file:
        json.dump(description, file, indent=2)
        file.write("\n")
    print(f"{name}: {len(arrays)} tensors, {os.path.getsize(path)} bytes, "
          f"loss {float(arrays['output.loss'].squeeze()):.6f}")
