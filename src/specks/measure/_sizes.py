"""How the sizes of objects are distributed, and how well their mean and median are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks._core.checks import nearest
from specks._core.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["count_sizes", "mean_with_error", "median_with_error"]

Floats = npt.NDArray[np.float64]


def count_sizes(
    table: pd.DataFrame,
    bins: int | Sequence[float] | None = None,
    *,
    column: str = "radius",
    every: int | None = None,
) -> pd.DataFrame:
    """Count objects by size, over all frames or over stretches of them.

    Parameters
    ----------
    table : pandas.DataFrame
        Object table.
    bins : int or sequence of float, optional
        Number of bins of equal width, or their edges, which the last bin includes. Of the width
        that Freedman and Diaconis propose when not given. The bins are the same in all stretches.
    column : str
        What is counted by: ``radius``, ``radius_nm``, ``area``, …; NaN is left out.
    every : int, optional
        Frames that are counted together; all of them when not given.

    Returns
    -------
    pandas.DataFrame
        One row a stretch and bin: ``first_frame, last_frame``, ``<column>_low, <column>_high``,
        ``count``, and ``density``, the share of the objects per unit of size (it integrates to 1 over bins
        that hold all of them; NaN where there are none).

    Raises
    ------
    InputError
        When a column is missing, or bins or stretches are none.

    References
    ----------
    .. [1] D. Freedman, P. Diaconis, "On the histogram as a density estimator", Z. Wahrscheinlichkeitstheorie 57, 453
       (1981).

    Examples
    --------
    >>> import pandas as pd
    >>> found = pd.DataFrame({"frame": [0, 0, 1], "radius": [1.0, 2.5, 2.0]})
    >>> count_sizes(found, bins=[0, 2, 4], every=1)[["first_frame", "radius_low", "count"]]
       first_frame  radius_low  count
    0            0         0.0      1
    1            0         2.0      1
    2            1         0.0      0
    3            1         2.0      1
    """
    import pandas as pd

    faults = [
        f"table has no column {n!r}{nearest(n, map(str, table.columns))}"
        for n in ("frame", column)
        if n not in table
    ]
    if every is not None and every < 1:
        faults.append(f"every is {every}; it must be a number of frames, 1 or more")
    if faults:
        raise InputError(faults)
    known = table[table[column].notna()]
    values, frame = known[column].to_numpy(float), known["frame"].to_numpy(np.int64)
    edges = _edges(values, bins)
    last = int(table["frame"].max()) if len(table) else 0
    length = last + 1 if every is None else every
    stretches = np.arange(0, last + 1, length)
    place = np.searchsorted(edges, values, "right") - 1
    place[values == edges[-1]] = len(edges) - 2
    inside = (place >= 0) & (place < len(edges) - 1)
    flat = (frame[inside] // length) * (len(edges) - 1) + place[inside]
    count = np.bincount(flat, minlength=len(stretches) * (len(edges) - 1)).reshape(len(stretches), -1)
    with np.errstate(invalid="ignore"):
        density = count / np.bincount(frame // length, minlength=len(stretches))[:, None] / np.diff(edges)
    return pd.DataFrame(
        {
            "first_frame": np.repeat(stretches, len(edges) - 1),
            "last_frame": np.repeat(np.minimum(stretches + length - 1, last), len(edges) - 1),
            f"{column}_low": np.tile(edges[:-1], len(stretches)),
            f"{column}_high": np.tile(edges[1:], len(stretches)),
            "count": count.ravel(),
            "density": density.ravel(),
        }
    )


def _edges(values: Floats, bins: int | Sequence[float] | None) -> Floats:
    if bins is None or isinstance(bins, int):
        if isinstance(bins, int) and not 1 <= bins <= 10**6:
            raise InputError(f"bins is {bins}; it must be 1 or more, or the edges of bins")
        return np.histogram_bin_edges(values, "fd" if bins is None else bins).astype(float)
    edges = np.asarray(bins, float)
    if edges.ndim != 1 or len(edges) < 2 or not (np.diff(edges) > 0).all():
        raise InputError(
            "bins holds edges that do not rise; give two or more, each larger than the one before"
        )
    return edges


def mean_with_error(values: Floats, weights: Floats) -> tuple[float, float]:
    """Weighted mean, and its standard error (NaN of fewer than two values)."""
    n, total = len(values), weights.sum()
    if n == 0:
        return np.nan, np.nan
    mean = float((weights * values).sum() / total)
    if n == 1:
        return mean, np.nan
    spread = float((weights**2 * (values - mean) ** 2).sum() * n / (n - 1))
    return mean, spread**0.5 / float(total)


def median_with_error(values: Floats) -> tuple[float, float]:
    """Median, and its standard error by Maritz and Jarrett (NaN of fewer than two values).

    References
    ----------
    .. [1] J. S. Maritz, R. G. Jarrett, "A note on estimating the variance of the sample median", J. Am. Stat. Assoc. 73,
       194 (1978).
    """
    n = len(values)
    if n < 2:
        return (float(values[0]), np.nan) if n else (np.nan, np.nan)
    from scipy.special import betainc

    ordered: Any = np.sort(values)
    middle = (n + 1) / 2
    share = np.diff(betainc(middle, middle, np.arange(n + 1) / n))
    first, second = float(share @ ordered), float(share @ ordered**2)
    return float(np.median(ordered)), max(second - first**2, 0.0) ** 0.5
