"""What it takes to make a layer without the drift: planned beside the viewer, computed beside the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from napari.layers import Image, Labels, Layer, Points, Tracks

from specks._core.errors import InputError
from specks._core.provenance import Provenance
from specks.drift import Drift, correct_images, correct_positions
from specks.ui.course import Course, frame_of
from specks.ui.layer_view import LayerView, readings

__all__ = ["Corrected", "plan_layer"]


@dataclass(frozen=True)
class Corrected:
    """Data of a layer without the drift.

    Parameters
    ----------
    data : array
        As lazy as that of the layer.
    origin : mapping of int to int
        Axis to the place of the first pixel along it, where that is not 0: in a cropped or expanded frame.
    provenance : dict
    """

    data: Any
    origin: dict[int, int]
    provenance: dict[str, Any]


def plan_layer(course: Course, drift: Drift, layer: Layer, border: str) -> Callable[[], Corrected]:
    """How to correct a layer. Everything that belongs to the viewer is looked at now.

    Parameters
    ----------
    course : Course
    drift : Drift
        Of the layer of the course.
    layer : Layer
        Image, labels, points or tracks with an axis of time.
    border : {"keep", "crop", "expand"}
        Of images and labels.

    Returns
    -------
    callable
        To be run beside the window.

    Raises
    ------
    InputError
        When the layer does not go with the drift.
    """
    if not drift.table["ok"].any():
        raise InputError("no frame of the drift can be trusted, so there is nothing to correct by")
    if isinstance(layer, Image | Labels):
        return _images(course, drift, layer, border)
    if isinstance(layer, Points | Tracks):
        return _positions(course, drift, layer)
    raise InputError(f'layer "{layer.name}" is neither an image, nor labels, points or tracks')


def _images(course: Course, drift: Drift, layer: Image | Labels, border: str) -> Callable[[], Corrected]:
    view = _with_channels(course.view) if layer is course.layer else _view(course, layer)
    colors = range(layer.data.shape[-1]) if getattr(layer, "rgb", False) else [None]
    sources = [replace(view, color=color).source for color in colors]
    count = sources[0].shape[view.axes.index("t")]
    frames = [frame_of(course, layer, i) for i in range(count)]
    beyond = [t for t in frames if not 0 <= t < len(drift.table)]
    if beyond:
        raise InputError(
            f'layer "{layer.name}" has {count} frames, of which {len(beyond)} lie beside the '
            f"{len(drift.table)} frames of the drift"
        )
    own = _in_pixels(course, drift, layer, frames)
    spatial = [axis for axis, letter in zip(view.kept, view.axes, strict=True) if letter in "zyx"]

    def run() -> Corrected:
        still, *others = [correct_images(source, own, border=border) for source in sources]
        origin = {axis: n for axis, n in zip(spatial, still.origin, strict=True) if n}
        data = view.expand(still.as_dask()) if view.fixed or others else still
        if others:
            import dask.array

            data = dask.array.stack([data, *(view.expand(one.as_dask()) for one in others)], axis=-1)
        return Corrected(data, origin, still.provenance.to_dict())

    return run


def _positions(course: Course, drift: Drift, layer: Points | Tracks) -> Callable[[], Corrected]:
    lead = 1 if isinstance(layer, Tracks) else 0  # the number of the track stands before the position
    data = np.array(layer.data, float)
    time = course.time_axis - course.layer.ndim + layer.ndim + lead
    indices, inverse = np.unique(np.round(data[:, time]).astype(int), return_inverse=True)
    frames = np.array([frame_of(course, layer, int(i)) for i in indices], int)
    own = _in_pixels(course, drift, layer, range(len(drift.table)))
    columns = dict(zip(range(data.shape[1] - len(drift.axes), data.shape[1]), drift.axes, strict=True))
    name = layer.name

    def run() -> Corrected:
        import pandas as pd

        table = pd.DataFrame({axis: data[:, column] for column, axis in columns.items()})
        table["frame"] = frames[inverse] if len(data) else np.zeros(0, int)
        beyond = ~table["frame"].between(0, len(own.table) - 1)
        if beyond.any():
            raise InputError(
                f'layer "{name}" has {int(beyond.sum())} positions beside the {len(own.table)} frames of the drift'
            )
        still = correct_positions(table, own)
        for column, axis in columns.items():
            data[:, column] = still[f"{axis}_corrected"]
        provenance = Provenance(inputs={"drift": drift.provenance.to_dict()})
        values = {"table": table, "drift": drift}
        return Corrected(data, {}, provenance.completed(correct_positions.spec(), values, 0.0).to_dict())

    return run


def _view(course: Course, layer: Image | Labels) -> LayerView:
    """Another layer, read so that its frames lie along the same axis."""
    time = course.time_axis - course.layer.ndim + layer.ndim
    shape = (layer.data[0] if layer.multiscale else layer.data).shape[: layer.ndim]
    kept = [axis for axis, n in enumerate(shape) if n > 1 or axis >= len(shape) - 2]
    fits = [axes for axes in readings(layer) if time in kept and axes[kept.index(time)] == "t"]
    if not fits:
        raise InputError(f'layer "{layer.name}" has no time axis where "{course.layer.name}" has one')
    axes = course.view.axes if course.view.axes in fits else fits[0]
    return LayerView(layer, axes, {axis: 0 for axis in range(layer.ndim) if axis not in kept})


def _with_channels(view: LayerView) -> LayerView:
    """A view of all channels: drift is seen in one of them, but they all move alike."""
    channels = [axis for axis in view.fixed if view.data.shape[axis] > 1]
    if not channels:
        return view
    at = sum(axis < channels[0] for axis in view.kept)
    fixed = {axis: index for axis, index in view.fixed.items() if axis not in channels}
    return replace(view, axes=f"{view.axes[:at]}c{view.axes[at:]}", fixed=fixed)


def _in_pixels(course: Course, drift: Drift, layer: Layer, frames: Any) -> Drift:
    """The drift frame by frame of another layer, in its pixels."""
    shifts: npt.NDArray[np.float64] = course.pixels_of(layer)
    same = layer is course.layer or np.allclose(shifts, course.shifts, rtol=0, atol=1e-9)
    if same and list(frames) == list(range(len(drift.table))):
        return drift
    table = drift.table.copy()
    table[list(drift.axes)] = shifts
    table = table.iloc[list(frames)].reset_index(drop=True).rename_axis("frame")
    return replace(drift, table=table, measurements=None, source=None)
