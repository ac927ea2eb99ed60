"""Standard errors of what was fitted, and which unknowns a bound holds."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel, summing_kernel
from specks.refinement.fit._evaluate_kernels import evaluate
from specks.refinement.fit._step_kernels import cholesky
from specks.refinement.fit._weight_kernels import LINEAR, POISSON, SOFT_L1, scale_of
from specks.refinement.fit.arrays import Desk, Floats, Ints, Problem, Room, State

__all__ = ["FREE", "HIGH", "LOW", "judge_clusters", "root_of_inverse"]

FREE, LOW, HIGH = 0, 1, 2


@summing_kernel
def root_of_inverse(a: Floats, m: int, out: Floats) -> bool:
    """Square roots of the diagonal of the inverse of a matrix, whose lower half is used up."""
    if not cholesky(a, m):
        return False
    out[:m] = 0.0
    for j in range(m):
        # Column j of the inverse of the root, kept above the diagonal.
        for i in range(j, m):
            total = 1.0 if i == j else 0.0
            for k in range(j, i):
                total -= a[i, k] * (a[j, k] if k > j else a[m, j])
            value = total / a[i, i]
            if i == j:
                a[m, j] = value
            else:
                a[j, i] = value
            out[j] += value * value
    for j in range(m):
        out[j] = math.sqrt(out[j])
    return True


@summing_kernel
def plain_cost(problem: Problem, room: Room, c: int, residual: Floats, unknowns: int) -> tuple[float, float]:
    """Sum of squared residuals without weights, and by what the inverse of the matrix is to be multiplied.

    The matrix is the weighted one. For robust losses the variance is that of an M-estimator, brought to the
    weights by their mean.
    """
    pixels, start = room.pixels[c], room.pixel_first[c]
    cost, weighted, psi, slope, weights = 0.0, 0.0, 0.0, 0.0, 0.0
    left = max(pixels - unknowns, 1)
    for p in range(pixels):
        weighted += residual[p] ** 2
        weights += room.new_root_weight[start + p] ** 2
        residual[p] /= room.new_root_weight[start + p]
        cost += residual[p] ** 2
    if problem.loss == POISSON:
        return cost, weighted / left
    scale = scale_of(residual[:pixels])
    if scale == 0.0:
        return cost, 0.0
    for p in range(pixels):
        z = (residual[p] / scale) ** 2
        if problem.loss == SOFT_L1:
            psi += residual[p] ** 2 / (1.0 + z)
            slope += (1.0 + z) ** -1.5
        else:
            psi += residual[p] ** 2 / (1.0 + z) ** 2
            slope += (1.0 - z) / (1.0 + z) ** 2
    return cost, psi / left / (slope / pixels) ** 2 * (weights / pixels)


@kernel
def judge_clusters(
    problem: Problem,
    room: Room,
    state: State,
    clusters: Ints,
    given: Floats,
    desk: Desk,
    deviation: Floats,
    held: npt.NDArray[np.int8],
    pressure: Floats,
    variances: Floats,
) -> None:
    """Standard errors of the unknowns of clusters that share nothing.

    Parameters
    ----------
    problem, room, state
        As everywhere. The costs become those without weights.
    clusters : array of int64
    given : array of float64
        As for `evaluate`.
    desk : Desk
    deviation : array (unknowns,) of float64
        Filled with standard errors; NaN where a bound holds an unknown or nothing is known of it.
    held : array (unknowns,) of int8
        Filled with which bound holds an unknown.
    pressure : array (unknowns,) of float64
        Filled with how strongly, in standard errors.
    variances : array (clusters,) of float64
        Filled with by what the inverse of the matrix of a cluster is to be multiplied.
    """
    most = 1
    for c in clusters:
        most = max(most, problem.unknown_first[c + 1] - problem.unknown_first[c])
    a, free, root = np.empty((most + 1, most)), np.empty(most, np.int64), np.empty(most)
    for c in clusters:
        start, first = problem.unknown_first[c], problem.matrix_first[c]
        m, many = problem.unknown_first[c + 1] - start, 0
        for u in range(m):
            value, diagonal = state.unknown[start + u], state.matrix[first + u * m + u]
            held[start + u], deviation[start + u], pressure[start + u] = FREE, np.nan, 0.0
            if value <= problem.lower[start + u]:
                held[start + u] = LOW
            elif value >= problem.upper[start + u]:
                held[start + u] = HIGH
            elif diagonal > 0.0:
                free[many] = u
                many += 1
        variance = state.cost[c] / max(room.pixels[c] - many, 1)
        if problem.loss != LINEAR:
            evaluate(problem, room, state, state.values, given, c, desk)
            state.cost[c], variance = plain_cost(problem, room, c, desk.residual, many)
        variances[c] = variance
        for u in range(m):
            diagonal = state.matrix[first + u * m + u]
            if held[start + u] != FREE and diagonal > 0.0 and variance > 0.0:
                pressure[start + u] = abs(state.gradient[start + u]) / math.sqrt(diagonal * variance)
        for i in range(many):
            for j in range(i + 1):
                a[i, j] = state.matrix[first + free[i] * m + free[j]]
        if room.pixels[c] > many and root_of_inverse(a, many, root):
            for i in range(many):
                deviation[start + free[i]] = root[i] * math.sqrt(variance)
