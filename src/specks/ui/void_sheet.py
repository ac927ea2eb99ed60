"""A sheet of plots as the content of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pyqtgraph as pg
from qtpy.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSizeF, Qt
from qtpy.QtGui import QImage, QPageSize, QPainter, QPdfWriter
from qtpy.QtSvg import QSvgGenerator

from specks._core.errors import UnsupportedFormatError
from specks.ui.void_figure import PAGES, PAPER, VoidFigure
from specks.ui.void_figures import VoidFigures

__all__ = ["FIGURE_FILES", "Sheet"]

FIGURE_FILES = "Figures (*.png *.svg *.pdf)"
#: Pixels of a picture for one of the window, so that it can be printed.
FINER = 2
ENDINGS = (".png", ".svg", ".pdf")


class Sheet:
    """Draws a sheet in steps; to be made in the main thread.

    Parameters
    ----------
    figures : VoidFigures
    ending : str
        ``".png"``, ``".svg"`` or ``".pdf"``.

    Raises
    ------
    UnsupportedFormatError
        For other endings.
    """

    #: Steps of `drawing`: each plot is made, and then painted.
    steps = 2 * len(PAGES)

    def __init__(self, figures: VoidFigures, ending: str) -> None:
        self._painter: QPainter | None = None
        self._device: QImage | QSvgGenerator | QPdfWriter | None = None
        if ending.lower() not in ENDINGS:
            what = ending or "a file without ending"
            raise UnsupportedFormatError(f"a figure cannot be written as {what}; use .png, .svg or .pdf")
        self._figures, self._ending = figures, ending.lower()
        self._store = QByteArray()
        self._buffer = QBuffer(self._store)
        self._buffer.open(QIODevice.OpenModeFlag.WriteOnly)

    def drawing(self) -> Iterator[str]:
        """Draw, in the main thread."""
        figure = VoidFigure()
        figure.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)  # what is not shown is not laid out
        figure.show()
        yield from figure.filling(self._figures)
        self._device = self._paper(figure)
        self._painter = QPainter(self._device)
        self._painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        there = QRectF(figure.viewport().rect())
        for layout in (figure.ci.layout, *(plot.layout for plot in figure.plots.values())):
            layout.activate()  # what was added last would be painted where it was made
        figure.scene().prepareForPaint()
        for item in figure.scene().items():
            if isinstance(item, pg.ScatterPlotItem):
                item.setExportMode(True)  # symbols as shapes, not as pictures of some pixels
        for name in figure.plots:
            for other, plot in figure.plots.items():
                plot.setOpacity(float(other == name))  # what is not seen is not painted
            figure.scene().render(self._painter, there, there)
            yield name
        figure.close()

    def __del__(self) -> None:
        """Qt comes down when what is painted on goes before who paints: nobody may have asked for the content."""
        if self._painter is not None and self._painter.isActive():
            self._painter.end()

    def content(self) -> bytes:
        """The file, once everything is drawn; may be asked for in any thread."""
        self._painter.end()  # where fonts are taken into a document
        if isinstance(self._device, QImage):
            self._device.save(self._buffer, "PNG")
        self._buffer.close()
        return bytes(self._store.data())

    def _paper(self, figure: VoidFigure) -> QImage | QSvgGenerator | QPdfWriter:
        """What is painted on.

        All have the size and the dots per inch of the window: axes are recorded with these, and Qt makes them as
        much larger or smaller than what they measure as the dots of the paper are others.
        """
        dots = figure.logicalDpiX()
        if self._ending == ".png":
            image = QImage(figure.size() * FINER, QImage.Format.Format_RGB32)
            image.setDevicePixelRatio(FINER)
            image.fill(pg.mkColor(PAPER.paper))
            return image
        if self._ending == ".svg":
            generator = QSvgGenerator()
            generator.setOutputDevice(self._buffer)
            generator.setResolution(dots)
            generator.setSize(figure.size())
            generator.setViewBox(QRectF(0, 0, figure.width(), figure.height()))
            generator.setTitle("Voids")
            return generator
        writer = QPdfWriter(self._buffer)
        writer.setResolution(dots)
        page = QSizeF(figure.width() / dots, figure.height() / dots)
        writer.setPageSize(QPageSize(page, QPageSize.Unit.Inch))
        writer.setPageMargins(QMarginsF(0, 0, 0, 0))
        writer.setTitle("Voids")
        return writer
