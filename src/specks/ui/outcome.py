"""What came out of a run, and what can be done with it."""

from __future__ import annotations

from qtpy.QtCore import QEvent, Signal
from qtpy.QtWidgets import QGridLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from specks.ui.help import HelpDialog
from specks.ui.wrapped import WrappedLabel

__all__ = ["OutcomeBox", "sentence"]


class OutcomeBox(QWidget):
    """A sentence, what the dock puts below it, and the buttons that carry the result on.

    Parameters
    ----------
    doubts_page : tuple of (str, str) or None
        Page and chapter of the manual that a link below the sentence opens.
    *parts : QWidget or None
        Such as a plot, and tools by which the person corrects.
    """

    keep = Signal()
    copy = Signal()
    record = Signal()

    def __init__(self, doubts_page: tuple[str, str] | None, *parts: QWidget | None) -> None:
        super().__init__()
        self.sentence, self.outdated, self.doubts = WrappedLabel(), WrappedLabel(), WrappedLabel()
        self._page = doubts_page
        self.doubts.linkActivated.connect(self._open_page)
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
        words = QVBoxLayout()
        words.setSpacing(0)
        for label in (self.sentence, self.outdated, self.doubts):
            words.addWidget(label)
        column.addLayout(words)
        for part in parts:
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

    def say(self, sentence: str) -> None:
        """Say what came out, with the way to what makes one doubt it."""
        self.sentence.setText(sentence)
        if self._page is not None:
            self._write_link()

    def warn(self, words: str) -> None:
        """Say why what came out is not what Run would give now; nothing where it is."""
        self.outdated.setText(f"<i>{words}</i>" if words else "")

    def _write_link(self) -> None:
        """In the color of text: the one of Qt for links cannot be read on dark."""
        color = self.sentence.palette().color(self.sentence.foregroundRole()).name()
        self.doubts.setText(f'<a href="{self._page[0]}" style="color: {color}">{self._page[1]}</a>')

    def changeEvent(self, event: QEvent) -> None:
        """Go with the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.PaletteChange) and self.doubts.text():
            self._write_link()

    def _open_page(self, _: str) -> None:
        self.dialog = HelpDialog(self, *self._page)
        self.dialog.show()

    def allow(self, there_is_a_result: bool) -> None:
        """Let the result be carried on, if there is one."""
        for button in (self.export_button, self.keep_button, self.copy_button, self.recipe_button):
            button.setEnabled(there_is_a_result)

    def show_recipe(self, text: str) -> None:
        """Say which recipe the step was added to."""
        self.recipe_path.setText(text)


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
