"""Tracks on the canvas, and rings where an object was not found."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from napari.components import ViewerModel
from napari.layers import Layer, Points, Tracks

from specks._core.errors import InputError
from specks._core.provenance import Provenance
from specks.ui.layer_view import LayerView
from specks.ui.request import Request
from specks.ui.results import KEY, ResultLayers
from specks.ui.track_colors import NUMBER, Vertices
from specks.ui.track_scene import drawn_diameters
from specks.ui.tracked import Tracked
from specks.ui.transforms import copy_transforms, move_to, placed_after

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["GAPS", "TRACKS", "TrackLayers"]

TRACKS, GAPS = "tracks", "inferred"
RING = "#ffb454"


class TrackLayers(ResultLayers):
    """The layers of linked objects: one of tracks, and one of points where positions are inferred.

    There is no layer where there is nothing to draw: napari knows no empty one of tracks.

    Parameters
    ----------
    viewer : napari viewer
    options : mapping of str to mapping
        Looks of the layers `TRACKS` and `GAPS` when they are first made.
    preview : bool
        Whether they show a part before everything is run.

    Attributes
    ----------
    color_by : str
        By what tracks are colored when they are first drawn.
    corrected : bool
        Whether positions are drawn without the drift.
    drawn : Vertices or None
    """

    def __init__(
        self, viewer: ViewerModel, options: Mapping[str, Mapping[str, Any]], preview: bool = False
    ) -> None:
        super().__init__(viewer, options, preview)
        self.color_by, self.corrected = NUMBER, False
        self.drawn: Vertices | None = None
        self._tracked: Tracked | None = None

    def finish(self, request: Request, result: Any, provenance: Provenance) -> None:
        """Show the tracks of a result, which has them as ``tracked``."""
        super().finish(request, result, provenance)
        if "t" not in request.main.axes:
            return  # a single frame, in which nothing moves
        self._tracked = result.tracked
        self.drawn = result.tracked.drawn
        self._draw()

    def draw_corrected(self, corrected: bool) -> None:
        """Draw positions without the drift, or as they were measured."""
        self.corrected = corrected
        if self._tracked is not None and self._request is not None and any(self):
            self._draw()

    def paint(self, feature: str) -> None:
        """Color tracks by one of their features."""
        self.color_by = feature
        layer = self.get(TRACKS)
        if layer is not None and feature in layer.properties and layer.color_by != feature:
            layer.color_by = feature

    def _draw(self) -> None:
        view = self._request.main
        table = self._placed(self._tracked.filled)
        self._draw_tracks(view, table)
        self._draw_gaps(view, table)

    def _placed(self, filled: pd.DataFrame) -> pd.DataFrame:
        """Rows with the positions that are to be drawn."""
        if not self._still:
            return filled
        letters = [letter for letter in "zyx" if f"{letter}_corrected" in filled]
        return filled.assign(**{letter: filled[f"{letter}_corrected"] for letter in letters})

    def _draw_tracks(self, view: LayerView, table: pd.DataFrame) -> None:
        first = time_axis_of(view)
        rows = table.iloc[self.drawn.rows]
        data = np.column_stack([rows["particle"].to_numpy(float), view.coordinates(rows)[:, first:]])
        layer = self._kept(TRACKS, view.layer.ndim - first)
        if not len(data):
            self._drop(layer)
            return
        placed = (
            placed_after(view.layer, first, view.fixed)
            if first
            else copy_transforms(view.layer, {axis: index for axis, index in view.fixed.items() if index})
        )
        shades = self.drawn.shades
        if layer is None:
            layer = Tracks(
                data,
                features=dict(self.drawn.features),
                graph=self.drawn.graph,
                colormaps_dict=shades,
                color_by=self.color_by if self.color_by in self.drawn.features else NUMBER,
                **placed,
                **{"tail_width": 3, "colormap": "hsv", **self._looks(TRACKS)},
            )
            self._enter(TRACKS, layer)
        else:
            _replace(layer, data, self.drawn, shades)
            self._settle(TRACKS, layer, view, placed)

    def _draw_gaps(self, view: LayerView, table: pd.DataFrame) -> None:
        gone = np.flatnonzero(~table["observed"].to_numpy(bool))
        layer = self._kept(GAPS, view.layer.ndim)
        if not len(gone) and layer is None:
            return
        places = view.coordinates(table.iloc[gone])
        features = {"particle": table["particle"].to_numpy()[gone]}
        sizes = drawn_diameters(self._tracked, view.layer)[gone]
        placed = copy_transforms(view.layer, {axis: index for axis, index in view.fixed.items() if index})
        if layer is None:
            look = {"symbol": "disc", "face_color": "transparent", "border_color": RING, "border_width": 0.12}
            layer = Points(places, size=sizes, features=features, **placed, **{**look, **self._looks(GAPS)})
            self._enter(GAPS, layer)
        else:
            layer.data = places
            layer.size, layer.features = sizes, features
            self._settle(GAPS, layer, view, placed)

    def _looks(self, output: str) -> dict[str, Any]:
        return {"name": self._name(output), "metadata": self._marked(output), **self._options.get(output, {})}

    def _name(self, output: str) -> str:
        """Says also which positions are drawn: layers that are held still must not be moved along."""
        still = " without drift" if self._still else ""
        return f"{self._request.main.layer.name} {output}{still}{' preview' if self._preview else ''}"

    @property
    def _still(self) -> bool:
        return self.corrected and self._tracked is not None and self._tracked.has_corrected

    def _kept(self, output: str, ndim: int) -> Layer | None:
        """The layer of the last result, unless it has another number of axes."""
        layer = self.get(output)
        if layer is not None and layer.ndim != ndim:
            self._drop(layer)
            return None
        return layer

    def _drop(self, layer: Layer | None) -> None:
        if layer is not None:
            self._viewer.layers.remove(layer)

    def _enter(self, output: str, layer: Layer) -> None:
        self._add(layer)
        self._called[output] = layer.name  # the viewer numbers names that are taken
        self._known[output] = weakref.ref(layer)

    def _settle(self, output: str, layer: Layer, view: LayerView, placed: Mapping[str, Any]) -> None:
        """Put a layer in its place, with its name and note."""
        layer.metadata = {**layer.metadata, **self._marked(output)}
        if layer.name == self._called.get(output):  # nobody gave it another name
            layer.name = self._name(output)
            self._called[output] = layer.name
        self._raise_above(layer, view.layer)
        move_to(layer, placed)

    def _marked(self, output: str) -> dict[str, Any]:
        aid = {"aid": "still"} if self._still else {}
        return {KEY: {**self._mark, "output": output, **aid}}


def time_axis_of(view: LayerView) -> int:
    """Axis of a layer along which its tracks run.

    Raises
    ------
    InputError
        When napari cannot show tracks along it.
    """
    axis = view.kept[view.axes.index("t")]
    if not 3 <= view.layer.ndim - axis <= 4:
        raise InputError(
            f'layer "{view.layer.name}" has {view.layer.ndim - axis} axes from the one of time on; tracks can be shown '
            "along (t, y, x) and (t, z, y, x)"
        )
    return axis


def _replace(
    layer: Tracks, data: npt.NDArray[np.float64], drawn: Vertices, shades: Mapping[str, Any]
) -> None:
    """Give a layer other tracks; it keeps what it is colored by."""
    color = layer.color_by
    layer.color_by = NUMBER  # napari warns where a feature is gone that tracks are colored by
    layer.data = data
    layer.features = dict(drawn.features)
    layer.colormaps_dict = dict(shades)
    layer.color_by = color if color in layer.properties else NUMBER
    if drawn.graph:  # drawing an empty one takes time, too
        layer.graph = drawn.graph
