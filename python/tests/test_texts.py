"""Texts from a source that is built here, of a tiny BERT with random weights."""

import json
import logging
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas
import pytest

import recraft
from recraft._files import import_data

TESTS = Path(__file__).parents[2] / "tests"
WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] the cat dog saw a man in paris london . ? who what is on at of to".split()
TEXTS = ["the cat saw a man.", "who is in paris?", "a man saw the dog.\n", 'what is "on"?'] * 6
LABELS = ["told", "asked"] * 12


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    place = tmp_path_factory.mktemp("texts")
    subprocess.run(
        [sys.executable, TESTS / "cli/make_model_folder.py", TESTS / "data/bert/bert.safetensors", place / "bert"],
        check=True,
    )
    (place / "bert/vocab.txt").write_text("\n".join(WORDS) + "\n")
    rows = "".join(
        f"{label}\tthe cat is in {town}\n" for town in ("paris", "london") * 6 for label in ("told", "asked")
    )
    (place / "texts.tsv").write_text("label\ttext\n" + rows)
    few = {"source.head_epochs": 1, "source.recalibration_epochs": 1}
    tiny = recraft.Source.build(place / "bert", place / "texts.tsv", place / "tiny.safetensors", few)
    both = recraft.Source.build(place / "bert", [place / "texts.tsv"] * 2, place / "both.safetensors", few)
    assert tiny.info.sets == 1 and both.info.sets == 2 and both.info.features == 2 * tiny.info.features
    assert set(both.labels) == {0, 1, 2, 3} and len(both.card["card"]["sets"]) == 2
    return tiny


def test_source_of_texts(source):
    assert source.info.texts and source.info.classes == 2
    assert source.embed(TEXTS, threads=1).shape == (24, source.info.width)
    transformer = recraft.RecraftTransformer(source=source.name).fit(TEXTS)
    assert np.array_equal(transformer.transform(TEXTS[:3]), source.embed(TEXTS[:3]))
    sentences = [text.split() for text in TEXTS]
    whole = [" ".join(sentence) for sentence in sentences]
    assert np.array_equal(recraft.RecraftTransformer(source=source).fit_transform(sentences), source.embed(whole))


def test_features_that_were_learnt_from_words(source):
    transformer = recraft.RecraftTransformer(method="nft", source=source.name, epochs=1).fit(SENTENCES, OF_WORDS)
    features = transformer.transform(SENTENCES)
    assert features.shape == (24, transformer.model_.info.features)
    assert np.array_equal(features, transformer.transform([" ".join(sentence) for sentence in SENTENCES]))


def test_small_source_of_a_large_one(source, tmp_path):
    place, few = Path(source.name).parent, {"fit.epochs": 1}
    small = recraft.Source.distill(
        source.name, place / "texts.tsv", tmp_path / "small.safetensors", layers=1, settings=few, threads=3
    )
    assert json.loads((tmp_path / "small.run/run.json").read_text())["machine"]["threads"] == 3
    card = small.card["card"]
    assert card["layers"] == [0] and card["lr"] == source.card["card"]["lr"]
    assert small.embed(TEXTS).shape == (24, source.info.width)
    with pytest.raises(recraft.ConfigError, match="student"):
        recraft.Source.distill(source.name, place / "texts.tsv", tmp_path / "no.safetensors")


def test_a_teacher_in_memory(source, tmp_path):
    few = {"fit.epochs": 1, "distill.layers": 1}
    more = ["what is a dog?", "the man in london saw the cat at paris."]
    (tmp_path / "more.txt").write_text("\n".join(more) + "\n")
    teacher = recraft.Model.fit(TEXTS, LABELS, method="nft", source=source.name, settings={"fit.epochs": 1})
    expected = teacher.predict_proba(TEXTS)
    said = [
        recraft.Model.fit(TEXTS, LABELS, method="distill", teacher=teacher, **how).predict_proba(TEXTS)
        for how in (
            {"settings": {**few, "distill.unlabelled": str(tmp_path / "more.txt")}},
            {"settings": few, "unlabelled": more},
            {"settings": few},
        )
    ]
    assert np.array_equal(said[0], said[1]) and not np.array_equal(said[1], said[2])
    assert np.array_equal(teacher.predict_proba(TEXTS), expected)  # it still reads texts itself
    towns = [f"the cat is in {town}" for town in ("paris", "london") * 6]
    kinds = ["told", "asked"] * 6
    of_source = recraft.Model.fit(towns, kinds, method="distill", teacher=source, settings=few)
    assert of_source.result["teacher"] == source.name and of_source.predict(TEXTS).shape == (24,)


