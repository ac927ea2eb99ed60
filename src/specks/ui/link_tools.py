"""Confirm, forbid and draw links by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from napari.components import ViewerModel
from qtpy.QtCore import QObject
from qtpy.QtWidgets import QPushButton

from specks._core.corrections import Corrections
from specks.ui.hand_log import HandLog
from specks.ui.picked_track import PickedTrack
from specks.ui.ring import Ring
from specks.ui.track_scene import Seen
from specks.ui.wrapped import WrappedLabel

__all__ = ["KINDS", "LinkTools", "with_link"]

KINDS = ("link_confirm", "link_forbid", "link_draw")
NAMES = {
    "confirm": ("Confirm link", "The picked track went from the object before to the one in this frame"),
    "forbid": ("Forbid link", "The object in this frame is not the one that the picked track was before"),
    "draw": ("Draw link", "Click the same object on two frames"),
}
HINTS = {
    "first": "Click an object in this frame",
    "second": "Now go to another frame and click the same object there (first: frame {frame})",
    "pick": "Click an object on the canvas, or a row of the table, to pick its track",
    "away": "The picked track is not in this frame",
    "begin": "The picked track begins here: go to a later frame to judge a link",
}


class LinkTools(QObject):
    """Buttons that correct the link of the picked track into the frame in view, and what they say.

    Parameters
    ----------
    viewer : napari viewer
    picked : PickedTrack
    parent : QObject

    Attributes
    ----------
    buttons : mapping of str to QPushButton
    hint : WrappedLabel
        What a press would be about, or what to do with the tool in the hand.
    """

    def __init__(self, viewer: ViewerModel, picked: PickedTrack, parent: QObject) -> None:
        super().__init__(parent)
        self._picked = picked
        self._log: HandLog | None = None
        self._settings: Mapping[str, Any] = {}
        self._first: Seen | None = None
        self.ring = Ring(viewer, "specks_link_end", self)
        self.hint = WrappedLabel()
        self.buttons: Mapping[str, QPushButton] = {
            name: QPushButton(text) for name, (text, _) in NAMES.items()
        }
        for name, button in self.buttons.items():
            button.setToolTip(f"<qt>{NAMES[name][1]}</qt>")
        self.buttons["draw"].setCheckable(True)
        self.buttons["confirm"].clicked.connect(lambda: self._judge("link_confirm"))
        self.buttons["forbid"].clicked.connect(lambda: self._judge("link_forbid"))
        self.buttons["draw"].toggled.connect(self._on_draw)
        picked.changed.connect(self.refresh)
        picked.frame_changed.connect(self.refresh)
        picked.clicked.connect(self._on_clicked)
        self.refresh()

    def work_on(self, log: HandLog | None, settings: Mapping[str, Any]) -> None:
        """Correct links.

        Parameters
        ----------
        log : HandLog or None
            Of the layer whose result is shown, as long as it is about what is chosen; None to correct nothing.
        settings : mapping
            Of the result: whether one object may become several.
        """
        if log is not self._log:
            self.put_down()
        self._log, self._settings = log, settings
        self.refresh()

    def put_down(self) -> None:
        """Draw no more."""
        self.buttons["draw"].setChecked(False)

    def refresh(self, *_: Any) -> None:
        """Let be pressed what does something now, and say what."""
        ready = self._log is not None and self._picked.scene is not None
        link = self._link if ready else None
        self.buttons["draw"].setEnabled(ready)
        kind = None if link is None else said_of(self._log.corrections, *link)
        self.buttons["confirm"].setEnabled(link is not None and kind not in ("link_confirm", "link_draw"))
        self.buttons["forbid"].setEnabled(link is not None)
        self.hint.setText(self._words(link, kind) if ready else "")

    @property
    def _link(self) -> tuple[Seen, Seen] | None:
        particle, frame = self._picked.particle, self._picked.frame
        return None if particle is None or frame is None else self._picked.scene.link_at(particle, frame)

    def _words(self, link: tuple[Seen, Seen] | None, kind: str | None) -> str:
        if self.buttons["draw"].isChecked():
            return HINTS["first"] if self._first is None else HINTS["second"].format(frame=self._first.frame)
        particle = self._picked.particle
        if particle is None:
            return HINTS["pick"]
        if link is None:
            return HINTS["away" if self._picked.here is None else "begin"]
        before, after = link
        sure = self._picked.scene.sureness(after)
        said = {"link_confirm": "confirmed by hand", "link_draw": "drawn by hand"}.get(kind)
        return f"Link of track {particle} from frame {before.frame} to {after.frame}: {said or f'{sure:.0%} sure'}"

    def _judge(self, kind: str) -> None:
        link = self._link
        if link is not None and self._log is not None:
            self._picked.hold_on_to(link[1])  # what is in view
            self._write(kind, *link)

    def _write(self, kind: str, one: Seen, other: Seen) -> None:
        log = with_link(self._log.corrections, kind, one.name, other.name, self._settings)
        self._log.write(log)

    def _on_draw(self, on: bool) -> None:
        self._picked.lent = on
        self._forget()
        self.refresh()

    def _on_clicked(self, seen: Seen) -> None:
        if self._log is None:
            return
        if self._first is None or self._first.frame == seen.frame:
            self._first = seen
            self.ring.show_around(self._picked.scene.layer, seen.place, seen.diameter)
            self.refresh()
            return
        first, self._first = self._first, None
        one, other = sorted((first, seen), key=lambda end: end.frame)
        self._forget()
        self._write("link_draw", one, other)
        self._picked.pick(seen.particle)
        self.refresh()

    def _forget(self) -> None:
        self._first = None
        self.ring.hide()


def said_of(log: Corrections, one: Seen, other: Seen) -> str | None:
    """What was said of a link by hand: the kind of the correction."""
    found = [r["kind"] for r in log.of(*KINDS) if _ends(r) == (one.name, other.name)]
    return found[-1] if found else None


def with_link(
    log: Corrections,
    kind: str,
    one: tuple[int, int],
    other: tuple[int, int],
    settings: Mapping[str, Any],
) -> Corrections:
    """A log with one more word on a link; it counts more than what was said before and contradicts it.

    Parameters
    ----------
    log : Corrections
    kind : str
        One of `KINDS`.
    one, other : tuple of (int, int)
        Frame and label of the earlier and the later object.
    settings : mapping
        ``splitting`` and ``merging``: whether an object may have several links.
    """
    wanted = kind != "link_forbid"

    def stays(record: Mapping[str, Any]) -> bool:
        if record["kind"] not in KINDS:
            return True
        ends = _ends(record)
        if ends == (one, other):
            return False
        if not wanted or record["kind"] == "link_forbid":
            return True
        same_start = ends[0] == one and not settings.get("splitting", False)
        same_end = ends[1] == other and not settings.get("merging", False)
        return not (same_start or same_end)

    kept = Corrections(tuple(record for record in log if stays(record)))
    return kept.add(kind, frame_a=one[0], label_a=one[1], frame_b=other[0], label_b=other[1])


def _ends(record: Mapping[str, Any]) -> tuple[tuple[int, int], tuple[int, int]]:
    return (record["frame_a"], record["label_a"]), (record["frame_b"], record["label_b"])
