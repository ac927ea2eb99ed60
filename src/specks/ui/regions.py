"""Draw where to look, on an ordinary Shapes layer whose polygons become corrections."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Shapes
from qtpy.QtCore import QObject, QTimer, Signal

from specks._core.corrections import Corrections
from specks.ui.layer_view import LayerView
from specks.ui.results import KEY
from specks.ui.subscriptions import Subscriptions
from specks.ui.transforms import placed_after

__all__ = ["Regions"]

#: Changes of a drawing that follow each other this closely are one.
DEBOUNCE_MS = 300
COLOR = "#ffe066"
FLAT = ("polygon", "rectangle")

Polygon = list[list[float]]


class Regions(QObject):
    """Polygons on one layer, kept in step with its log in both directions.

    Parameters
    ----------
    viewer : napari viewer
    parent : QObject

    Attributes
    ----------
    drawn : Signal
        With the polygons in pixels of the layer, after somebody drew.
    changed : Signal
        The layer came or went.
    """

    drawn = Signal(object)
    changed = Signal()

    def __init__(self, viewer: ViewerModel, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._view: LayerView | None = None
        self._layer: weakref.ref[Shapes] | None = None
        self._known: list[Polygon] = []
        self._writing = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE_MS)
        self._timer.timeout.connect(self._read)
        self._events = events = Subscriptions()
        watched = Subscriptions()
        watched.add(viewer.layers.events, "removed", self._on_removed)
        self.destroyed.connect(lambda: (events.close(), watched.close()))

    @property
    def layer(self) -> Shapes | None:
        """The layer that is drawn on, while there is one."""
        layer = None if self._layer is None else self._layer()
        return layer if layer is not None and layer in self._viewer.layers else None

    def work_on(self, view: LayerView | None) -> None:
        """Draw on another layer; the drawing on the last one goes, what it said is in its log."""
        if view == self._view:
            return
        if self._timer.isActive():
            self._timer.stop()
            self._read()
        self.close()
        self._view = view

    def draw(self) -> Shapes:
        """Take the pen in the hand: make the layer when it is not there, select it, and draw polygons."""
        layer = self.layer or self._make()
        layer.mode = "add_polygon"
        self._viewer.layers.selection.active = layer
        return layer

    def put_down(self) -> None:
        """Draw no longer; where nothing was drawn, nothing stays."""
        layer, chosen = self.layer, self._viewer.layers.selection
        if layer is None:
            return
        layer.mode = "pan_zoom"
        if self._timer.isActive():
            self._timer.stop()
            self._read()
        if chosen.active is layer and self._view is not None and self._view.layer in self._viewer.layers:
            chosen.active = self._view.layer  # who has chosen another one wants that
        if not len(layer.data):
            self._remove()

    def show(self, log: Corrections) -> None:
        """Show the regions of a log, unless they are those that were drawn."""
        found = [[list(c) for c in r["polygon"]] for r in log.of("region") if r["frames"] is None]
        if found == self._known:
            return
        self._known = found
        if self._view is not None and (found or self.layer is not None):
            self._write(self.layer or self._make(), found)
            if not found and self.layer.mode == "pan_zoom":
                self._remove()

    def close(self) -> None:
        """Take the drawing away."""
        self._known = []
        self._remove()

    def _remove(self) -> None:
        layer, self._layer = self.layer, None
        self._events.close()
        if layer is not None:
            self._viewer.layers.remove(layer)
            self.changed.emit()

    def _make(self) -> Shapes:
        view, active = self._view, self._viewer.layers.selection.active
        layer = Shapes(
            ndim=2,
            name=f"{view.layer.name} region",
            edge_color=COLOR,
            face_color="transparent",
            edge_width=max(1.0, min(view.source.shape[-2:]) / 150),
            metadata={KEY: {"aid": "region"}},
            **placed_after(view.layer, view.layer.ndim - 2),
        )
        self._layer = weakref.ref(layer)
        self._viewer.add_layer(layer)
        if active is not None:
            self._viewer.layers.selection.active = active
        self._events.close()
        self._events.add(layer.events, "data", self._on_drawn)
        self._events.add(layer.events, "set_data", self._on_drawn)
        self._write(layer, self._known)
        self.changed.emit()
        return layer

    def _write(self, layer: Shapes, polygons: list[Polygon]) -> None:
        self._writing = True
        try:
            layer.selected_data = set()
            layer.data = []
            if polygons:
                layer.add_polygons([np.array(polygon) for polygon in polygons], edge_color=COLOR)
        finally:
            self._writing = False

    def _on_removed(self, event: Any) -> None:
        """Who removes the drawing wants to look everywhere again."""
        if self._layer is None or event.value is not self._layer():
            return
        self._layer, self._known = None, []
        self._events.close()
        self.changed.emit()
        if self._view.layer in self._viewer.layers:
            self.drawn.emit([])

    def _on_drawn(self, *_: Any) -> None:
        if not self._writing:
            self._timer.start()

    def _read(self) -> None:
        """Tell of what is drawn, if it is news; a polygon that is being drawn is not finished yet."""
        layer = self.layer
        if layer is None:
            return
        if getattr(layer, "_is_creating", False):
            self._timer.start()
            return
        found = [
            [[round(float(value), 2) for value in corner] for corner in corners]
            for corners, kind in zip(layer.data, layer.shape_type, strict=True)
            if kind in FLAT and len(corners) > 2
        ]
        if found != self._known:
            self._known = found
            self.drawn.emit(found)
