"""Apply a drift to layers."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QComboBox, QGridLayout, QPushButton, QWidget

from specks.ui.companions import Companions

__all__ = ["ApplyRow"]

BORDERS = {
    "keep": "The place of the first good frame; what a frame does not show is 0",
    "crop": "Only what all frames show that can be trusted",
    "expand": "All that any frame shows; elsewhere 0",
}
MEANING = (
    "Make new layers without the drift, of the layer that drifts and of those that move along. Images are computed "
    "frame by frame when they are looked at."
)


class ApplyRow(QWidget):
    """Which layers, what becomes of the border, and a button.

    Parameters
    ----------
    companions : Companions
        The layers to choose from.

    Attributes
    ----------
    apply : Signal
    """

    apply = Signal()

    def __init__(self, companions: Companions) -> None:
        super().__init__()
        self.border, self.button = QComboBox(), QPushButton("Apply to layers")
        self.border.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for i, (name, meaning) in enumerate(BORDERS.items()):
            self.border.addItem(f"{name} frame", name)
            self.border.setItemData(i, meaning, Qt.ItemDataRole.ToolTipRole)
        self.border.setToolTip(
            "<qt>What is shown: " + "; ".join(f"{k}: {v}" for k, v in BORDERS.items()) + "</qt>"
        )
        self.border.setMinimumWidth(60)
        self.button.clicked.connect(self.apply)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(companions, 0, 0, 1, 2)
        grid.addWidget(self.border, 1, 0)
        grid.addWidget(self.button, 1, 1)
        self.allow("")
        self.setVisible(False)

    def allow(self, reason: str) -> None:
        """Let it be pressed, or say why there is nothing to apply."""
        self.button.setEnabled(not reason)
        self.button.setToolTip(f"<qt>{reason or MEANING}</qt>")
