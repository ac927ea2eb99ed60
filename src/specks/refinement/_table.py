"""The table that a fit gives: the caller's rows with what was found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from specks.refinement._plan import Plan
from specks.refinement._run import Found
from specks.refinement._verdict import Verdict, cost_of, too_costly
from specks.refinement.fit.arrays import Floats

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["fitted_table"]


def fitted_table(
    table: pd.DataFrame, t_column: str, plan: Plan, found: Found, verdict: Verdict, deviations: Sequence[str]
) -> pd.DataFrame:
    """The rows of a table in their order, with parameters, standard errors, quality and verdict.

    Rows that failed keep what they came with, and their ``cost`` is NaN.

    Parameters
    ----------
    table : pandas.DataFrame
    t_column : str
        Column of the frame; added where the table has none.
    plan : Plan
    found : Found
    verdict : Verdict
    deviations : sequence of str
        Columns of standard errors that are wanted.
    """
    import pandas as pd

    rows, parameters, fitted = plan.rows, plan.parameters, found.fitted
    ok, reason = verdict
    columns: dict[str, Any] = {}
    if t_column not in table.columns:
        columns[t_column] = _unsorted(rows.frame, rows.order)
    columns["cluster"] = _unsorted(rows.cluster, rows.order)
    columns["cluster_size"] = _unsorted(rows.cluster_size, rows.order)
    kept = found.kept & ~too_costly(plan, found)
    for name, column in zip(parameters.names, parameters.columns, strict=True):
        came: Floats = found.start[:, column]
        columns[name] = _unsorted(np.where(kept, fitted.values[:, column], came), rows.order)
    for deviation in deviations:
        column = parameters.column(deviation.removesuffix("_std"))
        columns[deviation] = _unsorted(np.where(kept, fitted.deviation[:, column], np.nan), rows.order)
    with np.errstate(invalid="ignore", divide="ignore"):
        rms = np.where(kept, np.sqrt(fitted.cost / fitted.pixels), np.nan)
        cost = np.where(kept, cost_of(found), np.nan)
        columns["cost"] = _unsorted(cost, rows.order)
        columns["rms"] = _unsorted(rms, rows.order)
        columns["chi"] = _unsorted(np.where(found.noise > 0, rms / found.noise, np.nan), rows.order)
    columns["ok"] = _unsorted(ok, rows.order)
    columns["reason"] = pd.Series(_unsorted(reason, rows.order), dtype="str").array
    result = _with_columns(table, columns)
    pixels = dict.fromkeys((*parameters.positions, *parameters.sizes), "px")
    pixels |= {f"{name}_std": "px" for name in pixels if f"{name}_std" in result.columns}
    result.attrs = {k: v for k, v in table.attrs.items() if k != "provenance"} | {
        "units": pixels | table.attrs.get("units", {})
    }
    return result


def _with_columns(table: pd.DataFrame, columns: dict[str, Any]) -> pd.DataFrame:
    """A copy of a table with columns replaced in their places or added behind, all at once."""
    import pandas as pd

    if not table.columns.is_unique:
        return table.assign(**columns)
    whole = {name: columns[name] if name in columns else table[name].copy() for name in table.columns}
    return pd.DataFrame(whole | columns, index=table.index, copy=False)


def _unsorted(values: Any, order: Any) -> Any:
    """Values of sorted rows at their places in the table."""
    out = np.empty_like(values)
    out[order] = values
    return out
