"""recraft: cross-modal fine-tuning of pre-trained transformers, and distances between sets of samples.

    >>> import numpy, recraft
    >>> a, b = numpy.random.rand(50, 3), numpy.random.rand(60, 3) + 1
    >>> float(recraft.distance(a, b, "w2"))

Everything is computed by the C library; docs/python.md is the way in.
"""

from typing import TYPE_CHECKING, Any

from ._align import align
from ._compare import compare
from ._distance import Distance, DistanceKind, Entropy, distance, distances, entropy
from ._library import C as _C
from ._model import Model
from ._read import DataSet, read
from ._source import Source
from .errors import (
    ConfigError,
    DataError,
    DeviceError,
    FileError,
    FormatError,
    InternalError,
    InterruptedWork,
    MachineError,
    NumericError,
    OutOfMemoryError,
    RecraftError,
    RecraftWarning,
    ShapeError,
    UnsupportedError,
)

if TYPE_CHECKING:
    from ._estimators import RecraftClassifier, RecraftRegressor, RecraftTransformer

__version__: str = _C.rc_version().decode()

__all__ = [
    "ConfigError",
    "DataError",
    "DataSet",
    "DeviceError",
    "Distance",
    "DistanceKind",
    "Entropy",
    "FileError",
    "FormatError",
    "InternalError",
    "InterruptedWork",
    "MachineError",
    "Model",
    "NumericError",
    "OutOfMemoryError",
    "RecraftClassifier",
    "RecraftError",
    "RecraftRegressor",
    "RecraftTransformer",
    "RecraftWarning",
    "ShapeError",
    "Source",
    "UnsupportedError",
    "align",
    "compare",
    "distance",
    "distances",
    "entropy",
    "read",
]


def __getattr__(name: str) -> Any:
    """Estimators are made when they are asked for: importing scikit-learn takes longer than all else here."""
    if name in ("RecraftClassifier", "RecraftRegressor", "RecraftTransformer"):
        from . import _estimators

        return getattr(_estimators, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
