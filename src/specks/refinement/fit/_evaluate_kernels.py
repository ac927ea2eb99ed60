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
    Ints,
    Places,
    Problem,
    Room,
    Shorts,
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
def list_active(index: Shorts, active: Shorts) -> None:
    """Which parameters of each feature are unknown, the background aside; before them how many."""
    for i in range(len(index)):
        many = 0
        for p in range(SIGNAL, index.shape[1]):
            if index[i, p] >= 0:
                many += 1
                active[i, many] = p
        active[i, 0] = many


@summing_kernel
def lay_tables(
    profile: int,
    n: int,
    isotropic: bool,
    values: Floats,
    origin: Ints,
    length: Ints,
    delta: Floats,
    table: Floats,
) -> None:
    """Distances from the center of a feature along each axis, and what its profile is made of.

    Parameters
    ----------
    profile : int
        Which.
    n : int
        Dimensions of space.
    isotropic : bool
        Whether one size counts for all axes.
    values : array (parameters,) of float64
        Of the feature.
    origin, length : array (3,) of int64
        First pixel and sides of the box in which it is seen.
    delta, table : array (3, length) of float64
        What is filled.
    """
    for d in range(3):
        offset = origin[d] - values[POSITION + d]
        for k in range(length[d]):
            delta[d, k] = k + offset
        if d < 3 - n:
            for k in range(length[d]):
                table[d, k] = 1.0 if profile == GAUSS else 0.0
            continue
        size = values[SIZE] if isotropic else values[SIZE + d]
        if profile == GAUSS:
            gauss_tables(offset, length[d], 0.5 * n / (size * size), table[d])
        else:
            for k in range(length[d]):
                table[d, k] = (delta[d, k] / size) ** 2


@summing_kernel
def fill_column(
    p: int,
    isotropic: bool,
    values: Floats,
    along: Floats,
    at: Places,
    value: Floats,
    slope: Floats,
    r2: Floats,
    extra: Floats,
    column: Floats,
) -> None:
    """Derivative of the model by parameter `p` of a feature, in the pixels in which it is seen.

    Parameters
    ----------
    p : int
        Column of the parameter; not the background.
    isotropic : bool
        Whether one size counts for all axes.
    values : array (parameters,) of float64
    along : array of float64
        Distances from the center along the axis of the parameter.
    at : array (pixels,) of uint32
        Where in `along` pixels look.
    value, slope, r2 : array of float64
        The profile, its derivative by r², and r².
    extra : array (extra parameters, pixels) of float64
        Derivatives of the profile by its own parameters.
    column : array of float64
        What is filled.
    """
    amplitude, count = values[SIGNAL], len(at)
    if p == SIGNAL:
        for k in range(count):
            column[k] = value[k]
    elif p < SIZE:
        size = values[SIZE] if isotropic else values[SIZE + p - POSITION]
        pick_times(along, at, -2.0 * amplitude / (size * size), slope, column)
    elif p < EXTRA and isotropic:
        factor = -2.0 * amplitude / values[SIZE]
        for k in range(count):
            column[k] = factor * slope[k] * r2[k]
    elif p < EXTRA:
        factor = -2.0 * amplitude / values[p] ** 3
        pick(along, at, column)
        for k in range(count):
            column[k] = factor * slope[k] * column[k] * column[k]
    else:
        own = extra[p - EXTRA]
        for k in range(count):
            column[k] = amplitude * own[k]


@summing_kernel
def add_products(
    index: Shorts,
    active: Shorts,
    columns: Floats,
    first: int,
    count: int,
    residual: Floats,
    roots: Floats,
    weighted: bool,
    m: int,
    gradient: Floats,
    matrix: Floats,
) -> None:
    """Products of the derivatives of a feature with the residuals, with the background and with each other.

    Parameters
    ----------
    index : array (parameters,) of int32
        Unknowns of the feature.
    active : array (parameters + 1,) of int32
        How many parameters are unknown, and which.
    columns : array (rows, pixels) of float64
        Derivatives, from row `first` on.
    first, count : int
        First row, and how many pixels.
    residual, roots : array of float64
        Of the pixels in which the feature is seen: residuals and roots of weights.
    weighted : bool
        Whether pixels do not count the same.
    m : int
        How many unknowns the cluster has.
    gradient, matrix : arrays
        What is added to.
    """
    background = index[BACKGROUND]
    for a in range(active[0]):
        u, column = index[active[a + 1]], columns[first + a]
        if weighted:
            for k in range(count):
                column[k] *= roots[k]
        gradient[u] += dot(column, residual, count)
        for b in range(a + 1):
            v = index[active[b + 1]]
            product = dot(column, columns[first + b], count)
            matrix[u * m + v] += product
            if b < a:
                matrix[v * m + u] += product
        if background >= 0:
            product = dot(column, roots, count) if weighted else total_of(column, count)
            matrix[u * m + background] += product
            matrix[background * m + u] += product


