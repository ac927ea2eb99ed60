"""The mass that parts features from noise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["mass_cut"]

#: How much more mass the faintest feature must have than the brightest thing that is none.
GAP = 1.25
#: So many of the heaviest may stand apart.
LUMPS = 2
#: From so many on they are parted into two groups where there is no gap.
MANY = 20


def mass_cut(masses: npt.NDArray[np.float64]) -> float:
    """A mass that parts features from noise: in the widest gap, or between two groups; 0 of a few."""
    known = np.sort(masses[np.isfinite(masses) & (masses > 0)])
    found = gap_in(known)
    if not found and len(known) >= MANY:
        from skimage.filters import threshold_otsu

        found = float(np.exp(threshold_otsu(np.log(known))))
    return float(f"{found:.2g}")


def gap_in(known: npt.NDArray[np.float64]) -> float:
    """A mass in the widest gap among the greater ones; 0 where there is none."""
    upper = known[len(known) // 2 :] if len(known) > 8 else known
    if len(upper) < 2:
        return 0.0
    ratios = upper[1:] / upper[:-1]
    # The last few may be lumps: a gap below them says nothing of features.
    usable = ratios[: max(1, len(ratios) - LUMPS)]
    widest = int(np.argmax(usable))
    if usable[widest] < GAP:
        return 0.0
    # Nearer to the noise: features of other frames may be fainter, noise is everywhere the same.
    return float(upper[widest] ** (2 / 3) * upper[widest + 1] ** (1 / 3))
