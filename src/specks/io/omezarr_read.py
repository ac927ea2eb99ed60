"""OME-Zarr images of the versions 0.1 to 0.5: which array, which axes, what size."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import zarr

from specks._core.errors import FileFormatError, InputError, UnsupportedFormatError
from specks._core.zarr_place import array_in_store
from specks.io.file_source import FileSource, open_array

__all__ = ["is_ome", "ome_metadata", "open_ome_zarr"]

_BY_TYPE = {"time": "t", "channel": "c"}


def ome_metadata(attrs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The OME-Zarr metadata in the attributes of a group: under ``ome`` since 0.5, bare before."""
    ome = attrs.get("ome")
    return ome if isinstance(ome, Mapping) else attrs


def is_ome(attrs: Mapping[str, Any]) -> bool:
    """Whether a group is an image, a collection of images, a plate or a well of OME-Zarr."""
    found = ome_metadata(attrs)
    return any(key in found for key in ("multiscales", "bioformats2raw.layout", "plate", "well"))


def open_ome_zarr(path: Path, group: zarr.Group, series: int = 0, level: int = 0) -> FileSource:
    """Open one level of an OME-Zarr image.

    Parameters
    ----------
    path : Path
        The folder of `group`.
    group : zarr.Group
    series : int
        Which image, where a group holds several.
    level : int
        Which level of the pyramid; 0 is the finest.

    Raises
    ------
    FileFormatError
        When the metadata contradict themselves.
    UnsupportedFormatError
        For plates and wells.
    InputError
        When there is no such series or level.
    """
    metadata = ome_metadata(group.attrs)
    if "plate" in metadata or "well" in metadata:
        raise UnsupportedFormatError(f"{path.name} is a plate or a well; open one image in it by its path")
    prefix = group.path
    if "multiscales" not in metadata:
        prefix, metadata, series = _of_collection(path, group, series)
    images = metadata["multiscales"]
    if not 0 <= series < len(images):
        raise InputError(f"series is {series}, but {path.name} has {len(images)} (0 to {len(images) - 1})")
    image = images[series]
    datasets = image["datasets"]
    if not 0 <= level < len(datasets):
        raise InputError(f"level is {level}, but {path.name} has {len(datasets)} (0 to {len(datasets) - 1})")
    key = f"{prefix}/{datasets[level]['path']}".strip("/")
    array = open_array(str(path), key)
    letters, units = _axes(image.get("axes"), array.ndim, path.name)
    scale = [
        a * b for a, b in zip(_scale(image, array.ndim), _scale(datasets[level], array.ndim), strict=True)
    ]
    return FileSource(
        open_array,
        (str(path), key),
        letters,
        spacing=dict(zip(letters, scale, strict=True)),
        units=units,
        name=path.name,
        place=array_in_store(path, key),
    )


def _of_collection(path: Path, group: zarr.Group, series: int) -> tuple[str, Mapping[str, Any], int]:
    """The image of that number in a collection as bioformats2raw writes it: groups 0, 1, 2, …"""
    count = sum(name.isdecimal() for name in group.group_keys())
    if not 0 <= series < count:
        raise InputError(f"series is {series}, but {path.name} has {count} (0 to {count - 1})")
    member = group[str(series)]
    return member.path, ome_metadata(member.attrs), 0


def _axes(axes: Any, ndim: int, name: str) -> tuple[str, dict[str, str]]:
    """Our letters, and the units that are stated for them."""
    if axes is None:  # 0.1 and 0.2 know only one order
        return "tczyx"[5 - ndim :], {}
    if len(axes) != ndim:
        raise FileFormatError(f"{name} names {len(axes)} axes, but its array has {ndim}")
    facts = [{"name": a} if isinstance(a, str) else a for a in axes]
    spatial = iter(
        "zyx"[-sum(_BY_TYPE.get(f.get("type", ""), str(f["name"])) not in ("t", "c") for f in facts) :]
    )
    letters = ""
    units = {}
    for fact in facts:
        letter = _BY_TYPE.get(fact.get("type", ""), str(fact["name"]).lower())
        letter = letter if letter in ("t", "c") else next(spatial, "?")
        letters += letter
        if isinstance(fact.get("unit"), str):
            units[letter] = fact["unit"]
    if "?" in letters or len(set(letters)) != ndim or not letters.endswith("yx"):
        raise FileFormatError(
            f"{name} has the axes {[f['name'] for f in facts]}; t, c, z, y and x can be used"
        )
    return letters, units


def _scale(holder: Mapping[str, Any], ndim: int) -> list[float]:
    """Scale of a list of transformations; 1 where there is none."""
    for transformation in holder.get("coordinateTransformations") or ():
        if transformation.get("type") == "scale":
            scale = [float(s) for s in transformation["scale"]]
            if len(scale) != ndim or not all(math.isfinite(s) and s > 0 for s in scale):
                raise ValueError(f"a scale is {scale}; it must have {ndim} positive numbers")
            return scale
    return [1.0] * ndim
