"""Evaluate the model of a cluster: residuals, and products of the derivatives with them and each other."""

from __future__ import annotations

import math

import numpy as np

from specks._core.kernel import summing_kernel
from specks.refinement.fit._profile_kernels import (
    GAUSS,
    GIVEN,
    gauss_tables,
    profile_values,
    squared_distances,
)
from specks.refinement.fit._weight_kernels import LINEAR, weigh
from specks.refinement.fit.arrays import (
    BACKGROUND,
    EXTRA,
    POSITION,
    SIGNAL,
    SIZE,
    Desk,
    Floats,
    Places,
    Problem,
    Room,
    State,
)

__all__ = ["evaluate", "lay_tables", "list_active"]


@summing_kernel
def dot(a: Floats, b: Floats, count: int) -> float:
    total = 0.0
    for p in range(count):
        total += a[p] * b[p]
    return total


@summing_kernel
def total_of(a: Floats, count: int) -> float:
    total = 0.0
    for p in range(count):
        total += a[p]
    return total


@summing_kernel
def pick(source: Floats, at: Places, out: Floats) -> None:
    for p in range(len(at)):
        out[p] = source[at[p]]


@summing_kernel
def pick_times(source: Floats, at: Places, factor: float, weight: Floats, out: Floats) -> None:
    for p in range(len(at)):
        out[p] = factor * weight[p] * source[at[p]]


@summing_kernel
def take_from(target: Floats, at: Places, factor: float, value: Floats) -> None:
    for p in range(len(at)):
        target[at[p]] -= factor * value[p]


@summing_kernel
def list_active(problem: Problem, c: int, active: np.ndarray) -> None:
    """Which parameters of each feature are unknown, the background aside."""
    first = problem.first[c]
    for i in range(first, problem.first[c + 1]):
        many = 0
        for p in range(SIGNAL, problem.index.shape[1]):
            if problem.index[i, p] >= 0:
                many += 1
                active[i - first, many] = p
        active[i - first, 0] = many


@summing_kernel
def size_of(problem: Problem, values: Floats, d: int) -> float:
    return values[SIZE] if problem.isotropic else values[SIZE + d]


@summing_kernel
def lay_tables(problem: Problem, room: Room, values: Floats, i: int, delta: Floats, table: Floats) -> None:
    """Distances from the centre of a feature along each axis, and what its profile is made of."""
    for d in range(3):
        offset = room.origin[i, d] - values[POSITION + d]
        length = room.length[i, d]
        for k in range(length):
            delta[d, k] = k + offset
        if d < 3 - problem.dimensions:
            table[d, :length] = 1.0 if problem.profile == GAUSS else 0.0
            continue
        size = size_of(problem, values, d)
        if problem.profile == GAUSS:
            gauss_tables(offset, length, 0.5 * problem.dimensions / size**2, table[d])
        else:
            for k in range(length):
                table[d, k] = (delta[d, k] / size) ** 2


@summing_kernel
def fill_columns(
    problem: Problem, room: Room, values: Floats, i: int, row: int, many: int, desk: Desk
) -> None:
    """Derivatives of the model by the unknown parameters of a feature, into rows of `desk.columns`."""
    count, first, amplitude = room.supports[i], room.support_first[i], values[SIGNAL]
    for a in range(many):
        p = desk.active[row, a + 1]
        column = desk.columns[row * problem.index.shape[1] + a]
        if p == SIGNAL:
            for k in range(count):
                column[k] = desk.value[k]
        elif p < SIZE:
            d = p - POSITION
            factor = -2.0 * amplitude / size_of(problem, values, d) ** 2
            pick_times(desk.delta[d], room.step[d][first : first + count], factor, desk.slope, column)
        elif p < EXTRA and problem.isotropic:
            factor = -2.0 * amplitude / values[SIZE]
            for k in range(count):
                column[k] = factor * desk.slope[k] * desk.r2[k]
        elif p < EXTRA:
            d = p - SIZE
            factor = -2.0 * amplitude / size_of(problem, values, d) ** 3
            pick(desk.delta[d], room.step[d][first : first + count], column)
            for k in range(count):
                column[k] = factor * desk.slope[k] * column[k] ** 2
        else:
            extra = desk.extra[p - EXTRA]
            for k in range(count):
                column[k] = amplitude * extra[k]


