"""What has segmented a series, so that frames can be segmented again."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from specks._core.corrections import Corrections, is_among, same_records
from specks._core.progress import Progress
from specks.workflows._answers import Answer
from specks.workflows._by_mixture import KINDS as MIXTURE_KINDS
from specks.workflows._by_mixture import Mixed, mixture_again, mixture_frames
from specks.workflows._left_out import KINDS as LEAVING_OUT
from specks.workflows._left_out import LeftOut
from specks.workflows._segmenters import as_segmenter
from specks.workflows._void_drift import DRIFT_KINDS
from specks.workflows._void_segments import Segments, collect, numbered
from specks.workflows._void_settings import Series
from specks.workflows._void_trace import LINK_KINDS

__all__ = ["Found", "find"]


@dataclass(frozen=True, eq=False)
class Found:
    """How objects were found.

    Parameters
    ----------
    series : Series
    how : Answer
    by_mixture : bool
        Whether the mixture has found them, which learns from corrections.
    before : Segments, optional
        What was found before a hand left anything out; None for the mixture, which does so itself.
    mixed : Mixed, optional
        What the mixture has found.
    """

    series: Series
    how: Answer
    by_mixture: bool
    before: Segments | None = None
    mixed: Mixed | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """Reasons not to trust what was found."""
        particles = self.mixed.particles if self.mixed is not None else None
        return particles.warnings if particles is not None else ()

    def segmenting(self, log: Corrections) -> Corrections:
        """The part of a log that is about which objects there are.

        Raises
        ------
        CorrectionError
            When the log holds what nobody here understands.
        """
        kinds = MIXTURE_KINDS if self.by_mixture else LEAVING_OUT
        log.require("track_voids", {*kinds, *DRIFT_KINDS, *LINK_KINDS})
        return log.only(*kinds)

    def again(
        self, known: Segments, log: Corrections, before: Corrections
    ) -> Generator[Progress, None, tuple[Found, Segments]]:
        """What is found after other corrections, `known` being what is found after those `before`."""
        hand, old = self.segmenting(log), self.segmenting(before)
        if same_records(hand, old):
            return self, known
        if self.mixed is not None:
            mixed = yield from mixture_again(self.mixed, self.series.source, self.how, hand)
            return dataclasses.replace(self, mixed=mixed), (yield from self.of_mixture(mixed, hand))
        assert self.before is not None
        return self, (yield from self.left(self.before, hand, known, _touched(hand, old)))

    def of_mixture(self, mixed: Mixed, hand: Corrections) -> Generator[Progress, None, Segments]:
        """What the mixture has found, frames that a hand has left out being named."""
        series = self.series
        left_out = LeftOut.of(hand, (series.frames, *series.shape), engine=True)
        return (
            yield from collect(
                mixed.frames,
                series.frames,
                series.shape,
                lambda found, t: numbered(left_out.applied(found, t)),
            )
        )

    def left(
        self,
        before: Segments,
        hand: Corrections,
        known: Segments | None = None,
        touched: set[int] | None = None,
    ) -> Generator[Progress, None, Segments]:
        """What a hand leaves of what was found."""
        series = self.series
        left_out = LeftOut.of(hand, (series.frames, *series.shape), engine=False)
        if not len(hand):
            return before
        return (
            yield from collect(
                before, series.frames, series.shape, left_out.applied, known or before, touched
            )
        )


def _touched(new: Corrections, old: Corrections) -> set[int] | None:
    """Frames that records are about which are in one log only; None for all."""
    changed = [r for r in new if not is_among(r, old)] + [r for r in old if not is_among(r, new)]
    frames: set[int] = set()
    for record in changed:
        named = record.get("frames", [record["frame"] or 0] if "frame" in record else None)
        if named is None:
            return None
        frames |= set(named)
    return frames


def find(
    segmenter: Any,
    series: Series,
    how: Answer,
    options: Mapping[str, Any],
    log: Corrections,
    executor: Executor | None,
) -> Generator[Progress, None, tuple[Found, Segments]]:
    """Find the objects of a series.

    Parameters
    ----------
    segmenter : "mixture" or what `as_segmenter` takes
    series : Series
    how : Answer
    options : mapping
        For the mixture.
    log : Corrections
        Of all kinds.
    executor : concurrent.futures.Executor, optional
        For the mixture.
    """
    found = Found(series, how, isinstance(segmenter, str) and segmenter == "mixture")
    hand = found.segmenting(log)
    if found.by_mixture:
        mixed = yield from mixture_frames(series.source, how, options, hand, executor)
        segments = yield from found.of_mixture(mixed, hand)
        return dataclasses.replace(found, mixed=mixed), segments
    frames = yield from as_segmenter(
        segmenter, series.source, min_size=how.min_size, edge_buffer=how.edge_buffer
    )
    before = yield from collect(frames, series.frames, series.shape)
    return dataclasses.replace(found, before=before), (yield from found.left(before, hand))
