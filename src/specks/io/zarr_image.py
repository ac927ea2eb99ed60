"""Plain Zarr: an array, a group with one array, or arrays in one folder named after their spacing."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import zarr

from specks._core.axes import guess_axes
from specks._core.errors import FileFormatError, InputError, UnsupportedFormatError
from specks.io.file_source import FileSource, open_array, reading
from specks.io.omezarr_read import is_ome, open_ome_zarr

__all__ = ["open_zarr"]

_SPACING_NAME = re.compile(r"[0-9.]+-[0-9.]+-[0-9.]+")


def open_zarr(path: Path, series: int = 0, level: int = 0) -> FileSource:
    """Open a Zarr array, or the image in a Zarr group.

    Parameters
    ----------
    path : Path
        Folder of an array or a group: OME-Zarr 0.4 or 0.5, a group that holds one array, or one
        whose arrays (or those of its group ``images``) are named after their spacing in nanometers,
        as sphero-vem writes them.
    series : int
        Which image of an OME-Zarr with several.
    level : int
        Which level of the pyramid; 0 is the finest.

    Raises
    ------
    FileFormatError
        When the metadata are broken or hold no image.
    InputError
        When there is no such series or level.
    """
    with reading(path.name, "a Zarr store"):
        node = zarr.open(path, mode="r")
        if isinstance(node, zarr.Array):
            return _array(path, "", node)
        if is_ome(node.attrs):
            return open_ome_zarr(path, node, series, level)
        levels = _by_spacing(node)
        if levels:
            if not 0 <= level < len(levels):
                raise InputError(
                    f"level is {level}, but {path.name} has {len(levels)} (0 to {len(levels) - 1})"
                )
            return _array(path, levels[level].path, levels[level])
        arrays = [a for _, a in node.arrays()]
        if len(arrays) == 1:
            return _array(path, arrays[0].path, arrays[0])
    names = ", ".join(sorted(name for name, _ in node.members())[:8]) or "nothing"
    raise UnsupportedFormatError(
        f"{path.name} is a Zarr group without OME-Zarr metadata that holds {names}; open one array in it by its path"
    )


def _by_spacing(group: zarr.Group) -> list[Any]:
    """Arrays named z-y-x with a spacing attribute, finest first."""
    parent = group.get("images", group)
    if not isinstance(parent, zarr.Group):
        return []
    arrays = [a for name, a in parent.arrays() if _SPACING_NAME.fullmatch(name) and _spacing(a)]
    return sorted(arrays, key=lambda a: math.prod(_spacing(a)))


def _spacing(array: Any) -> list[float]:
    given = array.attrs.get("spacing")
    if not isinstance(given, list | tuple) or len(given) != array.ndim:
        return []
    good = all(isinstance(s, int | float) and math.isfinite(s) and s > 0 for s in given)
    return [float(s) for s in given] if good else []


def _array(path: Path, key: str, array: Any) -> FileSource:
    named = "".join(str(n)[:1].lower() for n in getattr(array.metadata, "dimension_names", None) or () if n)
    letters = (
        named
        if len(named) == array.ndim and set(named) <= set("tczyx") and len(set(named)) == len(named)
        else guess_axes(array.ndim)
    )
    if not letters.endswith("yx"):
        raise FileFormatError(f"{path.name} has the axes {letters!r}; they must end in y and x")
    spacing = dict(zip(letters, _spacing(array), strict=False))
    return FileSource(
        open_array,
        (str(path), key),
        letters,
        spacing=spacing,
        units=dict.fromkeys(spacing, "nanometer"),
        name=path.name,
    )
