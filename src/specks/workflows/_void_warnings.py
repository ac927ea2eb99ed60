"""Reasons not to trust tracks, as sentences."""

from __future__ import annotations

from specks.workflows._void_found import Found
from specks.workflows._void_settings import Series, VoidSettings
from specks.workflows._void_trace import Traced

__all__ = ["told"]

#: How many frames and remarks are named.
NAMED = 5


def told(traced: Traced, series: Series, settings: VoidSettings, found: Found) -> tuple[str, ...]:
    """What should be known about a result.

    Parameters
    ----------
    traced : Traced
    series : Series
    settings : VoidSettings
    found : Found

    Returns
    -------
    tuple of str
    """
    segments = traced.segments
    said = [f"frame {t} is left out: {reason}" for t, reason in enumerate(segments.reasons) if reason]
    warnings = _few(said, "frames are left out") + _few(list(segments.notes), "remarks")
    warnings += list(found.warnings)
    if settings.thickness is not None:
        full = traced.frames["swelling_percent"].isna() & (traced.frames["reason"] == "")
        warnings += _few(
            [
                f"in frame {t} the voids are as large as the foil or larger; check thickness and spacing"
                for t in traced.frames["frame"][full]
            ],
            "of them",
        )
    if not len(segments.objects):
        return (*warnings, "no object was found in any frame")
    if series.frames > 1:
        drift = traced.moved.drift
        warnings += drift.warnings
        if settings.drift_from == "objects" and series.has_images and not drift.table["ok"].any():
            warnings.append("objects do not tell how the sample moved; the images may: drift_from='images'")
        warnings += traced.links.warnings
    return tuple(warnings)


def _few(said: list[str], what: str) -> list[str]:
    """Not more than a few sentences of one kind."""
    more = len(said) - NAMED
    return said if more <= 0 else [*said[:NAMED], f"{more} more {what}"]
