"""From overlapping instances to tables of objects."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from specks._core.axes import Geometry, resolve_geometry
from specks._core.errors import InputError
from specks._core.source import Source, array_source, as_array
from specks.measure._columns import Moments, choose_columns, position_columns
from specks.measure._instance_kernels import instance_sums
from specks.measure._sums import MARGIN, ObjectSums, border_distance, merge, sum_block

if TYPE_CHECKING:
    import pandas as pd

    from specks.measure._columns import Column

__all__ = ["instance_table", "measure_instances"]

#: Pixels that are read at once.
_PIECE_PIXELS = 2**24
#: Types that the kernel is compiled for, and what others become.
_KINDS = {"int8": "i2", "uint32": "i8", "uint64": "i8"}


def measure_instances(
    instances: Any,
    image: Any = None,
    *,
    columns: Literal["basic", "all"] | Sequence[str] = "basic",
    edge_buffer: int = 8,
    frame: int = 0,
    spacing: float | Sequence[float] | None = None,
    units: str | None = None,
    out: npt.NDArray[Any] | None = None,
) -> pd.DataFrame:
    """Measure objects that may overlap, one row an instance.

    Each instance is measured from all of its own pixels: where two overlap, both have them. The
    stack is read once, a few instances at a time.

    Parameters
    ----------
    instances : array of int or bool, shape (n, [z,] y, x)
        One image an object, 0 where it is not; other values are its class, as instance segmenters
        give it. NumPy array or a lazy one.
    image : array, shape ([z,] y, x), optional
        What the intensity is taken from; NaN is left out.
    columns : {"basic", "all"} or sequence of str
        As for `measure_objects`.
    edge_buffer : int
        How many pixels from the border of the image in y or x still count as touching its side.
    frame : int
        Written to the column ``frame``.
    spacing : float or sequence of float, optional
        Size of a pixel along the spatial axes; pixels when not given.
    units : str, optional
        Unit of `spacing`, such as "nm".
    out : array of int, shape ([z,] y, x), optional
        Is filled with a label image: where instances overlap, the last of them lies on top.

    Returns
    -------
    pandas.DataFrame
        The columns of `measure_objects`, and ``class``: the largest value of the instance.
        ``label`` is 1 + the index of the instance in the stack, whether or not others are empty.

    Warns
    -----
    UserWarning
        When instances have no pixel; they are named and have no row.

    Raises
    ------
    InputError
        When there are no whole numbers, negative ones, or shapes, columns or spacing do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from specks.measure import measure_instances
    >>> stack = np.zeros((2, 40, 40), np.uint8)
    >>> stack[0, 10:20, 10:20] = 1
    >>> stack[1, 15:25, 15:25] = 2
    >>> measure_instances(stack)[["label", "y", "x", "area", "class"]]
       label     y     x   area  class
    0      1  14.5  14.5  100.0      1
    1      2  19.5  19.5  100.0      2
    """
    table, empty = instance_table(
        instances,
        image,
        columns=columns,
        edge_buffer=edge_buffer,
        frame=frame,
        spacing=spacing,
        units=units,
        out=out,
    )
    if empty:
        warnings.warn(
            f"instances {', '.join(map(str, empty[:10]))}{', …' if len(empty) > 10 else ''} of frame {frame} have no "
            "pixel and no row",
            stacklevel=2,
        )
    return table


def instance_table(
    instances: Any,
    image: Any = None,
    *,
    columns: Literal["basic", "all"] | Sequence[str] = "basic",
    edge_buffer: int = 8,
    frame: int = 0,
    spacing: float | Sequence[float] | None = None,
    units: str | None = None,
    out: npt.NDArray[Any] | None = None,
) -> tuple[pd.DataFrame, list[int]]:
    """What `measure_instances` gives, and the labels of empty instances instead of a warning."""
    import pandas as pd

    stack = as_array(instances, "instances")
    shape = tuple(int(n) for n in stack.shape)
    _check(stack, shape, image, edge_buffer)
    geometry = resolve_geometry(Geometry.of("zyx"[-(len(shape) - 1) :]), None, spacing, units)
    chosen = choose_columns(columns, geometry, has_image=image is not None)
    source = array_source(stack, name="instances") if shape[0] else None
    labels = _label_image(out, shape[1:])
    sums, kinds = _summed(source, shape, frame, labels)
    if out is not None and labels is not out:
        out[...] = labels
    if source is not None and any(c.needs for c in chosen):
        light = None if image is None else array_source(image, geometry.axes, name="image")
        sums = _summed_by_crop(source, sums, light, chosen)
    full = sums.shape[:, 0] > 0
    empty = (np.flatnonzero(~full) + 1).tolist()
    sums, kinds = sums.rows(full), kinds[full]
    ndim = len(geometry.axes)
    moments = Moments(sums, ndim, np.ones(ndim), border_distance(sums, shape[-2:]), edge_buffer)
    values = position_columns(moments) | {c.name: c.values(moments) for c in chosen}
    return pd.DataFrame(values | {"class": kinds}), empty


def _check(stack: Any, shape: tuple[int, ...], image: Any, edge_buffer: int) -> None:
    faults = []
    if len(shape) not in (3, 4) or 0 in shape[1:]:
        faults.append(f"instances has the shape {shape}; expected (n, y, x) or (n, z, y, x)")
    if np.dtype(stack.dtype).kind not in "bui":
        faults.append(
            f"instances has the type {stack.dtype}; expected whole numbers, 0 where an object is not"
        )
    if image is not None and tuple(as_array(image, "image").shape) != shape[1:]:
        faults.append(
            f"image has the shape {tuple(as_array(image).shape)}; expected that of an instance, {shape[1:]}"
        )
    if edge_buffer < 0:
        faults.append(f"edge_buffer is {edge_buffer}; it must be a whole number, 0 or more")
    if faults:
        raise InputError(faults)


def _label_image(out: Any, shape: tuple[int, ...]) -> npt.NDArray[np.int32]:
    """The image that the kernel fills: the caller's, one to copy into it, or an empty one."""
    if out is None:
        return np.empty((0,) * len(shape), np.int32)
    if tuple(out.shape) != shape or np.dtype(out.dtype).kind not in "ui":
        raise InputError(
            f"out is {out.dtype} of the shape {tuple(out.shape)}; expected whole numbers of {shape}"
        )
    if type(out) is np.ndarray and out.dtype == np.int32 and out.flags.c_contiguous:
        out[...] = 0
        return out
    return np.zeros(shape, np.int32)


