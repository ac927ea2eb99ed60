"""Tables to start a fit from: the truth, and how wrong one was about it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from specks._core.errors import InputError
from specks.synth._scene import check_seed
from specks.synth._streams import Purpose, Streams

__all__ = ["start_table"]


def start_table(
    truth: pd.DataFrame,
    distance: float = 1.0,
    *,
    exactly: bool = False,
    signal: float = 0.1,
    background: float = -0.25,
    seed: int = 0,
) -> pd.DataFrame:
    """What one would start a fit from, when one knew the truth but not quite.

    Parameters
    ----------
    truth : pandas.DataFrame
        The table of `touching_particles`.
    distance : float, optional
        How far positions are off, in pixels, in a random direction: anywhere within it.
    exactly : bool, optional
        Whether every position is off by the whole distance.
    signal : float, optional
        The part by which each signal is too high or too low.
    background : float, optional
        The part by which the background is off, below 0 for too low.
    seed : int, optional
        The same seed gives the same table.

    Returns
    -------
    pandas.DataFrame
        The columns of `truth` without ``group`` and ``particle``, in the same order of rows.

    Raises
    ------
    InputError
        When the distance or the seed cannot be used.

    Examples
    --------
    >>> import numpy as np
    >>> import specks.synth
    >>> truth = specks.synth.touching_particles((96, 96), count=1).table
    >>> start = specks.synth.start_table(truth, 2, exactly=True)
    >>> np.round(np.hypot(*(start - truth)[["y", "x"]].to_numpy().T), 9)
    array([2., 2.])
    """
    if not np.isfinite(distance) or distance < 0:
        raise InputError(f"distance is {distance!r}; it must be a number of 0 or more (pixels)")
    rng = Streams(check_seed(seed), "start_table").rng(Purpose.MISTAKES)
    axes = [axis for axis in "zyx" if axis in truth]
    direction = rng.standard_normal((len(truth), len(axes)))
    direction /= np.sqrt((direction**2).sum(axis=1, keepdims=True))
    part = 1.0 if exactly else rng.random((len(truth), 1)) ** (1 / len(axes))
    start = truth.drop(columns=["group", "particle"], errors="ignore")
    start[axes] += distance * part * direction
    start["signal"] *= 1 + signal * rng.choice([-1.0, 1.0], len(truth))
    start["background"] *= 1 + background
    return start
