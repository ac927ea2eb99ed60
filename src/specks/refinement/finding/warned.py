"""What should be known about frames without features."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from specks.refinement.finding.frame import BLANK, NOT_FINITE
from specks.refinement.finding.settings import Settings

__all__ = ["warn_of_frames"]

#: Frames that are named one by one.
NAMED = 5


def warn_of_frames(faults: Sequence[str], count: int, settings: Settings) -> list[str]:
    """Warn of frames that cannot have features, and when there are none at all.

    Parameters
    ----------
    faults : sequence of str
        What is wrong with each frame; empty where nothing is.
    count : int
        How many features all frames have.
    settings : Settings

    Returns
    -------
    list of str
        What was said.
    """
    said = []
    for fault in (BLANK, NOT_FINITE):
        frames = [t for t, of_frame in enumerate(faults) if of_frame == fault]
        if frames:
            said.append(f"{_named(frames, len(faults))} {fault}: no features are there")
    if not count and not all(faults):
        said.append(_nothing(settings))
    for text in said:
        warnings.warn(text, stacklevel=6)  # where the step is called
    return said


def _named(frames: list[int], total: int) -> str:
    if len(frames) == total:
        return "all frames" if total > 1 else "the image"
    shown = ", ".join(map(str, frames[:NAMED]))
    more = f" and {len(frames) - NAMED} more" if len(frames) > NAMED else ""
    return f"frame{'s' * (len(frames) > 1)} {shown}{more}"


def _nothing(settings: Settings) -> str:
    """Why there may be no features at all."""
    asked = [f"minmass is {settings.minmass:g}"] if settings.minmass > 0 else []
    if settings.maxsize is not None:
        asked.append(f"maxsize is {settings.maxsize:g}")
    margins = " and ".join(
        f"{m:g} ({axis})" for axis, m in zip(settings.axes, settings.used(settings.margin), strict=True)
    )
    said = f" ({', '.join(asked)})" if asked else ""
    return (
        f"no features were found{said}: none is bright enough, or all lie within the margin of {margins} pixels from "
        "the border"
    )
