"""Sums of terms and of their products along the runs of pixels of Gauss functions.

Arrays are handed over whole, with the numbers of what is meant: a view of one costs as much as a short loop.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from specks._core.kernel import inlined, summing_kernel
from specks.refinement.fit._gauss_kernels import DELTA, FACTOR, POWER, POWERS
from specks.refinement.fit._pixel_kernels import apart
from specks.refinement.fit._weight_kernels import LINEAR
from specks.refinement.fit.arrays import BACKGROUND, BEGIN, LENGTH, MANY, RUNS, START, Floats, Ints, Shorts

__all__ = ["add_gauss"]


@summing_kernel
def lay_factors(
    run: Shorts,
    begin: int,
    many: int,
    box: Ints,
    i: int,
    laid: Floats,
    k: int,
    terms: Shorts,
    out: Floats,
) -> None:
    """What each term of feature `i` is along each run, but for the factor along x."""
    for r in range(many):
        z, y = run[begin + r, 0] - box[i, START], run[begin + r, 1] - box[i, START + 1]
        whole = laid[k, FACTOR, z] * laid[k, FACTOR + 1, y]
        for t in range(len(terms)):
            axis, value = terms[t, 1], whole
            if axis < 2:
                away = laid[k, DELTA + axis, z if axis == 0 else y]
                for _ in range(terms[t, 2]):
                    value *= away
            out[t, r] = value


@summing_kernel
def sum_pixels(
    pixels: Floats, run: Shorts, begin: int, many: int, x: int, laid: Floats, k: int, top: int, along: Floats
) -> None:
    """Sum what `pixels` hold times the factor along x, along each run, for each power."""
    for r in range(many):
        first, pixel, count = run[begin + r, 2] - x, run[begin + r, 3], run[begin + r, MANY]
        held, row, next_row = (
            pixels[pixel : pixel + count],
            laid[k, POWER, first:],
            laid[k, POWER + 1, first:],
        )
        total, moment, spread = 0.0, 0.0, 0.0
        for p in range(count):
            total += held[p] * row[p]
            moment += held[p] * next_row[p]
        if top > 2:
            last_row = laid[k, POWER + 2, first:]
            for p in range(count):
                spread += held[p] * last_row[p]
        along[0, r], along[1, r], along[2, r] = total, moment, spread


@summing_kernel
def sum_bare(
    run: Shorts,
    begin: int,
    many: int,
    x: int,
    length: int,
    laid: Floats,
    k: int,
    prefix: Floats,
    along: Floats,
) -> None:
    """As `sum_pixels`, where each holds 1."""
    total, moment, spread = 0.0, 0.0, 0.0
    for p in range(length):
        prefix[p, 0], prefix[p, 1], prefix[p, 2] = total, moment, spread
        total += laid[k, POWER, p]
        moment += laid[k, POWER + 1, p]
        spread += laid[k, POWER + 2, p]
    prefix[length, 0], prefix[length, 1], prefix[length, 2] = total, moment, spread
    for r in range(many):
        low = run[begin + r, 2] - x
        high = low + run[begin + r, MANY]
        for a in range(POWERS):
            along[a, r] = prefix[high, a] - prefix[low, a]


@summing_kernel
def sum_terms(many: int, factor: Floats, along: Floats, terms: Shorts, out: Floats) -> None:
    """Sum the terms of a feature over `many` runs."""
    for t in range(len(terms)):
        a, total = terms[t, 2] if terms[t, 1] == 2 else 0, 0.0
        for r in range(many):
            total += factor[t, r] * along[a, r]
        out[0, t] = total


@summing_kernel
def common_runs(box: Ints, i: int, j: int, run: Shorts, out: Shorts) -> int:
    """Fill `out` with the runs that two features have in common; how many there are."""
    many, a, b = 0, box[i, BEGIN], box[j, BEGIN]
    a_last, b_last = a + box[i, RUNS], b + box[j, RUNS]
    while a < a_last and b < b_last:
        one, two = run[a, 3] + run[a, MANY], run[b, 3] + run[b, MANY]
        low, high = max(run[a, 3], run[b, 3]), min(one, two)
        if low < high:
            out[many, 0], out[many, 1], out[many, 2] = run[a, 0], run[a, 1], run[a, 2] + low - run[a, 3]
            out[many, 3], out[many, MANY] = low, high - low
            many += 1
        if one <= two:
            a += 1
        else:
            b += 1
    return many


@summing_kernel
def sum_along(
    run: Shorts,
    begin: int,
    many: int,
    box: Ints,
    i: int,
    j: int,
    laid: Floats,
    k: int,
    l: int,
    top: int,
    prefix: Floats,
    along: Floats,
) -> None:
    """Sums along each run of the products of the factors of two features along x.

    Parameters
    ----------
    run : array (m, 5) of int32
        Runs that both have, from row `begin` on.
    begin, many : int
    box : array (features, 9) of int64
    i, j : int
        Which features.
    laid : array (features of the cluster, 8, length) of float64
    k, l : int
        Which they are in their cluster.
    top : int
        How many powers are needed.
    prefix : array (length + 1, 9) of float64
        Room to work in; the first row is 0.
    along : array (9, runs) of float64
        Filled: power `a` of one with power `b` of the other in row 3 a + b.
    """
    one, two = box[i, START + 2], box[j, START + 2]
    low, high = max(one, two), min(one + box[i, LENGTH + 2], two + box[j, LENGTH + 2])
    prefix[0, :] = 0.0
    for p in range(high - low):
        for a in range(top):
            mine = laid[k, POWER + a, low - one + p]
            for b in range(top):
                c = POWERS * a + b
                prefix[p + 1, c] = prefix[p, c] + mine * laid[l, POWER + b, low - two + p]
    for r in range(many):
        start = run[begin + r, 2] - low
        stop = start + run[begin + r, MANY]
        for a in range(top):
            for c in range(POWERS * a, POWERS * a + top):
                along[c, r] = prefix[stop, c] - prefix[start, c]


@summing_kernel
def sum_weighted(
    weight: Floats,
    run: Shorts,
    begin: int,
    many: int,
    box: Ints,
    i: int,
    j: int,
    laid: Floats,
    k: int,
    l: int,
    top: int,
    along: Floats,
) -> None:
    """As `sum_along`, of pixels that do not count the same."""
    one, two = box[i, START + 2], box[j, START + 2]
    for r in range(many):
        x, pixel, count = run[begin + r, 2], run[begin + r, 3], run[begin + r, MANY]
        counts = weight[pixel : pixel + count]
        for a in range(top):
            mine = laid[k, POWER + a, x - one : x - one + count]
            for b in range(top):
                theirs, total = laid[l, POWER + b, x - two : x - two + count], 0.0
                for p in range(count):
                    total += counts[p] * mine[p] * theirs[p]
                along[POWERS * a + b, r] = total


@summing_kernel
def sum_products(many: int, factor: Floats, other: Floats, along: Floats, terms: Shorts, out: Floats) -> None:
    """Sum the products of the terms of two features over `many` runs."""
    for t in range(len(terms)):
        a = terms[t, 2] if terms[t, 1] == 2 else 0
        for s in range(len(terms)):
            b, total = terms[s, 2] if terms[s, 1] == 2 else 0, 0.0
            for r in range(many):
                total += factor[t, r] * other[s, r] * along[POWERS * a + b, r]
            out[t, s] = total


@summing_kernel
def put_products(
    numbers: Shorts,
    active: Shorts,
    terms: Shorts,
    i: int,
    j: int,
    coefficient: Floats,
    k: int,
    l: int,
    sums: Floats,
    m: int,
    matrix: Floats,
) -> None:
    """Add the products of the terms of two features to the matrix."""
    for t in range(len(terms)):
        u, times = numbers[i, active[terms[t, 0]]], coefficient[k, t]
        for s in range(len(terms)):
            v = numbers[j, active[terms[s, 0]]]
            product = times * coefficient[l, s] * sums[t, s]
            matrix[u * m + v] += product
            if i != j:
                matrix[v * m + u] += product


@inlined
def add_gauss(
    first: int,
    last: int,
    numbers: Shorts,
    active: Shorts,
    terms: Shorts,
    top: int,
    loss: int,
    box: Ints,
    run: Shorts,
    laid: Floats,
    coefficient: Floats,
    common: Shorts,
    prefix: Floats,
    along: Floats,
    factor: Floats,
    other: Floats,
    sums: Floats,
    weighed: Floats,
    weight: Floats,
    gradient: Floats,
    matrix: Floats,
) -> None:
    """Add the products of the derivatives of features `first` to `last` with the residuals and with each other.

    Parameters
    ----------
    first, last, numbers, active, terms, top, loss, box, run
        As for `lay_gauss`, and in a `Problem`.
    laid, coefficient : arrays
        As `lay_gauss` made them.
    common, prefix, along, factor, other, sums : arrays
        Room to work in, as on a `Desk`.
    weighed, weight : array (pixels,) of float64
        Residuals times what pixels count, and what they count; the latter is not looked at where all count the same.
    gradient, matrix : arrays
        What is added to.
    """
    # A plain 0 is a type of its own, for which all that takes it would be compiled once more.
    nothing: Any = np.int64(0)
    m = len(gradient)
    for i in range(first, last):
        k, begin, many, x = i - first, box[i, BEGIN], box[i, RUNS], box[i, START + 2]
        lay_factors(run, begin, many, box, i, laid, k, terms, factor)
        sum_pixels(weighed, run, begin, many, x, laid, k, top, along)
        sum_terms(many, factor, along, terms, sums)
        for t in range(len(terms)):
            gradient[numbers[i, active[terms[t, 0]]]] += coefficient[k, t] * sums[0, t]
        background = numbers[i, BACKGROUND]
        if background >= 0:
            if loss == LINEAR:
                sum_bare(run, begin, many, x, box[i, LENGTH + 2], laid, k, prefix, along)
            else:
                sum_pixels(weight, run, begin, many, x, laid, k, top, along)
            sum_terms(many, factor, along, terms, sums)
            for t in range(len(terms)):
                u, product = numbers[i, active[terms[t, 0]]], coefficient[k, t] * sums[0, t]
                matrix[u * m + background] += product
                matrix[background * m + u] += product
        if loss == LINEAR:
            sum_along(run, begin, many, box, i, i, laid, k, k, top, prefix, along)
        else:
            sum_weighted(weight, run, begin, many, box, i, i, laid, k, k, top, along)
        sum_products(many, factor, factor, along, terms, sums)
        put_products(numbers, active, terms, i, i, coefficient, k, k, sums, m, matrix)
        for j in range(i + 1, last):
            if apart(box, i, j):
                continue
            many = common_runs(box, i, j, run, common)
            if many == 0:
                continue
            l = j - first
            lay_factors(common, nothing, many, box, i, laid, k, terms, factor)
            lay_factors(common, nothing, many, box, j, laid, l, terms, other)
            if loss == LINEAR:
                sum_along(common, nothing, many, box, i, j, laid, k, l, top, prefix, along)
            else:
                sum_weighted(weight, common, nothing, many, box, i, j, laid, k, l, top, along)
            sum_products(many, factor, other, along, terms, sums)
            put_products(numbers, active, terms, i, j, coefficient, k, l, sums, m, matrix)
