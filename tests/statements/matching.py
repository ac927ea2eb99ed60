"""The kernels of linking, stated plainly: all pairs, all sets of links."""

from __future__ import annotations

from itertools import product

import numpy as np
from scipy.optimize import linear_sum_assignment


def nearest(
    rows: np.ndarray,
    position: np.ndarray,
    predicted: np.ndarray,
    block: np.ndarray,
    target: np.ndarray,
    gate: np.ndarray,
    most: int,
) -> list[list[list[int]]]:
    """For each row and gap the nearest rows of the later frame that lie within reach."""
    found = []
    for i in rows:
        gaps = []
        for g, t in enumerate(target[block[i]]):
            step = position - predicted[i, g]
            square = (step**2).sum(axis=1)
            reached = (block == t) & ((step**2 * gate).sum(axis=1) <= 1) & (t >= 0)
            gaps.append([int(j) for j in np.argsort(square, kind="stable") if reached[j]][:most])
        found.append(gaps)
    return found


def cheapest(cost: np.ndarray) -> float:
    """Least summed cost of pairs, each row and column once at most; infinite where there is no link."""
    capped = np.where(np.isfinite(cost), np.minimum(cost, 0), 0)
    return float(capped[linear_sum_assignment(capped)].sum())


def marginals(odds: np.ndarray) -> np.ndarray:
    """Probability of each link, by adding up all sets in which rows and columns are linked once at most."""
    n, m = odds.shape
    total, sums = 0.0, np.zeros((n, m))
    for choice in product(range(-1, m), repeat=n):
        taken = [j for j in choice if j >= 0]
        if len(set(taken)) < len(taken):
            continue
        weight = float(np.prod([odds[i, j] for i, j in enumerate(choice) if j >= 0]))
        total += weight
        for i, j in enumerate(choice):
            if j >= 0:
                sums[i, j] += weight
    return sums / total
