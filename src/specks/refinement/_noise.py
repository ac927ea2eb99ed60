"""Standard deviation of the noise of a frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["noise_of"]

#: Differences of this many pixels at most are looked at.
SAMPLED = 10_000
#: Median of the sizes of normal numbers, in standard deviations.
MEDIAN = 0.6744897501960817


def noise_of(image: npt.NDArray[Any]) -> float:
    """Standard deviation of the noise by the median size of second differences along rows.

    Parameters
    ----------
    image : array (z, y, x)
        NaN where there is nothing.

    Returns
    -------
    float
        NaN where too little is to be seen.
    """
    rows = image.reshape(-1, image.shape[-1])
    step = max(1, rows.size // SAMPLED)
    picked = rows[::step].astype(np.float64)
    if picked.shape[1] < 3:
        return float("nan")
    # A slope has no second difference, and of white noise it has six times the variance.
    bends = np.abs(picked[:, :-2] - 2 * picked[:, 1:-1] + picked[:, 2:])
    bends = bends[np.isfinite(bends)]
    return float(np.median(bends) / MEDIAN / np.sqrt(6)) if len(bends) else float("nan")
