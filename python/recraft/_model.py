"""A trained model (recraft/predictor.h)."""

from __future__ import annotations

import ctypes
import itertools
import json
import math
import shutil
import tempfile
import threading
import weakref
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Union

import numpy as np

from . import _library as c
from ._context import Context, Handle, check
from ._curves import page_of
from ._data import data_of
from ._files import Path as AnyPath
from ._files import Settings, ask, options, strings, text
from ._inputs import by_sentence, cells_of_texts, counts_of, flat, is_frame, is_mixed, names_of, rows_of, texts_of, words_of
from ._library import C
from ._progress import Bar
from ._source import Source
from ._views import Array, as_array, dtype_of, empty, pointer, view_of

Epoch = Dict[str, Any]
"""One epoch: stage, epoch (from 1; 0 before anything was learnt), seconds, lr, train_loss, valid_loss, valid_metric,
metric; of stage 1 loss, distance, conditional_entropy, information (nats); of `auto`, or of several sources, candidate: the
name of the one that is trained. What a stage does not have is missing."""
Callback = Callable[[Epoch], Optional[bool]]
"""Is given each epoch when it is done; returns False to end the stage, as if its epochs were done."""

_ANSWER, _PROBABILITIES, _FEATURES, _TOKENS = range(4)  # rc_wanted


