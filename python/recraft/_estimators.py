"""scikit-learn's estimators over `Model`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, TypeVar, Union

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, check_is_fitted, column_or_1d

from ._files import Path as AnyPath
from ._files import Settings
from ._given import mapping, real, short, text, whole
from ._inputs import (
    SavedEncoder,
    by_sentence,
    flat,
    is_frame,
    is_mixed,
    labels_of_words,
    pad,
    series_of,
    texts_of,
    words_of,
)
from ._model import Callback, Model
from ._source import Source
from ._views import Array, as_array, as_numbers
from .errors import ConfigError, FileError, FormatError, UnsupportedError

try:
    from sklearn.utils.validation import validate_data as _validate
except ImportError:  # scikit-learn before 1.6

    def _validate(estimator: Any, X: Any, *, ensure_all_finite: Any, **how: Any) -> Any:
        return estimator._validate_data(X, force_all_finite=ensure_all_finite, **how)


Self = TypeVar("Self", bound="_Estimator")
_SAVED = "estimator.json"
_NOT_SAVED = ("callback", "teacher", "device")  # what cannot be written as text, and what belongs to a machine


class _Estimator(BaseEstimator):  # type: ignore[misc]
    """What all three share. See `RecraftClassifier` for the parameters."""

    # Estimators that earlier versions have saved or pickled know nothing of these.
    _mixed = False
    texts: Optional[Sequence[Any]] = None
    teacher: Any = None
    device: Optional[str] = None

    def __init__(
        self,
        method: str = "auto",
        source: Union[str, Sequence[str], Source, None] = None,
        settings: Optional[Settings] = None,
        epochs: Optional[int] = None,
        time_limit: Optional[float] = None,
        missing: str = "refuse",
        random_state: Any = 0,
        threads: int = 0,
        verbose: bool = False,
        callback: Optional[Callback] = None,
        texts: Optional[Sequence[Any]] = None,
        teacher: Any = None,
        device: Optional[str] = None,
    ) -> None:
        self.method = method
        self.source = source
        self.settings = settings
        self.epochs = epochs
        self.time_limit = time_limit
        self.missing = missing
        self.random_state = random_state
        self.threads = threads
        self.verbose = verbose
        self.callback = callback
        self.texts = texts
        self.teacher = teacher
        self.device = device

    # ---- what goes in ----

    def _learn_inputs(self, X: Any) -> Any:
        """Finds out of which form X is, and gives it as `Model` takes it."""
        self._encoder: Optional[SavedEncoder] = None
        self._mixed = is_mixed(X)  # a frame, whose encoders the model keeps
        self._length: Optional[int] = None
        series = series_of(X)
        if series is not None:
            self._length = max(one.shape[1] for one in series)
        if self._mixed:
            self.feature_names_in_ = np.asarray([str(name) for name in X.columns], dtype=object)
            self.n_features_in_ = len(self.feature_names_in_)
            return X
        return self._take(X, series, True)

    def _take(self, X: Any, series: Optional[List[Array]], reset: bool) -> Any:
        texts = texts_of(X) or words_of(X)
        if texts is not None:
            return texts
        if self._length is not None:
            # One series alone has no other to differ from in length.
            if not isinstance(X, (list, tuple)):
                raise TypeError(f"X: a list of series is wanted, as in fit, not {short(X)}")
            X = pad(series or [np.atleast_2d(as_numbers(one, "X")) for one in X], self._length)
        elif not is_frame(X) and not issparse(X):  # of which scikit-learn speaks itself
            X = as_numbers(X, "X")
        finite = self._settings()["data.missing"] == "refuse" or "allow-nan"
        return _validate(
            self, X, reset=reset, allow_nd=True, ensure_all_finite=finite, ensure_min_samples=2 if reset else 1
        )

    def _inputs(self, X: Any) -> Any:
        """X as `Model` takes it, in the form that was learnt from."""
        check_is_fitted(self)
        if self._encoder is not None:
            return self._encoder.transform(X)
        if self._mixed:
            if not is_frame(X):
                raise ValueError("X: the estimator was fitted to a frame; give one with the same columns")
            return X
        return self._take(X, series_of(X), False)

    # ---- learning ----

    def _settings(self) -> Dict[str, Union[str, int, float, bool]]:
        missing = "mean" if self._length is not None else self.missing
        values: Dict[str, Union[str, int, float, bool]] = {"data.missing": missing}
        if self.epochs is not None:
            values["fit.epochs"] = self.epochs
        if self.time_limit is not None:
            values["fit.time_limit"] = self.time_limit
        seed = self.random_state
        if seed is None or hasattr(seed, "randint"):
            seed = check_random_state(seed).randint(2**31 - 1)
        values["seed"] = whole(seed, "random_state")
        return {**values, **mapping(self.settings, "settings")}

    def _fit_model(
        self,
        x: Any,
        y: Array,
        class_names: Optional[List[str]] = None,
        sample_weight: Any = None,
    ) -> None:
        weight = None if sample_weight is None else _weights_of(sample_weight, x)
        try:
            self.model_ = Model.fit(
                x,
                y,
                method=self.method,
                source=self.source,
                settings=self._settings(),
                class_names=class_names,
                sample_weight=weight,
                texts=self.texts,
                teacher=getattr(self.teacher, "model_", self.teacher),
                callback=self.callback,
                threads=self.threads,
                verbose=self.verbose,
                device=self.device,
            )
        except KeyboardInterrupt as pressed:
            if hasattr(pressed, "model"):
                self.model_ = pressed.model  # the best so far
            raise

    # ---- files ----

    def save(self, path: AnyPath) -> None:
        """Makes the folder `path`: a run folder, which `recraft predict --run` takes too, with what scikit-learn
        wants to know beside it."""
        check_is_fitted(self)
        folder = Path(os.fsdecode(text(path, "path")))
        params = {key: value for key, value in self.get_params(deep=False).items() if key not in _NOT_SAVED}
        saved = {
            "class": type(self).__name__,
            "params": {key: _written(value, key) for key, value in params.items()},
            "state": {key: _plain(value) for key, value in self.__dict__.items() if key in _KEPT},
        }
        content = json.dumps(saved, indent=2)  # what cannot be saved leaves no folder behind
        if hasattr(self, "model_"):
            self.model_.save(folder)
        elif folder.exists():
            raise ConfigError(f"{folder}: exists already; choose another path")
        else:
            folder.mkdir(parents=True)  # the features are those of a source as it is
        (folder / _SAVED).write_text(content, encoding="utf-8")

    @classmethod
    def load(cls: "type[Self]", path: AnyPath, *, device: Optional[str] = None) -> "Self":
        """The estimator that `save` wrote, on a device of this machine. A `RandomState` goes on where it was; callback
        and teacher are None, and a `Source` is its name."""
        file = Path(os.fsdecode(text(path, "path"))) / _SAVED
        try:
            saved = json.loads(file.read_text(encoding="utf-8"))
        except OSError as error:
            raise FileError(f"{path}: holds no saved estimator: {file} cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise FormatError(f"{file}: damaged: {error}") from error
        if saved["class"] != cls.__name__:
            raise ValueError(f"{path}: holds a {saved['class']}, not a {cls.__name__}")
        estimator = cls(**{key: _read(value) for key, value in saved["params"].items()}, device=device)
        for key, value in saved["state"].items():
            setattr(estimator, key, _array(value) if isinstance(value, dict) else value)
        if "_opened" in saved["state"]:
            estimator._opened = Source.open(saved["state"]["_opened"])
        estimator._encoder = SavedEncoder(saved["encoder"]) if saved.get("encoder") else None
        if saved["state"].get("_trained", True):
            estimator.model_ = Model.load(path, device=device)
        return estimator

    def _repr_html_(self) -> str:
        shown = getattr(self, "model_", None)
        return repr(self) if shown is None else f"<pre>{self!r}</pre>{shown._repr_html_()}"

    def _repr_mimebundle_(self, **_: Any) -> Dict[str, str]:
        return {"text/plain": repr(self), "text/html": self._repr_html_()}


# What fit finds out besides the model.
_OF_X = ("n_features_in_", "feature_names_in_", "_length", "_mixed")
_KEPT = (*_OF_X, "classes_", "_labels", "_words", "_shape", "_trained", "_opened")


_RANDOM_STATE = "numpy.random.RandomState"


def _written(value: Any, name: str) -> Any:
    """A parameter as JSON has it."""
    if isinstance(value, Source):
        return value.name
    if isinstance(value, np.random.RandomState):
        value = {_RANDOM_STATE: value.get_state()}
    try:
        return json.loads(json.dumps(value, default=_plain_of))
    except TypeError as error:
        raise TypeError(f"{name}: cannot be saved as text: {error}") from None


def _read(value: Any) -> Any:
    """The other way."""
    if not isinstance(value, dict) or _RANDOM_STATE not in value:
        return value
    random_state = np.random.RandomState()
    state: Any = tuple(value[_RANDOM_STATE])
    random_state.set_state(state)
    return random_state


def _plain_of(value: Any) -> Any:
    """What JSON does not know: arrays, numbers of NumPy, columns of pandas."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    raise TypeError(f"{short(value)} is of type {type(value).__name__}")


