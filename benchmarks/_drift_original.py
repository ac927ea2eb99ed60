"""Drift as the notebook "Label and Track Voids" computes it, plainly stated, with its sign and axes mended.

Each pair of frames is correlated in full in double precision, the highest pixel is its shift, and
the shifts of all pairs are solved for the positions of the frames by unweighted least squares.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.signal import fftconvolve

__all__ = ["all_pairs", "original", "pair_shift", "positions"]

Pair = tuple[int, int]


def pair_shift(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Whole pixels by which the second image lies further than the first, in the order of the axes."""
    turned = first[(slice(None, None, -1),) * first.ndim]
    correlation = fftconvolve(second.astype(float), turned.astype(float), mode="same")
    peak = np.unravel_index(correlation.argmax(), correlation.shape)
    return np.array(peak) - np.array(first.shape) // 2


def all_pairs(frames: int) -> list[Pair]:
    """Every frame with every later one."""
    return [(i, j) for i in range(frames) for j in range(i + 1, frames)]


def positions(shifts: np.ndarray, pairs: Sequence[Pair], frames: int) -> np.ndarray:
    """Positions of the frames from the shifts of pairs, (frames, ndim), the first at 0."""
    rows = np.zeros((len(pairs), frames))
    for row, (i, j) in zip(rows, pairs, strict=True):
        row[i], row[j] = -1.0, 1.0
    solved = np.linalg.lstsq(rows, shifts, rcond=None)[0]
    return solved - solved[0]


def original(images: np.ndarray) -> np.ndarray:
    """Drift of a series, (frames, ndim)."""
    pairs = all_pairs(len(images))
    shifts = np.array([pair_shift(images[i], images[j]) for i, j in pairs])
    return positions(shifts, pairs, len(images))
