"""What docks have found of the layers of a viewer, for one another."""

from __future__ import annotations

import weakref
from typing import Any

from napari.components import ViewerModel
from napari.layers import Layer
from psygnal import Signal

from specks.ui.request import Finished, Request

__all__ = ["Shelf", "shelf_of"]


class Shelf:
    """The last result of each step on each layer, as long as the layer is in the viewer.

    Parameters
    ----------
    viewer : napari viewer

    Attributes
    ----------
    changed : Signal
        Emitted after something was put there or went.
    """

    changed = Signal()

    def __init__(self, viewer: ViewerModel) -> None:
        self._found: dict[int, dict[str, tuple[Request, Finished]]] = {}
        viewer.layers.events.removed.connect(self._on_removed)

    def put(self, request: Request, finished: Finished, layer: Layer | None = None) -> None:
        """Keep a result, in the place of an earlier one of the same step on the same layer.

        Parameters
        ----------
        request : Request
        finished : Finished
        layer : Layer, optional
            That it is about, where that is not the one that was worked on.
        """
        place = request.main.layer if layer is None else layer
        self._found.setdefault(id(place), {})[request.spec.name] = (request, finished)
        self.changed.emit()

    def get(self, layer: Layer, step: str) -> tuple[Request, Finished] | None:
        """The last result of a step on a layer, and how it was asked for."""
        return self._found.get(id(layer), {}).get(step)

    def _on_removed(self, event: Any) -> None:
        if self._found.pop(id(event.value), None) is not None:
            self.changed.emit()


_SHELVES: weakref.WeakKeyDictionary[ViewerModel, Shelf] = weakref.WeakKeyDictionary()


def shelf_of(viewer: ViewerModel) -> Shelf:
    """The shelf of a viewer."""
    if viewer not in _SHELVES:
        _SHELVES[viewer] = Shelf(viewer)
    return _SHELVES[viewer]
