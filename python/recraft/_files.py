"""The functions of the library that read and write files and answer in JSON (recraft/run.h and its neighbours)."""

from __future__ import annotations

import ctypes
import json
import os
from ctypes import c_char_p, c_void_p
from typing import Any, Dict, Mapping, Optional, Sequence, Union

from . import _library as c
from ._context import Context, Handle, check
from ._library import C

Path = Union[str, "os.PathLike[str]"]
Settings = Mapping[str, Union[str, int, float, bool]]


def text(value: Optional[Path]) -> Optional[bytes]:
    """A path or a word as C takes it."""
    return None if value is None else os.fsencode(value)


def strings(texts: Sequence[Optional[str]]) -> Any:
    """Texts as C takes them; None: NULL."""
    if any(text is not None and "\0" in text for text in texts):
        raise ValueError("a text has a NUL character, where C would end it")
    return (c_char_p * len(texts))(*(None if text is None else text.encode() for text in texts))


def settings(values: Settings) -> c.Settings:
    """Settings by name ("fit.lr"), as --set of the program has them."""
    lines = [f"{key}={_value(value)}".encode() for key, value in values.items()]
    array = (c_char_p * len(lines))(*lines)
    return c.Settings(set=array, n_set=len(lines))


def options(values: Settings) -> Handle:
    """The same as the library's object."""
    made = Handle(C.rc_options_destroy)
    check(C.rc_options_create(made.out()))
    for key, value in values.items():
        check(C.rc_options_set(made, key.encode(), _value(value).encode()))
    return made


def _value(value: Union[str, int, float, bool]) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def ask(function: Any, *arguments: Any, context: Optional[Context] = None) -> Any:
    """What a function answers in JSON through the parameter after these; those behind it are not wanted."""
    answer = c_void_p()
    rest = [None] * (len(function.argtypes) - len(arguments) - 1)
    (context or Context()).call_on_files(function, *arguments, ctypes.byref(answer), *rest)
    try:
        return json.loads(ctypes.string_at(answer))  # type: ignore[arg-type]
    finally:
        C.rc_free_text(answer)


def import_data(source: Path, out: Path, **options: Any) -> Dict[str, Any]:
    """`recraft data import`: makes the data set `out` of the files people have, and tells what was found and done.
    Options are called as those of the command, with underscores; `size` is `pixels`, too, as in messages."""
    options.setdefault("test_fraction", -1.0)
    size = options.pop("size", None)
    if size is not None:
        options["pixels"] = size
    words = {name for name, *kind in c.ImportOptions._fields_ if kind[0] is ctypes.c_char_p}

    def given_as(key: str, value: Any) -> Any:
        """A number is one, or the text of one: ctypes would take it for an address."""
        if not isinstance(value, (int, float)):
            return text(value)
        return text(str(value)) if key in words else value

    given = {key.rstrip("_"): given_as(key.rstrip("_"), value) for key, value in options.items()}
    fields = c.ImportOptions(**{"from": text(source)}, out=text(out), **given)
    return ask(C.rc_data_import, fields)
