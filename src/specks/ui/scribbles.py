"""An ordinary Labels layer whose strokes become corrections."""

from __future__ import annotations

from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Labels
from napari.utils import CyclicLabelColormap
from qtpy.QtCore import QObject, QTimer

from specks.ui.arrays import Held, allocate
from specks.ui.hand_log import HandLog
from specks.ui.layer_view import LayerView
from specks.ui.looks import STROKES
from specks.ui.results import KEY
from specks.ui.subscriptions import Subscriptions

__all__ = ["BACKGROUND", "PARTICLE", "Scribbling"]

BACKGROUND, PARTICLE = 1, 2
#: Strokes that follow each other this closely are one correction.
DEBOUNCE_MS = 200


class Scribbling(QObject):
    """Scribbles on one layer, kept in step with its log in both directions.

    Parameters
    ----------
    viewer : napari viewer
    view : LayerView
        What is scribbled on.
    log : HandLog
        Of that layer.
    parent : QObject
    """

    def __init__(self, viewer: ViewerModel, view: LayerView, log: HandLog, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer, self._view, self._log = viewer, view, log
        self._dirty: set[int | None] = set()
        self._ever: set[int] = set()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE_MS)
        self._timer.timeout.connect(self._read)
        self._events, self._follows = events, follows = Subscriptions(), Subscriptions()
        follows.add(log, "changed", self._write)
        self.destroyed.connect(lambda: (events.close(), follows.close()))
        if log.scribbles is not None:
            self._listen(log.scribbles)

    def brush(self, label: int) -> Labels:
        """Take a brush in the hand: make the layer when it is not there, select it, and paint."""
        layer = self._log.scribbles
        if layer is None or layer not in self._viewer.layers:
            layer = self._make()
        layer.selected_label = label
        layer.mode = "paint"
        self._viewer.layers.selection.active = layer
        return layer

    def close(self) -> None:
        """Read what was painted last, and listen no longer."""
        if self._timer.isActive():
            self._timer.stop()
            self._read()
        self._events.close()
        self._follows.close()

    def _make(self) -> Labels:
        shown, _ = allocate(self._view.expanded_shape, "uint8", {})
        layer = Labels(
            shown,
            name=f"{self._view.layer.name} scribbles",
            colormap=CyclicLabelColormap(STROKES),
            opacity=0.8,
            metadata={KEY: {"scribbles": True}},
            **self._view.placed(),
        )
        layer.brush_size = max(2, round(min(self._view.expanded_shape[-2:]) / 100))
        self._log.scribbles = layer
        self._write()
        self._viewer.add_layer(layer)
        self._listen(layer)
        return layer

    def _listen(self, layer: Labels) -> None:
        self._events.close()
        self._events.add(layer.events, "paint", self._on_paint)
        self._events.add(layer.events, "set_data", self._on_redraw)

    @property
    def _frames(self) -> int | None:
        """Number of frames, or None for a single plane."""
        shape = self._view.source.shape
        return shape[0] if len(shape) > 2 else None

    def _plane(self, frame: int | None) -> tuple[Any, tuple[Any, ...]]:
        """The layer's pixels without fixed axes, and the index of a frame in them."""
        layer = self._log.scribbles
        held = Held(layer.data, layer.ndim, dict.fromkeys(self._view.fixed, 0))
        everything = tuple(slice(0, n) for n in held.shape)
        return held, everything if frame is None else (frame, *everything[1:])

    def _on_paint(self, _: Any) -> None:
        """A brush paints the frame that is shown, or in all directions when it is set to."""
        if self._frames is not None and self._log.scribbles.n_edit_dimensions > 2:
            self._dirty |= set(range(self._frames))
        self._on_redraw()

    def _on_redraw(self, *_: Any) -> None:
        """Look at the frame that is shown: undo in napari says nothing, but redraws."""
        frame = self.frame_in_view()
        if self._frames is None or frame is not None:
            self._dirty.add(frame)
            self._timer.start()

    def frame_in_view(self) -> int | None:
        """Index along the first axis that is shown; None for a single plane, or one beside the image."""
        count, layer = self._frames, self._view.layer
        if count is None:
            return None
        at = round(float(layer.world_to_data(self._viewer.dims.point)[self._view.kept[0]]))
        return at if 0 <= at < count else None

    def _read(self) -> None:
        """Note the frames whose pixels are not as in the log."""
        dirty, self._dirty = self._dirty, set()
        if self._log.scribbles is None:
            return
        for frame in sorted(dirty, key=lambda f: -1 if f is None else f):
            held, index = self._plane(frame)
            annotation = np.array(held[index], np.uint8)
            if not np.array_equal(annotation, self._log.painted(frame, annotation.shape)):
                self._log.stroke(annotation, frame)

    def _write(self) -> None:
        """Paint what the log says where it differs; after undo, and on a new layer."""
        layer = self._log.scribbles
        if layer is None:
            return
        frames = [None] if self._frames is None else sorted(self._painted_frames())
        changed = False
        for frame in frames:
            held, index = self._plane(frame)
            now = np.asarray(held[index])
            wanted = self._log.painted(frame, now.shape)
            if not np.array_equal(now, wanted):
                held[index] = wanted
                changed = True
        if changed:
            layer.refresh()

    def _painted_frames(self) -> set[int]:
        """Frames that are painted in the log, or were before it changed."""
        self._ever |= {r["frame"] for r in self._log.corrections.of("scribble")} - {None}
        return self._ever
