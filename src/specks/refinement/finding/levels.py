"""A frame in whole numbers, on which features are found."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks.refinement.finding._level_kernels import count_levels, largest, quantize

__all__ = ["cutoff", "in_levels", "levels_of"]

#: The type of whole numbers that kernels are compiled for besides uint8 and uint16.
WIDE = np.dtype(np.int64)


def levels_of(dtype: np.dtype[Any]) -> int:
    """The largest level of images of a type: as many as integers have, 255 for floats.

    Integers of 64 bits count as those of 32: nothing else could be told apart in double precision.
    """
    if dtype.kind == "f":
        return 255
    return int(np.iinfo(np.dtype(f"{dtype.kind}{min(dtype.itemsize, 4)}")).max)


def in_levels(image: npt.NDArray[Any], most: int) -> tuple[npt.NDArray[Any], float]:
    """A frame of floats in whole numbers from 0 to `most`, and by what it was multiplied.

    Parameters
    ----------
    image : array of float, shape (z, y, x)
    most : int
        What the brightest pixel becomes.

    Returns
    -------
    (levels, scale)
    """
    exact = image.dtype.type  # of the image: a level more or less hangs on the last bit
    top = exact(largest(image))
    scale = exact(most) / top if top > 0 else exact(1)
    kind = np.dtype(np.uint8) if most < 256 else np.dtype(np.uint16) if most < 65536 else WIDE
    levels = np.empty(image.shape, kind)
    quantize(image, scale, levels)
    return levels, float(scale)


def cutoff(levels: npt.NDArray[Any], percentile: float) -> int | None:
    """The level that a share of the pixels that are not 0 does not exceed; None when all are 0.

    Parameters
    ----------
    levels : array of int, shape (z, y, x)
    percentile : float
        From 0 to 100; between two levels is cut down to whole numbers.
    """
    if levels.dtype == WIDE:
        bright = levels[levels != 0]
        return int(np.floor(np.percentile(bright, percentile))) if bright.size else None
    counts = np.empty((2, np.iinfo(levels.dtype).max + 1), np.int64)
    count_levels(levels, counts)
    upto = np.cumsum(counts.sum(axis=0)[1:])
    if not upto[-1]:
        return None
    place = (upto[-1] - 1) * (percentile / 100)
    below = int(place)
    low, high = (1 + int(np.searchsorted(upto, k, "right")) for k in (below, min(below + 1, upto[-1] - 1)))
    return int(low + (high - low) * (place - below))
