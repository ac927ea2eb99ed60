"""Drift by picasso's redundant cross-correlation (RCC)."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from picasso.imageprocess import rcc as redundant_correlation

__all__ = ["METHODS"]


def rcc(images: np.ndarray) -> np.ndarray:
    """All pairs, their peaks fitted by Gaussians; no limit to the shift. A fit that fails ends it."""
    unknown = np.full((len(images), 2), np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            y, x = redundant_correlation(list(images.astype(float)), None, lambda done: None)
        except (RuntimeError, ValueError):
            return unknown
    return np.stack([y, x], axis=1)


METHODS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"picasso RCC": rcc}
