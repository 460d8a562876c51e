"""Distances between two sets of samples, and feature-label distortion (recraft/distance.h, recraft/entropy.h)."""

from __future__ import annotations

import ctypes
import warnings
from dataclasses import dataclass
from typing import Any, List, NamedTuple, Optional

from . import _library as c
from ._context import Context
from ._given import real, text
from ._library import C
from ._views import Array, as_array, empty, pointer, view_of
from .errors import RecraftWarning


class DistanceKind(NamedTuple):
    """A distance that there is to choose from."""

    name: str
    about: str
    labels: bool  # needs the labels of both sides
    weights: bool  # takes weights of samples
    plan: bool  # has a transport plan
    widths: bool  # D of the two sets may differ
    local: bool  # a local optimum is found: the value may be too high


def distances() -> List[DistanceKind]:
    """All distances that `distance` knows."""
    found: List[DistanceKind] = []
    row = c.DistanceAbout()
    while C.rc_distance_at(len(found), ctypes.byref(row)):
        flags = (row.labels, row.weights, row.plan, row.widths, row.local)
        found.append(DistanceKind(row.name.decode(), row.about.decode(), *flags))
    return found


@dataclass(frozen=True)
class Distance:
    """What `distance` found. `float(result)` is its value."""

    name: str
    value: float
    """The distance; of those that grow with the square of a length, half that square (the cost |x - y|^2 / 2)."""
    root: float
    """sqrt(2 value), a length in the units of the samples, where the value is half a square; else NaN."""
    epsilon: float
    """Entropic regularisation as used, in units of the cost; 0: the distance has none."""
    iterations: int
    """Passes over all pairs; gw: problems of exact transport; 0: nothing is iterated."""
    marginal_error: float
    """Mean relative error that is left in the plan's marginals."""
    converged: bool
    local: bool
    """The value is that of a local optimum (`gw`), and may be too high."""
    seconds: float
    """Time of computing."""
    gradient: Optional[Array] = None
    """[N, D] float32: of the value in the samples of a, if asked for."""
    plan: Optional[Array] = None
    """[N, M] float64: mass that goes from each sample of a to each of b, in all 1, if asked for."""

    def __float__(self) -> float:
        return self.value


class _Points:
    """rc_points, and what keeps its memory alive."""

    def __init__(self, x: Any, weights: Any, labels: Any, name: str) -> None:
        self.x = _view(x, name)
        self.weights = None if weights is None else _view(weights, f"weights_{name}")
        self.labels = None if labels is None else _view(labels, f"labels_{name}")
        self.points = c.Points(x=pointer(self.x), weights=pointer(self.weights), labels=pointer(self.labels))


def _view(data: Any, name: str) -> c.View:
    return view_of(as_array(data, name), name)


