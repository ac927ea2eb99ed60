"""Where a fit begins for what nobody said: background and signal from the image, size from the mask."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks.refinement.asked.parameters import Parameters
from specks.refinement.fit._level_kernels import mask_levels
from specks.refinement.fit._profile_kernels import RING
from specks.refinement.fit.arrays import BACKGROUND, EXTRA, POSITION, SIGNAL, SIZE, Floats, Ints
from specks.refinement.fit.assemble import Model

__all__ = ["filled", "is_dark"]

#: Rings that are looked at.
LOOKED_AT = 50
#: Thickness of a ring where nothing is said of it.
THICKNESS = 0.5


def levels_of(image: npt.NDArray[Any], values: Floats, radius: Floats) -> Floats:
    """Gray levels in the mask of each feature."""
    levels = np.empty((len(values), 5))
    mask_levels(image, np.ascontiguousarray(values[:, POSITION : POSITION + 3]), radius, levels)
    return levels


def is_dark(image: npt.NDArray[Any], values: Floats, model: Model) -> bool:
    """Whether most features are darker than what is around them."""
    if model.profile == RING:  # whose middle is dark too
        tilt = np.array([_tilt_of_ring(image, row, model) for row in values[:LOOKED_AT]])
    else:
        levels = levels_of(image, values, np.asarray(model.radius))
        tilt = levels[:, 4] - (levels[:, 1] + levels[:, 2]) / 2
    known = tilt[np.isfinite(tilt)]
    return len(known) > 0 and float(np.median(known)) < 0


def _tilt_of_ring(image: npt.NDArray[Any], values: Floats, model: Model) -> float:
    """How brightness goes with a ring at the place of a feature; below 0 for a dark one."""
    r2 = np.zeros((1, 1, 1))
    box = []
    for d in range(3):
        center, half = values[POSITION + d], model.radius[d]
        low = max(0, int(np.ceil(center - half)))
        box.append(slice(low, max(low, min(image.shape[d], int(np.floor(center + half)) + 1))))
        if d >= 3 - model.dimensions:
            size = values[SIZE] if model.isotropic else values[SIZE + d]
            away = (np.arange(box[d].start, box[d].stop) - center) / (size if size > 0 else half / 2)
            r2 = r2 + away.reshape([-1 if axis == d else 1 for axis in range(3)]) ** 2
    thickness = values[EXTRA] if values[EXTRA] > 0 else THICKNESS
    ring = np.exp(-np.minimum(((np.sqrt(r2) - 1) / thickness + 1) ** 2, 300.0))
    level = image[tuple(box)]
    seen = np.isfinite(level)
    if not seen.any():
        return float("nan")
    ring = ring[seen]
    return float(np.sum((ring - ring.mean()) * level[seen]))


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
