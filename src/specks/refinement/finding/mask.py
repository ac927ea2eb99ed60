"""The ellipse in which a feature is looked at, as rows of pixels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["ellipse_rows", "root_of_moments"]

Three = tuple[int, int, int]


def ellipse_rows(radius: Three) -> npt.NDArray[np.int64]:
    """Rows of an ellipse: offset along z and y, and half width.

    Parameters
    ----------
    radius : tuple of three int
        Along z, y and x; 0 along z for a plane.

    Returns
    -------
    numpy.ndarray of int64, shape (n, 3)
        Pixels whose center lies on or in the ellipse.

    Examples
    --------
    >>> ellipse_rows((0, 1, 1)).tolist()
    [[0, -1, 0], [0, 0, 1], [0, 1, 0]]
    """
    rz, ry, rx = radius
    offsets = [np.arange(-r, r + 1) for r in radius]
    z, y, x = np.meshgrid(*offsets, indexing="ij")
    inside = (z / max(rz, 1)) ** 2 + (y / ry) ** 2 + (x / rx) ** 2 <= 1
    width = inside.sum(axis=2)
    at = np.argwhere(width > 0)
    return np.column_stack([at - (rz, ry), width[width > 0] // 2]).astype(np.int64)


def root_of_moments(rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Root of the sum of squares of the offsets of all pixels, along z, y and x."""
    dz, dy, half = rows.T
    along_x = half * (half + 1) * (2 * half + 1) // 3
    pixels = 2 * half + 1
    return np.sqrt(np.array([dz**2 @ pixels, dy**2 @ pixels, along_x.sum()], np.float64))
