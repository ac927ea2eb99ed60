"""Places of a layer in the world and on the canvas, and the way there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from napari.components import ViewerModel
from napari.layers import Layer

__all__ = [
    "go_to",
    "is_on_canvas",
    "is_seen",
    "on_canvas",
    "shows_planes",
    "slide_to",
    "unit_factors",
    "world_per_pixel",
    "world_place",
]

#: A thing is shown this large, as a share of the canvas, when it would be below or above these shares.
SHARE, SMALLEST, LARGEST = 1 / 14, 1 / 30, 1 / 3


def world_per_pixel(viewer: ViewerModel, layer: Layer) -> float:
    """Length in the world of one pixel of a layer along its last axis."""
    return abs(float(layer.scale[-1])) * unit_factors(viewer, layer)[-1]


def world_place(viewer: ViewerModel, layer: Layer, place: Sequence[float]) -> npt.NDArray[np.float64]:
    """A place of a layer on the last axes of the world."""
    return np.asarray(layer.data_to_world(place), float) * unit_factors(viewer, layer)


def shows_planes(viewer: ViewerModel, layer: Layer) -> bool:
    """Whether the last two axes of a layer are what is shown."""
    dims = viewer.dims
    last = set(dims.displayed) == {dims.ndim - 2, dims.ndim - 1}
    # A layer that is being removed has more axes than are left.
    return dims.ndisplay == 2 and last and 1 < layer.ndim <= dims.ndim


def is_seen(viewer: ViewerModel, layer: Layer, place: Sequence[float]) -> bool:
    """Whether the sliders stand at a place of a layer."""
    if not shows_planes(viewer, layer):
        return False
    shift = viewer.dims.ndim - layer.ndim
    at = np.asarray(viewer.dims.point)[shift:] / unit_factors(viewer, layer)
    return bool(np.all(np.abs(np.asarray(layer.world_to_data(at)) - place)[:-2] < 0.5))


def on_canvas(viewer: ViewerModel, layer: Layer, place: Sequence[float]) -> tuple[float, float]:
    """Where a place of a layer is drawn: x and y from the upper left corner of the canvas, in its pixels."""
    camera, world = viewer.scene.camera, world_place(viewer, layer, place)
    shift = viewer.dims.ndim - layer.ndim
    away = [world[axis - shift] for axis in viewer.dims.displayed[-2:]] - np.asarray(
        camera.center[-2:], float
    )
    flipped = [str(side.value) in ("up", "left") for side in camera.orientation2d]
    y, x = np.asarray(viewer.canvas.size) / 2 + np.where(flipped, -away, away) * camera.zoom
    return float(x), float(y)


def is_on_canvas(viewer: ViewerModel, layer: Layer, place: Sequence[float]) -> bool:
    """Whether a place of a layer is drawn, and not beside the canvas."""
    if not is_seen(viewer, layer, place):
        return False
    x, y = on_canvas(viewer, layer, place)
    height, width = viewer.canvas.size
    return 0 <= x <= width and 0 <= y <= height


def slide_to(viewer: ViewerModel, layer: Layer, place: Sequence[float]) -> None:
    """Move the sliders to a place of a layer."""
    dims, world = viewer.dims, world_place(viewer, layer, place)
    shift = dims.ndim - layer.ndim
    hidden = [axis for axis in dims.not_displayed if axis >= shift]
    if hidden and not is_seen(viewer, layer, place):
        dims.set_point(hidden, [world[axis - shift] for axis in hidden])


def go_to(viewer: ViewerModel, layer: Layer, place: Sequence[float], size: float) -> None:
    """Bring a place of a layer into the middle of the canvas; nothing else changes.

    The zoom stays as it is unless something of that size would be hard to see.

    Parameters
    ----------
    viewer : napari viewer
        That shows y and x.
    layer : Layer
    place : sequence of float
        In pixels of the layer.
    size : float
        In pixels along its last axis.
    """
    slide_to(viewer, layer, place)
    dims, world = viewer.dims, world_place(viewer, layer, place)
    shift = dims.ndim - layer.ndim
    camera = viewer.scene.camera
    room = min(viewer.canvas.size)
    drawn = size * world_per_pixel(viewer, layer) * camera.zoom
    if not SMALLEST * room <= drawn <= LARGEST * room:
        camera.zoom *= SHARE * room / drawn
    camera.center = (camera.center[0], *(world[axis - shift] for axis in dims.displayed[-2:]))


def unit_factors(viewer: ViewerModel, layer: Layer) -> npt.NDArray[np.float64]:
    """What lengths of a layer are multiplied with on each of its axes when the world has other units."""
    units = viewer.layers.units
    if units is None:
        return np.ones(layer.ndim)
    pairs = zip(layer.units, units[-layer.ndim :], strict=True)
    return np.array(
        [1.0 if a == b or not a.is_compatible_with(b) else float((1 * a).to(b).magnitude) for a, b in pairs]
    )
