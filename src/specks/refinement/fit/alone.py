"""Fit the clusters of one image, each for itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.blocks import map_blocks
from specks.refinement.fit._alone_kernels import fit_alone
from specks.refinement.fit._judge_kernels import judge_clusters
from specks.refinement.fit._plain_kernels import take_weights_off
from specks.refinement.fit._weight_kernels import LINEAR
from specks.refinement.fit.arrays import BACKGROUND, SEEN, Desk, Floats, Ints, Problem, Room, State
from specks.refinement.fit.assemble import Model, places, workplace

__all__ = ["Fitted", "Start", "fit_small", "judge_unknowns", "pieces", "plain", "unpacked"]

#: Features that are worked on in one call, so that none takes long.
PIECE = 600


@dataclass(frozen=True, eq=False)
class Start:
    """Features sorted by cluster, and where their fit begins.

    Parameters
    ----------
    values, lower, upper : array (features, parameters) of float64
    first : array (clusters + 1,) of int64
        Where the features of each cluster begin.
    """

    values: Floats
    lower: Floats
    upper: Floats
    first: Ints

    def workplace(self, model: Model, shape: Sequence[int]) -> tuple[Problem, Room, State, Desk]:
        """What their fit to an image of a shape is worked out with."""
        return workplace(model, self.values, self.lower, self.upper, self.first, shape)

    def part(self, begin: int, end: int) -> Start:
        """Some of the clusters."""
        a, b = self.first[begin], self.first[end]
        return Start(self.values[a:b], self.lower[a:b], self.upper[a:b], self.first[begin : end + 1] - a)

    def only(self, keep: npt.NDArray[np.bool_]) -> Start:
        """Those of the clusters."""
        sizes = np.diff(self.first)
        rows = np.repeat(keep, sizes)
        first = np.concatenate([[0], np.cumsum(sizes[keep])])
        return Start(self.values[rows], self.lower[rows], self.upper[rows], first)


@dataclass(frozen=True, eq=False)
class Fitted:
    """What was found of features.

    Parameters
    ----------
    values : array (features, parameters) of float64
    deviation : array (features, parameters) of float64
        Standard errors; NaN where there is none.
    held : array (features, parameters) of int8
        Which bound holds a parameter: 0 none, 1 the lower, 2 the upper.
    pressure : array (features,) of float64
        How strongly a bound holds the background, in standard errors.
    cost : array (features,) of float64
        Sum of the squared residuals of its cluster.
    pixels, unknowns : array (features,) of int64
        Pixels and unknowns of its cluster.
    seen : array (features,) of int64
        Pixels in which it is seen itself.
    ended : array (features,) of int8
        Why the fit of its cluster ended.
    evaluations : array (features,) of int64
        How often the model of its cluster was evaluated.
    """

    values: Floats
    deviation: Floats
    held: npt.NDArray[np.int8]
    pressure: Floats
    cost: Floats
    pixels: Ints
    unknowns: Ints
    seen: Ints
    ended: npt.NDArray[np.int8]
    evaluations: Ints

    @classmethod
    def nothing(cls, start: Floats) -> Fitted:
        """Of features that were not fitted."""
        n = len(start)
        counts = (np.zeros(n, np.int64) for _ in range(4))
        pixels, unknowns, seen, evaluations = counts
        return cls(
            values=start.copy(),
            deviation=np.full(start.shape, np.nan),
            held=np.zeros(start.shape, np.int8),
            pressure=np.zeros(n),
            cost=np.full(n, np.nan),
            pixels=pixels,
            unknowns=unknowns,
            seen=seen,
            ended=np.zeros(n, np.int8),
            evaluations=evaluations,
        )

    def put(self, rows: Any, other: Fitted) -> None:
        """Write what is known of rows."""
        for name in self.__dataclass_fields__:
            getattr(self, name)[rows] = getattr(other, name)

    @classmethod
    def joined(cls, parts: list[Fitted]) -> Fitted:
        """Several as one, in their order."""
        names = cls.__dataclass_fields__
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def pieces(first: Ints) -> Iterator[tuple[int, int]]:
    """Runs of clusters with about `PIECE` features."""
    begin = 0
    while begin < len(first) - 1:
        end = int(np.searchsorted(first, first[begin] + PIECE, "right")) - 1
        end = max(end, begin + 1)
        yield begin, end
        begin = end


def fit_small(
    model: Model,
    start: Start,
    image: npt.NDArray[np.generic],
    max_shift: float,
    max_rounds: int,
    executor: Executor | None = None,
) -> Fitted:
    """Fit clusters of an image whose features are not very many.

    Parameters
    ----------
    model : Model
    start : Start
    image : array (z, y, x) of float32 or float64
    max_shift : float
        How far a feature may go before pixels are collected anew, in pixels.
    max_rounds : int
        How often they are collected at most.
    executor : concurrent.futures.Executor, optional
        Where pieces are fitted; threads of this process, where there are several, when not given.
    """
    parts = [start.part(*run) for run in pieces(start.first)]
    task = partial(_fit_piece, model, image, max_shift, max_rounds)
    if len(parts) == 1 and executor is None:
        return task(parts[0])
    return Fitted.joined([fitted for _, fitted in map_blocks(task, parts, executor)])


def _fit_piece(
    model: Model, image: npt.NDArray[np.generic], max_shift: float, max_rounds: int, start: Start
) -> Fitted:
    problem, room, state, desk = start.workplace(model, image.shape)
    clusters = np.arange(len(start.first) - 1)
    fit_alone(problem, room, state, image, clusters, desk, max_shift, max_rounds)
    variances = plain(problem, room, state, clusters, np.empty((0, 0)), desk)
    return unpacked(problem, room, state, *judge_unknowns(problem, room, state, clusters, variances))


def plain(problem: Problem, room: Room, state: State, clusters: Ints, given: Floats, desk: Desk) -> Floats:
    """Take weights off the costs; by what inverse matrices are to be multiplied, NaN where costs say it."""
    variances = np.full(len(problem.first) - 1, np.nan)
    if problem.loss != LINEAR:
        take_weights_off(problem, room, state, clusters, given, desk, variances)
    return variances


def judge_unknowns(
    problem: Problem, room: Room, state: State, clusters: Ints, variances: Floats
) -> tuple[Floats, npt.NDArray[np.int8], Floats]:
    """Standard errors of unknowns, which bounds hold them, and how strongly."""
    unknowns = len(state.unknown)
    deviation, pressure = np.full(unknowns, np.nan), np.zeros(unknowns)
    held = np.zeros(unknowns, np.int8)
    judge_clusters(problem, room, state, clusters, variances, deviation, held, pressure)
    return deviation, held, pressure


def unpacked(
    problem: Problem,
    room: Room,
    state: State,
    deviation: Floats,
    held: npt.NDArray[np.int8],
    pressure: Floats,
) -> Fitted:
    """What is known of unknowns and clusters, for each feature."""
    sizes = np.diff(problem.first)
    where, known = places(problem.numbers, problem.unknown_first, problem.first)
    shape = state.values.shape
    spread, stuck, pressed = np.full(shape, np.nan), np.zeros(shape, np.int8), np.zeros(shape)
    spread[known], stuck[known], pressed[known] = deviation[where], held[where], pressure[where]
    fixed = problem.lower[where] == problem.upper[where]
    stuck[known[0][fixed], known[1][fixed]] = 0
    unknowns = np.diff(problem.unknown_first)
    return Fitted(
        values=state.values,
        deviation=spread,
        held=stuck,
        pressure=pressed[:, BACKGROUND].copy(),
        cost=np.repeat(state.cost, sizes),
        pixels=np.repeat(room.pixels, sizes),
        unknowns=np.repeat(unknowns, sizes),
        seen=room.box[:, SEEN].copy(),
        ended=np.repeat(state.ended, sizes),
        evaluations=np.repeat(state.evaluations, sizes),
    )
