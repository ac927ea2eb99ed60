"""Folders of Zarr on disk."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["array_in_store", "is_zarr"]


def is_zarr(folder: Path) -> bool:
    """Whether a folder is a Zarr array or group, of format 2 or 3."""
    return any((folder / name).is_file() for name in ("zarr.json", ".zarray", ".zgroup"))


def array_in_store(folder: str | os.PathLike[str], key: str = "") -> str:
    """What to call an array where it cannot be read: by its place in the store that it is part of.

    Parameters
    ----------
    folder : path-like
        Of the array, or of a group above it.
    key : str, optional
        Of the array below `folder`.

    Examples
    --------
    >>> array_in_store("results/found.zarr", "labels/particles/s0")
    'the array labels/particles/s0 of found.zarr'
    """
    place = store = Path(os.path.abspath(folder))
    while is_zarr(store.parent):
        store = store.parent
    inside = (place / key).relative_to(store).as_posix()
    return store.name if inside == "." else f"the array {inside} of {store.name}"
