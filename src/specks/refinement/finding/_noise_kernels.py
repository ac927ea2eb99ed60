"""Which pixels lie far from everything bright, and how the image varies there."""

from __future__ import annotations

from typing import Any

import numpy as np

from specks._core.kernel import kernel

__all__ = ["background_sums", "nearness"]


@kernel
def _spread(left: Any, here: Any, right: Any, out: Any, near: Any) -> None:
    """Pixels that are marked or lie beside one that is; a function of its own, so that many are taken at a time."""
    for x in range(len(out)):
        marked = left[x] | here[x] | right[x]
        out[x] = marked
        near[x] += marked


@kernel
def nearness(levels: Any, reach: int, lines: Any, out: Any) -> None:
    """How near the next pixel that is not 0 lies in the same row.

    Parameters
    ----------
    levels : array of int, shape (z, y, x)
    reach : int
        One more than the distance that matters.
    lines : array of uint8 or uint16, shape (2, x + 2)
        Scratch of the type of `out`; its ends must be 0.
    out : array of uint8 or uint16, shape (z, y, x)
        Filled: `reach` minus the distance, but not below 0.
    """
    width = levels.shape[2]
    for z in range(levels.shape[0]):
        for y in range(levels.shape[1]):
            row, near, line, other = levels[z, y], out[z, y], lines[0], lines[1]
            middle = line[1:]
            for x in range(width):
                middle[x] = row[x] != 0
                near[x] = row[x] != 0
            for _ in range(reach - 1):
                _spread(line, line[1:], line[2:], other[1 : 1 + width], near)
                line, other = other, line


@kernel
def background_sums(image: Any, near: Any, rows: Any, reach: int, level: float, sums: Any) -> None:
    """Number, sum and sum of squares of pixels whose ellipse holds nothing but 0.

    Parameters
    ----------
    image : array, shape (z, y, x)
    near : array, shape (z, y, x)
        What `nearness` gives.
    rows : array of int64, shape (m, 3)
        Offset of each row of the ellipse along z and y, and its half width.
    reach : int
        One more than the largest half width, which is that of the row in the middle.
    level : float
        Taken off before squares are taken; something near the mean.
    sums : array of float64, shape (3, x)
        Filled, column by column of the image.
    """
    depth, height, width = image.shape
    sums[:] = 0.0
    bright = np.empty(width, np.uint8)
    for z in range(depth):
        for y in range(height):
            own, dark = near[z, y], 0
            for x in range(width):
                bright[x] = own[x] > 0
                dark += own[x] == 0
            if dark == 0:
                continue
            for m in range(len(rows)):
                at_z, at_y = z + rows[m, 0], y + rows[m, 1]
                if 0 <= at_z < depth and 0 <= at_y < height:
                    row, least = near[at_z, at_y], reach - rows[m, 2]
                    for x in range(width):
                        bright[x] |= row[x] >= least
            raw = image[z, y]
            for x in range(width):
                used = 1.0 if bright[x] == 0 else 0.0
                value = np.float64(raw[x]) - level
                sums[0, x] += used
                sums[1, x] += used * value
                sums[2, x] += used * value * value
