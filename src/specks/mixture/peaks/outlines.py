"""From peaks to pixels: the outline of each particle, and the probability of every pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from specks.mixture.peaks import _outline_kernels as _kernels
from specks.mixture.peaks.scale_space import blurred

__all__ = ["EDGE", "RING", "Outlines", "outline", "smooth"]

Floats = npt.NDArray[np.float32]

#: A particle's pixels are at most this many radii from its center, and its brightness is taken within these.
REACH, INNER = 1.6, 0.6
#: Ring in which the background is taken, in radii.
RING = (1.7, 2.1)
#: Share of a particle's mean contrast at its edge; and the shares at which a pixel surely is outside and inside.
EDGE, OUTSIDE, INSIDE = 0.45, 0.2, 0.7
#: Sigma of the blur before outlining, in diameters.
BLUR = 0.08


@dataclass(frozen=True, eq=False)
class Outlines:
    """Peaks of a plane with the pixels that may be theirs.

    Parameters
    ----------
    planes : tuple of numpy.ndarray (y, x) of float32
        The plane, its particles bright, slightly blurred for each width; NaN where nothing was measured.
    width : numpy.ndarray (n,) of int64
        Which of these planes each peak is outlined in.
    owner : numpy.ndarray (y, x) of int32
        Number of the peak that each pixel is nearest to, from 1 on; 0 for none.
    y, x : numpy.ndarray (n,) of float64
    background, contrast : numpy.ndarray (n,) of float32
        Brightness around each peak, and of the peak beyond it.
    """

    planes: tuple[Floats, ...]
    width: npt.NDArray[np.int64]
    owner: npt.NDArray[np.int32]
    y: npt.NDArray[np.float64]
    x: npt.NDArray[np.float64]
    background: Floats
    contrast: Floats

    def above(self, share: float) -> tuple[npt.NDArray[np.int32], list[npt.NDArray[np.int64]]]:
        """Pixels of each peak beyond a share of its contrast.

        Returns
        -------
        labels : numpy.ndarray (y, x) of int32
            1 for the first peak, and so on.
        places : list of numpy.ndarray of int64
            By width the pixels of its peaks, in the flat plane.
        """
        labels = np.zeros(self.owner.shape, np.int32)
        level = self.background + np.float32(share) * self.contrast
        level[~(self.contrast > 0)] = np.inf
        painted = []
        for number, plane in enumerate(self.planes):
            own = np.where(self.width == number, level, np.float32(np.inf))
            places = np.empty(plane.size, np.int64)
            count = _kernels.flood(plane, self.y, self.x, self.owner, own, places, labels)
            painted.append(places[:count])
        return labels, painted

    def add_probability(self, sure: npt.NDArray[Any], out: Floats) -> None:
        """Set pixels that are still 0 to the probability of their peak, times how far inside they lie.

        Parameters
        ----------
        sure : numpy.ndarray (n,)
            Probability of each peak.
        out : numpy.ndarray (y, x) of float32
        """
        levels, edge = (self.background, self.contrast), np.array([OUTSIDE, INSIDE - OUTSIDE], np.float32)
        certain, owner, flat = np.asarray(sure, np.float32), self.owner.ravel(), out.reshape(-1)
        for plane, places in zip(self.planes, self.above(OUTSIDE)[1], strict=True):
            _kernels.paint(plane.ravel(), places, owner, *levels, certain, edge, flat)


def smooth(plane: Floats, diameter: tuple[float, float]) -> Floats:
    """A plane as it is outlined: slightly blurred for particles of this diameter in pixels.

    What is NaN stays so and has no part in its neighbors: a pixel depends on those near it only, so a
    part of a plane gives the same bits as the whole.
    """
    sigma = BLUR * diameter[0], BLUR * diameter[1]
    lacking = np.isnan(plane)
    if not lacking.any():
        return blurred(plane, *sigma)
    out = blurred(np.where(lacking, np.float32(0), plane), *sigma)
    lost = blurred(lacking.astype(np.float32), *sigma)
    near = (lost > 0) & ~lacking
    out[near] /= 1 - lost[near]
    out[lacking] = np.nan
    return out


def _owners(
    y: npt.NDArray[Any],
    x: npt.NDArray[Any],
    radius_y: Floats,
    radius_x: Floats,
    reach: float,
    shape: tuple[int, ...],
) -> npt.NDArray[np.int32]:
    """Number, from 1 on, of the peak that each pixel is nearest to, within some radii; else 0."""
    owner = np.zeros(shape, np.int32)
    _kernels.nearest(y, x, radius_y, radius_x, reach, np.empty(shape, np.float32), owner)
    return owner


def outline(
    planes: Sequence[Floats],
    width: npt.NDArray[np.int64],
    y: npt.NDArray[np.float64],
    x: npt.NDArray[np.float64],
    radius_y: Floats,
    radius_x: Floats,
) -> Outlines:
    """Find which pixels may belong to which peak.

    Parameters
    ----------
    planes : sequence of numpy.ndarray (y, x) of float32
        What `smooth` gives for each width; particles are bright.
    width : numpy.ndarray (n,) of int64
        Which of these planes each peak is outlined in.
    y, x : numpy.ndarray (n,) of float64
        Peaks, in pixels.
    radius_y, radius_x : numpy.ndarray (n,) of float32
        Of the peaks.
    """
    shape = planes[0].shape
    owner = _owners(y, x, radius_y, radius_x, REACH, shape)
    for number in reversed(range(len(planes) - 1)):
        # Small particles on large ones, which are nearer in radii, keep what is theirs.
        which = np.flatnonzero(width == number)
        own = _owners(y[which], x[which], radius_y[which], radius_x[which], 1.0, shape)
        owner[own > 0] = which[own[own > 0] - 1] + 1
    background, contrast = np.empty(len(y), np.float32), np.empty(len(y), np.float32)
    ring = np.array(RING)
    for number, plane in enumerate(planes):
        middle, outside = np.empty(len(y), np.float32), np.empty(len(y), np.float32)
        _kernels.levels(plane, y, x, radius_y, radius_x, owner, INNER, ring, middle, outside)
        own = width == number
        background[own], contrast[own] = outside[own], (middle - outside)[own]
    return Outlines(tuple(planes), width, owner, y, x, background, contrast)
