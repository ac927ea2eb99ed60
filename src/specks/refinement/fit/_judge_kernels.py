"""Standard errors of what was fitted, and which unknowns a bound holds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel, summing_kernel
from specks.refinement.fit._step_kernels import cholesky
from specks.refinement.fit.arrays import Floats, Ints, Problem, Room, State

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


@kernel
def judge_clusters(
    problem: Problem,
    room: Room,
    state: State,
    clusters: Ints,
    variances: Floats,
    deviation: Floats,
    held: npt.NDArray[np.int8],
    pressure: Floats,
) -> None:
    """Standard errors of the unknowns of clusters that share nothing.

    Parameters
    ----------
    problem, room, state
        As everywhere.
    clusters : array of int64
    variances : array (clusters,) of float64
        By what the inverse of the matrix of a cluster is to be multiplied; filled where it is NaN.
    deviation : array (unknowns,) of float64
        Filled with standard errors; NaN where a bound holds an unknown or nothing is known of it.
    held : array (unknowns,) of int8
        Filled with which bound holds an unknown.
    pressure : array (unknowns,) of float64
        Filled with how strongly, in standard errors.
    """
    most = 1
    for c in clusters:
        most = max(most, problem.unknown_first[c + 1] - problem.unknown_first[c])
    a, free, root = np.empty((most + 1, most)), np.empty(most, np.int64), np.empty(most)
    for c in clusters:
        start, first = problem.unknown_first[c], problem.matrix_first[c]
        # Not a plain 0, for which the inverse would be compiled once more.
        many: Any = np.int64(0)
        m = problem.unknown_first[c + 1] - start
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
        if math.isnan(variances[c]):
            variances[c] = state.cost[c] / max(room.pixels[c] - many, 1)
        variance = variances[c]
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
