"""A table of objects as arrays in the order in which they are linked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from specks._core.axes import Geometry, resolve_geometry
from specks._core.errors import InputError
from specks._core.tables import numbers
from specks.tracking._columns import Floats, Ints, position_columns, radii, time_steps, whole_numbers

__all__ = ["Floats", "Ints", "Rows", "read_rows"]

#: Objects in a frame from which on they show how large the field is.
FULL = 5
#: Pixels; where other axes are much longer, what differs less along one is the error of a drift of 0.
FLAT = 0.05
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
    radius : array of float64, shape (n,), optional
        In the unit of length of the search; NaN where it is not known.
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
    def size(self) -> Floats | None:
        """Natural logarithm of the radius."""
        return None if self.radius is None else np.log(self.radius)

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
        """Of the field of one frame in which objects lie."""
        if not len(self):
            return 1.0
        count, start = np.diff(self.first), self.first[:-1]
        high = np.maximum.reduceat(self.position, start, axis=0)
        low = np.minimum.reduceat(self.position, start, axis=0)
        full = count >= FULL
        if not full.any():  # no frame has enough of them: all frames together
            high, low = high.max(axis=0, keepdims=True), low.min(axis=0, keepdims=True)
            count, full = np.array([max(len(self) / len(count), 2.0)]), np.array([True])
        # Objects do not reach the border: the outermost are about half their distance away from it.
        sides = ((high - low) * ((count + 1) / np.maximum(count - 1, 1))[:, None])[full].mean(axis=0)
        return float(np.prod(sides)) if (sides > 0).all() else 1.0

    @property
    def density(self) -> float:
        """Objects of a frame in a unit of volume; never 0."""
        return max(len(self), 1) / max(len(self.times), 1) / self.volume

    @property
    def spacing(self) -> float:
        """Typical distance between objects of one frame."""
        return float(self.density ** (-1 / self.ndim))


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
        np.stack([numbers(table, name) for name in names], axis=1)
        if len(table)
        else np.empty((0, len(names)))
    )
    frame = whole_numbers(table, "frame")
    label = whole_numbers(table, "label") if "label" in table.columns else None
    if label is not None:
        _check_labels(frame, label)
    time = time_steps(
        frame, whole_numbers(table, "frame_number") if "frame_number" in table.columns else None
    )
    usable = np.flatnonzero(np.isfinite(raw).all(axis=1))
    scale = np.array([1 / pixels for pixels in geometry.to_pixels(1.0)])
    position = (raw * scale)[usable]
    extent = np.ptp(raw[usable], axis=0) if len(usable) else np.ones(len(names))
    spread = extent > min(FLAT, 0.01 * extent.max())
    # An axis along which nothing ever differs says nothing, and would make the field empty.
    along = np.flatnonzero(spread) if spread.any() else np.array([len(names) - 1])
    position = position[:, along]
    order = usable[np.lexsort((position[:, 0], time[usable]))]
    place = np.full(len(table), -1)
    place[usable] = np.arange(len(usable))
    radius = radii(table)
    mean_scale = float(np.prod(scale) ** (1 / len(names)))
    return (
        Rows(
            order.astype(np.int64),
            time[order],
            np.ascontiguousarray(position[place[order]]),
            None if radius is None else radius[order] * mean_scale,
            None if label is None else label[order],
            frame[order],
            along,
        ),
        geometry,
    )


def _check_labels(frame: Ints, label: Ints) -> None:
    """Refuse two objects of one frame with the same label."""
    order = np.lexsort((label, frame))
    same = (np.diff(frame[order]) == 0) & (np.diff(label[order]) == 0)
    if same.any():
        pairs = [f"label {label[i]} in frame {frame[i]}" for i in order[1:][same][:NAMED]]
        more = f" and {same.sum() - NAMED} more" if same.sum() > NAMED else ""
        raise InputError(f"table has two rows for {', '.join(pairs)}{more}; an object has one row a frame")
