"""What people give by mistake: each is answered by an exception of recraft or a plain TypeError or ValueError, in one
sentence that names the argument."""

import numpy as np
import pandas as pd
import pytest

import recraft

X = np.random.default_rng(0).normal(size=(24, 4))
Y = np.arange(24) % 2
IMAGES = X.reshape(2, 3, 4, 4)
RAGGED = [[1.0, 2.0], [3.0]]
SURROGATE = "\ud800"
TEXTS = ["the cat", "a dog"] * 12
FRAME = pd.DataFrame({"size": X[:, 0], "kind": list("ab") * 12})
SENTENCES = [["the", "cat"], ["who"]]


class Fitted:
    """Objects that many calls need, made once."""

    def __init__(self, place):
        self.place = place
        self.model = recraft.Model.fit(X, Y, method="ridge")
        self.classifier = recraft.RecraftClassifier(method="ridge").fit(X, Y)
        self.series = recraft.RecraftClassifier(method="ridge").fit([np.arange(8.0 + i % 2) for i in range(24)], Y)
        self.of_frame = recraft.RecraftClassifier(method="ridge").fit(FRAME, Y)
        self.source = recraft.Source.open("swin-mini")
        np.save(place / "x_train.npy", X)
        np.save(place / "y_train.npy", Y)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return Fitted(tmp_path_factory.mktemp("wrong"))


def fit(**how):
    return recraft.Model.fit(how.pop("x", X), how.pop("y", Y), **{"method": "ridge", **how})


def classify(X=X, y=Y, sample_weight=None, **how):
    return recraft.RecraftClassifier(**{"method": "ridge", **how}).fit(X, y, sample_weight)


def regress(X=X, y=X[:, 0], **how):
    return recraft.RecraftRegressor(method="ridge").fit(X, y, **how)


def transform(X=X, y=Y, **how):
    return recraft.RecraftTransformer(settings={"model.image_size": 16}).fit(X, y, **how)


