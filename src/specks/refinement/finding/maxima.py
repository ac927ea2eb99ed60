"""Where a frame is brighter than all around."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from specks.refinement.finding._maxima_kernels import pick_maxima, running_maximum

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
    along = np.empty_like(levels)
    running_maximum(levels, box[2], np.empty((2, levels.shape[2] + box[2]), levels.dtype), along)
    kept = tuple(math.ceil(m) for m in margin)
    found = np.empty((levels.size // 64 + 64, 3), np.int64)
    count = pick_maxima(levels, along, threshold, box, kept, found)
    if count > len(found):
        found = np.empty((count, 3), np.int64)
        pick_maxima(levels, along, threshold, box, kept, found)
    return found[:count]
