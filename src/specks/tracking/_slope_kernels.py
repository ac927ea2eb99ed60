"""Siegel's repeated medians."""

from __future__ import annotations

from typing import Any

import numpy as np

from specks._core._rank_kernels import ranked
from specks._core.kernel import kernel

__all__ = ["repeated_medians"]


@kernel
def _median(values: Any, count: int) -> float:
    """Median of the first `count` values, whose order changes."""
    middle = count // 2
    upper = ranked(values[:count], middle)
    if count % 2:
        return float(upper)
    lower = values[0]
    for k in range(1, middle):
        lower = max(lower, values[k])
    return float(0.5 * (lower + upper))


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
        begin = first[s]
        medians, others = np.empty(n), np.empty(n - 1)
        for i in range(n):
            for j in range(i):
                others[j] = (values[begin + i] - values[begin + j]) / (i - j)
            for j in range(i + 1, n):
                others[j - 1] = (values[begin + j] - values[begin + i]) / (j - i)
            medians[i] = _median(others, n - 1)
        slope[s] = _median(medians, n)
