"""Finds the shared library and declares those of its functions that this package calls (recraft/*.h)."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
from ctypes import POINTER, c_bool, c_char_p, c_double, c_int, c_int32, c_int64, c_size_t, c_uint64, c_void_p
from pathlib import Path
from typing import Any, Iterator

from ._given import real, whole

_NAME = "librecraft.so.0.1"
VIEW_DIMS = 6
PARTS = 3  # train, valid, test


class View(ctypes.Structure):
    """rc_view"""

    _fields_ = [
        ("data", c_void_p),
        ("dtype", c_int),
        ("dims", c_int32),
        ("shape", c_int64 * VIEW_DIMS),
        ("strides", c_int64 * VIEW_DIMS),
    ]


class Sized(ctypes.Structure):
    """A struct that may grow: its first field is its size. Numbers are checked by the names of their fields."""

    def __init__(self, **fields: Any) -> None:
        kinds = {name: kind for name, kind, *_ in self._fields_}
        checked = {name: _number(value, name, kinds[name]) for name, value in fields.items()}
        super().__init__(size=ctypes.sizeof(self), **checked)


def _number(value: Any, name: str, kind: Any) -> Any:
    """What a field of this kind takes."""
    if kind is c_double:
        return real(value, name)
    if kind is c_int64:
        return whole(value, name)
    return whole(value, name, 0, 2**64 - 1) if kind in (c_uint64, c_size_t) else value


def _texts(names: str) -> list[tuple[str, Any]]:
    """Fields of a struct that are texts, one after the other."""
    return [(name, c_char_p) for name in names.split()]


class DistanceOptions(Sized):
    """rc_distance_options"""

    _fields_ = [
        ("size", c_size_t),
        ("epsilon", c_double),
        ("scaling", c_double),
        ("passes", c_int64),
        ("projections", c_int64),
        ("seed", c_uint64),
        ("shrinkage", c_double),
        ("exact_labels", c_bool),
        ("labels_a", c_char_p),
        ("labels_b", c_char_p),
    ]


class DistanceResult(Sized):
    """rc_distance_result"""

    _fields_ = [
        ("size", c_size_t),
        ("value", c_double),
        ("root", c_double),
        ("n", c_int64),
        ("m", c_int64),
        ("d", c_int64),
        ("epsilon", c_double),
        ("iterations", c_int64),
        ("marginal_error", c_double),
        ("converged", c_bool),
        ("seconds", c_double),
        ("d_b", c_int64),
        ("local", c_bool),
    ]


class DistanceAbout(Sized):
    """rc_distance_about"""

    _fields_ = [
        ("size", c_size_t),
        ("name", c_char_p),
        ("about", c_char_p),
        ("labels", c_bool),
        ("weights", c_bool),
        ("plan", c_bool),
        ("widths", c_bool),
        ("local", c_bool),
    ]


class Points(Sized):
    """rc_points"""

    _fields_ = [
        ("size", c_size_t),
        ("x", POINTER(View)),
        ("weights", POINTER(View)),
        ("labels", POINTER(View)),
    ]


class EntropyResult(Sized):
    """rc_entropy_result"""

    _fields_ = [
        ("size", c_size_t),
        ("conditional_entropy", c_double),
        ("entropy", c_double),
        ("information", c_double),
        ("used_labels", c_double),
    ]


class Settings(ctypes.Structure):
    """rc_settings"""

    _fields_ = [
        ("config_file", c_char_p),
        ("set", POINTER(c_char_p)),
        ("n_set", c_size_t),
        ("seed", c_char_p),
    ]


class ReportOptions(Sized):
    """rc_report_options (recraft/report.h)."""

    _fields_ = [
        ("size", c_size_t),
        ("run", c_char_p),
        ("output", c_char_p),
        ("data", c_char_p),
        ("seconds", c_double),
    ]


class SourceBuildOptions(Sized):
    """rc_source_build_options"""

    _fields_ = [
        ("size", c_size_t),
        ("model", c_char_p),
        ("data", POINTER(c_char_p)),
        ("n_data", c_size_t),
        ("out", c_char_p),
        ("settings", Settings),
    ]


class DistillOptions(Sized):
    """rc_distill_options"""

    _fields_ = [
        ("size", c_size_t),
        *_texts("teacher student data unlabelled out"),
        ("settings", Settings),
        ("resume", c_int),
        *_texts("layers unpaired"),
    ]


class AlignOptions(Sized):
    """rc_align_options"""

    _fields_ = [
        ("size", c_size_t),
        *_texts("data sources run distances"),
        ("resamples", c_int64),
        ("source_features", c_int64),
        ("page", c_char_p),
        ("rank_by", c_char_p),
        ("settings", Settings),
        ("target", c_void_p),
        ("among", POINTER(c_void_p)),
        ("n_among", c_size_t),
        ("model", c_void_p),
    ]


class PredictOptions(Sized):
    """rc_predict_options"""

    _fields_ = [
        ("size", c_size_t),
        *_texts("run input output encoding"),
        ("settings", Settings),
        *_texts("priors part"),
    ]


class EmbedOptions(Sized):
    """rc_embed_options"""

    _fields_ = [
        ("size", c_size_t),
        *_texts("model source run input output pool encoding"),
        ("settings", Settings),
        *_texts("part"),
    ]


class ExportOptions(Sized):
    """rc_export_options"""

    _fields_ = [("size", c_size_t), *_texts("run to out"), ("model", c_void_p), ("measure", c_void_p)]


class ImportOptions(Sized):
    """rc_data_import_options"""

    _fields_ = [
        ("size", c_size_t),
        *_texts("from out test x y x_test y_test layout"),
        *_texts("label labels split drop target encode"),
        *_texts("delimiter header missing decimal comment"),
        ("skip", c_int64),
        *_texts("encoding pixels"),
        ("length", c_int64),
        ("hop", c_int64),
        ("test_fraction", c_double),
        ("seed", c_int64),
        ("unlabelled", c_bool),
        *_texts("group like channels fill"),
        ("series", c_bool),
        *_texts("files texts"),
    ]


class CompareOptions(Sized):
    """rc_compare_options"""

    _fields_ = [
        ("size", c_size_t),
        *_texts("data method source out experiment tune root"),
        ("set", POINTER(c_char_p)),
        ("n_set", c_size_t),
        ("seeds", c_int64),
        ("jobs", c_int64),
        ("retry", c_bool),
        ("tables", c_bool),
        ("program", c_char_p),
        ("worker", c_bool),
        ("share", c_int64),
        ("shares", c_int64),
        ("list", c_bool),
    ]


class RowsColumn(ctypes.Structure):
    """rc_rows_column"""

    _fields_ = [("name", c_char_p), ("holds", c_int), ("numbers", POINTER(View)), ("texts", POINTER(c_char_p))]


class Rows(Sized):
    """rc_rows"""

    _fields_ = [
        ("size", c_size_t),
        ("rows", c_int64),
        ("columns", c_int64),
        ("column", POINTER(RowsColumn)),
        ("name", c_char_p),
        ("texts", c_bool),
    ]


class DataInput(ctypes.Structure):
    """rc_data_input"""

    _fields_ = [("name", c_char_p), ("x", POINTER(View) * PARTS)]


class DataTextInput(ctypes.Structure):
    """rc_data_text_input"""

    _fields_ = [("name", c_char_p), ("text", POINTER(c_char_p) * PARTS)]


class InputView(ctypes.Structure):
    """rc_input_view"""

    _fields_ = [("name", c_char_p), ("x", POINTER(View))]


class DataArrays(Sized):
    """rc_data_arrays"""

    _fields_ = [
        ("size", c_size_t),
        ("x", POINTER(View) * PARTS),
        ("y", POINTER(View) * PARTS),
        ("group", POINTER(View) * PARTS),
        ("class_names", POINTER(c_char_p)),
        ("classes", c_int64),
        ("name", c_char_p),
        ("missing", c_bool),
        ("copy", c_bool),
        ("weight", POINTER(View) * PARTS),
        ("rows", POINTER(Rows) * PARTS),
        ("inputs", POINTER(DataInput)),
        ("n_inputs", c_int64),
        ("like", c_void_p),
        ("text_inputs", POINTER(DataTextInput)),
        ("n_text_inputs", c_int64),
        ("unlabelled", POINTER(View)),
        ("unlabelled_inputs", POINTER(POINTER(View))),
        ("unlabelled_texts", POINTER(POINTER(c_char_p))),
        ("unlabelled_rows", POINTER(Rows)),
    ]


class DataTexts(Sized):
    """rc_data_texts"""

    _fields_ = [
        ("size", c_size_t),
        ("n", c_int64 * PARTS),
        ("text", POINTER(c_char_p) * PARTS),
        ("label", POINTER(c_char_p) * PARTS),
        ("name", c_char_p),
        ("words", POINTER(c_int64) * PARTS),
        ("n_unlabelled", c_int64),
        ("unlabelled", POINTER(c_char_p)),
        ("weight", POINTER(View) * PARTS),
    ]


class Epoch(ctypes.Structure):
    """rc_epoch"""

    _fields_ = [
        ("size", c_size_t),
        ("stage", c_char_p),
        ("epoch", c_int64),
        ("seconds", c_double),
        ("learning_rate", c_double),
        ("train_loss", c_double),
        ("valid_loss", c_double),
        ("valid_metric", c_double),
        ("metric", c_char_p),
        ("loss", c_double),
        ("distance", c_double),
        ("conditional_entropy", c_double),
        ("information", c_double),
        ("candidate", c_char_p),
    ]


EPOCH = ctypes.CFUNCTYPE(c_bool, c_void_p, POINTER(Epoch))


class FitHow(Sized):
    """rc_fit_how"""

    _fields_ = [
        ("size", c_size_t),
        ("method", c_char_p),
        ("source", c_void_p),
        ("options", c_void_p),
        ("epoch", EPOCH),
        ("epoch_context", c_void_p),
        ("folder", c_char_p),
        ("resume", c_int),
        ("sources", c_char_p),
        ("teacher", c_void_p),
        ("teacher_source", c_void_p),
        ("unpaired", c_void_p),
    ]


class InputInfo(Sized):
    """rc_input_info"""

    _fields_ = [
        ("size", c_size_t),
        ("name", c_char_p),
        ("texts", c_bool),
        ("dims", c_int32),
        ("shape", c_int64 * VIEW_DIMS),
    ]


class PredictorInfo(Sized):
    """rc_predictor_info"""

    _fields_ = [
        ("size", c_size_t),
        ("target", c_int),
        ("texts", c_bool),
        ("has_model", c_bool),
        ("x_dims", c_int32),
        ("y_dims", c_int32),
        ("x_shape", c_int64 * VIEW_DIMS),
        ("y_shape", c_int64 * VIEW_DIMS),
        ("outputs", c_int64),
        ("features", c_int64),
        ("feature_tokens", c_int64),
        ("parameters", c_int64),
        ("trainable", c_int64),
        ("method", c_char_p),
        ("source", c_char_p),
        ("metric", c_char_p),
        ("valid", c_double),
        ("test", c_double),
        ("test_loss", c_double),
        ("best_epoch", c_int64),
        ("epochs", c_int64),
        ("seconds", c_double),
        ("notes", c_int64),
        ("candidates", c_int64),
        ("rows", c_bool),
        ("weights", c_char_p),
        ("distilled", c_bool),
    ]


class Distillation(Sized):
    """rc_distillation"""

    _fields_ = [
        ("size", c_size_t),
        ("teacher", c_char_p),
        ("student", c_char_p),
        ("layers", c_int64),
        ("layer", c_int64 * 128),
        ("valid", c_double * 2),  # of the teacher, of the student
        ("test", c_double * 2),
        ("parameters", c_int64 * 2),
        ("mb", c_double * 2),
        ("ms", c_double * 2),
        ("ms_in_batch", c_double * 2),
        ("batch", c_int64 * 2),
        ("note", c_char_p),
        ("unpaired", c_char_p),
        ("distance", c_char_p),
        ("local", c_bool),
    ]


class Scores(Sized):
    """rc_scores"""

    _fields_ = [
        ("size", c_size_t),
        ("metric", c_char_p),
        ("value", c_double),
        ("loss", c_double),
        ("samples", c_int64),
        ("count", c_int64),
        ("name", c_char_p * 16),
        ("values", c_double * 16),
        ("weights", c_char_p),
    ]


class Candidate(Sized):
    """rc_candidate"""

    _fields_ = [
        ("size", c_size_t),
        ("name", c_char_p),
        ("method", c_char_p),
        ("source", c_char_p),
        ("setting", c_char_p * 4),
        ("epochs", c_int64),
        ("best_epoch", c_int64),
        ("dropped", c_bool),
        ("valid", c_double),
        ("valid_loss", c_double),
        ("out_of_fold", c_double),
        ("out_of_fold_loss", c_double),
        ("seconds", c_double),
        ("weight", c_double),
    ]


class MethodAbout(Sized):
    """rc_method_about"""

    _fields_ = [
        ("size", c_size_t),
        ("name", c_char_p),
        ("about", c_char_p),
        ("plain", c_bool),
        ("texts", c_bool),
    ]


class SourceInfo(Sized):
    """rc_source_info"""

    _fields_ = [
        ("size", c_size_t),
        ("name", c_char_p),
        ("family", c_char_p),
        ("texts", c_bool),
        ("classes", c_int64),
        ("features", c_int64),
        ("width", c_int64),
        ("tokens", c_int64),
        ("self_distance", c_double),
        ("self_epsilon", c_double),
        ("accuracy", c_double),
        ("loss", c_double),
        ("gradient_norm_mean", c_double),
        ("gradient_norm_q95", c_double),
        ("sets", c_int64),
        ("outputs", c_int64),
    ]


STEP = ctypes.CFUNCTYPE(None, c_void_p, c_char_p, c_int64, c_int64, c_char_p)
NOTE = ctypes.CFUNCTYPE(None, c_void_p, c_char_p)


class Sink(ctypes.Structure):
    """rc_sink"""

    _fields_ = [("step", STEP), ("note", NOTE), ("context", c_void_p)]


_VIEW = POINTER(View)
_JSON = POINTER(c_void_p)
_OUT = POINTER(c_void_p)
_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "rc_version": (c_char_p, []),
    "rc_error_text": (c_char_p, []),
    "rc_free_text": (None, [c_void_p]),
    "rc_context_create": (c_int, [_OUT]),
    "rc_context_destroy": (None, [_OUT]),
    "rc_context_set_progress": (None, [c_void_p, POINTER(Sink)]),
    "rc_context_interrupt": (None, [c_void_p]),
    "rc_context_set_threads": (c_int, [c_void_p, c_int64]),
    "rc_context_set_device": (c_int, [c_void_p, c_char_p]),
    "rc_context_use": (c_void_p, [c_void_p]),
    "rc_distance_at": (c_bool, [c_int64, POINTER(DistanceAbout)]),
    "rc_distance_between": (
        c_int,
        [
            c_void_p,
            c_char_p,
            POINTER(Points),
            POINTER(Points),
            POINTER(DistanceOptions),
            _VIEW,
            _VIEW,
            POINTER(DistanceResult),
        ],
    ),
    "rc_options_create": (c_int, [_OUT]),
    "rc_options_destroy": (None, [_OUT]),
    "rc_options_set": (c_int, [c_void_p, c_char_p, c_char_p]),
    "rc_data_from_arrays": (c_int, [c_void_p, POINTER(DataArrays), _OUT]),
    "rc_data_from_texts": (c_int, [c_void_p, POINTER(DataTexts), _OUT]),
    "rc_data_open": (c_int, [c_void_p, c_char_p, c_void_p, _OUT]),
    "rc_data_destroy": (None, [_OUT]),
    "rc_method_at": (c_bool, [c_int64, POINTER(MethodAbout)]),
    "rc_predictor_fit": (c_int, [c_void_p, c_void_p, POINTER(FitHow), _OUT]),
    "rc_predictor_refine": (c_int, [c_void_p, c_void_p, c_void_p, POINTER(FitHow)]),
    "rc_predictor_score": (c_int, [c_void_p, c_void_p, c_void_p, c_int, POINTER(Scores)]),
    "rc_predictor_destroy": (None, [_OUT]),
    "rc_predictor_save": (c_int, [c_void_p, c_void_p, c_char_p]),
    "rc_predictor_load": (c_int, [c_void_p, c_char_p, _OUT]),
    "rc_predictor_describe": (c_int, [c_void_p, POINTER(PredictorInfo)]),
    "rc_predictor_class_name": (c_char_p, [c_void_p, c_int64]),
    "rc_predictor_note": (c_char_p, [c_void_p, c_int64]),
    "rc_predictor_candidate": (c_int, [c_void_p, c_int64, POINTER(Candidate)]),
    "rc_predictor_distillation": (c_int, [c_void_p, POINTER(Distillation)]),
    "rc_predictor_encode": (c_int, [c_void_p, c_void_p, c_int64, POINTER(c_char_p), _VIEW]),
    "rc_predictor_encode_input": (c_int, [c_void_p, c_void_p, c_char_p, c_int64, POINTER(c_char_p), _VIEW]),
    "rc_predictor_input": (c_int, [c_void_p, c_int64, POINTER(InputInfo)]),
    "rc_predictor_shape": (c_int, [c_void_p, c_int, c_int64, _VIEW]),
    "rc_predictor_apply": (c_int, [c_void_p, c_void_p, c_int, _VIEW, _VIEW]),
    "rc_predictor_apply_inputs": (c_int, [c_void_p, c_void_p, c_int, c_int64, POINTER(InputView), _VIEW]),
    "rc_predictor_apply_words": (
        c_int,
        [c_void_p, c_void_p, c_int, c_int64, POINTER(c_int64), POINTER(c_char_p), _VIEW],
    ),
    "rc_predictor_apply_rows": (c_int, [c_void_p, c_void_p, c_int, POINTER(Rows), _VIEW]),
    "rc_source_open": (c_int, [c_void_p, c_char_p, _OUT]),
    "rc_source_from_predictor": (
        c_int,
        [c_void_p, c_void_p, POINTER(c_void_p), c_size_t, c_void_p, c_char_p, _OUT],
    ),
    "rc_source_destroy": (None, [_OUT]),
    "rc_source_save": (c_int, [c_void_p, c_void_p, c_char_p]),
    "rc_source_describe": (c_int, [c_void_p, POINTER(SourceInfo)]),
    "rc_source_features": (c_int, [c_void_p, _VIEW, _VIEW]),
    "rc_eval": (c_int, [c_char_p, c_char_p, _JSON]),
    "rc_align": (c_int, [POINTER(AlignOptions), _JSON]),
    "rc_predict": (c_int, [POINTER(PredictOptions), _JSON]),
    "rc_embed": (c_int, [POINTER(EmbedOptions), _JSON]),
    "rc_export": (c_int, [POINTER(ExportOptions), _JSON]),
    "rc_source_build": (c_int, [POINTER(SourceBuildOptions), _JSON]),
    "rc_distill": (c_int, [POINTER(DistillOptions), _JSON]),
    "rc_source_card": (c_int, [c_void_p, _JSON]),
    "rc_source_apply": (c_int, [c_void_p, c_void_p, _VIEW, _VIEW]),
    "rc_source_apply_texts": (c_int, [c_void_p, c_void_p, c_int64, POINTER(c_char_p), _VIEW]),
    "rc_source_list": (c_int, [_JSON]),
    "rc_data_import": (c_int, [POINTER(ImportOptions), _JSON]),
    "rc_compare": (c_int, [POINTER(CompareOptions), _JSON, _JSON]),
    "rc_report": (c_int, [POINTER(ReportOptions)]),
    "rc_entropy": (c_int, [c_void_p, _VIEW, _VIEW, c_double, c_double, _VIEW, POINTER(EntropyResult)]),
}


def _places() -> Iterator[Path]:
    """Where the library may be: as the environment says, in the wheel, in a checkout's build folder."""
    given = os.environ.get("RECRAFT_LIBRARY")
    if given:
        yield Path(given)
        return
    here = Path(__file__).resolve().parent
    yield here / "lib" / _NAME
    yield here.parent.parent / "build" / "release" / "src" / _NAME


def _load() -> ctypes.CDLL:
    tried = [place for place in _places()]
    for place in tried:
        if place.exists() or os.environ.get("RECRAFT_LIBRARY"):
            return ctypes.CDLL(str(place))
    try:
        return ctypes.CDLL(_NAME)
    except OSError as error:
        places = ", ".join(str(place) for place in tried)
        raise ImportError(
            f"{_NAME} is neither in {places} nor known to the system's loader; "
            "set RECRAFT_LIBRARY to its path, or build it with `make build`"
        ) from error


def _declare(library: ctypes.CDLL) -> ctypes.CDLL:
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    return library


C = _declare(_load())
