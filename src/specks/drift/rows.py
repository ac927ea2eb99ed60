"""The rows of a drift table, checked and put in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks._core.errors import FileFormatError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FLAGS", "checked_table", "columns_of", "in_order"]

#: Columns that are no numbers.
FLAGS = ("ok", "reason")
#: How many frames are named in a message.
NAMED = 10


def columns_of(axes: str) -> list[str]:
    """Columns of a drift table, in order."""
    return [*axes, *(f"{a}_std" for a in axes), *FLAGS]


def checked_table(columns: Mapping[str, Sequence[Any]], axes: str) -> pd.DataFrame:
    """A drift table of columns from a file; rows are frames 0, 1, 2, ….

    Parameters
    ----------
    columns : mapping of str to sequence
        All of `columns_of`; None stands for a standard error that is not known.
    axes : str

    Raises
    ------
    FileFormatError
        When they are of different lengths, or hold what cannot be.
    """
    import pandas as pd

    lengths = {len(v) if isinstance(v, Sequence) and not isinstance(v, str) else -1 for v in columns.values()}
    if len(lengths) > 1 or not lengths or lengths <= {-1, 0}:
        raise FileFormatError("its table must have columns of one length, with a row for each frame")
    found: dict[str, Any] = {a: _numbers(columns[a], a) for a in axes}
    unknown = np.flatnonzero(np.any([~np.isfinite(v) for v in found.values()], axis=0))
    if len(unknown):
        raise FileFormatError(
            f"frame{_s(unknown)} {listed(unknown)} {_have(unknown)} no place that is a number"
        )
    for a in axes:
        found[f"{a}_std"] = _numbers(columns[f"{a}_std"], f"{a}_std")
        wrong = np.flatnonzero((found[f"{a}_std"] < 0) | np.isinf(found[f"{a}_std"]))
        if len(wrong):
            raise FileFormatError(
                f"{a}_std of frame{_s(wrong)} {listed(wrong)} is no standard error; it must be 0 or more, or empty"
            )
    if not all(isinstance(v, bool) for v in columns["ok"]):
        raise FileFormatError("ok must be true or false in every row")
    if not all(isinstance(v, str) for v in columns["reason"]):
        raise FileFormatError("reason must be text in every row")
    found |= {"ok": np.array(columns["ok"], bool), "reason": list(columns["reason"])}
    return pd.DataFrame(found, index=pd.RangeIndex(len(found["ok"]), name="frame"))


def in_order(frames: Sequence[int]) -> npt.NDArray[np.intp]:
    """Which row stands for frame 0, 1, 2, ….

    Raises
    ------
    FileFormatError
        When a frame is there twice, or one is missing: what lies between two frames is not guessed.
    """
    known, counts = np.unique(np.array(frames, np.int64), return_counts=True)
    twice = known[counts > 1]
    if len(twice):
        raise FileFormatError(f"frame{_s(twice)} {listed(twice)} {_have(twice)} more than one row")
    wanted = np.arange(len(known))
    if not np.array_equal(known, wanted):
        missing = wanted[~np.isin(wanted, known)]
        raise FileFormatError(
            f"frame{_s(missing)} {listed(missing)} {'are' if len(missing) > 1 else 'is'} missing; frames count from 0, "
            f"and each has a row (the last one is {known[-1]})"
        )
    return np.argsort(np.array(frames, np.int64), kind="stable")


def listed(frames: Sequence[int] | npt.NDArray[Any]) -> str:
    """Frames in a sentence; of many only the first."""
    return ", ".join(str(int(t)) for t in frames[:NAMED]) + (", …" if len(frames) > NAMED else "")


def _numbers(values: Sequence[Any], name: str) -> npt.NDArray[np.float64]:
    if not all(v is None or (isinstance(v, int | float) and not isinstance(v, bool)) for v in values):
        raise FileFormatError(f"{name} must be a number in every row")
    try:
        return np.array([np.nan if v is None else v for v in values], np.float64)
    except OverflowError as error:
        raise FileFormatError(f"{name} holds a number that is too large") from error


def _s(frames: npt.NDArray[Any]) -> str:
    return "s" if len(frames) > 1 else ""


def _have(frames: npt.NDArray[Any]) -> str:
    return "have" if len(frames) > 1 else "has"
