"""The features of a table as arrays, sorted by frame and cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks._core.errors import InputError
from specks._core.tables import numbers
from specks.refinement._clusters import find_clusters
from specks.refinement.asked.parameters import Parameters
from specks.refinement.fit.arrays import Floats, Ints

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Rows", "position_names", "read_rows"]


@dataclass(frozen=True, eq=False)
class Rows:
    """Features, sorted by frame, then cluster, then as they stood in the table.

    Parameters
    ----------
    order : array (features,) of int64
        Place in the table.
    frame : array (features,) of int64
    cluster : array (features,) of int64
        Numbered from 0 over all frames, in the order in which they appear in the sorted table.
    start : array (features, parameters) of float64
        Where the fit begins; NaN where that is to be estimated.
    bad : array (features,) of bool
        Whether a number of the row cannot be used; such a row is a cluster of its own.
    """

    order: Ints
    frame: Ints
    cluster: Ints
    start: Floats
    bad: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.order)

    @property
    def cluster_size(self) -> Ints:
        """How many features the cluster of each has."""
        return np.bincount(self.cluster, minlength=1)[self.cluster] if len(self) else np.zeros(0, np.int64)


def position_names(table: pd.DataFrame, pos_columns: Sequence[str] | None) -> tuple[str, ...]:
    """Names of the columns of position, in the order of the axes of the image.

    Raises
    ------
    InputError
        When the table lacks them, or they are not two or three.
    """
    if not (hasattr(table, "columns") and hasattr(table, "iloc")):
        raise InputError(
            f"f is {type(table).__name__}; it must be a pandas.DataFrame with a row for each feature"
        )
    if pos_columns is None:
        names: tuple[str, ...] = ("z", "y", "x") if "z" in table.columns else ("y", "x")
    else:
        names = tuple(pos_columns)
        if len(names) not in (2, 3) or len(set(names)) < len(names):
            raise InputError(
                f"pos_columns is {list(names)}; it must name two or three columns, such as ['y', 'x']"
            )
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise InputError(
            [
                f"the table has no column {name!r}; it has {', '.join(map(str, table.columns))}"
                for name in missing
            ]
        )
    return names


def _given(name: str, value: Any, rows: int) -> Floats:
    """A value of a parameter for each row."""
    try:
        return np.broadcast_to(np.asarray(value, np.float64), rows)
    except (TypeError, ValueError):
        raise InputError(
            f"param_val[{name!r}] is {value!r}; it must be a number, or one for each of {rows} rows"
        ) from None


def read_rows(
    table: pd.DataFrame,
    frame: Ints,
    parameters: Parameters,
    given: Mapping[str, Any],
    required: Sequence[str],
    separation: Floats,
) -> Rows:
    """Read the features of a table.

    Parameters
    ----------
    table : pandas.DataFrame
    frame : array (rows,) of int64
        Frame of each row.
    parameters : Parameters
    given : mapping of str to float or sequence
        Values that replace what the table says.
    required : sequence of str
        Parameters that the table or `given` must hold.
    separation : array (axes,) of float64
        Features closer than this are fitted together.

    Raises
    ------
    InputError
        When a required parameter is missing, or a column does not hold numbers.
    """
    start = np.zeros((len(table), parameters.width))
    start[:, 5:8] = 1.0
    faults = []
    for name, column in zip(parameters.names, parameters.columns, strict=True):
        if name in given:
            start[:, column] = _given(name, given[name], len(table))
        elif name in table.columns:
            start[:, column] = numbers(table, name)
        elif name in required:
            faults.append(
                f"the table has no column {name!r}, which the fit starts from; add it, give param_val={{{name!r}: value}}, "
                "or use specks.refine, which estimates it"
            )
        else:
            start[:, column] = np.nan
    if faults:
        raise InputError(faults)
    at = [parameters.column(name) for name in parameters.positions]
    must = at + [parameters.column(name) for name in required]
    bad = np.asarray(~np.isfinite(start[:, must]).all(axis=1) | np.isinf(start).any(axis=1))
    label = find_clusters(start[:, at], frame, separation, bad)
    order = np.lexsort((np.arange(len(table)), label, frame))
    ordered = label[order]
    fresh = np.ones(len(order), bool)
    fresh[1:] = ordered[1:] != ordered[:-1]
    return Rows(order, frame[order], np.cumsum(fresh) - 1, start[order], bad[order])
