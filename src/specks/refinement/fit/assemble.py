"""Make a problem of features, and the room to work it out in."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from specks.refinement.fit._gauss_kernels import LAID, POWERS
from specks.refinement.fit._profile_kernels import GAUSS
from specks.refinement.fit.arrays import (
    BACKGROUND,
    EXTRA,
    POSITION,
    SEEN,
    SIGNAL,
    SIZE,
    Desk,
    Floats,
    Ints,
    Problem,
    Room,
    Shorts,
    State,
)

__all__ = [
    "Model",
    "assemble",
    "desk_for",
    "mask_capacity",
    "places",
    "reach_of",
    "room_for",
    "state_for",
    "workplace",
]

#: As far as a feature shines, in units of its size: there it is fainter than 1e-11 of its middle.
SHINE = 5.1


#: The last axis, along which runs of pixels lie.
X = 2

#: Farther than any image is wide, in pixels.
EVERYWHERE = 1e9


@dataclass(frozen=True)
class Model:
    """What features look like, and what of them is to be found.

    Parameters
    ----------
    profile, loss : int
        Which, by number.
    dimensions : int
        2 or 3.
    isotropic : bool
        Whether one size counts for all axes.
    radius : tuple of float
        Half axes of the mask, (z, y, x); z is 1 in a plane.
    modes : tuple of str
        For each column of the parameters "const", "var", "cluster", "frame" or "global".
    full_tails : bool
        Whether features are seen in the masks of all others of their cluster.
    decays : bool
        Whether the profile falls so fast that it ends somewhere.
    gain, offset : float
        Gray levels an event, and those of none.
    """

    profile: int
    loss: int
    dimensions: int
    isotropic: bool
    radius: tuple[float, float, float]
    modes: tuple[str, ...]
    full_tails: bool
    decays: bool = True
    gain: float = 1.0
    offset: float = 0.0

    def with_modes(self, modes: tuple[str, ...]) -> Model:
        """The same with other things to be found."""
        return dataclasses.replace(self, modes=modes)

    def with_tails(self) -> Model:
        """The same with features seen as far as they shine."""
        return dataclasses.replace(self, full_tails=True)


def numbered(modes: Sequence[str], first: Ints) -> tuple[Shorts, Ints]:
    """Number the unknowns of each cluster, parameter by parameter, shared ones last; and count them."""
    sizes = np.diff(first)
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    member = np.arange(first[-1]) - first[cluster]
    index = np.full((first[-1], len(modes)), -1, np.int32)
    many = np.zeros(len(sizes), np.int64)
    shared = [p for p, mode in enumerate(modes) if mode in {"frame", "global"}]
    own = [p for p, mode in enumerate(modes) if mode in {"var", "cluster"}]
    for p in own + shared:
        if modes[p] == "var":
            index[:, p] = many[cluster] + member
            many += sizes
        else:
            index[:, p] = many[cluster]
            many += 1
    return index, many


def assemble(model: Model, values: Floats, lower: Floats, upper: Floats, first: Ints) -> Problem:
    """The problem of features that are sorted by cluster.

    Parameters
    ----------
    model : Model
    values, lower, upper : array (features, parameters) of float64
        Where the fit begins, and bounds.
    first : array (clusters + 1,) of int64
        Where the features of each cluster begin.
    """
    index, many = numbered(model.modes, first)
    unknown_first = np.concatenate([[0], np.cumsum(many)])
    low, high = np.full(unknown_first[-1], np.inf), np.full(unknown_first[-1], -np.inf)
    where, known = places(index, unknown_first, first)
    np.minimum.at(low, where, lower[known])
    np.maximum.at(high, where, upper[known])
    active = np.array(
        [p for p, mode in enumerate(model.modes) if mode != "const" and p != BACKGROUND], np.int32
    )
    terms = terms_of(model, active)
    return Problem(
        first=first,
        numbers=index,
        unknown_first=unknown_first,
        matrix_first=np.concatenate([[0], np.cumsum(many**2)]),
        lower=low,
        upper=high,
        active=active,
        terms=terms,
        top=int(terms[:, 2].max(initial=0)) + 1,
        radius=np.asarray(model.radius, np.float64),
        reach=reach_of(model, values),
        profile=model.profile,
        loss=model.loss,
        dimensions=model.dimensions,
        isotropic=model.isotropic,
        gain=model.gain,
        offset=model.offset,
    )


def terms_of(model: Model, active: Shorts) -> Shorts:
    """Of which factors the derivatives of a Gauss by the parameters that are unknown are made."""
    found = []
    for a, p in enumerate(active):
        if p == SIGNAL:
            found.append((a, X, 0))
        elif POSITION <= p < SIZE:
            found.append((a, p - POSITION, 1))
        elif SIZE <= p < EXTRA and model.isotropic:
            found += [(a, axis, 2) for axis in range(3 - model.dimensions, 3)]
        elif SIZE <= p < EXTRA:
            found.append((a, p - SIZE, 2))
    return np.array(found, np.int32).reshape(-1, 3)


def reach_of(model: Model, values: Floats) -> Floats:
    """Half axes of where each feature is seen."""
    reach = np.tile(np.asarray(model.radius), (len(values), 1))
    if model.full_tails:
        size = values[:, [5, 5, 5]] if model.isotropic else values[:, 5:8]
        far = SHINE * math.sqrt(2 / model.dimensions) * np.abs(size)
        reach = np.maximum(reach, far if model.decays else EVERYWHERE)
    return reach


def places(index: Shorts, unknown_first: Ints, first: Ints) -> tuple[Ints, tuple[Ints, Ints]]:
    """Which unknown each parameter is that is one."""
    feature, parameter = np.nonzero(index >= 0)
    cluster = np.repeat(np.arange(len(first) - 1), np.diff(first))
    return unknown_first[cluster[feature]] + index[feature, parameter], (feature, parameter)


def workplace(
    model: Model, values: Floats, lower: Floats, upper: Floats, first: Ints, shape: Sequence[int]
) -> tuple[Problem, Room, State, Desk]:
    """The problem of features in an image of a shape, and all that it is worked out with."""
    problem = assemble(model, values, lower, upper, first)
    room = room_for(problem, mask_capacity(problem.radius))
    return problem, room, state_for(problem, values), desk_for(problem, room, shape)


def mask_capacity(radius: Floats) -> int:
    """No fewer than the pixels that a mask can hold."""
    flat = radius[0] <= 1.0 and len(radius) == 3
    axes = radius[1:] if flat else radius
    slack = math.sqrt(len(axes)) / 2
    ball = math.pi if len(axes) == 2 else 4 / 3 * math.pi
    return math.ceil(ball * float(np.prod(axes + slack)))


def room_for(problem: Problem, capacity: int) -> Room:
    """Room for the pixels of a problem, of which a mask holds at most `capacity`."""
    sizes = np.diff(problem.first)
    pixel_first = np.concatenate([[0], np.cumsum(sizes * capacity)])
    of = np.repeat(sizes, sizes)
    most = np.where((problem.reach > problem.radius).any(1), of * capacity, capacity)
    finite = np.asarray((problem.reach < EVERYWHERE).all(axis=1))
    ball = np.pi if problem.dimensions == 2 else 4 / 3 * np.pi
    volume = ball * np.prod(np.where(finite[:, None], problem.reach[:, 3 - problem.dimensions :], 0) + 1, 1)
    most = np.where(finite, np.minimum(most, np.ceil(volume).astype(np.int64)), most)
    support_first = np.concatenate([[0], np.cumsum(most)])
    features, pixels, seen = len(of), int(pixel_first[-1]), int(support_first[-1])
    weights = pixels if problem.loss else 1
    return Room(
        pixel_first=pixel_first,
        pixels=np.zeros(len(sizes), np.int64),
        value=np.empty(pixels),
        weight=np.ones(weights),
        new_weight=np.ones(weights),
        support_first=support_first,
        box=np.zeros((features, SEEN + 1), np.int64),
        run=np.empty((seen, 5), np.int32),
        centre=np.zeros((features, 3)),
    )


def state_for(problem: Problem, values: Floats) -> State:
    """Where a fit begins: unknowns that are shared at the mean of those who share them."""
    where, known = places(problem.numbers, problem.unknown_first, problem.first)
    unknowns, clusters = int(problem.unknown_first[-1]), len(problem.first) - 1
    total = np.bincount(where, values[known], unknowns)
    unknown = np.clip(total / np.bincount(where, minlength=unknowns), problem.lower, problem.upper)
    matrices = int(problem.matrix_first[-1])
    return State(
        values=values.copy(),
        trial=values.copy(),
        unknown=unknown,
        tried=unknown.copy(),
        gradient=np.zeros(unknowns),
        new_gradient=np.zeros(unknowns),
        matrix=np.zeros(matrices),
        new_matrix=np.zeros(matrices),
        cost=np.zeros(clusters),
        judged=np.zeros(clusters),
        new_cost=np.zeros(clusters),
        stride=np.ones(clusters),
        damping=np.zeros(clusters),
        evaluations=np.zeros(clusters, np.int64),
        rounds=np.zeros(clusters, np.int64),
        ended=np.zeros(clusters, np.int8),
    )


def desk_for(problem: Problem, room: Room, shape: Sequence[int]) -> Desk:
    """A desk on which any cluster of the problem has its place."""
    parameters = problem.numbers.shape[1]
    features = int(np.diff(problem.first).max(initial=1))
    pixels = int(np.diff(room.pixel_first).max(initial=1))
    seen = int(np.diff(room.support_first).max(initial=1))
    side = min(max(shape), 2 * math.ceil(problem.reach.max(initial=0)) + 3)
    # A Gauss is worked out along runs, of which there is at most one a pixel; others pixel by pixel.
    boxes, terms, runs, laid = (
        (features, len(problem.terms), seen, 0) if problem.profile == GAUSS else (0, 0, 0, seen)
    )
    residual = np.zeros(pixels)
    return Desk(
        delta=np.zeros((3, side)),
        laid=np.zeros((boxes, LAID, side)),
        prefix=np.zeros((side + 1, POWERS**2)),
        common=np.empty((runs, 5), np.int32),
        along=np.empty((POWERS**2, runs)),
        factor=np.empty((terms, runs)),
        other=np.empty((terms, runs)),
        coefficient=np.zeros((features, terms)),
        sums=np.zeros((max(terms, 1), max(terms, 1))),
        r2=np.zeros(laid),
        value=np.zeros(laid),
        slope=np.zeros(laid),
        extra=np.zeros((max(parameters - EXTRA, 1), laid)),
        columns=np.zeros((features * parameters, laid)),
        gathered=np.zeros(laid),
        counted=np.zeros(laid),
        guess=np.zeros(1),
        spread=np.zeros((parameters, pixels if laid else 0)),
        residual=residual,
        weighed=np.zeros(pixels) if problem.loss else residual,
    )
