"""Data sets as the library takes them (recraft/data.h)."""

from __future__ import annotations

import ctypes
from ctypes import c_char_p
from os import PathLike
from typing import Any, Mapping, Optional, Sequence, Tuple, Union

from . import _library as c
from ._context import Context, Handle
from ._files import Path, Settings, options
from ._given import mapping, short, strings, text, texts as words_given
from ._inputs import (
    cells_of_texts,
    counts_of,
    flat,
    is_frame,
    is_mixed,
    labels_of_words,
    rows_of,
    texts_of,
    whole_texts,
    words_of,
)
from ._library import C
from ._views import Array, as_array, as_numbers, pointer, view_of
from .errors import UnsupportedError


def data_of(
    x: Any,
    y: Any,
    settings: Optional[Settings],
    class_names: Optional[Sequence[str]] = None,
    sample_weight: Any = None,
    texts: Union[bool, Sequence[Any]] = False,
    like: Optional[Handle] = None,
    unlabelled: Any = None,
) -> Handle:
    """Samples x and their targets y, both as `Model.fit` takes them; y None: x is the path of a data set. texts: of a
    frame, as `rows_of` takes it. like: the predictor whose encoders make numbers of a frame. unlabelled: samples as x,
    of which no targets are known."""
    weight = None if sample_weight is None else as_numbers(sample_weight, "sample_weight")
    named = not isinstance(texts, bool) and len(texts) > 0
    if named and isinstance(x, Mapping):
        raise ValueError(
            'texts: they are columns of a frame that is X itself; in a dict texts are an input of their own: '
            '{"x": numbers, "report": texts}'
        )
    if named and not (y is not None and is_mixed(x)):
        raise ValueError("texts: they are columns of a frame, and X is none, or has numbers alone")
    whole = texts_of(x) if y is not None else None
    sentences = words_of(x) if y is not None else None
    if y is None:
        if weight is not None:
            raise UnsupportedError("sample_weight: for samples in memory; files have theirs in weight_train")
        if unlabelled is not None:
            raise ValueError("unlabelled: a data set of files has its own (x_unlabelled, or distill.unlabelled)")
        if not isinstance(x, (str, PathLike)):
            raise TypeError(f"y: samples in memory need targets, and x is {short(x)}, not the path of a data set")
        return data_of_files(x, settings)
    more = None
    if unlabelled is not None and (whole is not None or sentences is not None):
        more = whole_texts(unlabelled)
        if more is None:
            raise ValueError("unlabelled: X are texts, and these are not")
    if whole is not None:
        labels = as_array(y, "y")
        if labels.shape not in ((len(whole),), (len(whole), 1)):
            raise ValueError(f"y: of {len(whole)} texts a class for each is wanted, and the shape is {labels.shape}")
        return data_of_texts(whole, [str(label) for label in labels.ravel().tolist()], None, more, weight)
    if sentences is not None:
        words = [str(label) for label in flat(labels_of_words(sentences, y))]
        return data_of_texts(flat(sentences), words, counts_of(sentences), more, weight)
    missing = mapping(settings, "settings").get("data.missing") == "mean"
    return data_of_arrays(x, as_array(y, "y"), class_names, missing, weight, texts, like, unlabelled)


