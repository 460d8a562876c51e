"""recraft: cross-modal fine-tuning of pre-trained transformers, and distances between sets of samples.

    >>> import numpy, recraft
    >>> a, b = numpy.random.rand(50, 3), numpy.random.rand(60, 3) + 1
    >>> float(recraft.distance(a, b, "w2"))

Everything is computed by the C library; docs/python.md is the way in.
"""

from ._distance import Distance, DistanceKind, Entropy, distance, distances, entropy
from ._library import C as _C
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

__version__: str = _C.rc_version().decode()

__all__ = [
    "ConfigError",
    "DataError",
    "DeviceError",
    "Distance",
    "DistanceKind",
    "Entropy",
    "FileError",
    "FormatError",
    "InternalError",
    "InterruptedWork",
    "MachineError",
    "NumericError",
    "OutOfMemoryError",
    "RecraftError",
    "RecraftWarning",
    "ShapeError",
    "UnsupportedError",
    "distance",
    "distances",
    "entropy",
]
