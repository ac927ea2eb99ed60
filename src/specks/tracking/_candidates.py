"""Which rows may follow which."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from specks._core.progress import Progress
from specks.tracking._belief_kernels import exchange_messages
from specks.tracking._candidate_kernels import nearest_later
from specks.tracking._rows import Floats, Ints, Rows

__all__ = ["Candidates", "find_candidates", "probabilities"]

#: Of all that lie in reach only so many nearest ones a frame are looked at: dense fields stay bounded.
NEAREST = 8
#: Rows that are worked on between two reports.
ROWS = 8192
#: Rounds of messages, and the change at which they have settled.
ROUNDS, SETTLED = 50, 1e-4


@dataclass(frozen=True, eq=False)
class Candidates:
    """Possible links, by the row that they start from.

    Parameters
    ----------
    count : int
        Number of rows.
    left, right : array of int64, shape (links,)
        Earlier and later row; `left` ascends.
    gap : array of int64, shape (links,)
        Steps of time between them.
    square : array of float64, shape (links,)
        Squared distance from where the earlier row is expected.
    change : array of float64, shape (links,), optional
        Change of the logarithm of the size; NaN where it is not known.
    """

    count: int
    left: Ints
    right: Ints
    gap: Ints
    square: Floats
    change: Floats | None

    def __len__(self) -> int:
        return len(self.left)

    @cached_property
    def first(self) -> Ints:
        """First link of each row, and the number of links."""
        return _pointers(self.left, self.count)

    @cached_property
    def right_order(self) -> Ints:
        """Links by the row that they lead to."""
        return np.argsort(self.right, kind="stable").astype(np.int64)

    @cached_property
    def right_first(self) -> Ints:
        """First entry of each row in `right_order`."""
        return _pointers(self.right, self.count)

    def where(self, keep: npt.NDArray[np.bool_]) -> Candidates:
        """Some of them."""
        change = None if self.change is None else self.change[keep]
        return Candidates(
            self.count, self.left[keep], self.right[keep], self.gap[keep], self.square[keep], change
        )


def _pointers(rows: Ints, count: int) -> Ints:
    return np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=count))]).astype(np.int64)


def find_candidates(
    rows: Rows, predicted: Floats, gaps: int, reach: Floats, chosen: Ints | None = None
) -> Generator[Progress, None, Candidates]:
    """Look for what may follow each row.

    Parameters
    ----------
    rows : Rows
    predicted : array of float64, shape (n, gaps, d) or (n, 1, d)
        Where each row is expected 1, 2, … steps later; one place for all when it stands still.
    gaps : int
        Most steps of time that a link may bridge.
    reach : array of float64, shape (d,)
        How far to look along each axis; infinite for no limit.
    chosen : array of int64, optional
        Rows to look at, ascending; all when not given.
    """
    target, gate = rows.later(gaps), np.maximum(reach, 1e-150) ** -2.0
    chosen = np.arange(len(rows)) if chosen is None else chosen
    parts = []
    for start in range(0, len(chosen), ROWS):
        some = chosen[start : start + ROWS]
        found = np.empty((len(some), gaps, NEAREST), np.int64)
        square = np.empty(found.shape)
        nearest_later(some, rows.position, predicted, rows.block, target, rows.first, gate, found, square)
        there = found >= 0
        left, gap, _ = np.nonzero(there)
        parts.append((some[left], found[there], gap + 1, square[there]))
        done = start + len(some)
        yield Progress(done, len(chosen), f"Looking for what may follow {done} of {len(chosen)} objects")
    kinds = (np.int64, np.int64, np.int64, np.float64)
    columns = [
        np.concatenate([np.empty(0, kind), *(part[i] for part in parts)]) for i, kind in enumerate(kinds)
    ]
    left, right, gap, square = columns
    change = None if rows.size is None else rows.size[right] - rows.size[left]
    return Candidates(len(rows), left, right, gap, square, change)


def probabilities(candidates: Candidates, log_odds: Floats, rounds: int = ROUNDS) -> Floats:
    """How probable each link is, when a row has at most one successor and one predecessor.

    Parameters
    ----------
    candidates : Candidates
    log_odds : array of float64, shape (links,)
        Of each link by itself, against having none.
    rounds : int
        Most rounds of messages.
    """
    weight = np.exp(np.clip(log_odds, -50.0, 50.0))
    forward, back, room = np.empty_like(weight), np.ones_like(weight), np.empty_like(weight)
    for _ in range(rounds):
        change = exchange_messages(
            candidates.first, weight, candidates.right_first, candidates.right_order, forward, back, room
        )
        if change < SETTLED:
            break
    weight *= back
    total = np.bincount(candidates.left, weight, candidates.count)
    return weight / (1 + total[candidates.left])
