#!/usr/bin/env python3
"""Write the golden fixtures of BERT and its relatives: tests/data/bert/<name>.safetensors and <name>.json.

Each fixture is one tiny randomly initialised Hugging Face model, run once forward and once backward:

  <parameter name>           every weight, under its published name; classifier.*: a linear head
  input.ids, input.types     token ids and types [B, T], int64
  input.length               tokens that are no padding [B], int64
  input.labels               classes [B], int64
  output.embedding           the sum of the embeddings after its LayerNorm [B, T, C]
  output.last_hidden_state   [B, T, C], also at padding
  output.logits              of the head on the mean over the tokens that are no padding [B, classes]
  output.loss                [1]: cross-entropy
  grad.<parameter name>      gradient of the loss, for every parameter

Run with PyTorch and transformers (see README.md beside this file):

  python3 tools/golden/bert.py
"""

import argparse
import os

import numpy
import torch
from transformers import (BertConfig, BertModel, CamembertConfig, CamembertModel, DistilBertConfig, DistilBertModel,
                          RobertaConfig, RobertaModel)

import hub

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT_OUT = os.path.join(HERE, "..", "..", "tests", "data", "bert")
CLASSES = 5

CASES = [
    dict(name="bert", seed=1, model=BertModel, prefix="bert.", tokens=11, length=[11, 7, 1],
         about="three heads of 8 channels, texts of 11, 7 and 1 tokens, both token types",
         config=BertConfig(vocab_size=23, hidden_size=24, num_hidden_layers=3, num_attention_heads=3,
                           intermediate_size=40, max_position_embeddings=13, type_vocab_size=2, pad_token_id=0)),
    dict(name="bert_long", seed=2, model=BertModel, prefix="bert.", tokens=37, length=[37, 37],
         about="one head of 20 channels, every position in use, no padding",
         config=BertConfig(vocab_size=17, hidden_size=20, num_hidden_layers=2, num_attention_heads=1,
                           intermediate_size=52, max_position_embeddings=37, type_vocab_size=2, pad_token_id=0,
                           layer_norm_eps=1e-5)),
    dict(name="roberta", seed=3, model=RobertaModel, prefix="roberta.", tokens=9, length=[9, 4, 6],
         about="positions from padding + 1, padding in the row of its own, one token type",
         config=RobertaConfig(vocab_size=29, hidden_size=16, num_hidden_layers=2, num_attention_heads=4,
                              intermediate_size=32, max_position_embeddings=11, type_vocab_size=1, pad_token_id=1,
                              layer_norm_eps=1e-5)),
    dict(name="camembert", seed=4, model=CamembertModel, prefix="roberta.", tokens=5, length=[5, 2],
         about="as RoBERTa, with another padding id",
         config=CamembertConfig(vocab_size=19, hidden_size=12, num_hidden_layers=1, num_attention_heads=2,
                                intermediate_size=24, max_position_embeddings=12, type_vocab_size=1, pad_token_id=3,
                                layer_norm_eps=1e-5)),
    dict(name="distilbert", seed=5, model=DistilBertModel, prefix="distilbert.", tokens=10, length=[3, 10],
         about="names of its own, no token types",
         config=DistilBertConfig(vocab_size=21, dim=18, n_layers=2, n_heads=3, hidden_dim=36,
                                 max_position_embeddings=16, pad_token_id=0)),
    dict(name="bert_pad", seed=6, model=BertModel, prefix="bert.", tokens=7, length=[7, 4], pad_at=2,
         about="the padding token as a word of the texts, and layer_norm_eps that shows",
         config=BertConfig(vocab_size=11, hidden_size=10, num_hidden_layers=2, num_attention_heads=2,
                           intermediate_size=14, max_position_embeddings=9, type_vocab_size=2, pad_token_id=0,
                           layer_norm_eps=0.05)),
    dict(name="roberta_pad", seed=7, model=RobertaModel, prefix="roberta.", tokens=7, length=[7, 4], pad_at=2,
         about="the padding token as a word of the texts: it has the padding's position and takes no number; and "
               "layer_norm_eps that shows",
         config=RobertaConfig(vocab_size=11, hidden_size=10, num_hidden_layers=2, num_attention_heads=2,
                              intermediate_size=14, max_position_embeddings=10, type_vocab_size=1, pad_token_id=2,
                              layer_norm_eps=0.05)),
]


def make_ids(case, random):
    padding = case["config"].pad_token_id
    known = [i for i in range(case["config"].vocab_size) if i != padding]
    ids = random.choice(known, (len(case["length"]), case["tokens"]))
    for row, length in zip(ids, case["length"]):
        row[length:] = padding
        if "pad_at" in case:
            row[case["pad_at"]] = padding
    return torch.from_numpy(ids)


def run(case):
    random = numpy.random.Generator(numpy.random.PCG64(case["seed"]))
    config = case["config"]
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
    config.dropout = config.attention_dropout = 0.0
    config._attn_implementation = "eager"
    options = {} if case["model"] is DistilBertModel else {"add_pooling_layer": False}
    model = case["model"](config, **options).double().eval()
    # PyTorch never moves the row of padding_idx; to recraft a padding token within a text is a token like any other.
    for table in (model.embeddings.word_embeddings, model.embeddings.position_embeddings):
        table.padding_idx = None
    model.classifier = torch.nn.Linear(config.hidden_size, CLASSES).double()
    hub.fill_weights(model, random)
    ids = make_ids(case, random)
    length = torch.tensor(case["length"])
    mask = (torch.arange(case["tokens"])[None] < length[:, None]).long()
    types = torch.from_numpy(random.integers(0, getattr(config, "type_vocab_size", 1), ids.shape))
    labels = torch.from_numpy(random.integers(0, CLASSES, len(ids)))
    embedding = []
    model.embeddings.LayerNorm.register_forward_hook(lambda module, inputs, output: embedding.append(output))
    options = {} if case["model"] is DistilBertModel else {"token_type_ids": types}
    hidden = model(input_ids=ids, attention_mask=mask, **options).last_hidden_state
    pooled = (hidden * mask[:, :, None]).sum(1) / length[:, None]
    logits = model.classifier(pooled)
    loss = torch.nn.functional.cross_entropy(logits, labels)
    loss.backward()
    tensors = {"input.ids": ids, "input.types": types, "input.length": length, "input.labels": labels,
               "output.embedding": embedding[0], "output.last_hidden_state": hidden, "output.logits": logits,
               "output.loss": loss[None]}
    tensors.update(hub.published(model, case["prefix"]))
    tensors.update({"grad." + name: value for name, value in hub.gradients(model, case["prefix"]).items()})
    return tensors


def main():
    parser = argparse.ArgumentParser(description="write the golden fixtures of BERT")
    parser.add_argument("--out", default=DEFAULT_OUT, help="folder to write into (default: tests/data/bert)")
    out = parser.parse_args().out
    for case in CASES:
        hub.write(out, case["name"], case["about"], case["seed"], "tools/golden/bert.py", case["config"], run(case))


if __name__ == "__main__":
    main()
