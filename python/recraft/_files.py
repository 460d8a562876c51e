"""The functions of the library that read and write files and answer in JSON (recraft/run.h and its neighbours)."""

from __future__ import annotations

import ctypes
import json
import os
from ctypes import c_char_p, c_void_p
from difflib import get_close_matches
from numbers import Real
from typing import Any, Dict, Iterator, Mapping, Optional, Tuple, Union

from . import _library as c
from ._context import Context, Handle, check
from ._given import mapping, text
from ._library import C

Path = Union[str, "os.PathLike[str]"]
Settings = Mapping[str, Union[str, int, float, bool]]


def settings(values: Optional[Settings], name: str = "settings") -> c.Settings:
    """Settings by name ("fit.lr"), as --set of the program has them."""
    lines = [key + b"=" + value for key, value in _lines(values, name)]
    array = (c_char_p * len(lines))(*lines)
    return c.Settings(set=array, n_set=len(lines))


def options(values: Optional[Settings], name: str = "settings") -> Handle:
    """The same as the library's object."""
    made = Handle(C.rc_options_destroy)
    check(C.rc_options_create(made.out()))
    for key, value in _lines(values, name):
        check(C.rc_options_set(made, key, value))
    return made


def _lines(values: Optional[Settings], name: str) -> Iterator[Tuple[bytes, bytes]]:
    for key, value in mapping(values, name).items():
        yield text(key, name), text(str(value).lower() if isinstance(value, bool) else str(value), f"{name}: {key}")


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
    taken = {name: kind for name, kind, *_ in c.ImportOptions._fields_ if name not in ("size", "from", "out")}
    given: Dict[str, Any] = {}
    for option, value in options.items():
        key = "pixels" if option == "size" else option.rstrip("_")
        if key not in taken:
            near = get_close_matches(key, [*taken, "size"], 1)
            raise TypeError(f"{option}: not an option of the import" + (f"; did you mean {near[0]}?" if near else ""))
        if value is not None:
            words = taken[key] is c_char_p
            given[key] = text(str(value) if isinstance(value, Real) else value, option) if words else value
    fields = c.ImportOptions(**{"from": text(source, "path"), "test_fraction": -1.0, **given}, out=text(out, "out"))
    return ask(C.rc_data_import, fields)
