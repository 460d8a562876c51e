"""How far data are from sources, models in other forms, and what a distillation tells: as the program has them."""

import json
import os
import subprocess

import numpy as np
import pytest

import recraft

rng = np.random.default_rng(0)
IMAGES = rng.normal(size=(24, 3, 8, 8)).astype("float32")
CODES = np.arange(24) % 2
TINY = {"model.image_size": 16, "fit.batch": 8, "fit.epochs": 1, "fit.opponents": "no"}
SMALL = {"model.image_size": 16}


@pytest.fixture(scope="module")
def tuned():
    return recraft.Model.fit(IMAGES, CODES, method="nft", source="swin-mini", settings=TINY)


def test_arrays_are_measured_as_the_program_measures_files(tmp_path):
    for name, array in (("x_train", IMAGES), ("y_train", CODES)):
        np.save(tmp_path / f"{name}.npy", array)
    program = [
        os.environ["RECRAFT_PROGRAM"],
        "align",
        "--data",
        str(tmp_path),
        "--source",
        "swin-mini",
        "--json",
        "--quiet",
    ]
    said = subprocess.run(
        [*program, "--set", "model.image_size=16", "--resamples", "2"], check=True, capture_output=True
    )
    want = json.loads(said.stdout)
    source = recraft.Source.open("swin-mini")
    for frame in (
        recraft.align(source, IMAGES, CODES, settings=SMALL, resamples=2),
        recraft.align("swin-mini", tmp_path, settings=SMALL, resamples=2),
    ):
        assert list(frame["source"]) == ["swin-mini"] and list(frame["stage"]) == ["before"]
        assert frame.attrs["sources"] == want["sources"] and frame.attrs["ranked_by"] == "bound"
        row, stage = frame.iloc[0], want["sources"][0]["stages"][0]
        for key in ("bound", "leep", "nce", "logme", "probe", "w1"):
            assert row[key] == stage[key]
        assert {f"distance.{d['name']}": d["value"] for d in stage["distances"]}.items() <= dict(row).items()


def test_sources_are_ranked_and_models_have_stages(tuned, tmp_path):
    copy = tmp_path / "copy.safetensors"
    recraft.Source.open("swin-mini").save(copy)
    few = {"distances": ["w1"], "resamples": 0, "features": 40, "settings": SMALL}
    frame = recraft.align(["swin-mini", str(copy)], IMAGES, CODES, rank_by="probe", **few)
    assert frame.attrs["ranking"] == ["swin-mini", str(copy)] and frame["probe"].notna().all()
    assert frame["distance.w1"].nunique() == 1 and frame["logme"].notna().all()
    after = recraft.align(None, IMAGES, CODES, run=tuned, **few)
    assert list(after["stage"]) == ["before", "after training"]
    assert after["logme"].isna().all()
    tuned.save(tmp_path / "run")
    loaded = recraft.align("swin-mini", IMAGES, CODES, run=recraft.Model.load(tmp_path / "run"), **few)
    assert loaded["distance.w1"].tolist() == after["distance.w1"].tolist()
    with pytest.raises(recraft.ConfigError, match="keeps none"):
        recraft.align(None, run=tuned)
    with pytest.raises(recraft.ConfigError, match="ranked by"):
        recraft.align("swin-mini", IMAGES, CODES, rank_by="luck")


def test_a_model_is_exported(tuned, tmp_path):
    told = tuned.export(tmp_path / "x.onnx", "onnx")
    assert told["inputs"] == ["x"] and (tmp_path / "x.onnx").stat().st_size > 1000 and "run" not in told
    tuned.export(tmp_path / "x.npz", "npz")
    assert "classifier.weight" in np.load(tmp_path / "x.npz")
    told = tuned.export(tmp_path / "x8", "int8", IMAGES, CODES)
    assert told["int8"]["before"] == tuned.result["valid"] and told["int8"]["mb"] < told["int8"]["mb_before"]
    small = recraft.Model.load(tmp_path / "x8")
    assert small.result["weights"] == "int8" and tuned.result["weights"] is None
    assert "int8" in small._repr_html_() and small.result["notes"][0] == told["notes"][0]
    assert small.predict_proba(IMAGES) == pytest.approx(tuned.predict_proba(IMAGES), abs=0.05)
    with pytest.raises(recraft.UnsupportedError, match="8-bit weights"):
        small.export(tmp_path / "again", "int8")
    tuned.save(tmp_path / "run")
    told = recraft.Model.load(tmp_path / "run").export(tmp_path / "y8", "int8")
    assert told["run"] == str(tmp_path / "run") and "not measured" in told["notes"][0]


def test_teacher_and_student_stand_side_by_side(tuned, tmp_path):
    tuned.save(tmp_path / "run")
    taught = {**TINY, "distill.teacher": str(tmp_path / "run"), "distill.layers": 4}
    small = recraft.Model.fit(IMAGES, CODES, method="distill", settings=taught)
    small.save(tmp_path / "small")
    kept = json.loads((tmp_path / "small" / "result.json").read_text())
    for model in (small, recraft.Model.load(tmp_path / "small")):
        result = model.result
        assert {key: result[key] for key in ("teacher", "layers", "distillation")} == {
            key: kept[key] for key in ("teacher", "layers", "distillation")
        }
        teacher, student = result["distillation"]["teacher"], result["distillation"]["student"]
        assert student["parameters"] < teacher["parameters"] and student["ms"] > 0 and "student" not in result
        page = model._repr_html_()
        assert "ms in a batch of 8" in page and result["distillation"]["note"] in page
    assert "distillation" not in tuned.result
