"""Points that were added, moved or deleted by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks._core.corrections import Corrections
from specks._core.errors import CorrectionError
from specks._core.tables import numbers
from specks.refinement.asked.rows import position_names

if TYPE_CHECKING:
    import pandas as pd

    from specks.refinement._ask import Ask

__all__ = ["POINTS", "corrected_table"]

POINTS = ("point_add", "point_move", "point_delete")
#: A point is meant when it is named to within this many pixels.
NEAR = 0.5


def corrected_table(table: pd.DataFrame, corrections: Corrections, ask: Ask) -> pd.DataFrame:
    """A table with points added behind, moved and deleted.

    Parameters
    ----------
    table : pandas.DataFrame
    corrections : Corrections
    ask : Ask

    Raises
    ------
    CorrectionError
        When one names a point that is not there, or a position has other axes than the table.
    """
    corrections.require("refine", POINTS)
    if not len(corrections):
        return table
    names = position_names(table, ask.pos_columns)
    edited = table.copy()
    for name in names:
        edited[name] = numbers(table, name)
    for record in corrections:
        edited = _APPLY[record["kind"]](edited, record, names, ask)
    return edited


def _frames(table: pd.DataFrame, ask: Ask) -> npt.NDArray[Any]:
    if ask.t_column in table.columns:
        return table[ask.t_column].to_numpy()
    return np.full(len(table), ask.frames.only or 0)


def _place(record: Mapping[str, Any], field: str, names: Sequence[str]) -> list[float]:
    position = [float(v) for v in record[field]]
    if len(position) != len(names):
        raise CorrectionError(
            f"{record['kind']} in frame {record['frame']} has the {field} {position}; it must have one number for each of "
            f"{', '.join(names)}"
        )
    return position


def _meant(table: pd.DataFrame, record: Mapping[str, Any], names: Sequence[str], ask: Ask) -> int:
    """The row that a correction names."""
    position = _place(record, "position", names)
    away = np.sqrt(((table[list(names)].to_numpy() - position) ** 2).sum(axis=1))
    away[_frames(table, ask) != record["frame"]] = np.inf
    if not len(away) or not away.min() <= NEAR:
        near = f"; the nearest is {away.min():.3g} px away" if len(away) and np.isfinite(away.min()) else ""
        shown = ", ".join(f"{v:.5g}" for v in position)
        raise CorrectionError(
            f"{record['kind']}: no point of frame {record['frame']} begins at ({shown}){near}"
        )
    return int(np.argmin(away))


def _add(table: pd.DataFrame, record: Mapping[str, Any], names: Sequence[str], ask: Ask) -> pd.DataFrame:
    import pandas as pd

    row: dict[str, Any] = dict(zip(names, _place(record, "position", names), strict=True))
    if ask.t_column in table.columns:
        row[ask.t_column] = record["frame"]
    whole = table.index.dtype.kind in "iu" and len(table)
    label = int(table.index.max()) + 1 if whole else len(table)
    added = pd.DataFrame([row], index=[label]).reindex(columns=table.columns)
    # What the others say of their size and background goes for the new one too; its signal is its own.
    for name in ask.settings.profile.params:
        if name in table.columns and len(table):
            added[name] = table[name].median()
    if "size" in table.columns and len(table):
        added["size"] = table["size"].median()
    return pd.concat([table, added])


def _move(table: pd.DataFrame, record: Mapping[str, Any], names: Sequence[str], ask: Ask) -> pd.DataFrame:
    at = _meant(table, record, names, ask)
    columns = [table.columns.get_loc(name) for name in names]
    table.iloc[at, columns] = _place(record, "new", names)  # type: ignore[index]
    return table


def _delete(table: pd.DataFrame, record: Mapping[str, Any], names: Sequence[str], ask: Ask) -> pd.DataFrame:
    at = _meant(table, record, names, ask)
    kept: pd.DataFrame = table.iloc[np.arange(len(table)) != at].copy()
    return kept


_APPLY = {"point_add": _add, "point_move": _move, "point_delete": _delete}
