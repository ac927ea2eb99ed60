"""Straight lines through series whose residuals are correlated, for a range of correlations."""

from __future__ import annotations

from typing import Any

import numpy as np

from specks._core.kernel import kernel

__all__ = ["lines_through"]


@kernel
def lines_through(
    first: Any,
    time: Any,
    values: Any,
    correlation: Any,
    slope: Any,
    error: Any,
    log_likelihood: Any,
    spread: Any,
) -> None:
    """Fit a line to each series under each correlation of the residuals of successive frames.

    Residuals are an autoregressive process of first order; over a gap their correlation is a power of
    that over one frame. Series with fewer than four points, and those on a line, are left as they are.

    Parameters
    ----------
    first : array of int64, shape (series + 1,)
        Where each series begins.
    time : array of int64, shape (n,)
        Rising within a series.
    values : array of float64, shape (n,)
    correlation : array of float64, shape (k,)
        Above -1 and below 1.
    slope, error, log_likelihood, spread : array of float64, shape (series, k)
        Filled: the generalized least squares slope, its standard error, the restricted likelihood of the
        correlation, and the standard deviation of the residuals.
    """
    for s in range(first.size - 1):
        begin, end = first[s], first[s + 1]
        n = end - begin
        if n < 4:
            continue
        middle, level, size = 0.0, 0.0, 0.0
        for k in range(begin, end):
            middle += time[k] / n
            level += values[k] / n
        for k in range(begin, end):
            size += (values[k] - level) ** 2
        for c in range(correlation.size):
            one, one_t, tt, y, ty, yy = 1.0, 0.0, 0.0, 0.0, 0.0, 0.0
            log_determinant = 0.0
            for k in range(begin, end):
                t, v = time[k] - middle, values[k] - level
                if k == begin:
                    w, u = 1.0, 1.0
                    one, one_t, tt, y, ty, yy = 1.0, t, t * t, v, t * v, v * v
                    continue
                r = correlation[c] ** (time[k] - time[k - 1])
                u = 1.0 - r * r
                log_determinant += np.log(u)
                w = (1.0 - r) / np.sqrt(u)
                t = (t - r * (time[k - 1] - middle)) / np.sqrt(u)
                v = (v - r * (values[k - 1] - level)) / np.sqrt(u)
                one += w * w
                one_t += w * t
                tt += t * t
                y += w * v
                ty += t * v
                yy += v * v
            determinant = one * tt - one_t * one_t
            b = (one * ty - one_t * y) / determinant
            a = (tt * y - one_t * ty) / determinant
            rest = max(yy - a * y - b * ty, 1e-14 * size)
            slope[s, c] = b
            if rest > 0:
                error[s, c] = np.sqrt(rest / (n - 2) * one / determinant)
                spread[s, c] = np.sqrt(rest / (n - 2))
                log_likelihood[s, c] = (
                    -0.5 * log_determinant - 0.5 * np.log(determinant) - 0.5 * (n - 2) * np.log(rest)
                )