def test_classifier_of_texts(source, tmp_path, caplog):
    model = recraft.RecraftClassifier(method="nft", source=source.name, epochs=2).fit(TEXTS, LABELS)
    assert set(model.predict(TEXTS)) <= {"told", "asked"}
    expected = model.predict_proba(TEXTS)
    assert expected.shape == (24, 2)
    assert np.array_equal(pickle.loads(pickle.dumps(model)).predict_proba(TEXTS), expected)
    model.save(tmp_path / "saved")
    assert np.array_equal(recraft.RecraftClassifier.load(tmp_path / "saved").predict_proba(TEXTS), expected)
    assert model.model_.embed(TEXTS).shape[0] == 24
    caplog.set_level(logging.INFO, "recraft")
    model.predict([TEXTS[0], TEXTS[1] + " the cat" * 99])
    assert "texts: 1 texts have more than" in caplog.text


def test_frame_with_a_column_of_texts(source, tmp_path):
    said = [f"the cat saw number {i} of the dog in {'paris' if i % 2 else 'london'}, twice" for i in range(24)]
    frame = pandas.DataFrame({"size": [i * 7 % 5 for i in range(24)], "kind": ["a", "b", "c"] * 8, "A report": said})
    frame.loc[3, "A report"] = None
    few = {"method": "nft", "source": source.name, "epochs": 1}
    model = recraft.RecraftClassifier(**few).fit(frame, LABELS)
    told = model.model_.result["notes"]
    assert '"A report": an input of its own: texts' in told
    assert '"A_report": rows without a text: 1; they lack this input' in told
    share = model.predict_proba(frame)
    assert share.shape == (24, 2) and np.isfinite(share).all()
    assert np.array_equal(model.predict_proba(frame[["A report", "kind", "size"]]), share)
    other = model.predict_proba(frame.assign(**{"A report": ["who is on the man?"] * 24}))
    assert not np.array_equal(other, share)  # it is read
    lacking = model.predict_proba(frame[["size", "kind"]])
    assert np.array_equal(model.predict_proba(frame.assign(**{"A report": None})), lacking)
    assert np.array_equal(pickle.loads(pickle.dumps(model)).predict_proba(frame), share)
    model.save(tmp_path / "saved")
    assert np.array_equal(recraft.RecraftClassifier.load(tmp_path / "saved").predict_proba(frame), share)
    model.model_.export(tmp_path / "small", "int8", frame, np.arange(24) % 2)
    assert recraft.Model.load(tmp_path / "small").predict(frame).shape == (24,)


def test_which_columns_are_texts(source):
    said = [f"the cat saw number {i} of the dog in paris" for i in range(24)]
    frame = pandas.DataFrame({"size": [i * 7 % 5 for i in range(24)], "report": said})
    few = {"method": "nft", "source": source.name, "epochs": 1}
    named = recraft.Model.fit(
        frame, np.arange(24) % 2, texts=["report"], method="nft", source=source.name, settings={"fit.epochs": 1}
    )
    assert named.predict(frame).shape == (24,) and named.embed(frame).shape[0] == 24
    without = recraft.RecraftClassifier(**few, texts=[]).fit(frame, LABELS)
    plain = recraft.RecraftClassifier(method="ridge").fit(frame, LABELS)
    for one in (without, plain):
        assert any("report" in note and "texts reads as an input" in note for note in one.model_.result["notes"])
        assert np.array_equal(one.predict_proba(frame[["size"]]), one.predict_proba(frame))
    with pytest.raises(recraft.ConfigError, match="method ridge does not take texts"):
        recraft.RecraftClassifier(method="ridge", texts=["report"]).fit(frame, LABELS)
    with pytest.raises(ValueError, match="'remark' is not a column"):
        recraft.RecraftClassifier(texts=["remark"]).fit(frame, LABELS)
    with pytest.raises(ValueError, match="columns of a frame"):
        recraft.RecraftClassifier(texts=["size"]).fit(frame[["size"]], LABELS)
    with pytest.raises(recraft.DataError, match="give these alone"):
        recraft.RecraftClassifier(**few).fit(frame[["report"]], LABELS)
    # Free text is looked for where the method reads it, so that others fit as without a source.
    for name in (source.name, "no-such"):
        assert recraft.Model.fit(frame, np.arange(24) % 2, method="ridge", source=name).predict(frame).shape == (24,)
    with pytest.raises(recraft.ConfigError, match="inputs that are texts: report: leave these out"):
        recraft.Model.fit(frame, np.arange(24) % 2, method="ridge", source=source.name, texts=["report"])