@summing_kernel
def model_feature(
    problem: Problem, room: Room, values: Floats, given: Floats, i: int, row: int, desk: Desk
) -> None:
    """Take a feature from the residuals, and fill the rows of its derivatives."""
    count, first = room.supports[i], room.support_first[i]
    if count == 0:
        return
    many, n = desk.active[row, 0], problem.dimensions
    last = first + count
    z, y, x = room.step[0][first:last], room.step[1][first:last], room.step[2][first:last]
    lay_tables(problem, room, values, i, desk.delta, desk.table)
    if problem.profile != GAUSS:
        squared_distances(desk.table, z, y, x, desk.r2)
    elif problem.isotropic and sized(desk, row):
        for d in range(3 - n, 3):
            for k in range(room.length[i, d]):
                desk.square[d, k] = (desk.delta[d, k] / values[SIZE]) ** 2
        squared_distances(desk.square, z, y, x, desk.r2)
    if problem.profile == GIVEN:
        for k in range(count):
            desk.value[k], desk.slope[k] = given[0, first + k], given[1, first + k]
            for e in range(given.shape[0] - 2):
                desk.extra[e, k] = given[e + 2, first + k]
    else:
        profile_values(
            problem.profile, n, values, desk.table, z, y, x, desk.r2, desk.value, desk.slope, desk.extra
        )  # fmt: skip
    take_from(desk.residual, room.support[first:last], values[SIGNAL], desk.value)
    fill_columns(problem, room, values, i, row, many, desk)


@summing_kernel
def sized(desk: Desk, row: int) -> bool:
    """Whether a size of the feature is unknown."""
    found = False
    for a in range(desk.active[row, 0]):
        found = found or SIZE <= desk.active[row, a + 1] < EXTRA
    return found


@summing_kernel
def apart(room: Room, i: int, j: int) -> bool:
    """Whether the boxes of two features have no pixel in common."""
    for d in range(3):
        if (
            room.origin[i, d] >= room.origin[j, d] + room.length[j, d]
            or room.origin[j, d] >= room.origin[i, d] + room.length[i, d]
        ):
            return True
    return False


@summing_kernel
def add_pairs(problem: Problem, room: Room, c: int, i: int, matrix: Floats, desk: Desk) -> None:
    """Products of the derivatives of a feature with those of the ones after it."""
    first, last = problem.first[c], problem.first[c + 1]
    m, rows = problem.unknown_first[c + 1] - problem.unknown_first[c], problem.index.shape[1]
    row, laid = i - first, False
    mine = room.support[room.support_first[i] : room.support_first[i] + room.supports[i]]
    for j in range(i + 1, last):
        if room.supports[j] == 0 or apart(room, i, j):
            continue
        if not laid:
            for a in range(desk.active[row, 0]):
                spread, column = desk.spread[a], desk.columns[row * rows + a]
                for k in range(len(mine)):
                    spread[mine[k]] = column[k]
            laid = True
        count, other = room.supports[j], j - first
        theirs = room.support[room.support_first[j] : room.support_first[j] + count]
        for a in range(desk.active[row, 0]):
            u = problem.index[i, desk.active[row, a + 1]]
            pick(desk.spread[a], theirs, desk.gathered)
            for b in range(desk.active[other, 0]):
                v = problem.index[j, desk.active[other, b + 1]]
                product = dot(desk.columns[other * rows + b], desk.gathered, count)
                matrix[u * m + v] += product
                matrix[v * m + u] += product
    if laid:
        for a in range(desk.active[row, 0]):
            spread = desk.spread[a]
            for k in range(len(mine)):
                spread[mine[k]] = 0.0


