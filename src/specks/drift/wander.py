"""How far parts of the sample move by themselves in some time, and what frames are then worth to each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls

__all__ = ["Wander", "fit_wander"]

Floats = npt.NDArray[np.float64]
#: How the variance may grow with time: from that of a random walk to that of motion that lasts.
POWERS = (1.0, 1.5, 1.9)
#: Least weight of a frame, of the largest.
LEAST = 1e-6


@dataclass(frozen=True)
class Wander:
    """Variance of the displacement between two frames ``fixed + growing * lag**power``.

    Parameters
    ----------
    fixed : float
        Noise of both frames, in working pixels squared.
    growing : float
        What a frame's distance in time adds: parts of the sample that move, grow or vanish.
    power : float
    """

    fixed: float
    growing: float
    power: float

    def __call__(self, lag: Floats) -> Floats:
        """Variance at a distance in frames."""
        variance: Floats = self.fixed + self.growing * np.abs(lag) ** self.power
        return variance

    def weights(self, lags: npt.NDArray[np.intp]) -> Floats:
        """Weights of frames at `lags` in the best prediction of where the frame at 0 is; the largest is 1, none is 0.

        Where frames differ by noise alone all count the same. Where parts of the sample move by themselves, what
        a far frame tells is what the near ones tell already, and more that is not asked for.
        """
        at = lags.astype(np.float64)
        n, scale = len(at), self.fixed + self.growing
        if not self.growing or n < 2:
            return np.ones(n)
        # Kriging: the variance of the prediction is least while the weights add up to 1.
        matrix = np.ones((n + 1, n + 1))
        matrix[:n, :n] = self(at[:, None] - at) / scale
        np.fill_diagonal(matrix, 0.0)
        weights = np.linalg.solve(matrix, np.append(self(at) / scale, 1.0))[:n]
        largest: Floats = np.maximum(weights / weights.max(), LEAST)
        return largest


def fit_wander(lags: npt.NDArray[np.intp], variances: Floats) -> Wander:
    """The curve that comes nearest to measured variances of pairs, relative to these.

    Parameters
    ----------
    lags : numpy.ndarray (pairs,) of int
        Distances in frames, 1 or more.
    variances : numpy.ndarray (pairs,)
        Infinite for pairs that have nothing in common.
    """
    distinct, index = np.unique(lags, return_inverse=True)
    middle = np.array([np.median(variances[index == i]) for i in range(len(distinct))])
    known = np.isfinite(middle) & (middle > 0)
    best, least = Wander(1.0, 0.0, 1.0), np.inf
    weight = np.sqrt(np.bincount(index))[known]
    for power in POWERS if known.any() else ():
        design = (
            np.column_stack([np.ones(known.sum()), distinct[known].astype(float) ** power])
            / middle[known][:, None]
        )
        amount, misfit = nnls(design * weight[:, None], weight)
        if misfit < least:
            best, least = Wander(float(amount[0]), float(amount[1]), power), misfit
    return best
