"""Models, sources, files and comparisons."""

import os
import pickle
import re
import shutil
import signal
import threading
import wave

import numpy as np
import pytest

import recraft
from recraft._progress import Bar

rng = np.random.default_rng(0)
IMAGES = rng.normal(size=(24, 3, 8, 8)).astype("float32")
CODES = np.arange(24) % 2
TINY = {"model.image_size": 16, "fit.batch": 8, "fit.opponents": "no"}


@pytest.fixture(scope="module")
def tuned():
    return recraft.Model.fit(IMAGES, CODES, method="nft", source="swin-mini", settings={**TINY, "fit.epochs": 2})


def test_model_tells_what_it_is(tuned):
    assert tuned.result["method"] == "nft" and tuned.result["source"] == "swin-mini"
    assert [row["epoch"] for row in tuned.history][-2:] == [1, 2]
    assert "<svg" in tuned._repr_html_()
    assert tuned.embed(IMAGES).shape == (24, tuned.info.features)
    assert tuned.embed(IMAGES, pool=False).mean(axis=1) == pytest.approx(tuned.embed(IMAGES), abs=1e-4)
    assert np.array_equal(tuned.predict_proba(IMAGES).argmax(axis=1), tuned.predict(IMAGES))


def test_answers_for_files(tuned, tmp_path):
    for k, rows in enumerate((IMAGES[:5], IMAGES[5:])):
        np.save(tmp_path / f"x_test-{k:05}.npy", rows)
    np.save(tmp_path / "x_train.npy", IMAGES[:2])
    told = tuned.predict_files(tmp_path, tmp_path / "answers.npy", part="test", settings={"data.memory": 1})
    assert told["n"] == len(IMAGES)
    assert np.array_equal(np.load(tmp_path / "answers.npy"), tuned.predict_proba(IMAGES))
    tuned.embed_files(tmp_path / "x_train.npy", tmp_path / "features.npy", pool=False)
    assert np.array_equal(np.load(tmp_path / "features.npy"), tuned.embed(IMAGES[:2], pool=False))
    with pytest.raises(recraft.ConfigError, match="say which is meant"):
        tuned.predict_files(tmp_path, tmp_path / "none.npy")


def test_some_layers_of_a_model(tuned, tmp_path):
    tuned.save(tmp_path / "run")
    taught = {**TINY, "fit.epochs": 1, "distill.teacher": str(tmp_path / "run"), "distill.layers": 4}
    small = recraft.Model.fit(IMAGES, CODES, method="distill", settings=taught)
    assert small.result["parameters"] < 0.7 * tuned.result["parameters"]
    assert small.predict(IMAGES).shape == (24,)


def test_a_teacher_in_memory(tuned, tmp_path):
    tuned.save(tmp_path / "run")
    taught = {**TINY, "fit.epochs": 1, "fit.head_start": "seed", "distill.layers": 4}
    expected, said = tuned.predict_proba(IMAGES), []
    by_path = {**taught, "distill.teacher": str(tmp_path / "run")}
    for how in ({"settings": by_path}, {"settings": taught, "teacher": tuned}):
        small = recraft.Model.fit(IMAGES, CODES, method="distill", **how)
        said.append(small.predict_proba(IMAGES))
    assert np.array_equal(*said) and small.result["teacher"] == "a predictor in memory"
    assert np.array_equal(tuned.predict_proba(IMAGES), expected)
    np.save(tmp_path / "more.npy", IMAGES[:7])
    for how in (
        {"settings": {**taught, "distill.unlabelled": str(tmp_path / "more.npy")}},
        {"settings": taught, "unlabelled": IMAGES[:7]},
    ):
        said.append(recraft.Model.fit(IMAGES, CODES, method="distill", teacher=tuned, **how).predict_proba(IMAGES))
    assert np.array_equal(said[2], said[3]) and not np.array_equal(said[1], said[2])
    with pytest.raises(recraft.ConfigError, match="method nft has no teacher"):
        recraft.Model.fit(IMAGES, CODES, method="nft", teacher=tuned, settings=TINY)


