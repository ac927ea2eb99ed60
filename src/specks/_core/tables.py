"""Columns of tables, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from specks._core.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["numbers"]


def numbers(table: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    """A column as floats; what is missing is NaN.

    Raises
    ------
    InputError
        When it does not hold numbers.
    """
    column = table[name]
    try:
        # Types of NumPy have no way of their own to say missing.
        if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf":
            return column.to_numpy(np.float64)
        return column.to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        raise InputError(f"column {name!r} holds {column.dtype}; it must hold numbers") from None