def _summed(
    source: Source | None, shape: tuple[int, ...], frame: int, labels: npt.NDArray[np.int32]
) -> tuple[ObjectSums, npt.NDArray[np.int64]]:
    """One row an instance, empty ones too, and their classes."""
    sums = ObjectSums.zeros(frame, np.arange(1, shape[0] + 1))
    kinds, lowest = np.zeros(shape[0], np.int64), np.zeros(shape[0], np.int64)
    for first, block in _pieces(source, shape):
        piece = block.reshape(len(block), -1)
        fits = piece.shape[1] * piece.itemsize % 8 == 0
        words = piece.view(np.uint64) if fits else np.empty((len(piece), 0), np.uint64)
        found = (sums.origin, sums.shape, sums.low, sums.high)
        instance_sums(piece, words, shape[-2], shape[-1], first, labels.reshape(-1), kinds, lowest, *found)
    if (lowest < 0).any():
        worst = int(np.argmin(lowest))
        raise InputError(f"instance {worst + 1} holds {lowest[worst]}; classes must be 0 or more")
    return sums, kinds


def _pieces(source: Source | None, shape: tuple[int, ...]) -> Iterator[tuple[int, npt.NDArray[Any]]]:
    """A few instances at a time, in a type that the kernel is compiled for."""
    count = max(1, _PIECE_PIXELS // int(np.prod(shape[1:])))
    for first in range(0, shape[0] if source is not None else 0, count):
        assert source is not None
        block = source.read((slice(first, min(first + count, shape[0])), *(slice(0, n) for n in shape[1:])))
        if block.dtype == np.bool_:
            block = block.view(np.uint8)
        yield first, np.require(block, _KINDS.get(block.dtype.name, block.dtype), "C")


def _summed_by_crop(
    source: Source, found: ObjectSums, light: Source | None, chosen: Sequence[Column]
) -> ObjectSums:
    """Sums with intensities and outlines, which need the surroundings: within each bounding box."""
    outlines = any(c.needs == "outline" for c in chosen)
    ndim = len(source.shape) - 1
    parts = []
    for i in range(len(found.label)):
        box = tuple(slice(int(a), int(b)) for a, b in zip(found.low[i], found.high[i], strict=True))
        if not found.shape[i, 0]:
            parts.append(found.rows(slice(i, i + 1)))
            continue
        inside = source.read((slice(i, i + 1), *box[-ndim:]))[0] != 0
        crop = inside.reshape(-1, *inside.shape[-2:]).astype(np.int32) * np.int32(found.label[i])
        margins = ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN))
        seen = None if light is None else light.read(box[-ndim:]).reshape(crop.shape)
        beside = np.pad(crop, margins) if outlines else None
        parts.append(sum_block(crop, seen, beside, int(found.frame[i]), [s.start for s in box]))
    return merge(parts)
