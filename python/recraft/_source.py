"""Sources: pre-trained models with head, features and labels, from which target models begin (recraft/source.h)."""

from __future__ import annotations

import ctypes
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Tuple, Union

from . import _library as c
from ._context import Context, Handle, check
from . import _files
from ._data import data_of, pair_of
from ._files import Path as AnyPath
from ._files import Settings, ask
from ._given import optional, several, short, strings, text, texts as words_given, whole
from ._inputs import whole_texts
from ._library import C
from ._progress import Bar
from ._told import SourceInfo, told
from ._views import Array, array_at, as_array, empty, view_of

if TYPE_CHECKING:
    from ._model import Model


class Source:
    """A source. `Source.open("swin-mini")` takes one by its name or file, `Source.build(...)` makes one."""

    def __init__(self, name: str, handle: Handle, at_hand: bool = True) -> None:
        self.name = name
        self.handle = handle
        self._at_hand = at_hand  # can it be opened by this name?

    @classmethod
    def open(cls, name: AnyPath) -> "Source":
        """The source of this name (`swin-mini` is built in), or of a bundle file."""
        handle = Handle(C.rc_source_destroy)
        Context().call(C.rc_source_open, text(name, "name"), handle.out())
        return cls(os.fsdecode(name), handle)

    @classmethod
    def build(
        cls,
        model: AnyPath,
        data: Union[AnyPath, Sequence[AnyPath]],
        out: AnyPath,
        settings: Optional[Settings] = None,
        threads: int = 0,
        verbose: bool = False,
        device: Optional[str] = None,
    ) -> "Source":
        """Makes a source of a model's files and the labelled data set that it is recalibrated on. `from_model` does so
        in memory.

        model: a fetched one's name, or a folder with config.json and model.safetensors. data: the path of a set; or
        several, each of which gets a head of its own. out: a name under which it is kept, or a file."""
        sets = [text(data, "data")] if isinstance(data, (str, bytes, os.PathLike)) else words_given(data, "data")
        paths = (ctypes.c_char_p * len(sets))(*sets)
        given = c.SourceBuildOptions(
            model=text(model, "model"),
            data=paths,
            n_data=len(sets),
            out=text(out, "out"),
            settings=_files.settings(settings),
        )
        ask(C.rc_source_build, given, context=Context(threads, Bar() if verbose else None, device))
        return cls.open(out)

    @classmethod
    def from_model(
        cls,
        model: "Model",
        *sets: Tuple[Any, Any],
        name: str = "mine",
        settings: Optional[Settings] = None,
        threads: int = 0,
        verbose: bool = False,
    ) -> "Source":
        """Makes a source of a model in memory, whose body takes images or texts as its backbone does. Each set is a
        pair (x, y) of samples and their classes, as `Model.fit` takes them, and gets a head of its own.

        name: what it is called. settings: `source.*`, `align.epsilon`, `seed`. `save` writes it to a file."""
        from ._model import Model

        if not isinstance(model, Model):
            raise TypeError(f"model: a Model is wanted, not {short(model)}; build takes the path of one")
        data = [data_of(*pair_of(one, "sets"), settings) for one in sets]
        pointers = (ctypes.c_void_p * len(data))(*(one.pointer for one in data))
        chosen, handle = _files.options(settings), Handle(C.rc_source_destroy)
        context = Context(threads, Bar() if verbose else None)
        with model._lock:
            context.call(
                C.rc_source_from_predictor,
                model._handle,
                pointers,
                len(data),
                chosen,
                text(name, "name"),
                handle.out(),
            )
        return cls(name, handle, at_hand=False)

    @classmethod
    def distill(
        cls,
        teacher: str,
        data: Optional[AnyPath],
        out: AnyPath,
        *,
        layers: Union[int, Sequence[int], None] = None,
        student: Optional[AnyPath] = None,
        settings: Optional[Settings] = None,
        threads: int = 0,
        verbose: bool = False,
        device: Optional[str] = None,
    ) -> "Source":
        """Makes a small source of a large one, `teacher` (its name or file), on the labelled data set that this was
        made of (None: where `recraft source get` has kept that).

        The student has so many of the teacher's `layers` (a number for each stage of a Swin, or of all), or is a
        backbone or source of its own, `student`. out: as of `build`; the student's run lies beside the bundle."""
        kept = [] if layers is None else [layers] if hasattr(layers, "__index__") else several(layers, "layers")
        given = c.DistillOptions(
            teacher=text(teacher, "teacher"),
            student=optional(student, "student"),
            data=optional(data, "data"),
            out=text(out, "out"),
            settings=_files.settings(settings),
            layers=",".join(str(whole(n, "layers")) for n in kept).encode() or None,
        )
        ask(C.rc_distill, given, context=Context(threads, Bar() if verbose else None, device))
        return cls.open(out)

    @staticmethod
    def list() -> "List[Dict[str, Any]]":
        """The sources that are at hand."""
        return ask(C.rc_source_list)["sources"]

    @property
    def info(self) -> SourceInfo:
        """Its form and sizes, and what its card says."""
        found = c.SourceInfo()
        check(C.rc_source_describe(self.handle, ctypes.byref(found)))
        return told(found, SourceInfo)

    @property
    def card(self) -> Dict[str, Any]:
        """All that was measured when it was built, as `recraft source show` has it."""
        return ask(C.rc_source_card, self.handle)

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
        Context().call(C.rc_source_save, self.handle, text(path, "path"))

    def embed(self, x: Any, threads: int = 0, device: Optional[str] = None) -> Array:
        """Features [N, D] float32 of the source's backbone, the mean over tokens, for samples of its own form: texts,
        or images [N, C, H, W] of as many channels. Of sentences, lists of words, they are those of whole texts."""
        texts = whole_texts(x)
        context = Context(threads, device=device)
        array = None if texts is not None else as_array(x, "x")
        n = len(texts or ()) if array is None else len(array)
        found, view = empty((n, self.info.outputs), "features")
        if array is None:
            context.call(C.rc_source_apply_texts, self.handle, n, strings(texts or (), "x"), view)
        else:
            context.call(C.rc_source_apply, self.handle, view_of(array, "x"), view)
        return found

    def __deepcopy__(self, _: Any) -> "Source":
        return self  # it does not change

    def __reduce__(self) -> Any:
        """By its name or file, where it has one."""
        if self._at_hand:
            return Source.open, (self.name,)
        with tempfile.TemporaryDirectory(prefix="recraft-") as place:
            self.save(Path(place, "it.safetensors"))
            return _of_bytes, (self.name, Path(place, "it.safetensors").read_bytes())

    def __repr__(self) -> str:
        info = self.info
        return f"<recraft.Source {self.name}: {info.family}, {info.classes} classes, {info.features} features>"


def _of_bytes(name: str, bundle: bytes) -> Source:
    with tempfile.TemporaryDirectory(prefix="recraft-") as place:
        file = Path(place, "it.safetensors")
        file.write_bytes(bundle)
        return Source(name, Source.open(file).handle, at_hand=False)
