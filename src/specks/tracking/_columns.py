"""What linking and summaries read from a table of objects, checked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from specks._core.errors import InputError
from specks._core.tables import numbers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Floats", "Ints", "position_columns", "radii", "time_steps", "whole_numbers"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Columns of size, and with which factor and power of them the radius is had.
SIZES = {
    "radius": (1.0, 1.0),
    "equivalent_diameter": (0.5, 1.0),
    "area": (np.pi ** (-1 / 2), 1 / 2),
    "volume": ((4 / 3 * np.pi) ** (-1 / 3), 1 / 3),
}


def position_columns(table: pd.DataFrame) -> tuple[str, ...]:
    """Names of the positions that are linked: corrected ones where the table has them.

    Raises
    ------
    InputError
        When there are none.
    """
    corrected = {"y_corrected", "x_corrected"} <= set(table.columns)
    letters = "zyx" if "z" in table.columns or (corrected and "z_corrected" in table.columns) else "yx"
    names = tuple(
        f"{letter}_corrected" if corrected and f"{letter}_corrected" in table.columns else letter
        for letter in letters
    )
    missing = [name for name in ("frame", *names) if name not in table.columns]
    if missing:
        raise InputError(
            [f"table has no column {name!r}; it has {', '.join(map(str, table.columns))}" for name in missing]
        )
    return names


def whole_numbers(table: pd.DataFrame, name: str) -> Ints:
    """A column of whole numbers; frames also start from 0."""
    values = numbers(table, name)
    rule = "whole numbers from 0" if name == "frame" else "whole numbers"
    wrong = ~np.isfinite(values) | (values != np.floor(values)) | (np.abs(values) > 2**53)
    if name == "frame":
        wrong |= values < 0
    if wrong.any():
        raise InputError(f"column {name!r} holds {values[wrong][0]:g}; it must hold {rule}")
    return values.astype(np.int64)


def time_steps(frame: Ints, number: Ints | None) -> Ints:
    """Time in steps of the series: by the frames' numbers where they have some, else by their index."""
    if not len(frame):
        return frame
    if number is None:
        since: Ints = frame - frame.min()
        return since
    pairs = np.unique(np.stack([frame, number], axis=1), axis=0)
    frames, stamps = pairs.T
    twice = np.flatnonzero(np.diff(frames) == 0)
    if len(twice):
        i = twice[0]
        raise InputError(
            f"frame {frames[i]} has the frame_number {stamps[i]} and {stamps[i + 1]}; it must have one"
        )
    back = np.flatnonzero(np.diff(stamps) <= 0)
    if len(back):
        i = back[0]
        raise InputError(
            f"frame_number goes from {stamps[i]} to {stamps[i + 1]} between frame {frames[i]} and {frames[i + 1]}; "
            "it must rise with the frame"
        )
    # A series of every fifth number misses nothing: the step that all have in common is one step of
    # time, also where frames without objects lie between.
    gaps = np.diff(stamps)
    step = math.gcd(int(np.gcd.reduce(gaps)), int((gaps // np.diff(frames)).min())) if len(gaps) else 1
    time: Ints = (number - stamps[0]) // step
    return time


def radii(table: pd.DataFrame) -> Floats | None:
    """Radius of every row in pixels, of the circle or ball of its size; NaN where it is not known."""
    name = next((n for n in SIZES if n in table.columns), None)
    if name is None:
        return None
    values = numbers(table, name)
    values = np.where(np.isfinite(values) & (values > 0), values, np.nan)
    factor, power = SIZES[name]
    radius: Floats = factor * values**power
    return radius
