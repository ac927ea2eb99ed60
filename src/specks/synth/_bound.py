"""How well drift can be known at best."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["drift_bound"]

STEP = 0.05  # of the difference quotient in pixels; the pictures are smooth over a pixel


def drift_bound(
    moved: Callable[[npt.NDArray[Any]], npt.NDArray[Any]],
    ndim: int,
    contrast: npt.NDArray[Any],
    noise: float,
) -> npt.NDArray[np.float64]:
    """Cramér-Rao bound of the drift of each frame when the sample itself is not known.

    With the same contrast everywhere its square is ``(1 - 1 / N) trace(inv(sum grad grad^T / noise^2))``.
    All frames are taken to show the same part of the sample.

    Parameters
    ----------
    moved : callable
        The noise-free picture, moved by a shift in pixels.
    ndim : int
    contrast : (N,) array of float
        Of each frame.
    noise : float
        Standard deviation of a pixel.

    Returns
    -------
    (N,) array of float
        Root mean square length of the error of drift in pixels, after its mean over the frames has
        been removed.
    """
    gradients = []
    for shift in STEP * np.eye(ndim):
        ahead, behind = np.asarray(moved(shift), float), np.asarray(moved(-shift), float)
        gradients.append(((ahead - behind) / (2 * STEP)).ravel())
    information = np.array([[a @ b for a in gradients] for b in gradients]) / noise**2
    weight = np.square(contrast)
    # What is left of the information after the sample has been estimated from all frames, too.
    left = np.diag(weight) - np.outer(weight, weight) / weight.sum()
    variance = np.diag(np.linalg.pinv(left)) * np.trace(np.linalg.inv(information))
    bound: npt.NDArray[np.float64] = np.sqrt(np.maximum(variance, 0.0))
    return bound
