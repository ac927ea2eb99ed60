"""Where the labels lie in what is given as labels."""

from __future__ import annotations

from pathlib import Path

import zarr

from specks._core.errors import InputError
from specks._core.paths import existing
from specks._core.reading import reading
from specks._core.zarr_place import is_zarr
from specks.io.omezarr_read import is_ome, ome_metadata

__all__ = ["label_place"]

#: Pictures whose compression changes numbers.
_LOSSY = (".jpg", ".jpeg")


def label_place(path: Path, name: str = "labels") -> Path:
    """The label image of a store that holds one beside its image; any other path as it is.

    Parameters
    ----------
    path : Path
        A file, a folder or a Zarr store.
    name : str, optional
        The argument, for messages.

    Raises
    ------
    InputError
        When an OME-Zarr holds several label images or none, or a picture cannot hold any.
    """
    place = existing(path, name)
    if place.suffix.lower() in _LOSSY and place.is_file():
        raise InputError(f"{name} is {place}, but a JPEG holds no labels; give a TIFF, PNG, NPY or OME-Zarr")
    if not (place.is_dir() and is_zarr(place)):
        return place
    with reading(place.name, "a Zarr store"):
        node = zarr.open(place, mode="r")
        if not isinstance(node, zarr.Group) or not is_ome(node.attrs):
            return place
        if "image-label" in ome_metadata(node.attrs):
            return place
        folder = place / "labels"
        listed = ome_metadata(zarr.open_group(folder, mode="r").attrs)["labels"] if is_zarr(folder) else []
        found = [str(label) for label in listed]
    if len(found) == 1 and found[0] not in ("", "..") and found[0] == Path(found[0]).name:
        return folder / found[0]
    if not found:
        raise InputError(
            f"{name} is {place}, which holds no labels; give a label image, or a result with labels"
        )
    raise InputError(
        f"{name} is {place}, which holds {len(found)} label images ({', '.join(found)}); "
        f"give one of them, such as {folder / found[0]}"
    )
