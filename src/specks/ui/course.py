"""The way a sample went, as steps of layers in the world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from napari.components import ViewerModel
from napari.layers import Layer
from napari.utils.transforms import Affine

from specks.ui.canvas import unit_factors
from specks.ui.layer_view import LayerView

__all__ = ["Course", "frame_in_view", "frame_of"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Course:
    """How far the sample has moved in each frame of a layer.

    Layers are held against each other in the world, so that another layer may have other pixels, other units
    and other axes before those of the frames.

    Parameters
    ----------
    view : LayerView
        Whose axes have a t.
    shifts : numpy.ndarray (frame, axis) of float64
        In pixels of the layer along `axes`.
    axes : str
        ``"yx"`` or ``"zyx"``.
    """

    view: LayerView
    shifts: Floats
    axes: str

    @property
    def layer(self) -> Layer:
        """The layer whose frames these are."""
        return self.view.layer

    @property
    def time_axis(self) -> int:
        """Axis of the layer along which frames follow each other."""
        return _time_axis(self.view)

    @property
    def space_axes(self) -> list[int]:
        """Axes of the layer along which the sample moves."""
        return [self.view.kept[self.view.axes.index(letter)] for letter in self.axes]

    def has_time(self, layer: Layer) -> bool:
        """Whether the axis of the frames is one of another layer too."""
        return layer.ndim >= self.layer.ndim - self.time_axis

    def frame_in_view(self, viewer: ViewerModel) -> int | None:
        """Frame at which the slider stands; None beside the series, or where no slider stands for time."""
        return frame_in_view(viewer, self.view)

    def show_frame(self, viewer: ViewerModel, frame: int) -> None:
        """Move the slider to a frame."""
        axis = self.time_axis + viewer.dims.ndim - self.layer.ndim
        at = np.asarray(viewer.dims.point)[-self.layer.ndim :] / unit_factors(viewer, self.layer)
        place = np.array(self.layer.world_to_data(at))
        place[self.time_axis] = frame
        world = np.asarray(self.layer.data_to_world(place)) * unit_factors(viewer, self.layer)
        viewer.dims.set_point(axis, float(world[self.time_axis]))

    def step(self, viewer: ViewerModel, shift: npt.ArrayLike, layer: Layer) -> Floats:
        """A shift in pixels of this layer as what is added to the `translate` of a layer, shape (its axes,)."""
        data = np.zeros(self.layer.ndim)
        data[self.space_axes] = shift
        world = _linear(self.layer) @ data * unit_factors(viewer, self.layer)
        there = np.zeros(layer.ndim)
        shared = min(layer.ndim, self.layer.ndim)
        there[-shared:] = world[-shared:]
        return np.linalg.solve(layer.affine.linear_matrix, there / unit_factors(viewer, layer))

    def pixels(self, viewer: ViewerModel, world: npt.ArrayLike) -> Floats:
        """A step in the world of the viewer as pixels of this layer along `axes`."""
        way = np.asarray(world, float)[-self.layer.ndim :] / unit_factors(viewer, self.layer)
        return np.linalg.solve(_linear(self.layer), way)[self.space_axes]

    def place(self, viewer: ViewerModel, world: npt.ArrayLike) -> Floats:
        """A position in the world of the viewer as pixels of this layer along `axes`, as it is shown now."""
        at = np.asarray(world, float)[-self.layer.ndim :] / unit_factors(viewer, self.layer)
        return np.asarray(self.layer.world_to_data(at), float)[self.space_axes]

    def holds(self, place: npt.ArrayLike) -> bool:
        """Whether a position in pixels along `axes` lies in the frames."""
        sides = np.array([self.view.data.shape[axis] for axis in self.space_axes])
        return bool(np.all((np.asarray(place) >= -0.5) & (np.asarray(place) <= sides - 0.5)))

    def pixels_of(self, layer: Layer) -> Floats:
        """The shifts in pixels of another layer along its last axes, shape (frame, axis).

        Lengths are told by the units that both layers declare, whether napari draws by them or not.
        """
        data = np.zeros((len(self.shifts), self.layer.ndim))
        data[:, self.space_axes] = self.shifts
        shared = min(layer.ndim, self.layer.ndim)
        there = np.zeros((len(self.shifts), layer.ndim))
        there[:, -shared:] = (data @ _linear(self.layer).T * _conversions(self.layer, layer))[:, -shared:]
        return np.linalg.solve(_linear(layer), there.T).T[:, layer.ndim - len(self.axes) :]


def frame_in_view(viewer: ViewerModel, view: LayerView) -> int | None:
    """Frame of a series at which the slider stands; None beside it, or where no slider stands for time."""
    layer, axis = view.layer, _time_axis(view)
    if layer not in viewer.layers or axis + viewer.dims.ndim - layer.ndim in viewer.dims.displayed:
        return None
    at = np.asarray(viewer.dims.point)[-layer.ndim :] / unit_factors(viewer, layer)
    frame = round(float(layer.world_to_data(at)[axis]))
    return frame if 0 <= frame < view.frame_count else None


def frame_of(course: Course, layer: Layer, index: int) -> int:
    """Frame of the course at the time of an index of another layer."""
    place = np.zeros(layer.ndim)
    place[course.time_axis - course.layer.ndim] = index
    time = layer.data_to_world(place)[course.time_axis - course.layer.ndim]
    own = np.array(course.layer.data_to_world(np.zeros(course.layer.ndim)))
    own[course.time_axis] = time / _conversions(course.layer, layer)[course.time_axis]
    return round(float(course.layer.world_to_data(own)[course.time_axis]))


def _conversions(layer: Layer, other: Layer) -> Floats:
    """What lengths of a layer are multiplied with, on each of its axes, to be in the units of another."""
    factors, shared = np.ones(layer.ndim), min(layer.ndim, other.ndim)
    for i, (a, b) in enumerate(zip(layer.units[-shared:], other.units[-shared:], strict=True)):
        if a != b and a.is_compatible_with(b):
            factors[layer.ndim - shared + i] = float((1 * a).to(b).magnitude)
    return factors


def _time_axis(view: LayerView) -> int:
    return view.kept[view.axes.index("t")]


def _own_linear(layer: Any) -> Floats:
    """From pixels of a layer to its physical space."""
    return Affine(scale=layer.scale, rotate=layer.rotate, shear=layer.shear).linear_matrix


def _linear(layer: Layer) -> Floats:
    """From pixels of a layer to the world, in its own units."""
    return layer.affine.linear_matrix @ _own_linear(layer)
