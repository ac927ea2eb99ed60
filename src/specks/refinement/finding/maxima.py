"""Where a frame is brighter than all around."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from specks.refinement.finding._maxima_kernels import box_maximum, pick_maxima

__all__ = ["local_maxima"]


def local_maxima(
    levels: npt.NDArray[Any],
    box: tuple[int, int, int],
    threshold: int,
    margin: tuple[float, float, float],
) -> npt.NDArray[np.int64]:
    """Pixels above a threshold that none in a box around them exceeds, row by row.

    Parameters
    ----------
    levels : array of int, shape (z, y, x)
    box : tuple of three int
        Widths along z, y and x; the longer half of an even one lies after the pixel.
    threshold : int
    margin : tuple of three float
        How far from the border the first pixels may be.

    Returns
    -------
    numpy.ndarray of int64, shape (n, 3)
        All pixels of a plateau are there.
    """
    depth, height, width = levels.shape
    highest = np.zeros((depth + box[0] - 1, height + box[1] - 1, width), levels.dtype)
    line = np.zeros((2, width + box[2] - 1), levels.dtype)
    box_maximum(levels, box, line, highest)
    kept = tuple(math.ceil(m) for m in margin)
    found = np.empty((levels.size // 256 + 64, 3), np.int64)
    count = pick_maxima(levels, highest, threshold, kept, found)
    if count > len(found):
        found = np.empty((count, 3), np.int64)
        pick_maxima(levels, highest, threshold, kept, found)
    return found[:count]
