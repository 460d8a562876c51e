#!/usr/bin/env python3
"""Compare what transformers computes of exported models with what recraft predicts.

  RECRAFT_PROGRAM=build/release/src/recraft python3 tools/parity/exports.py

Tiny models of every family are fitted, exported and loaded again: image processor or tokenizer, and model.
Prints the largest difference of a probability. Exits 1 when one is above 1e-5.
(python/tests/test_export.py checks the same without transformers, ONNX and adapters.)
"""

import os
import sys
import tempfile

import numpy
import torch
import transformers

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "python", "tests"))
os.environ["RECRAFT_PROGRAM"] = os.path.abspath(os.environ["RECRAFT_PROGRAM"])
import test_export as small  # noqa: E402


def export(run, form):
    folder = run + "-" + form
    small.recraft("export", "--run", run, "--to", form, "--out", folder)
    return folder


def predicted(run, given):
    small.recraft("predict", "--run", run, "--input", given, "--output", "p.npy")
    return numpy.load("p.npy")


def largest(a, b):
    return float(numpy.abs(a - b).max())


def probabilities(model, inputs):
    with torch.no_grad():
        return model.eval()(**inputs).logits.softmax(-1).numpy()


def images(name, head):
    data = small.photos(name)
    run = small.fit(name, data, "model.head=" + head, "fit.train=all")
    folder, x = export(run, "hf"), numpy.load(data + "/x_test.npy")
    processor = transformers.AutoImageProcessor.from_pretrained(folder)
    inputs = processor(list(x), return_tensors="pt", input_data_format="channels_first")
    model = transformers.AutoModelForImageClassification.from_pretrained(folder)
    return largest(probabilities(model, inputs), predicted(run, data + "/x_test.npy"))


def tokens(folder):
    lines = open("t.txt").read().splitlines()
    return transformers.AutoTokenizer.from_pretrained(folder)(lines, padding=True, return_tensors="pt")


def texts(name):
    run = small.fit(name, "texts", "model.head=cls", "fit.train=all")
    folder = export(run, "hf")
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder)
    return largest(probabilities(model, tokens(folder)), predicted(run, "t.txt"))


def main():
    os.chdir(tempfile.mkdtemp())
    small.make_room()
    with open("t.txt", "w") as file:
        file.write("the cat saw a man.\nwho?\nwhat is on the dog\n")
    rows = {"%s, head %s" % case: images(*case) for case in small.IMAGES if case[0] != "dinov2_swiglu"}
    rows["BERT, texts"] = texts("texts")
    rows["DistilBERT, texts"] = texts("distilbert")
    for what, difference in rows.items():
        print("| %s | %.1e |" % (what, difference))
    sys.exit(max(rows.values()) > 1e-5)


if __name__ == "__main__":
    main()