# What the message has to say, at the least, and the call.
WRONG = [
    # ---- Model.fit ----
    ("x: ", lambda _: fit(x=RAGGED, y=[0, 1])),
    ("x: ", lambda _: fit(x=3.0)),
    ("x: ", lambda _: fit(x=[["a", 1], ["b", 2]], y=[0, 1])),
    ("x: ", lambda _: fit(x=X * 1j)),
    ("y: ", lambda _: fit(y=RAGGED)),
    ("y: ", lambda _: fit(y=3)),
    ("y: ", lambda _: fit(y=["a", "b"] * 12)),
    ("24 samples, y_train has 5", lambda _: fit(y=Y[:5])),
    ("y: ", lambda _: fit(y=None)),
    ("y: ", lambda _: fit(x=FRAME, y=None)),
    ("y: ", lambda _: fit(x=TEXTS, y=Y[:5])),
    ("y: ", lambda _: fit(x=TEXTS, y=np.zeros((24, 3), int))),
    ("y: ", lambda _: fit(x=SENTENCES, y=[0, 1])),
    ("x: ", lambda _: fit(x=[SURROGATE] * 24, y=Y)),
    ("x: ", lambda _: fit(x=["a\0b"] * 24, y=Y)),
    ("single text", lambda _: fit(x="the cat", y=Y)),
    ("method: ", lambda _: fit(method=None)),
    ("method: ", lambda _: fit(method=SURROGATE)),
    ("rigde: no such method", lambda _: fit(method="rigde")),
    ("source: ", lambda _: fit(method="nft", source=["swin-mini", 3])),
    ("source: ", lambda _: fit(method="nft", source=3)),
    ("settings: ", lambda _: fit(settings=[("fit.lr", 1)])),
    ("settings: ", lambda _: fit(settings={3: 1})),
    ("fit.lr", lambda _: fit(settings={"fit.lr": None})),
    ("class_names: ", lambda _: fit(class_names=[1, 2])),
    ("class_names: ", lambda _: fit(class_names="ab")),
    ("sample_weight: ", lambda _: fit(sample_weight=RAGGED)),
    ("sample_weight: ", lambda _: fit(sample_weight=["heavy"] * 24)),
    ("texts: ", lambda _: fit(x=FRAME, texts=3)),
    ("teacher: ", lambda _: fit(method="distill", teacher="big")),
    ("unpaired: ", lambda _: fit(method="distill", unpaired=X)),
    ("unlabelled: ", lambda _: fit(unlabelled=RAGGED)),
    ("callback: ", lambda _: fit(callback="tell me")),
    ("threads: ", lambda _: fit(threads=2**70)),
    ("threads: ", lambda _: fit(threads=1.5)),
    ("threads", lambda _: fit(threads=-1)),
    ("device: ", lambda _: fit(device=3)),
    ("abacus", lambda _: fit(device="abacus")),
    # ---- a model ----
    ("x: ", lambda made: made.model.predict(3.0)),
    ("x: ", lambda made: made.model.predict(RAGGED)),
    ("x: ", lambda made: made.model.predict([["a", 1]])),
    ("texts", lambda made: made.model.predict(TEXTS)),
    ("threads: ", lambda made: made.model.predict(X, threads="many")),
    ("name of an input", lambda made: made.model.predict({3: X})),
    ("y: ", lambda made: made.model.score(X, RAGGED)),
    ("y: ", lambda made: made.model.score(X, None)),
    ("run: ", lambda _: recraft.Model.load(None)),
    ("path: ", lambda made: made.model.save(3)),
    ("exists already", lambda made: made.model.save(made.place)),
    ("to: ", lambda made: made.model.export(made.place / "out", None)),
    ("onnxx", lambda made: made.model.export(made.place / "out", "onnxx")),
    ("data: ", lambda made: made.model.evaluate(X)),
    # ---- estimators ----
    ("X: ", lambda _: classify(X=RAGGED, y=[0, 1])),
    ("X: ", lambda _: classify(X=3.0)),
    ("X: ", lambda _: classify(X=[["a", 1], ["b", 2]], y=[0, 1])),
    ("y: ", lambda _: classify(y=RAGGED)),
    ("y: ", lambda _: classify(y=Y[:5])),
    ("y: ", lambda _: classify(y=[["a", "b"]] * 24)),
    ("y: ", lambda _: classify(y=[[3, 4], [5, 6]] * 12)),
    ("y: ", lambda _: classify(X=SENTENCES, y=[0, 1])),
    ("sample_weight: ", lambda _: classify(sample_weight=["heavy"] * 24)),
    ("class_weight: ", lambda _: classify(class_weight={0: "heavy"})),
    ("class_weight: ", lambda _: classify(class_weight=[1, 2])),
    ("random_state: ", lambda _: classify(random_state="lucky")),
    ("settings: ", lambda _: classify(settings=3)),
    ("method: ", lambda _: classify(method=None)),
    ("y: ", lambda _: regress(y=RAGGED)),
    ("y: ", lambda _: regress(y=["a"] * 24)),
    ("X: ", lambda _: regress(X=TEXTS)),
    ("y: ", lambda _: transform(y=RAGGED)),
    ("y: ", lambda _: transform(y=Y[:5])),
    ("X: ", lambda _: transform(X=FRAME, y=None)),
    ("X: ", lambda made: made.classifier.predict(3.0)),
    ("X: ", lambda made: made.series.predict(3.0)),
    ("X: ", lambda made: made.of_frame.predict(X)),
    ("y: ", lambda made: made.classifier.score(X, Y[:5])),
    ("y: ", lambda made: made.classifier.score(X, RAGGED)),
    ("/nope", lambda _: recraft.RecraftClassifier.load("/nope")),
    ("path: ", lambda made: made.classifier.save(None)),
    # ---- distances ----
    ("a: ", lambda _: recraft.distance(RAGGED, X)),
    ("b: ", lambda _: recraft.distance(X, 3)),
    ("weights_a: ", lambda _: recraft.distance(X, X, weights_a=RAGGED)),
    ("labels_b: ", lambda _: recraft.distance(X, X, "otdd", labels_a=Y, labels_b=["a"] * 24)),
    ("name: ", lambda _: recraft.distance(X, X, None)),
    ("epsilon: ", lambda _: recraft.distance(X, X, epsilon="small")),
    ("passes: ", lambda _: recraft.distance(X, X, passes=2**70)),
    ("seed: ", lambda _: recraft.distance(X, X, "sliced", seed=-1)),
    ("probabilities: ", lambda _: recraft.entropy(RAGGED, [0, 1])),
    ("labels: ", lambda _: recraft.entropy(np.full((24, 2), 0.5), RAGGED)),
    ("weight_conditional: ", lambda _: recraft.entropy(np.full((24, 2), 0.5), Y, weight_conditional="much")),
    # ---- sources, files, comparisons ----
    ("name: ", lambda _: recraft.Source.open(3)),
    ("x: ", lambda made: made.source.embed(3.0)),
    ("x: ", lambda made: made.source.embed(FRAME)),
    ("model: ", lambda _: recraft.Source.from_model("swin-mini", (X, Y))),
    ("sets: ", lambda made: recraft.Source.from_model(made.model, X)),
    ("layers: ", lambda made: recraft.Source.distill("swin-mini", made.place, "out", layers=1.5)),
    ("path: ", lambda _: recraft.read(3)),
    ("lable: .* label", lambda _: recraft.read("/nope.csv", lable="kind")),
    ("label: ", lambda _: recraft.read("/nope.csv", label=["kind"])),
    ("skip: ", lambda _: recraft.read("/nope.csv", skip="two")),
    ("label: .* folder of arrays", lambda made: recraft.read(made.place, label="kind")),
    ("source: ", lambda _: recraft.align(3, IMAGES, [0, 1])),
    ("distances: ", lambda _: recraft.align("swin-mini", IMAGES, [0, 1], distances="w1")),
    ("resamples: ", lambda _: recraft.align("swin-mini", IMAGES, [0, 1], resamples="few")),
    ("methods: ", lambda made: recraft.compare(made.place, "ridge", made.place / "out")),
    ("share: ", lambda made: recraft.compare(made.place, ["ridge"], made.place / "out", share=3)),
    ("seeds: ", lambda made: recraft.compare(made.place, ["ridge"], made.place / "out", seeds="three")),
]


@pytest.mark.parametrize("says, call", WRONG, ids=[f"{k}: {says}" for k, (says, _) in enumerate(WRONG)])
def test_wrong_calls(made, says, call):
    with pytest.raises((TypeError, ValueError, recraft.RecraftError), match=says) as caught:
        call(made)
    assert caught.type in (TypeError, ValueError) or issubclass(caught.type, recraft.RecraftError)
    assert "\n" not in str(caught.value)


def test_messages_name_what_python_has():
    with pytest.raises(recraft.RecraftError, match="`recraft source list`"):
        recraft.Source.open("nosuch")
