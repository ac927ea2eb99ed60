"""Look at what a result is least sure of, one after the other, and say what it is."""

from __future__ import annotations

from typing import Any

from napari.components import ViewerModel
from napari.layers import Layer
from qtpy.QtCore import QTimer, Signal
from qtpy.QtGui import QHideEvent, QShowEvent
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from specks.ui.candidates import Candidate, Candidates, ReviewList
from specks.ui.canvas import go_to, is_on_canvas, shows_planes
from specks.ui.hand_log import HandLog, log_of
from specks.ui.ring import Ring
from specks.ui.shortcuts import Shortcuts
from specks.ui.subscriptions import Subscriptions
from specks.ui.wrapped import WrappedLabel

__all__ = ["KEYS", "Review"]

#: Keys that mean nothing to napari, whatever the layer: *good*, *no*, and those with the signs > and <.
KEYS = {"accept": "G", "reject": "N", "forward": ".", "back": ","}
#: After a verdict the next one waits for the refit, so that it is the least sure now; where that takes longer
#: than this, the person need not wait.
PATIENCE_MS = 600
SAID = {"accept": "accepted", "reject": "rejected"}
TOOLTIPS = {
    "back": "Back to the one before; from the first, leave the review",
    "accept": "This is a particle",
    "reject": "This is no particle",
    "forward": "Show what the result is least sure of; then the next, without a verdict on this one",
}


