"""Derivatives of features laid out pixel by pixel, and sums of their products."""

from __future__ import annotations

from specks._core.kernel import summing_kernel
from specks.refinement.fit.arrays import (
    BACKGROUND,
    BEGIN,
    EXTRA,
    LENGTH,
    MANY,
    POSITION,
    RUNS,
    SEEN,
    SIGNAL,
    SIZE,
    START,
    Floats,
    Ints,
    Shorts,
)

__all__ = ["add_products", "dot", "fill_column", "gather", "lay_deltas", "spread_out", "square_distances",
           "take_values", "total_of"]  # fmt: skip


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
def gather(source: Floats, box: Ints, run: Shorts, out: Floats) -> None:
    """Copy what the pixels of a feature hold from those of its cluster."""
    seen = 0
    for r in range(box[BEGIN], box[BEGIN] + box[RUNS]):
        pixel, many = run[r, 3], run[r, MANY]
        held, target = source[pixel : pixel + many], out[seen : seen + many]
        for k in range(many):
            target[k] = held[k]
        seen += many


@summing_kernel
def spread_out(column: Floats, box: Ints, run: Shorts, target: Floats) -> None:
    """Copy what the pixels of a feature hold to those of its cluster."""
    seen = 0
    for r in range(box[BEGIN], box[BEGIN] + box[RUNS]):
        pixel, many = run[r, 3], run[r, MANY]
        held, there = column[seen : seen + many], target[pixel : pixel + many]
        for k in range(many):
            there[k] = held[k]
        seen += many


@summing_kernel
def take_values(residual: Floats, box: Ints, run: Shorts, signal: float, value: Floats) -> None:
    """Subtract a feature from the pixels that it is seen in."""
    seen = 0
    for r in range(box[BEGIN], box[BEGIN] + box[RUNS]):
        pixel, many = run[r, 3], run[r, MANY]
        held, target = value[seen : seen + many], residual[pixel : pixel + many]
        for k in range(many):
            target[k] -= signal * held[k]
        seen += many


@summing_kernel
def lay_deltas(values: Floats, box: Ints, delta: Floats) -> None:
    """Distances from the center of a feature along each axis of its box."""
    for d in range(3):
        for k in range(box[LENGTH + d]):
            delta[d, k] = k + (box[START + d] - values[POSITION + d])


@summing_kernel
def square_distances(
    n: int, isotropic: bool, values: Floats, delta: Floats, box: Ints, run: Shorts, r2: Floats
) -> None:
    """Squared distance of each pixel from the center of a feature, in units of the size.

    Parameters
    ----------
    n : int
        Dimensions of space.
    isotropic : bool
        Whether one size counts for all axes.
    values : array (parameters,) of float64
        Of the feature.
    delta : array (3, length) of float64
        As `lay_deltas` makes it.
    box : array (9,) of int64
        Of the feature; as in a `Room`.
    run : array (m, 5) of int32
    r2 : array (pixels,) of float64
        What is filled.
    """
    seen = 0
    across = 1.0 / values[SIZE if isotropic else SIZE + 2]
    for r in range(box[BEGIN], box[BEGIN] + box[RUNS]):
        base = 0.0
        for d in range(3 - n, 2):
            base += (delta[d, run[r, d] - box[START + d]] / values[SIZE if isotropic else SIZE + d]) ** 2
        first, many = run[r, 2] - box[START + 2], run[r, MANY]
        away, target = delta[2, first : first + many], r2[seen : seen + many]
        for k in range(many):
            target[k] = base + (away[k] * across) ** 2
        seen += many


@summing_kernel
def fill_column(
    p: int,
    isotropic: bool,
    values: Floats,
    delta: Floats,
    box: Ints,
    run: Shorts,
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
    delta, box, run : arrays
        As for `square_distances`.
    value, slope, r2 : array of float64
        The profile, its derivative by r², and r².
    extra : array (extra parameters, pixels) of float64
        Derivatives of the profile by its own parameters.
    column : array of float64
        What is filled.
    """
    count, signal = box[SEEN], values[SIGNAL]
    if p == SIGNAL:
        for k in range(count):
            column[k] = value[k]
    elif p >= EXTRA:
        own = extra[p - EXTRA]
        for k in range(count):
            column[k] = signal * own[k]
    elif p >= SIZE and isotropic:
        factor = -2.0 * signal / values[SIZE]
        for k in range(count):
            column[k] = factor * slope[k] * r2[k]
    else:
        axis, power = (p - POSITION) % 3, 1 if p < SIZE else 2
        factor = -2.0 * signal / values[SIZE if isotropic else SIZE + axis] ** (1 + power)
        lay_away(axis, delta[axis], box, run, column)
        for k in range(count):
            away = column[k]
            column[k] = factor * slope[k] * (away if power == 1 else away * away)


@summing_kernel
def lay_away(axis: int, delta: Floats, box: Ints, run: Shorts, out: Floats) -> None:
    """Distance of each pixel from the center of a feature along one axis."""
    seen = 0
    for r in range(box[BEGIN], box[BEGIN] + box[RUNS]):
        first, many = run[r, axis] - box[START + axis], run[r, MANY]
        target = out[seen : seen + many]
        if axis == 2:
            away = delta[first : first + many]
            for k in range(many):
                target[k] = away[k]
        else:
            same = delta[first]
            for k in range(many):
                target[k] = same
        seen += many


@summing_kernel
def add_products(
    index: Shorts,
    active: Shorts,
    columns: Floats,
    first: int,
    count: int,
    weighed: Floats,
    counted: Floats,
    weighted: bool,
    room: Floats,
    m: int,
    gradient: Floats,
    matrix: Floats,
) -> None:
    """Products of the derivatives of a feature with the residuals, with the background and with each other.

    Parameters
    ----------
    index : array (parameters,) of int32
        Unknowns of the feature.
    active : array (n,) of int32
        Which parameters are unknown.
    columns : array (rows, pixels) of float64
        Derivatives, from row `first` on.
    first, count : int
        First row, and how many pixels.
    weighed, counted : array of float64
        Of the pixels in which the feature is seen: residuals times weights, and weights.
    weighted : bool
        Whether pixels do not count the same.
    room : array (pixels,) of float64
        To work in.
    m : int
        How many unknowns the cluster has.
    gradient, matrix : arrays
        What is added to.
    """
    background = index[BACKGROUND]
    for a in range(len(active)):
        u, column = index[active[a]], columns[first + a]
        gradient[u] += dot(column, weighed, count)
        if weighted:
            for k in range(count):
                room[k] = column[k] * counted[k]
            column = room
        for b in range(a + 1):
            v = index[active[b]]
            product = dot(column, columns[first + b], count)
            matrix[u * m + v] += product
            if b < a:
                matrix[v * m + u] += product
        if background >= 0:
            product = total_of(column, count)
            matrix[u * m + background] += product
            matrix[background * m + u] += product
