"""Factors of features that are Gauss functions.

Such a feature is a product of one factor an axis, and so are its derivatives: each is a term, the feature times a power
of the distance along one axis. What terms and their products sum up to along a run of pixels is then told from sums
along x, and no derivative is ever laid out.

Arrays are handed over whole, with the numbers of what is meant: a view of one costs as much as a short loop.
"""

from __future__ import annotations

import math

from specks._core.kernel import inlined, summing_kernel
from specks.refinement.fit.arrays import (
    BEGIN,
    LENGTH,
    MANY,
    POSITION,
    RUNS,
    SIGNAL,
    SIZE,
    START,
    Floats,
    Ints,
    Shorts,
)

__all__ = ["DELTA", "FACTOR", "LAID", "POWER", "POWERS", "lay_axes", "lay_gauss"]

#: Powers of a distance that terms have: 0, 1 and 2.
POWERS = 3
#: Rows that are laid along the axes of a feature: three of distances, three of factors, of which the last, times powers
#: of the distance, goes on in two more.
DELTA, FACTOR, POWER, LAID = 0, 3, 5, 8


@summing_kernel
def lay_axes(n: int, isotropic: bool, values: Floats, i: int, box: Ints, laid: Floats, k: int) -> None:
    """Lay the factors of feature `i` along each axis of its box."""
    for d in range(3):
        length, offset = box[i, LENGTH + d], box[i, START + d] - values[i, POSITION + d]
        for x in range(length):
            laid[k, DELTA + d, x] = x + offset
            laid[k, FACTOR + d, x] = 1.0
        if d < 3 - n or length == 0:
            continue
        size = values[i, SIZE] if isotropic else values[i, SIZE + d]
        rate = 0.5 * n / (size * size)
        # From the pixel nearest the middle, from which on both sides it only falls: two multiplications each.
        middle = min(max(round(-offset), 0), length - 1)
        u, fall = middle + offset, math.exp(-2.0 * rate)
        top, right = math.exp(-rate * u * u), math.exp(-rate * (2.0 * u + 1.0))
        value, ratio = top, right
        laid[k, FACTOR + d, middle] = top
        for x in range(middle + 1, length):
            value *= ratio
            ratio *= fall
            laid[k, FACTOR + d, x] = value
        value, ratio = top, fall / right
        for x in range(middle - 1, -1, -1):
            value *= ratio
            ratio *= fall
            laid[k, FACTOR + d, x] = value
    for x in range(box[i, LENGTH + 2]):
        away, value = laid[k, DELTA + 2, x], laid[k, FACTOR + 2, x]
        laid[k, POWER + 1, x] = value * away
        laid[k, POWER + 2, x] = value * away * away


@summing_kernel
def lay_coefficients(
    n: int, isotropic: bool, values: Floats, i: int, active: Shorts, terms: Shorts, out: Floats, k: int
) -> None:
    """By what each term is to be multiplied to be a derivative, or a part of one."""
    for t in range(len(terms)):
        p, axis = active[terms[t, 0]], terms[t, 1]
        if p == SIGNAL:
            out[k, t] = 1.0
            continue
        size = values[i, SIZE] if isotropic else values[i, SIZE + axis]
        out[k, t] = values[i, SIGNAL] * n / (size * size * (1.0 if p < SIZE else size))


@summing_kernel
def take_gauss(residual: Floats, box: Ints, i: int, run: Shorts, laid: Floats, k: int, signal: float) -> None:
    """Subtract feature `i` from the pixels that it is seen in."""
    along, begin = laid[k, FACTOR + 2], box[i, BEGIN]
    for r in range(begin, begin + box[i, RUNS]):
        z, y = run[r, 0] - box[i, START], run[r, 1] - box[i, START + 1]
        factor = signal * laid[k, FACTOR, z] * laid[k, FACTOR + 1, y]
        first, pixel, many = run[r, 2] - box[i, START + 2], run[r, 3], run[r, MANY]
        row, target = along[first : first + many], residual[pixel : pixel + many]
        for x in range(many):
            target[x] -= factor * row[x]


@inlined
def lay_gauss(
    first: int,
    last: int,
    n: int,
    isotropic: bool,
    values: Floats,
    active: Shorts,
    terms: Shorts,
    box: Ints,
    run: Shorts,
    laid: Floats,
    coefficient: Floats,
    residual: Floats,
) -> None:
    """Lay out the factors of features `first` to `last`, and subtract them from the residuals.

    Parameters
    ----------
    first, last : int
        Which features; those of one cluster.
    n : int
        Dimensions of space.
    isotropic : bool
        Whether one size counts for all axes.
    values : array (features, parameters) of float64
    active, terms : arrays
        As in a `Problem`.
    box, run : arrays
        As in a `Room`.
    laid : array (features of the cluster, 8, length) of float64
        Filled.
    coefficient : array (features of the cluster, terms) of float64
        Filled.
    residual : array (pixels,) of float64
        What is subtracted from.
    """
    for i in range(first, last):
        lay_axes(n, isotropic, values, i, box, laid, i - first)
        lay_coefficients(n, isotropic, values, i, active, terms, coefficient, i - first)
        take_gauss(residual, box, i, run, laid, i - first, values[i, SIGNAL])