def _plain(value: Any) -> Any:
    if isinstance(value, Source):
        return value.name
    if isinstance(value, np.ndarray):
        return {"dtype": value.dtype.str if value.dtype.kind != "O" else "O", "values": value.tolist()}
    return int(value) if isinstance(value, np.integer) else value


def _array(value: Dict[str, Any]) -> Array:
    return np.asarray(value["values"], dtype=value["dtype"])


class RecraftClassifier(ClassifierMixin, _Estimator):  # type: ignore[misc]
    """Classes of samples, or with y [N, K] of zeros and ones several labels a sample.

    X is [N, F], [N, C, L] or [N, C, H, W], of any real type; a frame (pandas, polars), whose columns may be of several
    kinds, long texts among them; a list of texts; or a list of arrays [l] or [C, l] of unequal length. Or X is a list
    of sentences, which are lists of words, and y a list of lists with the class of each word.

    Parameters
    ----------
    method : `auto` tries plain predictors, frozen features and fine-tuning, and takes up to `time_limit` seconds;
        `recraft`, `nft`, ... fine-tune; `ridge`, `logistic`, `svm`, `forest`, `kernels` are plain predictors.
    source : name or file of a source bundle, or a `Source`; several, a list or with commas between, are combined. None:
        one that suits the data.
    settings : {"fit.lr": 0.001, ...}, every setting of `recraft fit --help`. They come last.
    epochs, time_limit : the settings `fit.epochs` and `fit.time_limit` (seconds; 600 by default).
    missing : NaN in X: `refuse`, or `mean`, the mean of the training samples.
    texts : of a frame the columns that hold whole texts, which a source of texts reads beside the others. None: where
        `source` is such a one, and `method` reads texts, the columns of free text, else none. `model_.result["notes"]`
        says what became of each.
    teacher : of `method="distill"` what it learns from, a fitted estimator, a `Model` or a `Source`; the student is
        `settings={"distill.layers": 3}`, or `source`. It is not saved with the estimator.
    random_state : seed of everything random.
    threads : at most so many. 0: as many as OpenMP gives.
    device : what computes: `cpu`, `cuda`, `opencl`, `cuda:1`; `auto`: a card if there is one. None: as the setting
        `model.device` says. It belongs to the machine, and is not saved.
    verbose : show the progress, a line on standard error.
    callback : is given each epoch, a dictionary, when it is done (of `auto` those of all candidates, with the key
        "candidate"). Where it returns False the stage ends and the best epoch counts; what it raises ends the training.
    class_weight : None; `balanced`: a class weighs one over its share in the loss of fine-tuning; or {class: weight},
        as a `sample_weight` of its samples.

    Attributes
    ----------
    classes_ : [K], the classes as given.
    model_ : `Model`, with scores and curves.
    n_features_in_, feature_names_in_ : as scikit-learn has them, where X has features.
    """

    def __init__(
        self,
        method: str = "auto",
        source: Union[str, Sequence[str], Source, None] = None,
        settings: Optional[Settings] = None,
        epochs: Optional[int] = None,
        time_limit: Optional[float] = None,
        missing: str = "refuse",
        random_state: Any = 0,
        threads: int = 0,
        verbose: bool = False,
        callback: Optional[Callback] = None,
        class_weight: Union[None, str, Dict[Any, float]] = None,
        texts: Optional[Sequence[Any]] = None,
        teacher: Any = None,
        device: Optional[str] = None,
    ) -> None:
        super().__init__(
            method,
            source,
            settings,
            epochs,
            time_limit,
            missing,
            random_state,
            threads,
            verbose,
            callback,
            texts,
            teacher,
            device,
        )
        self.class_weight = class_weight

    _words = False  # are classes those of words? Not of what earlier versions have saved

    def _settings(self) -> Dict[str, Union[str, int, float, bool]]:
        if not isinstance(self.class_weight, dict) and self.class_weight not in (None, "balanced"):
            raise ValueError(f"class_weight: {short(self.class_weight)} is not None, 'balanced' or {{class: weight}}")
        weights = {"fit.class_weights": "balanced"} if self.class_weight == "balanced" else {}
        return {**weights, **super()._settings()}

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "RecraftClassifier":
        """Learns from samples X and their classes y [N], of any type, or labels [N, K] of zeros and ones.

        sample_weight : [N], how much each sample counts in the loss; of sentences one for each."""
        x = self._learn_inputs(X)
        y = _needed(self, y)
        self._words = words_of(x) is not None
        if self._words:
            y = labels_of_words(x, y)
        self._labels, self.classes_, codes = _classes_of(flat(y) if self._words else y)
        if len(self.classes_) < 2:
            raise ValueError(f"y holds one class, {self.classes_[0]!r}; at least two are needed")
        names = None if self._labels else [str(name) for name in self.classes_]
        weight = self._by_class(codes, sample_weight)
        target: Any = by_sentence(codes, y) if self._words else codes
        _check_length(x, target)
        self._fit_model(x, target, names, weight)
        return self

    def _by_class(self, codes: Array, sample_weight: Any) -> Any:
        """The samples' weights times those of their classes, where classes have weights of their own."""
        if not isinstance(self.class_weight, dict):
            return sample_weight
        if self._labels:
            raise UnsupportedError("class_weight: several labels a sample have no weight for each class")
        strange = set(self.class_weight) - set(self.classes_.tolist())
        if strange:
            raise ValueError(f"class_weight: {sorted(strange, key=str)} are not among the classes")
        of_class = np.array([real(self.class_weight.get(name, 1), "class_weight") for name in self.classes_.tolist()])
        if not self._words:
            return of_class[codes] if sample_weight is None else of_class[codes] * _weights(sample_weight, codes)
        if np.any(of_class != 1):
            raise UnsupportedError("class_weight: words have no weight for each class; it may be 'balanced'")
        return sample_weight

    def predict_proba(self, X: Any) -> Any:
        """Probabilities [N, K]; columns as `classes_`. Of sentences a list of them, [words, K]; NaN for a word beyond
        the tokens that the model reads."""
        x = self._inputs(X)
        return self.model_.predict_proba(x, threads=self.threads)

    def predict(self, X: Any) -> Any:
        """The likeliest class of each sample, [N], as given to `fit`; or labels [N, K], zeros and ones. Of sentences a
        list of lists with the class of each word, None for a word beyond the tokens that the model reads."""
        x = self._inputs(X)
        found = self.model_.predict(x, threads=self.threads)
        if self._words:
            names = [*self.classes_.tolist(), None]
            return [[names[k] for k in sentence] for sentence in found]
        return found if self._labels else self.classes_[found]

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The share of samples X whose class is y [N], from 0 to 1, weighted by sample_weight [N]; of labels [N, K]
        that of samples all of whose labels are right; of sentences, y a list of lists, that of their words."""
        if not self._words:
            return _score(super().score, X, y, sample_weight)
        if sample_weight is not None:
            raise UnsupportedError("sample_weight: words have none")
        said = self.predict(X)
        return float(np.mean([one == true for one, true in zip(flat(said), flat(labels_of_words(said, y)))]))


def _check_length(x: Any, y: Any) -> None:
    if len(x) != len(y):
        raise ValueError(f"y: {len(y)} targets, and X has {len(x)} samples")


def _score(score: Callable[..., Any], x: Any, y: Any, sample_weight: Any) -> float:
    """scikit-learn's score of estimators, which speaks of no argument by its name."""
    y = as_array(y, "y")
    if hasattr(x, "__len__"):
        _check_length(x, y)
    return float(score(x, y, None if sample_weight is None else _weights(sample_weight, y)))