class Review(QWidget):
    """A row of buttons that leads through a list of doubtful things and notes verdicts on them.

    A verdict is a correction in the log of the layer, so that *Undo* takes it back. What is not seen is
    never judged: a verdict on something that was scrolled away only brings it back.

    Parameters
    ----------
    viewer : napari viewer

    Attributes
    ----------
    moved : Signal
        Another thing is shown, or none any more.
    list : ReviewList
    """

    moved = Signal()

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        self._viewer = viewer
        self._layer: Layer | None = None
        self._about: Any = None
        self._reason = ""
        self._judging = self._waits = False
        self._known: dict[Candidate, str | None] = {}
        self.list = ReviewList()
        self.label = WrappedLabel()
        self.label.setToolTip(
            "<qt>The least sure comes first. How likely it was a particle is said after your answer. "
            "How many more are in doubt changes with every answer, so stop when you agree.</qt>"
        )
        self.buttons = {name: QPushButton(name.capitalize()) for name in TOOLTIPS}
        self.ring = Ring(viewer, "specks_review", self)
        self.keys = keys = Shortcuts(viewer, {KEYS[name]: b.click for name, b in self.buttons.items()})
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._follows = follows = Subscriptions()
        self.destroyed.connect(lambda: (follows.close(), keys.unbind()))
        self._lay_out()
        self._connect()
        self.setVisible(False)

    @property
    def layer(self) -> Layer | None:
        """The layer whose result is reviewed."""
        return self._layer

    @property
    def current(self) -> Candidate | None:
        """What is shown for a verdict."""
        return self.list.current

    def show_candidates(self, candidates: Candidates, layer: Layer, about: Any) -> None:
        """Go on with what is in doubt now, or begin with it.

        Parameters
        ----------
        candidates : Candidates
        layer : Layer
            That they lie in.
        about : object
            What was run; when it is equal to the last, the list goes on where it was.
        """
        self._reason = ""
        if layer is not self._layer or about != self._about:
            self._begin(candidates, layer, about)
        else:
            self.list.update(candidates)
        self.setVisible(True)
        self._waits = self._waits or self._is_left_out(self.current)
        self._go_on()
        self._refresh()

    def refuse(self, reason: str) -> None:
        """Say why there is nothing to review."""
        self._begin(Candidates.none(), None, None)
        self._reason = reason
        self.setVisible(bool(reason))
        self._refresh()

    def stop(self) -> None:
        """Take the ring away; the list stays, and a verdict that waits for its refit leads nowhere."""
        self._waits = False
        self._patience.stop()
        while self.list.number > 0:
            self.list.back()
        self._move()

    def _begin(self, candidates: Candidates, layer: Layer | None, about: Any) -> None:
        self._follows.close()
        self._layer, self._about = layer, about
        self._known.clear()
        self._waits = False
        self._patience.stop()
        self.list.restart(candidates)
        if layer is not None:
            self._follows.add(log_of(layer), "changed", self._on_log)
        self._move()

    def _connect(self) -> None:
        self.buttons["accept"].clicked.connect(lambda: self._judge("accept"))
        self.buttons["reject"].clicked.connect(lambda: self._judge("reject"))
        self.buttons["forward"].clicked.connect(lambda: self._step(self.list.forward))
        self.buttons["back"].clicked.connect(lambda: self._step(self.list.back))
        self._patience.timeout.connect(self._go_on)

    def _step(self, step: Any) -> None:
        self._waits = False
        step()
        self._move()

    def _judge(self, kind: str) -> None:
        candidate = self.current
        if candidate is None or self._waits:
            return
        if not is_on_canvas(self._viewer, self._layer, candidate.place):
            self._move()
            return
        if self._verdict(candidate) == kind:
            self._step(self.list.forward)
            return
        self._waits = self._judging = True
        self._patience.start()
        self._known[candidate] = kind
        self._log.judge(kind, candidate.frame, candidate.position)
        self._judging = False
        self._refresh()

    def _go_on(self) -> None:
        """After a verdict, to the next."""
        if self._waits:
            self._patience.stop()
            self._step(self.list.forward)

    def _on_log(self) -> None:
        """Where a verdict was taken back, show again what it was about."""
        changed = [c for c, kind in self._known.items() if self._verdict(c) != kind]
        for candidate in changed:
            self._known[candidate] = self._verdict(candidate)
        if changed and not self._judging and self.list.number > 0 and changed[-1] in self.list.seen:
            self._step(lambda: self.list.go_to(changed[-1]))
        self._refresh()

    def _move(self) -> None:
        """Show the current one, or nothing."""
        candidate = self.current
        if candidate is None:
            self.ring.hide()
        elif not shows_planes(self._viewer, self._layer):
            self.list.back()
            self._refresh()
            self.label.setText("Show y and x of the image to review it")
            return
        else:
            go_to(self._viewer, self._layer, candidate.place, candidate.diameter)
            self.ring.show_around(self._layer, candidate.place, candidate.diameter)
        self.moved.emit()
        self._refresh()

    def _is_left_out(self, candidate: Candidate | None) -> bool:
        """Whether it lies on a frame that was excluded meanwhile: there is nothing to be asked any more."""
        return candidate is not None and candidate.frame is not None and self._log.excluded(candidate.frame)

    @property
    def _log(self) -> HandLog:
        return log_of(self._layer)

    def _verdict(self, candidate: Candidate) -> str | None:
        return self._log.verdict(candidate.frame, candidate.position)

    def _refresh(self) -> None:
        """Write where it is, and let be pressed what does something."""
        there, ended = self.current is not None, self.list.ended
        self.buttons["accept"].setEnabled(there)
        self.buttons["reject"].setEnabled(there)
        self.buttons["back"].setEnabled(self.list.number > 0)
        more = self.list.skipped > 0 if ended else self.list.total > 0
        self.buttons["forward"].setEnabled(more)
        self.buttons["forward"].setText("Skip" if there else "Again" if ended else "Review")
        self.label.setText(self._reason or self._text())
        for button in self.buttons.values():
            button.setVisible(not self._reason)

    def _text(self) -> str:
        total, candidate = self.list.total, self.current
        if total == 0:
            return "Nothing is in doubt"
        if candidate is not None:
            said = SAID.get(self._verdict(candidate))
            # A number that is seen before is agreed with.
            answer = f"{said} · it was {100 * candidate.certainty:.0f} % likely" if said else "a particle?"
            return f"Question {self.list.number} · {answer}"
        if self.list.ended:
            return f"All {total} looked at" + (f", {self.list.skipped} skipped" if self.list.skipped else "")
        return "Review what is least sure"

    def showEvent(self, event: QShowEvent) -> None:
        """Keys work while the row is shown."""
        super().showEvent(event)
        self.keys.bind()
        for name, button in self.buttons.items():
            key = f" (key {KEYS[name]} )" if KEYS[name] in self.keys.bound else ""
            button.setToolTip(f"<qt>{TOOLTIPS[name]}{key}</qt>")

    def hideEvent(self, event: QHideEvent) -> None:
        """And only then."""
        super().hideEvent(event)
        self.keys.unbind()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.label)
        row = QHBoxLayout()
        for button in self.buttons.values():
            row.addWidget(button)
        column.addLayout(row)
