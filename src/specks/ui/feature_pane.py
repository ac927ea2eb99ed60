"""One refined feature: what was there, what was fitted, what is left over, and whether to believe it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
from napari.components import ViewerModel
from qtpy.QtCore import Qt
from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from specks._core.errors import InputError
from specks._core.words import number
from specks.ui.feature_view import Crop, crop_around, is_fitted, parameters_of, quality_of, radial_about
from specks.ui.picture import Picture, diverging, gray
from specks.ui.radial_plot import RadialPlot
from specks.ui.refined_columns import reason_words
from specks.ui.wrapped import WrappedLabel

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NOTHING_CHOSEN", "FeaturePane", "Fit"]

Floats = npt.NDArray[np.float64]

NOTHING_CHOSEN = "No feature is chosen: click one on the canvas or in the table"


class Fit(Protocol):
    """What is asked of a result; a `Refined` is one."""

    @property
    def table(self) -> pd.DataFrame: ...

    def model(self, frame: int) -> Floats: ...

    def residual(self, frame: int) -> Floats: ...

    def explain(self, row: Any) -> str: ...


class FeaturePane(QWidget):
    """Pictures, radial profile and parameters of one row of a result; drawn when it is seen.

    Parameters
    ----------
    viewer : napari viewer

    Attributes
    ----------
    title, verdict, remark, numbers : QLabel
        Which feature it is, whether it is ok, why not, and its parameters.
    pictures : dict of str to Picture
        "data", "model" and "residual".
    levels, swing : QLabel
        Gray levels of the pictures.
    radial : RadialPlot
    """

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        self._fit: Fit | None = None
        self._row: Any = None
        self._stale = False
        self._frame: tuple[Fit, int, Floats, Floats] | None = None
        self.title, self.verdict, self.remark = WrappedLabel(), WrappedLabel(), WrappedLabel()
        self.numbers = WrappedLabel()
        self.numbers.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.pictures = {
            name: Picture(f"{name} around the feature") for name in ("data", "model", "residual")
        }
        self.levels, self.swing = QLabel(), QLabel()
        self.radial = RadialPlot(viewer)
        self._seen = QWidget()
        self._lay_out()
        self.clear()

    def clear(self) -> None:
        """Show that no feature is chosen."""
        self._fit, self._row, self._frame, self._stale = None, None, None, False
        self._say(NOTHING_CHOSEN)

    def show_feature(self, fit: Fit, row: Any) -> None:
        """Show a row of a result.

        Parameters
        ----------
        fit : Refined
        row : object
            Its label in the index of the table; nothing is shown when no row, or several, have it.
        """
        self._fit, self._row, self._stale = fit, row, True
        if self.isVisible():
            self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what was chosen while hidden."""
        super().showEvent(event)
        self._refresh()

    def _refresh(self) -> None:
        if not self._stale or self._fit is None:
            return
        self._stale = False
        table = self._fit.table
        places = np.flatnonzero(np.asarray(table.index == self._row))
        if len(places) != 1:
            many = "No row is" if not len(places) else f"{len(places)} rows are"
            self._say(f"{many} called {self._row} in the table")
            return
        place = int(places[0])
        self._describe(table, place)
        self._draw(table, place)

    def _describe(self, table: pd.DataFrame, place: int) -> None:
        row = table.iloc[place]
        frame = f", frame {int(row['frame'])}" if "frame" in table.columns else ""
        size = int(row["cluster_size"])
        self.title.setText(f"Feature {self._row}{frame}, " + (f"cluster of {size}" if size > 1 else "alone"))
        ok, reason = bool(row["ok"]), reason_words(str(row["reason"]), True)
        self.verdict.setText(("✓ ok" if ok else "✕ not ok") + (f": {reason}" if reason else ""))
        self.remark.setText(self._fit.explain(self._row))
        lines = [
            f"<tr><td>{name}&nbsp;&nbsp;</td><td>{value}</td></tr>"
            for name, value in (*parameters_of(table, place), *quality_of(table, place))
        ]
        caption = "" if is_fitted(table, place) else "Not fitted; it began with"
        self.numbers.setText(f"{caption}<table cellspacing=0 cellpadding=1>{''.join(lines)}</table>")

    def _draw(self, table: pd.DataFrame, place: int) -> None:
        try:
            model, residual = self._pixels(int(table["frame"].iloc[place]) if "frame" in table.columns else 0)
        except (InputError, OSError) as error:  # an image that is gone says nothing about the numbers
            self._show_crop(None)
            self.remark.setText(
                " ".join(text for text in (self.remark.text(), f"No pictures: {error}.") if text)
            )
            return
        crop = crop_around(table, place, model, residual)
        self._show_crop(crop)
        if crop is None:
            self.remark.setText(self.remark.text() or "It lies outside the image.")
        else:
            self.radial.show_radial(radial_about(table, place, crop, model, residual))

    def _pixels(self, frame: int) -> tuple[Floats, Floats]:
        """Model and residual of a frame; they stay for the next feature of the same one."""
        kept = self._frame
        if kept is None or kept[0] is not self._fit or kept[1] != frame:
            kept = self._frame = (self._fit, frame, self._fit.model(frame), self._fit.residual(frame))
        return kept[2], kept[3]

    def _show_crop(self, crop: Crop | None) -> None:
        self._seen.setVisible(crop is not None)
        if crop is None:
            return
        colors = {
            "data": gray(crop.data, *crop.levels),
            "model": gray(crop.model, *crop.levels),
            "residual": diverging(crop.residual, crop.swing),
        }
        for name, picture in self.pictures.items():
            picture.show_colors(colors[name], crop.here, crop.others)
        low, high = (number(level) for level in crop.levels)
        self.levels.setText(f"black {low}, white {high}")
        self.swing.setText(f"±{number(crop.swing)}")

    def _say(self, words: str) -> None:
        """Words in place of a feature."""
        self.title.setText(words)
        for label in (self.verdict, self.remark, self.numbers):
            label.setText("")
        self._seen.setVisible(False)

    def _lay_out(self) -> None:
        bold = self.title.font()
        bold.setBold(True)
        self.verdict.setFont(bold)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(2)
        for column, (name, picture) in enumerate(self.pictures.items()):
            title = QLabel(name)
            title.setAlignment(Qt.AlignmentFlag.AlignCenter)
            grid.addWidget(title, 0, column)
            grid.addWidget(picture, 1, column)
            grid.setColumnStretch(column, 1)
        grid.addWidget(self.levels, 2, 0, 1, 2, Qt.AlignmentFlag.AlignCenter)
        grid.addWidget(self.swing, 2, 2, Qt.AlignmentFlag.AlignCenter)
        self.pictures["residual"].setToolTip(
            "<qt>Data without the model: white where they agree, red where the data are brighter, blue where they "
            "are darker. A good fit leaves noise only.</qt>"
        )
        for name in ("data", "model"):
            self.pictures[name].setToolTip("<qt>Cross: this feature; rings: others of its cluster</qt>")
        inner = QVBoxLayout(self._seen)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addLayout(grid)
        inner.addWidget(self.radial)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for part in (self.title, self.verdict, self.remark, self._seen, self.numbers):
            column.addWidget(part)
        column.addStretch(1)
