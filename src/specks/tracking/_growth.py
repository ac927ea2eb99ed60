"""How fast objects grow, with an interval that holds although residuals are correlated."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from specks._core.progress import Progress
from specks.tracking._columns import Floats, Ints
from specks.tracking._growth_kernels import lines_through
from specks.tracking._in_blocks import in_blocks

__all__ = ["Growth", "fit_growth", "shared_weights"]

#: Correlations of the residuals of successive frames that are weighed against each other.
CORRELATIONS = np.array([-0.5, -0.3, -0.1, 0.1, 0.3, 0.45, 0.6, 0.72, 0.82, 0.9, 0.95])
#: Power of (1 - correlation) that they are weighted with beforehand. With it intervals hold for white
#: noise, and for a single track of 60 frames with a correlation of .6 (benchmarks/links.py).
POWER = 0.25
#: As many tracks the weights beforehand count for, beside what all tracks say together.
TRACKS = 20.0
#: Halvings of an interval in which a quantile lies.
HALVINGS = 26
#: Points of tracks that are fitted between two reports.
ROWS = 100_000


@dataclass(frozen=True, eq=False)
class Growth:
    """Change of the radius per step of time, one a track; NaN with fewer than four points.

    Parameters
    ----------
    points : array of int64
        Frames that were used.
    slope, low, high : array of float64
        The slope, and the ends of its interval.
    residual : array of float64
        Standard deviation of the residuals.
    correlation : array of float64
        Of the residuals of successive frames.
    """

    points: Ints
    slope: Floats
    low: Floats
    high: Floats
    residual: Floats
    correlation: Floats


def fit_growth(first: Ints, time: Ints, radius: Floats, level: float) -> Generator[Progress, None, Growth]:
    """Fit a line to each track.

    The correlation of the residuals is not known: the slopes under each one are averaged with its
    probability, which the residuals of a track and, for short ones above all, those of all tracks
    tell. The interval holds `level` of the mixture of t distributions that follows.

    Parameters
    ----------
    first : array of int64, shape (tracks + 1,)
        First point of each track.
    time : array of int64, shape (n,)
    radius : array of float64, shape (n,)
    level : float
        Probability of the interval.
    """
    tracks, points = len(first) - 1, np.diff(first)
    shape = (tracks, len(CORRELATIONS))
    slope, error, spread = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    log_likelihood = np.full(shape, -np.inf)

    def fit(some: slice, begin: Ints) -> None:
        out = (slope[some], error[some], log_likelihood[some], spread[some])
        lines_through(begin, time, radius, CORRELATIONS, *out)

    yield from in_blocks(fit, first, points, ROWS, "Fitting the growth")
    enough = points >= 4
    fitted = enough & np.isfinite(log_likelihood).all(axis=1)
    before = np.gradient(CORRELATIONS) * (1 - CORRELATIONS) ** POWER
    weight = np.zeros(shape)
    weight[enough & ~fitted, 0] = 1.0  # on a line: the same under any correlation
    weight[fitted] = shared_weights(log_likelihood[fitted], before / before.sum(), TRACKS)
    low, high = np.array(slope[:, 0]), np.array(slope[:, 0])
    ends = _quantiles(slope[fitted], error[fitted], weight[fitted], points[fitted] - 2.0, level)
    low[fitted], high[fitted] = ends
    unknown = np.where(enough, 0.0, np.nan)
    return Growth(
        points=points,
        slope=(weight * slope).sum(axis=1) + unknown,
        low=low + unknown,
        high=high + unknown,
        residual=np.sqrt((weight * spread**2).sum(axis=1)) + unknown,
        correlation=np.where(fitted, (weight * CORRELATIONS).sum(axis=1), np.nan),
    )


def shared_weights(log_likelihood: Floats, before: Floats, count: float, rounds: int = 20) -> Floats:
    """Probability of each value of a parameter for each track, learned from all of them together.

    Parameters
    ----------
    log_likelihood : array of float64, shape (tracks, values)
    before : array of float64, shape (values,)
        Weights that are expected beforehand, summing to 1.
    count : float
        As many tracks `before` counts for.
    rounds : int
        Of expectation and maximization.

    Returns
    -------
    array of float64, shape (tracks, values)
    """
    if not len(log_likelihood):
        return np.empty(log_likelihood.shape)
    likelihood = np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True))
    shared = before
    for _ in range(rounds):
        weight = likelihood * shared
        weight /= weight.sum(axis=1, keepdims=True)
        shared = (before * count + weight.sum(axis=0)) / (count + len(weight))
    weight = likelihood * shared
    posterior: Floats = weight / weight.sum(axis=1, keepdims=True)
    return posterior


def _quantiles(
    center: Floats, width: Floats, weight: Floats, freedom: Floats, level: float
) -> tuple[Floats, Floats]:
    """Ends of the interval that holds `level` of a mixture of t distributions."""
    from scipy.special import stdtr, stdtrit

    freedom = freedom[:, None]
    ends = []
    for probability in ((1 - level) / 2, (1 + level) / 2):
        each = center + stdtrit(freedom, probability) * width
        low, high = each.min(axis=1), each.max(axis=1)
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            below = (weight * stdtr(freedom, (middle[:, None] - center) / width)).sum(axis=1) < probability
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        ends.append(0.5 * (low + high))
    return ends[0], ends[1]
