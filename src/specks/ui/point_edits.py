"""Points that are edited with napari's own tools become corrections, too."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from napari.layers import Points
from qtpy.QtCore import QObject, QTimer

from specks._core.corrections import Corrections
from specks.ui.hand_log import HandLog
from specks.ui.refine_layers import RefineLayers
from specks.ui.refine_scene import RefineScene
from specks.ui.subscriptions import Subscriptions

__all__ = ["PointEdits"]


class PointEdits(QObject):
    """Notes what was done to the points of a result in its layer.

    Parameters
    ----------
    layers : RefineLayers
        That draw results in the layer.
    parent : QObject
    """

    def __init__(self, layers: RefineLayers, parent: QObject) -> None:
        super().__init__(parent)
        self._layers = layers
        self._layer: Points | None = None
        self._scene: RefineScene | None = None
        self._log: HandLog | None = None
        self._watched = watched = Subscriptions()
        self.destroyed.connect(lambda: watched.close())

    def work_on(self, layer: Points | None, scene: RefineScene | None, log: HandLog | None) -> None:
        """Watch the layer of a result; None to watch nothing."""
        self._watched.close()
        self._layer, self._scene, self._log = layer, scene, log
        if layer is not None and scene is not None and log is not None:
            self._watched.add(layer.events, "data", self._on_data)

    def _on_data(self, event: Any) -> None:
        scene, layer = self._scene, self._layer
        if self._layers.drawing or scene is None or layer is None:
            return
        rows, data = np.asarray(event.data_indices, int).reshape(-1), np.asarray(layer.data)
        rows = np.unique(rows[(rows >= 0) & (rows < len(scene.table))])
        action, records = str(getattr(event.action, "value", event.action)), []
        if action == "added":
            records = self._added(data[len(scene.table) :])
        elif action == "removed":
            records = self._deleted(rows)
        elif action == "changed" and len(data) == len(scene.table):
            records = self._moved(rows, data)
        if records:
            QTimer.singleShot(0, self, lambda: self._write(records))  # napari is not done with it yet

    def _added(self, places: npt.NDArray[np.float64]) -> list[dict[str, Any]]:
        return [
            {"kind": "point_add", "frame": frame, "position": at} for frame, at in map(self._named, places)
        ]

    def _moved(self, rows: npt.NDArray[np.intp], data: npt.NDArray[np.float64]) -> list[dict[str, Any]]:
        records = []
        for row in rows:
            frame, new = self._named(data[row])
            if frame == self._scene.frames[row] and not np.allclose(
                new, self._scene.positions[row], atol=1e-3
            ):
                start = [float(value) for value in self._scene.starts[row]]
                records.append({"kind": "point_move", "frame": frame, "position": start, "new": new})
        return records

    def _deleted(self, rows: npt.NDArray[np.intp]) -> list[dict[str, Any]]:
        return [
            {
                "kind": "point_delete",
                "frame": int(self._scene.frames[row]),
                "position": [float(value) for value in self._scene.starts[row]],
            }
            for row in rows
        ]

    def _named(self, place: npt.NDArray[np.float64]) -> tuple[int, list[float]]:
        """Frame and position of a place in pixels of the layer."""
        view = self._scene.view
        by_letter = {letter: float(place[axis]) for axis, letter in zip(view.kept, view.axes, strict=True)}
        position = [round(by_letter[letter], 3) for letter in self._scene.letters]
        return round(by_letter.get("t", 0.0)), position

    def _write(self, records: list[dict[str, Any]]) -> None:
        if self._log is not None:
            self._log.write(Corrections((*self._log.corrections, *records)))
