"""A drift as a caller gives it, and frames as tables name them."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks._core.errors import InputError
from specks.drift.result import Drift
from specks.drift.rows import listed

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_drift", "frames_of", "numbers_of", "warn_of_nothing"]


def as_drift(value: Any) -> Drift:
    """A drift, or the one in a file.

    Raises
    ------
    InputError
        When it is neither.
    """
    if isinstance(value, Drift):
        return value
    if isinstance(value, str | os.PathLike):
        return Drift.load(value)
    raise InputError(
        f"drift is {type(value).__name__}; it must be a Drift, as estimate_drift gives it, or the path of one"
    )


def warn_of_nothing(drift: Drift) -> None:
    """Say that a drift corrects nothing, where that is so."""
    if not drift.table["ok"].any():
        warnings.warn("no frame of the drift can be trusted, so everything stays where it is", stacklevel=4)


def frames_of(table: pd.DataFrame, name: str) -> npt.NDArray[np.int64]:
    """The column ``frame`` of a table.

    Raises
    ------
    InputError
        When it is missing or holds anything but whole numbers from 0.
    """
    numbers = numbers_of(table, "frame", name)
    wrong = np.flatnonzero(~((numbers >= 0) & (numbers < 2**53) & (numbers == np.floor(numbers))))
    if len(wrong):
        raise InputError(
            f"{name} has the frame {numbers[wrong[0]]:g} in row{'s' * (len(wrong) > 1)} {listed(wrong)}; "
            "frames are whole numbers from 0"
        )
    return numbers.astype(np.int64)


def numbers_of(table: pd.DataFrame, column: str, name: str) -> npt.NDArray[np.float64]:
    """A column of numbers; what is missing is NaN.

    Raises
    ------
    InputError
        When there is no such column, more than one, or something else than numbers stands in it.
    """
    if column not in table.columns:
        raise InputError(f"{name} has no column {column!r}; it has {', '.join(map(str, table.columns))}")
    if list(table.columns).count(column) > 1:
        raise InputError(f"{name} has more than one column {column!r}; keep one")
    try:
        numbers: npt.NDArray[np.float64] = table[column].to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"column {column!r} of {name} holds something else than numbers ({error})"
        ) from error
    return numbers
