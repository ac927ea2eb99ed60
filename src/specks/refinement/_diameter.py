"""The diameter that features ask for."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Generator
from typing import TYPE_CHECKING

import numpy as np

from specks._core.errors import FitError
from specks._core.progress import Progress
from specks._core.tables import numbers
from specks.refinement._ask import Ask
from specks.refinement._plan import Plan
from specks.refinement._run import Found
from specks.refinement._verdict import judge
from specks.refinement.asked.rows import position_names
from specks.refinement.fit.arrays import SIZE

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BEST", "find_diameter", "most_isolated"]

#: Diameters of masks in sizes of a feature at which positions are known best.
BEST = 4.5
#: Features that are looked at: the half that stands most alone, but no fewer and no more than these.
FEW, ENOUGH = 5, 50
#: How often size and diameter are adapted to each other.
ROUNDS = 4
#: Standard deviation in pixels of the least blur that a microscope has, where a table says nothing of sizes.
FIRST_SIZE = 2.0


def find_diameter(table: pd.DataFrame, ask: Ask) -> Generator[Progress, None, float]:
    """The odd diameter that is nearest to 4.5 times the size of the features that stand most alone.

    Parameters
    ----------
    table : pandas.DataFrame
    ask : Ask
        Its diameter is not looked at.

    Returns
    -------
    float
        In pixels; where there is no feature, that of the smallest.

    Raises
    ------
    FitError
        When no feature could be fitted.
    """
    some, alone = most_isolated(table, ask)
    if not len(some):
        return odd(BEST * FIRST_SIZE)
    size = float(np.nanmedian(numbers(some, "size"))) if "size" in some.columns else FIRST_SIZE
    size = size if math.isfinite(size) and size > 0 else FIRST_SIZE
    dimensions = len(position_names(table, ask.pos_columns))
    some = some.drop(columns=[c for c in ("signal", "size", "background") if c in some.columns])
    diameter = 0.0
    for k in range(ROUNDS):
        yield Progress(k, ROUNDS, f"Looking for the diameter, features of {size:.3g} px so far")
        wanted = odd(min(BEST * size, max(alone, 5.0)))
        if wanted == diameter:
            break
        diameter = wanted
        trial = with_diameter(ask, diameter, dimensions)
        found = yield from trial.fit(plan := trial.plan(some))
        size = _usual_size(plan, found)
    return odd(BEST * size)


def odd(length: float) -> float:
    """The nearest odd number, 3 or more."""
    return max(3.0, 2.0 * round((length - 1) / 2) + 1)


def with_diameter(ask: Ask, diameter: float, dimensions: int) -> Ask:
    """The same with masks of a diameter, one size for all features, and nothing else asked for."""
    width = (diameter,) * dimensions
    settings = dataclasses.replace(
        ask.settings,
        diameter=width,
        separation=width,
        modes={"background": "cluster", "signal": "var", "pos": "var", "size": "var"},
        param_mode=None,
        param_val=None,
        bounds=None,
        constraints=None,
    )
    return dataclasses.replace(ask, settings=settings)


def most_isolated(table: pd.DataFrame, ask: Ask) -> tuple[pd.DataFrame, float]:
    """The features of the fullest frame that are farthest from others, and how far that usually is in pixels."""
    from scipy.spatial import cKDTree

    names = list(position_names(table, ask.pos_columns))
    finite = np.isfinite(np.column_stack([numbers(table, name) for name in names])).all(axis=1)
    some: pd.DataFrame = table.loc[np.asarray(finite)]
    if ask.t_column in some.columns and len(some):
        some = some.loc[some[ask.t_column] == some[ask.t_column].mode().iloc[0]]
    at = some[names].to_numpy(np.float64)
    if len(at) < 2:
        return some, math.inf
    away = cKDTree(at).query(at, k=2)[0][:, 1]
    farthest = np.argsort(-away, kind="stable")[: min(ENOUGH, max(FEW, len(at) // 2))]
    chosen: pd.DataFrame = some.iloc[np.sort(farthest)]
    return chosen, float(np.median(away[farthest]))


def _usual_size(plan: Plan, found: Found) -> float:
    """The median size of features that could be fitted."""
    ok, _ = judge(plan, found)
    sizes = found.fitted.values[ok, SIZE]
    if not len(sizes):
        raise FitError(
            "no diameter could be found: none of the features that stand most alone could be fitted; give a diameter, 4 to "
            "5 times the size of a feature"
        )
    return float(np.median(sizes))
