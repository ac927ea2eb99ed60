"""A few pixels as a picture, as large as there is room for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from qtpy.QtCore import QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from qtpy.QtWidgets import QWidget

__all__ = ["Picture", "diverging", "gray"]

Floats = npt.NDArray[np.float64]
Colors = npt.NDArray[np.uint8]

#: What is less than the model, as it, and more; told apart with any color vision.
LESS, SAME, MORE = (33, 102, 172), (247, 247, 247), (178, 24, 43)
#: Pixels that are not known.
UNKNOWN = (128, 128, 0)
#: From where to where the arms of the cross at the feature reach, and the radius of rings at others, in pixels of
#: the screen; its middle stays free, for what is left over there matters most.
ARMS, RING = (2.5, 7.0), 3.5


def gray(values: Floats, low: float, high: float) -> Colors:
    """Gray levels from black at `low` to white at `high`; shape (y, x, 3)."""
    part = np.clip((np.nan_to_num(values) - low) / (high - low if high > low else 1.0), 0, 1)
    return _known(values, np.repeat((255 * part + 0.5).astype(np.uint8)[..., None], 3, axis=2))


def diverging(values: Floats, swing: float) -> Colors:
    """Blue at ``-swing``, white at 0, red at `swing`; shape (y, x, 3)."""
    part = np.clip(np.nan_to_num(values) / (swing if swing > 0 else 1.0), -1, 1)[..., None]
    ends = np.where(part < 0, np.array(LESS, float), np.array(MORE, float))
    return _known(values, (np.array(SAME) + np.abs(part) * (ends - SAME) + 0.5).astype(np.uint8))


def _known(values: Floats, colors: Colors) -> Colors:
    colors[~np.isfinite(values)] = UNKNOWN
    return colors


class Picture(QWidget):
    """Pixels with a cross at one place and rings at others.

    Parameters
    ----------
    name : str
        For those who hear instead of see.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.colors: Colors | None = None
        self._here: tuple[float, float] | None = None
        self._others: Floats = np.empty((0, 2))
        self.setAccessibleName(name)

    def show_colors(self, colors: Colors | None, here: tuple[float, float] | None, others: Floats) -> None:
        """Show other pixels.

        Parameters
        ----------
        colors : numpy.ndarray (y, x, 3) of uint8, optional
            None for nothing.
        here : (y, x), optional
            Where the cross is, in pixels.
        others : numpy.ndarray (n, 2)
            Where rings are.
        """
        self.colors = None if colors is None else np.ascontiguousarray(colors)
        self._here, self._others = here, others
        self.update()

    def sizeHint(self) -> QSize:
        """As high as some lines of text."""
        line = self.fontMetrics().height()
        return QSize(5 * line, 5 * line)

    def minimumSizeHint(self) -> QSize:
        """Three of them side by side in a narrow dock."""
        line = self.fontMetrics().height()
        return QSize(4 * line, 4 * line)

    @property
    def frame(self) -> QRectF:
        """Where the pixels are drawn: all of them, squares, in the middle."""
        if self.colors is None:
            return QRectF()
        high, wide = self.colors.shape[:2]
        zoom = min(self.width() / wide, self.height() / high)
        size = zoom * wide, zoom * high
        return QRectF((self.width() - size[0]) / 2, (self.height() - size[1]) / 2, *size)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Pixels as they are, then marks."""
        if self.colors is None:
            return
        high, wide = self.colors.shape[:2]
        image = QImage(self.colors.data, wide, high, 3 * wide, QImage.Format.Format_RGB888)
        painter, frame = QPainter(self), self.frame
        painter.drawImage(frame, image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # Dark below light: seen on any gray level.
        for color, width in ((QColor(0, 0, 0, 190), 3.0), (QColor("#ffe600"), 1.2)):
            painter.setPen(QPen(color, width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for y, x in self._others:
                painter.drawEllipse(self._at(frame, y, x), RING, RING)
            if self._here is not None:
                at = self._at(frame, *self._here)
                for way in (QPointF(1, 0), QPointF(-1, 0), QPointF(0, 1), QPointF(0, -1)):
                    painter.drawLine(at + ARMS[0] * way, at + ARMS[1] * way)
        painter.end()

    def _at(self, frame: QRectF, y: float, x: float) -> QPointF:
        """Where the middle of a pixel is on the screen."""
        high, wide = self.colors.shape[:2]
        return QPointF(
            frame.left() + (x + 0.5) * frame.width() / wide, frame.top() + (y + 0.5) * frame.height() / high
        )
