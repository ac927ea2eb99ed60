"""A button that takes up a result from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QWidget

from specks._core.progress import Steps
from specks.ui.jobs import Job, JobRunner, Outcome, State
from specks.ui.progress_row import sentence_of

__all__ = ["Opening"]


class Opening(QWidget):
    """Reads beside the window; a subclass says what, and what becomes of it.

    Parameters
    ----------
    words, tip : str
        What the button says, and what it opens.

    Attributes
    ----------
    said : Signal
        With a sentence on why it could not be read.
    """

    said = Signal(str)

    def __init__(self, words: str, tip: str) -> None:
        super().__init__()
        self.runner = JobRunner(self)
        self.button = QPushButton(words)
        self.button.setToolTip(f"<qt>{tip}</qt>")
        self.button.clicked.connect(self._ask)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.button)

    def open(self, path: Path) -> None:
        """Read a result."""

        def steps() -> Steps[Any]:
            return self.reading(path)

        def ended(outcome: Outcome) -> None:
            if outcome.state is State.DONE:
                self.show_found(path, outcome.result)
            else:
                self.said.emit(sentence_of(outcome))

        self.runner.start(Job(lambda: steps, lambda news: None, ended))

    def ask(self) -> str:
        """Let a person name a path; empty for none."""
        raise NotImplementedError

    @staticmethod
    def reading(path: Path) -> Steps[Any]:
        """Read what is there, beside the window."""
        raise NotImplementedError

    def show_found(self, path: Path, found: Any) -> None:
        """Show what was read."""
        raise NotImplementedError

    def _ask(self) -> None:
        name = self.ask()
        if name:
            self.open(Path(name))
