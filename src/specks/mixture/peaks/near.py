"""Which of many places lie near some centers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from specks.mixture.peaks import _kernels

__all__ = ["pairs_within"]

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


def pairs_within(
    y: Floats, x: Floats, center_y: Floats, center_x: Floats, reach: Floats
) -> tuple[Numbers, Numbers]:
    """Numbers of a center and of a place that is at most its reach away, for each such pair; in no order.

    Parameters
    ----------
    y, x : numpy.ndarray (n,) of float64
        Places.
    center_y, center_x : numpy.ndarray (m,) of float64
    reach : numpy.ndarray (m,) of float64
        Of each center; above 0.
    """
    which, part = np.empty((2, 4 * (y.size + reach.size)), np.int64)
    if not (y.size and reach.size):
        return which[:0], part[:0]
    count = _kernels.within(y, x, center_y, center_x, reach, which, part)
    if count > which.size:
        which, part = np.empty((2, count), np.int64)
        _kernels.within(y, x, center_y, center_x, reach, which, part)
    return which[:count], part[:count]
