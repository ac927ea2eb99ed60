"""Open any image."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, cast

from specks._core.axes import guess_axes, resolve_geometry
from specks._core.errors import InputError
from specks._core.paths import existing
from specks._core.source import Source, array_source, as_array
from specks._core.zarr_place import is_zarr
from specks.io.color import LuminanceSource, channels_differ
from specks.io.formats import open_file, open_frames, pick_channel

__all__ = ["as_source", "open_image"]


def open_image(
    path: str | os.PathLike[str],
    *,
    axes: str | None = None,
    channel: int | None = None,
    spacing: float | Sequence[float] | None = None,
    units: str | Sequence[str] | None = None,
    series: int = 0,
    level: int = 0,
    ruined: Literal["refuse", "blank"] = "refuse",
) -> Source:
    """Open an image file, a folder of frames or a Zarr store without reading its pixels.

    Parameters
    ----------
    path : path-like
        TIFF, OME-TIFF, ImageJ TIFF, PNG, JPEG, BMP, NPY; a Zarr array or group, OME-Zarr; a
        folder with one picture for each frame, whose names differ in a number; MRC and vendor
        formats with the extras ``io`` and ``vendor``.
    axes : str, optional
        What the axes mean, such as ``"tyx"``; in place of what the file says.
    channel : int, optional
        Which channel to take, from 0. Without it an image of several channels keeps its axis
        ``c``, and a color picture is read as its brightness.
    spacing : float or sequence of float, optional
        Size of a pixel, in place of what the file says; ``1`` forces pixels.
    units : str or sequence of str, optional
        Unit of `spacing`.
    series : int, optional
        Which image, where a file holds several.
    level : int, optional
        Which level of a pyramid; 0 is the finest.
    ruined : {"refuse", "blank"}, optional
        What becomes of frames in a folder that cannot be read, or are of another size or type than most:
        an error, or frames that are blank (0, or NaN in an image of floats) and named in `Source.ruined`.

    Returns
    -------
    Source
        With axes in the order t, c, z, y, x, in native byte order. Sources of numbered frames have
        `frame_numbers` and `frame_paths`; of others they are None.

    Raises
    ------
    NotFoundError
        When there is nothing at `path`.
    FileFormatError
        When the file is damaged, cut off, or not what its name says.
    UnsupportedFormatError
        When there is no reader for it.
    MissingExtraError
        When its reader is not installed.
    InputError
        When `axes`, `channel`, `spacing`, `series` or `level` do not fit the image.

    Warns
    -----
    UserWarning
        When a color picture is read as its brightness, or frames are ruined and blank.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(Path(folder) / "stack.npy", np.zeros((3, 40, 50), np.uint8))
    ...     image = open_image(Path(folder) / "stack.npy", axes="tyx", spacing=0.5, units="um")
    ...     image.shape, image.axes, image.geometry.spacing, image.geometry.length_unit
    ((3, 40, 50), 'tyx', (1.0, 0.5, 0.5), 'micrometer')
    """
    place = Path(os.path.abspath(existing(path)))  # workers of an executor have folders of their own
    if place.is_dir() and not is_zarr(place):
        if series or level:
            raise InputError(
                f"series is {series} and level is {level}, but {place.name} is a folder of frames; leave them out"
            )
        frames = open_frames(place, channel, ruined)
        _warn_of_ruins(frames)
        good = next(t for t in range(frames.shape[0]) if t not in frames.ruined)
        _warn_of_color(frames.frame(good), frames.name)
        return _described(frames, axes, None, spacing, units)
    source = open_file(place, series, level)
    return _described(source, axes, channel, spacing, units)


def as_source(
    image: Any,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    units: str | Sequence[str] | None = None,
    channel: int | None = None,
    ruined: Literal["refuse", "blank"] = "refuse",
) -> Source:
    """Lazy view of any image, without a channel axis: what every engine starts with.

    Parameters
    ----------
    image : array, path-like or Source
        A NumPy, Dask or Zarr array, a memory map, a path for `open_image`, or a source.
    axes : str, optional
        What the axes mean; guessed from their number for a bare array.
    spacing : float or sequence of float, optional
        Size of a pixel, in place of what the image says; ``1`` forces pixels.
    units : str or sequence of str, optional
        Unit of `spacing`.
    channel : int, optional
        Which channel to take, from 0.
    ruined : {"refuse", "blank"}, optional
        As for `open_image`.

    Returns
    -------
    Source
        With the axes ``[t][z]yx``.

    Raises
    ------
    InputError
        When it is no image, or has channels and `channel` is not given. Otherwise as `open_image`.

    Examples
    --------
    >>> import numpy as np
    >>> as_source(np.zeros((5, 40, 50))).axes
    'zyx'
    """
    if isinstance(image, str | os.PathLike):
        source = open_image(image, axes=axes, channel=channel, spacing=spacing, units=units, ruined=ruined)
    elif isinstance(image, Source):
        source = _described(image, axes, channel, spacing, units)
    else:
        source = _from_array(image, axes, channel, spacing, units)
    if "c" in source.axes:
        count = source.shape[source.axes.index("c")]
        raise InputError(
            f'the image has {count} channels (axes "{source.axes}"); say which one to take with channel=0 to {count - 1}'
        )
    return source


def _described(
    source: Source,
    axes: str | None,
    channel: int | None,
    spacing: float | Sequence[float] | None,
    units: str | Sequence[str] | None,
) -> Source:
    """Apply what the caller says to what the image declares."""
    if isinstance(axes, str) and "c" in axes:
        source = source.with_geometry(resolve_geometry(source.geometry, axes))
        axes = axes.replace("c", "") if channel is not None else axes
    if channel is not None or not isinstance(axes, str) or "c" not in axes:
        picked = pick_channel(source, channel)
        if picked is not source:
            _warn_of_color(picked, source.name)
        source = picked
    return source.with_geometry(resolve_geometry(source.geometry, axes, spacing, units))


def _warn_of_ruins(frames: Source) -> None:
    if frames.ruined:
        first = min(frames.ruined)
        more = f" and {len(frames.ruined) - 1} more" if len(frames.ruined) > 1 else ""
        warnings.warn(
            f"frame {first}{more} of {frames.name} is blank instead: {frames.ruined[first]}", stacklevel=4
        )


def _warn_of_color(picked: Source, name: str) -> None:
    if isinstance(picked, LuminanceSource) and channels_differ(picked.source):
        warnings.warn(
            f"{name} is in color, and its brightness is used; say channel=0 (red), 1 (green) or 2 (blue) if one of "
            "them is meant",
            stacklevel=4,
        )


def _from_array(
    array: Any,
    axes: str | None,
    channel: int | None,
    spacing: float | Sequence[float] | None,
    units: str | Sequence[str] | None,
) -> Source:
    """Source of an array; colors along the last axis are told from an x axis by their number."""
    array = as_array(array)
    shape = tuple(array.shape)
    colors = len(shape) > 2 and shape[-1] in (3, 4) and len(axes or "") != len(shape)
    if colors and channel is None:
        raise InputError(
            f"the image has the shape {shape}, which looks like colors along the last axis; take one of them with "
            "channel=0 (red), 1 (green) or 2 (blue), give their mean, image[..., :3].mean(axis=-1), or, if they are no "
            f'colors, say what the axes mean, such as axes="{guess_axes(min(len(shape), 5))}"'
        )
    if colors:
        if not -shape[-1] <= cast(int, channel) < shape[-1]:
            raise InputError(
                f"channel is {channel}, but the image has {shape[-1]} channels (0 to {shape[-1] - 1})"
            )
        array, channel = array[..., channel], None
    return _described(array_source(array, axes), axes, channel, spacing, units)
