"""Click the same thing on two frames."""

from __future__ import annotations

import weakref
from collections.abc import Generator
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Points
from qtpy.QtCore import QObject, Signal

from specks._core.corrections import Corrections
from specks.ui.course import Course
from specks.ui.hold_still import HoldStill
from specks.ui.mouse import MouseTool
from specks.ui.results import KEY
from specks.ui.transforms import copy_transforms

__all__ = ["Landmarks"]

#: A click may move by this many pixels of the canvas.
SHAKY = 4
COLOR = "#ffe066"


class Landmarks(QObject):
    """While it is on, clicks mark things; two marks on two frames are a landmark.

    Marks are shown as a layer of points, which goes with the layer that they are on.

    Parameters
    ----------
    viewer : napari viewer
    still : HoldStill
    parent : QObject

    Attributes
    ----------
    marked : Signal
        With the fields of a landmark.
    changed : Signal
        A first mark was set or taken back, or the layer of marks came or went.
    lost : Signal
        Another tool has the mouse now.
    first : tuple of (int, list of float) or None
        Frame and position of a first mark that waits for the second.
    """

    marked = Signal(object)
    changed = Signal()
    lost = Signal()

    def __init__(self, viewer: ViewerModel, still: HoldStill, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer, self._still = viewer, still
        self.first: tuple[int, list[float]] | None = None
        self._layer: weakref.ref[Points] | None = None
        self._log = Corrections()
        self._mouse = MouseTool(viewer, self, self._click, self._on_lost)

    @property
    def on(self) -> bool:
        """Whether clicks mark things."""
        return self._mouse.on

    @property
    def layer(self) -> Points | None:
        """The layer of the marks, while there is one."""
        layer = None if self._layer is None else self._layer()
        return layer if layer is not None and layer in self._viewer.layers else None

    def set_on(self, on: bool) -> None:
        """Let clicks mark things, or no longer; a first mark is forgotten then."""
        self._mouse.take(self._still.course.layer if on else None)
        if not on:
            self._forget()

    def show(self, log: Corrections) -> None:
        """Show the marks of a log."""
        self._log = log
        self._draw()

    def close(self) -> None:
        """Take the layer of marks away."""
        self.first = None
        self._remove()

    def _remove(self) -> None:
        layer, self._layer = self.layer, None
        if layer is not None:
            self._viewer.layers.remove(layer)
            self.changed.emit()

    def mark(self, frame: int, position: list[float]) -> None:
        """Set a mark; the second one, on another frame, makes a landmark."""
        if self.first is None or self.first[0] == frame:
            self.first = (frame, position)
            self._draw()
            self.changed.emit()
            return
        (frame_a, position_a), self.first = self.first, None
        self.marked.emit(
            {"frame_a": frame_a, "position_a": position_a, "frame_b": frame, "position_b": position}
        )
        self._draw()
        self.changed.emit()

    def _forget(self) -> None:
        if self.first is not None:
            self.first = None
            self._draw()
            self.changed.emit()

    def _on_lost(self) -> None:
        self.lost.emit()

    def _click(self, event: Any) -> Generator[None, None, None]:
        frame = self._still.frame
        if event.button != 1 or frame is None:
            return
        pressed, place = np.array(event.pos), event.position
        yield
        moved = False
        while event.type == "mouse_move":
            moved = moved or np.abs(np.array(event.pos) - pressed).max() > SHAKY
            yield
        course = self._still.course
        if moved or not self.on:  # it may have been put down half-way
            return
        here = course.place(self._viewer, place)
        if course.holds(here):  # beside the frame there is nothing to be found again
            self.mark(frame, [round(float(value), 2) for value in here])

    def _draw(self) -> None:
        course = self._still.course
        marks = [
            (record[f"frame_{end}"], record[f"position_{end}"])
            for record in self._log.of("landmark")
            for end in "ab"
        ]
        marks += [self.first] if self.first is not None else []
        layer = self.layer
        if not marks or course is None:
            self._remove()
            return
        places = _places(course, marks)
        if layer is None:
            self._make(course, places)
        else:
            layer.data = places

    def _make(self, course: Course, places: np.ndarray) -> None:
        active = self._viewer.layers.selection.active
        layer = Points(
            places,
            name=f"{course.layer.name} landmarks",
            symbol="cross",
            size=max(5, min(course.view.source.shape[-2:]) / 25),
            face_color=COLOR,
            border_width=0,
            metadata={KEY: {"aid": "landmarks"}},
            **copy_transforms(course.layer),
        )
        self._layer = weakref.ref(layer)
        self._viewer.add_layer(layer)
        self._viewer.layers.selection.active = active
        self.changed.emit()


def _places(course: Course, marks: list[tuple[int, list[float]]]) -> np.ndarray:
    """Marks in pixels of the layer, shape (marks, axes of the layer)."""
    places = np.zeros((len(marks), course.layer.ndim))
    for axis, index in course.view.fixed.items():
        places[:, axis] = index
    places[:, course.time_axis] = [frame for frame, _ in marks]
    places[:, course.space_axes] = [position for _, position in marks]
    return places
