"""What a segmenter answers for one frame, as a label image and a table in pixels of the source."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from specks._core.errors import InputError
from specks.measure import measure_objects
from specks.measure.instances import instance_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Answer", "Returns", "SegmentedFrame", "understand"]

#: What a segmenter gives: "auto" tells by shape, type and values.
Returns = Literal["auto", "labels", "instances", "classes"]
Array = npt.NDArray[Any]
#: Most classes that an image without a word on what it is may have.
_MOST_CLASSES = 8


@dataclass(frozen=True)
class SegmentedFrame:
    """What was found in one frame.

    Parameters
    ----------
    labels : array of int32, shape ([z,] y, x)
        Label image on the pixels of the source; of objects that overlap the last lies on top.
    objects : pandas.DataFrame
        Object table of the frame, in pixels of the source, with ``class``.
    reason : str
        Why nothing could be looked for; empty if all was well.
    notes : tuple of str
        What is worth knowing, such as instances without a pixel.
    """

    labels: npt.NDArray[np.int32]
    objects: pd.DataFrame
    reason: str = ""
    notes: tuple[str, ...] = ()

    @property
    def area_fraction(self) -> float:
        """The share of pixels that belong to an object."""
        return float(np.count_nonzero(self.labels)) / self.labels.size


@dataclass(frozen=True)
class Answer:
    """How answers are to be taken.

    Parameters
    ----------
    shape : tuple of int
        Of a frame of the source, ([z,] y, x).
    min_size : int
        Smallest object that is kept, in pixels of the source.
    edge_buffer : int
        How many of them from the side still count as touching it.
    returns : str
    """

    shape: tuple[int, ...]
    min_size: int
    edge_buffer: int
    returns: Returns = "auto"

    def __post_init__(self) -> None:
        if self.returns not in get_args(Returns):
            raise InputError(
                f"the segmenter returns {self.returns!r}; it must be {', '.join(map(repr, get_args(Returns)))}"
            )


def understand(answer: Any, how: Answer, frame: int) -> SegmentedFrame:
    """Take what a segmenter gave for one frame.

    Parameters
    ----------
    answer : array
        Instances (n, [z,] y, x), whose values are classes; or an image ([z,] y, x): a mask (bool), a
        probability (float, cut at 0.5), labels, or classes. Of whole numbers, each of which is in one
        piece, it is labels; with few numbers in more pieces it is classes. It may have fewer or more pixels
        than the source: positions and sizes are converted, each axis by itself.
    how : Answer
    frame : int

    Raises
    ------
    InputError
        When it is none of these; the frame is named.
    """
    ndim = len(how.shape)
    found = np.asarray(answer)
    if found.ndim not in (ndim, ndim + 1) or 0 in found.shape[-ndim:]:
        wanted = "([z,] y, x) or (n, [z,] y, x)" if ndim == 3 else "(y, x) or (n, y, x)"
        raise InputError(
            f"frame {frame}: the segmenter gave an array of shape {found.shape}; expected {wanted}"
        )
    if found.dtype.kind == "f":
        found = _cut(found, frame)
    if found.dtype.kind not in "bui":
        raise InputError(
            f"frame {frame}: the segmenter gave values of type {found.dtype}; expected whole numbers"
        )
    scale = tuple(there / here for there, here in zip(how.shape, found.shape[-ndim:], strict=True))
    labels = np.zeros(found.shape[-ndim:], np.int32)
    notes: tuple[str, ...] = ()
    if (found.ndim > ndim) != (how.returns == "instances") and how.returns != "auto":
        raise InputError(
            f"frame {frame}: the segmenter gave an array of shape {found.shape}, but says that it returns {how.returns}"
        )
    if found.ndim > ndim:
        columns = _columns(ndim)
        objects, empty = instance_table(
            found, columns=columns, edge_buffer=how.edge_buffer, frame=frame, out=labels
        )
        notes = (f"frame {frame}: instances {', '.join(map(str, empty))} have no pixel",) if empty else ()
    else:
        kinds, labels = _separate(found, labels, how.returns)
        objects = measure_objects(
            labels, columns=_columns(ndim), axes="zyx"[-ndim:], edge_buffer=how.edge_buffer
        ).assign(frame=frame)
        objects["class"] = kinds[objects["label"].to_numpy()] if kinds is not None else 1
    if any(s != 1 for s in scale):
        objects = _in_source_pixels(objects, found.shape[-ndim:], scale, how.edge_buffer)
        labels = _resampled(labels, how.shape)
    return _without_small(labels, objects, how.min_size, notes)


def _columns(ndim: int) -> tuple[str, ...]:
    size = "area" if ndim == 2 else "volume"
    return (size, "equivalent_diameter", "radius", "touches_side", *(f"bbox-{i}" for i in range(2 * ndim)))


def _cut(found: Array, frame: int) -> Array:
    """Probabilities as a mask."""
    with np.errstate(invalid="ignore"):
        if (found < 0).any() or (found > 1).any():
            raise InputError(
                f"frame {frame}: the segmenter gave floats from {np.nanmin(found):g} to {np.nanmax(found):g}; expected "
                "probabilities from 0 to 1, or whole numbers"
            )
        return found >= 0.5


def _separate(
    found: Array, labels: npt.NDArray[np.int32], returns: Returns
) -> tuple[npt.NDArray[np.int64] | None, npt.NDArray[np.int32]]:
    """Label image, and the class of each label; None where all are of one."""
    from skimage.measure import label

    if found.dtype.kind == "i" and found.size and found.min() < 0:
        raise InputError(f"the segmenter gave {found.min()}; labels and classes must be 0 or more")
    pieces, count = label(found.astype(np.int64), background=0, connectivity=found.ndim, return_num=True)
    values = np.unique(found[found > 0])
    few = len(values) <= _MOST_CLASSES
    if returns == "labels" or (returns == "auto" and (len(values) == count or not few)):
        if len(values) and int(values[-1]) > np.iinfo(np.int32).max:
            raise InputError(f"the segmenter gave the label {values[-1]}; labels must fit 32 bits")
        labels[...] = found
        return None, labels
    labels[...] = pieces
    kinds = np.zeros(count + 1, np.int64)
    kinds[pieces.ravel()] = found.ravel()
    one = found.dtype == bool or values.tolist() == [255]  # a mask as pictures hold it
    return None if one else kinds, labels


def _in_source_pixels(
    objects: pd.DataFrame, shape: Sequence[int], scale: Sequence[float], edge_buffer: int
) -> pd.DataFrame:
    """Positions, sizes and nearness to the sides as they are on the pixels of the source."""
    ndim, moved = len(scale), objects.copy()
    for axis, s in zip("zyx"[-ndim:], scale, strict=True):
        moved[axis] = (objects[axis] + 0.5) * s - 0.5
    size = "area" if ndim == 2 else "volume"
    moved[size] = objects[size] * math.prod(scale)
    for name in ("equivalent_diameter", "radius"):
        moved[name] = objects[name] * math.prod(scale) ** (1 / ndim)
    near = np.zeros(len(objects), bool)
    for i in (ndim - 2, ndim - 1):
        low, high = (objects[f"bbox-{k}"].to_numpy(float) for k in (i, i + ndim))
        near |= np.minimum(low, shape[i] - high) * scale[i] <= edge_buffer
    moved["touches_side"] = near
    return moved


def _resampled(labels: npt.NDArray[np.int32], shape: Sequence[int]) -> npt.NDArray[np.int32]:
    """The nearest label for every pixel of the source."""
    places = [
        np.minimum(((np.arange(there) + 0.5) * here / there).astype(np.intp), here - 1)
        for there, here in zip(shape, labels.shape, strict=True)
    ]
    return np.ascontiguousarray(labels[np.ix_(*places)])


def _without_small(
    labels: npt.NDArray[np.int32], objects: pd.DataFrame, min_size: int, notes: tuple[str, ...]
) -> SegmentedFrame:
    """Leave out small objects, in table and image, and columns that were only on the way."""
    size = "area" if "area" in objects else "volume"
    objects = objects.drop(columns=[name for name in objects if str(name).startswith("bbox-")])
    kept = (objects[size] >= min_size).to_numpy(bool)
    if not kept.all():
        small = np.isin(labels, objects["label"].to_numpy()[~kept])
        labels = np.where(small, np.int32(0), labels)
    return SegmentedFrame(labels, objects[kept].reset_index(drop=True), "", notes)
