"""The plots of tracked voids in a dock: one at a time, and all on a sheet beside the window."""

from __future__ import annotations

from typing import Any

import numpy as np
from napari.components import ViewerModel
from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtWidgets import QComboBox, QGridLayout, QPushButton, QWidget

from specks.ui.by_and_by import ByAndBy
from specks.ui.plots import Plot
from specks.ui.void_axes import clear
from specks.ui.void_figure import PAGES, VoidFigure
from specks.ui.void_figures import VoidFigures

__all__ = ["FigurePanel"]

#: Pages whose points are tracks, with the columns that they stand for; whose x axis is frames; a point within so
#: many pixels of a click is meant.
OF_TRACKS = {"Growth against size": "growth_rate_fit", "Speed against size": "speed"}
OF_FRAMES = ("Count", "Mean radius", "Swelling")
FIRST = "Mean radius"
NEAR = 12


class PagePlot(Plot):
    """One of the plots.

    Parameters
    ----------
    viewer : napari viewer

    Attributes
    ----------
    track_chosen, frame_chosen : Signal
        What was clicked.
    """

    track_chosen = Signal(int)
    frame_chosen = Signal(int)

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__(viewer, "", "")
        self.figures: VoidFigures | None = None
        self.page = FIRST
        self.scene().sigMouseClicked.connect(self._on_clicked)
        self.setAccessibleName("Plot of tracked voids")

    def sizeHint(self) -> QSize:
        """As high as maps need to be."""
        return super().sizeHint() + QSize(0, 4 * self.fontMetrics().height())

    def show_page(self, figures: VoidFigures | None, page: str) -> None:
        """Show another page, or another result."""
        self.figures, self.page = figures, page
        self.show_with(self._draw_page)

    def _draw_page(self) -> None:
        clear(self.plotItem)
        if self.figures is not None:
            PAGES[self.page](self.plotItem, self.figures, self.colors)

    def _on_clicked(self, event: Any) -> None:
        if self.figures is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if self.page in OF_TRACKS:
            self._choose_track(event)
        elif self.page in OF_FRAMES:
            _, clock = self.figures.clock
            at = self.plotItem.vb.mapSceneToView(event.scenePos()).x()
            if np.isfinite(clock).any():
                self.frame_chosen.emit(
                    int(self.figures.frames["frame"].iloc[np.nanargmin(np.abs(clock - at))])
                )

    def _choose_track(self, event: Any) -> None:
        figures, box = self.figures, self.plotItem.vb
        if figures.tracked.radius is None:
            return
        x = figures.of_tracks("mean_radius", rate=False)
        y = figures.of_tracks(OF_TRACKS[self.page], rate=True)
        place, (width, height) = box.mapSceneToView(event.scenePos()), box.viewPixelSize()
        away = np.hypot((x - place.x()) / width, (y - place.y()) / height)
        if np.isfinite(away).any() and np.nanmin(away) <= NEAR:
            self.track_chosen.emit(int(figures.tracked.summary_table["particle"].iloc[np.nanargmin(away)]))


class FigurePanel(QWidget):
    """Choose a plot, or see all of them.

    Parameters
    ----------
    viewer : napari viewer

    Attributes
    ----------
    plot : PagePlot
    """

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        self._figures: VoidFigures | None = None
        self._sheets: list[VoidFigure] = []
        sheets = self._sheets
        self.destroyed.connect(lambda: [sheet.deleteLater() for sheet in sheets])
        self._filling: ByAndBy | None = None
        self.plot = PagePlot(viewer)
        self.box, self.button = QComboBox(), QPushButton("All plots")
        self.box.addItems(list(PAGES))
        self.box.setCurrentText(FIRST)
        self.box.setMinimumWidth(60)
        self.box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.box.setToolTip("<qt>Which plot is shown</qt>")
        self.button.setToolTip(
            "<qt>Open a window with all plots on one sheet. Export writes it to a file.</qt>"
        )
        self.box.currentTextChanged.connect(lambda page: self.plot.show_page(self._figures, page))
        self.button.clicked.connect(self.open_sheet)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(self.box, 0, 0)
        grid.addWidget(self.button, 0, 1)
        grid.addWidget(self.plot, 1, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        self.setVisible(False)

    @property
    def sheet(self) -> VoidFigure | None:
        """The window with all plots, while it was opened."""
        return self._sheets[0] if self._sheets else None

    def show_figures(self, figures: VoidFigures | None) -> None:
        """Show another result."""
        self._figures = figures
        self.plot.show_page(figures, self.box.currentText())
        if self.sheet is not None and self.sheet.isVisible() and figures is not None:
            self._fill()
        self.setVisible(figures is not None)

    def open_sheet(self) -> None:
        """Show all plots in a window."""
        if self._figures is None:
            return
        if self.sheet is None:
            self._sheets.append(VoidFigure())
        self.sheet.show()
        self.sheet.raise_()
        self._fill()

    def _fill(self) -> None:
        if self._filling is not None:
            self._filling.stop()
        self._filling = ByAndBy(self.sheet.filling(self._figures), len(PAGES), self)

    def close_sheet(self) -> None:
        """Close that window."""
        if self._filling is not None:
            self._filling.stop()
        for sheet in self._sheets:
            sheet.close()
            sheet.deleteLater()
        self._sheets.clear()
        self._filling = None
