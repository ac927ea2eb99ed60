"""All plots of tracked voids on one sheet, which can be written to a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyqtgraph as pg
from qtpy.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSize, QSizeF
from qtpy.QtGui import QImage, QPageSize, QPainter, QPdfWriter
from qtpy.QtSvg import QSvgGenerator

from specks._core.errors import UnsupportedFormatError
from specks.ui.plots import LIGHT, Palette
from specks.ui.void_axes import clear
from specks.ui.void_curves import draw_count, draw_growth, draw_radius, draw_speed, draw_swelling
from specks.ui.void_figures import VoidFigures
from specks.ui.void_maps import (
    draw_masks_after,
    draw_masks_before,
    draw_paths,
    draw_places_after,
    draw_places_before,
)

__all__ = ["FIGURE_FILES", "PAGES", "VoidFigure", "painted"]

Draw = Callable[[pg.PlotItem, VoidFigures, Palette], None]

#: In the order of the sheet, two rows.
PAGES: dict[str, Draw] = {
    "Masks as measured": draw_masks_before,
    "Masks without drift": draw_masks_after,
    "Positions as measured": draw_places_before,
    "Positions without drift": draw_places_after,
    "Tracks": draw_paths,
    "Count": draw_count,
    "Mean radius": draw_radius,
    "Swelling": draw_swelling,
    "Growth against size": draw_growth,
    "Speed against size": draw_speed,
}
ROW = 5
SIZE = QSize(1700, 760)
FIGURE_FILES = "Figures (*.png *.svg *.pdf)"
#: Pixels of a picture for one of the window, so that it can be printed.
FINER = 2
PAPER = Palette("#ffffff", "#000000", "#888888", *LIGHT)


class VoidFigure(pg.GraphicsLayoutWidget):
    """The sheet, on white paper whatever the theme."""

    def __init__(self) -> None:
        super().__init__()
        self.setBackground(PAPER.paper)
        self.setWindowTitle("Voids")
        self.plots: dict[str, pg.PlotItem] = {}
        for i, name in enumerate(PAGES):
            plot = self.addPlot(i // ROW, i % ROW, enableMenu=False)
            plot.hideButtons()
            plot.setMouseEnabled(x=False, y=False)
            self.plots[name] = plot
        self.resize(SIZE)

    def show_figures(self, figures: VoidFigures) -> None:
        """Draw everything."""
        for name, draw in PAGES.items():
            clear(self.plots[name])
            draw(self.plots[name], figures, PAPER)


def painted(figure: VoidFigure, ending: str) -> bytes:
    """A sheet as the content of a file.

    Parameters
    ----------
    figure : VoidFigure
    ending : str
        ``".png"``, ``".svg"`` or ``".pdf"``.

    Raises
    ------
    UnsupportedFormatError
        For other endings.
    """
    writers = {".png": _png, ".svg": _svg, ".pdf": _pdf}
    if ending.lower() not in writers:
        raise UnsupportedFormatError(
            f"a figure cannot be written as {ending or 'a file without ending'}; use .png, .svg or .pdf"
        )
    store = QByteArray()
    buffer = QBuffer(store)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writers[ending.lower()](figure, buffer)
    buffer.close()
    return bytes(store.data())


def suffix_of(path: Path) -> str:
    """Ending of a file; a picture when there is none."""
    return path.suffix or ".png"


def _paint(figure: VoidFigure, painter: QPainter, width: float) -> None:
    """Draw the sheet as wide as that, in the units of the painter."""
    height = width * figure.height() / figure.width()
    figure.scene().prepareForPaint()
    figure.render(painter, QRectF(0, 0, width, height), figure.viewport().rect())
    painter.end()


def _png(figure: VoidFigure, buffer: QBuffer) -> None:
    image = QImage(figure.size() * FINER, QImage.Format.Format_RGB32)
    image.fill(pg.mkColor(PAPER.paper))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _paint(figure, painter, image.width())
    image.save(buffer, "PNG")


def _svg(figure: VoidFigure, buffer: QBuffer) -> None:
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(figure.size())
    generator.setViewBox(QRectF(0, 0, figure.width(), figure.height()))
    generator.setTitle("Voids")
    _paint(figure, QPainter(generator), figure.width())


def _pdf(figure: VoidFigure, buffer: QBuffer) -> None:
    writer = QPdfWriter(buffer)
    writer.setPageSize(QPageSize(QSizeF(figure.width() / 4, figure.height() / 4), QPageSize.Unit.Millimeter))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setTitle("Voids")
    painter = QPainter(writer)
    _paint(figure, painter, writer.width())
