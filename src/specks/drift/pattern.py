"""What stands still while the sample moves: dirt, the pattern of a detector, shade at the border."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from specks.drift.against_others import Aligned, align, left_over
from specks.drift.frames import Frames

__all__ = ["MOVES", "standing_pattern", "without_mean"]

#: Drift in working pixels (standard deviation along the axis where it is largest) below which what
#: stands still cannot be told from the sample.
MOVES = 1.0
#: Share of pixels that count by chance.
CHANCE = 0.01

Floats = npt.NDArray[np.float64]
F32 = npt.NDArray[np.float32]
Ints = npt.NDArray[np.intp]


def standing_pattern(
    aligned: Aligned,
    shifts: Floats,
    frames: Ints,
    neighbors: Sequence[Ints],
    weigh: Callable[[Ints], Floats],
    sure: float,
) -> F32:
    """Mean over frames of what the others do not explain, where it is more than chance; else 0.

    Parameters
    ----------
    aligned : Aligned
    shifts : numpy.ndarray (frame, 3)
    frames : numpy.ndarray of int
        Those to look at.
    neighbors : sequence of numpy.ndarray of int
        Of each frame.
    weigh : callable
        Weights of neighbors at given distances.
    sure : float
        How many standard errors a pixel of the pattern must be away from 0 to count; nearer ones shrink to 0.

    Returns
    -------
    numpy.ndarray (z, y, x) of float32
    """
    total, square, count = np.zeros((3, *aligned.pixels.shape[1:]), np.float32)
    for t in frames:
        near = neighbors[t]
        rest, seen = left_over(aligned, int(t), near, weigh(near - t))
        back, _ = align(rest, (aligned.whole[t] - shifts[t]).astype(np.float64))
        back *= seen
        total += back
        square += np.square(back, out=back)
        count += seen
    worth = np.maximum(count, 1)
    mean = total / worth
    error = np.maximum(square / worth - mean * mean, 0) / np.maximum(worth - 1, 1)
    keep = np.maximum(0, 1 - np.float32(sure**2) * error / np.maximum(mean * mean, np.float32(1e-12)))
    pattern: F32 = (mean * keep * (count > 2)).astype(np.float32)
    return pattern if (pattern != 0).mean() > CHANCE else np.zeros_like(pattern)


def without_mean(frames: Frames) -> Frames:
    """Frames without the mean of all: what stands still is gone, and little of what moves far."""
    usable = frames.usable
    if not usable.any():
        return frames
    moving = frames.pixels - frames.pixels[usable].mean(axis=0)
    moving[~usable] = 0
    return replace(frames, pixels=moving)