def distance(
    a: Any,
    b: Any,
    name: str = "sinkhorn",
    *,
    gradient: bool = False,
    plan: bool = False,
    weights_a: Any = None,
    weights_b: Any = None,
    labels_a: Any = None,
    labels_b: Any = None,
    epsilon: float = 0.0,
    scaling: float = 0.0,
    passes: int = 0,
    projections: int = 0,
    seed: int = 0,
    shrinkage: float = 0.0,
    exact_labels: bool = False,
    threads: int = 0,
    device: Optional[str] = None,
) -> Distance:
    """The distance of this name between two sets of samples. `distances()` lists the names.

    Parameters
    ----------
    a, b : arrays [N, D] and [M, D]
        N and M samples of D numbers, of any type, finite. For `gw` D may differ. Float32 in C order is read where it
        lies; strides are taken as they are. Numbers are computed in float32, sums in float64.
    gradient : also compute the gradient of the value in a, [N, D].
    plan : also compute the transport plan, [N, M]; only of distances that have one.
    weights_a, weights_b : arrays [N] and [M], not negative, of any sum above 0. None: all the same.
    labels_a, labels_b : whole numbers [N] and [M], for distances of labelled samples (`otdd`).
    epsilon : sinkhorn, otdd: entropic regularisation in units of the cost |x - y|^2 / 2. 0: 0.1.
    scaling : sinkhorn, otdd: ratio of successive blurs while epsilon is annealed, in (0, 1). 0: 0.5.
    passes : sinkhorn, otdd: at most so many passes over all pairs for each of three terms; gw: at most so many problems
        of exact transport. 0: 5000.
    projections, seed : sliced: number of directions (0: 128), and the seed of their random numbers.
    shrinkage : gaussian: share of the identity in the covariances, up to 1; below 0: none. 0: 0.1 for fewer samples
        than values, else none.
    exact_labels : otdd: exact distances between labels, not those of Gaussians.
    threads : at most so many. 0: as many as OpenMP gives. The result does not depend on it.
    device : what computes: `cpu` (None), `cuda`, `opencl`, `cuda:1`; `auto`: a card if there is one.

    Warns (`RecraftWarning`) where the iteration did not converge: the value may then be too low (`gw`: too high).
    """
    set_a, set_b = _Points(a, weights_a, labels_a, "a"), _Points(b, weights_b, labels_b, "b")
    options = c.DistanceOptions(
        epsilon=epsilon,
        scaling=scaling,
        passes=passes,
        projections=projections,
        seed=seed,
        shrinkage=shrinkage,
        exact_labels=exact_labels,
    )
    n, d, m = set_a.x.shape[0], set_a.x.shape[1], set_b.x.shape[0]
    slope, slope_view = empty((n, d), "gradient") if gradient else (None, None)
    mass, mass_view = empty((n, m), "plan", "float64") if plan else (None, None)
    found = c.DistanceResult()
    Context(threads, device=device).call(
        C.rc_distance_between,
        text(name, "name"),
        set_a.points,
        set_b.points,
        options,
        pointer(slope_view),
        pointer(mass_view),
        found,
    )
    if not found.converged:
        warnings.warn(
            f"{name}: not converged after {found.iterations} passes, the marginals are off by "
            f"{found.marginal_error:.2g}; the value may be too {'high' if found.local else 'low'}: allow more passes",
            RecraftWarning,
            stacklevel=2,
        )
    return Distance(
        name,
        found.value,
        found.root,
        found.epsilon,
        found.iterations,
        found.marginal_error,
        found.converged,
        found.local,
        found.seconds,
        slope,
        mass,
    )


@dataclass(frozen=True)
class Entropy:
    """What `entropy` found, in nats."""

    conditional_entropy: float
    """H(Zs|Zt): of the source's labels within the target's classes."""
    entropy: float
    """H(Zs): of the mean prediction."""
    information: float
    """I(Zs;Zt), their difference."""
    used_labels: float
    """exp(H(Zs)): how many of the source's labels are in use."""
    gradient: Optional[Array] = None
    """[N, K] float32, if asked for."""


def entropy(
    probabilities: Any,
    labels: Any,
    *,
    gradient: bool = False,
    weight_conditional: float = 1.0,
    weight_information: float = 0.0,
) -> Entropy:
    """Feature-label distortion: what the classes of a target say about the labels that a source predicts.

    Parameters
    ----------
    probabilities : array [N, K]: the source's probabilities for each of N samples; rows sum to 1.
    labels : whole numbers [N]: the target's classes.
    gradient : also compute the gradient of weight_conditional H(Zs|Zt) - weight_information I(Zs;Zt) in the
        probabilities, [N, K].
    """
    p, y = _view(probabilities, "probabilities"), _view(labels, "labels")
    slope, slope_view = empty((p.shape[0], p.shape[1]), "gradient") if gradient else (None, None)
    weights = real(weight_conditional, "weight_conditional"), real(weight_information, "weight_information")
    found = c.EntropyResult()
    Context().call(C.rc_entropy, p, y, *weights, pointer(slope_view), found)
    return Entropy(found.conditional_entropy, found.entropy, found.information, found.used_labels, slope)