def test_a_teacher_of_other_data(tuned):
    waves = rng.normal(size=(24, 1, 32)).astype("float32")
    small = recraft.Model.fit(
        waves,
        CODES,
        method="distill",
        source=recraft.Source.open("swin-mini"),
        teacher=tuned,
        unpaired=(IMAGES, CODES),
        settings={**TINY, "fit.epochs": 1},
    )
    assert small.result["student"] == "swin-mini" and small.predict(waves).shape == (24,)


def test_several_inputs_without_targets(tuned):
    both = {"x": IMAGES, "wave": rng.normal(size=(24, 1, 32)).astype("float32")}
    few = {name: one[:9] for name, one in both.items()}
    settings = {**TINY, "fit.epochs": 1, "model.head": "mean"}
    big = recraft.Model.fit(both, CODES, method="nft", source="swin-mini", settings=settings)
    small = recraft.Model.fit(
        both, CODES, method="distill", teacher=big, unlabelled=few, settings={**settings, "distill.layers": 4}
    )
    assert small.predict(both).shape == (24,)
    with pytest.raises(ValueError, match="a dict of the same inputs"):
        recraft.Model.fit(both, CODES, method="distill", teacher=big, unlabelled=IMAGES)


def test_model_is_kept_by_files_and_pickles(tuned, tmp_path):
    expected = tuned.predict_proba(IMAGES)
    tuned.save(tmp_path / "run")
    loaded = recraft.Model.load(tmp_path / "run")
    assert np.array_equal(loaded.predict_proba(IMAGES), expected)
    assert [row["epoch"] for row in loaded.history] == [row["epoch"] for row in tuned.history]
    assert np.array_equal(pickle.loads(pickle.dumps(tuned)).predict_proba(IMAGES), expected)
    tuned.report(tmp_path / "page.html")
    assert b"<html" in (tmp_path / "page.html").read_bytes()
    with pytest.raises(recraft.FileError):
        recraft.Model.load(tmp_path / "nothing")


def test_a_model_outlives_its_folder(tuned, tmp_path):
    tuned.save(tmp_path / "run")
    loaded, expected = recraft.Model.load(tmp_path / "run"), tuned.predict_proba(IMAGES)
    with pytest.raises(recraft.ConfigError, match="exists already"):
        loaded.save(tmp_path / "run")
    (tmp_path / "file").write_text("")
    with pytest.raises(recraft.FileError, match="cannot be written"):
        loaded.save(tmp_path / "file/run")
    shutil.rmtree(tmp_path / "run")
    copy = pickle.loads(pickle.dumps(loaded))
    assert np.array_equal(copy.predict_proba(IMAGES), expected)
    loaded.save(tmp_path / "again")
    assert np.array_equal(recraft.Model.load(tmp_path / "again").predict_proba(IMAGES), expected)
    loaded.report(tmp_path / "page.html")
    with pytest.raises(recraft.FileError):
        copy.export(tmp_path / "nowhere/x.npz", "npz")


def test_what_a_model_and_a_source_are(tuned):
    info = tuned.info
    assert (info.target, info.x_shape, info.y_shape, info.outputs) == ("classes", (3, 8, 8), (), 2)
    assert info.method == "nft" and info.weights is None and info.test is None and not info.texts
    source = recraft.Source.open("swin-mini").info
    assert (source.name, source.family, source.sets) == ("swin-mini", "swin", 1)


def test_a_model_goes_on_learning(tmp_path):
    model = recraft.Model.fit(IMAGES, CODES, method="nft", settings={**TINY, "fit.epochs": 1})
    model.save(tmp_path / "run")
    loaded = recraft.Model.load(tmp_path / "run")
    before, told = loaded.predict_proba(IMAGES), []
    assert loaded.score(IMAGES, CODES)["loss"] == pytest.approx(-np.log(before[np.arange(24), CODES]).mean(), rel=1e-4)
    few = {"fit.epochs": 2, "fit.lr": 0.003, "fit.batch": 8}
    assert loaded.refine(IMAGES, CODES, settings=few, callback=lambda epoch: told.append(epoch["epoch"])) is loaded
    assert told[-1] == 2 and not np.array_equal(loaded.predict_proba(IMAGES), before)
    loaded.save(tmp_path / "refined")
    again = recraft.Model.load(tmp_path / "refined")
    assert np.array_equal(again.predict_proba(IMAGES), loaded.predict_proba(IMAGES))
    with pytest.raises(recraft.UnsupportedError):
        recraft.Model.fit(IMAGES, CODES, method="ridge").refine(IMAGES, CODES)


