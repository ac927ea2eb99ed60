"""Everything that links are chosen from; corrections need no more than this to choose some again."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np

from specks._core.axes import Geometry
from specks._core.errors import InputError
from specks._core.progress import Progress
from specks.tracking._adaptive import narrowed
from specks.tracking._candidates import NEAREST, Candidates, find_candidates, probabilities
from specks.tracking._motion import Motion, Sample, learn_motion
from specks.tracking._predict import by_common_motion, by_neighbors, standing_still
from specks.tracking._rows import Floats, Ints, Rows, read_rows
from specks.tracking._solve import choose_links
from specks.tracking._trackpy import trackpy_links

__all__ = ["Plan", "Settings", "make_plan"]

#: Candidates with lower logarithmic odds take no part: they could not change a probability by .01.
NEGLIGIBLE = -6.0
#: How often links are made again from the motion of neighbors that they show.
PASSES = 5


@dataclass(frozen=True)
class Settings:
    """How links were asked for; see `specks.link`."""

    search_range: float | tuple[float, ...] | None = None
    memory: int = 2
    method: str = "lap"
    adaptive_stop: float | None = None
    adaptive_step: float = 0.95
    predictor: Any = None
    splitting: bool = False
    merging: bool = False
    spacing: float | tuple[float, ...] | None = None
    units: str | None = None


@dataclass(frozen=True, eq=False)
class Plan:
    """Candidates and what they are worth, and the links that were chosen without a hand.

    Parameters
    ----------
    rows : Rows
    settings : Settings
    candidates : Candidates
    log_odds : array of float64, shape (links,)
        What links are chosen by.
    log_posterior_odds : array of float64, shape (links,)
        What their probability is computed from.
    probability : array of float64, shape (links,)
    motion : Motion
    reach : float
        How far was looked at most, in the unit of length.
    after : array of int64, shape (n,)
        Successor of each row, -1 for none.
    given_up : int
        Rows for which the search was cut short.
    """

    rows: Rows
    settings: Settings
    candidates: Candidates
    log_odds: Floats
    log_posterior_odds: Floats
    probability: Floats
    motion: Motion
    reach: float
    after: Ints
    given_up: int

    @property
    def gaps(self) -> int:
        """Most steps of time that a link may bridge."""
        return _gaps(self.rows, self.settings)


def _gaps(rows: Rows, settings: Settings) -> int:
    """As many steps as are remembered, and no more than the series has."""
    longest = int(rows.time[-1] - rows.time[0]) if len(rows) else 1
    return max(1, min(settings.memory + 1, longest))


def make_plan(table: Any, settings: Settings) -> Generator[Progress, None, Plan]:
    """Look for candidates, learn how objects move, and choose links.

    Raises
    ------
    InputError
        When the table cannot be used, or settings do not go together.
    FitError
        When trackpy gives up.
    """
    pixels = settings.method == "trackpy"  # which knows of no other unit
    rows, geometry = read_rows(
        table, None if pixels else settings.spacing, None if pixels else settings.units
    )
    if pixels and settings.search_range is None:
        raise InputError("search_range is missing: method='trackpy' needs it, in pixels")
    asked = _asked_reach(rows, geometry, settings)
    if pixels:
        return (yield from _by_trackpy(rows, settings, asked))
    return (yield from _by_lap(rows, settings, asked))


def _by_lap(rows: Rows, settings: Settings, asked: Floats) -> Generator[Progress, None, Plan]:
    gaps = _gaps(rows, settings)
    if settings.predictor is None:
        return (yield from _planned(rows, settings, asked, standing_still(rows)))
    moved = by_common_motion(rows, gaps, asked)
    plan = yield from _planned(rows, settings, asked, moved)
    if settings.predictor == "drift":
        return plan
    for _ in range(PASSES):
        last = plan.after
        plan = yield from _planned(rows, settings, asked, by_neighbors(rows, gaps, last))
        if np.array_equal(plan.after, last):
            break
    return plan


def _planned(
    rows: Rows, settings: Settings, asked: Floats, predicted: Floats
) -> Generator[Progress, None, Plan]:
    """Links from where objects are expected."""
    gaps = _gaps(rows, settings)
    motion = yield from _learned(rows, predicted, gaps, asked)
    reach = np.minimum(asked, motion.reach(NEGLIGIBLE).max())
    candidates = yield from find_candidates(rows, predicted, gaps, reach)
    if settings.adaptive_stop is not None:
        stop, step = settings.adaptive_stop, settings.adaptive_step
        candidates = candidates.where(narrowed(candidates, float(reach.max()), stop, step))
    log_odds = motion.log_odds(candidates)
    kept = log_odds > NEGLIGIBLE
    candidates, log_odds = candidates.where(kept), log_odds[kept]
    probability = probabilities(candidates, log_odds)
    after, given_up = yield from choose_links(candidates, log_odds)
    used = float(min(asked.max(), motion.reach(0.0)[0]))
    return Plan(rows, settings, candidates, log_odds, log_odds, probability, motion, used, after, given_up)


def _by_trackpy(rows: Rows, settings: Settings, asked: Floats) -> Generator[Progress, None, Plan]:
    """trackpy's links; how sure they are is told from what was learned."""
    after = yield from trackpy_links(
        rows, asked, settings.memory, settings.adaptive_stop, settings.adaptive_step, settings.predictor
    )
    gaps = _gaps(rows, settings)
    follows = settings.predictor in ("drift", "nearest_velocity")
    predicted = by_common_motion(rows, gaps, asked) if follows else standing_still(rows)
    motion = yield from _learned(rows, predicted, gaps, asked)
    candidates = yield from find_candidates(rows, predicted, gaps, asked)
    place = np.minimum(candidates.gap, predicted.shape[1]) - 1
    moved = rows.position[candidates.right] - predicted[candidates.left, place]
    # What trackpy minimizes: squared distances, and the square of the range for each that has none.
    log_odds = 1 - np.square(moved / asked).sum(axis=1)
    learned = motion.log_odds(candidates)
    probability = probabilities(candidates, learned)
    reach = float(asked.max())
    return Plan(rows, settings, candidates, log_odds, learned, probability, motion, reach, after, 0)


def _asked_reach(rows: Rows, geometry: Geometry, settings: Settings) -> Floats:
    """How far to look at most along each axis that links use."""
    if settings.search_range is None:
        return np.full(rows.ndim, np.inf)
    scale = geometry.to_pixels(1.0)
    reach = [p / s for p, s in zip(geometry.to_pixels(settings.search_range), scale, strict=True)]
    return np.array(reach)[rows.axes]


def _learned(rows: Rows, predicted: Floats, gaps: int, asked: Floats) -> Generator[Progress, None, Motion]:
    """Learn from what lies within a distance in which half of `NEAREST` objects are met by chance."""
    ball = math.pi ** (rows.ndim / 2) / math.gamma(rows.ndim / 2 + 1)
    chance = rows.spacing * (NEAREST / 2 / ball) ** (1 / rows.ndim)
    reach = np.minimum(asked, chance)
    sample = Sample.of(rows, gaps)
    candidates = yield from find_candidates(rows, predicted, gaps, reach, sample.left)
    return learn_motion(rows, candidates, gaps, float(reach.max()), sample)
