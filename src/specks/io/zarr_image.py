"""Plain Zarr: an array, a group with one array, or arrays in one folder named after their spacing."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import zarr

from specks._core.axes import guess_axes
from specks._core.errors import InputError, UnsupportedFormatError
from specks._core.reading import reading
from specks._core.zarr_place import array_in_store, is_zarr
from specks.io.file_source import FileSource, open_array
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
        arrays = _arrays(path)
        levels = _by_spacing(_arrays(path, "images") or arrays)
        if levels:
            if not 0 <= level < len(levels):
                raise InputError(
                    f"level is {level}, but {path.name} has {len(levels)} (0 to {len(levels) - 1})"
                )
            return _array(path, levels[level], zarr.open_array(path / levels[level], mode="r"))
        if len(arrays) == 1:
            return _array(path, *next(iter(arrays.items())))
    names = ", ".join(p.name for p in sorted(path.iterdir()) if p.is_dir()) or "nothing"
    raise UnsupportedFormatError(
        f"{path.name} is a Zarr group without OME-Zarr metadata that holds {names}; open one array in it by its path"
    )


def _arrays(folder: Path, below: str = "") -> dict[str, Any]:
    """Arrays right below a folder of a store by their keys; whatever else lies there is passed over."""
    place = folder / below
    found = [p for p in sorted(place.iterdir()) if is_zarr(p)] if place.is_dir() else []
    nodes = {p.relative_to(folder).as_posix(): zarr.open(p, mode="r") for p in found}
    return {key: node for key, node in nodes.items() if isinstance(node, zarr.Array)}


def _by_spacing(arrays: dict[str, Any]) -> list[str]:
    """Keys of arrays that are named z-y-x and have a spacing, finest first."""
    sizes = {
        key: math.prod(_spacing(array))
        for key, array in arrays.items()
        if _SPACING_NAME.fullmatch(key.rpartition("/")[2]) and _spacing(array)
    }
    return sorted(sizes, key=sizes.__getitem__)


def _spacing(array: Any) -> list[float]:
    given = array.attrs.get("spacing")
    if not isinstance(given, list | tuple) or len(given) != array.ndim:
        return []
    good = all(isinstance(s, int | float) and math.isfinite(s) and s > 0 for s in given)
    return [float(s) for s in given] if good else []


def _array(path: Path, key: str, array: Any) -> FileSource:
    named = "".join(str(n)[:1].lower() for n in getattr(array.metadata, "dimension_names", None) or () if n)
    usable = len(named) == array.ndim == len(set(named)) and set("yx") <= set(named) <= set("tczyx")
    letters = named if usable else guess_axes(array.ndim)
    spacing = dict(zip(letters, _spacing(array), strict=False))
    return FileSource(
        open_array,
        (str(path), key),
        letters,
        spacing=spacing,
        units=dict.fromkeys(spacing, "nanometer"),
        name=path.name,
        place=array_in_store(path, key),
    )