def test_scores_are_those_of_the_answers():
    model = recraft.Model.fit(IMAGES, CODES, method="ridge")
    found = model.score(IMAGES[:9], CODES[:9])
    wrong = float((model.predict(IMAGES[:9]) != CODES[:9]).mean())
    assert found["samples"] == 9 and found["metric"] == "error" and found["value"] == pytest.approx(wrong)
    assert found["scores"]["error"] == found["value"] and len(found["scores"]) > 1


def test_a_source_of_a_model_in_memory(tuned, tmp_path):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(24, 3, 16, 16)).astype("float32")
    few = {"source.head_epochs": 1, "source.recalibration_epochs": 1}
    source = recraft.Source.from_model(tuned, (x, CODES), (x[:12], CODES[:12]), name="mine", settings=few)
    assert source.info.sets == 2 and source.info.features == 36 and "mine" in repr(source)
    assert len(source.card["card"]["sets"]) == 2
    features = source.embed(x)
    source.save(tmp_path / "mine.safetensors")
    for again in (recraft.Source.open(tmp_path / "mine.safetensors"), pickle.loads(pickle.dumps(source))):
        assert np.array_equal(again.embed(x), features)
    assert recraft.Model.fit(IMAGES, CODES, method="nft", source=source, settings={**TINY, "fit.epochs": 1}).history


def test_devices_by_name(tuned, tmp_path):
    assert float(recraft.distance(IMAGES[:, 0, 0], IMAGES[:, 1, 0], "w1", device="ref")) > 0
    model = recraft.Model.fit(IMAGES, CODES, method="nft", settings={**TINY, "fit.epochs": 1}, device="ref")
    model.save(tmp_path / "run")
    there = recraft.Model.load(tmp_path / "run", device="ref").predict_proba(IMAGES)
    assert np.array_equal(there, model.predict_proba(IMAGES))
    assert there == pytest.approx(recraft.Model.load(tmp_path / "run").predict_proba(IMAGES), abs=1e-4)
    classifier = recraft.RecraftClassifier(method="nft", device="ref", epochs=1, settings=TINY).fit(IMAGES, CODES)
    classifier.save(tmp_path / "classifier")
    there = recraft.RecraftClassifier.load(tmp_path / "classifier", device="ref")
    assert there.device == "ref" and np.array_equal(there.predict_proba(IMAGES), classifier.predict_proba(IMAGES))
    for call in (
        lambda: recraft.distance(IMAGES[:, 0, 0], IMAGES[:, 1, 0], "w1", device="abacus"),
        lambda: recraft.Model.load(tmp_path / "run", device="abacus"),
        lambda: recraft.RecraftClassifier(method="nft", device="abacus").fit(IMAGES, CODES),
    ):
        with pytest.raises(recraft.ConfigError, match="abacus"):
            call()


def test_callback_ends_the_training_or_fails_it():
    told = []
    model = recraft.Model.fit(
        IMAGES,
        CODES,
        method="nft",
        settings={**TINY, "fit.epochs": 50},
        callback=lambda epoch: told.append(epoch["epoch"]) or epoch["epoch"] < 1,
    )
    assert told[-1] == 1 and model.predict(IMAGES).shape == (24,)

    def fail(_):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        recraft.Model.fit(IMAGES, CODES, method="nft", settings=TINY, callback=fail)


