"""One step of Levenberg and Marquardt within bounds, shortened so that features do not leap.

The shortening is what lets fits begin far away: near a weak start the linear model promises leaps that the
model itself does not keep.
"""

from __future__ import annotations

import math

from specks._core.kernel import summing_kernel
from specks.refinement.fit.arrays import POSITION, SIZE, Floats, Ints, Shorts

__all__ = ["cholesky", "free_unknowns", "longest", "put_unknowns", "solve_cholesky", "solve_within"]

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
def free_unknowns(
    unknown: Floats, lower: Floats, upper: Floats, gradient: Floats, matrix: Floats, free: Ints
) -> int:
    """List the unknowns that no bound holds; how many there are."""
    m, many = len(unknown), 0
    for u in range(m):
        held = (unknown[u] <= lower[u] and gradient[u] <= 0.0) or (
            unknown[u] >= upper[u] and gradient[u] >= 0.0
        )
        if not held and matrix[u * m + u] > 0.0:
            free[many] = u
            many += 1
    return many


@summing_kernel
def put_unknowns(index: Shorts, unknown: Floats, values: Floats) -> None:
    """Write the unknowns of a cluster into the parameters of its features."""
    for i in range(index.shape[0]):
        for p in range(index.shape[1]):
            u = index[i, p]
            if u >= 0:
                values[i, p] = unknown[u]


@summing_kernel
def longest(index: Shorts, isotropic: bool, values: Floats, step: Floats) -> float:
    """Which part of a step may be taken so that nothing leaps; at most 1."""
    part = 1.0
    for i in range(index.shape[0]):
        for p in range(POSITION, SIZE + 3):
            u = index[i, p]
            if u < 0 or step[u] == 0.0:
                continue
            size = abs(values[i, SIZE] if isotropic else values[i, SIZE + (p - POSITION) % 3])
            most = LEAP * size if p < SIZE else GROWTH * size
            if abs(step[u]) * part > most:
                part = most / abs(step[u])
    return part


@summing_kernel
def solve_within(
    unknown: Floats,
    lower: Floats,
    upper: Floats,
    gradient: Floats,
    matrix: Floats,
    damping: float,
    free: Ints,
    step: Floats,
    a: Floats,
    b: Floats,
) -> bool:
    """The damped step of the free unknowns, none of which leaves its bounds; False where there is none."""
    m = len(unknown)
    many = free_unknowns(unknown, lower, upper, gradient, matrix, free)
    step[:m] = 0.0
    for cut in range(CUTS):
        if many == 0:
            return True
        for i in range(many):
            u = free[i]
            b[i] = gradient[u]
            if cut > 0:
                for v in range(m):
                    b[i] -= matrix[u * m + v] * step[v]
            for j in range(i):
                a[i, j] = matrix[u * m + free[j]]
            a[i, i] = matrix[u * m + u] * (1.0 + damping)
        if not cholesky(a, many):
            return False
        solve_cholesky(a, many, b)
        left = 0
        for i in range(many):
            u = free[i]
            end = unknown[u] + b[i]
            if end < lower[u] or end > upper[u]:
                step[u] = min(max(end, lower[u]), upper[u]) - unknown[u]
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
