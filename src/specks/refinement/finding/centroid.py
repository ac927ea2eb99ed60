"""Measure features where the center of their mass lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from specks.refinement.finding._centroid_kernels import centroids, characters

__all__ = ["Found", "centers", "characterize"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Found:
    """Features of one frame.

    Parameters
    ----------
    position : array of float64, shape (n, 3)
        Along z, y and x.
    mass : array of float64, shape (n,)
        Sum of the levels in the ellipse.
    middle : array of int64, shape (n, 3)
        Pixel in the middle of the ellipse.
    """

    position: Floats
    mass: Floats
    middle: npt.NDArray[np.int64]

    def only(self, rows: npt.NDArray[Any]) -> Found:
        """Some of them."""
        return Found(self.position[rows], self.mass[rows], self.middle[rows])


def centers(
    levels: npt.NDArray[Any],
    starts: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int64],
    radius: tuple[int, int, int],
    rounds: int,
) -> Found:
    """Move an ellipse from each start onto the center of mass.

    Parameters
    ----------
    levels : array of int, shape (z, y, x)
    starts : array of int64, shape (n, 3)
    rows : array of int64, shape (m, 3)
        The ellipse.
    radius : tuple of three int
        Its half widths.
    rounds : int
        At most so many times.
    """
    position, mass, middle = np.empty((len(starts), 3)), np.empty(len(starts)), starts.copy()
    centroids(levels, middle, rows, radius, rounds, position, mass)
    return Found(position, mass, middle)


def characterize(
    levels: npt.NDArray[Any], image: npt.NDArray[Any], found: Found, rows: npt.NDArray[np.int64], flat: bool
) -> dict[str, Floats]:
    """Size, eccentricity, signal and raw mass of features.

    Parameters
    ----------
    levels, image : array, shape (z, y, x)
        What they were found on, and what it was made from.
    found : Found
        With a mass that is not 0.
    rows : array of int64, shape (m, 3)
        The ellipse.
    flat : bool
        Whether the frame is a plane: in volumes there is no eccentricity.

    Returns
    -------
    dict
        ``size``: radius of gyration, ``size_z`` …: of its projection onto an axis, scaled to be that of a ball;
        ``ecc``; ``signal`` in levels; ``raw_mass``.
    """
    out = np.empty((len(found.mass), 7))
    characters(levels, image, found.middle, rows, out)
    second, ndim = out[:, :3], 2 if flat else 3
    with np.errstate(
        invalid="ignore"
    ):  # a negative mass has no size; such features are dropped for their mass
        size = np.sqrt(second.sum(axis=1) / found.mass)
        sizes = {f"size_{axis}": np.sqrt(ndim * second[:, i] / found.mass) for i, axis in enumerate("zyx")}
    ecc = out[:, 3] / (found.mass - out[:, 4] + 1e-6)
    return {
        "size": size,
        **sizes,
        "ecc": ecc if flat else np.full(len(ecc), np.nan),
        "signal": out[:, 5],
        "raw_mass": out[:, 6],
    }
