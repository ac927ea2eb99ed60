"""Contrast of each pixel against its surroundings, at the scale of the objects looked for."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.errors import InputError
from specks._core.source import Region, Source, widened
from specks.filters import _kernels

__all__ = ["Contrast", "local_contrast", "measured"]

#: Width of the background box and sigma of the blur, in diameters.
BOX = 2.8
BLUR = 0.08
#: Numbers from here on stand for "no value"; beside them all others would be lost in rounding.
NO_VALUE = 1e30


def measured(pixels: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Which pixels hold a measurement: finite, and no huge number that stands for none."""
    sound: npt.NDArray[np.bool_] = np.abs(widened(pixels)) < NO_VALUE  # a half holds no such number
    return sound


def gaussian_weights(sigma: float) -> npt.NDArray[np.float64]:
    """Weights of a normalized Gaussian, cut at 2.5 sigma."""
    reach = math.ceil(2.5 * sigma - 0.5) if sigma > 0 else 0
    x = np.arange(-reach, reach + 1)
    weights: npt.NDArray[np.float64] = np.exp(-0.5 * (x / max(sigma, 1e-9)) ** 2)
    weights /= weights.sum()
    return weights


@dataclass(frozen=True)
class Contrast:
    """Blurred image minus mean of a box, for objects of one diameter.

    Parameters
    ----------
    diameter : tuple of float
        Along y and x, in pixels.
    """

    diameter: tuple[float, float]

    @property
    def half(self) -> tuple[int, int]:
        """Half the background box along y and x, in pixels: how far it looks."""
        half_y, half_x = (
            max(2, round(BOX * d / 2), gaussian_weights(BLUR * d).size // 2) for d in self.diameter
        )
        return half_y, half_x

    def planes(self, source: Source, region: Region) -> Iterator[npt.NDArray[np.float32]]:
        """Contrast in a region of a source, plane by plane, read with the margin that it needs.

        Equal to the same region of the contrast of the whole image, bit for bit.

        Parameters
        ----------
        source : Source
            Its last two axes are y and x.
        region : tuple of slice
            One slice an axis.

        Yields
        ------
        numpy.ndarray (y, x) of float32
            NaN where the image is not finite or beyond 1e30. All planes share one buffer: use one before the next.
        """
        margins, starts, wide = [], [], list(region[:-2])
        for axis, half in zip((-2, -1), self.half, strict=True):
            start, stop, n = region[axis].start, region[axis].stop, source.shape[axis]
            # Blocks begin at an anchor of the running sums, or rounding would depend on the region.
            first = start // _kernels.ANCHOR * _kernels.ANCHOR
            low, high = max(0, first - half), min(n, stop + half)
            margins.append((half - (first - low), half - (high - stop)))
            starts.append(start - first)
            wide.append(slice(low, high))
        block = widened(source.read(tuple(wide)))
        skip_y, skip_x = starts
        size = [s.stop - s.start + skip for s, skip in zip(region[-2:], starts, strict=True)]
        out = np.empty(size, np.float32)
        for plane in block.reshape((-1, *block.shape[-2:])):
            self._fill(np.pad(plane, margins, mode="symmetric"), out)
            yield out[skip_y:, skip_x:]

    def _fill(self, padded: npt.NDArray[Any], out: npt.NDArray[np.float32]) -> None:
        """Contrast of one plane that has its margins."""
        half_y, half_x = self.half
        weights_y, weights_x = (gaussian_weights(BLUR * d) for d in self.diameter)
        if padded.dtype.kind == "f" and not _all_measured(padded):
            weight = measured(padded)
            padded = np.where(weight, padded, 0)
            _kernels.weighted_contrast(
                padded, weight.view(np.uint8), half_y, half_x, weights_y, weights_x, out
            )
        else:
            _kernels.contrast(padded, half_y, half_x, weights_y, weights_x, out)


def _all_measured(plane: npt.NDArray[Any]) -> bool:
    with np.errstate(invalid="ignore", over="ignore"):  # of infinities of both signs
        return bool(measured(plane.sum(dtype=np.float64)))


def local_contrast(image: npt.NDArray[Any], diameter: float) -> npt.NDArray[np.float32]:
    """Contrast of each pixel against its surroundings.

    The image, slightly blurred, minus its mean in a box of 2.8 diameters. Images with more than
    two axes are taken plane by plane.

    Parameters
    ----------
    image : numpy.ndarray (..., y, x)
        Any real numbers. What is not finite, or beyond 1e30, is left out of every mean.
    diameter : float
        Width of the objects looked for, in pixels.

    Returns
    -------
    numpy.ndarray of float32
        Same shape; NaN where the image is not finite.

    Raises
    ------
    InputError
        When the image holds no numbers, or `diameter` is not positive or more than twice its side.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.zeros((40, 40)); image[18:22, 18:22] = 100
    >>> contrast = local_contrast(image, diameter=4)
    >>> bool(contrast[20, 20] > 60), float(contrast[0, 0])
    (True, 0.0)
    """
    from specks._core.source import array_source, whole

    source = array_source(image)
    if source.dtype.kind not in "biuf":
        raise InputError(f"the image is of type {source.dtype}; expected numbers such as uint8 or float32")
    if not (isinstance(diameter, Real) and 0 < diameter <= 2 * max(source.shape[-2:])):
        raise InputError(f"diameter is {diameter!r}; it must be above 0 and at most twice the image's side")
    planes = Contrast((float(diameter), float(diameter))).planes(source, whole(source))
    return np.stack([plane.copy() for plane in planes]).reshape(source.shape)
