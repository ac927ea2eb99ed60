"""Plots that wear the viewer's theme and draw only while they are seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyqtgraph as pg
from napari.components import ViewerModel
from napari.utils.theme import get_system_theme, get_theme
from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QResizeEvent, QShowEvent
from qtpy.QtWidgets import QLabel

from specks.ui.subscriptions import Subscriptions

__all__ = ["Palette", "Plot", "axis_colors", "colored", "palette"]


@dataclass(frozen=True)
class Palette:
    """Colors of a plot, as ``#rrggbb``.

    Parameters
    ----------
    paper, ink, faint : str
        What is drawn on, text and axes, what should not stand out.
    background, particle, marker : str
        The two components, and what can be dragged. Told apart with any color vision.
    third : str
        For what is neither of them.
    """

    paper: str
    ink: str
    faint: str
    background: str
    particle: str
    marker: str
    third: str


def palette(theme: str) -> Palette:
    """Colors that go with a theme of napari."""
    look = get_theme(get_system_theme() if theme == "system" else theme)
    paper, ink, faint = (_hex(color) for color in (look.background, look.text, look.secondary))
    dark = sum(look.background.as_rgb_tuple()[:3]) < 3 * 128
    return Palette(paper, ink, faint, *(DARK if dark else LIGHT))


DARK = ("#56b4e9", "#f0a030", "#ff6b81", "#3ddc97")
LIGHT = ("#0868ac", "#9c4a00", "#c4183c", "#00704a")


def _hex(color: object) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color.as_rgb_tuple()[:3])


class Plot(pg.PlotWidget):
    """A small plot in a dock.

    What it shows is given by `show_with`; drawing waits until the plot is visible, so that a plot
    in a hidden dock costs nothing.

    Parameters
    ----------
    viewer : napari viewer
        Whose theme is followed.
    x, y : str
        Labels of the axes.

    Attributes
    ----------
    words : QLabel
        What is read where there is nothing to draw.
    """

    def __init__(self, viewer: ViewerModel, x: str, y: str) -> None:
        super().__init__(plotItem=pg.PlotItem(enableMenu=False))
        self._viewer = viewer
        self._titles = {"bottom": x, "left": y}
        self._draw: Callable[[], None] | None = None
        self._stale = False
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words.setMargin(12)
        self.words.setVisible(False)
        self.colors = palette(viewer.theme)
        self.setMouseEnabled(x=False, y=False)
        self.hideButtons()
        self.plotItem.layout.setContentsMargins(0, 0, 6, 6)
        self.getAxis("left").widthChanged.connect(self._fit_title)
        self._watched = watched = Subscriptions()
        watched.add(viewer.events, "theme", self._on_theme)
        self.destroyed.connect(lambda: watched.close())
        self._dress()

    def sizeHint(self) -> QSize:
        """As high as some lines of text, whatever the size of the font."""
        line = self.fontMetrics().height()
        return QSize(12 * line, 11 * line)

    def minimumSizeHint(self) -> QSize:
        """Still readable."""
        line = self.fontMetrics().height()
        return QSize(10 * line, 9 * line)

    def set_title(self, x: str) -> None:
        """Say what is measured along x."""
        self._titles["bottom"] = x
        self._dress()

    def write_above(self, text: str) -> None:
        """Write rich text above what is drawn."""
        self.plotItem.setTitle(text, size="8pt")
        self._fit_title()

    def show_with(self, draw: Callable[[], None]) -> None:
        """Draw now, or when the plot is next seen; an older drawing that still waits is forgotten."""
        self._draw, self._stale = draw, True
        self.words.setVisible(False)
        if self.isVisible():
            self._refresh()

    def say(self, words: str) -> None:
        """Show words in place of a drawing: why there is none, and what to do about it."""
        self._draw, self._stale = None, False
        self.plotItem.clear()
        self.words.setText(words)
        self.words.setVisible(True)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what was not drawn while hidden."""
        super().showEvent(event)
        self._refresh()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """The words lie over all of it."""
        super().resizeEvent(event)
        if event is not None:  # pyqtgraph calls it before there are words
            self.words.setGeometry(self.rect())
            self._fit_title()

    def _refresh(self) -> None:
        if self._stale and self._draw is not None:
            self._stale = False
            self._draw()
            self._fit_title()

    def _fit_title(self, *_: object) -> None:
        """Give what is written above as many lines, and as much height, as it needs in this width.

        pyqtgraph makes the whole plot as wide as its title is long, so that the last frames would lie beside what
        is seen, and leaves 30 pixels for it, whatever the font.
        """
        if self.plotItem is None:  # it was closed
            return
        label = self.plotItem.titleLabel
        axis, (_, _, right, _) = self.getAxis("left"), self.plotItem.layout.getContentsMargins()
        room = self.viewport().width() - axis.width() - right
        if not label.isVisible() or room <= 0:
            return
        label.item.setTextWidth(-1)
        label.item.setTextWidth(min(label.item.boundingRect().width(), room))
        label.resizeEvent(None)
        height = label.itemRect().height()
        label.setMaximumHeight(height)
        self.plotItem.layout.setRowFixedHeight(0, height)
        self.plotItem.layout.activate()
        self.plotItem.setGeometry(self.range)  # as wide as what is seen again

    def _on_theme(self, *_: object) -> None:
        self.colors = palette(self._viewer.theme)
        self._dress()
        if self._draw is not None:
            self.show_with(self._draw)

    def _dress(self) -> None:
        """Put on the colors and the font of the window."""
        self.setBackground(self.colors.paper)
        self.words.setStyleSheet(f"color: {self.colors.ink}; background-color: {self.colors.paper};")
        font = self.font()
        font.setPointSizeF(max(7.0, 0.85 * font.pointSizeF()))
        style = {"color": self.colors.ink, "font-size": f"{font.pointSizeF():.0f}pt"}
        for side, title in self._titles.items():
            axis = self.getAxis(side)
            axis.setPen(self.colors.faint)
            axis.setTextPen(self.colors.ink)
            axis.setStyle(tickFont=font, tickLength=-3)
            axis.setLabel(title or None, siPrefixEnableRanges=(), **style)  # numbers as they are
        self.getAxis("bottom").setStyle(maxTextLevel=0)  # numbers between would touch in a narrow dock


def colored(color: str, text: str) -> str:
    """Rich text in a color."""
    return f'<span style="color: {color}">{text}</span>'


def axis_colors(axes: str, colors: Palette) -> list[str]:
    """A color for each axis."""
    known = {"z": colors.third, "y": colors.particle, "x": colors.background}
    return [known[axis] for axis in axes]
