"""Images of whole numbers: from band-passed ones, and how many pixels have each."""

from __future__ import annotations

from typing import Any

from specks._core.kernel import kernel

__all__ = ["count_levels", "largest", "quantize"]


@kernel
def largest(image: Any) -> float:
    """The largest pixel of an image of shape (z, y, x)."""
    highest = image[0, 0].copy()
    for z in range(image.shape[0]):
        for y in range(image.shape[1]):
            row = image[z, y]
            for x in range(len(row)):
                highest[x] = row[x] if row[x] > highest[x] else highest[x]
    return float(highest.max())


@kernel
def quantize(image: Any, scale: Any, out: Any) -> None:
    """Whole numbers of an image times `scale`, which is of its type, cut down; 0 where it is negative."""
    for z in range(image.shape[0]):
        for y in range(image.shape[1]):
            row, line = image[z, y], out[z, y]
            for x in range(len(row)):
                value = row[x] * scale
                line[x] = value if value > 0 else 0.0


@kernel
def count_levels(levels: Any, counts: Any) -> None:
    """How many pixels have each level.

    Parameters
    ----------
    levels : array of uint8 or uint16, shape (z, y, x)
    counts : array of int64, shape (2, number of levels)
        Filled; both rows together are the counts, so that neighbors of one level do not wait for each other.
    """
    counts[:] = 0
    for z in range(levels.shape[0]):
        for y in range(levels.shape[1]):
            row = levels[z, y]
            for x in range(0, len(row) - 1, 2):
                counts[0, row[x]] += 1
                counts[1, row[x + 1]] += 1
            if len(row) % 2:
                counts[0, row[-1]] += 1
