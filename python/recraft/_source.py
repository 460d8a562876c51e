"""Sources: pre-trained models with head, features and labels, from which target models begin (recraft/source.h)."""

from __future__ import annotations

import ctypes
import tempfile
from os import PathLike
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Union

import numpy as np

from . import _library as c
from ._context import Context, Handle, check
from ._files import Path as AnyPath
from ._files import Settings, ask, settings, text
from ._inputs import texts_of, write_array, write_texts
from ._library import C
from ._progress import Bar
from ._views import Array, array_at, as_array


class Source:
    """A source. `Source.open("swin-mini")` takes one by its name or file, `Source.build(...)` makes one."""

    def __init__(self, name: str, handle: Handle) -> None:
        self.name = name
        self.handle = handle

    @classmethod
    def open(cls, name: AnyPath) -> "Source":
        """The source of this name (`swin-mini` is built in), or of a bundle file."""
        handle = Handle(C.rc_source_destroy)
        Context().call(C.rc_source_open, text(name), handle.out())
        return cls(str(name), handle)

    @classmethod
    def build(
        cls,
        model: AnyPath,
        data: Union[AnyPath, Sequence[AnyPath]],
        out: AnyPath,
        settings_: Optional[Settings] = None,
        threads: int = 0,
        verbose: bool = False,
    ) -> "Source":
        """Makes a source of a model (a fetched one's name, or a folder with config.json and model.safetensors) and the
        labelled data set that it is recalibrated on; or several sets, each of which gets a head of its own. out: a name
        under which it is kept, or a file."""
        sets = [data] if isinstance(data, (str, bytes, PathLike)) else data
        paths = (ctypes.c_char_p * len(sets))(*(text(one) for one in sets))
        given = c.SourceBuildOptions(
            model=text(model), data=paths, n_data=len(sets), out=text(out), settings=settings(settings_ or {})
        )
        ask(C.rc_source_build, given, context=Context(threads, Bar() if verbose else None))
        return cls.open(out)

    @classmethod
    def distill(
        cls,
        teacher: str,
        data: Optional[AnyPath],
        out: AnyPath,
        *,
        layers: Union[int, Sequence[int], None] = None,
        student: Optional[AnyPath] = None,
        settings_: Optional[Settings] = None,
        threads: int = 0,
        verbose: bool = False,
    ) -> "Source":
        """Makes a small source of a large one, `teacher` (its name or file), on the labelled data set that this was
        made of (None: where `recraft source get` has kept that). The student has so many of the teacher's `layers` (a
        number for each stage of a Swin, or of all), or is a backbone or source of its own, `student`. out: as of
        `build`; the student's run lies beside the bundle."""
        kept = [layers] if isinstance(layers, int) else layers or ()
        given = c.DistillOptions(
            teacher=text(teacher),
            student=text(student),
            data=text(data),
            out=text(out),
            settings=settings(settings_ or {}),
            layers=text(",".join(str(n) for n in kept) or None),
        )
        ask(C.rc_distill, given, context=Context(threads, Bar() if verbose else None))
        return cls.open(out)

    @staticmethod
    def list() -> "List[Dict[str, Any]]":
        """The sources that are at hand."""
        return ask(C.rc_source_list)["sources"]

    @property
    def info(self) -> c.SourceInfo:
        """rc_source_info"""
        found = c.SourceInfo()
        check(C.rc_source_describe(self.handle, ctypes.byref(found)))
        return found

    @property
    def card(self) -> Dict[str, Any]:
        """All that was measured when it was built, as `recraft source show` has it."""
        return ask(C.rc_source_show, text(self.name))

    @property
    def features(self) -> Array:
        """Its samples' features, [N, D] float32: the source's own memory, not to be written to. Several sets lie behind
        each other."""
        return self._arrays()[0]

    @property
    def labels(self) -> Optional[Array]:
        """Its samples' labels, [N] int32; early bundles have none. Those of several sets count on from set to set."""
        return self._arrays()[1]

    def _arrays(self) -> Any:
        features, labels = c.View(), c.View()
        check(C.rc_source_features(self.handle, ctypes.byref(features), ctypes.byref(labels)))
        return array_at(features, self.handle), array_at(labels, self.handle) if labels.data else None

    def save(self, path: AnyPath) -> None:
        """As a bundle file."""
        Context().call(C.rc_source_save, self.handle, text(path))

    def embed(self, x: Any, threads: int = 0) -> Array:
        """Features [N, D] float32 of the source's backbone, mean over tokens, for samples of its own form: texts, or
        images [N, C, H, W] of as many channels."""
        texts = texts_of(x)
        with tempfile.TemporaryDirectory(prefix="recraft-") as folder:
            given, answer = Path(folder, "x.jsonl" if texts else "x.npy"), Path(folder, "answer.npy")
            if texts is None:
                write_array(given, as_array(x))
            else:
                write_texts(given, texts)
            how = c.EmbedOptions(source=text(self.name), input=text(given), output=text(answer))
            ask(C.rc_embed, how, context=Context(threads))
            return np.load(answer)

    def __repr__(self) -> str:
        info = self.info
        return f"<recraft.Source {self.name}: {info.family.decode()}, {info.classes} classes, {info.features} features>"
