"""What came out of a run, and what can be done with it."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QGridLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from specks.ui.wrapped import WrappedLabel

__all__ = ["OutcomeBox"]


class OutcomeBox(QWidget):
    """A sentence, what the dock puts below it, and the buttons that carry the result on.

    Parameters
    ----------
    *parts : QWidget or None
        Such as a plot, and tools by which the person corrects.
    """

    keep = Signal()
    copy = Signal()
    record = Signal()

    def __init__(self, *parts: QWidget | None) -> None:
        super().__init__()
        self.sentence = WrappedLabel()
        self.export_button, self.keep_button = QPushButton("Export"), QPushButton("Keep")
        self.copy_button, self.recipe_button = QPushButton("Copy as Python"), QPushButton("Add to recipe")
        self.export_menu = QMenu(self.export_button)
        self.export_button.setMenu(self.export_menu)
        self.export_button.setToolTip("Write tables, images or the plot to files")
        self.keep_button.setToolTip("Leave these layers as they are; the next run makes new ones")
        self.copy_button.setToolTip("Copy Python that gives the same result")
        self.recipe_button.setToolTip("Add this step to a recipe that can be run again on other images")
        self.recipe_path = WrappedLabel()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.sentence, *parts):
            if part is not None:
                column.addWidget(part)
        grid = QGridLayout()
        buttons = (self.export_button, self.keep_button, self.copy_button, self.recipe_button)
        for i, button in enumerate(buttons):
            grid.addWidget(button, i // 2, i % 2)
        column.addLayout(grid)
        column.addWidget(self.recipe_path)
        self.keep_button.clicked.connect(self.keep)
        self.copy_button.clicked.connect(self.copy)
        self.recipe_button.clicked.connect(self.record)
        self.allow(False)

    def allow(self, there_is_a_result: bool) -> None:
        """Let the result be carried on, if there is one."""
        for button in (self.export_button, self.keep_button, self.copy_button, self.recipe_button):
            button.setEnabled(there_is_a_result)

    def show_recipe(self, text: str) -> None:
        """Say which recipe the step was added to."""
        self.recipe_path.setText(text)
