"""One lazy view of any image: facts first, pixels on request.

Everything in specks reads images through a `Source`. Sources that live in files are portable:
they pickle as a path, so that worker processes and clusters open the data themselves.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from numbers import Integral
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.axes import Geometry, check_axes, guess_axes
from specks._core.errors import InputError, NotFoundError
from specks._core.reading import reading
from specks._core.zarr_place import array_in_store

__all__ = [
    "ArraySource",
    "ChannelSource",
    "MemmapSource",
    "Region",
    "Source",
    "ZarrSource",
    "array_source",
    "as_array",
    "checked_region",
    "declared_chunks",
    "whole",
]

Region = tuple[slice, ...]


class Source(ABC):
    """A lazy image.

    Attributes
    ----------
    shape : tuple of int
    dtype : numpy.dtype
        In native byte order.
    geometry : Geometry
        Axes, spacing and units.
    chunks : tuple of int
        The shape in which reading is cheapest.
    name : str
        For people: a file name, a layer name, or ``"array"``.
    portable : bool
        Whether the source can be sent to another process (it pickles as a handle, never as pixels).
    frame_numbers : tuple of int or None
        The number of each frame along t, where files are numbered; rising, with gaps.
    frame_paths : tuple of str or None
        The file of each frame along t, where each has one.
    ruined : mapping of int to str
        Frames that could not be read and are blank instead, and why.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    geometry: Geometry
    chunks: tuple[int, ...]
    name: str = "array"
    portable: bool = False
    frame_numbers: tuple[int, ...] | None = None
    frame_paths: tuple[str, ...] | None = None
    ruined: Mapping[int, str] = MappingProxyType({})

    @abstractmethod
    def read(self, region: Region) -> npt.NDArray[Any]:
        """Read one region.

        Parameters
        ----------
        region : tuple of slice
            One slice an axis, with step 1, within the image.

        Returns
        -------
        numpy.ndarray
            Native byte order, with as many axes as the source. It may be a view: do not write to it.
        """

    @property
    def axes(self) -> str:
        """The axes string."""
        return self.geometry.axes

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of all pixels together."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize

    def with_geometry(self, geometry: Geometry) -> Source:
        """The same pixels under other axes, spacing or units."""
        import copy

        twin = copy.copy(self)
        twin.geometry = geometry
        return twin


def whole(source: Source) -> Region:
    """The region that covers all of a source; for images known to be small."""
    return tuple(slice(0, n) for n in source.shape)


def checked_region(region: Any, shape: tuple[int, ...]) -> Region:
    """A region that a caller has named, every bound written out.

    Parameters
    ----------
    region : sequence of slice
        Bounds that are left out are those of the image.
    shape : tuple of int
        Of the image.

    Raises
    ------
    InputError
        When there is not one slice an axis, or one has a step, counts from the end or leaves the image:
        what is computed between pixels would be that of other places.

    Examples
    --------
    >>> checked_region((slice(1, 3), slice(None)), (5, 40))
    (slice(1, 3, None), slice(0, 40, None))
    """
    parts = region if isinstance(region, tuple | list) else ()
    found = [_plain_part(part, n) for part, n in zip(parts, shape, strict=False)]
    plain = tuple(part for part in found if part is not None)
    if len(parts) == len(plain) == len(shape):
        return plain
    raise InputError(
        f"region is {region!r}; expected one slice for each of {len(shape)} axes, without a step and within the "
        f"shape {shape}, such as ({', '.join(f'slice(0, {min(n, 64)})' for n in shape)})"
    )


def _plain_part(part: Any, length: int) -> slice | None:
    """A part of an axis with both bounds; None when it is anything else than a run of its pixels."""
    if not isinstance(part, slice) or part.step not in (None, 1):
        return None
    start, stop = 0 if part.start is None else part.start, length if part.stop is None else part.stop
    if not (isinstance(start, Integral) and isinstance(stop, Integral)):
        return None
    return slice(int(start), int(stop)) if 0 <= int(start) <= int(stop) <= length else None


