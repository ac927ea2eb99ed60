"""Layers that are hidden for a while and then shown again."""

from __future__ import annotations

import weakref
from collections.abc import Iterable

from napari.layers import Layer

__all__ = ["Aside"]


class Aside:
    """Hides each layer once: what the person shows again meanwhile stays."""

    def __init__(self) -> None:
        self._hidden: weakref.WeakSet[Layer] = weakref.WeakSet()

    def hide(self, layers: Iterable[Layer]) -> None:
        """Hide those that are seen."""
        for layer in layers:
            if layer.visible and layer not in self._hidden:
                self._hidden.add(layer)
                layer.visible = False

    def show_again(self) -> None:
        """Show what was hidden."""
        for layer in self._hidden:
            layer.visible = True
        self._hidden.clear()
