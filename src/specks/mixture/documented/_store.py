"""The original's Zarr layout: stacks by spacing, their attributes, and outputs put in place when whole."""

from __future__ import annotations

import math
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import zarr
from zarr.codecs import BloscCodec
from zarr.storage import LocalStore

from specks._core.atomic import store_faults
from specks._core.errors import FileFormatError, InputError, NotFoundError, StoreError
from specks._core.paths import existing

__all__ = [
    "MASKS",
    "POSTERIOR",
    "STACKS",
    "attributes",
    "open_root",
    "open_stack",
    "replaced",
    "spacing_name",
]

STACKS = "images"
POSTERIOR = "labels/nps/posterior"
MASKS = "labels/nps/masks"
_UNSOUND = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)


def spacing_name(spacing: str | Sequence[float]) -> str:
    """Name of the array with a spacing: ``(50, 10, 10)`` and ``(50.0, 10, 10)`` give ``"50-10-10"``.

    Raises
    ------
    InputError
        When it is neither a plain name nor three positive numbers.
    """
    if isinstance(spacing, str):
        if not re.fullmatch(r"[0-9A-Za-z_][0-9A-Za-z._+-]*", spacing):
            raise InputError(f"spacing is {spacing!r}; it must be the name of an array, such as '50-10-10'")
        return spacing
    try:
        steps = [float(step) for step in spacing]
    except (TypeError, ValueError):
        steps = []
    if len(steps) != 3 or not all(math.isfinite(step) and step > 0 for step in steps):
        raise InputError(f"spacing is {spacing!r}; it must be three positive numbers (z, y, x) in nm")
    return "-".join(str(int(step)) if step.is_integer() else str(step) for step in steps)


def open_root(root_path: str | Path) -> zarr.Group:
    """Open a store that exists, for reading and writing.

    Raises
    ------
    NotFoundError
        When there is nothing at the path; nothing is created.
    FileFormatError
        When it is no Zarr group of version 3.
    """
    path = existing(root_path, "root_path")
    if not path.is_dir():
        raise FileFormatError(f"root_path {path} is a file; it must be the folder of a Zarr store")
    try:
        group = zarr.open_group(str(path), mode="r+")
    except _UNSOUND as error:
        raise FileFormatError(f"root_path {path} is not a Zarr group") from error
    if group.metadata.zarr_format != 3:
        raise FileFormatError(f"root_path {path} is of Zarr version 2; sphero-vem's layout is version 3")
    return group


def open_stack(root: zarr.Group, folder: str, name: str) -> zarr.Array[Any]:
    """Open a (z, y, x) array of a store.

    Raises
    ------
    NotFoundError
        When it is not there; the message names those that are.
    FileFormatError
        When it is not an array with three axes.
    """
    where = f"{_path(root)}/{folder}/{name}"
    if not (_path(root) / folder / name).exists():
        held = _path(root) / folder
        known = sorted(p.name for p in held.iterdir() if p.is_dir()) if held.is_dir() else []
        raise NotFoundError(f"{where} does not exist; {folder} holds {', '.join(known) or 'nothing'}")
    try:
        stack = root[f"{folder}/{name}"]
    except _UNSOUND as error:
        raise FileFormatError(f"{where} is not a sound Zarr array") from error
    if not isinstance(stack, zarr.Array) or stack.ndim != 3 or 0 in stack.shape:
        raise FileFormatError(f"{where} must be an array of slices with the axes z, y, x")
    return stack


def attributes(source: zarr.Array[Any], *steps: dict[str, Any]) -> dict[str, Any]:
    """What an output says of itself: the spacing, what was done so far and now, and from what it was made.

    Raises
    ------
    FileFormatError
        When the source does not say its spacing or what was done to it.
    """
    held = source.attrs.asdict()
    spacing, done = held.get("spacing"), held.get("processing", [])
    if not _is_spacing(spacing):
        raise FileFormatError(
            f"{source.path} has the attribute spacing {spacing!r}; it must be three positive numbers (z, y, x) in nm"
        )
    if not isinstance(done, list):
        raise FileFormatError(
            f"{source.path} has the attribute processing {done!r}; it must be a list of steps"
        )
    return {"spacing": spacing, "processing": [*done, *steps], "inputs": [source.path]}


@contextmanager
def replaced(
    root: zarr.Group,
    folder: str,
    name: str,
    *,
    shape: tuple[int, ...],
    dtype: str,
    chunks: tuple[int, ...],
    attributes: dict[str, Any],
) -> Iterator[zarr.Array[Any]]:
    """An array written beside its place, which it takes when the body ends well.

    An older array of that name stays until then, and for good when the body raises.

    Raises
    ------
    StoreError
        When the store cannot be written.
    """
    aside = f".{name}.partial"  # always the same, so that killed runs do not pile up
    with store_faults(_path(root) / folder / name):
        parent = _writable(root, folder)
        home = _path(parent)
        array = parent.create_array(
            aside,
            shape=shape,
            dtype=dtype,
            chunks=chunks,
            compressors=BloscCodec(cname="zstd", clevel=3, shuffle="bitshuffle"),
            overwrite=True,
        )
        try:
            yield array
            array.attrs.update(attributes)
            _put_in_place(home, aside, name)
        finally:
            shutil.rmtree(home / aside, ignore_errors=True)
        _list_scales(parent)


def _writable(root: zarr.Group, folder: str) -> zarr.Group:
    try:
        return root.require_group(folder)
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{_path(root)}/{folder} cannot be written: something else is in the way") from error


def _put_in_place(home: Path, aside: str, name: str) -> None:
    old = home / f".{name}.old"
    shutil.rmtree(old, ignore_errors=True)
    if (home / name).exists():
        os.replace(home / name, old)
    os.replace(home / aside, home / name)
    shutil.rmtree(old, ignore_errors=True)


def _list_scales(group: zarr.Group) -> None:
    """Rebuild the attribute ``multiscales`` of a group from its arrays, finest voxels first."""
    scales = []
    for name, array in group.arrays():
        spacing: Any = array.attrs.asdict().get("spacing")
        if not name.startswith(".") and array.ndim == 3 and _is_spacing(spacing):
            scales.append((math.prod(spacing), name, spacing))
    datasets = [
        {"path": name, "coordinateTransformations": [{"type": "scale", "scale": spacing}]}
        for _, name, spacing in sorted(scales)
    ]
    axes = [{"name": axis, "type": "space", "unit": "nanometer"} for axis in "zyx"]
    scale: Any = {"version": "0.5", "name": "images", "axes": axes, "datasets": datasets}
    group.attrs["multiscales"] = [scale]


def _is_spacing(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 3
        and all(isinstance(v, int | float) and not isinstance(v, bool) and 0 < v < math.inf for v in value)
    )


def _path(group: zarr.Group) -> Path:
    """Folder of a group on disk."""
    return Path(str(cast(LocalStore, group.store).root)) / group.path
