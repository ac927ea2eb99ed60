"""Collect and evaluate many clusters, step by step for all at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel, summing_kernel, uncounted
from specks.refinement.fit._alone_kernels import accept
from specks.refinement.fit._column_kernels import lay_deltas, square_distances
from specks.refinement.fit._evaluate_kernels import evaluate
from specks.refinement.fit._pixel_kernels import collect_pixels
from specks.refinement.fit.arrays import Desk, Floats, Ints, Problem, Room, State

__all__ = ["accept_clusters", "collect_clusters", "evaluate_clusters", "lay_distances"]


@kernel
def collect_clusters(
    problem: Problem, room: Room, image: npt.NDArray[np.generic], values: Floats, clusters: Ints
) -> None:
    """Collect the pixels of each of `clusters` around where `values` say its features are."""
    number = np.empty(1, np.int32)
    for c in clusters:
        number = collect_pixels(problem, room, image, values, c, number)


@summing_kernel
def evaluate_clusters(
    problem: Problem, room: Room, state: State, values: Floats, given: Floats, clusters: Ints, desk: Desk
) -> None:
    """Evaluate each of `clusters`."""
    problem, room, state, desk = uncounted(problem), uncounted(room), uncounted(state), uncounted(desk)
    for c in clusters:
        evaluate(problem, room, state, values, given, c, desk)


@kernel
def accept_clusters(problem: Problem, room: Room, state: State, clusters: Ints) -> None:
    """Let what was tried be where each of `clusters` stands."""
    for c in clusters:
        accept(problem, room, state, c)


@kernel
def lay_distances(
    problem: Problem, room: Room, values: Floats, clusters: Ints, desk: Desk, r2: Floats
) -> None:
    """Fill `r2` with the squared distance of each pixel that a feature is seen in, in units of its size."""
    for c in clusters:
        for i in range(problem.first[c], problem.first[c + 1]):
            lay_deltas(values[i], room.box[i], desk.delta)
            square_distances(
                problem.dimensions, problem.isotropic, values[i], desk.delta, room.box[i], room.run,
                r2[room.support_first[i] :],
            )  # fmt: skip
