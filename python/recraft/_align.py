"""How far a data set is from sources, and what these tell of its labels (recraft/align.h, docs/distances.md)."""

from __future__ import annotations

import ctypes
import os
from typing import Any, Dict, Optional, Sequence, Union

from . import _files
from . import _library as c
from ._context import Context
from ._data import data_of
from ._files import Path as AnyPath
from ._files import Settings
from ._given import optional, several, text, texts, whole
from ._library import C
from ._model import Model
from ._progress import Bar
from ._source import Source

AnySource = Union[str, "os.PathLike[str]", Source]


def align(
    source: Union[AnySource, Sequence[AnySource], None],
    data: Any = None,
    y: Any = None,
    *,
    run: Union[AnyPath, Model, None] = None,
    distances: Optional[Sequence[str]] = None,
    rank_by: str = "bound",
    resamples: int = 40,
    features: int = 1000,
    page: Optional[AnyPath] = None,
    settings: Optional[Settings] = None,
    class_names: Optional[Sequence[str]] = None,
    threads: int = 0,
    verbose: bool = False,
    device: Optional[str] = None,
) -> Any:
    """Measures a data set as sources see it before any training, and gives a pandas frame with a row for each source,
    the best first; with `run` for each of its stages.

    Parameters
    ----------
    source : one or several, by name or file, or as `Source`; None: the run's, or the usual one for such data.
    data, y : as x and y of `Model.fit`: arrays [N, ...], a frame or texts with their targets, or the path of a data
        set. None: the run's.
    run : a finished run of one source, or a `Model`: measured after stage 1 (where the run has kept that) and after
        training, too. A model in memory needs source and data.
    distances : only these (`recraft.distances()` lists them), and neither logme nor probe unless sources are ranked by
        one. None: all but `gw`.
    rank_by : `bound`, `w1` or `probe`, the smallest first; `leep`, `nce` or `logme`, the greatest.
    resamples : of the data for each 95 % interval of a distance; 0: no intervals.
    features : at most so many of a source's features are compared.
    page : HTML page to write, with projections.
    settings : align.*, data.*, seed, as of `recraft align`.
    class_names : [K], of the classes.
    threads, verbose : at most so many threads (0: as OpenMP gives); show the progress.
    device : what computes, as of `Model.fit`.

    Returns
    -------
    frame with the columns source and stage (`before`, `after stage 1`, `after training`). Of the bound it has the terms
    risk, lipschitz, w1, transport (in units of the risk), conditional_entropy, entropy, information (nats),
    used_classes, and bound. leep and nce are mean log-likelihoods in nats (greater is better), logme the log evidence a
    sample (greater), probe a loss (smaller); frozen_samples is how many these two looked at. `distance.NAME` is each
    distance, in the units of `recraft.distance`. Missing: not measured.

    `frame.attrs` has all that the program gives: data, samples, target_classes, notes, ranked_by, ranking, and
    `sources`. Each of these has notes, the state of its head, the projection, and of each stage the distances with
    intervals (low, high) and whether they have converged."""
    import pandas

    listed = [source] if isinstance(source, (str, os.PathLike, Source)) else several(source or [], "source")
    sources = [one if isinstance(one, Source) else _open(one) for one in listed]
    handles = [one.handle.pointer for one in sources]
    target = None if data is None else data_of(data, y, settings, class_names)
    given = c.AlignOptions(
        target=target and target.pointer,
        among=(ctypes.c_void_p * len(handles))(*handles) if handles else None,
        n_among=len(handles),
        **(run._place if isinstance(run, Model) else {"run": optional(run, "run")}),
        distances=None if distances is None else b",".join(texts(distances, "distances")),
        rank_by=text(rank_by, "rank_by"),
        resamples=whole(resamples, "resamples") or -1,
        source_features=whole(features, "features"),
        page=optional(page, "page"),
        settings=_files.settings(settings),
    )
    found = _files.ask(C.rc_align, given, context=Context(threads, Bar() if verbose else None, device))
    by_name = {one["source"]: one for one in found["sources"]}
    rows = [_row(name, stage) for name in found["ranking"] for stage in by_name[name]["stages"]]
    frame = pandas.DataFrame(rows)
    frame.attrs.update(found)
    return frame


def _open(source: Any) -> Source:
    text(source, "source")
    return Source.open(source)


def _row(source: str, stage: Dict[str, Any]) -> Dict[str, Any]:
    terms = {key: value for key, value in stage.items() if key not in ("distances", "sets")}
    return {"source": source, **terms, **{f"distance.{one['name']}": one["value"] for one in stage["distances"]}}
