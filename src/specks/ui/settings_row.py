"""Reset the settings, estimate them, save them and load them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QPushButton, QWidget

from specks._core.errors import SpecksError
from specks.ui import settings
from specks.ui.form import Form

__all__ = ["SettingsRow"]

KEEP_MS = 400
FILTER = "Settings (*.yaml *.yml)"


class SettingsRow(QWidget):
    """Buttons below a form; what is set is also kept for the next session.

    Parameters
    ----------
    form : Form
    can_estimate : bool
        Whether the dock can estimate settings from the data.
    """

    estimate = Signal()
    said = Signal(str)

    def __init__(self, form: Form, can_estimate: bool) -> None:
        super().__init__()
        self._form = form
        self.estimate_button, self.reset_button = QPushButton("Estimate"), QPushButton("Reset")
        self.file_button = QPushButton("Settings")
        menu = QMenu(self.file_button)
        menu.addAction("Save settings…", self._ask_save)
        menu.addAction("Load settings…", self._ask_load)
        self.file_button.setMenu(menu)
        self.estimate_button.setToolTip("Estimate the settings from the data")
        self.estimate_button.setVisible(can_estimate)
        self.reset_button.setToolTip("Back to the defaults")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for button in (self.estimate_button, self.reset_button, self.file_button):
            row.addWidget(button)
        self.estimate_button.clicked.connect(self.estimate)
        self.reset_button.clicked.connect(form.reset)
        settings.recall(form)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(KEEP_MS)
        self._timer.timeout.connect(lambda: settings.keep(form))
        form.changed.connect(self._keep_soon)

    def save(self, path: Path) -> None:
        """Save the settings that differ from the defaults."""
        self._tell(lambda: settings.save(self._form.values, path), f"Settings saved to {path}")

    def load(self, path: Path) -> None:
        """Load settings; those that the file does not name go back to the defaults."""

        def fill() -> None:
            values = settings.load(path)
            before = self._form.values
            self._form.reset()
            try:
                self._form.update(values)
            except SpecksError:
                self._form.update(before)
                raise

        self._tell(fill, f"Settings loaded from {path}")

    def _keep_soon(self) -> None:
        self._timer.start()

    def _tell(self, action: Callable[[], None], done: str) -> None:
        try:
            action()
            self.said.emit(done)
        except SpecksError as error:
            self.said.emit(str(error))

    def _ask_save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Save settings", f"{self._form.spec.name}.yaml", FILTER)
        if name:
            self.save(Path(name))

    def _ask_load(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Load settings", "", FILTER)
        if name:
            self.load(Path(name))
