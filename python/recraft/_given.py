"""What callers give, checked under the names that they know. ctypes would cut a number that is too large, C would end a
text at a NUL character, and neither would say which argument it was."""

from __future__ import annotations

import operator
import os
import reprlib
from ctypes import c_char_p
from typing import Any, Callable, List, Mapping, Optional, Sequence

short = reprlib.repr


def text(value: Any, name: str) -> bytes:
    """A path or a word as C takes it."""
    if not isinstance(value, (str, bytes, os.PathLike)):
        raise TypeError(f"{name}: a text is wanted, not {short(value)}")
    return _bytes(os.fspath(value), name, os.fsencode)


def optional(value: Any, name: str) -> Optional[bytes]:
    """The same; None: NULL."""
    return None if value is None else text(value, name)


def texts(values: Any, name: str) -> List[bytes]:
    """A list of words or paths. A text alone is a list of letters, too, which nobody means."""
    return [text(value, name) for value in several(values, name)]


def several(values: Any, name: str) -> List[Any]:
    """A list of anything."""
    if not isinstance(values, (str, bytes, Mapping)):
        try:
            return list(values)
        except TypeError:
            pass
    raise TypeError(f"{name}: a list is wanted, not {short(values)}")


def strings(values: Sequence[Optional[str]], name: str) -> Any:
    """Whole texts as C takes them; None: NULL."""
    return (c_char_p * len(values))(*(None if one is None else _bytes(one, name, str.encode) for one in values))


def _bytes(value: Any, name: str, encode: Callable[[Any], bytes]) -> bytes:
    try:
        made = encode(value)
    except UnicodeEncodeError:
        raise ValueError(f"{name}: {short(value)} cannot be written as UTF-8") from None
    if b"\0" in made:
        raise ValueError(f"{name}: {short(value)} has a NUL character, where C would end it")
    return made


def whole(value: Any, name: str, low: int = -(2**63), high: int = 2**63 - 1) -> int:
    """A whole number that C can hold."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: a whole number is wanted, not {short(value)}") from None
    if not low <= number <= high:
        raise ValueError(f"{name}: {short(number)} is not from {low} to {high}")
    return number


def real(value: Any, name: str) -> float:
    """A number."""
    try:
        if not isinstance(value, (str, bytes)):
            return float(value)
    except (TypeError, ValueError):
        pass
    except OverflowError:
        raise ValueError(f"{name}: {short(value)} is too large") from None
    raise TypeError(f"{name}: a number is wanted, not {short(value)}")


def callback(value: Any, name: str = "callback") -> Any:
    """A function, or None."""
    if value is not None and not callable(value):
        raise TypeError(f"{name}: a function is wanted, not {short(value)}")
    return value


def mapping(values: Any, name: str) -> Mapping[Any, Any]:
    """A dict; None: an empty one."""
    if values is not None and not isinstance(values, Mapping):
        raise TypeError(f"{name}: a dict is wanted, not {short(values)}")
    return values or {}
