"""What was corrected by hand on a layer: one log for all docks."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import Any

import numpy as np
from napari.layers import Labels, Layer
from psygnal import Signal

from specks._core.corrections import Corrections

__all__ = ["VERDICTS", "HandLog", "log_of"]

#: Kinds of corrections about a single thing.
VERDICTS = ("accept", "reject")


class HandLog:
    """Corrections of one layer, with the way back.

    Attributes
    ----------
    changed : Signal
        Emitted after every change.
    corrections : Corrections
    scribbles : Labels or None
        The layer that is scribbled on, if it was made.
    """

    changed = Signal()

    def __init__(self) -> None:
        self._states: list[Corrections] = [Corrections()]
        self._scribbles: weakref.ref[Labels] | None = None

    @property
    def corrections(self) -> Corrections:
        """The log as it is now."""
        return self._states[-1]

    @property
    def scribbles(self) -> Labels | None:
        """The layer of the strokes."""
        return None if self._scribbles is None else self._scribbles()

    @scribbles.setter
    def scribbles(self, layer: Labels) -> None:
        self._scribbles = weakref.ref(layer)

    def add(self, kind: str, **fields: Any) -> None:
        """Note one more correction.

        Raises
        ------
        CorrectionError
            When it is not a correction.
        """
        self._push(self.corrections.add(kind, **fields))

    def write(self, log: Corrections) -> None:
        """Note another log in the place of this one, as one change."""
        self._push(log)

    def stroke(self, annotation: np.ndarray, frame: int | None) -> None:
        """Note what is painted on a frame now, in the place of what was painted there before."""
        others = [r for r in self.corrections if not (r["kind"] == "scribble" and r["frame"] == frame)]
        log = Corrections(tuple(others))
        self._push(log.add("scribble", array=annotation, frame=frame) if annotation.any() else log)

    def toggle_frame(self, frame: int) -> None:
        """Exclude a frame, or take it in again."""
        kept = [r for r in self.corrections if not (r["kind"] == "exclude_frame" and r["frame"] == frame)]
        if len(kept) < len(self.corrections):
            self._push(Corrections(tuple(kept)))
        else:
            self.add("exclude_frame", frame=frame)

    def judge(self, kind: str, frame: int | None, position: list[float]) -> None:
        """Note a verdict, "accept" or "reject", in the place of an earlier one on the same thing."""
        kept = [r for r in self.corrections if not _is_verdict_on(r, frame, position)]
        self._push(Corrections(tuple(kept)).add(kind, frame=frame, position=position))

    def verdict(self, frame: int | None, position: list[float]) -> str | None:
        """What was said of the thing at a position: "accept", "reject" or None."""
        found = [r["kind"] for r in self.corrections if _is_verdict_on(r, frame, position)]
        return found[-1] if found else None

    def replace(self, kind: str, **fields: Any) -> None:
        """Note a correction of which only the last counts, such as a threshold."""
        kept = [r for r in self.corrections if r["kind"] != kind]
        self._push(Corrections(tuple(kept)).add(kind, **fields))

    def drop(self, kind: str) -> None:
        """Take back all corrections of a kind; nothing when there are none."""
        kept = [r for r in self.corrections if r["kind"] != kind]
        if len(kept) < len(self.corrections):
            self._push(Corrections(tuple(kept)))

    def excluded(self, frame: int) -> bool:
        """Whether a frame is excluded."""
        return any(r["frame"] == frame for r in self.corrections.of("exclude_frame"))

    def painted(self, frame: int | None, shape: tuple[int, ...]) -> np.ndarray:
        """What is painted on a frame according to the log, shape of the frame."""
        found = [r["array"] for r in self.corrections.of("scribble") if r["frame"] == frame]
        return found[-1] if found else np.zeros(shape, np.uint8)

    def take_up(self, corrections: Corrections) -> None:
        """Begin with what was corrected in another session; *Undo* takes all of that back."""
        self._states = [Corrections(), corrections] if len(corrections) else [corrections]
        self.changed.emit()

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back; what is left may be none at all."""
        return len(self._states) > 1

    def undo(self) -> None:
        """Take back the last change."""
        if self.can_undo:
            self._states.pop()
            self.changed.emit()

    def _push(self, log: Corrections) -> None:
        self._states.append(log)
        self.changed.emit()


def _is_verdict_on(record: Mapping[str, Any], frame: int | None, position: list[float]) -> bool:
    return record["kind"] in VERDICTS and (record["frame"], list(record["position"])) == (frame, position)


_LOGS: weakref.WeakKeyDictionary[Layer, HandLog] = weakref.WeakKeyDictionary()


def log_of(layer: Layer) -> HandLog:
    """The log of a layer; it lives as long as the layer."""
    return _LOGS.setdefault(layer, HandLog())
