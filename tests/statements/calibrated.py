"""The calibrated mode in plain NumPy, SciPy and scikit-learn."""

from __future__ import annotations

import numpy as np
from scipy import ndimage as ndi
from scipy.optimize import brentq


def to_bins(values, sign, center, step, zero):
    with np.errstate(invalid="ignore"):
        place = np.floor((sign * values.astype(np.float64) - center) * (1 / step) + zero)
    return np.where(np.isfinite(place), np.clip(place, 1, 255), 0).astype(np.uint8)


def far_from_seeds(bins, seed, size):
    """Pixels in grid cells that neither hold a seed nor touch a cell that does."""
    rows, columns = (np.arange(n) // s for n, s in zip(bins.shape, size, strict=True))
    flags = np.zeros((rows[-1] + 1, columns[-1] + 1), bool)
    np.logical_or.at(flags, (rows[:, None], columns[None, :]), bins >= seed)
    near = ndi.binary_dilation(flags, np.ones((3, 3)))
    return ~near[rows[:, None], columns[None, :]]


def share(counts, ratio, stack, strength):
    """Mode of the posterior of a share under a Beta prior, by root finding on its slope."""
    gain = ratio[1:] - 1

    def slope(pi):
        return (counts[1:] * gain / (1 + pi * gain)).sum() + strength * (stack / pi - (1 - stack) / (1 - pi))

    return brentq(slope, 1e-12, 1 - 1e-12, xtol=1e-15, rtol=1e-14)


def pooled(values, weights):
    """Non-decreasing fit: as long as two neighbors are in the wrong order, they become their mean."""
    blocks = [[float(v), float(w), 1] for v, w in zip(values, weights, strict=True)]
    k = 0
    while k + 1 < len(blocks):
        (a, m, i), (b, n, j) = blocks[k], blocks[k + 1]
        if a < b:
            k += 1
        else:
            blocks[k : k + 2] = [[(a * m + b * n) / (m + n), m + n, i + j]]
            k = max(k - 1, 0)
    return np.repeat([b[0] for b in blocks], [b[2] for b in blocks])
