"""What a mixture is a mixture of: a number per pixel, put into 256 bins slice by slice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from specks._core.errors import InputError
from specks._core.source import Region, Source, widened

__all__ = ["Name", "Variable", "automatic", "check_numbers"]

Name = Literal["peaks", "contrast", "intensity", "gray"]

#: Peaks of a plane are looked for in all of it at once, in up to 32 bytes a pixel; in a larger one pixels are compared.
LARGE = 1 << 25


def automatic(axes: str, shape: tuple[int, ...]) -> Literal["peaks", "contrast"]:
    """What is compared in an image when nobody says it: peaks, but not in volumes and huge planes."""
    large = np.prod(shape[-2:], dtype=np.int64) > LARGE
    deep = "z" in axes and shape[axes.index("z")] > 1
    return "contrast" if deep or large else "peaks"


def check_numbers(source: Source) -> None:
    """Refuse images whose pixels have no order.

    Raises
    ------
    InputError
    """
    if source.dtype.kind not in "iuf":
        raise InputError(
            f"the image is of type {source.dtype}; expected numbers such as uint8, uint16, int16 or float32"
        )


@dataclass(frozen=True)
class Variable:
    """The variable of a mixture.

    Parameters
    ----------
    name : {"peaks", "contrast", "intensity", "gray"}
        Heights of peaks, contrast against the surroundings at the scale of the particles, the
        intensity itself, or (documented mode) the gray value, which is its own bin.
    sign : {1, -1}
        -1 when particles are dark.
    diameter : tuple of float
        Typical width of a particle, along y and x in pixels.
    further : tuple of tuple of float
        Widths of further kinds of particles; peaks of all are looked for.
    """

    name: Name
    sign: int
    diameter: tuple[float, float]
    further: tuple[tuple[float, float], ...] = ()

    @property
    def diameters(self) -> tuple[tuple[float, float], ...]:
        """All widths along y and x in pixels, the smallest first."""
        return tuple(sorted((self.diameter, *self.further)))

    def planes(self, source: Source, region: Region) -> Iterator[npt.NDArray[Any]]:
        """Values in a region, without the sign, slice by slice.

        Yields
        ------
        numpy.ndarray (y, x)
            Use one before the next: they may share a buffer.
        """
        if self.name == "contrast":
            from specks.filters import Contrast

            yield from Contrast(self.diameter).planes(source, region)
        else:
            from specks.filters.contrast import measured

            values = widened(source.read(region))
            if values.dtype.kind == "f":
                values = np.where(measured(values), values, np.nan)
            yield from values.reshape((-1, *values.shape[-2:]))

    def bins(self, values: npt.NDArray[Any], center: float, spread: float) -> npt.NDArray[np.uint8]:
        """Bins of one plane of values.

        Parameters
        ----------
        values : numpy.ndarray (y, x)
        center, spread : float
            Of the slice; a slice without spread is left out: all its pixels are in bin 0.

        Returns
        -------
        numpy.ndarray of uint8
            Bin 0 holds what is not finite (but gray values, which are their own bins).
        """
        from specks.mixture import _kernels
        from specks.mixture.calibrated import STEP, ZERO

        if self.name == "gray":
            return values
        if spread <= 0:
            return np.zeros(values.shape, np.uint8)
        out = np.empty(values.shape, np.uint8)
        if values.dtype == np.uint8 and values.size > 256:  # each gray value has its bin
            each = np.arange(256, dtype=np.uint8)[np.newaxis]
            _kernels.look_up(values, self.bins(each, center, spread)[0], out)
        else:
            _kernels.to_bins(values, float(self.sign), center, spread * STEP, ZERO, out)
        return out
