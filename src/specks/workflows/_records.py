"""Parts of a log of corrections."""

from __future__ import annotations

from specks._core.corrections import Corrections, same_record

__all__ = ["records_of", "same_records"]


def records_of(log: Corrections, *kinds: str) -> Corrections:
    """A log of some kinds only."""
    return Corrections(log.of(*kinds))


def same_records(one: Corrections, other: Corrections) -> bool:
    """Whether two logs say the same."""
    return len(one) == len(other) and all(map(same_record, one, other))
