"""The program `recraft`: where it is, and the command by which a wheel gives it to the shell."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Optional

from ._files import Path as AnyPath

_HERE = Path(__file__).resolve()
_PACKED = _HERE.parent / "bin" / "recraft"
_BUILT = _HERE.parents[2] / "build" / "release" / "src" / "recraft"


def program(given: Optional[AnyPath] = None) -> str:
    """The path given, else RECRAFT_PROGRAM, else the program that came with the package or was built in its checkout,
    else the one on the PATH."""
    near = [os.fspath(path) for path in (_PACKED, _BUILT) if path.exists()]
    named = os.fspath(given) if given else os.environ.get("RECRAFT_PROGRAM")
    found = named or (near[0] if near else shutil.which("recraft"))
    if not found:
        raise FileNotFoundError("the program `recraft` is not built and not on the PATH; RECRAFT_PROGRAM may name it")
    return found


def main() -> None:
    os.execv(_PACKED, ["recraft", *sys.argv[1:]])
