"""The mouse on the canvas in the hand of a tool."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Generator
from typing import Any, ClassVar

from napari.components import ViewerModel
from napari.layers import Layer
from qtpy.QtCore import QObject

__all__ = ["MouseTool"]

Callback = Callable[[Any, Any], Generator[None, None, None]]


def nobody() -> None:
    """No tool."""


class MouseTool:
    """What a press of the mouse on the canvas does while a tool is on; one tool at a time has it.

    Parameters
    ----------
    viewer : napari viewer
    owner : QObject
        When it goes, the mouse is given back.
    drag : callable
        A generator method of the event: it runs to its first ``yield`` when a button is pressed, goes on with
        every move, and ends when the button is let go. It is not kept alive.
    lost : callable
        A method that is called when another tool takes the mouse. It is not kept alive.
    """

    #: Whose a callback is.
    _tools: ClassVar[weakref.WeakKeyDictionary[Callback, weakref.ref[MouseTool]]] = (
        weakref.WeakKeyDictionary()
    )

    def __init__(
        self,
        viewer: ViewerModel,
        owner: QObject,
        drag: Callable[[Any], Generator[None, None, None]],
        lost: Callable[[], None],
    ) -> None:
        self._viewer, self._lost = viewer, weakref.WeakMethod(lost)
        owner.destroyed.connect(lambda: self.take(None))
        method = weakref.WeakMethod(drag)

        def callback(_: Any, event: Any) -> Generator[None, None, None]:
            alive = method()
            if alive is not None:
                yield from alive(event)

        self._callback: Callback = callback
        self._tools[callback] = weakref.ref(self)

    @property
    def on(self) -> bool:
        """Whether it has the mouse."""
        return self._callback in self._viewer.mouse_drag_callbacks

    def take(self, layer: Layer | None) -> None:
        """Take the mouse for work on a layer, or give it back.

        Parameters
        ----------
        layer : Layer or None
            It is selected, and leaves the mouse alone: another one might paint meanwhile.
        """
        if self.on:
            self._viewer.mouse_drag_callbacks.remove(self._callback)
        if layer is not None:
            for callback in list(self._viewer.mouse_drag_callbacks):
                other = self._tools.get(callback, nobody)()
                if other is not None:
                    other.lose()
            layer.mode = "pan_zoom"
            self._viewer.layers.selection.active = layer
            self._viewer.mouse_drag_callbacks.append(self._callback)

    def lose(self) -> None:
        """Give the mouse back, and say so to whom it belongs."""
        self.take(None)
        told = self._lost()
        if told is not None:
            told()
