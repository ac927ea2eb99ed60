"""Outlines of clusters: the union of the masks of features that are fitted together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["outlines_of"]

Floats = npt.NDArray[np.float64]


def outlines_of(positions: Floats, clusters: npt.NDArray[np.int64], radius: Floats) -> list[Floats]:
    """One closed line around each connected part of a union of ellipses.

    Parameters
    ----------
    positions : array (features, 2) of float64
        In pixels.
    clusters : array (features,) of int64
        Which belong together.
    radius : array (2,) of float64
        Half axes of a mask.

    Returns
    -------
    list of array (n, 2) of float64
        In the order of the clusters.
    """
    known = np.isfinite(positions).all(axis=1)
    order = np.flatnonzero(known)[np.argsort(clusters[known], kind="stable")]
    first = np.flatnonzero(np.r_[True, np.diff(clusters[order]) != 0]) if len(order) else []
    parts = np.split(positions[order], first[1:]) if len(order) else []
    return [line for part in parts for line in _around(part, radius)]


def _around(members: Floats, radius: Floats) -> list[Floats]:
    from skimage.measure import find_contours

    low = np.floor(members.min(axis=0) - radius) - 1
    high = np.ceil(members.max(axis=0) + radius) + 1
    y, x = (np.arange(a, b + 1) for a, b in zip(low, high, strict=True))
    # Distance to the nearest center in half axes: 1 on the edge of the union.
    away = np.full((len(y), len(x)), np.inf)
    for member in members:
        across = ((y - member[0]) / radius[0]) ** 2
        along = ((x - member[1]) / radius[1]) ** 2
        np.minimum(away, np.sqrt(across[:, None] + along[None, :]), out=away)
    return [line + low for line in find_contours(away, 1.0)]
