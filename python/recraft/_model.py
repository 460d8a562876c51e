"""A trained model (recraft/predictor.h)."""

from __future__ import annotations

import ctypes
import itertools
import json
import os
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
from ._data import data_of, pair_of
from ._files import Path as AnyPath
from ._files import Settings, ask, options
from ._files import settings as settings_of
from ._given import callback as function_or_none
from ._given import optional, short, strings, text, texts as words_given
from ._inputs import (
    by_sentence,
    cells_of_texts,
    counts_of,
    flat,
    is_frame,
    is_mixed,
    names_of,
    rows_of,
    texts_of,
    whole_texts,
    words_of,
)
from ._library import C
from ._progress import Bar
from ._source import Source
from ._told import ModelInfo, told, value_of
from ._views import Array, as_array, dtype_of, empty, pointer, view_of
from .errors import ConfigError, FileError

Epoch = Dict[str, Any]
"""One epoch: stage, epoch (from 1; 0 before anything was learnt), seconds, lr, train_loss, valid_loss, valid_metric,
metric; of stage 1 loss, distance, conditional_entropy, information (nats); of `auto`, or of several sources, candidate:
the name of the one that is trained. What a stage does not have is missing."""
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
    def load(cls, run: AnyPath, *, device: Optional[str] = None) -> "Model":
        """The model of a finished run folder, of the program or of `save`. device: what it computes on, as of `fit`."""
        handle = Handle(C.rc_predictor_destroy)
        folder = text(run, "run")
        Context(device=device).call(C.rc_predictor_load, folder, handle.out())
        model = cls(handle, Path(os.fsdecode(folder)).absolute())
        history = Path(os.fsdecode(folder)) / "metrics.jsonl"
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
        device: Optional[str] = None,
    ) -> "Model":
        """Trains on samples x and targets y, or on a data set's path x, as `recraft fit --data` takes it.

        Parameters
        ----------
        x : array [N, F], [N, C, L] or [N, C, H, W]; frame of N rows; list of N texts; list of N sentences, which are
            lists of words; or a path. Several inputs of each sample are a dict of such arrays by name, "x" among them;
            a row of NaN is a missing input. All but x may be texts, None where one is missing.
        y : whole numbers [N] from 0: classes; [N, K] of 0 and 1: labels; floats [N], [N, ...]: numbers or fields. Of
            sentences a list of labels for each, one for every word.
        method, source : as the program has them, a `Source`, too; several sources are combined. The source of `distill`
            is the student's. `auto` keeps its candidates in a temporary folder while it works; all else is in memory.
        settings : {"fit.lr": 0.001, ...}, those of `recraft fit --help`.
        class_names : [K], of the classes.
        sample_weight : [N], from 0: how much each sample counts in the loss that is trained, over the mean of all.
            Scores are without weights. Of sentences there is one for each.
        texts : of a frame the columns that hold whole texts. Each is an input of its own, which the source reads with
            its tokenizer; a missing one is None. None: the columns of free text, where `source` is one of texts and
            `method` reads them; else none, which a note tells. These are at most three, mostly different, of five words
            or more in the mean.
        teacher : of the method `distill` the model that it learns from, or the source; in place of the setting
            `distill.teacher`, a path. It stays as it is.
        unlabelled : more samples, in the form of x, of which no targets are known: `distill` and stage 1 learn from
            them, too. Of sentences also whole ones, as texts.
        unpaired : of `distill` a pair (x, y) that the teacher alone knows, in place of `distill.unpaired`.
        callback : is given each epoch; of `auto`, or of several sources, those of all candidates.
        threads, verbose : at most so many threads (0: as OpenMP gives); show the progress.
        device : what computes, in the fit and later: `cpu`, `cuda`, `opencl`, `cuda:1`; `auto`: a card if there is one.
            None: as the setting `model.device` says.

        A `KeyboardInterrupt` that ends the training has the best model so far as `model`, if there is one."""
        reads: Union[bool, Sequence[Any]] = (
            names_of(texts) if texts is not None else is_mixed(x) and _reads_texts(method, source)
        )
        data = data_of(x, y, settings, class_names, sample_weight, reads, unlabelled=unlabelled)
        own = None if unpaired is None else data_of(*pair_of(unpaired, "unpaired"), settings)
        model = cls(Handle(C.rc_predictor_destroy))
        context = Context(threads, Bar() if verbose else None, device)
        chosen = options(settings)
        how = c.FitHow(
            method=text(method, "method"),
            options=chosen.pointer,
            epoch=c.EPOCH(model._listener(context, callback)),
            unpaired=own and own.pointer,
        )
        if isinstance(source, Source):
            how.source = source.handle.pointer
        elif source is None or isinstance(source, (str, os.PathLike)):
            how.sources = optional(source, "source")
        else:
            how.sources = b",".join(words_given(source, "source"))
        if isinstance(teacher, Source):
            how.teacher_source = teacher.handle.pointer
        elif isinstance(teacher, Model):
            how.teacher = teacher._handle.pointer
        elif teacher is not None:
            raise TypeError(f"teacher: a Model or a Source is wanted, not {short(teacher)}")
        try:
            with teacher._lock if isinstance(teacher, Model) else threading.Lock():
                context.call(C.rc_predictor_fit, data, ctypes.byref(how), model._handle.out())
        except KeyboardInterrupt as pressed:
            if model._handle:
                pressed.model = model  # type: ignore[attr-defined]
            raise
        return model

    def refine(
        self,
        x: Any,
        y: Any = None,
        *,
        settings: Optional[Settings] = None,
        sample_weight: Any = None,
        unlabelled: Any = None,
        callback: Optional[Callback] = None,
        threads: int = 0,
        verbose: bool = False,
    ) -> "Model":
        """Goes on learning from samples of the same form and kind of target, and gives the model itself.

        Parameters are those of `fit`. settings: `fit.*`, for how long and what learns; normalisers, loss and metric
        stay. Plain predictors and models with 8-bit weights cannot. Where it fails the model is as far as it had come,
        and after a `KeyboardInterrupt` it is the best of that."""
        data = data_of(x, y, settings, None, sample_weight, like=self._encoders, unlabelled=unlabelled)
        context = Context(threads, Bar() if verbose else None)
        chosen = options(settings)
        how = c.FitHow(options=chosen.pointer, epoch=c.EPOCH(self._listener(context, callback)))
        with self._lock:
            self._folder, self._is_of_run = None, False  # those files are of the model before
            context.call(C.rc_predictor_refine, self._handle, data, ctypes.byref(how))
        return self

    @property
    def _encoders(self) -> Optional[Handle]:
        """The object that makes numbers of a frame, if it keeps encoders."""
        return self._handle if self.info.rows else None

    def _listener(self, context: Context, callback: Optional[Callback]) -> Callable[[Any, Any], bool]:
        function_or_none(callback)

        def hear(_: Any, happened: Any) -> bool:
            epoch = _epoch_of(happened.contents)
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
        return {"run": os.fsencode(self._kept)} if self._is_of_run and self._kept else {"model": self._handle.pointer}

    @property
    def _kept(self) -> Optional[Path]:
        """The folder where its files are, if that is still there."""
        return self._folder if self._folder is not None and self._folder.is_dir() else None

    @property
    def info(self) -> ModelInfo:
        """Its form, sizes and scores."""
        found = c.PredictorInfo()
        check(C.rc_predictor_describe(self._handle, ctypes.byref(found)))
        return told(found, ModelInfo)

    @property
    def result(self) -> Dict[str, Any]:
        """method, source, metric (lower is better), its values valid and test, test_loss, best_epoch, epochs, seconds,
        parameters, trainable, weights ("int8": they have 8 bits), notes. None: not known.

        Of the method `distill` also teacher, student, layers (those kept of the teacher) and distillation, where
        teacher and student stand side by side. Of each it has valid, test, parameters, mb, and milliseconds for one
        answer, asked alone (ms) and out of a batch (ms_in_batch, batch); note says what to know of the scores. Without
        pairs unpaired has data, distance and optimum."""
        info = self.info
        notes: List[str] = []
        while (note := C.rc_predictor_note(self._handle, len(notes))) is not None:
            notes.append(note.decode())
        keys = (
            "method source metric weights valid test test_loss best_epoch epochs seconds parameters trainable".split()
        )
        taught = self._distillation() if info.distilled else {}
        return {**{key: getattr(info, key) for key in keys}, **taught, "notes": notes}

    def _distillation(self) -> Dict[str, Any]:
        """As result.json of a run has it."""
        d = c.Distillation()
        check(C.rc_predictor_distillation(self._handle, ctypes.byref(d)))
        both: Dict[str, Any] = {"teacher": _side_of(d, 0), "student": _side_of(d, 1)}
        if d.note:
            both["note"] = d.note.decode()
        result = {"teacher": d.teacher.decode(), "distillation": both}
        if d.unpaired:
            optimum = {"optimum": "local"} if d.local else {}
            result["unpaired"] = {"data": d.unpaired.decode(), "distance": d.distance.decode(), **optimum}
        return {**result, **({"layers": d.layer[: d.layers]} if d.layers else {"student": d.student.decode()})}

    @property
    def candidates(self) -> List[Dict[str, Any]]:
        """What `auto`, or a method from several sources, has tried, the best first: name, method, source, settings,
        epochs, best_epoch, dropped, valid, valid_loss, out_of_fold, out_of_fold_loss, seconds, weight (its share in the
        answer). None: not known. Empty after other methods."""
        return [self._candidate(i) for i in range(self.info.candidates)]

    def _candidate(self, i: int) -> Dict[str, Any]:
        found = c.Candidate()
        check(C.rc_predictor_candidate(self._handle, i, ctypes.byref(found)))
        settings = [line.decode() for line in found.setting if line is not None]
        keys = [key for key, *_ in found._fields_ if key not in ("size", "setting")]
        return {**{key: value_of(getattr(found, key)) for key in keys}, "settings": settings}

    @property
    def history(self) -> List[Epoch]:
        """The epochs of all stages, in order."""
        return list(self._epochs)

    # ---- using it ----

    def predict(self, x: Any, threads: int = 0) -> Any:
        """The likeliest class [N], or which labels are there [N, K], int64; else numbers [N, ...] in the target's
        units, quantiles [N, quantiles * numbers] (of all numbers the lowest first), risks [N, 1], or probabilities
        [N, K, ...] of classes of points.

        x: samples as the model was trained on, arrays or a list of texts; of several inputs a dict, in which an input
        that is missing in all samples may be left out.

        Of sentences, here and below, what is said of their words: a list with an array for each, [words] or [words, K].
        A word beyond the tokens that the model reads has -1, and as a probability NaN.

        Numbers that come out, here and below, are float64 where x is, else float32; they are computed in float32."""
        return self._apply(_ANSWER, x, threads)

    def predict_proba(self, x: Any, threads: int = 0) -> Any:
        """Probabilities [N, K] of classes or labels, [N, ...] of masks, [N, K, ...] of classes of points."""
        return self._apply(_PROBABILITIES, x, threads)

    def embed(self, x: Any, threads: int = 0, pool: bool = True) -> Array:
        """Features [N, D], the mean over tokens of the last hidden state; without pool all, [N, T, D]. Plain predictors
        have none. Of sentences these are those of whole texts, their words with blanks between them."""
        return self._apply(_FEATURES if pool else _TOKENS, x, threads)

    def _apply(self, wanted: int, x: Any, threads: int) -> Any:
        if isinstance(x, Mapping):
            return self._apply_inputs(wanted, x, threads)
        sentences = words_of(x) if wanted in (_ANSWER, _PROBABILITIES) else None
        if sentences is not None:
            return self._apply_words(wanted, sentences, threads)
        texts = whole_texts(x)
        if texts is not None:
            x = self._ids_of(texts, threads)
        if is_frame(x) and (is_mixed(x) or self.info.rows):
            return self._answer(C.rc_predictor_apply_rows, wanted, rows_of(x), len(x), np.float32, threads)
        array = as_array(x, "x")
        return self._answer(C.rc_predictor_apply, wanted, view_of(array, "x"), len(array), array.dtype, threads)

    def _apply_words(self, wanted: int, sentences: List[List[str]], threads: int) -> List[Array]:
        counts, words = counts_of(sentences), flat(sentences)
        given = (len(counts), counts, strings(words, "x"))
        found = self._answer(C.rc_predictor_apply_words, wanted, given, len(words), np.float32, threads)
        return by_sentence(found, sentences)

    def _apply_inputs(self, wanted: int, x: Mapping[str, Any], threads: int) -> Array:
        arrays = {name: self._ids_of_input(name, array, threads) for name, array in x.items()}
        views = [
            c.InputView(text(name, "the name of an input"), pointer(view_of(array, name)))
            for name, array in arrays.items()
        ]
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
        tokens = info.x_shape[0] if info.texts else 1  # or the library says that it takes none
        ids, view = empty((len(texts), tokens), "ids", np.dtype("int32"))
        Context(threads).call(C.rc_predictor_encode, self._handle, len(texts), strings(texts, "x"), view)
        return ids

    def _ids_of_input(self, name: str, given: Any, threads: int) -> Array:
        """An input as an array: of texts their token ids."""
        texts = cells_of_texts(given)
        found, k = c.InputInfo(), 0
        if texts is None:
            return as_array(given, name)
        while C.rc_predictor_input(self._handle, k, ctypes.byref(found)) == 0 and found.name.decode() != name:
            k += 1
        ids, view = empty((len(texts), found.shape[0]), name, np.dtype("int32"))
        Context(threads).call(
            C.rc_predictor_encode_input,
            self._handle,
            text(name, "the name of an input"),
            len(texts),
            strings(texts, name),
            view,
        )
        return ids

    # ---- files ----

    def _in_folder(self) -> Path:
        """A folder with its files."""
        if self._kept is None:
            place = tempfile.TemporaryDirectory(prefix="recraft-")
            weakref.finalize(self, place.cleanup)
            folder = Path(place.name) / "run"
            Context().call(C.rc_predictor_save, self._handle, os.fsencode(folder))
            self._folder = folder
        return self._folder  # type: ignore[return-value]

    def save(self, path: AnyPath) -> None:
        """As a run folder, which must not be there yet. `recraft predict --run` takes it, too."""
        out = text(path, "path")
        if os.path.lexists(out):
            raise ConfigError(f"{os.fsdecode(out)}: exists already; choose another path")
        if self._kept is None:
            Context().call(C.rc_predictor_save, self._handle, out)
            return
        try:
            shutil.copytree(self._kept, os.fsdecode(out), ignore=shutil.ignore_patterns("checkpoint"))
        except OSError as error:
            raise FileError(f"{os.fsdecode(out)}: cannot be written: {error}") from error

    def score(self, x: Any, y: Any, threads: int = 0) -> Dict[str, Any]:
        """Scores on samples x and their targets y, as `fit` takes them: metric and value (the model's own, lower is
        better), loss, samples, and scores, where each usual metric of such targets has its value."""
        data = data_of(x, y, None, like=self._encoders)
        found = c.Scores()
        with self._lock:
            Context(threads).call(C.rc_predictor_score, self._handle, data, 0, ctypes.byref(found))
        scores = {found.name[k].decode(): found.values[k] for k in range(found.count)}
        keys = ("metric", "value", "loss", "samples")
        return {**{key: value_of(getattr(found, key)) for key in keys}, "scores": scores}

    def evaluate(self, data: AnyPath) -> Dict[str, Any]:
        """Scores on the test part of the data set at this path, as `recraft eval` has them."""
        return ask(C.rc_eval, os.fsencode(self._in_folder()), text(data, "data"))

    def predict_files(
        self,
        data: AnyPath,
        output: AnyPath,
        *,
        part: Optional[str] = None,
        settings: Optional[Settings] = None,
        threads: int = 0,
    ) -> Dict[str, Any]:
        """Writes answers for what is in files, as `recraft predict` does: what is asked is read by batches, and answers
        are written as they come, so that neither need fit in memory (docs/large-data.md).

        Parameters
        ----------
        data : what the model's data were made from, or arrays: an .npy, or a folder or file with x, or with x_test and
            so on; in a folder also in shards.
        output : .csv or .jsonl, with names of classes; or .npy: probabilities, or numbers in the target's units.
        part : `train`, `valid`, `test` or `unlabelled`: whose x of a data set; None: x, or the only part.
        settings : {"data.memory": 512}: what takes more than so many MiB is read by pieces.

        Returns
        -------
        output, n, shape, notes; windows of recordings; scores, where raw files have labels."""
        given = c.PredictOptions(
            run=os.fsencode(self._in_folder()),
            input=text(data, "data"),
            output=text(output, "output"),
            settings=settings_of(settings),
            part=optional(part, "part"),
        )
        return ask(C.rc_predict, given, context=Context(threads))

    def embed_files(
        self,
        data: AnyPath,
        output: AnyPath,
        *,
        pool: bool = True,
        part: Optional[str] = None,
        settings: Optional[Settings] = None,
        threads: int = 0,
    ) -> Dict[str, Any]:
        """The same of features, as `recraft embed --run` has them: .csv, .jsonl or .npy of what `embed` gives."""
        given = c.EmbedOptions(
            run=os.fsencode(self._in_folder()),
            input=text(data, "data"),
            output=text(output, "output"),
            pool=b"mean" if pool else b"none",
            settings=settings_of(settings),
            part=optional(part, "part"),
        )
        return ask(C.rc_embed, given, context=Context(threads))

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
        to : what is made. `onnx`: a file .onnx, from samples in the units of the training data, float32 [batch, ...],
            or token ids and mask, int64 [batch, tokens]; to probabilities [batch, classes] or values in the target's
            units. `hf`: a folder of transformers. `peft`: a folder of low-rank adapters. `npz`: a file of all arrays by
            name. `int8`: a run folder with 8-bit weights, which `Model.load` takes, and which does not learn any more.
        x, y, settings : what a model was fitted to, as `fit` took it, where that was in memory: `int8` then tells what
            8 bits cost on its validation part. The model of a run finds its data itself. Without data nothing is
            measured, and a note says so.

        Returns
        -------
        to, output, and run, where it is the model of one; of `onnx` inputs, answer, opset, classes; of `hf` class; of
        `peft` adapters and of `npz` arrays, their numbers; of `int8` notes, and int8: metric, its values before and
        after on n samples of a part, and mb_before and mb, the sizes of the model files in MB."""
        data = None if x is None else data_of(x, y, settings, like=self._encoders)
        place = self._place if data is None else {"model": self._handle.pointer, "measure": data.pointer}
        given = c.ExportOptions(to=text(to, "to"), out=text(path, "path"), **place)
        with self._lock:
            return ask(C.rc_export, given, context=Context(threads))

    def report(self, path: AnyPath) -> None:
        """Writes one self-contained HTML page."""
        given = c.ReportOptions(run=os.fsencode(self._in_folder()), output=text(path, "path"), seconds=-1)
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
    found = {key: value_of(getattr(both, key)[side]) for key in keys}
    plain = found["parameters"] == 0
    return {key: value for key, value in found.items() if not (plain and key in ("parameters", "mb"))}


def _epoch_of(happened: c.Epoch) -> Epoch:
    names = {"learning_rate": "lr"}
    values = {names.get(key, key): value_of(getattr(happened, key)) for key, *_ in happened._fields_ if key != "size"}
    return {key: value for key, value in values.items() if value is not None}
