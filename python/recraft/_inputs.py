"""What an estimator may be given: numbers, texts, series of unequal length, frames with columns of several kinds; and
how they go to the functions of the library that read files."""

from __future__ import annotations

import csv
import ctypes
import io
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any, Dict, Iterable, List, Optional, Sequence, Union

import numpy as np

from . import _library as c
from ._files import import_data
from ._given import several, strings, text
from ._views import Array, as_array, as_numbers, pointer, view_of

_NUMBERS = "biuf"  # kinds of NumPy types
_NUMBERS_HELD, _DATES_HELD, _WORDS_HELD, _CELLS_HELD, _TEXTS_HELD = range(5)  # rc_column_holds


def texts_of(data: Any) -> Optional[List[str]]:
    """The texts, where `data` is a list, an array or a column of nothing else; else None."""
    if isinstance(data, str):
        raise TypeError("a single text: give a list of texts")
    if not isinstance(data, (list, tuple)):
        if len(getattr(data, "shape", ())) != 1:
            return None
        data = list(data)
    return list(data) if len(data) > 0 and all(isinstance(text, str) for text in data) else None


def words_of(data: Any) -> Optional[List[List[str]]]:
    """The sentences, where `data` is a list of lists of words; else None."""
    if not isinstance(data, (list, tuple)) or not all(isinstance(sentence, (list, tuple)) for sentence in data):
        return None
    words = [word for sentence in data for word in sentence]
    return [list(sentence) for sentence in data] if words and all(isinstance(word, str) for word in words) else None


def whole_texts(data: Any) -> Optional[List[str]]:
    """The texts; of sentences their words with blanks between them."""
    sentences = words_of(data)
    return texts_of(data) if sentences is None else [" ".join(sentence) for sentence in sentences]


def labels_of_words(sentences: Sequence[Sequence[Any]], y: Any) -> List[List[Any]]:
    """y as lists, one for each sentence and as long as it."""
    try:
        labels = [list(one) for one in y if not isinstance(one, (str, bytes))]
    except TypeError:  # numbers
        labels = []
    if list(map(len, sentences)) != list(map(len, labels)):
        raise ValueError("y: of labelled words it has a list for each sentence, as long as the sentence")
    return labels


def flat(sentences: Sequence[Sequence[Any]]) -> List[Any]:
    """What is there of all words, one sentence behind the other."""
    return [one for sentence in sentences for one in sentence]


def by_sentence(values: Array, sentences: Sequence[Sequence[Any]]) -> List[Array]:
    """The other way: cut into what belongs to each sentence."""
    return np.split(values, np.cumsum([len(sentence) for sentence in sentences])[:-1])


def counts_of(sentences: Sequence[Sequence[Any]]) -> "ctypes.Array[ctypes.c_int64]":
    """How many words each has."""
    return (ctypes.c_int64 * len(sentences))(*map(len, sentences))


def cells_of_texts(data: Any) -> Optional[List[Optional[str]]]:
    """The texts of one input among several, None where one is missing; None where `data` holds something else."""
    if not isinstance(data, (list, tuple)) and len(getattr(data, "shape", ())) != 1:
        return None
    cells = list(data)
    texts = any(isinstance(cell, str) for cell in cells) or (len(cells) > 0 and all(cell is None for cell in cells))
    return _cells(cells) if texts else None


def series_of(data: Any) -> Optional[List[Array]]:
    """The series as arrays [c, l], where `data` is a list of arrays of unequal length; else None."""
    if not isinstance(data, (list, tuple)) or not all(hasattr(one, "shape") for one in data):
        return None
    if len({tuple(one.shape) for one in data}) < 2:
        return None
    series = [np.atleast_2d(as_numbers(one, "X")) for one in data]
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


def is_frame(data: Any) -> bool:
    """Is it a frame (pandas, polars)?"""
    return hasattr(data, "columns") and hasattr(data, "dtypes")


def is_mixed(data: Any) -> bool:
    """Is it a frame with a column that does not hold numbers?"""
    return is_frame(data) and any(_column(data, name).dtype.kind not in _NUMBERS for name in data.columns)


def names_of(texts: Sequence[Any]) -> List[Any]:
    """The columns that `texts` names."""
    if isinstance(texts, (str, bytes)):
        raise TypeError(f"texts={texts!r}: a list of columns is wanted, texts=[{texts!r}]")
    if isinstance(texts, bool):
        raise TypeError(f"texts={texts!r}: a list of columns is wanted, texts=[] for none")
    return several(texts, "texts")


def _column(frame: Any, name: Any) -> Array:
    return np.asarray(frame[name].to_numpy())


def _cells(values: Iterable[Any]) -> List[Optional[str]]:
    """Values as a table of text has them; None is missing. (pandas counts NaT among dates; its NA is not even
    itself.)"""
    gaps = (
        type(value).__name__ == "NAType" or (isinstance(value, (float, datetime)) and value != value)
        for value in values
    )
    return [None if value is None or gap else str(value) for value, gap in zip(values, gaps)]


def rows_of(frame: Any, texts: Union[bool, Sequence[Any]] = False) -> c.Rows:
    """The rows of a frame as the library takes them: numbers and dates by the types of their columns; all else as the
    cells of a file, of which it finds out what they are. texts: the columns that are inputs of texts, or whether those
    are that are found to hold free text."""
    named = [] if isinstance(texts, bool) else list(texts)
    strange = [name for name in named if name not in frame.columns]
    if strange:
        raise ValueError(f"texts: {strange[0]!r} is not a column of the frame")
    columns = (c.RowsColumn * len(frame.columns))()
    rows = c.Rows(rows=len(frame), columns=len(columns), column=columns, name=b"the frame", texts=texts is True)
    rows.views = []  # live as long as the rows
    for column, name in zip(columns, frame.columns):
        values = _column(frame, name)
        column.name = text(str(name), "a name of a column")
        column.holds = _NUMBERS_HELD if values.dtype.kind in _NUMBERS else _CELLS_HELD
        if name in named:
            column.holds = _TEXTS_HELD
        elif values.dtype.kind == "M":
            column.holds = _DATES_HELD
            seconds = values.astype("datetime64[ms]").astype("float64") / 1000
            values = np.where(np.isnat(values), np.nan, seconds)
        if column.holds in (_CELLS_HELD, _TEXTS_HELD):
            column.texts = strings(_cells(values), f"column {name}")
        else:
            rows.views.append(view_of(values, str(name)))
            column.numbers = pointer(rows.views[-1])
    return rows


class SavedEncoder:
    """The encoders of a frame, as estimators of earlier versions have saved them beside their model."""

    def __init__(self, state: Dict[str, Any]) -> None:
        self._encoders: str = state["encoders"]

    def transform(self, frame: Any) -> Array:
        """Numbers of the frame, [m, f] float32, columns as in `fit`."""
        table = io.StringIO()
        writer = csv.writer(table)
        writer.writerow([str(name) for name in frame.columns])
        writer.writerows(zip(*(_cells(_column(frame, name)) for name in frame.columns)))
        with tempfile.TemporaryDirectory(prefix="recraft-") as folder:
            place = Path(folder)
            (place / "encoders.json").write_text(self._encoders, encoding="utf-8")
            (place / "table.csv").write_text(table.getvalue(), encoding="utf-8")
            import_data(
                place / "table.csv", place / "set", like=folder, unlabelled=True, header="yes", delimiter=","
            )
            return np.load(place / "set" / "x_unlabelled.npy")
