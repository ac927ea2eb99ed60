"""Drift by scikit-image: phase_cross_correlation of consecutive frames, or of all pairs."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np
from skimage.registration import phase_cross_correlation

from benchmarks._drift_original import all_pairs, positions

__all__ = ["METHODS", "consecutive"]


def shift(
    first: np.ndarray, second: np.ndarray, normalization: str | None, upsample_factor: int
) -> np.ndarray:
    """How much further the second image lies."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of frames with nothing on them
        found = phase_cross_correlation(
            first, second, normalization=normalization, upsample_factor=upsample_factor
        )[0]
    return -np.nan_to_num(np.asarray(found, float))


def consecutive(
    images: np.ndarray, normalization: str | None = "phase", upsample_factor: int = 50
) -> np.ndarray:
    """Each frame against the one before, added up."""
    steps = [shift(a, b, normalization, upsample_factor) for a, b in pairwise(images)]
    return np.cumsum([np.zeros(images.ndim - 1), *steps], axis=0)


def pairs(images: np.ndarray, normalization: str | None = "phase", upsample_factor: int = 20) -> np.ndarray:
    """All pairs, solved by least squares."""
    every = all_pairs(len(images))
    shifts = np.array([shift(images[i], images[j], normalization, upsample_factor) for i, j in every])
    return positions(shifts, every, len(images))


METHODS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "scikit-image, consecutive": consecutive,
    "scikit-image, consecutive, not normalized": partial(consecutive, normalization=None),
    "scikit-image, all pairs": pairs,
    "scikit-image, all pairs, not normalized": partial(pairs, normalization=None),
}
