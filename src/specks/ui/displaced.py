"""Layers that are shown elsewhere than where they are declared to be."""

from __future__ import annotations

import weakref
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import numpy.typing as npt
from napari.layers import Layer

from specks.ui.subscriptions import Subscriptions

__all__ = ["MARK", "declared_translate", "put_back", "settle_in", "show_displaced"]

#: Where a layer that is shown elsewhere says in its metadata where it belongs, for whoever copies or saves it.
MARK = "specks_declared_translate"

Floats = npt.NDArray[np.float64]


class _Place:
    """Where a layer belongs, and by how much it is shown beside that."""

    def __init__(self, layer: Layer) -> None:
        self._layer = weakref.ref(layer)
        self.declared = np.array(layer.translate, float)
        self._offset = np.zeros(layer.ndim)
        self._shown = self.declared
        self._moving = False
        self._watched = Subscriptions()
        self._watched.add(layer.events, "translate", self._on_edited)

    def move(self, offset: Floats, hidden: npt.NDArray[np.bool_]) -> None:
        """Show the layer at an offset; `hidden` are axes with a slider."""
        layer = self._layer()
        self._take_in(layer)
        layer.metadata[MARK] = self.declared.tolist()
        redrawn = bool(np.any((offset != self._offset) & hidden))
        self._offset, self._shown = offset, self.declared + offset
        if np.array_equal(layer.translate, self._shown):
            return
        self._moving = True
        try:
            with nullcontext() if redrawn else _same_pixels(layer):
                layer.translate = self._shown
        finally:
            self._moving = False

    def end(self) -> None:
        """Show it where it belongs."""
        layer = self._layer()
        self._take_in(layer)
        self._watched.close()
        layer.metadata.pop(MARK, None)
        if not np.array_equal(layer.translate, self.declared):
            layer.translate = self.declared

    def _on_edited(self, *_: Any) -> None:
        layer = self._layer()
        if layer is not None and not self._moving:
            self._take_in(layer)
            self.move(self._offset, np.zeros(layer.ndim, np.bool_))

    def _take_in(self, layer: Layer) -> None:
        """Somebody may have written another place: what is new in it is meant, the rest only what was shown."""
        now = np.array(layer.translate, float)
        if now.shape != self._shown.shape:  # the layer has another number of axes now
            self.declared, self._offset = now, np.zeros(len(now))
        else:
            self.declared = np.where(now == self._shown, self.declared, now)
        self._shown = now


_PLACES: weakref.WeakKeyDictionary[Layer, _Place] = weakref.WeakKeyDictionary()


def show_displaced(layer: Layer, offset: Floats, hidden: npt.NDArray[np.bool_]) -> None:
    """Show a layer beside where it is declared, until `put_back`.

    Parameters
    ----------
    layer : Layer
    offset : numpy.ndarray (axes of the layer,)
        What is added to its `translate`.
    hidden : numpy.ndarray (axes of the layer,) of bool
        Axes that are not shown: along them another plane comes into view.
    """
    if layer not in _PLACES:
        _PLACES[layer] = _Place(layer)
    _PLACES[layer].move(offset, hidden)


def declared_translate(layer: Layer) -> Floats:
    """Where a layer is declared to be, wherever it is shown."""
    place = _PLACES.get(layer)
    return np.array(layer.translate, float) if place is None else place.declared.copy()


def put_back(layer: Layer) -> None:
    """Show a layer where it is declared; nothing when it is there."""
    place = _PLACES.pop(layer, None)
    if place is not None:
        place.end()


def settle_in(layer: Layer) -> None:
    """Put a layer where it belongs that was copied or read while the original was shown elsewhere."""
    belongs = layer.metadata.get(MARK)
    if belongs is not None and layer not in _PLACES:
        layer.metadata.pop(MARK)
        layer.translate = belongs


def _same_pixels(layer: Layer) -> AbstractContextManager[None]:
    """Let a layer be moved without slicing it anew.

    napari slices a layer again whenever it is moved, although the plane that is shown stays the same; of
    outlined labels that takes as long as everything else together. How to forgo it is private to napari:
    where it is gone, moving only takes longer.
    """
    blocked = getattr(layer, "_block_refresh", None)
    return nullcontext() if blocked is None else blocked()
