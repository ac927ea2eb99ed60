"""Sentences that are never cut off."""

from __future__ import annotations

from qtpy.QtGui import QResizeEvent
from qtpy.QtWidgets import QLabel

__all__ = ["WrappedLabel"]


class WrappedLabel(QLabel):
    """A label that wraps and takes the height that it then needs; nothing when it is empty.

    A plain wrapping label is squeezed by Qt where layouts are nested.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)
        self.setMinimumWidth(60)
        self.setVisible(False)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setVisible(bool(text))
        self._grow()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._grow()

    def _grow(self) -> None:
        self.setMinimumHeight(0)  # else Qt counts it in, and the label never shrinks again
        self.setMinimumHeight(max(0, self.heightForWidth(self.width())))
