"""Data sets from the files people have, as arrays (docs/your-data.md)."""

from __future__ import annotations

import json
import os
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from ._files import Path as AnyPath
from ._files import import_data
from ._given import text
from ._views import Array


@dataclass
class DataSet:
    """Arrays of a data set. Parts that there are not are None."""

    x_train: Array
    """[N, F], [N, C, L] or [N, C, H, W]"""
    y_train: Array
    """whole numbers [N]: classes; [N, K]: labels; floats: numbers or fields"""
    x_valid: Optional[Array] = None
    y_valid: Optional[Array] = None
    x_test: Optional[Array] = None
    y_test: Optional[Array] = None
    group_train: Optional[Array] = None
    """[N]: samples of one record, clip or patient"""
    group_valid: Optional[Array] = None
    group_test: Optional[Array] = None
    inputs_train: Dict[str, Any] = field(default_factory=dict)
    """Further inputs beside x, by name: arrays of x_train.NAME.npy, and of x_train.NAME.jsonl lists of texts, None
    where a sample has none"""
    inputs_valid: Dict[str, Any] = field(default_factory=dict)
    inputs_test: Dict[str, Any] = field(default_factory=dict)
    about: Dict[str, Any] = field(default_factory=dict)
    """What was found and done: the use of every column, the names of the labels, how the parts were made."""

    @property
    def labels(self) -> Optional[List[str]]:
        """The names of the classes, by number, where they have names."""
        return self.about.get("labels")


def read(path: AnyPath, **options: Any) -> DataSet:
    """Reads a data set: a table (CSV, TSV, ARFF), arrays (.npz, HDF5, .mat, pickle), a folder of pictures or sounds, or
    sequences (FASTA). Columns of a table that name files, and those of `texts`, become `inputs_train` and so on.

    Options are those of `recraft data import`, with underscores: `read("pets.csv", label="kind")`,
    `read("photos", size=32)`. A folder that `recraft data import` has made is read as it is, without options, and so is
    one of arrays in shards (x_train-00000.npy and so on)."""
    folder = Path(os.fsdecode(text(path, "path")))
    if any(_array_of(file)[0] == "x_train" for file in folder.glob("x_train*.npy")):
        if options:
            raise ValueError(f"{', '.join(options)}: {path} is a folder of arrays, which is read as it is")
        return _load(folder)
    with tempfile.TemporaryDirectory(prefix="recraft-") as place:
        import_data(path, Path(place, "set"), **options)
        return _load(Path(place, "set"))


def _array_of(file: Path) -> Tuple[str, int]:
    """x_train.npy is x_train, 0, and x_train-00012.npy is x_train, 12: rows that come behind those of 11.
    Named inputs, x_train.NAME.npy, are not in shards."""
    shard = re.fullmatch(r"([^.]+)-(\d+)", file.stem)
    return (shard[1], int(shard[2])) if shard else (file.stem, 0)


def _join(folder: Path, name: str) -> Array:
    files = sorted((_array_of(file)[1], file) for file in folder.glob(f"{name}*.npy") if _array_of(file)[0] == name)
    if [number for number, _ in files] != list(range(len(files))):
        raise ValueError(f"{folder}: the shards of {name} are not numbered from 0 without gaps, each number once")
    arrays = [np.load(file) for _, file in files]
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _load(folder: Path) -> DataSet:
    names = {_array_of(file)[0] for file in folder.glob("*.npy")}
    known: Dict[str, Any] = {name: _join(folder, name) for name in names & set(DataSet.__dataclass_fields__)}
    for part in ("train", "valid", "test"):
        start = f"x_{part}."
        inputs: Dict[str, Any] = {name[len(start) :]: _join(folder, name) for name in names if name.startswith(start)}
        for texts in folder.glob(start + "*.jsonl"):
            with open(texts, encoding="utf-8") as lines:
                inputs[texts.stem[len(start) :]] = [json.loads(line) for line in lines]
        known[f"inputs_{part}"] = inputs
    report = folder / "import.json"
    about = json.loads(report.read_text(encoding="utf-8")) if report.is_file() else {}
    return DataSet(**known, about=about)
