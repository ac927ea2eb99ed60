"""EMD files: of the Berkeley laboratory, and of Velox."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from specks._core.axes import guess_axes, long_unit
from specks._core.errors import FileFormatError, InputError, MissingExtraError
from specks._core.reading import reading
from specks.io.file_source import FileSource

__all__ = ["open_emd"]

#: Units as EMD files spell them, where that is not how others do.
_UNITS = {
    "[n_m]": "nanometer",
    "[u_m]": "micrometer",
    "[m]": "meter",
    "[s]": "second",
    "n_m": "nanometer",
    "u_m": "micrometer",
}
_LENGTHS = frozenset({"angstrom", "nanometer", "micrometer", "millimeter", "meter", "second"})


def open_emd(path: Path, series: int = 0, level: int = 0) -> FileSource:
    """Open an image in an EMD file without reading its pixels.

    Parameters
    ----------
    path : Path
    series : int
        Which image of the file.
    level : int
        Must be 0; EMD files have no pyramids.

    Raises
    ------
    FileFormatError
        When it is no EMD file, is cut off, or holds no image.
    InputError
        When it has no such image.
    MissingExtraError
        When h5py is not installed.
    """
    if level:
        raise InputError(f"level is {level}, but EMD files have no pyramids; leave it out")
    with reading(path.name, "an EMD file"), _h5py().File(path, "r") as file:
        images = _velox(file) or _berkeley(file)
        if not images:
            raise FileFormatError(f"{path.name} holds no image; spectra and maps of them cannot be read")
        if not 0 <= series < len(images):
            raise InputError(
                f"series is {series}, but {path.name} has {len(images)} (0 to {len(images) - 1})"
            )
        key = images[series]
        describe = _velox_facts if key.startswith("Data/Image/") else _berkeley_facts
        letters, spacing, units = describe(file, key)
    return FileSource(_dataset, (str(path), key), letters, spacing=spacing, units=units, name=path.name)


def _h5py() -> Any:
    try:
        import h5py
    except ImportError as error:
        raise MissingExtraError("Opening EMD files", "vendor") from error
    return h5py


def _dataset(path: str, key: str) -> Any:
    return _h5py().File(path, "r")[key]


def _velox(file: Any) -> list[str]:
    images = file.get("Data/Image")
    return (
        [f"Data/Image/{name}/Data" for name in images if "Data" in images[name]] if images is not None else []
    )


def _velox_facts(file: Any, key: str) -> tuple[str, dict[str, float], dict[str, str]]:
    """Frames are the last axis; sizes stand in JSON, in bytes, one column a frame."""
    letters = "yx-" if file[key].shape[2] == 1 else "yxt"
    note = file[key].parent.get("Metadata")
    if note is None:
        return letters, {}, {}
    result = json.loads(bytes(note[:, 0]).split(b"\0")[0]).get("BinaryResult", {})
    if result.get("PixelUnitX") != "m":
        return letters, {}, {}
    # In nanometers, the unit in which people look at these.
    size = {axis: 1e9 * float(result["PixelSize"][side]) for axis, side in (("x", "width"), ("y", "height"))}
    return letters, size, dict.fromkeys(size, "nanometer")


def _berkeley(file: Any) -> list[str]:
    found: list[str] = []

    def look(name: str, node: Any) -> None:
        if node.attrs.get("emd_group_type") in (1, "array") and "data" in node and node["data"].ndim >= 2:
            found.append(f"{name}/data")

    file.visititems(look)
    return found


def _berkeley_facts(file: Any, key: str) -> tuple[str, dict[str, float], dict[str, str]]:
    """Every axis has a vector of positions, dim1 for the first."""
    shape = file[key].shape
    letters = guess_axes(len(shape))
    spacing: dict[str, float] = {}
    units: dict[str, str] = {}
    for number, (letter, n) in enumerate(zip(letters, shape, strict=True), 1):
        dim = file[key].parent.get(f"dim{number}")
        if dim is None or n < 2 or dim.shape[0] < 2:
            continue
        step = abs(float(dim[1]) - float(dim[0]))
        unit = dim.attrs.get("units", "")
        text = unit.decode() if isinstance(unit, bytes) else str(unit)
        name = long_unit(_UNITS.get(text, text.strip("[]")))
        if step > 0 and name in _LENGTHS:
            spacing[letter], units[letter] = step, name
    return letters, spacing, units
