"""A profile through points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from specks.refinement.fit.arrays import Floats

__all__ = ["RadialProfile"]


@dataclass(frozen=True, eq=False)
class RadialProfile:
    """A smooth profile through points, flat in the middle and 0 far out; the brightest of it is 1.

    Parameters
    ----------
    squares, levels : array (points,) of float64
        Squared distances in units of the size, rising, and the profile there.
    """

    squares: Floats
    levels: Floats

    @classmethod
    def through(cls, radii: Floats, levels: Floats) -> RadialProfile:
        """A profile through levels at distances in units of the size.

        What the outermost of them say is taken for background.
        """
        ground = levels[-1]
        brightest = np.max(levels - ground)
        return cls(np.asarray(radii) ** 2, (levels - ground) / brightest)

    def __call__(self, r2: Floats, parameters: Any, dimensions: int) -> Floats:
        """The profile at squared distances in units of the size."""
        from scipy.interpolate import PchipInterpolator

        squares = np.append(self.squares, self.squares[-1] * 1.5)
        curve = PchipInterpolator(squares, np.append(self.levels, 0.0), extrapolate=False)
        r2 = np.asarray(r2, np.float64)
        inner, outer = r2 < squares[0], r2 > squares[-1]
        out = curve(np.clip(r2, squares[0], squares[-1]))
        # Towards the middle a profile goes on as it falls between the first two points: straight in r².
        slope = (self.levels[1] - self.levels[0]) / (squares[1] - squares[0])
        out = np.where(inner, self.levels[0] + slope * (r2 - squares[0]), out)
        return np.where(outer, 0.0, out)
