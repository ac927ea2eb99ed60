"""Sums over the objects of one block, and of many blocks put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from specks.measure._object_kernels import (
    count_label_runs,
    intensity_sums,
    number_runs,
    outline,
    perimeter_counts,
    shape_sums,
)

__all__ = ["MARGIN", "ObjectSums", "border_distance", "merge", "sum_block"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Rows around a block that its outlines depend on.
MARGIN = 2
_PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))


@dataclass(frozen=True)
class ObjectSums:
    """Sums over the pixels of objects; every array has one row an object.

    Parameters
    ----------
    frame, label : array of int64, shape (n,)
    origin : array of float64, shape (n, 3)
        A pixel (z, y, x) of the object; sums over positions are relative to it.
    shape : array of float64, shape (n, 10)
        Pixels, and sums of z, y, x, zz, yy, xx, zy, zx, yx.
    low, high : array of float64, shape (n, 3)
        Bounding box; `high` is past the last pixel.
    steps : array of float64, shape (n, 3)
        Straight, diagonal and mixed steps of the outline.
    base : array of float64, shape (n,)
        An intensity of the object; sums over intensities d are relative to it.
    light : array of float64, shape (n, 9)
        Pixels that are not NaN, and sums over them of d, dd, z, y, x, dz, dy, dx.
    dimmest, brightest : array of float64, shape (n,)
    """

    frame: Ints
    label: Ints
    origin: Floats
    shape: Floats
    low: Floats
    high: Floats
    steps: Floats
    base: Floats
    light: Floats
    dimmest: Floats
    brightest: Floats

    @classmethod
    def zeros(cls, frame: int, label: Ints) -> ObjectSums:
        """Sums over no pixels."""
        n = len(label)
        return cls(
            frame=np.full(n, frame, np.int64),
            label=label,
            origin=np.zeros((n, 3)),
            shape=np.zeros((n, 10)),
            low=np.zeros((n, 3)),
            high=np.zeros((n, 3)),
            steps=np.zeros((n, 3)),
            base=np.full(n, np.nan),
            light=np.zeros((n, 9)),
            dimmest=np.full(n, np.inf),
            brightest=np.full(n, -np.inf),
        )

    def rows(self, chosen: Any) -> ObjectSums:
        """Some of the objects, chosen by a mask, by numbers or by a slice."""
        return ObjectSums(**{f.name: getattr(self, f.name)[chosen] for f in fields(self)})


def border_distance(sums: ObjectSums, shape: Sequence[int]) -> Floats:
    """Pixels between each bounding box and the nearest side in y or x of an image of that height and width."""
    after = np.array(shape) - sums.high[:, 1:]
    distance: Floats = np.minimum(sums.low[:, 1:], after).min(axis=1)
    return distance


def sum_block(
    labels: npt.NDArray[Any],
    image: npt.NDArray[Any] | None,
    padded: npt.NDArray[Any] | None,
    frame: int,
    corner: Sequence[int],
) -> ObjectSums:
    """Sum over the objects of one block of one frame.

    Parameters
    ----------
    labels : array of int32 or int64, shape (z, y, x)
    image : array of float, shape (z, y, x), optional
    padded : array like `labels`, shape (z, y + 4, x + 4), optional
        The labels and what lies around them in y and x; for the outlines.
    frame : int
    corner : sequence of int
        Where the block begins, (z, y, x).
    """
    n_runs = count_label_runs(labels)
    bits = max(4, int(2 * n_runs).bit_length())
    runs, found = np.empty((n_runs, 5), np.int32), np.empty(n_runs, np.int64)
    n = number_runs(labels, np.zeros(2**bits, np.int64), np.empty(2**bits, np.int32), 64 - bits, runs, found)
    sums = ObjectSums.zeros(frame, found[:n].copy())
    shape_sums(runs, sums.origin, sums.shape, sums.low, sums.high)
    if padded is not None:
        edge = np.zeros(padded.shape, np.bool_)
        outline(padded, edge)
        perimeter_counts(runs, padded, edge, sums.steps)
    if image is not None:
        intensity_sums(runs, image, sums.origin, sums.base, sums.light, sums.dimmest, sums.brightest)
    for positions in (sums.origin, sums.low, sums.high):
        positions += np.asarray(corner, np.float64)
    return sums


def merge(parts: Sequence[ObjectSums]) -> ObjectSums:
    """One row for each object of each frame, in the order of frames and labels.

    Floating-point sums are taken in the order of the parts.
    """
    # One field after the other: rows of all parts at once would be as large as the parts again, twice.
    frame, label, base = (_column(parts, name) for name in ("frame", "label", "base"))
    # Parts without a base come last: the first row of an object lends its origin and base to the rest.
    order = np.lexsort((np.isnan(base), label, frame))
    frame, label, base = frame[order], label[order], base[order]
    new = np.ones(len(order), bool)
    new[1:] = (np.diff(frame) != 0) | (np.diff(label) != 0)
    starts = np.flatnonzero(new)
    if len(starts) == len(order):
        return ObjectSums(**{f.name: _column(parts, f.name)[order] for f in fields(ObjectSums)})
    owner = starts[np.cumsum(new) - 1]
    origin = _column(parts, "origin")[order]
    move = origin - origin[owner]
    lift = np.nan_to_num(base) - np.nan_to_num(base[owner])

    return ObjectSums(  # what needs most memory on the way comes first
        light=np.add.reduceat(_lifted(_column(parts, "light")[order], move, lift), starts),
        shape=np.add.reduceat(_moved(_column(parts, "shape")[order], move), starts),
        frame=frame[starts],
        label=label[starts],
        origin=origin[starts],
        low=np.minimum.reduceat(_column(parts, "low")[order], starts),
        high=np.maximum.reduceat(_column(parts, "high")[order], starts),
        steps=np.add.reduceat(_column(parts, "steps")[order], starts),
        base=base[starts],
        dimmest=np.minimum.reduceat(_column(parts, "dimmest")[order], starts),
        brightest=np.maximum.reduceat(_column(parts, "brightest")[order], starts),
    )


def _column(parts: Sequence[ObjectSums], name: str) -> npt.NDArray[Any]:
    """One field of all parts."""
    return np.concatenate([getattr(part, name) for part in parts])


def _moved(shape: Floats, move: Floats) -> Floats:
    """Sums over positions after `move` was added to every position."""
    n, first, second = shape[:, :1], shape[:, 1:4], shape[:, 4:].copy()
    for column, (i, j) in enumerate(_PAIRS):
        second[:, column] += (
            move[:, i] * first[:, j] + move[:, j] * first[:, i] + shape[:, 0] * move[:, i] * move[:, j]
        )
    return np.hstack([n, first + n * move, second])


def _lifted(light: Floats, move: Floats, lift: Floats) -> Floats:
    """Sums over intensities after `move` was added to every position and `lift` to every intensity."""
    n, d, dd, position, weighted = light[:, 0], light[:, 1], light[:, 2], light[:, 3:6], light[:, 6:]
    moved = position + n[:, None] * move
    return np.column_stack(
        [
            n,
            d + n * lift,
            dd + 2 * lift * d + n * lift**2,
            moved,
            weighted + move * d[:, None] + lift[:, None] * moved,
        ]
    )
