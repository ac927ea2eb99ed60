"""The share of particle pixels in each slice, and how sure it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["posterior_tables", "prevalence", "slice_weights"]

Floats = npt.NDArray[np.float64]

#: The stack's share counts in each slice as much as this many particles' areas of pixels.
PRIOR_OBJECTS = 100.0
#: Halvings of the interval in which a share is sought; enough for 1e-10 of its value.
HALVINGS = 64


def slice_weights(
    total: npt.NDArray[Any], ratio: Floats, stack: float, object_area: float
) -> tuple[Floats, Floats]:
    """Share of particle pixels by slice: the mode of its posterior under a Beta prior.

    The prior's mean is the share in the whole stack, so that small or empty slices shrink to it.

    Parameters
    ----------
    total : numpy.ndarray (slices, 256)
        Counts; bin 0 is not looked at.
    ratio : numpy.ndarray (256,)
        Likelihood of each bin under particle over that under background.
    stack : float
        Share in the whole stack.
    object_area : float
        Pixels of one particle: pixels that belong together count as one observation.

    Returns
    -------
    share, error : numpy.ndarray (slices,)
        The error is the standard error from the observed information.
    """
    counts = np.asarray(total, np.float64)[:, 1:]
    gain = ratio[np.newaxis, 1:] - 1.0
    if stack <= 0:
        return np.zeros(len(counts)), np.zeros(len(counts))
    strength = PRIOR_OBJECTS * object_area
    # Beyond these the share rounds to 1, and a ratio of 0 would be divided by 0.
    low, high = np.full(len(counts), -36.0), np.full(len(counts), 36.0)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        share = 1.0 / (1.0 + np.exp(-middle))
        slope = (counts * gain / (1.0 + share[:, np.newaxis] * gain)).sum(axis=1)
        slope += strength * (stack / share - (1.0 - stack) / np.maximum(1.0 - share, 1e-300))
        rising = slope > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    share = 1.0 / (1.0 + np.exp(-0.5 * (low + high)))
    information = (counts * (gain / (1.0 + share[:, np.newaxis] * gain)) ** 2).sum(axis=1)
    error = np.sqrt(max(object_area, 1.0) / np.maximum(information, 1e-30))
    return share, np.minimum(error, 1.0)


def prevalence(share: Floats, error: Floats, pixels: npt.NDArray[Any]) -> tuple[float, float]:
    """Share in all slices together, and its standard error."""
    count = float(pixels.sum())
    if count == 0:
        return 0.0, 0.0
    return float((pixels * share).sum() / count), float(np.sqrt(((pixels * error) ** 2).sum()) / count)


def posterior_tables(ratio: Floats, share: Floats) -> Floats:
    """Probability of particle by slice and bin; 0 in bin 0, which holds what was left out.

    Returns
    -------
    numpy.ndarray (slices, 256) of float64
        Non-decreasing from bin 1 on when `ratio` is.
    """
    odds = share[:, np.newaxis] * ratio[np.newaxis, :]
    tables: Floats = odds / (odds + (1.0 - share[:, np.newaxis]))
    tables[:, 0] = 0.0
    return tables
