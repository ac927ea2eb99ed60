"""Links by trackpy, with its own parameters."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from specks._core.errors import FitError, InputError
from specks._core.progress import Progress
from specks.tracking._matching_kernels import match_rows, matching_room
from specks.tracking._rows import Floats, Ints, Rows

__all__ = ["trackpy_links"]

#: Objects that trackpy itself solves together before its adaptive search narrows the range.
CROWD = 15


def trackpy_links(
    rows: Rows,
    reach: Floats,
    memory: int,
    adaptive_stop: float | None,
    adaptive_step: float,
    predictor: Any,
) -> Generator[Progress, None, Ints]:
    """Successor of each row, -1 for none, as trackpy links them.

    Where trackpy tries all ways of linking what hangs together, which may take forever, the cheapest
    way is found at once; it is the same one.

    Parameters
    ----------
    rows : Rows
        In pixels.
    reach : array of float64, shape (d,)
        trackpy's ``search_range``.
    memory : int
    adaptive_stop : float, optional
    adaptive_step : float
    predictor : {"drift", "nearest_velocity"}, or a predictor of trackpy, optional

    Raises
    ------
    FitError
        When the adaptive search reaches its stop.
    InputError
        When the predictor is none.
    """
    if not len(rows):
        return np.empty(0, np.int64)
    from trackpy.linking import SubnetOversizeException

    arguments = {
        "search_range": tuple(reach.tolist()),
        "memory": memory,
        "adaptive_stop": adaptive_stop,
        "adaptive_step": adaptive_step,
        "link_strategy": _solve_narrow if adaptive_stop is not None else _solve,
    }
    particle = np.empty(len(rows), np.int64)
    try:
        with _silent(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that there was no velocity, which is seen to
            for t, ids in _linked(rows, memory, predictor, arguments):
                b = int(np.searchsorted(rows.times, t))
                particle[rows.first[b] : rows.first[b + 1]] = ids
                yield Progress(b + 1, len(rows.times), f"Linking frame {b + 1} of {len(rows.times)}")
    except SubnetOversizeException:
        raise FitError(
            f"more than {CROWD} objects hang together even within adaptive_stop {adaptive_stop:g}; "
            "give a smaller one, or use method='lap'"
        ) from None
    order = np.lexsort((rows.time, particle))
    same = np.diff(particle[order]) == 0
    after = np.full(len(rows), -1)
    after[order[:-1][same]] = order[1:][same]
    return after


@contextmanager
def _silent() -> Iterator[None]:
    """trackpy writes a line a frame to the standard output."""
    logger = logging.getLogger("trackpy")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


def _levels(rows: Rows, memory: int) -> Iterator[tuple[int, Floats]]:
    """Time and positions; frames without objects count, but no more of them than are remembered."""
    last = int(rows.times[0])
    for b, t in enumerate(rows.times.tolist()):
        for empty in range(last + 1, min(t, last + memory + 2)):
            yield empty, np.empty((0, rows.ndim))
        last = t
        yield t, rows.position[rows.first[b] : rows.first[b + 1]]


def _linked(
    rows: Rows, memory: int, predictor: Any, arguments: dict[str, Any]
) -> Iterator[tuple[int, list[int]]]:
    """Track numbers of each frame that has objects."""
    from trackpy.linking import link_iter

    predictor = _predictor(predictor)
    levels = _levels(rows, memory)
    if predictor is None or not hasattr(predictor, "wrap"):
        arguments = arguments | ({} if predictor is None else {"predictor": predictor})
        yield from ((t, ids) for t, ids in link_iter(levels, **arguments) if len(ids))
        return
    import pandas as pd

    columns = [f"axis_{axis}" for axis in range(rows.ndim)]

    def frames(_: Any, predictor: Any, **__: Any) -> Iterator[pd.DataFrame]:
        """Linked frames, from which the predictor learns."""
        positions: dict[int, Floats] = {}

        def kept() -> Iterator[tuple[int, Floats]]:
            for t, position in levels:
                positions[t] = position
                yield t, position

        def predict(t: int, particles: list[Any]) -> Any:
            if not len(particles):
                return []
            still = np.array([particle.pos for particle in particles])
            expected = np.array(list(predictor(t, particles)))
            # Where two frames have no track in common, trackpy knows no velocity.
            return np.where(np.isfinite(expected), expected, still)

        for t, ids in link_iter(kept(), predictor=predict, **arguments):
            frame = pd.DataFrame(positions.pop(t), columns=columns).assign(frame=t, particle=ids)
            if len(frame):
                yield frame

    given = iter([pd.DataFrame(columns=columns)])
    for frame in predictor.wrap(frames, given, pos_columns=columns, t_column="frame"):
        yield int(frame["frame"].iloc[0]), frame["particle"].tolist()


def _predictor(given: Any) -> Any:
    if given is None or hasattr(given, "wrap") or callable(given):
        return given
    from trackpy import predict

    known = {"drift": predict.DriftPredict, "nearest_velocity": predict.NearestVelocityPredict}
    if given not in known:
        raise InputError(f"predictor is {given!r}; it must be 'drift', 'nearest_velocity' or one of trackpy")
    return known[given]()


def _solve_narrow(
    sources: set[Any], destinations: set[Any], search_range: float, max_size: int
) -> tuple[list[Any], list[Any]]:
    """Solve what is small enough, and let trackpy narrow the range for the rest."""
    from trackpy.linking import SubnetOversizeException

    if len(sources) > max_size:
        raise SubnetOversizeException(f"{len(sources)} objects hang together")
    return _solve(sources, destinations, search_range, max_size)


def _solve(
    sources: set[Any], destinations: set[Any], search_range: float, max_size: int
) -> tuple[list[Any], list[Any]]:
    """The pairs with the least sum of squares; having none costs the square of the range."""
    if len(sources) <= 1 and len(destinations) <= 1:
        return list(sources) or [None], list(destinations) or [None]
    left, right = list(sources), list(destinations)
    at = {point: j for j, point in enumerate(right)}
    pairs = [
        (i, at[point], distance**2 - search_range**2)
        for i, source in enumerate(left)
        for point, distance in source.forward_cands
    ]
    n = max(len(left), len(right))
    start = np.array([i for i, _, _ in pairs], np.int64)
    first = np.concatenate([[0], np.cumsum(np.bincount(start, minlength=n))]).astype(np.int64)
    after, before = np.full(n, -1), np.full(n, -1)
    to = np.array([j for _, j, _ in pairs], np.int64)
    cost = np.array([cost for _, _, cost in pairs], np.float64)
    match_rows(np.arange(n), first, to, cost, n, after, before, *matching_room(n, len(pairs)))
    chosen = [right[j] if j >= 0 else None for j in after[: len(left)].tolist()]
    unclaimed = [point for j, point in enumerate(right) if before[j] < 0]
    return left + [None] * len(unclaimed), chosen + unclaimed
