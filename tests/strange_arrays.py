"""Arrays that count, wait or fail when they are read."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np


class ReadArray:
    """An array that is only ever read in parts.

    Parameters
    ----------
    pixels : numpy.ndarray
    before : callable, optional
        Called with the number of the read before each one.
    """

    def __init__(self, pixels: np.ndarray, before: Callable[[int], None] = lambda n: None) -> None:
        self.pixels, self.before = pixels, before
        self.shape, self.dtype, self.ndim, self.size = pixels.shape, pixels.dtype, pixels.ndim, pixels.size
        self.largest, self.reads = 0, 0

    def __getitem__(self, region: Any) -> np.ndarray:
        self.before(self.reads)
        self.reads += 1
        part = self.pixels[region]
        self.largest = max(self.largest, part.size)
        return part

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        raise AssertionError("the image was read whole")


def slow(pixels: np.ndarray, seconds: float) -> ReadArray:
    """An array that takes its time for every read."""
    return ReadArray(pixels, lambda n: time.sleep(seconds))


def failing(pixels: np.ndarray, at: int, error: Exception) -> ReadArray:
    """An array whose read number `at` and all later ones fail."""

    def before(n: int) -> None:
        if n >= at:
            raise error

    return ReadArray(pixels, before)
