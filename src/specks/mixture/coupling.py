"""Neighbors that draw each other's probability: a spatial prior for pixels that are compared one by one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from specks._core.source import Region
from specks.mixture import _kernels

__all__ = ["coupled", "neighbor_weights"]

Floats = npt.NDArray[np.float32]

#: Turns of the mean field, and so pixels beyond a region that it depends on.
TURNS = 2


def neighbor_weights(axes: str, spacing: tuple[float, ...]) -> tuple[float, float, float]:
    """How much the neighbors along z, y and x count; 1 along the finest axis, less along coarser ones.

    Parameters
    ----------
    axes : str
        Without a z axis its weight is 0.
    spacing : tuple of float
        Of the spatial axes.
    """
    weights = [(min(spacing) / step) ** 0.75 for step in spacing]
    z = weights[0] if "z" in axes else 0.0
    return z, weights[-2], weights[-1]


def coupled(
    plain: Callable[[Region], Floats],
    shape: tuple[int, ...],
    region: Region,
    weights: tuple[float, float, float],
    strength: float,
) -> Floats:
    """Probability in a region after its neighbors had their say.

    The mean field of an Ising prior: the log odds of each pixel grow by `strength` times what its
    neighbors' probabilities exceed a quarter by, so that a pixel among background becomes less
    likely and one among particles more.

    Parameters
    ----------
    plain : callable
        Gives the probability of each pixel by itself in a region.
    shape : tuple of int
        Of the image.
    region : tuple of slice
    weights : tuple of float
        Of the neighbors along z, y and x; the z axis is the third last.
    strength : float

    References
    ----------
    Y. Zhang, M. Brady, S. Smith, "Segmentation of brain MR images through a hidden Markov random
    field model and the expectation-maximization algorithm", IEEE Transactions on Medical Imaging
    20 (2001) 45-57.
    """
    deep = 3 if weights[0] > 0 else 2
    wide, inner = list(region), [slice(None)] * len(region)
    for axis in range(len(region) - deep, len(region)):
        start, stop = region[axis].start, region[axis].stop
        first = max(start - TURNS, 0)
        wide[axis] = slice(first, min(stop + TURNS, shape[axis]))
        inner[axis] = slice(start - first, stop - first)
    alone = plain(tuple(wide))
    out = np.empty_like(alone)
    stacks = (-1, *alone.shape[-deep:]) if deep == 3 else (-1, 1, *alone.shape[-2:])
    for own, after in zip(alone.reshape(stacks), out.reshape(stacks), strict=True):
        now = own
        for _ in range(TURNS):
            before, now = now, np.empty_like(own)
            _kernels.draw_together(own, before, *weights, strength, now)
        after[:] = now
    return out[tuple(inner)]
