"""What the library tells of its objects, as values of Python."""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass, fields
from typing import Any, Optional, Tuple, Type, TypeVar

Told = TypeVar("Told")
_TARGETS = ("classes", "labels", "numbers", "fields", "words")  # rc_target


@dataclass(frozen=True)
class ModelInfo:
    """What a `Model` is. None: not known."""

    target: str
    """What it answers: a class of each sample (`classes`), `labels` that are there or not, `numbers`, `fields` (a
    number for every point), or a class of each of its `words`."""
    texts: bool
    """Does it take texts?"""
    rows: bool
    """Does it take frames, by encoders of their columns?"""
    has_model: bool
    """Has it a model with features? Else it is a plain predictor or a combination."""
    x_shape: Tuple[int, ...]
    """The shape of a sample; of texts the number of tokens."""
    y_shape: Tuple[int, ...]
    """The shape of a target; () of a class."""
    outputs: int
    """Classes, labels, or numbers of an answer."""
    features: int
    """The width of a pooled feature; 0: it has no model."""
    feature_tokens: int
    """How many tokens `embed` gives without pooling."""
    parameters: int
    trainable: int
    """How many of them were trained last."""
    method: Optional[str]
    source: Optional[str]
    metric: Optional[str]
    """The metric's name; lower is better."""
    valid: Optional[float]
    test: Optional[float]
    test_loss: Optional[float]
    best_epoch: int
    epochs: int
    seconds: Optional[float]
    candidates: int
    """How many `candidates` has."""
    weights: Optional[str]
    """`int8`: they have 8 bits."""
    distilled: bool


@dataclass(frozen=True)
class SourceInfo:
    """What a `Source` is. None: its card does not say, or says it of each of several sets."""

    name: str
    family: str
    """The backbone's: `swin`, `bert`, `vit`."""
    texts: bool
    """A model of texts; else of images."""
    classes: int
    """Of all its heads together."""
    features: int
    """How many samples it has features of."""
    width: int
    """Numbers of each."""
    tokens: int
    """How many samples of the first set it has all tokens of."""
    outputs: int
    """Numbers of a feature that `embed` gives."""
    sets: int
    """Labelled sets, each with a head of its own."""
    self_distance: Optional[float]
    """The entropic cost from its features to themselves, for self_epsilon."""
    self_epsilon: Optional[float]
    accuracy: Optional[float]
    """The head's, recalibrated."""
    loss: Optional[float]
    gradient_norm_mean: Optional[float]
    """Of the loss in what the embedder gives."""
    gradient_norm_q95: Optional[float]


def value_of(value: Any) -> Any:
    """A text for bytes; None for what is not known, NaN or ""."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace") or None
    return None if isinstance(value, float) and math.isnan(value) else value


def told(struct: ctypes.Structure, kind: Type[Told]) -> Told:
    """A struct of the library as a dataclass with the same names of fields."""
    found = {field.name: getattr(struct, field.name) for field in fields(kind)}  # type: ignore[arg-type]
    for name, value in found.items():
        if isinstance(value, ctypes.Array):
            found[name] = tuple(value[: getattr(struct, name.replace("_shape", "_dims"))])
        elif name == "target":
            found[name] = _TARGETS[value]
        else:
            found[name] = value_of(value)
    return kind(**found)
