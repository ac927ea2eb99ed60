"""Gray levels in the mask of each feature, from which a fit can begin."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from specks._core._rank_kernels import quantile, ranked
from specks._core.kernel import kernel
from specks.refinement.fit._pixel_kernels import box_of, chord
from specks.refinement.fit.arrays import Floats

__all__ = ["mask_levels"]


@kernel
def mask_levels(image: npt.NDArray[np.generic], position: Floats, radius: Floats, levels: Floats) -> None:
    """Fill the rows of `levels` with what lies in the mask of each feature.

    Parameters
    ----------
    image : array (z, y, x)
    position : array (features, 3) of float64
    radius : array (3,) of float64
        Half axes of the mask.
    levels : array (features, 5) of float64
        Filled with the quantiles .05, .1, .9 and .95, and the mean of the middle third along each axis; NaN
        where the mask has no pixel.
    """
    low, high = np.empty(3, np.int64), np.empty(3, np.int64)
    room = np.empty(64)
    for i in range(len(position)):
        box_of(position[i], radius, image.shape, low, high)
        many = max((high[0] - low[0]) * (high[1] - low[1]) * (high[2] - low[2]), 1)
        if many > len(room):
            room = np.empty(many)
        seen, middle, inside = 0, 0.0, 0
        for z in range(low[0], high[0]):
            for y in range(low[1], high[1]):
                first, last = chord(position[i], radius, z, y, low[2], high[2])
                for x in range(first, last):
                    value = float(image[z, y, x])
                    if value != value:
                        continue
                    room[seen] = value
                    seen += 1
                    away = (
                        ((z - position[i, 0]) / radius[0]) ** 2
                        + ((y - position[i, 1]) / radius[1]) ** 2
                        + ((x - position[i, 2]) / radius[2]) ** 2
                    )
                    if away * 9.0 <= 1.0:
                        middle += value
                        inside += 1
        if seen == 0:
            levels[i] = np.nan
            continue
        held = room[:seen]
        levels[i, 0], levels[i, 1] = quantile(held, 0.05), quantile(held, 0.1)
        levels[i, 2], levels[i, 3] = quantile(held, 0.9), quantile(held, 0.95)
        levels[i, 4] = middle / inside if inside > 0 else ranked(held, seen // 2)
