"""Choose links: the set that is likeliest as a whole."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import numpy.typing as npt

from specks._core.progress import Progress
from specks.tracking._candidates import Candidates
from specks.tracking._matching_kernels import match_rows, matching_room
from specks.tracking._rows import Floats, Ints

__all__ = ["choose_links", "particles_of", "predecessors"]

#: Rows that are given a successor between two reports.
ROWS = 4096
#: Rows that one search may look at. In fields so dense that this is not enough nothing can be told apart.
MOST = 2000


def choose_links(
    candidates: Candidates, log_odds: Floats, rows: Ints | None = None
) -> Generator[Progress, None, tuple[Ints, int]]:
    """The set of links whose summed logarithmic odds are largest.

    Parameters
    ----------
    candidates : Candidates
    log_odds : array of float64, shape (links,)
        Of each link, against having none; only links that are better than none are chosen.
    rows : array of int64, optional
        Rows to find a successor for; all when not given.

    Returns
    -------
    after : array of int64, shape (n,)
        Successor of each row, -1 for none.
    given_up : int
        Rows for which the search was cut short.
    """
    better = log_odds > 0
    some = candidates.where(better)
    cost, n = -log_odds[better], candidates.count
    rows = np.arange(n) if rows is None else rows
    after, before = np.full(n, -1), np.full(n, -1)
    room = matching_room(n, len(cost))
    given_up = 0
    for start in range(0, len(rows), ROWS):
        part = rows[start : start + ROWS]
        given_up += match_rows(part, some.first, some.right, cost, MOST, after, before, *room)
        done = start + len(part)
        yield Progress(done, len(rows), f"Linking object {done} of {len(rows)}")
    return after, given_up


def predecessors(after: Ints) -> Ints:
    """Predecessor of each row, -1 for none."""
    before = np.full(len(after), -1)
    before[after[after >= 0]] = np.flatnonzero(after >= 0)
    return before


def particles_of(before: Ints, priority: Ints) -> Ints:
    """Number tracks, in the order in which they begin.

    Parameters
    ----------
    before : array of int64, shape (n,)
        Predecessor of each row, -1 for none.
    priority : array of int64, shape (n,)
        A rank of each row; ranks rise along a track.

    Returns
    -------
    array of int64, shape (n,)
    """
    root = np.where(before < 0, np.arange(len(before)), before)
    while True:  # each round doubles how far back a row knows its track
        further = root[root]
        if np.array_equal(further, root):
            break
        root = further
    starts = np.flatnonzero(before < 0)
    number = np.empty(len(before), np.int64)
    number[starts[np.argsort(priority[starts], kind="stable")]] = np.arange(len(starts))
    return number[root]


def as_mask(rows: Ints, n: int) -> npt.NDArray[np.bool_]:
    """True for these rows."""
    mask = np.zeros(n, np.bool_)
    mask[rows] = True
    return mask
