"""What is asked of the finder, for every axis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from specks.refinement.finding.mask import ellipse_rows

__all__ = ["Settings"]

T = TypeVar("T")


@dataclass(frozen=True)
class Settings:
    """Settings of `specks.locate` with one value for each of z, y and x; a plane has the thickness 1.

    Parameters
    ----------
    flat : bool
        Whether frames are planes.
    radius : tuple of three int
    separation, noise_size : tuple of three float
    smoothing_size : tuple of three int
    minmass, maxsize, percentile, threshold : float
    topn : int
    invert, preprocess, characterize : bool
    max_iterations : int
        As in `specks.locate`; None where nothing is limited, and for the threshold that suits the image.
    """

    flat: bool
    radius: tuple[int, int, int]
    separation: tuple[float, float, float]
    noise_size: tuple[float, float, float]
    smoothing_size: tuple[int, int, int]
    minmass: float
    maxsize: float | None
    percentile: float
    threshold: float | None
    topn: int | None
    invert: bool
    preprocess: bool
    max_iterations: int
    characterize: bool

    @property
    def axes(self) -> str:
        """The axes of space."""
        return "yx" if self.flat else "zyx"

    def used(self, values: tuple[T, T, T]) -> tuple[T, ...]:
        """Of values for three axes those for the axes of space."""
        return values[1:] if self.flat else values

    @property
    def rows(self) -> npt.NDArray[np.int64]:
        """The ellipse of a feature."""
        return ellipse_rows(self.radius)

    @property
    def isotropic(self) -> bool:
        """Whether that is a circle or a ball."""
        return len(set(self.used(self.radius))) == 1

    @property
    def one_error(self) -> bool:
        """Whether positions are equally sure along all axes."""
        return self.isotropic and len(set(self.used(self.noise_size))) == 1

    @property
    def box(self) -> tuple[int, int, int]:
        """Widths of the largest box in the ellipse of the separation."""
        root = math.sqrt(len(self.axes))
        z, y, x = (max(1, int(2 * s / root)) for s in self.separation)
        return (1 if self.flat else z), y, x

    @property
    def margin(self) -> tuple[float, float, float]:
        """How near to the border no feature is looked for: where the ellipse or the average would leave the frame."""
        z, y, x = (
            max(r, s // 2 - 1, w // 2)
            for r, s, w in zip(self.radius, self.separation, self.smoothing_size, strict=True)
        )
        return (0 if self.flat else z), y, x

    def columns(self) -> list[str]:
        """Columns of the table, in order."""
        names = [*self.axes, "mass"]
        if self.characterize:
            names += ["size"] if self.isotropic else [f"size_{a}" for a in self.axes]
            names += ["ecc", "signal", "raw_mass"]
            names += ["ep"] if self.one_error else [f"ep_{a}" for a in self.axes]
        return [*names, "frame"]
