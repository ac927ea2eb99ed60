"""Which reader opens which file."""

from __future__ import annotations

import importlib
from functools import partial
from pathlib import Path
from typing import Literal, cast

from specks._core.errors import InputError, UnsupportedFormatError
from specks._core.paths import existing
from specks._core.source import ChannelSource, Source
from specks.io.color import LuminanceSource
from specks.io.numbered import NumberedSource, numbered_names

__all__ = ["FORMATS", "open_file", "open_frames", "pick_channel"]

PICTURES = (".png", ".jpg", ".jpeg", ".bmp")
TIFF = (".tif", ".tiff", ".btf", ".tf8")

#: Function that opens each kind of file, by the ending of its name.
FORMATS: dict[str, str] = {
    **dict.fromkeys(TIFF, "specks.io.tiff:open_tiff"),
    **dict.fromkeys(PICTURES, "specks.io.picture:open_picture"),
    ".npy": "specks.io.npy:open_npy",
    **dict.fromkeys((".mrc", ".mrcs", ".rec", ".st", ".map", ".ali"), "specks.io.mrc:open_mrc"),
    **dict.fromkeys((".dm3", ".dm4"), "specks.io.dm:open_dm"),
    ".emd": "specks.io.emd:open_emd",
    ".nd2": "specks.io.nd2_image:open_nd2",
    ".czi": "specks.io.czi:open_czi",
}
#: Formats with several images, or levels of one, in a file.
_MANY = {FORMATS[ending] for ending in (".tif", ".dm3", ".emd", ".nd2")}


def open_file(path: Path, series: int = 0, level: int = 0) -> Source:
    """Open one image file or Zarr store by the ending of its name.

    Parameters
    ----------
    path : Path
    series, level : int
        Which image, and which level of its pyramid.

    Raises
    ------
    NotFoundError
        When there is nothing at `path`.
    UnsupportedFormatError
        When there is no reader for it.
    InputError
        When `series` or `level` is given for a format that has one of each.
    """
    if existing(path).is_dir():
        from specks.io.zarr_image import open_zarr

        return open_zarr(path, series, level)
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        known = ", ".join(FORMATS)
        raise UnsupportedFormatError(
            f"{path.name}: there is no reader for {suffix or 'a file without ending'}; known are {known}, Zarr stores and "
            "folders of frames. Save it as OME-TIFF or OME-Zarr"
        )
    module, _, name = FORMATS[suffix].partition(":")
    opener = getattr(importlib.import_module(module), name)
    if FORMATS[suffix] in _MANY:
        return cast(Source, opener(path, series, level))
    if series or level:
        raise InputError(
            f"series is {series} and level is {level}, but a {suffix} file holds one image; leave them out"
        )
    return cast(Source, opener(path))


def open_frames(
    folder: Path, channel: int | None = None, ruined: Literal["refuse", "blank"] = "refuse"
) -> NumberedSource:
    """Open a folder of numbered pictures as a time series.

    Parameters
    ----------
    folder : Path
    channel : int, optional
        Which channel of each picture; colors are read as brightness without it.
    ruined : {"refuse", "blank"}
        What becomes of frames that cannot be read or are not like the others.

    Raises
    ------
    FileFormatError
        When the folder holds no pictures, or they are not alike.
    InputError
        When their names are not those of one series.
    """
    return NumberedSource(
        folder, numbered_names(folder, PICTURES + TIFF), partial(_open_frame, channel=channel), ruined
    )


def _open_frame(path: Path, channel: int | None) -> Source:
    return pick_channel(open_file(path), channel)


def pick_channel(source: Source, channel: int | None) -> Source:
    """One channel, or the brightness of a color picture; other channels stay when none is named.

    Raises
    ------
    InputError
        When a channel is named and the image has no channels, or not that one.
    """
    if channel is not None:
        if "c" not in source.axes:
            raise InputError(
                f'channel is {channel}, but {source.name} has no channel axis (axes "{source.axes}")'
            )
        return ChannelSource(source, channel)
    return LuminanceSource(source) if getattr(source, "is_color", False) else source
