"""Features that lie closer to a brighter one than features may."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["far_enough"]

#: Distances that differ by less from the separation count as equal to it.
EQUAL = 1e-7


def far_enough(
    position: npt.NDArray[np.float64], mass: npt.NDArray[np.float64], separation: tuple[float, ...]
) -> npt.NDArray[np.bool_]:
    """Whether each feature is the one that stays of every pair that is too close.

    Of a pair the heavier one stays; of equal ones that with the larger sum of scaled coordinates. What goes still
    takes others with it.

    Parameters
    ----------
    position : array of float64, shape (n, ndim)
    mass : array of float64, shape (n,)
    separation : tuple of float
        Half axes of the ellipse in which no other feature may be.
    """
    from scipy.spatial import cKDTree

    stays = np.ones(len(position), np.bool_)
    scaled = position / separation
    pairs = cKDTree(scaled, 30).query_pairs(1 - EQUAL, output_type="ndarray")
    a, b = pairs.T
    total = scaled.sum(axis=1)
    a_stays = (mass[a] > mass[b]) | ((mass[a] == mass[b]) & (total[a] > total[b]))
    stays[np.where(a_stays, b, a)] = False
    return stays
