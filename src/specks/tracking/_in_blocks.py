"""Work on many tracks a block at a time, so that a run can be followed and stopped."""

from __future__ import annotations

from collections.abc import Callable, Generator

import numpy as np

from specks._core.progress import Progress
from specks.tracking._columns import Ints

__all__ = ["in_blocks"]


def in_blocks(
    work: Callable[[slice, Ints], None], first: Ints, cost: Ints, most: int, what: str
) -> Generator[Progress, None, None]:
    """Call a kernel for some tracks after the other.

    Parameters
    ----------
    work : callable
        Takes which tracks these are, and where they begin with the end of the last one.
    first : array of int64, shape (tracks + 1,)
        First row of each track.
    cost : array of int64, shape (tracks,)
        Of each track, in any unit.
    most : int
        Cost of a block, unless one track alone has more.
    what : str
        What is done, for people.
    """
    tracks = len(cost)
    block = np.cumsum(cost) // most
    ends: list[int] = [*(np.flatnonzero(np.diff(block)) + 1).tolist(), tracks]
    start = 0
    for end in ends if tracks else ():
        work(slice(start, end), first[start : end + 1])
        start = end
        yield Progress(end, tracks, f"{what} of track {end} of {tracks}")
