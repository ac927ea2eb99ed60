"""How far objects really went, with the noise of their positions taken out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from specks._core.kernel import kernel

__all__ = ["paths_of"]


@kernel
def paths_of(
    first: Any, time: Any, position: Any, share: Any, mean: Any, log_likelihood: Any, length: Any
) -> None:
    """Expected length of the path of each track, for each share of true motion in what is seen.

    What is seen moves evenly, walks at random, and is measured with noise. The steps between frames
    are then correlated with the next ones only: all that is needed of their covariance comes from
    two sweeps over the track. Tracks with fewer than three points are left as they are.

    Parameters
    ----------
    first : array of int64, shape (tracks + 1,)
        Where each track begins.
    time : array of int64, shape (n,)
        Rising within a track.
    position : array of float64, shape (n, d)
    share : array of float64, shape (k,)
        Variance of the random walk in one step, as a share of its sum with the variance of the noise.
    mean : array of float64, shape (5,)
        Of the mean length of a normal vector, see `_mean_length`.
    log_likelihood, length : array of float64, shape (tracks, k)
        Filled: the restricted likelihood of each share, and the expected length of the path.
    """
    dims = position.shape[1]
    for s in range(first.size - 1):
        begin = first[s]
        n = first[s + 1] - begin - 1
        if n < 2:
            continue
        gap, diagonal, down, up = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
        even, rest, squares = np.empty(n), np.empty(n), np.empty(n)
        moved = np.empty((n, dims))
        for k in range(n):
            gap[k] = time[begin + k + 1] - time[begin + k]
            for axis in range(dims):
                moved[k, axis] = position[begin + k + 1, axis] - position[begin + k, axis]
        for c in range(share.size):
            noise = 1.0 - share[c]
            log_determinant = 0.0
            for k in range(n):
                diagonal[k] = share[c] * gap[k] + 2.0 * noise
                down[k] = diagonal[k] - (noise * noise / down[k - 1] if k > 0 else 0.0)
                log_determinant += np.log(down[k])
            for k in range(n - 1, -1, -1):
                up[k] = diagonal[k] - (noise * noise / up[k + 1] if k < n - 1 else 0.0)
            for k in range(n):
                even[k] = gap[k]
            _solve(down, noise, even)
            weight = 0.0
            for k in range(n):
                weight += gap[k] * even[k]
            for k in range(n):
                squares[k] = 0.0
            total = 0.0
            for axis in range(dims):
                speed = 0.0
                for k in range(n):
                    speed += even[k] * moved[k, axis] / weight
                for k in range(n):
                    rest[k] = moved[k, axis] - speed * gap[k]
                _solve(down, noise, rest)
                for k in range(n):
                    total += (moved[k, axis] - speed * gap[k]) * rest[k]
                    squares[k] += (gap[k] * (speed + share[c] * rest[k])) ** 2
            freedom = dims * (n - 1)
            scale = max(total / freedom, 1e-300)
            length[s, c] = 0.0
            for k in range(n):
                walk = share[c] * gap[k]
                # Of a tridiagonal matrix the sweeps from both ends give the diagonal of the inverse.
                left = walk - walk * walk / (down[k] + up[k] - diagonal[k])
                variance = scale * max(left + (gap[k] - walk * even[k]) ** 2 / weight, 0.0)
                length[s, c] += _mean_length(squares[k], variance, mean)
            log_likelihood[s, c] = -0.5 * dims * (log_determinant + np.log(weight)) - 0.5 * freedom * np.log(
                scale
            )


@kernel
def _mean_length(square: float, variance: float, mean: Any) -> float:
    """Mean length of a normal vector with this squared mean and this variance along each axis.

    A quotient of polynomials that is right for no mean and for no variance, and within .1 % between.
    """
    if variance <= 1e-12 * square:
        return math.sqrt(square)
    x = square / variance
    added = (mean[0] + mean[1] * x + mean[2] * x * x) / (1.0 + mean[3] * x + mean[4] * x * x)
    return math.sqrt(square + variance * added)


@kernel
def _solve(down: Any, noise: float, values: Any) -> None:
    """Solve a tridiagonal system whose other diagonals are ``-noise``, with its pivots at hand, in place."""
    n = values.size
    for k in range(1, n):
        values[k] += noise / down[k - 1] * values[k - 1]
    values[n - 1] /= down[n - 1]
    for k in range(n - 2, -1, -1):
        values[k] = (values[k] + noise * values[k + 1]) / down[k]
