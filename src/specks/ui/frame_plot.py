"""A plot against frames, or the time of frames, with a line at the one in view."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from napari.components import ViewerModel
from qtpy.QtCore import QSize, Qt, Signal

from specks.ui.plots import Plot

__all__ = ["FramePlot"]


class FramePlot(Plot):
    """A subclass draws what belongs to frames `first` to `last`.

    Parameters
    ----------
    viewer : napari viewer
    x, y : str
        Titles of the axes.

    Attributes
    ----------
    frame_chosen : Signal
        With the frame that was clicked or that the line was dragged to.
    """

    frame_chosen = Signal(int)

    def __init__(self, viewer: ViewerModel, x: str, y: str) -> None:
        super().__init__(viewer, x, y)
        self.first, self.last, self.step = 0, -1, 1.0
        self.frame: int | None = None
        self.line = pg.InfiniteLine(angle=90, movable=True)
        self.line.setCursor(Qt.CursorShape.SplitHCursor)
        self.line.sigDragged.connect(lambda line: self._choose(line.value()))
        self.scene().sigMouseClicked.connect(self._on_clicked)

    def sizeHint(self) -> QSize:
        """Higher than other plots: there are words above it."""
        return super().sizeHint() + QSize(0, 3 * self.fontMetrics().height())

    def show_frames(self, first: int, last: int, step: float) -> None:
        """Draw other frames when the plot is next seen.

        Parameters
        ----------
        first, last : int
            Nothing is drawn when the last is before the first.
        step : float
            Length of a frame along the x axis.
        """
        self.first, self.last, self.step = first, last, step
        self.show_with(self._draw_all)

    def show_frame(self, frame: int | None) -> None:
        """Mark the frame in view."""
        self.frame = frame
        if self.isVisible() and not self._stale:
            self._place_line()

    def showEvent(self, event: Any) -> None:
        """The slider may have moved meanwhile."""
        super().showEvent(event)
        self._place_line()

    def draw(self) -> None:
        """Draw what there is; nothing is there yet."""
        raise NotImplementedError

    def _draw_all(self) -> None:
        self.clear()
        self.draw()
        if self.last >= self.first:
            self.addItem(self.line, ignoreBounds=True)
            ends = self.first * self.step, max(self.last, self.first + 1) * self.step
            self.line.setBounds(ends)
            self.setXRange(*ends, padding=0.03)
        self._place_line()

    @property
    def marked(self) -> bool:
        """Whether the frame in view is one of those that are drawn."""
        return self.frame is not None and self.first <= self.frame <= self.last

    def _place_line(self) -> None:
        self.line.setVisible(self.marked)
        if self.marked:
            self.line.setPen(pg.mkPen(self.colors.ink, width=1))
            self.line.setHoverPen(pg.mkPen(self.colors.ink, width=3))
            self.line.setValue(self.frame * self.step)

    def _on_clicked(self, event: Any) -> None:
        if self.last >= self.first and event.button() == Qt.MouseButton.LeftButton:
            self._choose(self.plotItem.vb.mapSceneToView(event.scenePos()).x())

    def _choose(self, value: float) -> None:
        self.frame_chosen.emit(int(np.clip(round(value / self.step), self.first, self.last)))
