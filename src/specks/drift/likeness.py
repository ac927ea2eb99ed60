"""How alike frames still are after some time, and what each is then worth to tell what another should show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls

__all__ = ["Likeness", "fit_likeness"]

Floats = npt.NDArray[np.float64]
#: Times, in frames, over which a sample may change.
TIMES = np.geomspace(0.5, 2000, 40)
#: Share of the misfit of a constant that a curve must not exceed: else frames differ by noise alone.
BETTER = 0.6


@dataclass(frozen=True)
class Likeness:
    """Correlation of two frames ``changing * exp(-lag / time) + lasting``.

    Parameters
    ----------
    changing, lasting : float
        What is common to neighbors but lost with time, and what stays.
    time : float
        In frames.
    """

    changing: float
    lasting: float
    time: float

    def __call__(self, lag: Floats) -> Floats:
        """Correlation at a distance in frames; what is not noise, at 0."""
        alike: Floats = self.changing * np.exp(-np.abs(lag) / self.time) + self.lasting
        return alike

    def weights(self, lags: npt.NDArray[np.intp]) -> Floats:
        """Weights of frames at `lags` in the best prediction of the frame at 0; the largest is 1, none is 0.

        Where frames differ by noise alone all count the same; where the sample changes, the near ones count more.
        """
        at = lags.astype(np.float64)
        covariance = self(at[:, None] - at)
        np.fill_diagonal(covariance, 1.0)
        weights = np.maximum(np.linalg.solve(covariance + 1e-3 * np.eye(len(at)), self(at)), 1e-6)
        largest: Floats = weights / weights.max()
        return largest


def fit_likeness(lags: Floats, correlations: Floats) -> Likeness:
    """The curve that comes nearest to measured correlations of pairs.

    Parameters
    ----------
    lags : numpy.ndarray (pairs,)
        Distances in frames, 1 or more.
    correlations : numpy.ndarray (pairs,)
    """
    distinct, index = np.unique(lags, return_inverse=True)
    middle = np.array([np.median(correlations[index == i]) for i in range(len(distinct))])
    weight = np.sqrt(np.bincount(index))
    constant = float(np.average(middle, weights=weight**2))
    best = Likeness(0.0, max(constant, 0.0), 1.0)
    least = BETTER * float((((middle - constant) * weight) ** 2).sum())
    for time in TIMES:
        design = np.column_stack([np.exp(-distinct / time), np.ones(len(distinct))])
        amount, norm = nnls(design * weight[:, None], middle * weight)
        if norm**2 < least:
            best, least = Likeness(float(amount[0]), float(amount[1]), float(time)), norm**2
    total = best.changing + best.lasting
    if total > 0.999:
        best = Likeness(best.changing * 0.999 / total, best.lasting * 0.999 / total, best.time)
    return best
