"""What a recipe is: named inputs, and steps wired to them and to each other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from specks._core.corrections import Corrections
from specks._core.types import Role

__all__ = ["Recipe", "RecipeStep", "family", "is_name"]


@dataclass(frozen=True)
class RecipeStep:
    """One step of a recipe.

    Parameters
    ----------
    name : str
        What it is called here, and the folder that its outputs go to; unique within the recipe.
    step : str
        A known step, such as ``"segment_particles"``.
    inputs : mapping of str to str
        For each data parameter an input of the recipe (``"image"``) or an output of an earlier
        step (``"segment.labels"``).
    parameters : mapping of str to object
        Settings that differ from the defaults.
    corrections : Corrections
        Hand corrections; kept in a file beside the recipe.
    """

    name: str
    step: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    corrections: Corrections = field(default_factory=Corrections)


@dataclass(frozen=True)
class Recipe:
    """A list of steps that can be run again on other images.

    Parameters
    ----------
    inputs : tuple of str
        Names of what is given when it is run; the first is the one that a series of files is for.
    steps : tuple of RecipeStep
        In the order in which they run.

    Examples
    --------
    >>> recipe = Recipe(
    ...     inputs=("image",),
    ...     steps=(
    ...         RecipeStep("segment", "segment_particles", {"image": "image"}, {"diameter": 12.0}),
    ...         RecipeStep("measure", "measure_objects", {"labels": "segment.labels", "image": "image"}),
    ...     ),
    ... )
    >>> [step.name for step in recipe.steps]
    ['segment', 'measure']
    """

    inputs: tuple[str, ...]
    steps: tuple[RecipeStep, ...]


def is_name(word: object) -> bool:
    """Whether a word may name an input or a step: it becomes a folder on any system."""
    return isinstance(word, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,63}", word) is not None


_FAMILIES = {
    "array": (Role.IMAGE, Role.LABELS, Role.MASK, Role.SCRIBBLES),
    "table": (Role.TABLE, Role.POINTS, Role.TRACKS, Role.VECTORS),
    "model": (Role.MODEL,),
}


def family(role: Role | None) -> str:
    """What can stand in for what: ``"array"``, ``"table"`` or ``"model"``."""
    return next(name for name, roles in _FAMILIES.items() if role in roles)
