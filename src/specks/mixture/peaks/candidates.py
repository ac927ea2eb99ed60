"""Where the responses of a plane are highest and lowest: what may be a particle, and what cannot."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from specks.mixture.calibrated import BINS
from specks.mixture.peaks import _extreme_kernels as _kernels
from specks.mixture.peaks.scale_space import ScaleSpace

__all__ = ["COLUMNS", "Candidates", "Extremes", "PlanePeaks", "find_extremes"]

Floats = npt.NDArray[np.float64]

#: What is known of each peak; positions and radii in pixels, contrast in units of the image.
COLUMNS = ("y", "x", "radius_y", "radius_x", "contrast", "height")
#: Peaks nearer to the border than this, in diameters, are not looked at: most of such a particle is not seen.
BORDER = 0.25
#: Least ratio of the two curvatures of a response: less, and it is a ridge along an edge. Found on eleven
#: micrographs, where up to 0.2 leaves the mean F1 as it was.
ROUND = 0.2


@dataclass(frozen=True, eq=False)
class Candidates:
    """Extremes of one sign.

    Parameters
    ----------
    y, x : numpy.ndarray (n,) of float64
        In pixels of the binned plane.
    scale : numpy.ndarray (n,) of int64
    contrast, height : numpy.ndarray (n,) of float64
        Response, and response in units of the local noise.
    """

    y: Floats
    x: Floats
    scale: npt.NDArray[np.int64]
    contrast: Floats
    height: Floats

    @functools.cached_property
    def largest(self) -> float:
        """Of all contrasts, whatever their sign."""
        return float(np.abs(self.contrast).max(initial=0.0))

    def chosen(self, which: Any) -> Candidates:
        """Some of them, in this order."""
        columns = (self.y, self.x, self.scale, self.contrast, self.height)
        return Candidates(*(column[which] for column in columns))


@dataclass(frozen=True, eq=False)
class Extremes:
    """Extremes of both signs: what is above its surroundings, and what is below."""

    bumps: Candidates
    dips: Candidates

    def inverted(self) -> Extremes:
        """Of the same scale space with dark and bright exchanged."""
        return Extremes(self.dips, self.bumps)


@dataclass(frozen=True, eq=False)
class PlanePeaks:
    """What one plane tells.

    Parameters
    ----------
    columns : mapping of str to numpy.ndarray (n,) of float32
        `COLUMNS` by name; first the peaks of the first width, then those of the next.
    many : numpy.ndarray (widths,) of int64
        How many peaks each width has.
    pits : numpy.ndarray (widths, 256) of int64
        Depths of the pits far from particles, binned as heights are.
    """

    columns: Mapping[str, npt.NDArray[np.float32]]
    many: npt.NDArray[np.int64]
    pits: npt.NDArray[np.int64]

    @classmethod
    def none(cls, widths: int) -> PlanePeaks:
        """Of a plane in which there is nothing."""
        columns = {name: np.zeros(0, np.float32) for name in COLUMNS}
        return cls(columns, np.zeros(widths, np.int64), np.zeros((widths, BINS), np.int64))


def find_extremes(space: ScaleSpace, allowed: npt.NDArray[np.bool_]) -> Extremes:
    """Find where the responses are highest and lowest, in space and scale, but not along edges.

    Parameters
    ----------
    space : ScaleSpace
    allowed : numpy.ndarray of bool
        Pixels of the binned plane that count.

    References
    ----------
    D. G. Lowe, "Distinctive image features from scale-invariant keypoints", International Journal of
    Computer Vision 60 (2004) 91-110, section 4.1, for what tells edges.
    """
    bumps, dips = _found(space)
    return Extremes(_between(space, *bumps, allowed, 1), _between(space, *dips, allowed, -1))


def _found(space: ScaleSpace) -> Iterator[tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]]:
    """Pixels of bumps and of dips by scale, and how many there are."""
    edge_y, edge_x = (int(np.ceil(BORDER * d)) for d in space.diameter)
    unit, least = np.array(space.diameter, np.float64), ROUND / (1 + ROUND) ** 2
    counts = np.zeros((2, len(space.stack)), np.int64)
    room = space.stack[0].size // 16 + 64
    while True:
        found = np.empty((*counts.shape, room, 2), np.int32)
        _kernels.extremes(space.stack, edge_y, edge_x, unit, least, found, counts)
        if counts.max() <= room:
            return zip(found, counts, strict=True)
        room = int(counts.max())


def _between(
    space: ScaleSpace,
    found: npt.NDArray[np.int32],
    counts: npt.NDArray[np.int64],
    allowed: npt.NDArray[np.bool_],
    sign: int,
) -> Candidates:
    """Extremes of one sign at places between the pixels."""
    scale = np.empty(counts.sum(), np.int64)
    y, x, value = np.empty((3, len(scale)))
    count = _kernels.vertices(space.stack, found, counts, allowed, scale, y, x, value)
    return Candidates(y[:count], x[:count], scale[:count], sign * value[:count], np.zeros(count))
