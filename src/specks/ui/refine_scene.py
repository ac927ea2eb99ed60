"""Refined features in the image that they are about: which is where, in which frame."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from napari.components import ViewerModel
from napari.layers import Layer

from specks._core.corrections import Corrections
from specks.refinement import Refined
from specks.ui.canvas import unit_factors, world_per_pixel
from specks.ui.course import frame_in_view
from specks.ui.layer_view import LayerView
from specks.ui.refine_layers import diameters

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RefineScene"]

#: A feature may be missed by this many pixels of the canvas.
NEAR = 10.0


@dataclass(frozen=True, eq=False)
class RefineScene:
    """A result in its image.

    Parameters
    ----------
    view : LayerView
        Of the image.
    refined : Refined
    """

    view: LayerView
    refined: Refined

    @property
    def layer(self) -> Layer:
        """The image."""
        return self.view.layer

    @property
    def table(self) -> pd.DataFrame:
        """The result."""
        return self.refined.table

    @cached_property
    def letters(self) -> list[str]:
        """Columns of positions."""
        return [letter for letter in self.view.axes if letter != "t"]

    @cached_property
    def positions(self) -> npt.NDArray[np.float64]:
        """Where features are, shape (rows, axes of space)."""
        return self.table[self.letters].to_numpy(float)

    @cached_property
    def starts(self) -> npt.NDArray[np.float64]:
        """Where their fits began, by which corrections name them."""
        known = self.refined.known
        found: npt.NDArray[np.float64] = known.edited[self.letters].to_numpy(float)
        return found

    @cached_property
    def frames(self) -> npt.NDArray[np.int64]:
        """The frame of each row."""
        if "t" not in self.view.axes:
            return np.zeros(len(self.table), np.int64)
        return self.table["frame"].to_numpy(np.int64)

    def start(self, row: int, log: Corrections) -> list[float] | None:
        """Where the fit of a row begins by a log that may be longer than that of the result; None when deleted."""
        at: list[float] | None = self.starts[row].tolist()
        known = len(self.refined.corrections)
        if log.records[:known] != self.refined.corrections.records:
            return at
        for record in log.records[known:]:
            if record["frame"] == self.frames[row] and record["position"] == at:
                at = record.get("new") if record["kind"] != "point_add" else at
        return at

    def frame(self, viewer: ViewerModel) -> int | None:
        """The frame in view; 0 of a single image."""
        return frame_in_view(viewer, self.view) if "t" in self.view.axes else 0

    def rows_of(self, frame: int) -> npt.NDArray[np.intp]:
        """Rows that lie in a frame."""
        return np.flatnonzero(self.frames == frame)

    def position(self, viewer: ViewerModel, world: npt.ArrayLike) -> list[float]:
        """A place in the world in pixels of the image along the axes of space."""
        at = np.asarray(world, float)[-self.layer.ndim :] / unit_factors(viewer, self.layer)
        data = np.asarray(self.layer.world_to_data(at), float)
        axes = [self.view.kept[self.view.axes.index(letter)] for letter in self.letters]
        return [round(float(data[axis]), 3) for axis in axes]

    def inside(self, position: list[float]) -> bool:
        """Whether a position lies in the image."""
        shape = self.view.source.shape[-len(self.letters) :]
        return all(-0.5 <= p <= n - 0.5 for p, n in zip(position, shape, strict=True))

    def at(self, viewer: ViewerModel, world: npt.ArrayLike) -> int | None:
        """The row of what is nearest to a place in the frame in view; None where nothing is near."""
        frame = self.frame(viewer)
        rows = self.rows_of(frame) if frame is not None else np.empty(0, np.intp)
        if not len(rows):
            return None
        away = np.linalg.norm(self.positions[rows] - self.position(viewer, world), axis=1)
        near = NEAR / (viewer.scene.camera.zoom * world_per_pixel(viewer, self.layer))
        reach = np.maximum(diameters(self.table)[rows] / 2, near)
        best = int(np.nanargmin(away)) if np.isfinite(away).any() else 0
        return int(rows[best]) if away[best] <= reach[best] else None

    def place(self, row: int) -> tuple[float, ...]:
        """Where a row lies in pixels of the layer, one value an axis."""
        place = np.zeros(self.layer.ndim)
        for axis, index in self.view.fixed.items():
            place[axis] = index
        values = dict(zip(self.letters, self.positions[row], strict=True)) | {"t": self.frames[row]}
        for axis, letter in zip(self.view.kept, self.view.axes, strict=True):
            place[axis] = values[letter]
        return tuple(float(value) for value in place)

    def row_of(self, label: Any) -> int | None:
        """The place of a row in the table by its label; None when it is gone."""
        found = np.flatnonzero(np.asarray(self.table.index == label))
        return int(found[0]) if len(found) == 1 else None
