"""What goes wrong in the library comes as one of these exceptions, with the library's own line of text.

Each code of `recraft/status.h` has a class. Where Python has a class for the same kind of fault, ours is one of
those, too: `DataError` is a `ValueError`, `FileError` an `OSError`, and so on.
"""

from __future__ import annotations

import re


class RecraftError(Exception):
    """Any failure of the library. `code` is its name in C without `RC_`."""

    code = "INTERNAL"


class OutOfMemoryError(RecraftError, MemoryError):
    """Out of memory."""

    code = "MEMORY"


class DeviceError(RecraftError, RuntimeError):
    """The compute device failed."""

    code = "DEVICE"


class InternalError(RecraftError, RuntimeError):
    """A fault of recraft itself."""

    code = "INTERNAL"


class MachineError(RecraftError, RuntimeError):
    """The machine cannot do it now."""

    code = "MACHINE"


class FileError(RecraftError, OSError):
    """A file cannot be read or written."""

    code = "IO"


class FormatError(RecraftError, ValueError):
    """A file is not what it should be."""

    code = "FORMAT"


class ShapeError(RecraftError, ValueError):
    """Shapes do not fit together."""

    code = "SHAPE"


class UnsupportedError(RecraftError, ValueError):
    """Something that recraft does not do."""

    code = "UNSUPPORTED"


class ConfigError(RecraftError, ValueError):
    """An option or setting is wrong."""

    code = "CONFIG"


class DataError(RecraftError, ValueError):
    """The data are wrong."""

    code = "DATA"


class NumericError(RecraftError, ArithmeticError):
    """The numbers left the finite range."""

    code = "NUMERIC"


class InterruptedWork(RecraftError):
    """The work was stopped from another thread. Ctrl-C gives Python's own `KeyboardInterrupt` instead."""

    code = "INTERRUPTED"


class RecraftWarning(UserWarning):
    """A warning of the library."""


# In the order of RC_STATUS_TABLE of recraft/status.h, from 1 on.
_BY_STATUS = (
    OutOfMemoryError,
    DeviceError,
    InternalError,
    MachineError,
    FileError,
    FormatError,
    ShapeError,
    UnsupportedError,
    ConfigError,
    DataError,
    NumericError,
    InterruptedWork,
)


# What the library calls by its functions' names in C: here a function of ours, else a command of the program.
_NAMES = {
    "rc_apply": "recraft data transform",
    "rc_data_import": "recraft.read",
    "rc_make": "recraft data make",
    "rc_settings_list": "recraft help fit",
    "rc_source_build": "recraft.Source.build",
}


def named(text: str) -> str:
    """A line of the library's, with names that a user of Python knows."""
    return re.sub(r"\brc_([a-z_]+)", lambda m: _NAMES.get(m[0], "recraft " + m[1].replace("_", " ")), text)


def error_of(status: int, text: str) -> RecraftError:
    """The exception for a status that is not 0."""
    kind = _BY_STATUS[status - 1] if 1 <= status <= len(_BY_STATUS) else InternalError
    return kind(named(text))
