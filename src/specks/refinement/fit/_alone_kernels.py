"""Fit clusters that share nothing, one after the other."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from specks._core.kernel import inlined, kernel, summing_kernel, uncounted
from specks.refinement.fit._evaluate_kernels import evaluate
from specks.refinement.fit._pixel_kernels import collect_pixels
from specks.refinement.fit._step_kernels import free_unknowns, longest, put_unknowns, solve_within
from specks.refinement.fit._weight_kernels import LINEAR
from specks.refinement.fit.arrays import POSITION, Desk, Floats, Ints, Problem, Room, Shorts, State

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


@inlined
def accept(problem: Problem, room: Room, state: State, c: int) -> None:
    """Let what was tried be where cluster `c` stands."""
    start, stop = problem.unknown_first[c], problem.unknown_first[c + 1]
    first, m = problem.matrix_first[c], stop - start
    for u in range(start, stop):
        state.unknown[u], state.gradient[u] = state.tried[u], state.new_gradient[u]
    for k in range(first, first + m * m):
        state.matrix[k] = state.new_matrix[k]
    state.cost[c] = state.new_cost[c]
    for i in range(problem.first[c], problem.first[c + 1]):
        for p in range(state.values.shape[1]):
            state.values[i, p] = state.trial[i, p]
    if problem.loss != LINEAR:
        for p in range(room.pixel_first[c], room.pixel_first[c] + room.pixels[c]):
            room.weight[p] = room.new_weight[p]


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
def squared_range(value: Floats, start: int, pixels: int) -> float:
    """Squared sum of the pixels of a cluster about their mean, which residuals are held against."""
    mean, total, held = 0.0, 0.0, value[start : start + pixels]
    for p in range(pixels):
        mean += held[p]
    mean /= max(pixels, 1)
    for p in range(pixels):
        total += (held[p] - mean) ** 2
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


@inlined
def next_step(
    index: Shorts,
    isotropic: bool,
    values: Floats,
    trial: Floats,
    unknown: Floats,
    tried: Floats,
    lower: Floats,
    upper: Floats,
    gradient: Floats,
    matrix: Floats,
    cost: float,
    negligible: float,
    stride: float,
    damping: float,
    free: Ints,
    step: Floats,
    a: Floats,
    b: Floats,
) -> tuple[int, float, float]:
    """Try what lies a step down from where a cluster stands.

    Returns
    -------
    ended : int
        RUNNING where what is tried has to be evaluated; else why the fit has ended.
    damping : float
        That the step was found with.
    part : float
        Which part of the step was taken.
    """
    m = len(unknown)
    if cost <= negligible:
        return CONVERGED, damping, 0.0
    while not solve_within(unknown, lower, upper, gradient, matrix, damping, free, step, a, b):
        damping *= RISE
        if damping > MOST:
            return FLAT, damping, 0.0
    for u in range(m):
        step[u] *= stride
    part, length = longest(index, isotropic, values, step), 0.0
    for u in range(m):
        step[u] *= part
        length += step[u] * step[u] * matrix[u * m + u]
        tried[u] = min(max(unknown[u] + step[u], lower[u]), upper[u])
    put_unknowns(index, tried, trial)
    # A step that damping has made short says nothing of how near the minimum is. What is near is a small part of the
    # standard error: it is taken without looking.
    if part == 1.0 and length * (1.0 + damping) ** 2 <= GAIN * cost:
        for u in range(m):
            unknown[u] = tried[u]
        put_unknowns(index, tried, values)
        return CONVERGED, damping, part
    return RUNNING, damping, part


@summing_kernel
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
    problem, room, state, desk = uncounted(problem), uncounted(room), uncounted(state), uncounted(desk)
    most = 1
    for c in clusters:
        most = max(most, problem.unknown_first[c + 1] - problem.unknown_first[c])
    free, step, a, b = np.empty(most, np.int64), np.empty(most), np.empty((most, most)), np.empty(most)
    number, given = np.empty(1, np.int32), desk.sums
    for c in clusters:
        start, stop = problem.unknown_first[c], problem.unknown_first[c + 1]
        m, at, i, j = stop - start, problem.matrix_first[c], problem.first[c], problem.first[c + 1]
        index, isotropic = problem.numbers[i:j], problem.isotropic
        lower, upper = problem.lower[start:stop], problem.upper[start:stop]
        values, trial = state.values[i:j], state.trial[i:j]
        unknown, tried = state.unknown[start:stop], state.tried[start:stop]
        gradient, matrix = state.gradient[start:stop], state.matrix[at : at + m * m]
        while True:
            number = collect_pixels(problem, room, image, state.values, c, number)
            state.rounds[c] += 1
            for u in range(m):
                tried[u] = unknown[u]
            for k in range(j - i):
                for p in range(values.shape[1]):
                    trial[k, p] = values[k, p]
            put_unknowns(index, tried, trial)
            negligible = ROUNDING * squared_range(room.value, room.pixel_first[c], room.pixels[c])
            damping, cost, part, stride, ended = DAMPING / FALL, np.inf, 0.0, 1.0, RUNNING
            while ended == RUNNING:
                evaluate(problem, room, state, state.trial, given, c, desk)
                judged = state.judged[c]
                if judged <= cost:
                    small = part == 1.0 and cost - judged <= IDLE * cost
                    accept(problem, room, state, c)
                    # Far from the minimum, and without noise, residuals and with them their scale shrink by each
                    # step: only where they stay has the loss the curvature that it has at rest.
                    stride = 1.0 + (state.stride[c] - 1.0) * (judged / cost if cost > 0.0 else 0.0)
                    cost = state.cost[c]
                    damping = max(LEAST, damping * FALL)
                    ended = CONVERGED if small else RUNNING
                else:
                    damping *= RISE
                    ended = FLAT if damping > MOST else RUNNING
                if ended == RUNNING and state.evaluations[c] >= EVALUATIONS:
                    ended = LIMIT
                if ended == RUNNING:
                    ended, damping, part = next_step(
                        index, isotropic, values, trial, unknown, tried, lower, upper, gradient, matrix, cost,
                        negligible, stride, damping, free, step, a, b,
                    )  # fmt: skip
            scale = max(cost, IDLY_SMALL * negligible)
            if ended != CONVERGED and is_at_rest(unknown, lower, upper, gradient, matrix, scale, free):
                ended = CONVERGED
            state.cost[c], state.ended[c], state.damping[c] = cost, ended, damping
            if ended == LIMIT or state.rounds[c] >= max_rounds:
                break
            if farthest(problem, room, state.values, c) < max_shift:
                break
