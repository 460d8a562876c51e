#!/usr/bin/env python3
"""Write the golden fixtures of models of series on T5's encoder: tests/data/series/<name>.safetensors and <name>.json.

Each fixture is one tiny randomly initialised model of its publisher's package, run once forward and once backward:

  <parameter name>           every weight that the encoder uses, under its published name; classifier.*: a linear head
  input.series               [B, channels, L]; the publishers' models read every channel for itself
  input.labels               classes [B], int64
  output.embedding           the tokens before the encoder [B, channels T, C]
  output.last_hidden_state   [B, channels T, C]
  output.logits              of the head on the mean over all tokens [B, classes]
  output.loss                [1]: cross-entropy
  grad.<parameter name>      gradient of the loss, for every parameter

Run with PyTorch, transformers and the two packages (see README.md beside this file):

  python3 tools/golden/series_models.py
"""

import argparse
import os

import numpy
import torch
from momentfm.models.moment import MOMENT
from transformers import T5Config

import hub

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT_OUT = os.path.join(HERE, "..", "..", "tests", "data", "series")
CLASSES = 5


class Moment:
    def __init__(self, config):
        self.config = {"model_name": "MOMENT", "transformer_type": "encoder_only", "d_model": None,
                       "transformer_backbone": "google/flan-t5-small", **config}
        more = {"task_name": "embedding", "freeze_embedder": False, "freeze_encoder": False,
                "enable_gradient_checkpointing": False}
        self.model = MOMENT({**self.config, "device": "cpu"}, model_kwargs=more)
        self.width = config["t5_config"]["d_model"]

    def encode(self, series):
        embedding = []
        self.model.patch_embedding.register_forward_hook(lambda module, inputs, output: embedding.append(output))
        hidden = self.model.embed(x_enc=series, input_mask=torch.ones_like(series[:, 0]), reduction="none").embeddings
        return [x.reshape(len(series), -1, self.width) for x in (embedding[0], hidden)]


def t5(**more):
    return T5Config(vocab_size=11, d_model=10, d_kv=3, d_ff=14, num_layers=2, num_heads=2, dropout_rate=0.0,
                    feed_forward_proj="gated-gelu", **more).to_dict()


CASES = [
    dict(name="moment", seed=1, channels=3, length=24, make=Moment, about="three channels, pieces of 4 points",
         config=dict(seq_len=24, patch_len=4, patch_stride_len=4, t5_config=t5())),
    dict(name="moment_bias", seed=2, channels=1, length=40, make=Moment,
         about="no positions, and a bias of the pieces' projection",
         config=dict(seq_len=40, patch_len=8, patch_stride_len=8, add_positional_embedding=False,
                     value_embedding_bias=True, t5_config=t5(relative_attention_num_buckets=8,
                                                             relative_attention_max_distance=4))),
]


def run(case, whole):
    random = numpy.random.Generator(numpy.random.PCG64(case["seed"]))
    whole.model.double().eval()
    classifier = torch.nn.Linear(whole.width, CLASSES).double()
    hub.fill_weights(whole.model, random)
    hub.fill_weights(classifier, random)
    series = hub.draw(random, (3, case["channels"], case["length"]), 1.0)
    series = (series.cumsum(-1) + 5.0).float().double()
    labels = torch.from_numpy(random.integers(0, CLASSES, len(series)))
    embedding, hidden = whole.encode(series)
    logits = classifier(hidden.mean(1))
    loss = torch.nn.functional.cross_entropy(logits, labels)
    loss.backward()
    tensors = {"input.series": series, "input.labels": labels, "output.embedding": embedding,
               "output.last_hidden_state": hidden, "output.logits": logits, "output.loss": loss[None]}
    named = [*whole.model.named_parameters(), *((f"classifier.{n}", p) for n, p in classifier.named_parameters())]
    for name, value in named:
        if value.grad is not None:
            tensors[name], tensors["grad." + name] = value, value.grad
    return tensors


def main():
    parser = argparse.ArgumentParser(description="write the golden fixtures of models of series")
    parser.add_argument("--out", default=DEFAULT_OUT, help="folder to write into (default: tests/data/series)")
    out = parser.parse_args().out
    for case in CASES:
        whole = case["make"](case["config"])
        hub.write(out, case["name"], case["about"], case["seed"], "tools/golden/series_models.py", whole.config,
                  run(case, whole))


if __name__ == "__main__":
    main()
