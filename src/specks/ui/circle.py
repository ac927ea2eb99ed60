"""A length drawn as a circle on the canvas, to be held against what is seen."""

from __future__ import annotations

from napari.components import ViewerModel
from napari.components.overlays import BrushCircleOverlay
from napari.layers import Layer
from qtpy.QtCore import QObject, QTimer

from specks.ui.canvas import world_per_pixel
from specks.ui.subscriptions import Subscriptions

__all__ = ["DiameterCircle"]

KEY = "specks_diameter"
#: A circle smaller than this cannot be seen, in pixels of the canvas.
SMALLEST = 3
#: What the mouse looks like while it carries a circle of its own.
BRUSHES = ("circle", "circle_frozen", "square")


class DiameterCircle(QObject):
    """A circle as wide as a diameter, which goes with the mouse and stays where the mouse left it.

    It is drawn over the picture and is no layer: it cannot be selected, saved or measured by
    accident.

    Parameters
    ----------
    viewer : napari viewer
    parent : QObject
        When it is destroyed, the circle goes.
    key : str
        Name of the overlay, one for each circle.
    """

    def __init__(self, viewer: ViewerModel, parent: QObject, key: str = KEY) -> None:
        super().__init__(parent)
        self._viewer, self._key = viewer, key
        self._width = 0.0
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._look_again)
        self._shown, self._fetched = True, False
        self._overlay: BrushCircleOverlay | None = None
        watched = self._watched = Subscriptions()
        watched.add(viewer.scene.camera.events, "zoom", self._refresh)
        watched.add(viewer.cursor.events, "style", self._refresh)
        watched.add(viewer.dims.events, "ndisplay", self._refresh)
        self.destroyed.connect(lambda: _clear(viewer, key, watched))

    @property
    def width(self) -> float:
        """Diameter on the canvas in its pixels; 0 when nothing is drawn."""
        overlay = self._overlay
        return float(overlay.size) if overlay is not None and overlay.visible else 0.0

    def set(self, diameter: float | None, layer: Layer | None) -> None:
        """Draw another diameter.

        Parameters
        ----------
        diameter : float or None
            In pixels along the last axis of the layer; None for no circle.
        layer : Layer or None
            The image that it is held against.
        """
        drawn = diameter is not None and layer is not None
        self._width = diameter * world_per_pixel(self._viewer, layer) if drawn else 0.0
        self._refresh()

    def show(self, shown: bool) -> None:
        """Show it, or put it away until it is shown again."""
        self._shown = shown
        self._refresh()

    def _refresh(self, *_: object) -> None:
        size = self._width * self._viewer.scene.camera.zoom
        free = self._viewer.cursor.style not in BRUSHES and self._viewer.dims.ndisplay == 2
        visible = self._shown and size >= SMALLEST and free
        if self._overlay is None:
            if not visible:
                return
            self._make(size)
        self._overlay.size = round(size)
        self._overlay.visible = visible
        self._look_again()

    def _make(self, size: float) -> None:
        """Put it into the middle of the canvas, where it stays until the mouse fetches it."""
        self._overlay = BrushCircleOverlay(size=round(size), visible=True, box=False)
        self._viewer.canvas.overlays[self._key] = self._overlay
        self._to_the_middle()
        self._watched.add(self._viewer.canvas.events, "size", self._to_the_middle)
        self._watched.add(self._viewer.events, "mouse_over_canvas", self._on_mouse_over_canvas)

    def _to_the_middle(self, *_: object) -> None:
        if not self._fetched:
            height, width = self._viewer.canvas.size
            self._overlay.position_is_frozen = False
            self._overlay.position = (width // 2, height // 2)
            self._overlay.position_is_frozen = True

    def _on_mouse_over_canvas(self, *_: object) -> None:
        over = self._viewer.mouse_over_canvas
        if over is self._overlay.position_is_frozen:  # it has come or gone; else it was told to look again
            self._fetched = True
            self._overlay.position_is_frozen = not over
            self._later.start()

    def _look_again(self) -> None:
        """napari hides the circle of a brush when the mouse goes, unless it then finds it frozen."""
        if not self._viewer.mouse_over_canvas:
            self._viewer.events.mouse_over_canvas()


def _clear(viewer: ViewerModel, key: str, watched: Subscriptions) -> None:
    watched.close()
    viewer.canvas.overlays.pop(key, None)
