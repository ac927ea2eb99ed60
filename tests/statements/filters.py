"""The filters in plain NumPy and SciPy."""

from __future__ import annotations

import numpy as np
from scipy import ndimage as ndi


def contrast(plane, half, weights):
    """Blurred image minus box mean, mirrored at the borders; what is not finite counts nowhere."""
    finite = np.isfinite(plane)
    values = np.where(finite, plane, 0).astype(np.float64)

    def blur(a):
        for axis in (0, 1):
            a = ndi.correlate1d(a, weights[axis], axis=axis, mode="reflect")
        return a

    def box(a):
        for axis in (0, 1):
            ones = np.ones(2 * half[axis] + 1)
            a = ndi.correlate1d(a, ones / ones.size, axis=axis, mode="reflect")
        return a

    with np.errstate(invalid="ignore", divide="ignore"):
        out = blur(values) / blur(finite.astype(float)) - box(values) / box(finite.astype(float))
    out[~finite] = np.nan
    return out
