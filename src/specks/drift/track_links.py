"""Which frames share particles, so that one can be placed against the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["FrameLink", "FrameLinks", "TrackRows", "link_frames"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TrackRows:
    """Where particles are, in the order of frames, then of particles.

    Parameters
    ----------
    frames : int
        How many there are, those without rows included.
    frame, particle : numpy.ndarray (rows,) of int
        Particles are numbered 0, 1, 2, ….
    places : numpy.ndarray (rows, 3)
        Along z, y, x.
    particles : int
    """

    frames: int
    frame: Ints
    particle: Ints
    places: Floats
    particles: int


@dataclass(frozen=True)
class FrameLink:
    """Two frames that share particles.

    Parameters
    ----------
    first, second : int
        Frames, in the order of time.
    particle : numpy.ndarray (shared,) of int
    steps : numpy.ndarray (shared, 3)
        By how much each is displaced from the first to the second.
    """

    first: int
    second: int
    particle: Ints
    steps: Floats


@dataclass(frozen=True)
class FrameLinks:
    """Links without a circle, and the frames that hang together by most of them.

    Parameters
    ----------
    links : list of FrameLink
    largest : list of int
        In the order of time.
    """

    links: list[FrameLink]
    largest: list[int]


@dataclass
class _Group:
    """Frames that hang together, and the last frame in which any of their particles is seen."""

    frames: list[int]
    until: int


def link_frames(rows: TrackRows, minimum: int) -> FrameLinks:
    """Link each frame to the nearest earlier one that shares enough particles, in each group of frames.

    Parameters
    ----------
    rows : TrackRows
    minimum : int
        How many particles are enough.
    """
    starts = np.searchsorted(rows.frame, np.arange(rows.frames + 1))
    last = np.zeros(rows.particles, np.int64)
    np.maximum.at(last, rows.particle, rows.frame)
    links: list[FrameLink] = []
    groups: list[_Group] = []
    for t in np.unique(rows.frame).tolist():
        here = slice(starts[t], starts[t + 1])
        until = int(last[rows.particle[here]].max())
        reachable = [g for g in groups if g.until >= t]
        found = _nearest(rows, starts, t, reachable, minimum)
        links += [_link(rows, starts, s, t) for s, _ in found]
        joined = [g for _, g in found]
        frames = (
            sorted([f for g in joined for f in g.frames] + [t])
            if len(joined) != 1
            else [*joined[0].frames, t]
        )
        kept = [g for g in groups if all(g is not other for other in joined)]
        groups = [*kept, _Group(frames, max([until, *(g.until for g in joined)]))]
    largest = max(groups, key=lambda g: (len(g.frames), -g.frames[0])).frames if groups else []
    return FrameLinks(links, largest)


def _nearest(
    rows: TrackRows, starts: npt.NDArray[np.intp], t: int, groups: list[_Group], minimum: int
) -> list[tuple[int, _Group]]:
    """Of each group the latest frame that shares enough particles with frame t."""
    if len(groups) == 1 and len(_shared(rows, starts, groups[0].frames[-1], t)[0]) >= minimum:
        return [(groups[0].frames[-1], groups[0])]
    present = np.zeros(rows.particles, np.bool_)
    present[rows.particle[starts[t] : starts[t + 1]]] = True
    earlier = slice(0, starts[t])
    counts = np.bincount(rows.frame[earlier][present[rows.particle[earlier]]], minlength=t + 1)
    found = []
    for group in groups:
        enough = [s for s in group.frames if counts[s] >= minimum]
        found += [(enough[-1], group)] if enough else []
    return found


def _shared(rows: TrackRows, starts: npt.NDArray[np.intp], s: int, t: int) -> tuple[Ints, Ints, Ints]:
    """Particles of both frames, and their rows in each."""
    particle, i, j = np.intersect1d(
        rows.particle[starts[s] : starts[s + 1]],
        rows.particle[starts[t] : starts[t + 1]],
        assume_unique=True,
        return_indices=True,
    )
    return particle, i + starts[s], j + starts[t]


def _link(rows: TrackRows, starts: npt.NDArray[np.intp], s: int, t: int) -> FrameLink:
    particle, i, j = _shared(rows, starts, s, t)
    return FrameLink(s, t, particle, rows.places[j] - rows.places[i])
