"""Kernels of the calibrated mode. Their plain statements are in tests/statements/calibrated.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel

__all__ = [
    "count_bins",
    "count_cells",
    "draw_together",
    "flag_cells",
    "look_up",
    "pool_violators",
    "ranked",
    "to_bins",
]

Array = npt.NDArray[Any]


@kernel
def to_bins(values: Array, sign: float, center: float, step: float, zero: int, out: Array) -> None:
    """Bin `zero` holds signed values of `center` to `center + step`; bin 0 is kept for what is not finite."""
    inverse = 1.0 / step
    for y in range(values.shape[0]):
        for x in range(values.shape[1]):
            place = (sign * values[y, x] - center) * inverse + zero
            if not np.isfinite(place):
                out[y, x] = 0
            else:
                out[y, x] = np.uint8(min(max(np.floor(place), 1.0), 255.0))


@kernel
def count_bins(bins: Array, counts: Array) -> None:
    """Add how often each bin occurs; four tables, so that equal neighbors do not wait for each other."""
    partial = np.zeros((4, 256), np.int64)
    for y in range(bins.shape[0]):
        row = bins[y]
        n = row.size - row.size % 4
        for x in range(0, n, 4):
            partial[0, row[x]] += 1
            partial[1, row[x + 1]] += 1
            partial[2, row[x + 2]] += 1
            partial[3, row[x + 3]] += 1
        for x in range(n, row.size):
            partial[0, row[x]] += 1
    for i in range(4):
        for k in range(256):
            counts[k] += partial[i, k]


@kernel
def ranked(values: Array, rank: int, counts: Array) -> tuple[float, float]:
    """The value of some rank, from 0 on, and the next higher one; the last has none but itself.

    Values are counted first, in as many cells as `counts` has room for; only the cell in which the
    running count passes the rank is sorted.
    """
    low, high = values.min(), values.max()
    scale = (counts.size - 1) / (high - low) if high > low else 0.0
    if not (np.isfinite(scale) and np.isfinite(high - low)):  # too near or too far for cells
        ordered = np.sort(values)
        return ordered[rank], ordered[min(rank + 1, values.size - 1)]
    counts[:] = 0
    for value in values:
        counts[int((value - low) * scale)] += 1
    cell = before = 0
    while before + counts[cell] <= rank:
        before += counts[cell]
        cell += 1
    inside = np.empty(counts[cell], values.dtype)
    n, beyond = 0, high
    for value in values:
        place = int((value - low) * scale)
        if place == cell:
            inside[n] = value
            n += 1
        elif place > cell and value < beyond:
            beyond = value
    ordered = np.sort(inside)
    return ordered[rank - before], ordered[rank + 1 - before] if rank + 1 - before < n else beyond


@kernel
def flag_cells(bins: Array, seed: int, size_y: int, size_x: int, flags: Array) -> None:
    """Mark the cells of a grid that hold a bin of `seed` or more."""
    height, width = bins.shape
    highest = np.empty(width, np.uint8)
    for row in range(flags.shape[0]):
        highest[:] = 0
        for y in range(row * size_y, min((row + 1) * size_y, height)):
            line = bins[y]
            for x in range(width):  # without branches, so that it is vectorized
                highest[x] = max(highest[x], line[x])
        for x in range(width):
            if highest[x] >= seed:
                flags[row, x // size_x] = True


@kernel
def count_cells(bins: Array, chosen: Array, size_y: int, size_x: int, counts: Array) -> None:
    """Add how often each bin occurs in the chosen cells of a grid."""
    for y in range(bins.shape[0]):
        for cell in range(chosen.shape[1]):
            if chosen[y // size_y, cell]:
                for x in range(cell * size_x, min((cell + 1) * size_x, bins.shape[1])):
                    counts[bins[y, x]] += 1


@kernel
def look_up(bins: Array, table: Array, out: Array) -> None:
    """Replace each bin by its entry in the table."""
    for y in range(bins.shape[0]):
        for x in range(bins.shape[1]):
            out[y, x] = table[bins[y, x]]


@kernel
def pool_violators(values: Array, weights: Array, out: Array) -> None:
    """Non-decreasing weighted least-squares fit: neighbors in the wrong order are replaced by their mean."""
    n = values.size
    means, masses, starts = np.empty(n), np.empty(n), np.empty(n + 1, np.int64)
    last = -1
    for k in range(n):
        last += 1
        means[last], masses[last], starts[last] = values[k], weights[k], k
        while last > 0 and means[last - 1] >= means[last]:
            mass = masses[last - 1] + masses[last]
            means[last - 1] = (means[last - 1] * masses[last - 1] + means[last] * masses[last]) / mass
            masses[last - 1] = mass
            last -= 1
    starts[last + 1] = n
    for block in range(last + 1):
        out[starts[block] : starts[block + 1]] = means[block]


@kernel
def draw_together(
    own: Array, before: Array, weight_z: float, weight_y: float, weight_x: float, strength: float, out: Array
) -> None:
    """One turn of a mean field: log odds of `own`, moved by the neighbors' probabilities `before`.

    At the border a pixel is its own neighbor.
    """
    depth, height, width = own.shape
    rest = weight_z + weight_y + weight_x
    for z in range(depth):
        for y in range(height):
            above, below = before[z, max(y - 1, 0)], before[z, min(y + 1, height - 1)]
            front, back = before[max(z - 1, 0), y], before[min(z + 1, depth - 1), y]
            line = before[z, y]
            for x in range(width):
                near = (
                    weight_x * (line[max(x - 1, 0)] + line[min(x + 1, width - 1)])
                    + weight_y * (above[x] + below[x])
                    + weight_z * (front[x] + back[x])
                )
                p = np.float64(own[z, y, x])
                if (p < 1e-7 and near < 1e-3) or p <= 0 or p >= 1:
                    out[z, y, x] = p
                else:
                    odds = p / (1 - p) * np.exp(strength * (2 * near - rest))
                    out[z, y, x] = odds / (1 + odds)
