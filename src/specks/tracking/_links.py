"""What linking gives: a table with a track number in every row."""

from __future__ import annotations

import math
import os
from collections.abc import Generator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from specks._core.corrections import Corrections, as_corrections
from specks._core.progress import Progress, drain
from specks._core.provenance import Provenance
from specks._core.types import Role, Tracks
from specks._core.words import counted
from specks.tracking._by_hand import ByHand
from specks.tracking._columns import Floats, Ints, position_columns
from specks.tracking._corrected import corrected
from specks.tracking._events import Events, find_events
from specks.tracking._plan import Plan, Settings, make_plan
from specks.tracking._solve import particles_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Links", "linked"]


@dataclass(frozen=True, eq=False, repr=False)
class Links:
    """What `link` finds.

    Parameters
    ----------
    table : pandas.DataFrame
        The caller's rows, index and order, with ``particle`` (int64; -1 for rows without a position)
        and ``confidence``: the probability that what was decided of the row's predecessor, which one
        it is or that there is none, is right.
    parents : pandas.DataFrame, optional
        Where tracks split or merge, which was asked for: a row for each ``particle`` and each
        ``parent`` that it comes from, with the ``frame`` in which it begins, the ``event`` ("split" or
        "merge") and its ``confidence``.
    provenance : Provenance
        Where it came from.
    settings : Settings
        How it was asked for.
    corrections : Corrections
        What was said by hand.
    known : Plan, optional
        What links are chosen from, when it is at hand; see `plan`.
    """

    table: Tracks
    parents: Annotated[Any, Role.TABLE] | None
    provenance: Provenance
    settings: Settings
    corrections: Corrections = field(default_factory=Corrections)
    known: Plan | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        return f"<Links: {self.summary()}>"

    @cached_property
    def plan(self) -> Plan:
        """What links are chosen from; made anew for links that were loaded from a file."""
        return self.known if self.known is not None else drain(make_plan(self.table, self.settings))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Reasons not to trust it, as sentences."""
        return self.provenance.warnings

    @property
    def search_range(self) -> float:
        """How far from where an object is expected its successor may be, in the unit of length.

        As asked for, or nearer where by what was learned no link is likelier than none. NaN when
        nothing was asked for and nothing could be learned.
        """
        return self.plan.reach if self._learned or self.settings.search_range is not None else math.nan

    @property
    def scale(self) -> float:
        """Standard deviation of the displacement along an axis in one step, in the unit of length.

        NaN when nothing could be learned.
        """
        return self.plan.motion.scale if self._learned else math.nan

    @property
    def _learned(self) -> bool:
        return bool((self.plan.after >= 0).any())

    @property
    def graph(self) -> dict[int, list[int]]:
        """Parents of each track that comes from others, as napari's Tracks layers take it."""
        graph: dict[int, list[int]] = {}
        if self.parents is not None:
            for particle, parent in zip(self.parents["particle"], self.parents["parent"], strict=True):
                graph.setdefault(int(particle), []).append(int(parent))
        return graph

    def summary(self) -> str:
        """What was found, in a sentence."""
        particle = self.table["particle"].to_numpy()
        tracks, frames = int(particle.max(initial=-1)) + 1, int(self.table["frame"].nunique())
        text = (
            f"{counted(tracks, 'track')} of {counted(len(particle), 'object')} in {counted(frames, 'frame')}"
        )
        if self.parents is not None:
            kinds = self.parents.drop_duplicates("particle" if len(self.parents) else None)["event"]
            text += f"; {counted(int((kinds == 'merge').sum()), 'merge')}"
            text += f", {counted(self._splits(), 'split')}"
        return text

    def _splits(self) -> int:
        assert self.parents is not None
        return int(self.parents.loc[self.parents["event"] == "split", "parent"].nunique())

    def details(self) -> str:
        """What it rests on, in a sentence: how far was looked, and how far objects move."""
        if not self._learned:
            return "Nothing follows anything"
        return f"Looked up to {self.search_range:.3g} far; one step moves an object by {self.scale:.2g} along an axis"

    def refit(self, corrections: Corrections | None = None) -> Links:
        """The result with other corrections; only frames that they touch are linked again.

        Parameters
        ----------
        corrections : Corrections, optional
            The whole log, not only what is new; none takes all corrections back. Kinds are
            ``link_confirm``, ``link_draw`` and ``link_forbid``.

        Returns
        -------
        Links

        Raises
        ------
        CorrectionError
            When a correction names an object that is not there, or contradicts another one.
        """
        return drain(self.refitting(corrections))

    def refitting(self, corrections: Corrections | None = None) -> Generator[Progress, None, Links]:
        """What `refit` does, with progress on the way."""
        log = as_corrections(corrections)
        return (yield from linked(self.table, self.plan, log, self.provenance.corrected(log)))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the table, whose description holds settings and corrections; parents stand beside it.

        Parameters
        ----------
        path : path-like
            ``….csv`` or ``….parquet``. Parents go to ``….parents.csv`` or ``….parents.parquet``.
        """
        from specks.tracking._links_file import save_links

        save_links(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Links:
        """Read what `save`, a recipe or the shell wrote.

        Parameters
        ----------
        path : path-like
            A file of `save`, or the folder of a recipe's step or of ``specks link``.

        Returns
        -------
        Links
            It can be corrected further.

        Raises
        ------
        NotFoundError
            When there is nothing at `path`.
        FileFormatError
            When it is no result of `link`, or was damaged.
        """
        from specks.tracking._links_file import load_links

        return load_links(path)


def linked(
    table: pd.DataFrame, plan: Plan, corrections: Corrections, provenance: Provenance
) -> Generator[Progress, None, Links]:
    """Number the tracks of a table after corrections."""
    settings, rows = plan.settings, plan.rows
    by_hand = ByHand.of(corrections, rows, settings.splitting, settings.merging)
    after, confidence = yield from corrected(plan, by_hand)
    events = find_events(
        rows, after, plan.motion, plan.gaps, plan.reach, settings.splitting, settings.merging
    )
    events = by_hand.events(events, after)
    rank = np.empty(len(rows), np.int64)
    rank[np.lexsort((rows.order, rows.time))] = np.arange(len(rows))
    track = particles_of(events.cut(after), rank)
    confidence[events.right] = events.confidence
    particle, sure = np.full(len(table), -1, np.int64), np.full(len(table), np.nan)
    particle[rows.order], sure[rows.order] = track, confidence
    numbered = table.assign(particle=particle, confidence=sure)
    pixels = dict.fromkeys(position_columns(table), "px")
    told = {name: value for name, value in table.attrs.items() if name != "provenance"}
    numbered.attrs = told | {"units": pixels | table.attrs.get("units", {})}
    asked = settings.splitting or settings.merging
    return Links(
        table=numbered,
        parents=_parents(events, after, track, rows.frame) if asked else None,
        provenance=provenance,
        settings=settings,
        corrections=corrections,
        known=plan,
    )


def _parents(events: Events, after: Ints, track: Ints, frame: Ints) -> pd.DataFrame:
    """Which track comes from which."""
    import pandas as pd

    # With each further link goes the one that was there already: into the whole, or on from it.
    whole = events.right[events.merge]
    before = np.full(len(after), -1)
    before[after[after >= 0]] = np.flatnonzero(after >= 0)
    left = np.concatenate([events.left, before[whole], events.left[~events.merge]])
    right = np.concatenate([events.right, whole, after[events.left[~events.merge]]])
    sure: Floats = np.concatenate(
        [events.confidence, events.confidence[events.merge], events.confidence[~events.merge]]
    )
    kind = np.where(np.concatenate([events.merge, events.merge[events.merge], events.merge[~events.merge]]),
                    "merge", "split")  # fmt: skip
    there = (left >= 0) & (right >= 0)
    table = pd.DataFrame(
        {
            "particle": track[right[there]],
            "parent": track[left[there]],
            "frame": frame[right[there]],
            "event": kind[there],
            "confidence": sure[there],
        }
    )
    table = table.sort_values(
        ["particle", "parent", "confidence"], ascending=[True, True, False], kind="stable"
    )
    return table.drop_duplicates(["particle", "parent"]).reset_index(drop=True)
