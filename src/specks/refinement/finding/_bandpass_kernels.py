"""Gaussian minus moving average, of one plane, row by row."""

from __future__ import annotations

from typing import Any

import numpy as np

from specks._core.kernel import kernel

__all__ = ["bandpass_plane"]


@kernel
def _smooth_down(image: Any, y: int, weights: Any, line: Any) -> None:
    """One row of the Gaussian along y; beyond the image there is nothing."""
    height, width = image.shape
    middle = image[y]
    for x in range(width):
        line[x] = middle[x] * weights[0]
    for k in range(len(weights) - 1, 0, -1):
        weight = weights[k]
        if y >= k and y + k < height:
            above, below = image[y - k], image[y + k]
            for x in range(width):
                line[x] += (np.float64(above[x]) + np.float64(below[x])) * weight
        elif y >= k or y + k < height:
            only = image[y - k] if y >= k else image[y + k]
            for x in range(width):
                line[x] += only[x] * weight


@kernel
def _smooth_along(padded: Any, weights: Any, out: Any) -> None:
    """The Gaussian along a row that has as many zeros at each end as the kernel reaches."""
    reach = len(weights) - 1
    middle = padded[reach:]
    for x in range(len(out)):
        out[x] = middle[x] * weights[0]
    for k in range(reach, 0, -1):
        weight, left, right = weights[k], padded[reach - k :], padded[reach + k :]
        for x in range(len(out)):
            out[x] += (left[x] + right[x]) * weight


@kernel
def _next_sums(image: Any, y: int, size: int, sums: Any) -> None:
    """Sums over `size` rows around row `y`, from those around the row before; border rows go on outside."""
    last, half = image.shape[0] - 1, size // 2
    if y == 0:
        sums[:] = 0.0
        for k in range(-half, half + 1):
            row = image[min(max(k, 0), last)]
            for x in range(len(sums)):
                sums[x] += row[x]
        return
    comes, goes = image[min(y + half, last)], image[max(y - half - 1, 0)]
    for x in range(len(sums)):
        sums[x] += np.float64(comes[x]) - np.float64(goes[x])


@kernel
def _average_along(line: Any, size: int, sums: Any) -> None:
    """Sums over `size` pixels of a row; border pixels go on outside."""
    last, half = len(line) - 1, size // 2
    total = 0.0
    for k in range(-half, half + 1):
        total += line[min(max(k, 0), last)]
    sums[0] = total
    inner = min(half + 1, last + 1)
    for x in range(1, inner):
        total += np.float64(line[min(x + half, last)]) - np.float64(line[0])
        sums[x] = total
    outer = max(inner, last + 1 - half)
    for x in range(inner, outer):
        total += np.float64(line[x + half]) - np.float64(line[x - half - 1])
        sums[x] = total
    for x in range(outer, last + 1):
        total += np.float64(line[last]) - np.float64(line[max(x - half - 1, 0)])
        sums[x] = total


@kernel
def bandpass_plane(
    image: Any,
    ground: Any,
    weights: Any,
    sizes: Any,
    threshold: float,
    work: Any,
    line: Any,
    out: Any,
) -> None:
    """Gaussian of one plane minus its moving average, and 0 below a threshold.

    Every sum is taken in the order in which SciPy takes it, and the average has the type of the image
    after each axis, as there: later steps cut to whole numbers, so that a last bit can become a level.

    Parameters
    ----------
    image, ground : array, shape (y, x)
        What is smoothed, and what is averaged.
    weights : tuple of two arrays of float64
        One side of the Gaussian along y and x, the middle first.
    sizes : tuple of two int
        Odd width of the average along y and x.
    threshold : float
    work : array of float64, shape (3, x + 2 * reach of the Gaussian along x)
        Scratch; its first row must be 0.
    line : array, shape (x,)
        Scratch of the type of `ground`.
    out : array of float64, shape (y, x)
        Filled.
    """
    height, width = image.shape
    reach = len(weights[1]) - 1
    padded, columns, totals = work[0], work[1, :width], work[2, :width]
    for y in range(height):
        row = out[y]
        _smooth_down(image, y, weights[0], padded[reach : reach + width])
        _smooth_along(padded, weights[1], row)
        if sizes[0] > 1:
            _next_sums(ground, y, sizes[0], columns)
            for x in range(width):
                line[x] = columns[x] / sizes[0]
        else:
            line[:] = ground[y]
        if sizes[1] > 1:
            _average_along(line, sizes[1], totals)
            for x in range(width):
                line[x] = totals[x] / sizes[1]
        for x in range(width):
            value = row[x] - line[x]
            row[x] = value if value >= threshold else 0.0
