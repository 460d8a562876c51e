"""Calls of the library: contexts, exceptions, warnings, progress and Ctrl-C."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import threading
import warnings
from concurrent.futures import Future, ThreadPoolExecutor
from ctypes import c_void_p
from typing import Any, Callable, List, Optional, Tuple

from ._given import text, whole
from ._library import C, NOTE, STEP, Sink
from .errors import RecraftWarning, error_of, named

log = logging.getLogger("recraft")
_WARNING = "warning: "

# What is told of work: its name, how much is done, of how much, and a detail ("loss 0.31") or "".
Step = Callable[[str, int, int, str], None]
Outcome = Tuple[int, str]

_helper: Optional[ThreadPoolExecutor] = None


def _quiet_thread() -> None:
    """Signals are for the main thread: none may interrupt a thread that computes (recraft/context.h)."""
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())


def _forget_helper() -> None:
    global _helper
    _helper = None  # threads do not survive a fork


os.register_at_fork(after_in_child=_forget_helper)


def _start(work: Callable[[], Outcome]) -> "Future[Outcome]":
    global _helper
    if _helper is None:
        _helper = ThreadPoolExecutor(1, "recraft", initializer=_quiet_thread)
    return _helper.submit(work)


def _interruptible(work: Callable[[], Outcome], interrupt: Callable[[], None]) -> Outcome:
    """Does the work. Python hears Ctrl-C in the main thread only, so there another thread works meanwhile, and is
    waited for in any case: it uses memory of the caller."""
    if threading.current_thread() is not threading.main_thread():
        return work()
    future, pressed = _start(work), None
    while True:
        try:
            outcome = future.result()
        except KeyboardInterrupt as error:
            pressed = error
            interrupt()
        else:
            break
    if pressed is not None and outcome[0] != 0:
        raise pressed
    return outcome


def check(status: int) -> None:
    """Raises what a function that takes no context says has failed."""
    if status != 0:
        raise error_of(status, _error_text())


def _error_text() -> str:
    """What the last failure in this thread was."""
    return C.rc_error_text().decode("utf-8", "replace")


class Handle:
    """An object of the library, which goes when this one goes. C takes it as it is."""

    def __init__(self, destroy: Any, borrows: Any = None) -> None:
        self._as_parameter_ = c_void_p()
        self._destroy = destroy
        self._borrows = borrows  # what the object needs as long as it lives

    @property
    def pointer(self) -> c_void_p:
        """For a field of a struct."""
        return self._as_parameter_

    def out(self) -> Any:
        """Where a function puts the object."""
        return ctypes.byref(self._as_parameter_)

    def __bool__(self) -> bool:
        return bool(self._as_parameter_)

    def __del__(self) -> None:
        if self:
            self._destroy(self.out())


class Context:
    """A context of the library, for one piece of work after the other in one thread.

    threads: at most so many; 0: as many as OpenMP gives. step: is told the progress. device: what computes."""

    def __init__(self, threads: int = 0, step: Optional[Step] = None, device: Optional[str] = None) -> None:
        self._handle = Handle(C.rc_context_destroy)
        self._step = step
        self._failed: Optional[BaseException] = None
        self._notes: List[str] = []
        check(C.rc_context_create(self._handle.out()))
        # C keeps the pointers: they must live as long as the context.
        self._sink = Sink(step=STEP(self._on_step), note=NOTE(self._on_note))
        C.rc_context_set_progress(self._handle, ctypes.byref(self._sink))
        check(C.rc_context_set_threads(self._handle, whole(threads, "threads")))
        if device is not None:
            check(C.rc_context_set_device(self._handle, text(device, "device")))

    def interrupt(self) -> None:
        """Work in this context ends soon. From any thread."""
        C.rc_context_interrupt(self._handle)

    def call(self, function: Any, *arguments: Any) -> None:
        """Calls a function that takes a context first."""
        self._work(lambda: function(self._handle, *arguments))

    def call_on_files(self, function: Any, *arguments: Any) -> None:
        """Calls a function that takes no context."""

        def work() -> Any:
            before = C.rc_context_use(self._handle)
            try:
                return function(*arguments)
            finally:
                C.rc_context_use(before)

        self._work(work)

    def _work(self, function: Callable[[], Any]) -> None:
        def work() -> Outcome:
            status = function()
            return status, _error_text() if status else ""

        try:
            outcome = _interruptible(work, self.interrupt)
        finally:
            self._tell_warnings()
        if self._failed is not None:
            failed, self._failed = self._failed, None
            raise failed
        if outcome[0] != 0:
            raise error_of(*outcome)

    def fail(self, error: BaseException) -> None:
        """Ends the work and raises this where it was begun: for what is called by C."""
        self._failed = error
        self.interrupt()

    def _tell_warnings(self) -> None:
        notes, self._notes = self._notes, []
        for line in notes:
            warnings.warn(named(line), RecraftWarning, stacklevel=_depth_outside())

    # ---- called by C, on a thread of its own: an exception must not get lost there ----

    def _on_step(self, _: Any, work: bytes, done: int, total: int, detail: Optional[bytes]) -> None:
        if self._step is None or self._failed is not None:
            return
        try:
            self._step(work.decode(), done, total, detail.decode() if detail else "")
        except BaseException as error:
            self.fail(error)

    def _on_note(self, _: Any, line: bytes) -> None:
        text = line.decode("utf-8", "replace")
        if text.startswith(_WARNING):
            self._notes.append(text[len(_WARNING) :])
        else:
            log.info(text)


def _depth_outside() -> int:
    """How many calls up the first one outside this package is, as `warnings.warn` counts for its caller."""
    import sys

    here, depth = os.path.dirname(__file__), 1
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(here):
        frame, depth = frame.f_back, depth + 1
    return depth