def native(array: Any) -> npt.NDArray[Any]:
    """As a NumPy array in native byte order."""
    pixels = np.asarray(array)
    return pixels if pixels.dtype.isnative else pixels.astype(pixels.dtype.newbyteorder("="))


def widened(pixels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Pixels in a type that kernels know: numba has neither half nor extended precision."""
    if pixels.dtype.kind != "f" or pixels.dtype.itemsize in (4, 8):
        return pixels
    return pixels.astype(np.float32 if pixels.dtype.itemsize < 4 else np.float64)


class ArraySource(Source):
    """Anything sliceable: NumPy arrays, Dask arrays, objects with `shape`, `dtype` and `__getitem__`."""

    def __init__(self, array: Any, geometry: Geometry | None = None, name: str = "array") -> None:
        self.array = array
        self.shape = tuple(int(n) for n in array.shape)
        self.dtype = np.dtype(array.dtype).newbyteorder("=")
        self.geometry = geometry or Geometry.of(guess_axes(len(self.shape)))
        self.name = name
        self.chunks = declared_chunks(array) or (1,) * max(0, self.ndim - 2) + self.shape[-2:]

    def read(self, region: Region) -> npt.NDArray[Any]:
        return native(self.array[region])

    def __reduce_ex__(self, protocol: Any) -> Any:
        if not self.portable:
            raise InputError(
                "image lives in the memory of this process; save it to a file (Zarr, TIFF or NPY) "
                "before using it with an executor of other processes"
            )
        return super().__reduce_ex__(protocol)

    def with_geometry(self, geometry: Geometry) -> Source:
        return ArraySource(self.array, geometry, self.name)


class MemmapSource(ArraySource):
    """A memory-mapped array of one file; pickles as the path and the layout."""

    portable = True

    def __init__(
        self, array: np.memmap[Any, Any], geometry: Geometry | None = None, name: str = "array"
    ) -> None:
        super().__init__(array, geometry, name)
        self._layout = (
            str(array.filename),
            array.dtype,
            array.shape,
            array.offset,
            "C" if array.flags.c_contiguous else "F",
        )

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _open_memmap, (*self._layout, self.geometry, self.name)

    def with_geometry(self, geometry: Geometry) -> Source:
        return MemmapSource(self.array, geometry, self.name)


def _open_memmap(
    path: str,
    dtype: np.dtype[Any],
    shape: tuple[int, ...],
    offset: int,
    order: Any,
    geometry: Geometry,
    name: str,
) -> MemmapSource:
    if not Path(path).exists():
        raise NotFoundError(f"the memory-mapped file {path} is no longer there")
    return MemmapSource(np.memmap(path, dtype, "r", offset, shape, order), geometry, name)


class ZarrSource(ArraySource):
    """A Zarr array; pickles as the path of its store and its key when it lives on disk."""

    def __init__(self, array: Any, geometry: Geometry | None = None, name: str = "array") -> None:
        super().__init__(array, geometry, name)
        root = getattr(getattr(array, "store", None), "root", None)
        self._handle = None if root is None else (str(root), str(array.path))
        self.portable = self._handle is not None

    def read(self, region: Region) -> npt.NDArray[Any]:
        with reading(array_in_store(*self._handle) if self._handle else self.name):
            return super().read(region)

    def __reduce_ex__(self, protocol: Any) -> Any:
        if self._handle is None:
            return super().__reduce_ex__(protocol)
        return _open_zarr, (*self._handle, self.geometry, self.name)

    def with_geometry(self, geometry: Geometry) -> Source:
        return ZarrSource(self.array, geometry, self.name)


def _open_zarr(root: str, key: str, geometry: Geometry, name: str) -> ZarrSource:
    import zarr

    return ZarrSource(zarr.open_array(root, path=key, mode="r"), geometry, name)


class ChannelSource(Source):
    """One channel of a source with a channel axis."""

    def __init__(self, source: Source, channel: int) -> None:
        axis = source.axes.index("c")
        count = source.shape[axis]
        if not -count <= channel < count:
            raise InputError(f"channel is {channel}, but the image has {count} channels (0 to {count - 1})")
        self.source, self.axis, self.channel = source, axis, channel % count
        self.shape = source.shape[:axis] + source.shape[axis + 1 :]
        self.dtype = source.dtype
        self.geometry = source.geometry.without("c")
        self.chunks = source.chunks[:axis] + source.chunks[axis + 1 :]
        self.name, self.portable = source.name, source.portable
        self.frame_numbers, self.frame_paths = source.frame_numbers, source.frame_paths
        self.ruined = dict(source.ruined)

    def read(self, region: Region) -> npt.NDArray[Any]:
        picked = (*region[: self.axis], slice(self.channel, self.channel + 1), *region[self.axis :])
        pixels: npt.NDArray[Any] = self.source.read(picked).take(0, axis=self.axis)
        return pixels


def array_source(array: Any, axes: str | None = None, name: str = "array") -> Source:
    """Source of an array in memory, in a memory map, in Dask or in Zarr.

    Parameters
    ----------
    array : array or Source
    axes : str, optional
        What the axes mean; guessed from their number when not given.
    name : str, optional
        What to call it in messages.

    Raises
    ------
    InputError
        When it is no array, has fewer than 2 or more than 5 axes, or an axis of length 0.
    """
    if isinstance(array, Source):
        return array
    array = as_array(array, name)
    shape = tuple(array.shape)
    if 0 in shape:
        raise InputError(f"{_subject(name)} is empty: its shape is {shape}")
    if not 2 <= len(shape) <= 5:
        raise InputError(
            f"{_subject(name)} has the shape {shape}; expected 2 to 5 axes, such as (y, x) or (z, y, x)"
        )
    letters = check_axes(axes, len(shape)) if axes is not None else guess_axes(len(shape))
    geometry = Geometry.of(letters)
    if isinstance(array, np.memmap) and _is_whole_map(array):
        return MemmapSource(array, geometry, name)
    if type(array).__module__.split(".")[0] == "zarr":
        return ZarrSource(array, geometry, name)
    return ArraySource(array, geometry, name)


def as_array(value: Any, name: str = "array") -> Any:
    """What has a shape and a type as it is, anything else (lists, numbers) as a NumPy array.

    Raises
    ------
    InputError
        When its rows are of different lengths, it is a path, or a masked array.
    """
    if isinstance(value, np.ma.MaskedArray):
        raise InputError(
            f"{_subject(name)} is a masked array, whose mask would be lost; give its .data, and ~mask as mask= where a "
            "mask is taken"
        )
    if isinstance(value, str | os.PathLike):
        raise InputError(
            f"{_subject(name)} is {os.fspath(value)!r}, a path; open it first with specks.io.open_image or open_result"
        )
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return value
    try:
        return np.asarray(value)
    except (ValueError, TypeError) as error:
        raise InputError(
            f"{_subject(name)} is {type(value).__name__} that makes no array ({error}); expected rows of equal length"
        ) from error


def _subject(name: str) -> str:
    return "the image" if name == "array" else name


def _is_whole_map(array: np.memmap[Any, Any]) -> bool:
    """Whether a memory map is the one that was opened, not a view into it."""
    import mmap

    contiguous = array.flags.c_contiguous or array.flags.f_contiguous
    return isinstance(array.base, mmap.mmap) and array.filename is not None and bool(contiguous)


def declared_chunks(array: Any) -> tuple[int, ...] | None:
    """Chunk shape that an array declares; of Dask arrays the first chunk's."""
    chunks = getattr(array, "shards", None) or getattr(array, "chunks", None)
    if chunks is None:
        return None
    return tuple(int(c[0]) if isinstance(c, tuple) else int(c) for c in chunks)
