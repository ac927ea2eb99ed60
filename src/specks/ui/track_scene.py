"""Where tracks are on the canvas: what is at a place, and the way to an object."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from napari.components import ViewerModel
from napari.layers import Layer, Points

from specks.ui.canvas import unit_factors, world_per_pixel
from specks.ui.course import frame_in_view
from specks.ui.layer_view import LayerView
from specks.ui.tracked import Tracked

__all__ = ["Seen", "TrackScene", "drawn_diameters"]

#: A click beside an object still means it within so many pixels of the canvas.
NEAR = 12
#: Diameter of objects whose size nobody knows, in pixels.
DIAMETER = 8.0


@dataclass(frozen=True)
class Seen:
    """An object, or the place where one is inferred to be.

    Parameters
    ----------
    particle, frame : int
    label : int
        0 where it is inferred.
    place : tuple of float
        In pixels of the layer, one value an axis.
    diameter : float
        In pixels.
    """

    particle: int
    frame: int
    label: int
    place: tuple[float, ...]
    diameter: float

    @property
    def name(self) -> tuple[int, int]:
        """Frame and label, by which corrections call it."""
        return self.frame, self.label


@dataclass(frozen=True, eq=False)
class TrackScene:
    """A result on the layer that it is about.

    Parameters
    ----------
    view : LayerView
    tracked : Tracked
    """

    view: LayerView
    tracked: Tracked

    @property
    def layer(self) -> Layer:
        """The layer that is linked."""
        return self.view.layer

    @cached_property
    def diameters(self) -> npt.NDArray[np.float64]:
        """Of each row of the filled table, in pixels."""
        return drawn_diameters(self.tracked, self.layer)

    def frame(self, viewer: ViewerModel) -> int | None:
        """Frame at which the slider stands."""
        return frame_in_view(viewer, self.view)

    def at(self, viewer: ViewerModel, world: npt.ArrayLike) -> Seen | None:
        """What is nearest to a place in the frame in view; None where nothing is near."""
        frame, filled = self.frame(viewer), self.tracked.filled
        rows = np.flatnonzero(filled["frame"].to_numpy() == frame) if frame is not None else np.empty(0, int)
        if not len(rows):
            return None
        place = np.asarray(world, float)[-self.layer.ndim :] / unit_factors(viewer, self.layer)
        names = self.tracked.positions(False)
        here = np.asarray(self.layer.world_to_data(place))[-len(names) :]
        away = np.linalg.norm(filled[names].to_numpy(float)[rows] - here, axis=1)
        near = NEAR / (viewer.scene.camera.zoom * world_per_pixel(viewer, self.layer))
        reach = np.maximum(self.diameters[rows] / 2, near)
        best = int(np.argmin(away / reach))
        return self._seen(int(rows[best])) if away[best] <= reach[best] else None

    def in_frame(self, particle: int, frame: int) -> Seen | None:
        """A track in a frame; None outside of it."""
        rows = self.tracked.rows.get(particle)
        if rows is None:
            return None
        at = frame - int(self.tracked.filled["frame"].iloc[rows.start])
        return self._seen(rows.start + at) if 0 <= at < rows.stop - rows.start else None

    def nearest_to(self, particle: int, frame: int) -> Seen:
        """Where a track was seen in the frame that is nearest to one."""
        rows = self.tracked.rows[particle]
        part = self.tracked.filled.iloc[rows]
        away = np.abs(part["frame"].to_numpy() - frame) + 1e9 * ~part["observed"].to_numpy(bool)
        return self._seen(rows.start + int(np.argmin(away)))

    def called(self, frame: int, label: int) -> Seen | None:
        """The object of that name; None when it belongs to no track."""
        filled = self.tracked.filled
        found = np.flatnonzero((filled["frame"] == frame) & (filled["label"] == label) & filled["observed"])
        return self._seen(int(found[0])) if len(found) else None

    def link_at(self, particle: int, frame: int) -> tuple[Seen, Seen] | None:
        """The link of a track that leads into a frame or over it; None before its second object."""
        rows = self.tracked.rows.get(particle)
        if rows is None:
            return None
        part = self.tracked.filled.iloc[rows]
        seen = np.flatnonzero(part["observed"].to_numpy(bool))
        times = part["frame"].to_numpy()[seen]
        later = int(np.searchsorted(times, frame))
        if not 0 < later < len(times):
            return None
        return self._seen(rows.start + int(seen[later - 1])), self._seen(rows.start + int(seen[later]))

    def sureness(self, seen: Seen) -> float:
        """Probability that the link to an object is right."""
        table = self.tracked.table
        row = (table["frame"] == seen.frame) & (table["label"] == seen.label)
        return float(table.loc[row, "confidence"].iloc[0])

    def _seen(self, row: int) -> Seen:
        one: Any = self.tracked.filled.iloc[[row]]
        place = self.view.coordinates(one)[0]
        for axis, index in self.view.fixed.items():
            place[axis] = index
        observed = bool(one["observed"].iloc[0])
        return Seen(
            particle=int(one["particle"].iloc[0]),
            frame=int(one["frame"].iloc[0]),
            label=int(one["label"].iloc[0]) if observed else 0,
            place=tuple(float(value) for value in place),
            diameter=float(self.diameters[row]),
        )


def drawn_diameters(tracked: Tracked, layer: Layer) -> npt.NDArray[np.float64]:
    """How large objects are drawn in each row of the filled table, in pixels; without a size, as their points are."""
    points = isinstance(layer, Points) and len(layer.data)
    usual = float(np.median(layer.size)) if points else DIAMETER
    if tracked.radius is None:
        return np.full(len(tracked.filled), usual)
    pixels = 2 * tracked.radius / tracked.scales.pixel
    return np.where(np.isfinite(pixels), np.maximum(pixels, 1), usual)
