"""One line that shows how far work is, on standard error: in a terminal and in a notebook it changes in place, in a
file or a pipe only ends are told."""

from __future__ import annotations

import sys
import time

_WIDTH = 24
_SECONDS = 0.1  # between two changes of the line


class Bar:
    """To be told steps: `Bar()("fit", 3, 30, "loss 0.31")`."""

    def __init__(self) -> None:
        self._out = sys.stderr
        self._in_place = self._out.isatty() or "ipykernel" in sys.modules
        self._work, self._began, self._told = "", 0.0, 0.0

    def __call__(self, work: str, done: int, total: int, detail: str) -> None:
        now = time.monotonic()
        if work != self._work:
            self._work, self._began = work, now
        over = done >= total
        if not over and (not self._in_place or now - self._told < _SECONDS):
            return
        self._told = now
        share = done / total if total else 1.0
        filled = "#" * int(share * _WIDTH)
        line = f"{work:>8} {share:4.0%} |{filled:<{_WIDTH}}| {done}/{total} [{now - self._began:.1f} s] {detail}"
        self._out.write(("\r" if self._in_place else "") + line.rstrip() + ("\x1b[K" if self._in_place else ""))
        self._out.write("\n" if over else "")
        self._out.flush()
        if over:
            self._work = ""
