"""How strongly a plane responds to discs of several sizes around the diameter."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from specks.mixture.peaks import _kernels

__all__ = ["RADII", "ScaleSpace", "scale_space", "working_step"]

Floats = npt.NDArray[np.float32]

#: Radii of the discs looked for, in halves of the diameter.
RADII = (0.6, 0.85, 1.2, 1.7)
#: A plane is binned until a diameter is below twice this many pixels; finer detail says nothing more.
FINEST = 7.0
#: Reach of a Gaussian window, in sigmas.
REACH = 3.5


@dataclass(frozen=True, eq=False)
class ScaleSpace:
    """Responses of one plane.

    Parameters
    ----------
    stack : numpy.ndarray (scales, y, x) of float32
        Contrast of a disc of each radius at each place, in units of the image; of the binned plane.
    step : tuple of int
        Pixels that were binned along y and x.
    diameter : tuple of float
        In pixels of the binned plane.
    """

    stack: Floats
    step: tuple[int, int]
    diameter: tuple[float, float]

    def inverted(self) -> ScaleSpace:
        """Of the same plane with dark and bright exchanged."""
        return replace(self, stack=-self.stack)

    @property
    def radii(self) -> npt.NDArray[np.float64]:
        """Radius by scale along x, in pixels of the binned plane."""
        return np.array(RADII) * self.diameter[1] / 2


def working_step(diameter: float) -> int:
    """How many pixels are binned before particles of this diameter (pixels) are looked for."""
    return max(1, int(diameter // FINEST))


@functools.lru_cache(maxsize=64)
def half_window(sigma: float) -> Floats:
    """One half of a normalized Gaussian window, its middle first."""
    reach = max(1, int(np.ceil(REACH * sigma)))
    weights = np.exp(-0.5 * (np.arange(reach + 1) / max(sigma, 1e-3)) ** 2)
    weights /= 2 * weights.sum() - weights[0]
    return weights.astype(np.float32)


def blurred(plane: Floats, sigma_y: float, sigma_x: float) -> Floats:
    """Gaussian blur; borders are continued."""
    out = np.empty(plane.shape, np.float32)
    _kernels.blur(plane, half_window(sigma_y), half_window(sigma_x), out)
    return out


def _binned(plane: npt.NDArray[Any], step_y: int, step_x: int) -> Floats:
    """Means of cells of a plane, in memory of its own."""
    if step_y == step_x == 1:
        return plane.astype(np.float32)
    out = np.empty((-(-plane.shape[0] // step_y), -(-plane.shape[1] // step_x)), np.float32)
    # Kernels are compiled once more, which takes long, for parts of arrays and for those that cannot be written to.
    _kernels.binned(np.require(plane, None, ["C", "W"]), step_y, step_x, out)
    return out


def scale_space(plane: npt.NDArray[Any], diameter: tuple[float, float]) -> ScaleSpace:
    """Scale-normalized Laplacian of Gaussian of a plane at the scales of `RADII`.

    A disc of radius r responds most to a Gaussian of sigma r / sqrt(2); the response is scaled so
    that a disc of contrast 1 gives 1.

    Parameters
    ----------
    plane : numpy.ndarray (y, x)
        Finite numbers.
    diameter : tuple of float
        Along y and x, in pixels.

    References
    ----------
    T. Lindeberg, "Feature detection with automatic scale selection", International Journal of
    Computer Vision 30 (1998) 79-116.
    """
    step_y, step_x = (working_step(d) for d in diameter)
    small = _binned(plane, step_y, step_x)
    small -= small.mean()
    width_y, width_x = diameter[0] / step_y, diameter[1] / step_x
    stack, other = np.empty((len(RADII), *small.shape), np.float32), np.empty_like(small)
    before = 0.0
    for response, radius in zip(stack, RADII, strict=True):
        sigma = radius / np.sqrt(8)  # in diameters
        more = np.sqrt(sigma**2 - before**2)
        _kernels.blur(small, half_window(more * width_y), half_window(more * width_x), other)
        small, other = other, small
        unit = np.e / 2 * sigma**2
        _kernels.laplacian(small, unit * width_y**2, unit * width_x**2, response)
        before = sigma
    return ScaleSpace(stack, (step_y, step_x), (width_y, width_x))
