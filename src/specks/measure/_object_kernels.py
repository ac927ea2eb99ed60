"""Kernels from labels to sums over objects. Their plain statements are in tests/statements/objects.py.

Labels are 32- or 64-bit signed integers of shape (z, y, x). A run is a stretch of one label in
one row; the objects of a block are numbered 0, 1, … (slots) in the order in which they are met.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel

__all__ = [
    "add_run",
    "count_label_runs",
    "intensity_sums",
    "number_runs",
    "outline",
    "perimeter_counts",
    "shape_sums",
    "skip_background",
]

Array = npt.NDArray[Any]

#: Pixels of background that are passed over at once.
_STRIDE = 32
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@kernel
def count_label_runs(labels: Array) -> int:
    """How many runs there are."""
    total = 0
    for z in range(labels.shape[0]):
        for y in range(labels.shape[1]):
            row = labels[z, y]
            if row.size > 0:
                total += row[0] != 0
            for x in range(1, row.size):
                total += (row[x] != row[x - 1]) & (row[x] != 0)
    return total


@kernel
def skip_background(row: Array, x: int) -> int:
    """The first pixel from `x` on that has a label, or the length of the row."""
    n = row.size
    while x + _STRIDE <= n:
        any_bits = row[x]
        for i in range(1, _STRIDE):
            any_bits |= row[x + i]
        if any_bits != 0:
            break
        x += _STRIDE
    while x < n and row[x] == 0:
        x += 1
    return x


@kernel
def number_runs(labels: Array, keys: Array, slots: Array, shift: int, runs: Array, found: Array) -> int:
    """Find the runs and number the labels; returns how many labels there are.

    `keys` (all zero) and `slots` are a hash table with open addressing of ``2**(64 - shift)``
    places, more than there are runs. A row of `runs` is z, y, x0, x1 and slot; `found` are the
    labels by slot.
    """
    mask = keys.size - 1
    r, n = 0, 0
    last, slot = np.int64(0), 0
    for z in range(labels.shape[0]):
        for y in range(labels.shape[1]):
            row = labels[z, y]
            x = skip_background(row, 0)
            while x < row.size:
                label, start = np.int64(row[x]), x
                while x < row.size and row[x] == label:
                    x += 1
                if label != last:
                    place = np.int64(np.uint64(label) * _GOLDEN >> np.uint64(shift))
                    while keys[place] != 0 and keys[place] != label:
                        place = (place + 1) & mask
                    if keys[place] == 0:
                        keys[place], slots[place], found[n] = label, n, label
                        n += 1
                    last, slot = label, slots[place]
                runs[r, 0], runs[r, 1], runs[r, 2], runs[r, 3], runs[r, 4] = z, y, start, x, slot
                r += 1
                if x < row.size and row[x] == 0:
                    x = skip_background(row, x)
    return n


@kernel
def shape_sums(runs: Array, origin: Array, sums: Array, low: Array, high: Array) -> None:
    """Sums over the pixels of each slot, of positions relative to the first pixel met.

    A row of `sums` (all zero) is n, z, y, x, zz, yy, xx, zy, zx, yx; `low` and `high` bound the
    object, `high` past its last pixel. All are whole numbers, so that the sums are exact.
    """
    for r in range(runs.shape[0]):
        z, y, x0, x1, k = runs[r]
        add_run(z, y, x0, x1, origin[k], sums[k], low[k], high[k])


@kernel
def add_run(z: int, y: int, x0: int, x1: int, origin: Array, s: Array, low: Array, high: Array) -> None:
    """Add one run to the sums of its object, which are those of `shape_sums`; planes come in order."""
    if s[0] == 0:
        origin[0], origin[1], origin[2] = z, y, x0
        low[0], low[1], low[2] = z, y, x0
        high[0], high[1], high[2] = z + 1, y + 1, x1
    n = float(x1 - x0)
    dz, dy, a = z - origin[0], y - origin[1], x0 - origin[2]
    in_x = n * a + n * (n - 1) / 2
    in_xx = n * a * a + a * n * (n - 1) + (n - 1) * n * (2 * n - 1) / 6
    s[0] += n
    s[1] += n * dz
    s[2] += n * dy
    s[3] += in_x
    s[4] += n * dz * dz
    s[5] += n * dy * dy
    s[6] += in_xx
    s[7] += n * dz * dy
    s[8] += dz * in_x
    s[9] += dy * in_x
    low[1], high[1] = min(low[1], y), max(high[1], y + 1)
    low[2], high[2] = min(low[2], x0), max(high[2], x1)
    high[0] = z + 1


@kernel
def intensity_sums(
    runs: Array, image: Array, origin: Array, base: Array, sums: Array, low: Array, high: Array
) -> None:
    """Sums over the pixels of each slot that are not NaN, of d, the intensity above `base`.

    `base` (all NaN) becomes the first finite intensity met, so that small differences between
    large numbers are not lost. A row of `sums` (all zero) is n, d, dd, z, y, x, dz, dy, dx;
    `low` (infinite) and `high` become the smallest and largest intensity.
    """
    for r in range(runs.shape[0]):
        z, y, x0, x1, k = runs[r]
        row, s = image[z, y], sums[k]
        if np.isnan(base[k]):
            for x in range(x0, x1):
                if np.isfinite(row[x]):
                    base[k] = row[x]
                    break
        ground = 0.0 if np.isnan(base[k]) else base[k]
        n, d_sum, dd_sum, x_sum, dx_sum = 0.0, 0.0, 0.0, 0.0, 0.0
        lowest, highest = low[k], high[k]
        for x in range(x0, x1):
            value = float(row[x])
            if not np.isnan(value):
                d, off_x = value - ground, x - origin[k, 2]
                n += 1.0
                d_sum += d
                dd_sum += d * d
                x_sum += off_x
                dx_sum += d * off_x
                lowest, highest = min(lowest, value), max(highest, value)
        low[k], high[k] = lowest, highest
        off_z, off_y = z - origin[k, 0], y - origin[k, 1]
        s[0] += n
        s[1] += d_sum
        s[2] += dd_sum
        s[3] += n * off_z
        s[4] += n * off_y
        s[5] += x_sum
        s[6] += d_sum * off_z
        s[7] += d_sum * off_y
        s[8] += dx_sum


@kernel
def outline(padded: Array, edge: Array) -> None:
    """Mark the pixels of objects that have another label, or none, above, below or beside them.

    `padded` holds the labels and a margin of 2 pixels in y and x; `edge` (all zero) is as large.
    """
    depth, height, width = padded.shape
    for z in range(depth):
        for y in range(1, height - 1):
            row = padded[z, y]
            x = skip_background(row, 1)
            while x < width - 1:
                label = row[x]
                edge[z, y, x] = (
                    (padded[z, y - 1, x] != label)
                    | (padded[z, y + 1, x] != label)
                    | (row[x - 1] != label)
                    | (row[x + 1] != label)
                )
                x += 1
                if row[x] == 0:
                    x = skip_background(row, x)


@kernel
def perimeter_counts(runs: Array, padded: Array, edge: Array, counts: Array) -> None:
    """Count the outline pixels of each slot by the steps of the outline that they stand for.

    A row of `counts` (all zero) holds the numbers of pixels that add a straight step, a diagonal
    one, and the mean of both.
    """
    for r in range(runs.shape[0]):
        z, y, x0, x1, k = runs[r]
        for x in range(x0 + 2, x1 + 2):
            if not edge[z, y + 2, x]:
                continue
            label = padded[z, y + 2, x]
            code = 1
            for dy in range(-1, 2):
                for dx in range(-1, 2):
                    if (dy or dx) and edge[z, y + 2 + dy, x + dx] and padded[z, y + 2 + dy, x + dx] == label:
                        code += 10 if dy and dx else 2
            if code in (5, 7, 15, 17, 25, 27):
                counts[k, 0] += 1
            elif code in (21, 33):
                counts[k, 1] += 1
            elif code in (13, 23):
                counts[k, 2] += 1
