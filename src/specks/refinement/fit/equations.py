"""Stacks of linear equations: small ones as they are, large ones as the sparse matrices that they are.

Features that do not overlap have nothing in common but the background.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from specks.refinement.fit.arrays import Floats

__all__ = ["inverse_diagonals", "solve_each"]

#: Unknowns from which on a matrix is taken as sparse.
SPARSE = 400
#: Right sides that are solved for at once.
AT_ONCE = 256


def solve_each(matrix: Floats, right: Floats) -> Floats:
    """Solve each of a stack of equations.

    Parameters
    ----------
    matrix : array (n, m, m) of float64
        Symmetric.
    right : array (n, m, k) of float64
    """
    if matrix.shape[1] <= SPARSE:
        return np.asarray(np.linalg.solve(matrix, right), np.float64)
    return np.stack([_solver(one)(b) for one, b in zip(matrix, right, strict=True)])


def inverse_diagonals(matrix: Floats) -> Floats:
    """Diagonals of the inverses of a stack of symmetric matrices, (n, m)."""
    n, m = matrix.shape[:2]
    if m <= SPARSE:
        return np.asarray(np.einsum("nii->ni", np.linalg.inv(matrix)), np.float64)
    found = np.empty((n, m))
    for k, one in enumerate(matrix):
        solve = _solver(one)
        for first in range(0, m, AT_ONCE):
            some = np.arange(first, min(first + AT_ONCE, m))
            unit = np.zeros((m, len(some)))
            unit[some, np.arange(len(some))] = 1.0
            found[k, some] = solve(unit)[some, np.arange(len(some))]
    return found


def _solver(matrix: Floats) -> Callable[[Floats], Floats]:
    """Solves with one large matrix."""
    from scipy.sparse import csc_array
    from scipy.sparse.linalg import splu

    # Order by the pattern of a symmetric matrix, and take pivots from its diagonal: it is nearly positive.
    factors = splu(
        csc_array(matrix), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
    )
    solve: Callable[[Floats], Floats] = factors.solve
    return solve
