"""The experiment that decides between methods: data sets x methods x seeds (docs/compare.md)."""

from __future__ import annotations

import os
from typing import Any, Optional, Sequence, Tuple, Union

from . import _files
from . import _library as c
from ._context import Context
from ._files import Path as AnyPath
from ._files import Settings, ask
from ._given import optional, short, text, texts
from ._library import C
from ._program import program as find_program
from ._progress import Bar


def compare(
    data: Union[AnyPath, Sequence[AnyPath]],
    methods: Sequence[str],
    out: AnyPath,
    *,
    source: Optional[str] = None,
    seeds: int = 3,
    settings: Optional[Settings] = None,
    jobs: int = 0,
    program: Optional[AnyPath] = None,
    worker: bool = False,
    share: Optional[Tuple[int, int]] = None,
    verbose: bool = False,
) -> Any:
    """Runs every method on every data set with every seed, and gives a pandas frame with a row for each run: data,
    method, seed, state, valid, test (the data set's metric, lower is better), seconds, peak_rss_mb. `frame.attrs` has
    the ranks and tests: `methods`, `pairs`, `cells`.

    The same call again goes on where the last one stopped; `out` also gets results.md, .csv and .html. Runs are
    processes of the program `recraft`, which comes with the package; `program`, or the environment's RECRAFT_PROGRAM,
    names another.

    Several calls, on several machines, may work on one `out`: each with `worker=True` takes runs that no other has
    until all are done; with `share=(3, 8)` it does the third of eight parts. The frame then says where each run stands:
    run, state (done, running, failed, waiting), host, process, since, error."""
    import pandas

    sets = [text(data, "data")] if isinstance(data, (str, os.PathLike)) else texts(data, "data")
    lines = _files.settings(settings)
    if share is not None and (not isinstance(share, (tuple, list)) or len(share) != 2):
        raise TypeError(f"share: a pair such as (3, 8) is wanted, not {short(share)}")
    options = c.CompareOptions(
        data=b",".join(sets),
        method=b",".join(texts(methods, "methods")),
        source=optional(source, "source"),
        out=text(out, "out"),
        set=lines.set,
        n_set=lines.n_set,
        seeds=seeds,
        jobs=jobs,
        program=text(find_program(program), "program"),
        worker=worker,
        share=share[0] if share else 0,
        shares=share[1] if share else 0,
    )
    found = ask(C.rc_compare, options, context=Context(0, Bar() if verbose else None))
    if worker or share:
        return pandas.DataFrame(found["runs"])
    frame = pandas.DataFrame(found["each"])
    frame.attrs.update({key: found[key] for key in ("methods", "pairs", "cells") if key in found})
    return frame
