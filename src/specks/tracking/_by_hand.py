"""What was said of links by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.corrections import Corrections
from specks._core.errors import CorrectionError
from specks.tracking._events import Events
from specks.tracking._rows import Ints, Rows

__all__ = ["KINDS", "ByHand"]

#: Kinds of corrections that the engine takes.
KINDS = ("link_confirm", "link_forbid", "link_draw")


@dataclass(frozen=True, eq=False)
class ByHand:
    """Links that must be there, and links that must not.

    Parameters
    ----------
    wanted : array of int64, shape (n, 2)
        Earlier and later row of links that were confirmed or drawn; no row stands twice on one side.
    further : array of int64, shape (k, 2)
        More of them, that share an end with one of `wanted`: splits and merges.
    forbidden : array of int64, shape (m, 2)
        Of each link that was forbidden.
    """

    wanted: Ints
    further: Ints
    forbidden: Ints

    @classmethod
    def of(cls, corrections: Corrections, rows: Rows, splitting: bool, merging: bool) -> ByHand:
        """Those of a log.

        Raises
        ------
        CorrectionError
            When an object is not in the table, a link does not go forward in time, or records
            contradict each other.
        """
        corrections.require("link", KINDS)
        records = corrections.of(*KINDS)
        if records and rows.label is None:
            raise CorrectionError("the table has no column 'label', by which corrections name objects")
        place = _places(rows, {record[f"frame_{end}"] for record in records for end in "ab"})
        pairs: dict[tuple[int, int], Mapping[str, Any]] = {}
        faults: list[str] = []
        for record in records:
            ends = [(record[f"frame_{end}"], record[f"label_{end}"]) for end in "ab"]
            strange = [f"there is no object with label {label} in frame {frame}" for frame, label in ends
                       if (frame, label) not in place]  # fmt: skip
            if ends[0][0] >= ends[1][0]:
                strange.append("frame_a must be before frame_b")
            if strange:
                faults += [f"{_said(record)}: {words}" for words in strange]
                continue
            pair = (place[ends[0]], place[ends[1]])
            known = pairs.setdefault(pair, record)
            if _forbids(known) != _forbids(record):
                faults.append(f"{_said(known)} contradicts {_said(record)}")
        wanted = {pair: record for pair, record in pairs.items() if not _forbids(record)}
        faults += _twice(wanted, 0, "two links out of one object", splitting)
        faults += _twice(wanted, 1, "two links into one object", merging)
        if faults:
            raise CorrectionError(faults)
        first: list[tuple[int, int]] = []
        for pair in wanted:
            if all(pair[0] != other[0] and pair[1] != other[1] for other in first):
                first.append(pair)
        further = [pair for pair in wanted if pair not in first]
        return cls(_array(first), _array(further), _array([p for p, r in pairs.items() if _forbids(r)]))

    def __len__(self) -> int:
        return len(self.all)

    @property
    def all(self) -> Ints:
        """Every pair that was named, shape (n, 2)."""
        return np.concatenate([self.wanted, self.further, self.forbidden])

    def events(self, found: Events, after: Ints) -> Events:
        """Splits and merges as found, without forbidden ones and with those that were drawn."""
        pairs = set(map(tuple, self.forbidden.tolist()))
        named = zip(found.left.tolist(), found.right.tolist(), strict=True)
        kept = found.where(np.array([pair not in pairs for pair in named], np.bool_))
        left, right = self.further.T
        # Of two links that share both ends with others, the one into the same object is a merge.
        merge = np.isin(right, self.wanted[:, 1])
        return Events(left, right, merge, np.ones(len(left))).joined(kept).of_several(after)

    def times(self, rows: Rows, gaps: int) -> npt.NDArray[np.bool_]:
        """Whether each row lies in a stretch of time that these touch: as far as links reach around them."""
        touched = np.zeros(len(rows.times), np.bool_)
        for left, right in self.all:
            low, high = rows.time[left] - gaps, rows.time[right] + gaps
            touched |= (rows.times >= low) & (rows.times <= high)
        return touched[rows.block]


def _array(pairs: list[tuple[int, int]]) -> Ints:
    return np.array(pairs, np.int64).reshape(-1, 2)


def _places(rows: Rows, frames: set[int]) -> dict[tuple[int, int], int]:
    """Rows of some frames by frame and label."""
    if rows.label is None:
        return {}
    some = np.flatnonzero(np.isin(rows.frame, list(frames)))
    return dict(
        zip(
            zip(rows.frame[some].tolist(), rows.label[some].tolist(), strict=True), some.tolist(), strict=True
        )
    )


def _forbids(record: Mapping[str, Any]) -> bool:
    return bool(record["kind"] == "link_forbid")


def _said(record: Mapping[str, Any]) -> str:
    """A record in words."""
    return (
        f"{record['kind']}(frame {record['frame_a']}, label {record['label_a']} -> "
        f"frame {record['frame_b']}, label {record['label_b']})"
    )


def _twice(
    wanted: Mapping[tuple[int, int], Mapping[str, Any]], end: int, what: str, allowed: bool
) -> list[str]:
    """Contradictions between links that share an end."""
    if allowed:
        return []
    known: dict[int, Mapping[str, Any]] = {}
    faults = []
    for pair, record in wanted.items():
        other = known.setdefault(pair[end], record)
        if other is not record:
            faults.append(f"{_said(other)} contradicts {_said(record)}: {what}")
    return faults
