"""Images in files: opened on use, sent to other processes as a path and small facts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.axes import ORDER, Geometry
from specks._core.errors import FileFormatError
from specks._core.reading import reading
from specks._core.source import Region, Source, declared_chunks, native

__all__ = ["DROPPED", "FileSource", "check_pixels", "open_array"]

#: Stands for an axis of length one that is left out.
DROPPED = "-"


def check_pixels(name: str, shape: tuple[int, ...], dtype: Any) -> np.dtype[Any]:
    """Refuse what is no image: empty, without two axes, or of other things than numbers.

    Raises
    ------
    FileFormatError
    """
    if len(shape) < 2 or min(shape) < 1:
        raise FileFormatError(
            f"{name} holds an array of shape {shape}; an image has at least a y and an x axis, none empty"
        )
    kind: np.dtype[Any] = np.dtype(dtype)
    if kind.kind not in "buifc":
        raise FileFormatError(f"{name} holds values of type {kind}; an image holds numbers")
    return kind


class FileSource(Source):
    """An array in a file, with its axes in the order t, c, z, y, x.

    Parameters
    ----------
    opener : callable
        Module-level function that returns an array-like object (`shape`, `dtype`, slicing, and
        `chunks` if it has them). It is called again in every process that the source is sent to.
    args : tuple
        Its arguments: a path and small facts.
    letters : str
        One letter of ``"tczyx"`` for each axis of the array, in the order of the file;
        `DROPPED` for an axis of length one that is left out.
    spacing : dict of str to float
        Size of a step along the axes for which it is known.
    units : dict of str to str
        Units of those.
    name : str
        For people.
    is_color : bool
        Whether ``c`` counts the samples of a color picture.
    place : str, optional
        What to call it where its pixels cannot be read; the name when not given.
    """

    portable = True

    def __init__(
        self,
        opener: Callable[..., Any],
        args: tuple[Any, ...],
        letters: str,
        *,
        spacing: dict[str, float] | None = None,
        units: dict[str, str] | None = None,
        name: str,
        is_color: bool = False,
        place: str | None = None,
    ) -> None:
        self._opener, self._args, self._array = opener, args, None
        self.name, self.is_color, self._place = name, is_color, place or name
        with reading(self._place):
            array = self._open()
            shape = tuple(int(n) for n in array.shape)
            self.dtype = check_pixels(name, shape, array.dtype).newbyteorder("=")
        axes = "".join(a for a in ORDER if a in letters)
        self._letters = letters
        self._positions = tuple(letters.index(a) for a in axes)
        self.shape = tuple(shape[i] for i in self._positions)
        steps, names = spacing or {}, units or {}
        self.geometry = Geometry.of(axes, [steps.get(a, 1.0) for a in axes], [names.get(a) for a in axes])
        chunks = declared_chunks(array)
        planes = (1,) * (len(axes) - 2) + self.shape[-2:]
        self.chunks = tuple(chunks[i] for i in self._positions) if chunks else planes

    def _open(self) -> Any:
        if self._array is None:
            self._array = self._opener(*self._args)
        return self._array

    def read(self, region: Region) -> npt.NDArray[Any]:
        index: list[Any] = [0] * len(self._letters)
        for position, part in zip(self._positions, region, strict=True):
            index[position] = part
        with reading(self._place):
            pixels = native(self._open()[tuple(index)])
        kept = sorted(self._positions)
        pixels = pixels.transpose([kept.index(p) for p in self._positions])
        expected = tuple(len(range(*part.indices(n))) for part, n in zip(region, self.shape, strict=True))
        if pixels.shape != expected:
            raise FileFormatError(
                f"{self._place} is cut off: a region of {expected} pixels was asked for, {pixels.shape} came"
            )
        return pixels

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_array": None}

    def __copy__(self) -> FileSource:
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin


def open_array(path: str, key: str) -> Any:
    """One array of a Zarr store on disk, for reading; an opener for `FileSource`."""
    import zarr

    return zarr.open_array(path, path=key, mode="r")
