"""Kernels of the filters. Their plain statements are in tests/statements/filters.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel

__all__ = ["ANCHOR", "contrast", "weighted_contrast"]

Array = npt.NDArray[Any]

#: Running sums start anew at every multiple of this, so that the rounding of floating-point
#: images does not depend on where a block begins.
ANCHOR = 128
#: Contrast below this part of the mean is rounding, not contrast.
ROUNDING = 1e-11


@kernel
def _slide_columns(padded: Array, y: int, height: int, columns: Array) -> None:
    """Sum `height` rows from row `y` into `columns`, from the sums of the row before."""
    if y % ANCHOR == 0:
        columns[:] = 0.0
        for j in range(height):
            for x in range(columns.size):
                columns[x] += padded[y + j, x]
    else:
        for x in range(columns.size):
            columns[x] += np.float64(padded[y + height - 1, x]) - np.float64(padded[y - 1, x])


@kernel
def _sum_along(columns: Array, width: int, sums: Array) -> None:
    """Sum `width` neighbors of `columns` from every x on.

    Each addition waits for the one before, so four stretches go side by side as long as they can.
    """
    n = sums.size
    together = n // (4 * ANCHOR) * (4 * ANCHOR)
    for start in range(0, together, 4 * ANCHOR):
        b, c, d = start + ANCHOR, start + 2 * ANCHOR, start + 3 * ANCHOR
        total_a = total_b = total_c = total_d = 0.0
        for i in range(width):
            total_a += columns[start + i]
            total_b += columns[b + i]
            total_c += columns[c + i]
            total_d += columns[d + i]
        sums[start], sums[b], sums[c], sums[d] = total_a, total_b, total_c, total_d
        for x in range(1, ANCHOR):
            total_a += columns[start + x + width - 1] - columns[start + x - 1]
            total_b += columns[b + x + width - 1] - columns[b + x - 1]
            total_c += columns[c + x + width - 1] - columns[c + x - 1]
            total_d += columns[d + x + width - 1] - columns[d + x - 1]
            sums[start + x], sums[b + x], sums[c + x], sums[d + x] = total_a, total_b, total_c, total_d
    for start in range(together, n, ANCHOR):
        total = 0.0
        for i in range(width):
            total += columns[start + i]
        sums[start] = total
        for x in range(start + 1, min(start + ANCHOR, n)):
            total += columns[x + width - 1] - columns[x - 1]
            sums[x] = total


@kernel
def _blur_row(
    padded: Array, top: int, left: int, weights_y: Array, weights_x: Array, down: Array, row: Array
) -> None:
    """Weighted sums of the window whose corner is (top, left) and of its right neighbors.

    Weights are symmetric, so the two rows (columns) at one distance share a multiplication.
    """
    reach_y, reach_x = weights_y.size // 2, weights_x.size // 2
    n, m = down.size, row.size
    # Views from their first element on: an index that cannot be negative lets the loops be vectorized.
    middle, w = padded[top + reach_y, left : left + n], weights_y[reach_y]
    for x in range(n):
        down[x] = w * middle[x]
    for j in range(reach_y):
        above, below = padded[top + j, left : left + n], padded[top + 2 * reach_y - j, left : left + n]
        w = weights_y[j]
        for x in range(n):
            down[x] += w * (np.float64(above[x]) + np.float64(below[x]))
    center, w = down[reach_x : reach_x + m], weights_x[reach_x]
    for x in range(m):
        row[x] = w * center[x]
    for i in range(reach_x):
        before, after = down[i : i + m], down[2 * reach_x - i : 2 * reach_x - i + m]
        w = weights_x[i]
        for x in range(m):
            row[x] += w * (before[x] + after[x])


@kernel
def contrast(padded: Array, half_y: int, half_x: int, weights_y: Array, weights_x: Array, out: Array) -> None:
    """Blurred image minus box mean; `padded` is larger than `out` by half a box on every side."""
    n_y, n_x = out.shape
    reach_y, reach_x = weights_y.size // 2, weights_x.size // 2
    columns = np.zeros(n_x + 2 * half_x)
    sums, row = np.empty(n_x), np.empty(n_x)
    down = np.empty(n_x + 2 * reach_x)
    scale = 1.0 / ((2 * half_y + 1) * (2 * half_x + 1))
    for y in range(n_y):
        _slide_columns(padded, y, 2 * half_y + 1, columns)
        _sum_along(columns, 2 * half_x + 1, sums)
        _blur_row(padded, y + half_y - reach_y, half_x - reach_x, weights_y, weights_x, down, row)
        for x in range(n_x):
            mean = sums[x] * scale
            difference = row[x] - mean
            out[y, x] = difference if abs(difference) > ROUNDING * abs(mean) else 0.0


@kernel
def weighted_contrast(
    padded: Array,
    weight: Array,
    half_y: int,
    half_x: int,
    weights_y: Array,
    weights_x: Array,
    out: Array,
) -> None:
    """The same where only pixels of weight 1 count; NaN in `out` where the weight is 0.

    `padded` must be 0 where `weight` is 0.
    """
    n_y, n_x = out.shape
    reach_y, reach_x = weights_y.size // 2, weights_x.size // 2
    columns, counted = np.zeros(n_x + 2 * half_x), np.zeros(n_x + 2 * half_x)
    sums, counts = np.empty(n_x), np.empty(n_x)
    row, share = np.empty(n_x), np.empty(n_x)
    down = np.empty(n_x + 2 * reach_x)
    for y in range(n_y):
        _slide_columns(padded, y, 2 * half_y + 1, columns)
        _slide_columns(weight, y, 2 * half_y + 1, counted)
        _sum_along(columns, 2 * half_x + 1, sums)
        _sum_along(counted, 2 * half_x + 1, counts)
        top, left = y + half_y - reach_y, half_x - reach_x
        _blur_row(padded, top, left, weights_y, weights_x, down, row)
        _blur_row(weight, top, left, weights_y, weights_x, down, share)
        for x in range(n_x):
            if weight[y + half_y, x + half_x] == 0:
                out[y, x] = np.nan
            else:
                mean = sums[x] / counts[x]
                difference = row[x] / share[x] - mean
                out[y, x] = difference if abs(difference) > ROUNDING * abs(mean) else 0.0