def test_ctrl_c_keeps_the_best_so_far(ctrl_c):
    estimator = recraft.RecraftClassifier(method="nft", epochs=1000, settings=TINY)

    def press(epoch):
        if epoch["epoch"] == 1:
            os.kill(os.getpid(), signal.SIGINT)

    estimator.callback = press
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(IMAGES, CODES)
    assert estimator.predict(IMAGES).shape == (24,)


def test_threads_train_side_by_side_to_the_same_bits():
    def train():
        return recraft.Model.fit(
            IMAGES, CODES, method="nft", settings={**TINY, "fit.epochs": 1}, threads=1
        ).predict_proba(IMAGES)

    found = []
    threads = [threading.Thread(target=lambda: found.append(train())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.array_equal(found[0], found[1])


def test_auto_and_a_path(tmp_path):
    x = rng.normal(size=(60, 4))
    np.save(tmp_path / "x_train.npy", x)
    np.save(tmp_path / "y_train.npy", (x[:, 0] > 0).astype(int))
    few = {"fit.budget": 0, "fit.time_limit": 5, "model.image_size": 16}
    for model in (
        recraft.Model.fit(tmp_path, source="swin-mini", settings=few),
        recraft.Model.fit(x, (x[:, 0] > 0).astype(int), source="swin-mini", settings=few),
    ):
        assert (model.predict(x) == (x[:, 0] > 0)).mean() > 0.9
        names = [one["name"] for one in model.candidates]
        assert {"ridge", "forest", "swin-mini-frozen"} <= set(names) and model.history == []
        assert sum(one["weight"] for one in model.candidates) == pytest.approx(1)
        copy = pickle.loads(pickle.dumps(model))
        assert np.array_equal(copy.predict_proba(x), model.predict_proba(x))


def test_several_sources_are_combined(tmp_path):
    recraft.Source.open("swin-mini").save(tmp_path / "copy.safetensors")
    few = {"fit.epochs": 1, "fit.warmup": 0, "fit.combine": "average"}
    both = ["swin-mini", str(tmp_path / "copy.safetensors")]
    model = recraft.Model.fit(IMAGES, CODES, method="nft", source=both, settings={**TINY, **few})
    assert [one["weight"] for one in model.candidates] == [0.5, 0.5]
    assert model.result["source"] == ",".join(both) and model.predict(IMAGES).shape == (24,)
    with pytest.raises(recraft.RecraftError, match="is given twice"):
        recraft.Model.fit(IMAGES, CODES, method="nft", source="swin-mini,swin-mini", settings=TINY)


def test_auto_tells_its_epochs_and_stops(ctrl_c):
    told = []
    estimator = recraft.RecraftClassifier(source="swin-mini", epochs=1, settings={**TINY, "fit.budget": 1})

    def press(epoch):
        told.append(epoch["candidate"])
        if epoch["candidate"].endswith("-nft"):
            os.kill(os.getpid(), signal.SIGINT)

    estimator.callback = press
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(IMAGES, CODES)
    assert "ridge" in told and estimator.predict(IMAGES).shape == (24,)
    assert all(one["epochs"] in (0, None) for one in estimator.model_.candidates)


def test_progress_is_a_line(capsys):
    recraft.Model.fit(IMAGES, CODES, method="nft", settings={**TINY, "fit.epochs": 1}, verbose=True)
    assert re.search(r"fit 100% \|#+\| \d+/\d+ \[[\d.]+ s, [\d.]+/s\]", capsys.readouterr().err)


def test_progress_tells_rate_and_time_left(monkeypatch, capsys):
    seconds = iter([5.0, 15.0, 55.0, 3705.0])
    monkeypatch.setattr("time.monotonic", lambda: next(seconds))
    bar = Bar()
    bar._in_place = True
    for done in (10, 20, 30, 1000):  # it goes on with what was done before
        bar("fit", done, 1000, "")
    lines = [line.split("|")[-1] for line in capsys.readouterr().err.split("\r")]
    assert [line[line.index("[") : line.index("]") + 1] for line in lines[1:]] == [
        "[0.0 s]",
        "[10.0 s, 1/s, 16:20 left]",
        "[50.0 s, 0.4/s, 40:25 left]",
        "[1:01:40, 0.268/s]",
    ]


def test_source_shows_its_features():
    source = recraft.Source.open("swin-mini")
    assert source.features.shape == (source.info.features, source.info.width)
    assert source.labels is None or source.labels.shape == (source.info.features,)
    assert not source.features.flags.writeable
    assert source.card and "swin-mini" in repr(source)
    with pytest.raises(recraft.FileError):
        recraft.Source.open("nothing-like-it")


def test_several_inputs():
    rows = np.stack([CODES, -CODES], axis=1).astype("float32")
    noise = IMAGES[:, :1, :2, :2]
    model = recraft.Model.fit({"x": noise, "row": rows}, CODES, method="ridge")
    assert np.array_equal(model.predict({"x": noise, "row": rows}), CODES)
    assert model.predict_proba({"row": rows}).shape == (24, 2)
    with pytest.raises(recraft.ConfigError):
        model.predict({"line": rows})
    with pytest.raises(ValueError):
        recraft.Model.fit({"row": rows}, CODES, method="ridge")


def test_read(tmp_path):
    rows = "\n".join(f"{i % 7},{'xy'[i % 2]},{'cat' if i % 2 else 'dog'}" for i in range(20))
    (tmp_path / "pets.csv").write_text("age,kind,label\n" + rows)
    pets = recraft.read(tmp_path / "pets.csv", label="label")
    assert pets.labels == ["cat", "dog"]
    assert len(pets.x_train) + len(pets.x_test) == 20
    with pytest.raises(recraft.ConfigError):
        recraft.read(tmp_path / "pets.csv", label="nothing")


def test_files_of_a_table(tmp_path):
    with wave.open(str(tmp_path / "beep-1.wav"), "wb") as sound:
        sound.setparams((1, 2, 800, 0, "NONE", ""))
        sound.writeframes(np.arange(32, dtype="<i2").tobytes())
    rows = "\n".join(f"{i % 7},{'beep-1.wav' if i % 3 else ''},{'xy'[i % 2]}" for i in range(20))
    (tmp_path / "pets.csv").write_text("age,clip-1,label\n" + rows)
    pets = recraft.read(tmp_path / "pets.csv", label="label")
    assert pets.inputs_train["clip-1"].shape == (16, 1, 32)
    model = recraft.Model.fit({"x": pets.x_train, **pets.inputs_train}, pets.y_train, method="ridge")
    assert len(model.predict({"x": pets.x_test, **pets.inputs_test})) == 4


def test_read_takes_shards(tmp_path):
    for k, rows in enumerate(np.split(np.arange(24.0).reshape(12, 2), [5, 6])):
        np.save(tmp_path / f"x_train-{k:05}.npy", rows)
    np.save(tmp_path / "y_train.npy", np.arange(12) % 2)
    few = recraft.read(tmp_path)
    assert np.array_equal(few.x_train, np.arange(24.0).reshape(12, 2))
    assert len(few.y_train) == 12
    (tmp_path / "x_train-00001.npy").rename(tmp_path / "x_train-00003.npy")
    with pytest.raises(ValueError, match="without gaps"):
        recraft.read(tmp_path)


def test_compare_gives_a_frame(tmp_path):
    (tmp_path / "few").mkdir()
    x = rng.normal(size=(40, 4)).astype("float32")
    for part in ("train", "test"):
        np.save(tmp_path / "few" / f"x_{part}.npy", x)
        np.save(tmp_path / "few" / f"y_{part}.npy", (x[:, 0] > 0).astype(int))

    def compare(**how):
        return recraft.compare(
            tmp_path / "few", ["ridge", "majority"], tmp_path / "out", seeds=2, source="swin-mini", **how
        )

    part = compare(share=(1, 2))
    assert len(part) == 2 and set(part["state"]) == {"done"}
    frame = compare()
    assert len(frame) == 4 and set(frame["state"]) == {"done"}
    means = frame.groupby("method")["test"].mean()
    assert means["ridge"] < means["majority"]
