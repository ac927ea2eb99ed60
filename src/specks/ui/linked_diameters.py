"""Two diameters that go along with each other."""

from __future__ import annotations

from typing import Any

from specks.ui.diameters import locate_of, refine_of
from specks.ui.form import Form

__all__ = ["LinkedDiameters"]


class LinkedDiameters:
    """Derives the diameter of one form from that of the other, unless a person has set both.

    Parameters
    ----------
    locating, refining : Form
        With a field ``diameter`` each.
    """

    def __init__(self, locating: Form, refining: Form) -> None:
        self._forms = (locating, refining)
        self._rules = (refine_of, locate_of)
        self._known = [self._written(0), self._written(1)]
        fits = refine_of(self._known[0]) == self._known[1] or locate_of(self._known[1]) == self._known[0]
        self._by_hand = [not fits, not fits]
        locating.changed.connect(lambda: self._on_changed(0))
        refining.changed.connect(lambda: self._on_changed(1))

    def estimated(self, locating: float, refining: float) -> None:
        """Set both to what was found in the data; a person may set either then."""
        for form, value in zip(self._forms, (locating, refining), strict=True):
            form.update({"diameter": value})
        self._by_hand = [False, False]

    def _written(self, which: int) -> Any:
        return self._forms[which].fields["diameter"].value

    def _on_changed(self, which: int) -> None:
        now, other = self._written(which), 1 - which
        if now == self._known[which]:
            return
        self._known[which] = now
        self._by_hand[which] = self._forms[which].fields["diameter"].touched
        derived = self._rules[which](now)
        if derived is not None and not self._by_hand[other]:
            self._known[other] = derived  # so that it does not count as set by hand
            self._forms[other].update({"diameter": derived})
