"""How a posterior is cut into labels, as asked for and as corrected by hand."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal

from specks._core.corrections import Corrections, same_records

__all__ = ["Cut", "cut_by_hand", "same_but_threshold"]


@dataclass(frozen=True)
class Cut:
    """How a posterior becomes labels; see `specks.label_particles`."""

    threshold: float
    closing_radius: float | None
    min_size: int
    connectivity: int
    borders: Literal["keep", "original"]


def same_but_threshold(one: Corrections, other: Corrections) -> bool:
    """Whether nothing but thresholds tells two logs apart, so that the posterior stays."""
    ours, others = ([record for record in log if record["kind"] != "threshold"] for log in (one, other))
    return same_records(ours, others)


def cut_by_hand(cut: Cut, log: Corrections) -> Cut:
    """The cut with the threshold that a hand has set last; the cut itself stays, so that this can be undone."""
    by_hand = log.of("threshold")
    return dataclasses.replace(cut, threshold=float(by_hand[-1]["value"])) if by_hand else cut
