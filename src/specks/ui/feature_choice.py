"""The features that a person has chosen: in the table and on the canvas alike."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Points
from qtpy.QtCore import QObject, Signal
from qtpy.QtGui import QCursor
from qtpy.QtWidgets import QToolTip

from specks.ui.canvas import go_to, is_on_canvas, shows_planes, slide_to
from specks.ui.canvas_clicks import CanvasClicks
from specks.ui.refine_layers import diameters
from specks.ui.refine_scene import RefineScene
from specks.ui.ring import Ring
from specks.ui.subscriptions import Subscriptions

__all__ = ["FeatureChoice"]


class FeatureChoice(QObject):
    """Chooses a feature by a click on the canvas, by rows of a table, or by what is selected in its layer.

    What is to be known of a feature is told where the mouse points at it.

    Parameters
    ----------
    viewer : napari viewer
    parent : QObject

    Attributes
    ----------
    changed : Signal
        Other features are chosen.
    labels : list
        Their labels in the index of the table.
    """

    changed = Signal()

    def __init__(self, viewer: ViewerModel, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._scene: RefineScene | None = None
        self._layer: Points | None = None
        self.labels: list[Any] = []
        self.ring = Ring(viewer, "specks_feature", self)
        self._clicks = CanvasClicks(viewer, self._on_click, self)
        self._pointed: int | None = None
        self._hover = hover = _hovering(self._on_hover)
        self.destroyed.connect(lambda: _leave(viewer, hover))
        self._selected = selected = Subscriptions()
        self.destroyed.connect(lambda: selected.close())

    @property
    def label(self) -> Any:
        """The first that is chosen; None when none is."""
        return self.labels[0] if self.labels else None

    def follow(self, scene: RefineScene | None, layer: Points | None) -> None:
        """Go on with another result, whose labels mean the same features."""
        if scene is None or (self._scene is not None and scene.layer is not self._scene.layer):
            self.labels = []
        self._scene, self._layer = scene, layer
        self._selected.close()
        if layer is not None:
            self._selected.add(layer.selected_data.events, "items_changed", self._on_selected)
        self.labels = [
            label for label in self.labels if scene is not None and scene.row_of(label) is not None
        ]
        self._refresh()

    def listen(self, on: bool) -> None:
        """Let clicks choose, or no longer."""
        self._clicks.listen(on and self._scene is not None)
        _leave(self._viewer, self._hover)
        if self._clicks.on:
            self._viewer.mouse_move_callbacks.append(self._hover)
        self._refresh()

    def choose(self, labels: list[Any], show: bool = False) -> None:
        """Choose features by their labels.

        Parameters
        ----------
        labels : list
        show : bool
            Whether to bring the first into view.
        """
        if labels == self.labels:
            return
        self.labels = list(labels)
        self._select()
        if show and self.labels:
            self._show()
        self._refresh()
        self.changed.emit()

    def _select(self) -> None:
        """Select the same in the layer."""
        scene, layer = self._scene, self._layer
        if scene is None or layer is None or len(layer.data) != len(scene.table):
            return
        rows = {row for label in self.labels if (row := scene.row_of(label)) is not None}
        if set(layer.selected_data) != rows:
            layer.selected_data = rows

    def _on_selected(self, *_: Any) -> None:
        scene, layer = self._scene, self._layer
        if scene is None or layer is None or len(layer.data) != len(scene.table):
            return
        rows = sorted(int(row) for row in layer.selected_data)
        labels = scene.table.index[rows].tolist()
        if set(labels) != set(self.labels):
            self.choose(labels)

    def _show(self) -> None:
        scene, viewer = self._scene, self._viewer
        row = None if scene is None else scene.row_of(self.label)
        if row is None or not self._seen:
            return
        place = scene.place(row)
        slide_to(viewer, scene.layer, place)
        if not is_on_canvas(viewer, scene.layer, place):  # else the picture stays where it is
            go_to(viewer, scene.layer, place, float(diameters(scene.table)[row]))

    @property
    def _seen(self) -> bool:
        """Whether the image is on the canvas, as planes of y and x."""
        scene, viewer = self._scene, self._viewer
        return scene is not None and scene.layer in viewer.layers and shows_planes(viewer, scene.layer)

    def _on_click(self, world: np.ndarray) -> None:
        if self._seen:
            row = self._scene.at(self._viewer, world)
            self.choose([] if row is None else [self._scene.table.index[row]])

    def _on_hover(self, world: np.ndarray) -> None:
        scene = self._scene
        if not self._seen:
            return
        row = scene.at(self._viewer, world)
        if row == self._pointed:
            return
        self._pointed = row
        said = row is not None and bool(scene.table["reason"].iloc[row])
        QToolTip.showText(QCursor.pos(), scene.refined.explain(scene.table.index[row]) if said else "")

    def _refresh(self) -> None:
        scene = self._scene
        row = None if scene is None or self.label is None else scene.row_of(self.label)
        if row is None or not self._clicks.on or scene.layer not in self._viewer.layers:
            self.ring.hide()
        else:
            self.ring.show_around(scene.layer, scene.place(row), float(diameters(scene.table)[row]))


def _hovering(method: Callable[[np.ndarray], None]) -> Callable[[Any, Any], None]:
    """A callback of napari that does not keep the owner of a method alive."""
    held = weakref.WeakMethod(method)

    def callback(_: Any, event: Any) -> None:
        alive = held()
        if alive is not None:
            alive(np.array(event.position))

    return callback


def _leave(viewer: ViewerModel, callback: Any) -> None:
    if callback in viewer.mouse_move_callbacks:
        viewer.mouse_move_callbacks.remove(callback)
