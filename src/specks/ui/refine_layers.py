"""Located and refined features on the canvas."""

from __future__ import annotations

import weakref
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from napari.components import ViewerModel
from napari.layers import Points

from specks._core.provenance import Provenance
from specks.ui.point_colors import Shades, shades_of
from specks.ui.request import Request
from specks.ui.results import ResultLayers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FEATURES", "RefineLayers"]

#: The output of the step that is a table of features.
FEATURES = "table"
RING, CROSS = "disc", "x"
#: Diameter of what has no size, in pixels, and the least that can be seen.
DIAMETER, LEAST = 9.0, 3.0
#: Difference of colors, from 0 to 1, that can be seen.
SEEN = 0.04


class RefineLayers(ResultLayers):
    """The layer of refined features: rings as wide as features, crosses where the fit failed.

    Attributes
    ----------
    color_by : str
        Column by which features are colored.
    shades : Shades or None
        As they are drawn.
    drawing : bool
        Whether the layer is being changed here, rather than by a person.
    """

    def __init__(
        self, viewer: ViewerModel, options: Mapping[str, Mapping[str, Any]], preview: bool = False
    ) -> None:
        super().__init__(viewer, options, preview)
        self.color_by, self.drawing = "chi", False
        self.shades: Shades | None = None
        self._table: pd.DataFrame | None = None
        self._ok: npt.NDArray[np.bool_] = np.zeros(0, bool)
        self._painted: weakref.WeakKeyDictionary[Points, npt.NDArray[Any]] = weakref.WeakKeyDictionary()

    def finish(self, request: Request, result: Any, provenance: Provenance) -> None:
        """Show the table of a result."""
        with self._own():
            super().finish(request, result, provenance)
            self._dress(result.table)

    def paint(self, column: str) -> None:
        """Color features by another column, whatever colors they were given by hand."""
        self.color_by = column
        layer = self.get(FEATURES)
        if layer is not None and self._table is not None and len(layer.data) == len(self._table):
            self._color(layer, self._table)

    def follow(self, rows: npt.NDArray[np.intp], part: pd.DataFrame) -> None:
        """Show how some rows change while a point is dragged; the table stays as it is.

        Parameters
        ----------
        rows : array of int
            Places in the table.
        part : pandas.DataFrame
            Where these are now, and how well they fit.
        """
        layer, table = self.get(FEATURES), self._table
        if layer is None or table is None or self._request is None or len(layer.data) != len(table):
            return
        places = layer.data
        for axis, name in self._request.main.columns.items():
            if name != "frame":
                places[rows, axis] = part[name].to_numpy(float)
        with self._own():
            # Given as a whole, napari would look at all layers again, which takes several times as long.
            layer.refresh(extent=False, thumbnail=False)
            colors = np.array(layer.border_color)
            now = shades_of(part, self.color_by, self.shades).colors
            if np.abs(colors[rows] - now).max(initial=0) > SEEN:
                colors[rows] = now
                layer.border_color = self._painted[layer] = colors
            ok = part["ok"].to_numpy(bool)
            if not np.array_equal(self._ok[rows], ok):
                self._ok[rows] = ok
                layer.symbol = np.where(self._ok, RING, CROSS)

    @contextmanager
    def _own(self) -> Generator[None, None, None]:
        before, self.drawing = self.drawing, True
        try:
            yield
        finally:
            self.drawing = before

    def _dress(self, table: pd.DataFrame) -> None:
        layer = self.get(FEATURES)
        self._table = table
        ok = self._ok = np.array(table["ok"], bool)
        layer.size = diameters(table)
        # One symbol for all is set at once, one for each takes its time.
        layer.symbol = RING if ok.all() else np.where(ok, RING, CROSS)
        painted = self._painted.get(layer)
        if painted is None or np.array_equal(layer.border_color[: len(painted)], painted[: len(table)]):
            self._color(layer, table)

    def _color(self, layer: Points, table: pd.DataFrame) -> None:
        self.shades = shades_of(table, self.color_by)
        if len(table):
            layer.border_color = self.shades.colors
        self._painted[layer] = np.array(layer.border_color)


def diameters(table: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Of the rings around features, in pixels: twice the size."""
    names = [name for name in ("size", "size_x") if name in table]
    if not names:
        return np.full(len(table), DIAMETER)
    sizes = 2 * table[names[0]].to_numpy(float)
    return np.where(np.isfinite(sizes), np.maximum(sizes, LEAST), DIAMETER)
