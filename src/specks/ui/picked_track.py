"""The track that a person looks at."""

from __future__ import annotations

from typing import Any

import numpy as np
from napari.components import ViewerModel
from qtpy.QtCore import QObject, Signal

from specks.ui.canvas import go_to, is_on_canvas, shows_planes, slide_to
from specks.ui.canvas_clicks import CanvasClicks
from specks.ui.ring import Ring
from specks.ui.subscriptions import Subscriptions
from specks.ui.track_scene import Seen, TrackScene

__all__ = ["PickedTrack"]


class PickedTrack(QObject):
    """Picks a track by a click on the canvas or by number, and rings it in the frame in view.

    It is known by one of its objects: tracks are numbered anew whenever links are corrected.

    Parameters
    ----------
    viewer : napari viewer
    key : str
        Name of the ring.
    parent : QObject

    Attributes
    ----------
    changed : Signal
        Another track was picked, or none, or the result is another one.
    frame_changed : Signal
        Another frame is in view.
    clicked : Signal
        With the `Seen` object of a click while a tool takes these.
    """

    changed = Signal()
    frame_changed = Signal()
    clicked = Signal(object)

    def __init__(self, viewer: ViewerModel, key: str, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._scene: TrackScene | None = None
        self.lent = False
        self._anchor: tuple[int, int] | None = None
        self.ring = Ring(viewer, key, self)
        self._clicks = CanvasClicks(viewer, self._on_click, self)
        follows, self._moves = Subscriptions(), Subscriptions()
        moves = self._moves
        follows.add(viewer.dims.events, "point", self._on_frame)
        self.destroyed.connect(lambda: (follows.close(), moves.close()))

    @property
    def scene(self) -> TrackScene | None:
        """The result; None when its layer has got another number of axes meanwhile."""
        scene = self._scene
        return scene if scene is not None and scene.view.intact else None

    @property
    def particle(self) -> int | None:
        """Number of the track."""
        if self.scene is None or self._anchor is None:
            return None
        found = self.scene.called(*self._anchor)
        return None if found is None else found.particle

    @property
    def frame(self) -> int | None:
        """The frame in view."""
        return None if self.scene is None else self.scene.frame(self._viewer)

    @property
    def here(self) -> Seen | None:
        """The track in the frame in view."""
        particle, frame = self.particle, self.frame
        return None if particle is None or frame is None else self.scene.in_frame(particle, frame)

    def listen(self, on: bool) -> None:
        """Let clicks pick, or no longer."""
        self._clicks.listen(on and self.scene is not None)
        self._refresh()

    def follow(self, scene: TrackScene | None) -> None:
        """Go on with another result; the track stays picked while its object is there."""
        if scene is None or (self.scene is not None and self.scene.layer is not scene.layer):
            self._anchor = None
        self._scene = scene
        self._moves.close()
        if scene is not None:
            self._moves.add(scene.layer.events, "translate", self._refresh)  # it may be held still
        self._refresh()
        self.changed.emit()

    def pick(self, particle: int | None, show: bool = False) -> None:
        """Pick a track by its number.

        Parameters
        ----------
        particle : int or None
        show : bool
            Whether to bring it into view.
        """
        if self.scene is None:
            return
        if particle is None:
            self._anchor = None
        else:
            frame = self.frame
            seen = self.scene.nearest_to(particle, 0 if frame is None else frame)
            self._anchor = seen.name
            if show:
                self._show(seen)
        self._refresh()
        self.changed.emit()

    def hold_on_to(self, seen: Seen) -> None:
        """Know the track by another of its objects: it may fall apart."""
        self._anchor = seen.name

    def show_frame(self, frame: int) -> None:
        """Move the slider to a frame."""
        seen = None if self.particle is None else self.scene.in_frame(self.particle, frame)
        if seen is not None:
            self._show(seen)

    def _show(self, seen: Seen) -> None:
        viewer, layer = self._viewer, self.scene.layer
        if layer not in viewer.layers or not shows_planes(viewer, layer):
            return
        slide_to(viewer, layer, seen.place)
        if not is_on_canvas(viewer, layer, seen.place):  # else the picture stays where it is
            go_to(viewer, layer, seen.place, seen.diameter)

    def _on_click(self, world: np.ndarray) -> None:
        if self.scene is None or self.scene.layer not in self._viewer.layers:
            return
        seen = self.scene.at(self._viewer, world)
        if self.lent:
            if seen is not None and seen.label:
                self.clicked.emit(seen)
            return
        if seen is not None:
            self._anchor = self.scene.nearest_to(seen.particle, seen.frame).name
        else:
            self._anchor = None
        self._refresh()
        self.changed.emit()

    def _on_frame(self, *_: Any) -> None:
        self._refresh()
        if self.scene is not None:
            self.frame_changed.emit()

    def _refresh(self, *_: Any) -> None:
        here = self.here
        if here is None or not self._clicks.on or self.scene.layer not in self._viewer.layers:
            self.ring.hide()
        else:
            self.ring.show_around(self.scene.layer, here.place, here.diameter)
