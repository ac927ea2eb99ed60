"""A profile of the caller's, as the fit evaluates it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from specks._core.errors import InputError
from specks.refinement._profile import Profile
from specks.refinement.fit.arrays import Floats

__all__ = ["GivenProfile"]

#: Steps by which derivatives are taken where the caller gives none; relative for parameters.
STEP = 1e-6


@dataclass(frozen=True)
class GivenProfile:
    """A profile of the caller's and its derivatives.

    Parameters
    ----------
    profile : Profile
        With `func`.
    """

    profile: Profile

    def __call__(self, r2: Floats, parameters: Floats, dimensions: int) -> Floats:
        """Rows: the profile, its derivative by r², and those by its own parameters."""
        out = np.empty((2 + len(parameters), len(r2)))
        if self.profile.dfunc is not None:
            value, slopes = self.profile.dfunc(r2, parameters, dimensions)
            slopes = list(slopes)
            if len(slopes) != 1 + len(parameters):
                raise InputError(
                    f"dfunc of profile {self.profile.name!r} gives {len(slopes)} derivatives; it must give "
                    f"{1 + len(parameters)}: by r² and by each of its {len(parameters)} params"
                )
            rows = [value, *slopes]
        else:
            rows = self._by_differences(r2, parameters, dimensions)
        for k, row in enumerate(rows):
            out[k] = self._checked(row, r2)
        return out

    def _by_differences(self, r2: Floats, parameters: Floats, dimensions: int) -> list[Floats]:
        func = self.profile.func
        assert func is not None
        step = np.where(r2 > STEP, STEP, r2 / 2)
        up, down = func(r2 + STEP, parameters, dimensions), func(r2 - step, parameters, dimensions)
        rows = [func(r2, parameters, dimensions), (up - down) / (STEP + step)]
        for k in range(len(parameters)):
            nudge = STEP * max(1.0, abs(parameters[k]))
            ends = []
            for sign in (1.0, -1.0):
                moved = parameters.copy()
                moved[k] += sign * nudge
                ends.append(func(r2, moved, dimensions))
            rows.append((ends[0] - ends[1]) / (2 * nudge))
        return rows

    def _checked(self, row: Floats, r2: Floats) -> Floats:
        values = np.asarray(row, np.float64)
        if values.shape not in ((), r2.shape):
            raise InputError(
                f"profile {self.profile.name!r} gives the shape {values.shape} for {len(r2)} distances; it must give one "
                "number for each"
            )
        return values
