"""Clicks on the canvas, as opposed to drags, while nobody paints or draws."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Generator
from typing import Any

import numpy as np
from napari.components import ViewerModel
from qtpy.QtCore import QObject

__all__ = ["CanvasClicks"]

#: A click may move by this many pixels of the canvas.
SHAKY = 4


class CanvasClicks(QObject):
    """Calls a method with the place of a click in the world.

    A click belongs to the tool of the active layer where that has one in the hand.

    Parameters
    ----------
    viewer : napari viewer
    clicked : callable
        Bound method; called with the place in the world. It is not kept alive.
    parent : QObject
        When it is destroyed, nothing is called any more.
    """

    def __init__(self, viewer: ViewerModel, clicked: Callable[[np.ndarray], None], parent: QObject) -> None:
        super().__init__(parent)
        self._viewer = viewer
        method = weakref.WeakMethod(clicked)

        def callback(_: Any, event: Any) -> Generator[None, None, None]:
            active = viewer.layers.selection.active
            free = active is None or str(active.mode) == "pan_zoom"
            if event.button != 1 or not free or viewer.dims.ndisplay != 2:
                return
            pressed, place, moved = np.array(event.pos), np.array(event.position), False
            yield
            while event.type == "mouse_move":
                moved = moved or np.abs(np.array(event.pos) - pressed).max() > SHAKY
                yield
            alive = method()
            if alive is not None and not moved:
                alive(place)

        self._callback = callback
        self.destroyed.connect(lambda: _forget(viewer, callback))

    @property
    def on(self) -> bool:
        """Whether it listens."""
        return self._callback in self._viewer.mouse_drag_callbacks

    def listen(self, on: bool) -> None:
        """Begin or end listening."""
        _forget(self._viewer, self._callback)
        if on:
            self._viewer.mouse_drag_callbacks.append(self._callback)


def _forget(viewer: ViewerModel, callback: Any) -> None:
    if callback in viewer.mouse_drag_callbacks:
        viewer.mouse_drag_callbacks.remove(callback)