class Model:
    """A trained model. `Model.load(run)` takes the one of a run folder, `Model.fit(...)` trains one.

    It can be pickled and copied. Several threads may use it; they wait for each other."""

    def __init__(self, handle: Handle, folder: Optional[Path] = None) -> None:
        self._handle = handle
        self._folder = folder  # where its files are, if anywhere
        self._is_of_run = folder is not None
        self._lock = threading.Lock()
        self._epochs: List[Epoch] = []

    @classmethod
    def load(cls, run: AnyPath) -> "Model":
        """The model of a finished run folder, of the program or of `save`."""
        handle = Handle(C.rc_predictor_destroy)
        Context().call(C.rc_predictor_load, text(run), handle.out())
        model = cls(handle, Path(run).absolute())
        history = Path(run) / "metrics.jsonl"
        if history.exists():
            model._epochs = [json.loads(line) for line in history.read_text(encoding="utf-8").splitlines()]
        return model

    @classmethod
    def fit(
        cls,
        x: Any,
        y: Any = None,
        *,
        method: str = "auto",
        source: Union[str, Sequence[str], Source, None] = None,
        settings: Optional[Settings] = None,
        class_names: Optional[Sequence[str]] = None,
        sample_weight: Any = None,
        texts: Optional[Sequence[Any]] = None,
        teacher: Union["Model", Source, None] = None,
        unlabelled: Any = None,
        unpaired: Any = None,
        callback: Optional[Callback] = None,
        threads: int = 0,
        verbose: bool = False,
    ) -> "Model":
        """Trains on samples x and targets y, or on a data set's path x, as `recraft fit --data` takes it.

        Parameters
        ----------
        x : array [N, F], [N, C, L] or [N, C, H, W]; frame of N rows; list of N texts; list of N sentences, which are
            lists of words; or a path. Several inputs of each
            sample are a dict of such arrays by name, "x" among them; a row of NaN is a missing input. All but x may be
            texts, None where one is missing.
        y : whole numbers [N] from 0: classes; [N, K] of 0 and 1: labels; floats [N], [N, ...]: numbers or fields. Of
            sentences a list of labels for each, one for every word.
        method, source : as the program has them, a `Source`, too; several sources are combined. The source of `distill` is the
            student's. `auto` keeps its candidates in a temporary folder while it works; all
            else is in memory.
        settings : {"fit.lr": 0.001, ...}, those of `recraft fit --help`.
        class_names : [K], of the classes.
        sample_weight : [N], from 0: how much each sample counts in the loss that is trained, over the mean of all.
            Scores are without weights. Of arrays only.
        texts : of a frame the columns that hold whole texts. Each is an input of its own, which the source reads with
            its tokenizer; a missing one is None. None: where `source` is one of texts, and `method` reads them, the
            columns of free text (at most three; mostly different, of five words or more in the mean), else none, which a
            note tells.
        teacher : of the method `distill` the model that it learns from, or the source; in place of the setting
            `distill.teacher`, a path. It stays as it is.
        unlabelled : more samples, in the form of x, of which no targets are known: `distill` and stage 1 learn from them,
            too. Of sentences also whole ones, as texts.
        unpaired : of `distill` a pair (x, y) that the teacher alone knows, in place of `distill.unpaired`.
        callback : is given each epoch; of `auto`, or of several sources, those of all candidates.
        threads, verbose : at most so many threads (0: as OpenMP gives); show the progress.

        A `KeyboardInterrupt` that ends the training has the best model so far as `model`, if there is one."""
        settings = settings or {}
        reads: Union[bool, Sequence[Any]] = (
            names_of(texts) if texts is not None else is_mixed(x) and _reads_texts(method, source)
        )
        data = data_of(x, y, settings, class_names, sample_weight, reads, unlabelled=unlabelled)
        own = None if unpaired is None else data_of(unpaired[0], unpaired[1], settings)
        return cls._fit_data(data, method, source, settings, teacher, own, callback, threads, verbose)

    @classmethod
    def _fit_data(
        cls,
        data: Handle,
        method: str,
        source: Union[str, Sequence[str], Source, None],
        settings_: Settings,
        teacher: Union["Model", Source, None],
        unpaired: Optional[Handle],
        callback: Optional[Callback],
        threads: int,
        verbose: bool,
    ) -> "Model":
        model = cls(Handle(C.rc_predictor_destroy))
        context = Context(threads, Bar() if verbose else None)
        chosen = options(settings_)
        how = c.FitHow(
            method=method.encode(),
            options=chosen.pointer,
            epoch=c.EPOCH(model._listener(context, callback)),
            unpaired=unpaired and unpaired.pointer,
        )
        if isinstance(source, Source):
            how.source = source.handle.pointer
        else:
            how.sources = text(source if source is None or isinstance(source, str) else ",".join(source))
        if isinstance(teacher, Source):
            how.teacher_source = teacher.handle.pointer
        elif teacher is not None:
            how.teacher = teacher._handle.pointer
        try:
            with teacher._lock if isinstance(teacher, Model) else threading.Lock():
                context.call(C.rc_predictor_fit, data, ctypes.byref(how), model._handle.out())
        except KeyboardInterrupt as pressed:
            if model._handle:
                pressed.model = model  # type: ignore[attr-defined]
            raise
        return model

    def _listener(self, context: Context, callback: Optional[Callback]) -> Callable[[Any, Any], bool]:
        def hear(_: Any, told: Any) -> bool:
            epoch = _epoch_of(told.contents)
            if "candidate" not in epoch:  # those of several models are the history of none
                self._epochs.append(epoch)
            try:
                return callback is None or callback(epoch) is not False
            except BaseException as error:
                context.fail(error)
                return False

        return hear

    # ---- what it is ----

    @property
    def _place(self) -> Dict[str, Any]:
        """Where the library finds it, as fields of options: the run that it was loaded from, or itself."""
        return {"run": text(self._folder)} if self._is_of_run else {"model": self._handle.pointer}

    @property
    def info(self) -> c.PredictorInfo:
        """rc_predictor_info"""
        found = c.PredictorInfo()
        check(C.rc_predictor_describe(self._handle, ctypes.byref(found)))
        return found

    @property
    def result(self) -> Dict[str, Any]:
        """method, source, metric (lower is better), its values valid and test, test_loss, best_epoch, epochs, seconds,
        parameters, trainable, weights ("int8": they have 8 bits), notes. None: not known.

        Of the method `distill` also teacher, student, layers (those kept of the teacher) and distillation, where
        teacher and student stand side by side: of each valid, test, parameters, mb, and milliseconds for one answer,
        asked alone (ms) and out of a batch (ms_in_batch, batch); note says what to know of the scores. Without pairs
        unpaired has data, distance and optimum."""
        info = self.info
        notes: List[str] = []
        while (note := C.rc_predictor_note(self._handle, len(notes))) is not None:
            notes.append(note.decode())
        words = {key: getattr(info, key).decode() or None for key in ("method", "source", "metric", "weights")}
        numbers = ("valid", "test", "test_loss", "best_epoch", "epochs", "seconds", "parameters", "trainable")
        taught = self._distillation() if info.distilled else {}
        return {**words, **{key: _known(getattr(info, key)) for key in numbers}, **taught, "notes": notes}

    def _distillation(self) -> Dict[str, Any]:
        """As result.json of a run has it."""
        d = c.Distillation()
        check(C.rc_predictor_distillation(self._handle, ctypes.byref(d)))
        both: Dict[str, Any] = {"teacher": _side_of(d, 0), "student": _side_of(d, 1)}
        if d.note:
            both["note"] = d.note.decode()
        told = {"teacher": d.teacher.decode(), "distillation": both}
        if d.unpaired:
            optimum = {"optimum": "local"} if d.local else {}
            told["unpaired"] = {"data": d.unpaired.decode(), "distance": d.distance.decode(), **optimum}
        return {**told, **({"layers": d.layer[: d.layers]} if d.layers else {"student": d.student.decode()})}

    @property
    def candidates(self) -> List[Dict[str, Any]]:
        """What `auto`, or a method from several sources, has tried, the best first: name, method, source, settings, epochs, best_epoch,
        dropped, valid, valid_loss, out_of_fold, out_of_fold_loss, seconds, weight (its share in the answer). None: not
        known. Empty after other methods."""
        return [self._candidate(i) for i in range(self.info.candidates)]

    def _candidate(self, i: int) -> Dict[str, Any]:
        found = c.Candidate()
        check(C.rc_predictor_candidate(self._handle, i, ctypes.byref(found)))
        told = {key: getattr(found, key) for key, *_ in found._fields_ if key not in ("size", "setting")}
        words = {key: value.decode() or None for key, value in told.items() if isinstance(value, bytes)}
        settings = [line.decode() for line in found.setting if line is not None]
        return {**{key: _known(value) for key, value in told.items()}, **words, "settings": settings}

    @property
    def history(self) -> List[Epoch]:
        """The epochs of all stages, in order."""
        return list(self._epochs)

    # ---- using it ----

    def predict(self, x: Any, threads: int = 0) -> Any:
        """The likeliest class [N], or which labels are there [N, K], int64; else numbers [N, ...] in the target's
        units, quantiles [N, quantiles * numbers] (of all numbers the lowest first), risks [N, 1], or probabilities
        [N, K, ...] of classes of points. x: samples as the model was trained on, arrays or a list of texts; of several
        inputs a dict, in which an input that is missing in all samples may be left out.

        Of sentences, here and below, what is said of their words: a list with an array for each, [words] or [words, K].
        A word beyond the tokens that the model reads has -1, and as a probability NaN.

        Numbers that come out, here and below, are float64 where x is, else float32; they are computed in float32."""
        return self._apply(_ANSWER, x, threads)

    def predict_proba(self, x: Any, threads: int = 0) -> Any:
        """Probabilities [N, K] of classes or labels, [N, ...] of masks, [N, K, ...] of classes of points."""
        return self._apply(_PROBABILITIES, x, threads)

    def embed(self, x: Any, threads: int = 0, pool: bool = True) -> Array:
        """Features [N, D], the mean over tokens of the last hidden state; without pool all, [N, T, D]. Plain predictors
        have none."""
        return self._apply(_FEATURES if pool else _TOKENS, x, threads)

    def _apply(self, wanted: int, x: Any, threads: int) -> Any:
        if isinstance(x, Mapping):
            return self._apply_inputs(wanted, x, threads)
        sentences = words_of(x)
        if sentences is not None:
            return self._apply_words(wanted, sentences, threads)
        texts = texts_of(x)
        if texts is not None:
            x = self._ids_of(texts, threads)
        if is_frame(x) and (is_mixed(x) or self.info.rows):
            return self._answer(C.rc_predictor_apply_rows, wanted, rows_of(x), len(x), np.float32, threads)
        array = as_array(x)
        return self._answer(C.rc_predictor_apply, wanted, view_of(array, "X"), len(array), array.dtype, threads)

    def _apply_words(self, wanted: int, sentences: List[List[str]], threads: int) -> List[Array]:
        counts, words = counts_of(sentences), flat(sentences)
        given = (len(counts), counts, strings(words))
        found = self._answer(C.rc_predictor_apply_words, wanted, given, len(words), np.float32, threads)
        return by_sentence(found, sentences)

    def _apply_inputs(self, wanted: int, x: Mapping[str, Any], threads: int) -> Array:
        arrays = {name: self._ids_of_input(name, array, threads) for name, array in x.items()}
        views = [c.InputView(name.encode(), pointer(view_of(array, name))) for name, array in arrays.items()]
        given = (c.InputView * len(views))(*views)
        n, like = (len(next(iter(arrays.values()))), next(iter(arrays.values())).dtype) if arrays else (1, np.float32)
        return self._answer(C.rc_predictor_apply_inputs, wanted, (len(views), given), n, like, threads)

    def _answer(self, function: Any, wanted: int, x: Any, n: int, like: Any, threads: int) -> Array:
        out = c.View()
        check(C.rc_predictor_shape(self._handle, wanted, n, ctypes.byref(out)))
        dtype = dtype_of(out)
        if dtype.kind == "f" and like == np.float64:
            dtype = np.dtype(like)
        found, found_view = empty(tuple(out.shape[: out.dims]), "answer", dtype)
        with self._lock:
            Context(threads).call(function, self._handle, wanted, *(x if isinstance(x, tuple) else (x,)), found_view)
        return found

    def _ids_of(self, texts: List[str], threads: int) -> Array:
        """The token ids of texts."""
        info = self.info
        ids, view = empty((len(texts), info.x_shape[0]), "ids", np.dtype("int32"))
        Context(threads).call(C.rc_predictor_encode, self._handle, len(texts), strings(texts), view)
        return ids

    def _ids_of_input(self, name: str, given: Any, threads: int) -> Array:
        """An input as an array: of texts their token ids."""
        texts = cells_of_texts(given)
        found, k = c.InputInfo(), 0
        if texts is None:
            return as_array(given)
        while C.rc_predictor_input(self._handle, k, ctypes.byref(found)) == 0 and found.name.decode() != name:
            k += 1
        ids, view = empty((len(texts), found.shape[0]), name, np.dtype("int32"))
        Context(threads).call(
            C.rc_predictor_encode_input, self._handle, name.encode(), len(texts), strings(texts), view
        )
        return ids

    # ---- files ----

    def _in_folder(self) -> Path:
        """A folder with its files."""
        if self._folder is None:
            place = tempfile.TemporaryDirectory(prefix="recraft-")
            self._folder = Path(place.name) / "run"
            Context().call(C.rc_predictor_save, self._handle, text(self._folder))
            weakref.finalize(self, place.cleanup)
        return self._folder

    def save(self, path: AnyPath) -> None:
        """As a run folder, which must not be there yet. `recraft predict --run` takes it, too."""
        if self._folder is None:
            Context().call(C.rc_predictor_save, self._handle, text(path))
        else:
            shutil.copytree(self._folder, path, ignore=shutil.ignore_patterns("checkpoint"))

    def evaluate(self, data: AnyPath) -> Dict[str, Any]:
        """Scores on the test part of a data set, as `recraft eval` has them."""
        return ask(C.rc_eval, text(self._in_folder()), text(data))

    def export(
        self,
        path: AnyPath,
        to: str,
        x: Any = None,
        y: Any = None,
        settings: Optional[Settings] = None,
        threads: int = 0,
    ) -> Dict[str, Any]:
        """Writes the model for other programs, as `recraft export` does (docs/export.md), and gives what it tells.

        Parameters
        ----------
        path : the file or folder that is made. A folder must not be there yet.
        to : what is made. `onnx`: a file .onnx, from samples in the units of the training data, float32 [batch, ...], or
            token ids and mask, int64 [batch, tokens], to probabilities [batch, classes] or values in the target's
            units. `hf`: a folder of transformers. `peft`: a folder of low-rank adapters. `npz`: a file of all arrays by
            name. `int8`: a run folder with 8-bit weights, which `Model.load` takes, and which does not learn any more.
        x, y, settings : what a model was fitted to, as `fit` took it, where that was in memory: `int8` then tells what 8
            bits cost on its validation part. The model of a run finds its data itself. Without data nothing is
            measured, and a note says so.

        Returns
        -------
        to, output, and run, where it is the model of one; of `onnx` inputs, answer, opset, classes; of `hf` class; of
        `peft` adapters and of `npz` arrays, their numbers; of `int8` notes, and int8: metric, its values before and after
        on n samples of a part, and mb_before and mb, the sizes of the model files in MB."""
        data = None if x is None else data_of(x, y, settings or {}, like=self._handle)
        place = self._place if data is None else {"model": self._handle.pointer, "measure": data.pointer}
        given = c.ExportOptions(to=text(to), out=text(path), **place)
        with self._lock:
            return ask(C.rc_export, given, context=Context(threads))

    def report(self, path: AnyPath) -> None:
        """Writes one self-contained HTML page."""
        given = c.ReportOptions(run=text(self._in_folder()), output=text(path), seconds=-1)
        Context().call_on_files(C.rc_report, ctypes.byref(given))

    def __getstate__(self) -> Dict[str, bytes]:
        with tempfile.TemporaryDirectory(prefix="recraft-") as place:
            self.save(Path(place) / "run")
            files = [path for path in Path(place, "run").rglob("*") if path.is_file()]
            return {str(path.relative_to(Path(place, "run"))): path.read_bytes() for path in files}

    def __setstate__(self, state: Dict[str, bytes]) -> None:
        place = tempfile.TemporaryDirectory(prefix="recraft-")
        for name, content in state.items():
            path = Path(place.name, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self.__dict__ = Model.load(place.name).__dict__
        weakref.finalize(self, place.cleanup)

    def __repr__(self) -> str:
        result = self.result
        return f"<recraft.Model {result['method']}: {result['metric']} {result['valid']} on validation>"

    def _repr_html_(self) -> str:
        return page_of(self.result, self.history)


def _reads_texts(method: str, source: Union[str, Sequence[str], Source, None]) -> bool:
    """Does the method read texts beside numbers, with one source, which was trained on text?"""
    if isinstance(source, str) and "," not in source and source != "auto" and _takes_texts(method):
        source = Source.open(source)
    return isinstance(source, Source) and _takes_texts(method) and bool(source.info.texts)


def _takes_texts(method: str) -> bool:
    about = c.MethodAbout()
    for row in itertools.count():
        if not C.rc_method_at(row, ctypes.byref(about)):
            break
        if about.name.decode() == method:
            return bool(about.texts)
    return True  # there is no such method, as the fit will say


def _side_of(both: c.Distillation, side: int) -> Dict[str, Any]:
    """What result.json has of one of the two."""
    keys = ("valid", "test", "parameters", "mb", "ms", "ms_in_batch", "batch")
    told = {key: _known(getattr(both, key)[side]) for key in keys}
    plain = told["parameters"] == 0
    return {key: value for key, value in told.items() if not (plain and key in ("parameters", "mb"))}


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def _epoch_of(told: c.Epoch) -> Epoch:
    names = {"learning_rate": "lr"}
    values = {names.get(key, key): getattr(told, key) for key, *_ in told._fields_ if key != "size"}
    known = {key: value for key, value in values.items() if _known(value) is not None}
    return {key: value.decode() if isinstance(value, bytes) else value for key, value in known.items()}