def test_texts_of_the_fit_and_later(source, tmp_path):
    said = ["None", "NA", "?", "nan", "a man\nsaw the dog", "the cat\n"] + TEXTS[:18]
    frame = pandas.DataFrame({"size": [i * 7 % 5 for i in range(24)], "report": said})
    few = {"method": "nft", "source": source.name, "settings": {"fit.epochs": 1}}
    model = recraft.Model.fit(frame, np.arange(24) % 2, texts=["report"], **few)
    share = model.predict_proba(frame)
    inputs = {"x": frame[["size"]].to_numpy("float32"), "report": said}
    assert np.array_equal(model.predict_proba(inputs), share)
    lacking = model.predict_proba(frame.assign(report=[None] * 4 + said[4:]))
    assert (lacking[:4] != share[:4]).any(axis=1).all() and np.array_equal(lacking[4:], share[4:])
    model.save(tmp_path / "run")
    assert np.array_equal(recraft.Model.load(tmp_path / "run").predict_proba(frame), share)
    mostly = frame.assign(report=[f"the cat saw number {i} of the dog" if i < 10 else None for i in range(24)])
    found = recraft.Model.fit(mostly, np.arange(24) % 2, **few)
    assert '"report": rows without a text: 14; they lack this input' in found.result["notes"]


