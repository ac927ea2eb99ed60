"""Fit clusters that share nothing, one after the other."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel, summing_kernel
from specks.refinement.fit._evaluate_kernels import evaluate
from specks.refinement.fit._pixel_kernels import collect_pixels
from specks.refinement.fit._step_kernels import free_unknowns, longest, put_unknowns, solve_within
from specks.refinement.fit._weight_kernels import LINEAR
from specks.refinement.fit.arrays import POSITION, Desk, Floats, Ints, Problem, Room, State

__all__ = ["CONVERGED", "FLAT", "LIMIT", "RUNNING", "accept", "farthest", "fit_alone"]

RUNNING, CONVERGED, FLAT, LIMIT = 0, 1, 2, 3
#: Damping at first, at least, and from which on no step helps; and how it falls and rises.
DAMPING, LEAST, MOST, FALL, RISE = 1e-3, 1e-9, 1e10, 0.1, 8.0
#: Part of the cost that a step may promise and be taken without looking, and that it must gain to go on.
GAIN, IDLE = 1e-7, 1e-10
#: Part of the squared sum of the pixels below which residuals are rounding.
ROUNDING = 1e-18
#: Part of the cost that all unknowns together may gain where a fit has come to rest.
RESTING = 1e-4
#: Times negligible costs that are small enough for that.
IDLY_SMALL = 1e6
#: Evaluations after which a fit is given up.
EVALUATIONS = 100


@kernel
def accept(problem: Problem, room: Room, state: State, c: int) -> None:
    """Let what was tried be where cluster `c` stands."""
    start, stop = problem.unknown_first[c], problem.unknown_first[c + 1]
    first, m = problem.matrix_first[c], stop - start
    state.unknown[start:stop] = state.tried[start:stop]
    state.gradient[start:stop] = state.new_gradient[start:stop]
    state.matrix[first : first + m * m] = state.new_matrix[first : first + m * m]
    state.cost[c] = state.new_cost[c]
    for i in range(problem.first[c], problem.first[c + 1]):
        state.values[i] = state.trial[i]
    if problem.loss != LINEAR:
        begin, end = room.pixel_first[c], room.pixel_first[c] + room.pixels[c]
        room.root_weight[begin:end] = room.new_root_weight[begin:end]


@kernel
def farthest(problem: Problem, room: Room, values: Floats, c: int) -> float:
    """How far a feature of cluster `c` has gone from where its pixels were collected."""
    most = 0.0
    for i in range(problem.first[c], problem.first[c + 1]):
        distance = 0.0
        for d in range(3):
            distance += (values[i, POSITION + d] - room.centre[i, d]) ** 2
        most = max(most, distance)
    return math.sqrt(most)


@summing_kernel
def squared_range(room: Room, c: int) -> float:
    """Squared sum of the pixels about their mean, which residuals are held against."""
    start, pixels = room.pixel_first[c], room.pixels[c]
    mean, total = 0.0, 0.0
    for p in range(start, start + pixels):
        mean += room.value[p]
    mean /= max(pixels, 1)
    for p in range(start, start + pixels):
        total += (room.value[p] - mean) ** 2
    return total


@kernel
def is_at_rest(
    unknown: Floats, lower: Floats, upper: Floats, gradient: Floats, matrix: Floats, cost: float, free: Ints
) -> bool:
    """Whether no unknown by itself has anything to gain: steps that fail are then rounding."""
    m, gain = len(unknown), 0.0
    many = free_unknowns(unknown, lower, upper, gradient, matrix, free)
    for i in range(many):
        u = free[i]
        gain += gradient[u] * gradient[u] / matrix[u * m + u]
    return gain <= RESTING * cost


@kernel
def descend(
    problem: Problem,
    room: Room,
    state: State,
    c: int,
    desk: Desk,
    free: Ints,
    step: Floats,
    a: Floats,
    b: Floats,
) -> None:
    """Step down from where cluster `c` stands until it ends."""
    start, stop = problem.unknown_first[c], problem.unknown_first[c + 1]
    m, first = stop - start, problem.matrix_first[c]
    index = problem.numbers[problem.first[c] : problem.first[c + 1]]
    lower, upper = problem.lower[start:stop], problem.upper[start:stop]
    values = state.values[problem.first[c] : problem.first[c + 1]]
    trial = state.trial[problem.first[c] : problem.first[c + 1]]
    unknown, tried = state.unknown[start:stop], state.tried[start:stop]
    gradient, matrix = state.gradient[start:stop], state.matrix[first : first + m * m]
    negligible, given = ROUNDING * squared_range(room, c), desk.table
    damping, cost, ended = DAMPING, state.cost[c], RUNNING
    while ended == RUNNING:
        if cost <= negligible:
            ended = CONVERGED
            break
        if not solve_within(unknown, lower, upper, gradient, matrix, damping, free, step, a, b):
            damping *= RISE
            ended = FLAT if damping > MOST else RUNNING
            continue
        part, length = longest(index, problem.isotropic, values, step), 0.0
        for u in range(m):
            step[u] *= part
            length += step[u] * step[u] * matrix[u * m + u]
            tried[u] = min(max(unknown[u] + step[u], lower[u]), upper[u])
        put_unknowns(index, tried, trial)
        # A step that damping has made short says nothing of how near the minimum is.
        near = part == 1.0 and length * (1.0 + damping) ** 2 <= GAIN * cost
        if not near:
            evaluate(problem, room, state, state.trial, given, c, desk)
        # What is near is a small part of the standard error: it is taken without looking.
        if near or state.judged[c] <= cost:
            unknown[:], values[:] = tried, trial
            if near:
                ended = CONVERGED
                break
            small = part == 1.0 and cost - state.judged[c] <= IDLE * cost
            gradient[:] = state.new_gradient[start:stop]
            matrix[:] = state.new_matrix[first : first + m * m]
            cost = state.new_cost[c]
            if problem.loss != LINEAR:
                begin, end = room.pixel_first[c], room.pixel_first[c] + room.pixels[c]
                room.root_weight[begin:end] = room.new_root_weight[begin:end]
            damping = max(LEAST, damping * FALL)
            ended = CONVERGED if small else RUNNING
        else:
            damping *= RISE
            ended = FLAT if damping > MOST else RUNNING
        if ended == RUNNING and state.evaluations[c] >= EVALUATIONS:
            ended = LIMIT
    scale = max(cost, IDLY_SMALL * negligible)
    if ended != CONVERGED and is_at_rest(unknown, lower, upper, gradient, matrix, scale, free):
        ended = CONVERGED
    state.cost[c], state.ended[c], state.damping[c] = cost, ended, damping


@kernel
def fit_alone(
    problem: Problem,
    room: Room,
    state: State,
    image: npt.NDArray[np.generic],
    clusters: Ints,
    desk: Desk,
    max_shift: float,
    max_rounds: int,
) -> None:
    """Fit each of `clusters` to `image`, collecting pixels anew where features have moved.

    Parameters
    ----------
    problem, room, state
        As everywhere; the state's parameters and unknowns are where the fit begins.
    image : array (z, y, x)
    clusters : array of int64
        Which; all of this image.
    desk : Desk
    max_shift : float
        How far a feature may go before pixels are collected anew, in pixels.
    max_rounds : int
        How often they are collected at most.
    """
    most = 1
    for c in clusters:
        most = max(most, problem.unknown_first[c + 1] - problem.unknown_first[c])
    free, step, a, b = np.empty(most, np.int64), np.empty(most), np.empty((most, most)), np.empty(most)
    number, given = np.empty(1, np.int32), desk.table
    for c in clusters:
        while True:
            number = collect_pixels(problem, room, image, state.values, c, number)
            state.rounds[c] += 1
            start, stop = problem.unknown_first[c], problem.unknown_first[c + 1]
            state.tried[start:stop] = state.unknown[start:stop]
            i, j = problem.first[c], problem.first[c + 1]
            put_unknowns(problem.numbers[i:j], state.tried[start:stop], state.values[i:j])
            state.trial[i:j] = state.values[i:j]
            evaluate(problem, room, state, state.values, given, c, desk)
            accept(problem, room, state, c)
            descend(problem, room, state, c, desk, free, step, a, b)
            if state.ended[c] == LIMIT or state.rounds[c] >= max_rounds:
                break
            if farthest(problem, room, state.values, c) < max_shift:
                break
