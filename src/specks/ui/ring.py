"""A ring around something on the canvas, which stays with it."""

from __future__ import annotations

from collections.abc import Sequence

from napari.components import ViewerModel
from napari.components.overlays import BrushCircleOverlay
from napari.layers import Layer
from qtpy.QtCore import QObject

from specks.ui.canvas import is_seen, on_canvas, world_per_pixel
from specks.ui.subscriptions import Subscriptions

__all__ = ["Ring"]

#: How much wider it is than what it is drawn around, and its least width in pixels of the canvas.
WIDER, SMALLEST = 1.6, 14
NOWHERE = (-1000, -1000)


class Ring(QObject):
    """A thin ring that is drawn over the picture and is no layer.

    Parameters
    ----------
    viewer : napari viewer
    key : str
        Name of the overlay, one for each ring.
    parent : QObject
        When it is destroyed, the ring goes.
    """

    def __init__(self, viewer: ViewerModel, key: str, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer, self._key = viewer, key
        self._around: tuple[Layer, tuple[float, ...], float] | None = None
        self._overlay: BrushCircleOverlay | None = None
        watched = self._watched = Subscriptions()
        for name in ("zoom", "center", "orientation"):
            watched.add(viewer.scene.camera.events, name, self._refresh)
        for name in ("point", "ndisplay", "order"):
            watched.add(viewer.dims.events, name, self._refresh)
        watched.add(viewer.canvas.events, "size", self._refresh)
        self.destroyed.connect(lambda: (watched.close(), viewer.canvas.overlays.pop(key, None)))

    @property
    def visible(self) -> bool:
        """Whether it is drawn."""
        return self._overlay is not None and self._overlay.visible

    @property
    def overlay(self) -> BrushCircleOverlay | None:
        """What is drawn, once there was something to draw."""
        return self._overlay

    def show_around(self, layer: Layer, place: Sequence[float], diameter: float) -> None:
        """Draw it around a place of a layer.

        Parameters
        ----------
        layer : Layer
        place : sequence of float
            In pixels of the layer.
        diameter : float
            Of what is there, in pixels along its last axis.
        """
        self._around = (layer, tuple(place), diameter)
        self._refresh()

    def hide(self) -> None:
        """Draw nothing."""
        self._around = None
        self._refresh()

    def _refresh(self, *_: object) -> None:
        if self._around is None or not is_seen(self._viewer, *self._around[:2]):
            if self.visible:
                self._overlay.visible = False
            return
        layer, place, diameter = self._around
        if self._overlay is None:
            self._overlay = BrushCircleOverlay(visible=False, box=False)
            self._viewer.canvas.overlays[self._key] = self._overlay
        size = diameter * world_per_pixel(self._viewer, layer) * self._viewer.scene.camera.zoom
        overlay = self._overlay
        overlay.size = max(round(WIDER * size), SMALLEST)
        appears = not overlay.visible
        overlay.visible = True  # what draws it is made only now, at no place yet
        overlay.position_is_frozen = False  # else the drawing stays where it is
        overlay.position = NOWHERE  # so that the next line is news, whatever the mouse did meanwhile
        overlay.position = tuple(round(value) for value in on_canvas(self._viewer, layer, place))
        overlay.position_is_frozen = True  # else it follows the mouse
        if appears and not self._viewer.mouse_over_canvas:
            self._viewer.events.mouse_over_canvas()  # napari draws a brush only when told to look again
