"""Siegel's repeated medians."""

from __future__ import annotations

from typing import Any

import numpy as np

from specks._core.kernel import kernel

__all__ = ["repeated_medians"]


@kernel
def repeated_medians(first: Any, values: Any, fewest: int, slope: Any) -> None:
    """Siegel's slope of each of several even series.

    Parameters
    ----------
    first : array of int64, shape (series + 1,)
        Where each series begins in `values`.
    values : array of float64
        One a step.
    fewest : int
        Shorter series get NaN.
    slope : array of float64, shape (series,)
        Filled: the median over points of the median slope to all other points.

    References
    ----------
    .. [1] A. F. Siegel, "Robust regression using repeated medians", Biometrika 69, 242-244 (1982).
    """
    for s in range(first.size - 1):
        n = first[s + 1] - first[s]
        if n < fewest:
            slope[s] = np.nan
            continue
        own = values[first[s] : first[s + 1]]
        medians, others = np.empty(n), np.empty(n - 1)
        for i in range(n):
            for j in range(i):
                others[j] = (own[i] - own[j]) / (i - j)
            for j in range(i + 1, n):
                others[j - 1] = (own[j] - own[i]) / (j - i)
            medians[i] = np.median(others)
        slope[s] = np.median(medians)
