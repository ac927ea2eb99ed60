"""Run, Cancel, how far it is, and what happened last."""

from __future__ import annotations

import time

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QGridLayout, QProgressBar, QPushButton, QWidget

from specks._core.errors import SpecksError
from specks._core.progress import Progress
from specks.ui.jobs import JobRunner, Outcome, State
from specks.ui.wrapped import WrappedLabel

__all__ = ["ProgressRow", "Remaining", "sentence_of"]

#: A job that is over sooner shows no bar: what lies below would jump away from the mouse and back.
BLINK_MS = 300


class Remaining:
    """Time left, from the pace of the phase that runs."""

    def __init__(self) -> None:
        self._total, self._done, self._since, self._first = -1, 0, 0.0, 0

    def seconds(self, progress: Progress, now: float) -> float | None:
        """Seconds left, or None when that cannot be said yet."""
        if progress.total != self._total or progress.done < self._done:
            self._total, self._since, self._first = progress.total, now, progress.done
        self._done = progress.done
        worked = progress.done - self._first
        if progress.total <= 0 or worked <= 0:
            return None
        return (now - self._since) / worked * (progress.total - progress.done)


class ProgressRow(QWidget):
    """Buttons and bar for a runner.

    Parameters
    ----------
    runner : JobRunner
    word : str
        What the button says that starts it.
    """

    run = Signal()

    def __init__(self, runner: JobRunner, word: str = "Run") -> None:
        super().__init__()
        self._remaining = Remaining()
        self._reason: str | None = None
        self._live = False
        self._what = self._said = ""
        self._runner = runner
        self._blink = QTimer(self)
        self._blink.setSingleShot(True)
        self._blink.setInterval(BLINK_MS)
        self._blink.timeout.connect(self._on_lasting)
        self.run_button, self.cancel_button = QPushButton(word), QPushButton("Cancel")
        self.bar, self.message = QProgressBar(), WrappedLabel()
        self.bar.setTextVisible(False)
        self.bar.setVisible(False)
        rows = QGridLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.run_button, 0, 0)
        rows.addWidget(self.cancel_button, 0, 1)
        rows.addWidget(self.bar, 1, 0, 1, 2)
        rows.addWidget(self.message, 2, 0, 1, 2)
        self.run_button.clicked.connect(self.run)
        self.cancel_button.clicked.connect(runner.cancel)
        runner.started.connect(self._on_started)
        runner.progressed.connect(self._on_progress)
        runner.ended.connect(self._on_ended)
        self._refresh()

    def allow(self, reason: str | None) -> None:
        """Let Run be pressed, or say why it cannot."""
        if reason != self._reason and not self._runner.busy:
            self.message.setText(reason or "")
        self._reason = reason
        self._refresh()

    def forget(self) -> None:
        """Take back what was said of other inputs."""
        if not self._runner.busy:
            self.message.setText(self._reason or "")

    def say(self, text: str) -> None:
        """Show a sentence; what is being done may be told over it, but when that is done it is there again."""
        self._live, self._said = False, text
        self.message.setText(text)

    def _refresh(self) -> None:
        busy = self._runner.busy
        self.run_button.setEnabled(self._reason is None)
        self.run_button.setToolTip(self._reason or "Run on everything")
        self.cancel_button.setEnabled(busy)
        self.bar.setVisible(busy and not self._blink.isActive())

    def _on_started(self) -> None:
        self._remaining = Remaining()
        self.bar.setRange(0, 0)
        self._live, self._what, self._said = True, "Starting", ""
        self.message.setText("")
        self._blink.start()
        self._refresh()

    def _on_lasting(self) -> None:
        if self._runner.busy and self._live:
            self.message.setText(self._what)
        self._refresh()

    def _on_progress(self, progress: Progress) -> None:
        self.bar.setRange(0, max(0, progress.total))
        self.bar.setValue(progress.done)
        left = self._remaining.seconds(progress, time.monotonic())
        self._what = progress.what if left is None else f"{progress.what} · {_duration(left)} left"
        if not self._blink.isActive():
            self.message.setText(self._what)

    def _on_ended(self, outcome: Outcome) -> None:
        # A sentence that was said meanwhile stays, but no step that is over.
        if self._live or self.message.text() == self._what:
            self.message.setText(sentence_of(outcome) or self._said)
        self._refresh()


def sentence_of(outcome: Outcome) -> str:
    """How a job ended, for people; nothing to add when it is done."""
    if outcome.state is State.DONE:
        return ""
    if outcome.state is State.FAILED:
        error = outcome.error
        return str(error) if isinstance(error, SpecksError) else f"Failed: {error or type(error).__name__}"
    if outcome.abandoned:
        return "Cancelled; a part that cannot be interrupted goes on unseen, and its result is dropped"
    return "Cancelled"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"