def test_how_columns_of_texts_are_named(source, tmp_path):
    said = [f"the cat saw number {i} of the dog in paris" for i in range(24)]
    frame = pandas.DataFrame({"size": [i * 7 % 5 for i in range(24)], "report": said})
    few = {"method": "nft", "source": source.name, "epochs": 1}
    with pytest.raises(TypeError, match=r"texts=\['report'\]"):
        recraft.RecraftClassifier(**few, texts="report").fit(frame, LABELS)
    with pytest.raises(ValueError, match="in a dict texts are an input of their own"):
        recraft.Model.fit({"x": frame}, np.arange(24) % 2, texts=["report"], method="nft", source=source.name)
    model = recraft.RecraftClassifier(**few, texts=frame.columns[1:]).fit(frame, LABELS)
    model.save(tmp_path / "index")
    again = recraft.RecraftClassifier.load(tmp_path / "index")
    assert again.texts == ["report"] and np.array_equal(again.predict_proba(frame), model.predict_proba(frame))
    numbered = frame.rename(columns={"size": 0, "report": 1})
    model = recraft.RecraftClassifier(**few, texts=[np.int64(1)]).fit(numbered, LABELS)
    model.save(tmp_path / "numbers")
    assert recraft.RecraftClassifier.load(tmp_path / "numbers").texts == [1]
    model.settings = {"of no kind": object()}
    with pytest.raises(TypeError, match="cannot be saved"):
        model.save(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_texts_beside_numbers(source, tmp_path, caplog):
    table = tmp_path / "both.csv"
    said = ["" if i == 3 else text.replace('"', "").strip() for i, text in enumerate(TEXTS)]
    rows = "".join(f"{i * 7 % 5},{text},{label}\n" for i, (text, label) in enumerate(zip(said, LABELS)))
    table.write_text("size,report,kind\n" + rows)
    both = recraft.read(table, label="kind", texts="report")
    texts = both.inputs_train["report"]
    assert all(set(map(type, part["report"])) <= {str, type(None)} for part in (both.inputs_train, both.inputs_test))
    few = {"fit.epochs": 1, "model.fusion": "late"}
    inputs = {"x": both.x_train, "report": texts}
    model = recraft.Model.fit(inputs, both.y_train, method="nft", source=source.name, settings=few)
    share = model.predict_proba(inputs)
    assert share.shape == (len(texts), 2)
    assert np.array_equal(model.predict_proba({"x": both.x_train, "report": np.array(texts, object)}), share)
    lacking = model.predict_proba({"x": both.x_train, "report": [None] * len(texts[:-1]) + ["the cat"]})
    assert not np.array_equal(lacking, share)
    assert np.array_equal(
        model.predict_proba({"x": both.x_train}),
        model.predict_proba({"x": both.x_train, "report": [" "] * (len(texts) - 1) + ["\t"]}),
    )
    none = model.predict_proba({"x": both.x_train})
    assert np.array_equal(model.predict_proba({"x": both.x_train, "report": [None] * len(texts)}), none)
    with pytest.raises(recraft.UnsupportedError, match="no fixed number of tokens"):
        model.embed(inputs, pool=False)
    model.save(tmp_path / "run")
    assert np.array_equal(recraft.Model.load(tmp_path / "run").predict_proba(inputs), share)
    with pytest.raises(recraft.ConfigError, match="no input of this predictor is called"):
        model.predict({"x": both.x_train, "letter": texts})
    with pytest.raises(ValueError, match="texts, and x has"):
        recraft.Model.fit({"x": both.x_train, "report": texts[1:]}, both.y_train)
    caplog.set_level(logging.INFO, "recraft")
    model.predict({"x": both.x_train[:2], "report": ["the cat " * 99, None]})
    assert "report: 1 texts have more than" in caplog.text
    import_data(table, tmp_path / "set", label="kind", texts="report")
    of_rows = recraft.Model.fit(tmp_path / "set", method="nft", source=source.name, settings=few)
    cells = [of_rows.predict_proba(pandas.DataFrame({"size": [1], "report": [cell]})) for cell in ("NA", None)]
    assert np.array_equal(*cells)  # as in the file
    caplog.clear()
    of_rows.predict(pandas.DataFrame({"size": [1, 2], "report": ["the cat " * 99, "who"]}))
    assert "input report: 1 texts have more than" in caplog.text


SENTENCES = [["the", "cat", "saw", "a", "man"], ["who"], ["paris", "is", "in", "london"]] * 8
OF_WORDS = [["no", "who", "no", "no", "who"], ["who"], ["where", "no", "no", "where"]] * 8


def test_labels_of_words(source, tmp_path, caplog):
    few = {"method": "nft", "source": source.name, "settings": {"fit.lr": 0.02, "fit.batch": 4}}
    model = recraft.RecraftClassifier(**few, epochs=12).fit(SENTENCES, OF_WORDS)
    assert model.classes_.tolist() == ["no", "where", "who"]
    said, share = model.predict(SENTENCES), model.predict_proba(SENTENCES)
    assert model.score(SENTENCES, OF_WORDS) == 1 and said == OF_WORDS
    assert [one.shape for one in share] == [(len(sentence), 3) for sentence in SENTENCES]
    assert all(np.allclose(one.sum(axis=1), 1) for one in share)
    model.save(tmp_path / "saved")
    for again in (pickle.loads(pickle.dumps(model)), recraft.RecraftClassifier.load(tmp_path / "saved")):
        assert again.predict(SENTENCES) == said
        assert all(map(np.array_equal, again.predict_proba(SENTENCES), share))
    # The same from a file, by numbers.
    conll = tmp_path / "words.conll"
    pairs = [zip(*both) for both in zip(SENTENCES, OF_WORDS)]
    conll.write_text("".join("".join(f"{word} {label}\n" for word, label in pair) + "\n" for pair in pairs))
    of_file = recraft.Model.fit(conll, **{**few, "settings": {**few["settings"], "fit.epochs": 12}})
    assert all(map(np.array_equal, of_file.predict_proba(SENTENCES), share))
    assert of_file.predict(SENTENCES[1:3])[1].tolist() == [1, 0, 0, 1]
    caplog.set_level(logging.INFO, "recraft")
    assert model.predict([["the"] * 50, ["who"]])[0][-1] is None
    assert "words have no answer" in caplog.text
    assert model.model_.embed([" ".join(sentence) for sentence in SENTENCES]).shape[0] == 24
    with pytest.raises(ValueError, match="as long as the sentence"):
        recraft.Model.fit(SENTENCES, OF_WORDS[1:] + OF_WORDS[:1], **few)
    with pytest.raises(recraft.UnsupportedError, match="give it sentences as words"):
        model.model_.predict(TEXTS)
    with pytest.raises(recraft.DataError, match="sentence 1 has 0 words"):
        model.predict([["who"], []])


@pytest.mark.parametrize("y", [["no", "hi"], [0, 1], [[0, 1], 1], [["no", "no"]], "no", 3])
def test_labels_that_are_not_those_of_the_words(source, y):
    sentences = [["the", "cat"], ["who", "saw"]]
    few = {"method": "nft", "source": source.name}
    model = recraft.RecraftClassifier(**few, epochs=1).fit(sentences, [["no", "no"], ["who", "no"]])
    for call in (
        lambda: recraft.RecraftClassifier(**few).fit(sentences, y),
        lambda: recraft.Model.fit(sentences, y, **few),
        lambda: model.score(sentences, y),
    ):
        with pytest.raises(ValueError, match="as long as the sentence"):
            call()


def test_weights_of_texts_and_sentences(source):
    few = {"method": "nft", "source": source.name, "epochs": 1, "settings": {"data.valid_fraction": 0}}
    told = np.where(np.array(LABELS) == "told", 9.0, 1.0)
    plain = recraft.RecraftClassifier(**few).fit(TEXTS, LABELS).predict_proba(TEXTS)
    assert np.array_equal(recraft.RecraftClassifier(**few).fit(TEXTS, LABELS, np.ones(24)).predict_proba(TEXTS), plain)
    by_text = recraft.RecraftClassifier(**few).fit(TEXTS, LABELS, told).predict_proba(TEXTS)
    by_class = recraft.RecraftClassifier(**few, class_weight={"told": 9}).fit(TEXTS, LABELS).predict_proba(TEXTS)
    assert np.array_equal(by_text, by_class) and by_text[:, 1].mean() > plain[:, 1].mean()
    of_words = recraft.RecraftClassifier(**few)
    plain = of_words.fit(SENTENCES, OF_WORDS).predict_proba(SENTENCES)
    asked = [9 if len(sentence) == 1 else 1 for sentence in SENTENCES]  # whose only word is "who"
    weighted = of_words.fit(SENTENCES, OF_WORDS, asked).predict_proba(SENTENCES)
    assert np.concatenate(weighted)[:, 2].mean() > np.concatenate(plain)[:, 2].mean()
    with pytest.raises(ValueError, match="sample_weight has shape"):
        of_words.fit(SENTENCES, OF_WORDS, [1, 2])
    with pytest.raises(recraft.DataError):
        recraft.Model.fit(TEXTS, LABELS, method="nft", source=source.name, sample_weight=-np.ones(24))


def test_class_weights_of_words(source):
    few = {"method": "nft", "source": source.name, "epochs": 1}
    plain = recraft.RecraftClassifier(**few).fit(SENTENCES, OF_WORDS).predict_proba(SENTENCES)
    for without_effect in ({}, {"no": 1}):
        model = recraft.RecraftClassifier(**few, class_weight=without_effect).fit(SENTENCES, OF_WORDS)
        assert all(map(np.array_equal, model.predict_proba(SENTENCES), plain))
    balanced = recraft.RecraftClassifier(**few, class_weight="balanced").fit(SENTENCES, OF_WORDS)
    assert not all(map(np.array_equal, balanced.predict_proba(SENTENCES), plain))
    with pytest.raises(recraft.UnsupportedError, match="class_weight: words"):
        recraft.RecraftClassifier(**few, class_weight={"no": 2}).fit(SENTENCES, OF_WORDS)
    with pytest.raises(ValueError, match="not among the classes"):
        recraft.RecraftClassifier(**few, class_weight={"nobody": 2}).fit(SENTENCES, OF_WORDS)
