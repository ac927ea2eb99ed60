"""What OME-Zarr 0.5 wants to stand where: levels, chunks, codecs and metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from zarr.codecs import BloscCodec, ZstdCodec

from specks._core.atomic import write_text
from specks._core.axes import PIXEL, Geometry

__all__ = ["VERSION", "create_array", "level_shapes", "multiscales", "write_group"]

VERSION = "0.5"
CHUNK = 1024
#: The coarsest level is at most this wide, so that napari can show a whole one in 3D.
COARSEST = 512
_TYPES = {"t": "time", "c": "channel"}


def level_shapes(shape: Sequence[int]) -> list[tuple[int, ...]]:
    """Shapes of a pyramid, finest first: y and x are halved, all else is kept.

    Planes keep their number, because napari takes the index of a plane from the finest level.
    """
    shapes = [tuple(shape)]
    while max(shapes[-1][-2:]) > COARSEST:
        *rest, y, x = shapes[-1]
        shapes.append((*rest, (y + 1) // 2, (x + 1) // 2))
    return shapes


def create_array(path: Path, shape: Sequence[int], dtype: Any, axes: str) -> Any:
    """An empty Zarr array of one plane a chunk, at most 1024 x 1024.

    Bytes are packed by zstd alone: on micrographs shuffling their bits costs time and space. Wider
    numbers are shuffled first.
    """
    kind = np.dtype(dtype)
    packed = BloscCodec(cname="zstd", clevel=1, shuffle="shuffle", typesize=kind.itemsize)
    return zarr.create_array(
        path,
        shape=tuple(shape),
        dtype=kind,
        chunks=(1,) * (len(shape) - 2) + tuple(min(CHUNK, n) for n in shape[-2:]),
        compressors=ZstdCodec(level=1, checksum=True) if kind.itemsize == 1 else packed,
        dimension_names=list(axes),
    )


def multiscales(name: str, geometry: Geometry, levels: Sequence[str], method: str) -> dict[str, Any]:
    """The ``ome`` metadata of one image.

    Parameters
    ----------
    name : str
    geometry : Geometry
        Of the finest level.
    levels : sequence of str
        Paths of the arrays in the group, finest first; each half as wide as the one before.
    method : str
        How the coarse levels were made.
    """
    axes: list[dict[str, str]] = []
    for letter, unit in zip(geometry.axes, geometry.units, strict=True):
        axes.append({"name": letter, "type": _TYPES.get(letter, "space")})
        if unit != PIXEL and letter != "c":
            axes[-1]["unit"] = unit
    datasets = []
    for level, path in enumerate(levels):
        factors = [2**level if letter in "yx" else 1 for letter in geometry.axes]
        steps = list(zip(geometry.spacing, factors, strict=True))
        transformations = [
            {"type": "scale", "scale": [s * f for s, f in steps]},
            # The centre of a coarse pixel lies between the centres of those it was made of.
            {"type": "translation", "translation": [s * (f - 1) / 2 for s, f in steps]},
        ]
        datasets.append({"path": path, "coordinateTransformations": transformations})
    image = {"name": name, "axes": axes, "datasets": datasets, "type": method}
    return {"version": VERSION, "multiscales": [image]}


def write_group(folder: Path, attributes: Mapping[str, Any]) -> None:
    """Make a folder a Zarr group with these attributes; from then on it can be found by readers."""
    folder.mkdir(exist_ok=True)
    document = {"zarr_format": 3, "node_type": "group", "attributes": attributes}
    write_text(folder / "zarr.json", json.dumps(document, indent=2, allow_nan=False))