def _weights(sample_weight: Any, x: Any) -> Array:
    weight = check_array(as_numbers(sample_weight, "sample_weight"), ensure_2d=False, dtype=np.float64)
    if weight.shape != (len(x),):
        raise ValueError(f"sample_weight has shape {weight.shape}, expected ({len(x)},)")
    return weight


def _weights_of(sample_weight: Any, x: Any) -> Optional[Array]:
    """None: all the same."""
    weight = _weights(sample_weight, x)
    if not weight.any():
        raise ValueError("sample_weight is zero for all samples: at least one must count")
    return None if np.all(weight == weight[0]) and weight[0] > 0 else weight


def _classes_of(y: Any) -> Tuple[bool, Array, Array]:
    """Whether y are labels [N, K], the classes, and y as whole numbers from 0."""
    y = check_array(as_array(y, "y"), ensure_2d=False, dtype=None, input_name="y")
    check_classification_targets(y)
    if y.ndim == 2 and y.shape[1] > 1:
        if y.dtype.kind not in "biufO" or not np.isin(y, (0, 1)).all():
            raise ValueError("y: labels [N, K] are zeros and ones; of classes there is one a sample, [N]")
        return True, np.arange(y.shape[1]), y.astype(np.int64)
    classes, codes = np.unique(column_or_1d(y, warn=True), return_inverse=True)
    return False, classes, codes.astype(np.int64)


