"""Hold a drifting sample still while the time slider moves."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from napari.components import ViewerModel
from napari.layers import Layer
from qtpy.QtCore import QObject, Signal

from specks.ui.course import Course
from specks.ui.displaced import put_back, settle_in, show_displaced
from specks.ui.subscriptions import Subscriptions

__all__ = ["HoldStill"]

Floats = npt.NDArray[np.float64]


class HoldStill(QObject):
    """Shows layers where the sample would be had it not moved; no pixel is computed.

    Where a layer is declared to be does not change: see `specks.ui.displaced`.

    Parameters
    ----------
    viewer : napari viewer
    parent : QObject
        When it is destroyed, the layers are put back.

    Attributes
    ----------
    moved : Signal
        Another frame is shown, or the layers were put elsewhere.
    """

    moved = Signal()

    def __init__(self, viewer: ViewerModel, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self.course: Course | None = None
        self._on = True
        self._away = False
        self._tried: tuple[int, Floats] | None = None
        held: weakref.WeakSet[Layer] = weakref.WeakSet()
        self._wanted: list[weakref.ref[Layer]] = []
        self._held = held
        watched = Subscriptions()
        for name in ("current_step", "ndisplay", "order"):
            watched.add(viewer.dims.events, name, self.refresh)
        watched.add(viewer.layers.events, "removed", self._on_removed)
        watched.add(viewer.layers.events, "inserted", self._on_inserted)
        self._edits = edits = Subscriptions()
        self.destroyed.connect(
            lambda: (watched.close(), edits.close(), [put_back(one) for one in list(held)])
        )

    @property
    def on(self) -> bool:
        """Whether layers are held still now."""
        return self._on and not self._away and self.course is not None

    @property
    def away(self) -> bool:
        """Whether the dock is closed."""
        return self._away

    @property
    def frame(self) -> int | None:
        """The frame that is shown."""
        return None if self.course is None else self.course.frame_in_view(self._viewer)

    def set_on(self, on: bool) -> None:
        """Hold still, or show everything where it is."""
        self._on = on
        self.refresh()

    def set_away(self, away: bool) -> None:
        """Let go while the dock is closed."""
        self._away = away
        self.refresh()

    def follow(self, course: Course | None) -> None:
        """Hold another sample still, or the same by other shifts."""
        self.course, self._tried = course, None
        self._edits.close()
        if course is not None:
            for name in ("scale", "rotate", "shear", "affine", "units"):
                self._edits.add(course.layer.events, name, self.refresh)
        self.refresh()

    def hold(self, layers: Iterable[Layer]) -> None:
        """Which layers move along; what no longer does is put back."""
        self._wanted = [weakref.ref(layer) for layer in layers]
        self.refresh()

    def shift(self, frame: int) -> Floats:
        """How far the sample has moved in a frame, in pixels of the layer."""
        if self._tried is not None and self._tried[0] == frame:
            return self._tried[1]
        return self.course.shifts[frame]

    def try_shift(self, frame: int, shift: Floats | None) -> None:
        """Show a frame as if the sample had moved so far in it; None for what is known."""
        self._tried = None if shift is None else (frame, shift)
        self.refresh()

    def refresh(self, *_: Any) -> None:
        """Put every layer where it is to be seen in the frame that is shown."""
        frame = self.frame if self.on else None
        wanted = [
            layer for ref in self._wanted if (layer := ref()) is not None and layer in self._viewer.layers
        ]
        for layer in list(self._held):
            if frame is None or not any(layer is one for one in wanted):
                put_back(layer)
                self._held.discard(layer)
        if frame is not None:
            for layer in wanted:
                self._held.add(layer)
                self._show(layer, -self.course.step(self._viewer, self.shift(frame), layer))
        self.moved.emit()

    def _show(self, layer: Layer, offset: Floats) -> None:
        dims = self._viewer.dims
        hidden = np.ones(layer.ndim, np.bool_)
        hidden[[a - dims.ndim + layer.ndim for a in dims.displayed if a >= dims.ndim - layer.ndim]] = False
        if hidden[-len(self.course.axes) :].any():  # then another plane comes into view
            show_displaced(layer, offset, hidden)
            return
        # The sliders stay where they are: napari would draw everything once more for each layer that moves.
        with dims.events.current_step.blocker(), dims.events.point.blocker():
            show_displaced(layer, offset, hidden)

    def _on_removed(self, event: Any) -> None:
        put_back(event.value)
        self._held.discard(event.value)

    def _on_inserted(self, event: Any) -> None:
        """A copy of a layer that is shown elsewhere is no such layer itself."""
        settle_in(event.value)
