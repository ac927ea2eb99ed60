"""Draw features into an image."""

from __future__ import annotations

import numpy as np

from specks._core.kernel import kernel
from specks.refinement.fit._column_kernels import lay_deltas, square_distances
from specks.refinement.fit._pixel_kernels import box_of, chord
from specks.refinement.fit._profile_kernels import profile_values
from specks.refinement.fit.arrays import LENGTH, MANY, POSITION, RUNS, SEEN, SIGNAL, START, Floats

__all__ = ["add_features", "set_masks"]


@kernel
def set_masks(image: Floats, position: Floats, level: Floats, radius: Floats) -> None:
    """Set the pixels in the mask of each feature to its level."""
    shape = image.shape
    low, high = np.empty(3, np.int64), np.empty(3, np.int64)
    for i in range(len(position)):
        box_of(position[i], radius, shape, low, high)
        for z in range(low[0], high[0]):
            for y in range(low[1], high[1]):
                first, last = chord(position[i], radius, z, y, low[2], high[2])
                for x in range(first, last):
                    image[z, y, x] = level[i]


@kernel
def add_features(image: Floats, values: Floats, reach: Floats, profile: int, n: int, isotropic: bool) -> None:
    """Add features to an image, as far as they reach.

    Parameters
    ----------
    image : array (z, y, x) of float64
        What is added to.
    values : array (features, parameters) of float64
    reach : array (features, 3) of float64
        Half axes of where a feature is drawn.
    profile : int
        Which; not GIVEN.
    n : int
        Dimensions of space.
    isotropic : bool
        Whether one size counts for all axes.
    """
    shape = image.shape
    side = max(shape)
    low, high = np.empty(3, np.int64), np.empty(3, np.int64)
    delta, run, box = np.zeros((3, side)), np.zeros((1, MANY + 1), np.int32), np.zeros(SEEN + 1, np.int64)
    r2, f, slope = np.empty(side), np.empty(side), np.empty(side)
    extra = np.empty((max(1, values.shape[1]), side))
    for i in range(len(values)):
        box_of(values[i, POSITION : POSITION + 3], reach[i], shape, low, high)
        for d in range(3):
            box[START + d], box[LENGTH + d] = low[d], high[d] - low[d]
        box[RUNS] = 1
        lay_deltas(values[i], box, delta)
        for z in range(low[0], high[0]):
            for y in range(low[1], high[1]):
                first, last = chord(values[i, POSITION : POSITION + 3], reach[i], z, y, low[2], high[2])
                if last <= first:
                    continue
                run[0, 0], run[0, 1], run[0, 2], run[0, MANY] = z, y, first, last - first
                square_distances(n, isotropic, values[i], delta, box, run, r2)
                profile_values(profile, n, values[i], last - first, r2, f, slope, extra)
                for k in range(last - first):
                    image[z, y, first + k] += values[i, SIGNAL] * f[k]
