"""What colors mean: a strip from the least to the greatest value."""

from __future__ import annotations

import numpy as np
from qtpy.QtCore import QRect, Qt
from qtpy.QtGui import QImage, QPainter, QPaintEvent
from qtpy.QtWidgets import QHBoxLayout, QLabel, QWidget

from specks._core.words import number
from specks.ui.track_colors import Shade

__all__ = ["ColorScale"]

STEPS = 128


class ColorScale(QWidget):
    """A strip of colors with the values at both ends; not there while there is nothing to tell."""

    def __init__(self) -> None:
        super().__init__()
        self.low, self.strip, self.high = QLabel(), _Strip(), QLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.low)
        row.addWidget(self.strip, 1)
        row.addWidget(self.high)
        self.setToolTip(
            "<qt>What the colors of the tracks mean; what lies beyond has the color of the end</qt>"
        )
        self.setVisible(False)

    def show_shade(self, shade: Shade | None) -> None:
        """Show other colors; None for none."""
        self.setVisible(shade is not None)
        if shade is not None:
            self.low.setText(number(shade.low))
            self.high.setText(number(shade.high))
            self.strip.show_colors(shade)


class _Strip(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._picture = QImage()
        self.setMinimumWidth(40)
        self.setFixedHeight(self.fontMetrics().height() // 2)

    def show_colors(self, shade: Shade) -> None:
        colors = shade.map(np.linspace(shade.low, shade.high, STEPS))
        pixels = np.ascontiguousarray((255 * colors + 0.5).astype(np.uint8))
        made = QImage(pixels.tobytes(), STEPS, 1, 4 * STEPS, QImage.Format.Format_RGBA8888)
        self._picture = made.copy()  # Qt does not keep the bytes
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self.rect(), self._picture, QRect(0, 0, STEPS, 1), Qt.ImageConversionFlag.AutoColor)
