"""Objects of a series, as the mixture finds them."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np

from specks._core.corrections import Corrections
from specks._core.progress import Progress
from specks._core.source import Source
from specks.io import as_source
from specks.mixture.refit import KINDS
from specks.workflows._answers import Answer
from specks.workflows._gray_scale import frame_count, series_scale
from specks.workflows._segmenters import Ready
from specks.workflows.particles import Particles, segment_particles

__all__ = ["KINDS", "Mixed", "mixed_of", "mixture_again", "mixture_frames"]


@dataclass(frozen=True, eq=False)
class Mixed:
    """What the mixture found in a series.

    Parameters
    ----------
    frames : Ready
        Its labels, one frame after the other.
    particles : Particles, optional
        All that it found; None when there is nothing to see in any frame.
    blank : mapping of int to str
        Frames that were not looked at, and why.
    """

    frames: Ready
    particles: Particles | None
    blank: Mapping[int, str]


def mixture_frames(
    source: Source,
    how: Answer,
    options: Mapping[str, Any] | None = None,
    corrections: Corrections = Corrections(),  # noqa: B008 - it is frozen
    executor: Executor | None = None,
) -> Generator[Progress, None, Mixed]:
    """Segment a series, without frames that are ruined or hold nothing to see.

    Parameters
    ----------
    source : Source
    how : Answer
        Of which `returns` does not matter.
    options : mapping, optional
        For `segment_particles`.
    corrections : Corrections, optional
        Of the kinds `KINDS`.
    executor : concurrent.futures.Executor, optional
    """
    _, blank = yield from series_scale(source)
    particles = None
    if len(blank) < frame_count(source):
        particles = yield from segment_particles.iterate(
            source,
            min_size=max(1, how.min_size),
            corrections=_without_blank(corrections, blank, source),
            executor=executor,
            **(options or {}),
        )
    return mixed_of(particles, blank, how, source)


def mixture_again(
    mixed: Mixed, source: Source, how: Answer, corrections: Corrections
) -> Generator[Progress, None, Mixed]:
    """What is found after other corrections."""
    if mixed.particles is None:
        return mixed
    log = _without_blank(corrections, mixed.blank, source)
    again = yield from mixed.particles.refitting(log)
    return mixed_of(again, mixed.blank, how, source)


def mixed_of(particles: Particles | None, blank: Mapping[int, str], how: Answer, source: Source) -> Mixed:
    """Its labels as they are asked for, frame by frame."""
    told = dataclasses.replace(how, returns="labels")
    if particles is None:
        return Mixed(Ready([np.zeros(how.shape, bool)] * frame_count(source), told, dict(blank)), None, blank)
    return Mixed(Ready(as_source(particles.labels, axes=source.axes), told, dict(blank)), particles, blank)


def _without_blank(corrections: Corrections, blank: Mapping[int, str], source: Source) -> Corrections:
    log = corrections
    for t in blank if "t" in source.axes else ():
        log = log.add("exclude_frame", frame=t)
    return log
