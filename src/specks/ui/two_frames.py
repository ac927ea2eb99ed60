"""Two frames in two colors, one over the other, to be judged by eye."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer
from qtpy.QtCore import QObject, Signal

from specks.ui.arrays import Held
from specks.ui.aside import Aside
from specks.ui.course import Course
from specks.ui.hold_still import HoldStill
from specks.ui.layer_view import LayerView
from specks.ui.results import KEY
from specks.ui.source_layers import pixels_of
from specks.ui.subscriptions import Subscriptions
from specks.ui.transforms import copy_transforms, placed_after

__all__ = ["TwoFrames"]

#: The frame in view and the one that it is compared with: where both are bright it is white.
COLORS = ("green", "magenta")


class TwoFrames(QObject):
    """The frame in view in green, and another one over it in magenta, where they belong.

    Two layers of its own: those of the person keep their looks, and the one that is compared is hidden meanwhile.

    Parameters
    ----------
    viewer : napari viewer
    still : HoldStill
        Which says where frames belong.
    parent : QObject

    Attributes
    ----------
    changed : Signal
        The layers came or went.
    """

    changed = Signal()

    def __init__(self, viewer: ViewerModel, still: HoldStill, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer, self._still = viewer, still
        self._course: Course | None = None
        self._aside = Aside()
        self.frame = 0
        self.current: Image | None = None
        self.other: Image | None = None
        still.moved.connect(self._place)
        watched = Subscriptions()
        watched.add(viewer.layers.events, "removed", self._on_removed)
        self.destroyed.connect(lambda: watched.close())

    @property
    def shown(self) -> bool:
        """Whether two frames are compared."""
        return self.current is not None

    def show(self, course: Course, frame: int) -> None:
        """Compare the frame in view with another one.

        Parameters
        ----------
        course : Course
        frame : int
        """
        if self._course is None or self._course.view != course.view:
            self.hide()
        self._course, self.frame = course, frame
        if self.current is None:
            self._make(course)
        self.other.data = _plane(course, frame)
        self.other.name = f"{course.layer.name} frame {frame}"
        self._place()

    def hide(self) -> None:
        """Take the two away, and show the layer again."""
        layers = [layer for layer in (self.current, self.other) if layer is not None]
        self._course = self.current = self.other = None
        for layer in layers:
            if layer in self._viewer.layers:
                self._viewer.layers.remove(layer)
        if layers:
            self._aside.show_again()
            self.changed.emit()

    def _make(self, course: Course) -> None:
        layer, active = course.layer, self._viewer.layers.selection.active
        shared: dict[str, Any] = {
            "contrast_limits": (0, 1) if isinstance(layer, Labels) else layer.contrast_limits,
            "gamma": getattr(layer, "gamma", 1.0),
            "rgb": False,
            "metadata": {KEY: {"aid": "comparison"}},
        }
        green, magenta = COLORS
        self.current = Image(
            _all_pixels(course.view),
            name=f"{layer.name} frame in view",
            colormap=green,
            blending="opaque",  # so that the color of the canvas does not shine through
            multiscale=layer.multiscale,
            **shared,
            **copy_transforms(layer),
        )
        self.other = Image(
            _plane(course, self.frame),
            name=f"{layer.name} frame {self.frame}",
            colormap=magenta,
            blending="additive",
            **shared,
            **_where(course),
        )
        above = self._viewer.layers.index(layer) + 1
        for made in (self.other, self.current):
            self._viewer.layers.insert(above, made)
        self._aside.hide([layer])
        self._viewer.layers.selection.active = active
        self.changed.emit()

    def _place(self) -> None:
        """Put the other frame where it belongs; the one in view is moved with its layer."""
        if self.other is None:
            return
        course = self._still.course
        where = _where(course)["translate"]
        if self._still.on:
            where = where - course.step(self._viewer, self._still.shift(self.frame), self.other)
        if not np.array_equal(where, self.other.translate):
            self.other.translate = where

    def _on_removed(self, event: Any) -> None:
        gone = event.value
        if self._course is not None and any(
            gone is one for one in (self.current, self.other, self._course.layer)
        ):
            self.hide()


def _plane(course: Course, frame: int) -> Any:
    """One frame, as an image without the axis of time and those before it."""
    view, first = course.view.at("t", frame), course.time_axis + 1
    pixels = pixels_of([view.source])
    if isinstance(view.layer, Labels):
        pixels = (pixels != 0).astype(np.uint8)
    index = tuple(np.newaxis if axis in view.fixed else slice(None) for axis in range(first, view.layer.ndim))
    return pixels[index]


def _where(course: Course) -> dict[str, Any]:
    """Arguments that put such a plane where it is declared."""
    first = course.time_axis + 1
    held = {axis: index for axis, index in course.view.fixed.items() if axis >= first and index}
    return placed_after(course.layer, first, held)


def _all_pixels(view: LayerView) -> Any:
    """All frames of a layer as napari shows them, as lazy as they are; of labels only where an object is."""
    layer: Layer = view.layer
    if isinstance(layer, Labels):
        return [_AnyObject(level) for level in layer.data] if layer.multiscale else _AnyObject(layer.data)
    if view.color is not None:
        return Held(layer.data, layer.ndim, {}, view.color)
    return layer.data


class _AnyObject:
    """Labels as an image: 1 where there is an object."""

    dtype = np.dtype(np.uint8)

    def __init__(self, labels: Any) -> None:
        self._labels = labels
        self.shape: Sequence[int] = labels.shape
        self.ndim = len(labels.shape)

    def __getitem__(self, region: Any) -> Any:
        return (np.asarray(self._labels[region]) != 0).astype(np.uint8)
