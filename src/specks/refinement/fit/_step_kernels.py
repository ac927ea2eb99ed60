"""One step of Levenberg and Marquardt within bounds, shortened so that features do not leap.

The shortening is what lets fits begin far away: near a weak start the linear model promises leaps that the
model itself does not keep.
"""

from __future__ import annotations

import math

from specks._core.kernel import summing_kernel
from specks.refinement.fit.arrays import POSITION, SIZE, Floats, Ints, Problem, State

__all__ = ["cholesky", "free_unknowns", "longest", "put_unknowns", "solve_cholesky", "take_step"]

#: Part of the size by which a position, and a size itself, changes at most in a step.
LEAP, GROWTH = 0.5, 0.25
#: How often unknowns that would leave their bounds are set on them and the others solved for again.
CUTS = 3


@summing_kernel
def cholesky(a: Floats, m: int) -> bool:
    """Replace the lower half of a matrix by its root; False when it has none."""
    for i in range(m):
        for j in range(i + 1):
            total = a[i, j]
            for k in range(j):
                total -= a[i, k] * a[j, k]
            if i == j:
                if not total > 0.0:
                    return False
                a[i, i] = math.sqrt(total)
            else:
                a[i, j] = total / a[j, j]
    return True


@summing_kernel
def solve_cholesky(a: Floats, m: int, b: Floats) -> None:
    """Solve with what `cholesky` made, in place."""
    for i in range(m):
        total = b[i]
        for k in range(i):
            total -= a[i, k] * b[k]
        b[i] = total / a[i, i]
    for i in range(m - 1, -1, -1):
        total = b[i]
        for k in range(i + 1, m):
            total -= a[k, i] * b[k]
        b[i] = total / a[i, i]


@summing_kernel
def free_unknowns(problem: Problem, state: State, c: int, free: Ints) -> int:
    """List the unknowns of a cluster that are not held by a bound; how many there are."""
    start = problem.unknown_first[c]
    m, many = problem.unknown_first[c + 1] - start, 0
    for u in range(m):
        value, slope = state.unknown[start + u], state.gradient[start + u]
        held = (value <= problem.lower[start + u] and slope <= 0.0) or (
            value >= problem.upper[start + u] and slope >= 0.0
        )
        if not held and state.matrix[problem.matrix_first[c] + u * m + u] > 0.0:
            free[many] = u
            many += 1
    return many


@summing_kernel
def put_unknowns(problem: Problem, unknown: Floats, c: int, values: Floats) -> None:
    """Write the unknowns of a cluster into the parameters of its features."""
    start = problem.unknown_first[c]
    for i in range(problem.first[c], problem.first[c + 1]):
        for p in range(problem.index.shape[1]):
            u = problem.index[i, p]
            if u >= 0:
                values[i, p] = unknown[start + u]


@summing_kernel
def longest(problem: Problem, state: State, c: int, step: Floats) -> float:
    """Which part of a step may be taken so that nothing leaps; at most 1."""
    part = 1.0
    for i in range(problem.first[c], problem.first[c + 1]):
        for p in range(POSITION, SIZE + 3):
            u = problem.index[i, p]
            if u < 0 or step[u] == 0.0:
                continue
            axis = (p - POSITION) % 3
            size = abs(state.values[i, SIZE] if problem.isotropic else state.values[i, SIZE + axis])
            most = LEAP * size if p < SIZE else GROWTH * size
            if abs(step[u]) * part > most:
                part = most / abs(step[u])
    return part


@summing_kernel
def solve_within(
    problem: Problem, state: State, c: int, free: Ints, step: Floats, a: Floats, b: Floats
) -> bool:
    """The damped step of the free unknowns, none of which leaves its bounds; False where there is none."""
    start, first = problem.unknown_first[c], problem.matrix_first[c]
    m, damp = problem.unknown_first[c + 1] - start, 1.0 + state.damping[c]
    many = free_unknowns(problem, state, c, free)
    step[:m] = 0.0
    for cut in range(CUTS):
        if many == 0:
            return True
        for i in range(many):
            u = free[i]
            b[i] = state.gradient[start + u]
            for v in range(m):
                b[i] -= state.matrix[first + u * m + v] * step[v]
            for j in range(i):
                a[i, j] = state.matrix[first + u * m + free[j]]
            a[i, i] = state.matrix[first + u * m + u] * damp
        if not cholesky(a, many):
            return False
        solve_cholesky(a, many, b)
        left = 0
        for i in range(many):
            u = free[i]
            low, high = problem.lower[start + u], problem.upper[start + u]
            at = state.unknown[start + u]
            if at + b[i] < low or at + b[i] > high:
                step[u] = min(max(at + b[i], low), high) - at
            elif cut == CUTS - 1:
                step[u] = b[i]
            else:
                free[left] = u
                b[left] = b[i]
                left += 1
        if left == many:
            for i in range(many):
                step[free[i]] = b[i]
            return True
        many = left
    return True


@summing_kernel
def take_step(
    problem: Problem,
    state: State,
    c: int,
    free: Ints,
    step: Floats,
    a: Floats,
    b: Floats,
) -> tuple[bool, float, float]:
    """Try a step from where cluster `c` stands: fill what is tried.

    Returns
    -------
    possible : bool
        Whether there was one.
    length : float
        Squared length of the step in units of what it costs.
    part : float
        Which part of the step was taken.
    """
    start, first = problem.unknown_first[c], problem.matrix_first[c]
    m = problem.unknown_first[c + 1] - start
    if not solve_within(problem, state, c, free, step, a, b):
        return False, 0.0, 1.0
    part, length = longest(problem, state, c, step), 0.0
    for u in range(m):
        step[u] *= part
        length += step[u] ** 2 * state.matrix[first + u * m + u]
        at = state.unknown[start + u] + step[u]
        state.tried[start + u] = min(max(at, problem.lower[start + u]), problem.upper[start + u])
    put_unknowns(problem, state.tried, c, state.trial)
    return True, length, part
