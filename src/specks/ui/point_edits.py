"""Points that are edited with napari's own tools become corrections, too."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from napari.layers import Points
from qtpy.QtCore import QObject, QTimer, Signal

from specks._core.corrections import Corrections
from specks.ui.hand_log import HandLog
from specks.ui.refine_layers import RefineLayers
from specks.ui.refine_scene import RefineScene
from specks.ui.subscriptions import Subscriptions

__all__ = ["PointEdits"]

OUTDATED = "These points are those of an earlier fit: what is edited in them is not noted. Press Refine first"


class PointEdits(QObject):
    """Notes what was done to the points of a result in its layer.

    The next edit may come before the fit has taken in the last one: rows of the layer are not those of the table
    then, so it is kept apart which point each row of the layer is.

    Parameters
    ----------
    layers : RefineLayers
        That draw results in the layer.
    parent : QObject

    Attributes
    ----------
    said : Signal
        With a sentence, when an edit is not noted.
    """

    said = Signal(str)

    def __init__(self, layers: RefineLayers, parent: QObject) -> None:
        super().__init__(parent)
        self._layers = layers
        self._layer: Points | None = None
        self._scene: RefineScene | None = None
        self._log: HandLog | None = None
        #: Of each row of the layer: its frame, where its fit begins, and where it is drawn.
        self._frames = np.empty(0, np.int64)
        self._starts = self._places = np.empty((0, 0))
        self._watched = watched = Subscriptions()
        self.destroyed.connect(lambda: watched.close())

    def work_on(self, layer: Points | None, scene: RefineScene | None, log: HandLog | None) -> None:
        """Watch the layer of a result; without its scene and log, only to say that nothing is noted."""
        if self._goes_on(layer, scene, log):
            return
        self._watched.close()
        self._layer, self._scene, self._log = layer, scene, log
        if scene is not None:
            self._frames, self._starts, self._places = scene.frames, scene.starts, scene.positions
        if layer is not None:
            self._watched.add(layer.events, "data", self._on_data)

    def _goes_on(self, layer: Points | None, scene: RefineScene | None, log: HandLog | None) -> bool:
        """Whether this is what is watched already."""
        before = self._scene
        same = scene is before or (
            scene is not None and before is not None and scene.refined is before.refined
        )
        return same and layer is self._layer and log is self._log

    def _on_data(self, event: Any) -> None:
        layer, action = self._layer, str(getattr(event.action, "value", event.action))
        if self._layers.drawing or layer is None or action not in ("added", "removed", "changed"):
            return
        if self._scene is None or self._log is None:
            self.said.emit(OUTDATED)
            return
        rows, data = np.asarray(event.data_indices, int).reshape(-1), np.asarray(layer.data)
        known = len(self._frames)
        records: list[dict[str, Any]] = []
        if action == "added":
            records = self._added(data[known:])
        elif action == "removed":
            records = self._deleted(rows if len(data) else np.arange(known))
        elif len(data) == known:
            records = self._moved(rows, data)
        else:
            self._watched.close()  # all were given anew: which is which nobody knows
        if records:
            QTimer.singleShot(0, self, lambda: self._write(records))  # napari is not done with it yet

    def _added(self, places: npt.NDArray[np.float64]) -> list[dict[str, Any]]:
        records = []
        for frame, at in map(self._named, places):
            self._frames = np.append(self._frames, frame)
            self._starts, self._places = np.vstack([self._starts, at]), np.vstack([self._places, at])
            records.append({"kind": "point_add", "frame": frame, "position": at})
        return records

    def _moved(self, rows: npt.NDArray[np.intp], data: npt.NDArray[np.float64]) -> list[dict[str, Any]]:
        records = []
        starts, places = self._starts.copy(), self._places.copy()
        for row in rows:
            frame, new = self._named(data[row])
            if frame == self._frames[row] and not np.allclose(new, places[row], atol=1e-3):
                records.append(
                    {"kind": "point_move", "frame": frame, "position": starts[row].tolist(), "new": new}
                )
                starts[row] = places[row] = new
        self._starts, self._places = starts, places
        return records

    def _deleted(self, rows: npt.NDArray[np.intp]) -> list[dict[str, Any]]:
        records = [
            {"kind": "point_delete", "frame": int(self._frames[row]), "position": self._starts[row].tolist()}
            for row in rows
        ]
        self._frames = np.delete(self._frames, rows)
        self._starts, self._places = (np.delete(at, rows, axis=0) for at in (self._starts, self._places))
        return records

    def _named(self, place: npt.NDArray[np.float64]) -> tuple[int, list[float]]:
        """Frame and position of a place in pixels of the layer."""
        view = self._scene.view
        by_letter = {letter: float(place[axis]) for axis, letter in zip(view.kept, view.axes, strict=True)}
        position = [round(by_letter[letter], 3) for letter in self._scene.letters]
        return round(by_letter.get("t", 0.0)), position

    def _write(self, records: list[dict[str, Any]]) -> None:
        if self._log is not None:
            self._log.write(Corrections((*self._log.corrections, *records)))
