"""Drag a frame on the canvas to where it belongs."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
from napari.components import ViewerModel
from qtpy.QtCore import QObject, Signal

from specks.ui.hold_still import HoldStill
from specks.ui.mouse import MouseTool

__all__ = ["FrameDrag"]


class FrameDrag(QObject):
    """While it is on, the mouse drags the frame in view instead of the whole picture.

    Parameters
    ----------
    viewer : napari viewer
    still : HoldStill
        By which the frame follows the mouse.
    parent : QObject

    Attributes
    ----------
    let_go : Signal
        With a frame and its shift in pixels, once the mouse button was released.
    lost : Signal
        Another tool has the mouse now.
    """

    let_go = Signal(int, object)
    lost = Signal()

    def __init__(self, viewer: ViewerModel, still: HoldStill, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer, self._still = viewer, still
        self._held = False
        self._mouse = MouseTool(viewer, self, self._drag, self._on_lost)

    @property
    def on(self) -> bool:
        """Whether the mouse drags the frame."""
        return self._mouse.on

    def set_on(self, on: bool) -> None:
        """Take the mouse, or give it back."""
        self._mouse.take(self._still.course.layer if on else None)
        if self._held and not on:  # half-way: the frame goes back, whatever the mouse does then
            self._held = False
            self._still.try_shift(0, None)

    def _on_lost(self) -> None:
        self.lost.emit()

    def _drag(self, event: Any) -> Generator[None, None, None]:
        still, frame = self._still, self._still.frame
        if event.button != 1 or frame is None or not still.on:
            return
        event.handled = True  # else the camera moves
        pressed, before = np.array(event.position), still.shift(frame)
        shift, self._held = before, True
        yield
        while event.type == "mouse_move" and self._held:
            way = still.course.pixels(self._viewer, np.array(event.position) - pressed)
            shift = before - way
            still.try_shift(frame, shift)
            event.handled = True
            yield
        held, self._held = self._held, False
        if held and not np.array_equal(shift, before):
            self.let_go.emit(frame, shift)
