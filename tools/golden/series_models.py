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
from chronos.chronos import ChronosConfig, MeanScaleUniformBins
from chronos.chronos_bolt import ChronosBoltModelForForecasting
from momentfm.models.moment import MOMENT
from transformers import T5Config, T5EncoderModel

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


class Chronos:
    def __init__(self, config):
        self.config = config
        self.model = T5EncoderModel(T5Config.from_dict(config))
        self.width = config["d_model"]
        settings = ChronosConfig(**config["chronos_config"])
        self.bins = MeanScaleUniformBins(**settings.tokenizer_kwargs, config=settings)

    def encode(self, series):
        ids, mask, _ = self.bins.context_input_transform(series.flatten(0, 1))
        hidden = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
        return [x.reshape(len(series), -1, self.width) for x in (self.model.shared(ids), hidden)]


class Bolt:
    def __init__(self, config):
        self.config = config
        self.model = ChronosBoltModelForForecasting(T5Config.from_dict(config))
        self.width = config["d_model"]

    def encode(self, series):
        hidden, _, embedding, _ = self.model.encode(series.flatten(0, 1))
        return [x.reshape(len(series), -1, self.width) for x in (embedding, hidden)]


def t5(feed="gated-gelu", words=11, **more):
    return T5Config(vocab_size=words, d_model=10, d_kv=3, d_ff=14, num_layers=2, num_heads=2, dropout_rate=0.0,
                    feed_forward_proj=feed, decoder_start_token_id=0, **more).to_dict()


BINS = dict(tokenizer_class="MeanScaleUniformBins", tokenizer_kwargs={"low_limit": -3.0, "high_limit": 3.0},
            context_length=14, prediction_length=4, n_tokens=30, n_special_tokens=2, pad_token_id=0, eos_token_id=1,
            use_eos_token=True, model_type="seq2seq", num_samples=2, temperature=1.0, top_k=5, top_p=1.0)
PIECES = dict(context_length=24, prediction_length=4, input_patch_size=4, input_patch_stride=4, quantiles=[0.1, 0.5],
              use_reg_token=True)


CASES = [
    dict(name="moment", seed=1, channels=3, length=24, make=Moment, about="three channels, pieces of 4 points",
         config=dict(seq_len=24, patch_len=4, patch_stride_len=4, t5_config=t5())),
    dict(name="moment_bias", seed=2, channels=1, length=40, make=Moment,
         about="no positions, and a bias of the pieces' projection",
         config=dict(seq_len=40, patch_len=8, patch_stride_len=8, add_positional_embedding=False,
                     value_embedding_bias=True, t5_config=t5(relative_attention_num_buckets=8,
                                                             relative_attention_max_distance=4))),
    dict(name="chronos", seed=3, channels=2, length=14, make=Chronos, about="two channels, bins that not all fit into",
         config=dict(t5("relu", 30), chronos_config=BINS)),
    dict(name="bolt", seed=4, channels=2, length=24, make=Bolt, about="two channels, and a token that closes each",
         config=dict(t5("relu", 2), chronos_config=PIECES)),
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
