"""Length of the path of each track, without what the noise of positions adds to it."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from specks._core.progress import Progress
from specks.tracking._columns import Floats, Ints
from specks.tracking._growth import shared_weights
from specks.tracking._in_blocks import in_blocks
from specks.tracking._path_kernels import paths_of

__all__ = ["path_lengths"]

#: Shares of a random walk in what is seen that are weighed against each other.
SHARES = np.array([0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1.0])
#: Weight of none beforehand, and as many tracks the weights beforehand count for.
NONE, TRACKS = 0.3, 10.0
#: Coefficients of the mean length of a normal vector, fitted to the Rice and the Maxwell distribution.
MEAN_LENGTH = {
    2: np.array([np.pi / 2, 0.953221, 0.304049, 0.723250, 0.304049]),
    3: np.array([8 / np.pi, 0.728789, 2 * 0.049666, 0.344836, 0.049666]),
}
#: Rows of tracks that are measured between two reports.
ROWS = 50_000


def path_lengths(first: Ints, time: Ints, position: Floats) -> Generator[Progress, None, Floats]:
    """Expected length of the path from the first to the last frame of each track; NaN for less than three.

    A path is an even motion and a random walk; what is seen of it has noise. How much of what is seen
    is walk is learned from each track and, for short ones above all, from all of them together.

    Parameters
    ----------
    first : array of int64, shape (tracks + 1,)
        First row of each track.
    time : array of int64, shape (n,)
    position : array of float64, shape (n, d)
    """
    tracks, ndim = len(first) - 1, position.shape[1]
    length, log_likelihood = np.full((tracks, len(SHARES)), np.nan), np.zeros((tracks, len(SHARES)))

    def measure(some: slice, begin: Ints) -> None:
        paths_of(begin, time, position, SHARES, MEAN_LENGTH[ndim], log_likelihood[some], length[some])

    yield from in_blocks(measure, first, np.diff(first), ROWS, "Measuring the path")
    some = np.diff(first) >= 3
    before = np.concatenate([[NONE], np.full(len(SHARES) - 1, (1 - NONE) / (len(SHARES) - 1))])
    found = np.full(tracks, np.nan)
    found[some] = (shared_weights(log_likelihood[some], before, TRACKS) * length[some]).sum(axis=1)
    return found
