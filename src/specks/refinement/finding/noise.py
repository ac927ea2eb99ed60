"""How bright the background is, and how noisy."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks.refinement.finding._noise_kernels import background_sums, nearness

__all__ = ["background"]


def background(
    levels: npt.NDArray[Any], image: npt.NDArray[Any], rows: npt.NDArray[np.int64]
) -> tuple[float, float]:
    """Mean and standard deviation of an image where an ellipse around a pixel holds no level above 0.

    Parameters
    ----------
    levels, image : array, shape (z, y, x)
    rows : array of int64, shape (m, 3)
        The ellipse.

    Returns
    -------
    (mean, standard deviation)
        NaN where there is no such pixel; no deviation where there is one.
    """
    reach = int(rows[:, 2].max()) + 1
    kind = np.uint8 if reach < 256 else np.uint16
    near = np.empty(levels.shape, kind)
    nearness(levels, reach, np.zeros((2, levels.shape[2] + 2), kind), near)
    sums = np.empty((3, levels.shape[2]))
    level = float(image[0, 0, 0])
    background_sums(image, near, rows, reach, level, sums)
    count, first, second = sums.sum(axis=1).tolist()
    if not count:
        return np.nan, np.nan
    mean = first / count
    spread = float(np.sqrt(max(second / count - mean * mean, 0.0)))
    return level + mean, spread if count > 1 else np.nan
