"""What an estimator may be given: numbers, texts, series of unequal length, frames with columns of several kinds; and
how they go to the functions of the library that read files."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import numpy as np

from ._files import import_data
from ._views import Array, as_array

_NUMBERS = "biuf"  # kinds of NumPy types


def texts_of(data: Any) -> Optional[List[str]]:
    """The texts, where `data` is a list, an array or a column of nothing else; else None."""
    if isinstance(data, str):
        raise TypeError("a single text: give a list of texts")
    if not isinstance(data, (list, tuple)):
        if len(getattr(data, "shape", ())) != 1:
            return None
        data = list(data)
    return list(data) if len(data) > 0 and all(isinstance(text, str) for text in data) else None


def series_of(data: Any) -> Optional[List[Array]]:
    """The series as arrays [c, l], where `data` is a list of arrays of unequal length; else None."""
    if not isinstance(data, (list, tuple)) or not all(hasattr(one, "shape") for one in data):
        return None
    if len({tuple(one.shape) for one in data}) < 2:
        return None
    series = [np.atleast_2d(as_array(one)) for one in data]
    if any(one.ndim != 2 or one.shape[0] != series[0].shape[0] for one in series):
        raise ValueError("a list of arrays of unequal length: each is [l] or [c, l], with the same c in all")
    return series


def pad(series: Sequence[Array], length: int) -> Array:
    """[n, c, length] float32 with NaN, a missing number, behind what is shorter."""
    longest = max(one.shape[1] for one in series)
    if longest > length:
        raise ValueError(f"a series of length {longest}; the longest that was learnt from had {length}")
    padded = np.full((len(series), series[0].shape[0], length), np.nan, "float32")
    for row, one in zip(padded, series):
        row[:, : one.shape[1]] = one
    return padded


def is_mixed(data: Any) -> bool:
    """Is it a frame (pandas, polars) with a column that does not hold numbers?"""
    if not (hasattr(data, "columns") and hasattr(data, "dtypes")):
        return False
    return any(_column(data, name).dtype.kind not in _NUMBERS for name in data.columns)


def write_texts(path: Path, texts: Sequence[str]) -> None:
    """JSON lines."""
    with open(path, "w", encoding="utf-8") as out:
        out.writelines(json.dumps({"text": text}) + "\n" for text in texts)


def write_array(path: Path, array: Array) -> None:
    """.npy in C order and the machine's byte order."""
    np.save(path, np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("=")))


def _column(frame: Any, name: Any) -> Array:
    return np.asarray(frame[name].to_numpy())


def _words(values: Array) -> List[str]:
    """A column as a table of text has it: a missing value is empty."""
    if values.dtype.kind == "M":
        day_alone = bool(np.all(values == values.astype("datetime64[D]")) or np.isnat(values).all())
        words = np.datetime_as_string(values, unit="D" if day_alone else "s")
        return ["" if word == "NaT" else word.replace("T", " ") for word in words.tolist()]
    return ["" if value is None or value != value else str(value) for value in values.tolist()]


def encode_frame(frame: Any, like: Any) -> Array:
    """Numbers of a frame, [n, f] float32, by the encoders of a run or a data set (`recraft data import --like`)."""
    columns = {str(name): _words(_column(frame, name)) for name in frame.columns}
    with tempfile.TemporaryDirectory(prefix="recraft-") as folder:
        table = Path(folder) / "table.csv"
        table.write_text(_table(columns), encoding="utf-8")
        import_data(table, Path(folder) / "set", like=like, unlabelled=True, header="yes", delimiter=",")
        return np.load(Path(folder) / "set" / "x_unlabelled.npy")


def _table(columns: Dict[str, List[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values()))
    return out.getvalue()


class FrameEncoder:
    """Frames with columns of several kinds, as numbers by the encoders of `recraft data import`."""

    _TARGET = "recraft_target"

    def fit(self, frame: Any) -> Array:
        """Numbers of the frame, [n, f] float32."""
        self._names = [str(name) for name in frame.columns]
        return self._learn(_table(self._labelled({str(n): _words(_column(frame, n)) for n in frame.columns})), [])

    def transform(self, frame: Any) -> Array:
        """Numbers of the frame, [m, f] float32, columns as in `fit`."""
        names = {str(name) for name in frame.columns}
        missing = [name for name in self._names if name not in names]
        if missing:
            raise ValueError(f"the frame lacks the column {missing[0]!r}, which the estimator was fitted with")
        with tempfile.TemporaryDirectory(prefix="recraft-") as folder:
            (Path(folder) / "encoders.json").write_text(self._encoders, encoding="utf-8")
            return encode_frame(frame, folder)

    def state(self) -> Dict[str, Any]:
        """All that it knows, as JSON can hold it."""
        return {"names": self._names, "encoders": self._encoders}

    @classmethod
    def of_state(cls, state: Dict[str, Any]) -> "FrameEncoder":
        """The encoder that gave this state."""
        encoder = cls()
        encoder._names = state["names"]
        if "encoders" in state:
            encoder._encoders = state["encoders"]
        else:  # of an earlier version, which kept the table itself
            encoder._learn(state["table"], state["dropped"])
        return encoder

    def _labelled(self, columns: Dict[str, List[str]]) -> Dict[str, List[str]]:
        """With a column to be predicted, which an import wants."""
        rows = len(next(iter(columns.values()), []))
        return {**columns, self._TARGET: [str(i % 2) for i in range(rows)]}

    def _learn(self, table: str, dropped: List[str]) -> Array:
        """The encoders of a table, and its numbers."""
        # A row without any value: every text column then has a place for what is missing.
        gaps = _table(self._labelled({name: [""] for name in self._names}))
        with tempfile.TemporaryDirectory(prefix="recraft-") as folder:
            place = Path(folder)
            (place / "table.csv").write_text(table, encoding="utf-8")
            (place / "gaps.csv").write_text(gaps, encoding="utf-8")
            import_data(
                place / "table.csv",
                place / "set",
                test=place / "gaps.csv",
                label=self._TARGET,
                target="classes",
                header="yes",
                delimiter=",",
                drop=",".join(dropped) or None,
            )
            self._encoders = (place / "set" / "encoders.json").read_text(encoding="utf-8")
            return np.load(place / "set" / "x_train.npy")
