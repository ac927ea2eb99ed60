"""Images without the drift: the step."""

from __future__ import annotations

import os
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt

from specks._core.axes import resolve_geometry
from specks._core.blocks import check_executor, map_blocks
from specks._core.errors import InputError
from specks._core.progress import Progress, Steps
from specks._core.provenance import Provenance, fingerprint
from specks._core.source import Source, array_source, as_array
from specks._core.step import step
from specks._core.types import Image, Model, Out, Param, Role, Runtime
from specks.drift.canvas import Canvas
from specks.drift.corrected import CorrectedImages
from specks.drift.given import as_drift, warn_of_nothing
from specks.drift.kinds import holds_objects
from specks.drift.result import Drift
from specks.io import open_image
from specks.io.formats import pick_channel

__all__ = ["correct_images"]

#: What the axes of bare arrays are, by their number.
_SERIES = {3: "tyx", 4: "tzyx", 5: "tczyx"}


@step("Correct images")
def correct_images(
    images: Image,
    drift: Model,
    border: Literal["keep", "crop", "expand"] = "keep",
    order: Literal[0, 1, 3] = 1,
    *,
    fill: Annotated[float, Param(advanced=True)] = 0.0,
    axes: Annotated[str | None, Param(advanced=True)] = None,
    channel: Annotated[int | None, Param(advanced=True)] = None,
    out: Out = None,
    executor: Runtime = None,
) -> Steps[Annotated[Any, Role.IMAGE]]:
    """Move every frame of a series back to where the sample was in the first one.

    Any images of the same field will do, not only those that the drift was estimated from: another
    channel, labels, another file. Frames are read one at a time, when they are looked at.

    Parameters
    ----------
    images : array (t, [c,] [z,] y, x), path or Source
        Brightness, masks or labels; all channels move alike.
    drift : Drift or path
        How the sample has moved. Of axes that either does not have, nothing is moved.
    border : {"keep", "crop", "expand"}
        What is shown: the place of the first frame, what all frames show that can be trusted, or all that
        any frame shows.
    order : {0, 1, 3}
        Whole pixels, linear or cubic interpolation. Masks, and whole numbers that name objects, are always
        moved by whole pixels.
    fill : float
        What stands where a frame shows nothing.
    axes : str, optional
        What the axes mean, such as "tcyx"; read from the file, else guessed from their number.
    channel : int, optional
        Which channel to take; all when not given.
    out : path, optional
        An OME-Zarr store to write the result to.
    executor : concurrent.futures.Executor, optional
        Where frames of an array in memory are worked on; threads of this process when not given.

    Returns
    -------
    numpy.ndarray or CorrectedImages
        Of the type of the images. For a NumPy array, unless it goes to `out`, an array; else lazy: it slices
        like an array, has the pixel size of the images, an ``origin``, ``as_dask()`` and ``save(path)``.

    Raises
    ------
    InputError
        When the drift is of another number of frames, there is no time axis, frames have nothing in common that
        could be kept, or the type of the images cannot hold `fill`.
    StoreError
        When `out` cannot be written.

    Warns
    -----
    UserWarning
        When no frame of the drift can be trusted.

    References
    ----------
    .. [1] R. G. Keys, "Cubic convolution interpolation for digital image processing", IEEE Transactions on
       Acoustics, Speech, and Signal Processing 29, 1153 (1981).

    Examples
    --------
    >>> import specks
    >>> import specks.synth
    >>> made = specks.synth.drifting_series("mask_easy", frames=4, shape=(96, 96))
    >>> drift = specks.estimate_drift(made.images)
    >>> still = specks.correct_images(made.images, drift, border="crop")
    >>> bool((still[3] != still[0]).mean() < (made.images[3] != made.images[0]).mean() / 4)
    True
    """
    if out is not None and not isinstance(out, str | os.PathLike):
        raise InputError(f"out is {type(out).__name__}; it must be the path of an OME-Zarr store to write")
    source, known = _series(images, axes, channel), as_drift(drift)
    corrected = _corrected(source, known, border, order, fill)
    warn_of_nothing(known)
    if type(images) is not np.ndarray or out is not None:
        yield Progress(0, 1, "Preparing images")
        return corrected
    check_executor(executor, source)
    still = np.empty(corrected.shape, corrected.dtype)
    for t, frame in map_blocks(partial(_frame, corrected), range(len(still)), executor):
        still[t] = frame
        yield Progress(t + 1, len(still), f"Correcting frame {t + 1} of {len(still)}")
    return still


def _corrected(source: Source, drift: Drift, border: str, order: int, fill: float) -> CorrectedImages:
    """The lazy series, if drift, images and settings go together."""
    frames, spatial = len(drift.table), source.geometry.spatial
    if source.shape[0] != frames:
        raise InputError(
            f"the drift is of {frames} frames, but the images have {source.shape[0]} (shape {source.shape}, axes "
            f'"{source.axes}"); give the drift of these images, or of others that were taken with them'
        )
    objects = holds_objects(source)
    if source.dtype.kind not in "biuf" or not _can_hold(source.dtype, fill):
        raise InputError(
            f"images are of type {source.dtype}, which cannot hold {fill:g}; correct real numbers"
        )
    if objects and fill:
        raise InputError(
            f"fill is {fill:g}, but the images are masks or labels, which have 0 where nothing is"
        )
    shifts = np.zeros((frames, len(spatial)))
    for i, axis in enumerate(spatial):
        if axis in drift.axes:
            shifts[:, i] = drift.table[axis]
    canvas = Canvas.of(source.shape[-len(spatial) :], shifts, drift.table["ok"].to_numpy(), border)
    provenance = Provenance(inputs={"images": fingerprint(source), "drift": drift.provenance.to_dict()})
    return CorrectedImages(source, shifts, canvas, 0 if objects else order, fill, objects, provenance)


def _can_hold(dtype: np.dtype[Any], value: float) -> bool:
    if dtype.kind == "f":
        return True
    limits = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    return value == int(value) and limits[0] <= value <= limits[1]


def _series(images: Any, axes: str | None, channel: int | None) -> Source:
    """The images as a source with a time axis; channels stay unless one is named."""
    if isinstance(images, str | os.PathLike):
        source = open_image(images, axes=axes, channel=channel)
    else:
        source = images if isinstance(images, Source) else _from_array(images, axes)
        if axes is not None:
            source = source.with_geometry(resolve_geometry(source.geometry, axes))
        source = pick_channel(source, channel) if channel is not None else source
    if source.axes == "zyx" and axes is None:
        source = source.with_geometry(resolve_geometry(source.geometry, "tyx"))
    if "t" not in source.axes:
        raise InputError(
            f'the images have the axes "{source.axes}" and the shape {source.shape}, without a time axis t; '
            'say what the axes mean with axes=, such as "tyx" or "tzyx"'
        )
    return source


def _from_array(images: Any, axes: str | None) -> Source:
    array = as_array(images, "images")
    shape = tuple(array.shape)
    if axes is None and len(shape) > 3 and shape[-1] in (3, 4):
        raise InputError(
            f"images has the shape {shape}, which looks like colors along the last axis; move them before y and x "
            'and say axes="tcyx", or name the axes as they are'
        )
    return array_source(array, axes or _SERIES.get(len(shape)), "images")


def _frame(corrected: CorrectedImages, t: int) -> npt.NDArray[Any]:
    return corrected[t]
