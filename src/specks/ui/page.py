"""A page that is too long for its dock, but never too wide."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QObject, QSize
from qtpy.QtWidgets import QFrame, QScrollArea, QStyle, QWidget

__all__ = ["Page"]


class Page(QScrollArea):
    """Scrolls up and down, and asks for the width that its content needs beside the scroll bar.

    One of Qt asks for no width at all: a dock then opens with its right side cut off.

    Parameters
    ----------
    content : QWidget
    """

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidget(content)

    def minimumSizeHint(self) -> QSize:
        """As wide as the content must be, as high as any page that scrolls."""
        content = self.widget()
        if content is None:
            return super().minimumSizeHint()
        return QSize(content.minimumSizeHint().width() + self._beside, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        """As wide as the content would like to be."""
        content = self.widget()
        if content is None:
            return super().sizeHint()
        return QSize(content.sizeHint().width() + self._beside, super().sizeHint().height())

    @property
    def _beside(self) -> int:
        """Width of what stands beside the content."""
        gap = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollView_ScrollBarSpacing, None, self)
        return self.verticalScrollBar().sizeHint().width() + int(gap) + 2 * self.frameWidth()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The content may need another width now."""
        if watched is self.widget() and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return bool(super().eventFilter(watched, event))