def pair_of(value: Any, name: str) -> Tuple[Any, Any]:
    """Samples and their targets."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise TypeError(f"{name}: a pair (x, y) is wanted, not {short(value)}")
    return value[0], value[1]


def data_of_arrays(
    x: Any,
    y: Array,
    class_names: Optional[Sequence[str]] = None,
    missing: bool = False,
    weight: Optional[Array] = None,
    row_texts: Union[bool, Sequence[Any]] = False,
    like: Optional[Handle] = None,
    unlabelled: Any = None,
) -> Handle:
    """Training samples x, their targets y and weights, and samples without targets. x may be several inputs by name,
    "x" among them, of which further ones may be texts. Arrays are not copied where they lie in C order; of a frame with
    columns of several kinds the data set keeps the encoders; row_texts: as `rows_of` takes it."""
    views = [view_of(y, "y")]
    given = c.DataArrays(missing=missing)
    given.y[0] = pointer(views[0])
    if isinstance(x, Mapping):
        if "x" not in x:
            raise ValueError('the first of several inputs is called "x"')
        if unlabelled is not None and (not isinstance(unlabelled, Mapping) or unlabelled.keys() != x.keys()):
            raise ValueError(f"unlabelled: a dict of the same inputs as X: {', '.join(x)}")
        texts = {name: cells for name in x if name != "x" and (cells := cells_of_texts(x[name])) is not None}
        further = [(name, view_of(as_array(x[name], name), name)) for name in x if name != "x" and name not in texts]
        views += [view for _, view in further]
        given.inputs, given.n_inputs = (c.DataInput * len(further))(*map(_input_of, further)), len(further)
        n = len(x["x"] if is_frame(x["x"]) else as_array(x["x"], "x"))
        given.text_inputs = (c.DataTextInput * len(texts))(*(_text_input_of(*named, n) for named in texts.items()))
        given.n_text_inputs = len(texts)
        if unlabelled is not None:
            more = [view_of(as_array(unlabelled[name], name), name) for name, _ in further]
            views += more
            given.unlabelled_inputs = (ctypes.POINTER(c.View) * len(more))(*map(pointer, more))
            given.unlabelled_texts = (ctypes.POINTER(c_char_p) * len(texts))(
                *(_strings_of(name, cells_of_texts(unlabelled[name]), len(unlabelled["x"])) for name in texts)
            )
            unlabelled = unlabelled["x"]
        x = x["x"]
    if is_mixed(x):
        rows = rows_of(x, row_texts)
        given.rows[0] = ctypes.pointer(rows)
        given.like = like and like.pointer
        if unlabelled is not None:
            if not is_frame(unlabelled):
                raise ValueError("unlabelled: X is a frame; give one with the same columns")
            without = rows_of(unlabelled, row_texts)
            given.unlabelled_rows = ctypes.pointer(without)
    else:
        views.append(view_of(as_array(x, "x"), "x"))
        given.x[0] = pointer(views[-1])
        if unlabelled is not None:
            views.append(view_of(as_array(unlabelled, "unlabelled"), "unlabelled"))
            given.unlabelled = pointer(views[-1])
    if weight is not None:
        views.append(view_of(weight, "sample_weight"))
        given.weight[0] = pointer(views[-1])
    made = Handle(C.rc_data_destroy, borrows=views)
    if class_names is not None:
        names = words_given(class_names, "class_names")
        given.class_names, given.classes = (c_char_p * len(names))(*names), len(names)
    Context().call(C.rc_data_from_arrays, ctypes.byref(given), made.out())
    return made


def _input_of(named: Tuple[str, c.View]) -> c.DataInput:
    made = c.DataInput(name=text(named[0], "the name of an input"))
    made.x[0] = pointer(named[1])
    return made


def _strings_of(name: str, texts: Optional[Sequence[Optional[str]]], n: int) -> Any:
    if texts is None:
        raise ValueError(f"unlabelled: {name} are texts in X, and not here")
    if len(texts) != n:
        raise ValueError(f"{name}: {len(texts)} texts, and x has {n} samples")
    return strings(texts, name)


def _text_input_of(name: str, texts: Sequence[Optional[str]], n: int) -> c.DataTextInput:
    made = c.DataTextInput(name=text(name, "the name of an input"))
    made.text[0] = _strings_of(name, texts, n)
    return made


def data_of_texts(
    texts: Sequence[str],
    labels: Sequence[str],
    words: Any,
    more: Optional[Sequence[str]],
    weight: Optional[Array],
) -> Handle:
    """Training texts and their labels. words: the texts are words, so many of each sentence. more: texts without.
    weight: of texts or sentences."""
    made = Handle(C.rc_data_destroy)
    given = c.DataTexts(name=b"texts")
    if weight is not None:
        given.weight[0] = pointer(view_of(weight, "sample_weight"))
    if more is not None:
        given.unlabelled, given.n_unlabelled = strings(more, "unlabelled"), len(more)
    given.n[0] = len(texts if words is None else words)
    given.text[0], given.label[0], given.words[0] = strings(texts, "x"), strings(labels, "y"), words
    Context().call(C.rc_data_from_texts, ctypes.byref(given), made.out())
    return made


def data_of_files(path: Path, settings: Optional[Settings]) -> Handle:
    """A folder or file of arrays, or labelled texts."""
    made = Handle(C.rc_data_destroy)
    Context().call(C.rc_data_open, text(path, "x"), options(settings), made.out())
    return made