def _needed(estimator: Any, y: Any) -> Any:
    if y is None:
        raise ValueError(f"{type(estimator).__name__} requires y to be passed, but the target y is None")
    return y


class RecraftRegressor(RegressorMixin, _Estimator):  # type: ignore[misc]
    """Numbers or whole fields for samples: y is [N], [N, K], of images [N, H, W] or [N, K, H, W], of sequences [N, L]
    or [N, K, L]. X and the parameters are those of `RecraftClassifier`, but for class_weight."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "RecraftRegressor":
        """Learns from samples X and real numbers y: [N], [N, K], or of images and sequences a number for every point.
        sample_weight [N] as `RecraftClassifier` has it."""
        x = self._learn_inputs(X)
        real_types = [np.float64, np.float32]
        given = as_numbers(_needed(self, y), "y")
        values = check_array(given, ensure_2d=False, allow_nd=True, dtype=real_types, input_name="y")
        if isinstance(x, list):
            raise ValueError("X: numbers cannot be predicted of texts: only classes can")
        _check_length(x, values)
        self._shape = list(values.shape[1:])
        self._fit_model(x, values, sample_weight=sample_weight)
        return self

    def predict(self, X: Any) -> Array:
        """Numbers in the units of y, of its shape: [N], [N, K], [N, L], [N, K, H, W] ... Where the loss asks for
        something else (quantiles, a risk, classes of points), as `Model.predict` gives it: [N, ...]."""
        x = self._inputs(X)
        found = self.model_.predict(x, threads=self.threads)
        of_y = found[0].size == np.prod(self._shape)
        return found.reshape(len(found), *self._shape) if of_y else found

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """R2 of the predictions for X in y, at most 1; of numbers [N, K] the mean over K. sample_weight: [N]."""
        return _score(super().score, X, y, sample_weight)

    def _more_tags(self) -> Dict[str, Any]:
        return {"multioutput": True}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.single_output = True
        tags.target_tags.multi_output = True
        return tags


class RecraftTransformer(TransformerMixin, _Estimator):  # type: ignore[misc]
    """Features of samples: what a pre-trained model makes of them.

    With y, classes or real numbers, the model learns the task first (`probe` by default: its head alone), and the
    features are those that its head reads. Without y, they are those of the source as it is, mean over its tokens,
    which takes samples of the source's own form: texts, or images of as many channels.

    X and the parameters are those of `RecraftClassifier`, but for class_weight."""

    def __init__(
        self,
        method: str = "probe",
        source: Union[str, Sequence[str], Source, None] = None,
        settings: Optional[Settings] = None,
        epochs: Optional[int] = None,
        time_limit: Optional[float] = None,
        missing: str = "refuse",
        random_state: Any = 0,
        threads: int = 0,
        verbose: bool = False,
        callback: Optional[Callback] = None,
        texts: Optional[Sequence[Any]] = None,
        teacher: Any = None,
        device: Optional[str] = None,
    ) -> None:
        super().__init__(
            method,
            source,
            settings,
            epochs,
            time_limit,
            missing,
            random_state,
            threads,
            verbose,
            callback,
            texts,
            teacher,
            device,
        )

    def fit(self, X: Any, y: Any = None) -> "RecraftTransformer":
        """Learns from samples X and y, if there are any: classes [N] of any type, labels [N, K] of zeros and ones, real
        numbers [N] or [N, ...], or of sentences a list of lists with the class of each word."""
        x = self._learn_inputs(X)
        sentences = words_of(x)
        if y is None:
            if is_frame(X):
                raise TypeError("X: a source reads texts or images, no frames; a fit with y makes a model for these")
            source: Any = self.source or ("minilm" if isinstance(x, list) else "swin-mini")
            self._opened = source if isinstance(source, Source) else Source.open(source)
            self._trained = False
            return self
        given = as_array(y if sentences is None else flat(labels_of_words(sentences, y)), "y")
        if given.dtype.kind == "f":
            values = check_array(given, ensure_2d=False, allow_nd=True, dtype=None, input_name="y")
        else:
            values = _classes_of(given)[2]
        target: Any = values if sentences is None else by_sentence(values, sentences)
        _check_length(x, target)
        self._fit_model(x, target)
        self._trained = True
        return self

    def transform(self, X: Any) -> Array:
        """Features [N, D]; of sentences those of whole texts."""
        x = self._inputs(X)
        if self._trained:
            return self.model_.embed(x, threads=self.threads)
        return self._opened.embed(x, threads=self.threads, device=self.device)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_trained")
