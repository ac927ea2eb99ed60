"""Draw features into an image."""

from __future__ import annotations

import numpy as np

from specks._core.kernel import kernel
from specks.refinement.fit._evaluate_kernels import lay_tables
from specks.refinement.fit._pixel_kernels import box_of, chord
from specks.refinement.fit._profile_kernels import GAUSS, profile_values, squared_distances
from specks.refinement.fit.arrays import POSITION, SIGNAL, Floats

__all__ = ["add_features", "set_masks"]


@kernel
def set_masks(image: Floats, position: Floats, level: Floats, radius: Floats) -> None:
    """Set the pixels in the mask of each feature to its level."""
    shape = np.array(image.shape)
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
    shape = np.array(image.shape)
    side = shape.max()
    low, high = np.empty(3, np.int64), np.empty(3, np.int64)
    delta, table = np.zeros((3, side)), np.zeros((3, side))
    steps = np.arange(side).astype(np.uint32)
    z_at, y_at = np.empty(side, np.uint32), np.empty(side, np.uint32)
    r2, f, slope = np.empty(side), np.empty(side), np.empty(side)
    extra = np.empty((max(1, values.shape[1]), side))
    for i in range(len(values)):
        box_of(values[i, POSITION : POSITION + 3], reach[i], shape, low, high)
        lay_tables(profile, n, isotropic, values[i], low, high - low, delta, table)
        for z in range(low[0], high[0]):
            z_at[:] = z - low[0]
            for y in range(low[1], high[1]):
                y_at[:] = y - low[1]
                first, last = chord(values[i, POSITION : POSITION + 3], reach[i], z, y, low[2], high[2])
                if last <= first:
                    continue
                x_at = steps[first - low[2] : last - low[2]]
                many = len(x_at)
                if profile != GAUSS:
                    squared_distances(table, z_at[:many], y_at[:many], x_at, r2)
                profile_values(
                    profile, n, values[i], table, z_at[:many], y_at[:many], x_at, r2, f, slope, extra
                )
                for k in range(many):
                    image[z, y, first + k] += values[i, SIGNAL] * f[k]
