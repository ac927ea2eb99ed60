"""The steps that forms, shell and recipes know of: a list of names, loaded on use."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from specks._core.checks import nearest
from specks._core.errors import InputError

if TYPE_CHECKING:
    from specks._core.step import StepFunction

__all__ = ["STEPS", "find_step", "register"]

STEPS: list[str] = [
    "specks.mixture:fit_mixture",
    "specks.measure:label_particles",
    "specks.measure:measure_objects",
    "specks.refinement:refine",
    "specks.tracking:link",
    "specks.tracking:summarize_tracks",
    "specks.drift:estimate_drift",
    "specks.drift:drift_from_tracks",
    "specks.drift:correct_positions",
    "specks.drift:correct_images",
    "specks.refinement:locate",
    "specks.measure:measure_swelling",
    "specks.workflows:segment_particles",
    "specks.workflows:track_voids",
]


def register(target: str) -> None:
    """Make another step known, as ``"module:function"``; twice is the same as once."""
    if target not in STEPS:
        STEPS.append(target)


def find_step(name: str) -> StepFunction[..., Any]:
    """The step of that name.

    Parameters
    ----------
    name : str
        Function name of a known step. Only names on the list are ever imported, so that a recipe
        cannot name code of its own.

    Raises
    ------
    InputError
        When no known step has that name.
    """
    known = {target.partition(":")[2]: target for target in STEPS}
    if name not in known:
        raise InputError(
            f"there is no step {name!r}{nearest(str(name), known)}; known steps: {', '.join(known)}"
        )
    module, _, function = known[name].partition(":")
    found: StepFunction[..., Any] = getattr(importlib.import_module(module), function)
    return found
