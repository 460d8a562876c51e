"""One line that shows how far work is, on standard error: in a terminal and in a notebook it changes in place, in a
file or a pipe only ends are told."""

from __future__ import annotations

import sys
import time
from typing import Iterator

_WIDTH = 24
_SECONDS = 0.1  # between two changes of the line


class Bar:
    """To be told steps: `Bar()("fit", 3, 30, "loss 0.31")`. Tells the time that has passed, how many units a second are
    done, and the time that is left at this rate."""

    def __init__(self) -> None:
        self._out = sys.stderr
        self._in_place = self._out.isatty() or "ipykernel" in sys.modules
        self._work, self._began, self._first, self._told = "", 0.0, 0, 0.0

    def __call__(self, work: str, done: int, total: int, detail: str) -> None:
        now = time.monotonic()
        if work != self._work:
            self._work, self._began, self._first = work, now, done
        over = done >= total
        if not over and (not self._in_place or now - self._told < _SECONDS):
            return
        self._told = now
        share = done / total if total else 1.0
        filled = "#" * int(share * _WIDTH)
        times = ", ".join(_times(now - self._began, done - self._first, total - done))
        line = f"{work:>8} {share:4.0%} |{filled:<{_WIDTH}}| {done}/{total} [{times}] {detail}"
        self._out.write(("\r" if self._in_place else "") + line.rstrip() + ("\x1b[K" if self._in_place else ""))
        self._out.write("\n" if over else "")
        self._out.flush()
        if over:
            self._work = ""


def _times(took: float, moved: int, left: int) -> Iterator[str]:
    yield _clock(took)
    if took > 0 and moved > 0:
        rate = moved / took
        yield f"{rate:.3g}/s" if rate < 1000 else f"{rate:.0f}/s"
        if left > 0:
            yield f"{_clock(left * took / moved)} left"


def _clock(seconds: float) -> str:
    """12.3 s, 2:03 or 1:02:03."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
