"""ND2 files of Nikon, read frame by frame."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import Any

from specks._core.errors import FileFormatError, InputError, MissingExtraError
from specks._core.reading import reading
from specks.io.file_source import FileSource

__all__ = ["open_nd2"]


def open_nd2(path: Path, series: int = 0, level: int = 0) -> FileSource:
    """Open an ND2 file without reading its pixels.

    Parameters
    ----------
    path : Path
    series : int
        Which stage position.
    level : int
        Must be 0; these files have no pyramids.

    Raises
    ------
    FileFormatError
        When it is no ND2 file or is cut off.
    InputError
        When it has no such position.
    MissingExtraError
        When nd2 is not installed.
    """
    if level:
        raise InputError(f"level is {level}, but ND2 files have no pyramids; leave it out")
    with reading(path.name, "an ND2 file"), _nd2().ND2File(path) as file:
        sizes = dict(file.sizes)
        positions = sizes.pop("P", 1)
        if not 0 <= series < positions:
            raise InputError(f"series is {series}, but {path.name} has {positions} (0 to {positions - 1})")
        unknown = set(sizes) - set("TCZYXS")
        if unknown:
            raise FileFormatError(f"{path.name} has the axes {''.join(sizes)}; t, c, z, y and x can be used")
        is_color = "S" in sizes
        if is_color and "C" in sizes:
            raise FileFormatError(
                f"{path.name} has both channels and color samples; save the channels as gray images"
            )
        letters = "".join(sizes).replace("S", "C").lower()
        steps = _steps(file, letters)
    return FileSource(
        _frames,
        (str(path), series if positions > 1 else None),
        letters,
        spacing=steps,
        units=dict.fromkeys(steps, "micrometer"),
        name=path.name,
        is_color=is_color,
    )


def _steps(file: Any, letters: str) -> dict[str, float]:
    """Size of a pixel in micrometers; nothing where it was not calibrated, for which nd2 gives 1."""
    channels = None if file.is_legacy else file.metadata.channels  # the old JPEG 2000 files do not say
    known = channels[0].volume.axesCalibrated if channels else (True, True, True)
    if not (known[0] and known[1]):
        return {}
    voxel = file.voxel_size()
    return {a: float(getattr(voxel, a)) for a in "zyx" if a in letters and getattr(voxel, a)}


def _nd2() -> Any:
    try:
        import nd2
    except ImportError as error:
        raise MissingExtraError("Opening ND2 files", "vendor") from error
    return nd2


def _frames(path: str, position: int | None) -> Any:
    """A Dask array of one frame a chunk, of one stage position."""
    file = _nd2().ND2File(path)
    array = file.to_dask(wrapper=False)
    if position is not None:
        array = array[(slice(None),) * list(file.sizes).index("P") + (position,)]
    weakref.finalize(array, file.close)
    return array
