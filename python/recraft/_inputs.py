"""What an estimator may be given: numbers, texts, series of unequal length, frames with columns of several kinds; and
how they go to the functions of the library that read files."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Set

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


def write_texts(path: Path, texts: Sequence[str], labels: Optional[Sequence[int]] = None) -> None:
    """JSON lines with the text, and with its label if there are labels."""
    with open(path, "w", encoding="utf-8") as out:
        for i, text in enumerate(texts):
            label = {} if labels is None else {"label": int(labels[i])}
            out.write(json.dumps({"text": text, **label}) + "\n")


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


class FrameEncoder:
    """Frames with columns of several kinds, as numbers by the encoders of `recraft data import`.

    The library keeps no encoder that could be given new rows. So each frame is imported together with the one that was
    fitted, as its test part; texts that were not fitted are missing values, and columns that were left out stay out."""

    _TARGET = "recraft_target"

    def fit(self, frame: Any) -> Array:
        """Numbers of the frame, [n, f] float32."""
        self._names = [str(name) for name in frame.columns]
        columns = {str(name): _words(_column(frame, name)) for name in frame.columns}
        self._table = self._write(columns)
        x, _, about = self._import({name: [] for name in self._names}, [])
        used = {column["name"]: column for column in about["columns"]}
        self._dropped = [name for name in self._names if used[name]["features"] == 0]
        # The report tells in words what a column became: texts become zeros and ones, one for each text.
        self._known: Dict[str, Set[str]] = {
            name: set(columns[name]) for name in self._names if used[name]["use"].startswith("zeros and ones")
        }
        return x

    def transform(self, frame: Any) -> Array:
        """Numbers of the frame, [m, f] float32, columns as in `fit`."""
        columns = {str(name): _words(_column(frame, name)) for name in frame.columns}
        missing = [name for name in self._names if name not in columns]
        if missing:
            raise ValueError(f"the frame lacks the column {missing[0]!r}, which the estimator was fitted with")
        for name, known in self._known.items():
            columns[name] = [word if word in known else "" for word in columns[name]]
        _, x, _ = self._import({name: columns[name] for name in self._names}, self._dropped)
        return x

    def state(self) -> Dict[str, Any]:
        """All that it knows, as JSON can hold it."""
        known = {name: sorted(words) for name, words in self._known.items()}
        return {"names": self._names, "table": self._table, "dropped": self._dropped, "known": known}

    @classmethod
    def of_state(cls, state: Dict[str, Any]) -> "FrameEncoder":
        """The encoder that gave this state."""
        encoder = cls()
        encoder._names, encoder._table, encoder._dropped = state["names"], state["table"], state["dropped"]
        encoder._known = {name: set(words) for name, words in state["known"].items()}
        return encoder

    def _write(self, columns: Dict[str, List[str]]) -> str:
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow([*columns, self._TARGET])
        for i, row in enumerate(zip(*columns.values())):
            writer.writerow([*row, i % 2])
        return out.getvalue()

    def _import(self, more: Dict[str, List[str]], dropped: List[str]) -> Any:
        """The numbers of the fitted frame and of more rows, and the report."""
        # A row without any value: what becomes of a column must not depend on whether later rows lack some.
        rows = self._write({name: words + [""] for name, words in more.items()})
        with tempfile.TemporaryDirectory(prefix="recraft-") as folder:
            place = Path(folder)
            (place / "table.csv").write_text(self._table, encoding="utf-8")
            (place / "more.csv").write_text(rows, encoding="utf-8")
            about = import_data(
                place / "table.csv",
                place / "set",
                test=place / "more.csv",
                label=self._TARGET,
                target="classes",
                header="yes",
                delimiter=",",
                drop=",".join(dropped) or None,
            )
            return np.load(place / "set" / "x_train.npy"), np.load(place / "set" / "x_test.npy")[:-1], about
