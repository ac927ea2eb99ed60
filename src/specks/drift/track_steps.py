"""From steps between frames to places, and how sure these are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from specks.drift.track_links import FrameLink, FrameLinks, TrackRows

__all__ = ["walk"]

#: Particles from which a step tells its own scatter; with fewer that of all steps stands in.
ENOUGH = 8
#: Standard deviation of a normal variable against the median of its absolute value.
NORMAL = 1.4826

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Step:
    """By how much a frame is displaced against another, and what each particle adds to the error of that.

    Parameters
    ----------
    shift : numpy.ndarray (3,)
    particle : numpy.ndarray (shared,) of int
    influence : numpy.ndarray (shared, 3)
        Of one particle alone, 0.
    alone : numpy.ndarray (3,)
        Variance that cannot be told from the step itself.
    """

    shift: Floats
    particle: npt.NDArray[np.int64]
    influence: Floats
    alone: Floats


def walk(rows: TrackRows, found: FrameLinks, statistic: str) -> tuple[Floats, Floats]:
    """Places and standard errors of all frames that hang together, against the first of them.

    Errors of steps are not independent: a particle that is seen too far along in one frame makes the step to
    this frame too long and the next one too short. So what each particle adds is summed on the way, and the
    squares of these sums are the variance.

    Parameters
    ----------
    rows : TrackRows
    found : FrameLinks
    statistic : {"median", "mean"}

    Returns
    -------
    shifts, errors : numpy.ndarray (frame, 3)
        0 for frames that are not reached.
    """
    shifts, errors = np.zeros((rows.frames, 3)), np.zeros((rows.frames, 3))
    tree = _tree(found, statistic)
    sums, variance = np.zeros((rows.particles, 3)), np.zeros(3)
    seen = {found.largest[0]}
    todo: list[tuple[int, _Step | None, int, bool]] = [(found.largest[0], None, 1, True)]
    while todo:
        frame, step, sign, entering = todo.pop()
        if step is not None:
            added = (sign if entering else -sign) * step.influence
            before = sums[step.particle]
            sums[step.particle] = before + added
            variance += (added * (2 * before + added)).sum(axis=0) + (step.alone if entering else -step.alone)
        if not entering:
            continue
        errors[frame] = np.sqrt(np.maximum(variance, 0))
        todo.append((frame, step, sign, False))
        for other, way, direction in tree[frame]:
            if other not in seen:
                seen.add(other)
                shifts[other] = shifts[frame] + direction * way.shift
                todo.append((other, way, direction, True))
    return shifts, errors


def _tree(found: FrameLinks, statistic: str) -> dict[int, list[tuple[int, _Step, int]]]:
    """Where one can go from each frame: the other frame, the step, and its direction."""
    inside = set(found.largest)
    links = [link for link in found.links if link.first in inside]
    centers = [_center(link.steps, statistic) for link in links]
    scatter = _scatter([link.steps - c for link, c in zip(links, centers, strict=True)])
    tree: dict[int, list[tuple[int, _Step, int]]] = {t: [] for t in inside}
    for link, center in zip(links, centers, strict=True):
        step = _step(link, center, statistic, scatter)
        tree[link.first].append((link.second, step, 1))
        tree[link.second].append((link.first, step, -1))
    return tree


def _center(steps: Floats, statistic: str) -> Floats:
    center: Floats = np.median(steps, axis=0) if statistic == "median" else steps.mean(axis=0)
    return center


def _scatter(residuals: list[Floats]) -> Floats:
    """Standard deviation of one particle's step, from all steps; NaN when no two particles take one together."""
    wide = [r * np.sqrt(len(r) / (len(r) - 1)) for r in residuals if len(r) > 1]
    if not wide:
        return np.full(3, np.nan)
    scatter: Floats = NORMAL * np.median(np.abs(np.concatenate(wide)), axis=0)
    return scatter


def _step(link: FrameLink, center: Floats, statistic: str, scatter: Floats) -> _Step:
    residuals, count = link.steps - center, len(link.steps)
    if count == 1:
        return _Step(center, link.particle, np.zeros((1, 3)), scatter**2)
    wider = np.sqrt(count / (count - 1))
    if statistic == "mean":
        return _Step(center, link.particle, residuals * wider / count, np.zeros(3))
    own = NORMAL * wider * np.median(np.abs(residuals), axis=0) if count >= ENOUGH else scatter
    influence = np.sign(residuals) * own * np.sqrt(np.pi / 2) / count
    return _Step(center, link.particle, influence, np.zeros(3))
