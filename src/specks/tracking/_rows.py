"""A table of objects as arrays in the order in which they are linked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks._core.axes import Geometry, resolve_geometry
from specks._core.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Rows", "position_columns", "read_rows"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Columns of size, and what of them is a radius up to a factor.
SIZES = {"radius": 1.0, "equivalent_diameter": 1.0, "area": 1 / 2, "volume": 1 / 3}
#: Rows named in a message.
NAMED = 5


@dataclass(frozen=True, eq=False)
class Rows:
    """The objects that can be linked, sorted by time and within a frame by the first axis.

    Parameters
    ----------
    order : array of int64, shape (n,)
        Row of the table that each one comes from.
    time : array of int64, shape (n,)
        In steps of the series, from 0: frames that are missing leave a gap.
    position : array of float64, shape (n, d)
        In the unit of length of the search.
    size : array of float64, shape (n,), optional
        Natural logarithm of the radius up to a constant; NaN where it is not known.
    radius : array of float64, shape (n,), optional
        In the unit of length of the search.
    label : array of int64, shape (n,), optional
        Number within its frame.
    frame : array of int64, shape (n,)
        Index along t.
    axes : array of int64, shape (d,)
        Which axes of the table the positions lie along: all along which anything differs.
    """

    order: Ints
    time: Ints
    position: Floats
    size: Floats | None
    radius: Floats | None
    label: Ints | None
    frame: Ints
    axes: Ints

    def __len__(self) -> int:
        return len(self.order)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return int(self.position.shape[1])

    @cached_property
    def times(self) -> Ints:
        """Times at which there are objects."""
        return np.unique(self.time)

    @cached_property
    def block(self) -> Ints:
        """Index into `times` of each row."""
        return np.searchsorted(self.times, self.time).astype(np.int64)

    @cached_property
    def first(self) -> Ints:
        """First row of each time, and the number of rows."""
        return np.append(np.searchsorted(self.time, self.times), len(self)).astype(np.int64)

    def later(self, gaps: int) -> Ints:
        """Index into `times` of 1 to `gaps` steps later, -1 where there is nothing; shape (times, gaps)."""
        return self._at(np.arange(1, gaps + 1))

    def earlier(self, gaps: int) -> Ints:
        """The same of 1 to `gaps` steps earlier."""
        return self._at(-np.arange(1, gaps + 1))

    def _at(self, steps: Ints) -> Ints:
        wanted = self.times[:, None] + steps
        if not len(self):
            return wanted
        at = np.minimum(np.searchsorted(self.times, wanted), len(self.times) - 1)
        return np.where(self.times[at] == wanted, at, -1).astype(np.int64)

    @cached_property
    def volume(self) -> float:
        """Of the field in which objects lie."""
        span = np.ptp(self.position, axis=0) if len(self) else np.zeros(self.ndim)
        per_frame = max(len(self) / max(len(self.times), 1), 1.0)
        # Objects do not reach the border: the outermost are about half their distance away from it.
        return float(np.prod(span * (per_frame + 1) / per_frame)) if (span > 0).all() else 1.0

    @property
    def density(self) -> float:
        """Objects of a frame in a unit of volume; never 0."""
        return max(len(self), 1) / max(len(self.times), 1) / self.volume

    @property
    def spacing(self) -> float:
        """Typical distance between objects of one frame."""
        return float(self.density ** (-1 / self.ndim))


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


def read_rows(table: Any, spacing: Any = None, units: str | None = None) -> tuple[Rows, Geometry]:
    """Check a table of objects and make arrays of it.

    Returns
    -------
    rows : Rows
        Without objects whose position is not finite.
    geometry : Geometry
        What lengths mean.

    Raises
    ------
    InputError
        When it is no table, lacks columns, or frames are no whole numbers from 0.
    """
    import pandas as pd

    if not isinstance(table, pd.DataFrame):
        raise InputError(
            f"table is {type(table).__name__}; it must be a pandas.DataFrame with a row an object"
        )
    doubled = sorted({str(name) for name in table.columns[table.columns.duplicated()]})
    if doubled:
        raise InputError(f"table has the column {doubled[0]!r} twice")
    names = position_columns(table)
    axes = "zyx"[-len(names) :]
    geometry = resolve_geometry(Geometry.of(axes), None, spacing, units)
    raw = (
        np.stack([_numbers(table, name) for name in names], axis=1)
        if len(table)
        else np.empty((0, len(names)))
    )
    frame = _whole(table, "frame")
    label = _whole(table, "label") if "label" in table.columns else None
    if label is not None:
        _check_labels(frame, label)
    time = _steps(frame, _whole(table, "frame_number") if "frame_number" in table.columns else None)
    usable = np.flatnonzero(np.isfinite(raw).all(axis=1))
    scale = np.array([1 / pixels for pixels in geometry.to_pixels(1.0)])
    position = (raw * scale)[usable]
    spread = np.ptp(position, axis=0) > 0 if len(usable) else np.ones(len(names), np.bool_)
    # An axis along which nothing ever differs says nothing, and would make the field empty.
    along = np.flatnonzero(spread) if spread.any() else np.array([len(names) - 1])
    position = position[:, along]
    order = usable[np.lexsort((position[:, 0], time[usable]))]
    place = np.full(len(table), -1)
    place[usable] = np.arange(len(usable))
    size, radius = _sizes(table, len(names), float(np.prod(scale) ** (1 / len(names))))
    return (
        Rows(
            order.astype(np.int64),
            time[order],
            np.ascontiguousarray(position[place[order]]),
            None if size is None else size[order],
            None if radius is None else radius[order],
            None if label is None else label[order],
            frame[order],
            along,
        ),
        geometry,
    )


def _numbers(table: pd.DataFrame, name: str) -> Floats:
    """A column as floats."""
    try:
        return table[name].to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        raise InputError(f"column {name!r} holds {table[name].dtype}; it must hold numbers") from None


def _whole(table: pd.DataFrame, name: str) -> Ints:
    """A column of whole numbers; frames also start from 0."""
    values = _numbers(table, name)
    rule = "whole numbers from 0" if name == "frame" else "whole numbers"
    wrong = ~np.isfinite(values) | (values != np.floor(values)) | (np.abs(values) > 2**53)
    if name == "frame":
        wrong |= values < 0
    if wrong.any():
        raise InputError(f"column {name!r} holds {values[wrong][0]:g}; it must hold {rule}")
    return values.astype(np.int64)


def _check_labels(frame: Ints, label: Ints) -> None:
    """Refuse two objects of one frame with the same label."""
    order = np.lexsort((label, frame))
    same = (np.diff(frame[order]) == 0) & (np.diff(label[order]) == 0)
    if same.any():
        pairs = [f"label {label[i]} in frame {frame[i]}" for i in order[1:][same][:NAMED]]
        more = f" and {same.sum() - NAMED} more" if same.sum() > NAMED else ""
        raise InputError(f"table has two rows for {', '.join(pairs)}{more}; an object has one row a frame")


def _steps(frame: Ints, number: Ints | None) -> Ints:
    """Time in steps of the series: by the frames' numbers where they have some, else by their index."""
    if not len(frame):
        return frame
    if number is None:
        since: Ints = frame - frame.min()
        return since
    pairs = np.unique(np.stack([frame, number], axis=1), axis=0)
    frames, numbers = pairs.T
    twice = np.flatnonzero(np.diff(frames) == 0)
    if len(twice):
        i = twice[0]
        raise InputError(
            f"frame {frames[i]} has the frame_number {numbers[i]} and {numbers[i + 1]}; it must have one"
        )
    back = np.flatnonzero(np.diff(numbers) <= 0)
    if len(back):
        i = back[0]
        raise InputError(
            f"frame_number goes from {numbers[i]} to {numbers[i + 1]} between frame {frames[i]} and {frames[i + 1]}; "
            "it must rise with the frame"
        )
    # A series of every fifth number misses nothing: the step that all gaps share is one step of time.
    step = int(np.gcd.reduce(np.diff(numbers))) if len(numbers) > 1 else 1
    time: Ints = (number - numbers[0]) // step
    return time


def _sizes(table: pd.DataFrame, ndim: int, scale: float) -> tuple[Floats | None, Floats | None]:
    """Logarithm of the radius, and the radius, of every row."""
    name = next((n for n in SIZES if n in table.columns), None)
    if name is None:
        return None, None
    values = _numbers(table, name)
    known = np.where(np.isfinite(values) & (values > 0), values, np.nan)
    size = SIZES[name] * np.log(known)
    factor = {
        "radius": 1.0,
        "equivalent_diameter": 0.5,
        "area": np.pi**-0.5,
        "volume": (4 / 3 * np.pi) ** (-1 / 3),
    }[name]
    return size, np.exp(size) * factor * scale
