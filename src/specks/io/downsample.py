"""Halve planes in y and x: means for images, the most frequent number for labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["halved_labels", "halved_mean"]

Array = npt.NDArray[Any]


def halved_mean(pixels: Array) -> Array:
    """Mean of each 2 x 2 pixels of the last two axes, in the same type.

    Parameters
    ----------
    pixels : array of numbers, shape (..., y, x)
        An odd last row or column stands for itself.

    Returns
    -------
    array, shape (..., ceil(y / 2), ceil(x / 2))
        Integers are rounded, halves up.
    """
    if pixels.dtype.kind in "ui":
        wide: Any = (
            np.uint64 if pixels.dtype == np.uint64 else np.int64 if pixels.dtype.itemsize > 2 else np.int32
        )
        a, b, c, d = (quarter.astype(wide) for quarter in _quarters(pixels))
        # The sum of four large numbers could overflow; that of their quarters cannot.
        rest = ((a & 3) + (b & 3) + (c & 3) + (d & 3) + 2) >> 2
        whole: Array = (a >> 2) + (b >> 2) + (c >> 2) + (d >> 2) + rest
        return whole.astype(pixels.dtype)
    working: Any = np.float64 if pixels.dtype.itemsize > 4 else np.float32
    a, b, c, d = (quarter.astype(working) * 0.25 for quarter in _quarters(pixels))
    mean: Array = a + b + c + d
    return mean.astype(pixels.dtype)


def halved_labels(labels: Array) -> Array:
    """Most frequent of each 2 x 2 labels of the last two axes; the larger one of equals.

    Objects thus win against background where they cover half of a coarse pixel.

    Parameters
    ----------
    labels : array of int, shape (..., y, x)

    Returns
    -------
    array of int, shape (..., ceil(y / 2), ceil(x / 2))
    """
    quarters = _quarters(labels)
    best = quarters[0].copy()
    # Most of a label image is the inside of something, where there is nothing to count.
    uneven = np.logical_or.reduce([quarter != best for quarter in quarters[1:]])
    best[uneven] = _elected(tuple(quarter[uneven] for quarter in quarters))
    return best


def _elected(quarters: tuple[Array, ...]) -> Array:
    best = quarters[0].copy()
    votes = _votes(quarters, best)
    for candidate in quarters[1:]:
        own = _votes(quarters, candidate)
        better = (own > votes) | ((own == votes) & (candidate > best))
        best[better] = candidate[better]
        votes[better] = own[better]
    return best


def _votes(quarters: tuple[Array, ...], candidate: Array) -> Array:
    votes = np.zeros(candidate.shape, np.uint8)
    for quarter in quarters:
        votes += quarter == candidate
    return votes


def _quarters(pixels: Array) -> tuple[Array, ...]:
    """The four pixels under each coarse pixel, each as an array of the coarse shape."""
    odd = [(0, 0)] * (pixels.ndim - 2) + [(0, n % 2) for n in pixels.shape[-2:]]
    even = np.pad(pixels, odd, mode="edge") if any(n for _, n in odd) else pixels
    return even[..., ::2, ::2], even[..., ::2, 1::2], even[..., 1::2, ::2], even[..., 1::2, 1::2]
