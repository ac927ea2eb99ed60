"""Found particles against boxes that were drawn by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from specks._core.errors import InputError
from specks.synth.truth._counts import Counts

__all__ = ["box_scores"]


def box_scores(centroids: Any, boxes: Any, *, grow: float = 0.2) -> Counts:
    """Count particles whose centroid lies in a box.

    A box can be taken by one particle and a particle can take one box; the pairs with the least
    distance between centroid and center of the box come first.

    Parameters
    ----------
    centroids : (n, 2) array of float
        y and x of what was found, in pixels; pixel centers lie at whole numbers.
    boxes : (m, 4) array of float
        y and x of the center, height and width, in pixels.
    grow : float, optional
        By which fraction of its size each box is widened first.

    Returns
    -------
    Counts
        With `precision`, `recall` and `f1`.

    Raises
    ------
    InputError
        When the tables have other shapes.

    Examples
    --------
    >>> box_scores([[10, 10], [11, 11], [40, 40]], [[10, 10, 8, 8], [80, 80, 8, 8]])
    Counts(found=3, true=2, matched=1)
    """
    points = _table("centroids", centroids, 2)
    wanted = _table("boxes", boxes, 4)
    half = (1 + grow) / 2 * wanted[:, 2:]
    offset = points[:, None, :] - wanted[None, :, :2]
    point, box = np.nonzero((np.abs(offset) <= half).all(axis=2))
    nearest_first = np.argsort(np.hypot(*offset[point, box].T), kind="stable")
    point_taken, box_taken = np.zeros(len(points), bool), np.zeros(len(wanted), bool)
    for i, j in zip(point[nearest_first], box[nearest_first], strict=True):
        if not (point_taken[i] or box_taken[j]):
            point_taken[i] = box_taken[j] = True
    return Counts(len(points), len(wanted), int(box_taken.sum()))


def _table(name: str, values: Any, columns: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    table = np.asarray(values, float)
    if table.size == 0:
        return np.empty((0, columns))
    if table.ndim != 2 or table.shape[1] != columns:
        raise InputError(f"{name} has the shape {table.shape}; it must have {columns} columns")
    return table
