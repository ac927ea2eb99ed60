"""Evaluate the model of a cluster: residuals, and products of the derivatives with them and each other."""

from __future__ import annotations

import math

import numpy as np

from specks._core.kernel import inlined
from specks.refinement.fit._column_kernels import (
    add_products,
    dot,
    fill_column,
    gather,
    lay_deltas,
    spread_out,
    square_distances,
    take_values,
    total_of,
)
from specks.refinement.fit._gauss_kernels import lay_gauss
from specks.refinement.fit._gauss_sum_kernels import add_gauss
from specks.refinement.fit._pixel_kernels import apart
from specks.refinement.fit._profile_kernels import GAUSS, GIVEN, profile_values
from specks.refinement.fit._weight_kernels import LINEAR, weigh
from specks.refinement.fit.arrays import BACKGROUND, SEEN, SIGNAL, Desk, Floats, Problem, Room, State

__all__ = ["evaluate"]


@inlined
def lay_columns(problem: Problem, room: Room, values: Floats, given: Floats, c: int, desk: Desk) -> None:
    """Lay out the derivatives of the features of a cluster, and subtract them from the residuals."""
    first, last, rows = problem.first[c], problem.first[c + 1], problem.numbers.shape[1]
    profile, n, isotropic, delta = problem.profile, problem.dimensions, problem.isotropic, desk.delta
    for i in range(first, last):
        begin, v, box, run = room.support_first[i], values[i], room.box[i], room.run
        lay_deltas(v, box, delta)
        square_distances(n, isotropic, v, delta, box, run, desk.r2)
        if profile == GIVEN:
            for k in range(box[SEEN]):
                desk.value[k], desk.slope[k] = given[0, begin + k], given[1, begin + k]
                for e in range(given.shape[0] - 2):
                    desk.extra[e, k] = given[e + 2, begin + k]
        else:
            profile_values(profile, n, v, box[SEEN], desk.r2, desk.value, desk.slope, desk.extra)
        take_values(desk.residual, box, run, v[SIGNAL], desk.value)
        for a in range(len(problem.active)):
            fill_column(
                problem.active[a], isotropic, v, delta, box, run, desk.value, desk.slope, desk.r2, desk.extra,
                desk.columns[(i - first) * rows + a],
            )  # fmt: skip


@inlined
def add_columns(
    problem: Problem, room: Room, c: int, weight: Floats, gradient: Floats, matrix: Floats, desk: Desk
) -> None:
    """Add the products of the derivatives that `lay_columns` laid out."""
    first, last, rows = problem.first[c], problem.first[c + 1], problem.numbers.shape[1]
    m, many, weighted = len(gradient), len(problem.active), problem.loss != LINEAR
    for i in range(first, last):
        row, laid = (i - first) * rows, False
        gather(desk.weighed, room.box[i], room.run, desk.gathered)
        if weighted:
            gather(weight, room.box[i], room.run, desk.counted)
        add_products(
            problem.numbers[i], problem.active, desk.columns, row, room.box[i, SEEN], desk.gathered, desk.counted,
            weighted, desk.value, m, gradient, matrix,
        )  # fmt: skip
        for j in range(i + 1, last):
            if room.box[i, SEEN] == 0 or room.box[j, SEEN] == 0 or apart(room.box, i, j):
                continue
            if not laid:
                for a in range(many):
                    column = desk.columns[row + a]
                    if weighted:
                        for k in range(room.box[i, SEEN]):
                            desk.value[k] = column[k] * desk.counted[k]
                        column = desk.value
                    spread_out(column, room.box[i], room.run, desk.spread[a])
                laid = True
            for a in range(many):
                u = problem.numbers[i, problem.active[a]]
                gather(desk.spread[a], room.box[j], room.run, desk.gathered)
                for b in range(many):
                    v = problem.numbers[j, problem.active[b]]
                    product = dot(desk.columns[(j - first) * rows + b], desk.gathered, room.box[j, SEEN])
                    matrix[u * m + v] += product
                    matrix[v * m + u] += product
        if laid:
            for a in range(many):
                desk.spread[a, : len(desk.residual)] = 0.0


@inlined
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
    background = 0.0
    for i in range(first, last):
        background += values[i, BACKGROUND] / (last - first)
    value, residual = room.value[start : start + pixels], desk.residual[:pixels]
    for p in range(pixels):
        residual[p] = value[p] - background
    if problem.profile == GAUSS:
        lay_gauss(
            first, last, problem.dimensions, problem.isotropic, values, problem.active, problem.terms, room.box,
            room.run, desk.laid, desk.coefficient, residual,
        )  # fmt: skip
    else:
        lay_columns(problem, room, values, given, c, desk)
    weighed, weight, count = desk.weighed[:pixels], room.new_weight, float(pixels)
    if problem.loss == LINEAR:
        state.new_cost[c] = dot(residual, residual, pixels)
        state.judged[c] = state.new_cost[c]
    else:
        weight = room.new_weight[start : start + pixels]
        state.judged[c], state.new_cost[c], count, state.stride[c] = weigh(
            problem.loss, problem.gain, problem.offset, value, room.weight[start : start + pixels], weight, residual,
            weighed, desk.guess,
        )  # fmt: skip
    if math.isnan(state.judged[c]):
        state.judged[c] = np.inf
    state.evaluations[c] += 1
    b = problem.numbers[first, BACKGROUND]
    if b >= 0:
        matrix[b * m + b] += count
        gradient[b] += total_of(weighed, pixels)
    if problem.profile == GAUSS:
        add_gauss(
            first, last, problem.numbers, problem.active, problem.terms, problem.top, problem.loss, room.box,
            room.run, desk.laid, desk.coefficient, desk.common, desk.prefix, desk.along, desk.factor, desk.other, desk.sums,
            weighed, weight, gradient, matrix,
        )  # fmt: skip
    else:
        add_columns(problem, room, c, weight, gradient, matrix, desk)