@summing_kernel
def sized(active: Shorts) -> bool:
    """Whether a size of a feature is unknown."""
    found = False
    for a in range(active[0]):
        found = found or SIZE <= active[a + 1] < EXTRA
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
    m, rows = problem.unknown_first[c + 1] - problem.unknown_first[c], problem.numbers.shape[1]
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
            u = problem.numbers[i, desk.active[row, a + 1]]
            pick(desk.spread[a], theirs, desk.gathered)
            for b in range(desk.active[other, 0]):
                v = problem.numbers[j, desk.active[other, b + 1]]
                product = dot(desk.columns[other * rows + b], desk.gathered, count)
                matrix[u * m + v] += product
                matrix[v * m + u] += product
    if laid:
        for a in range(desk.active[row, 0]):
            spread = desk.spread[a]
            for k in range(len(mine)):
                spread[mine[k]] = 0.0


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
    gradient[:], matrix[:] = 0.0, 0.0
    profile, n, isotropic = problem.profile, problem.dimensions, problem.isotropic
    weighted, rows = problem.loss != LINEAR, problem.numbers.shape[1]
    list_active(problem.numbers[first:last], desk.active)
    background = 0.0
    for i in range(first, last):
        background += values[i, BACKGROUND] / (last - first)
    value, residual = room.value[start : start + pixels], desk.residual[:pixels]
    for p in range(pixels):
        residual[p] = value[p] - background
    for i in range(first, last):
        begin, end = room.support_first[i], room.support_first[i] + room.supports[i]
        active, v = desk.active[i - first], values[i]
        z, y, x = room.step[0][begin:end], room.step[1][begin:end], room.step[2][begin:end]
        lay_tables(profile, n, isotropic, v, room.origin[i], room.length[i], desk.delta, desk.table)
        if profile != GAUSS:
            squared_distances(desk.table, z, y, x, desk.r2)
        elif isotropic and sized(active):
            for d in range(3 - n, 3):
                for k in range(room.length[i, d]):
                    desk.square[d, k] = (desk.delta[d, k] / v[SIZE]) ** 2
            squared_distances(desk.square, z, y, x, desk.r2)
        if profile == GIVEN:
            for k in range(end - begin):
                desk.value[k], desk.slope[k] = given[0, begin + k], given[1, begin + k]
                for e in range(given.shape[0] - 2):
                    desk.extra[e, k] = given[e + 2, begin + k]
        else:
            profile_values(profile, n, v, desk.table, z, y, x, desk.r2, desk.value, desk.slope, desk.extra)
        take_from(residual, room.support[begin:end], v[SIGNAL], desk.value)
        for a in range(active[0]):
            p = active[a + 1]
            axis = (p - POSITION) % 3 if POSITION <= p < EXTRA else 2
            fill_column(
                p, isotropic, v, desk.delta[axis], room.step[axis][begin:end], desk.value, desk.slope, desk.r2,
                desk.extra, desk.columns[(i - first) * rows + a],
            )  # fmt: skip
    count = float(pixels)
    if weighted:
        roots = room.new_root_weight[start : start + pixels]
        old = room.root_weight[start : start + pixels]
        judged, cost, count = weigh(problem.loss, problem.gain, problem.offset, value, old, roots, residual)
        state.judged[c], state.new_cost[c] = judged, cost
    else:
        roots = residual
        state.new_cost[c] = dot(residual, residual, pixels)
        state.judged[c] = state.new_cost[c]
    state.evaluations[c] += 1
    b = problem.numbers[first, BACKGROUND]
    if b >= 0:
        matrix[b * m + b] += count
        gradient[b] += dot(roots, residual, pixels) if weighted else total_of(residual, pixels)
    for i in range(first, last):
        mine = room.support[room.support_first[i] : room.support_first[i] + room.supports[i]]
        pick(residual, mine, desk.gathered)
        if weighted:
            pick(roots, mine, desk.weights)
        add_products(
            problem.numbers[i], desk.active[i - first], desk.columns, (i - first) * rows, len(mine), desk.gathered,
            desk.weights, weighted, m, gradient, matrix,
        )  # fmt: skip
    for i in range(first, last - 1):
        if room.supports[i] > 0:
            add_pairs(problem, room, c, i, matrix, desk)
    if math.isnan(state.judged[c]):
        state.judged[c] = np.inf