@summing_kernel
def add_feature(
    problem: Problem, room: Room, c: int, i: int, gradient: Floats, matrix: Floats, desk: Desk
) -> None:
    """Products of the derivatives of a feature with the residuals, the background and each other."""
    first = problem.first[c]
    m, rows = problem.unknown_first[c + 1] - problem.unknown_first[c], problem.index.shape[1]
    row, count = i - first, room.supports[i]
    mine = room.support[room.support_first[i] : room.support_first[i] + count]
    weighted, background = problem.loss != LINEAR, problem.index[i, BACKGROUND]
    if weighted:
        weights = room.new_root_weight[room.pixel_first[c] : room.pixel_first[c] + room.pixels[c]]
        pick(weights, mine, desk.weights)
    pick(desk.residual, mine, desk.gathered)
    for a in range(desk.active[row, 0]):
        u = problem.index[i, desk.active[row, a + 1]]
        column = desk.columns[row * rows + a]
        if weighted:
            for k in range(count):
                column[k] *= desk.weights[k]
        gradient[u] += dot(column, desk.gathered, count)
        for b in range(a + 1):
            v = problem.index[i, desk.active[row, b + 1]]
            product = dot(column, desk.columns[row * rows + b], count)
            matrix[u * m + v] += product
            if b < a:
                matrix[v * m + u] += product
        if background >= 0:
            product = dot(column, desk.weights, count) if weighted else total_of(column, count)
            matrix[u * m + background] += product
            matrix[background * m + u] += product


@summing_kernel
def evaluate(
    problem: Problem, room: Room, state: State, values: Floats, given: Floats, c: int, desk: Desk
) -> None:
    """Fill the new cost, gradient and matrix of cluster `c`.

    Parameters
    ----------
    problem, room, state
        As everywhere.
    values : array (features, parameters) of float64
        Parameters to evaluate for: those of the state, or those that are tried.
    given : array (2 + extra parameters, m) of float64
        Profile, its slope, and derivatives by its own parameters for each pixel that a feature is seen in;
        looked at where the profile is given.
    c : int
        Which cluster.
    desk : Desk
    """
    first, last, start = problem.first[c], problem.first[c + 1], room.pixel_first[c]
    pixels, m = room.pixels[c], problem.unknown_first[c + 1] - problem.unknown_first[c]
    gradient = state.new_gradient[problem.unknown_first[c] : problem.unknown_first[c + 1]]
    matrix = state.new_matrix[problem.matrix_first[c] : problem.matrix_first[c] + m * m]
    gradient[:] = 0.0
    matrix[:] = 0.0
    list_active(problem, c, desk.active)
    background = 0.0
    for i in range(first, last):
        background += values[i, BACKGROUND] / (last - first)
    value = room.value[start : start + pixels]
    for p in range(pixels):
        desk.residual[p] = value[p] - background
    for i in range(first, last):
        model_feature(problem, room, values[i], given, i, i - first, desk)
    judged, cost, count = weigh(problem, room, c, desk.residual)
    state.judged[c], state.new_cost[c] = judged, cost
    state.evaluations[c] += 1
    b = problem.index[first, BACKGROUND]
    if b >= 0:
        matrix[b * m + b] += count
        if problem.loss == LINEAR:
            gradient[b] += total_of(desk.residual, pixels)
        else:
            gradient[b] += dot(room.new_root_weight[start : start + pixels], desk.residual, pixels)
    for i in range(first, last):
        if room.supports[i] > 0:
            add_feature(problem, room, c, i, gradient, matrix, desk)
    for i in range(first, last - 1):
        if room.supports[i] > 0:
            add_pairs(problem, room, c, i, matrix, desk)
    if math.isnan(state.judged[c]):
        state.judged[c] = np.inf
