"""Where a fit begins for what nobody said: background and signal from the image, size from the mask."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks.refinement.asked.parameters import Parameters
from specks.refinement.fit._level_kernels import mask_levels
from specks.refinement.fit.arrays import BACKGROUND, POSITION, SIGNAL, Floats, Ints

__all__ = ["filled", "is_dark"]


def levels_of(image: npt.NDArray[Any], values: Floats, radius: Floats) -> Floats:
    """Gray levels in the mask of each feature."""
    levels = np.empty((len(values), 5))
    mask_levels(image, np.ascontiguousarray(values[:, POSITION : POSITION + 3]), radius, levels)
    return levels


def is_dark(image: npt.NDArray[Any], values: Floats, radius: Floats) -> bool:
    """Whether most features are darker than what is around them."""
    levels = levels_of(image, values, radius)
    tilt = levels[:, 4] - (levels[:, 1] + levels[:, 2]) / 2
    known = tilt[np.isfinite(tilt)]
    return len(known) > 0 and float(np.median(known)) < 0


def filled(
    parameters: Parameters,
    values: Floats,
    first: Ints,
    image: npt.NDArray[Any],
    radius: Floats,
    default: dict[str, float],
    dark: bool,
) -> Floats:
    """Parameters without NaN: what is missing is estimated.

    The background is a tenth of the way up the brightness of the darkest mask of a cluster, the signal what the
    brightest twentieth of a mask has more than that (for dark features both from the other end); a size is a
    quarter of the diameter.

    Parameters
    ----------
    parameters : Parameters
    values : array (features, parameters) of float64
        Sorted by cluster; NaN where something is missing.
    first : array (clusters + 1,) of int64
    image : array (z, y, x)
    radius : array (3,) of float64
    default : dict of str to float
        Values of the other parameters.
    dark : bool
        Whether features are darker than what is around them.
    """
    if not np.isnan(values).any():
        return values
    found = values.copy()
    for name, column in zip(parameters.names, parameters.columns, strict=True):
        missing = np.isnan(found[:, column])
        if name in default:
            found[missing, column] = default[name]
        elif name in parameters.sizes:
            found[missing, column] = radius[2 if len(parameters.sizes) == 1 else column - 5] / 2
    if np.isnan(found[:, [BACKGROUND, SIGNAL]]).any():
        levels = levels_of(image, found, radius)
        low, high = (levels[:, 2], levels[:, 0]) if dark else (levels[:, 1], levels[:, 3])
        ground = np.fmax.reduceat(low, first[:-1]) if dark else np.fmin.reduceat(low, first[:-1])
        ground = np.repeat(ground, np.diff(first))
        for column, estimate in ((BACKGROUND, ground), (SIGNAL, high - ground)):
            missing = np.isnan(found[:, column])
            found[missing, column] = np.nan_to_num(estimate[missing])
    return found
