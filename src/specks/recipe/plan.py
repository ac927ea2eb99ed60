"""Which steps of a recipe must be run, told from what lies in their folders."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specks._core.registry import find_step
from specks.recipe.check import named
from specks.recipe.data import recognize
from specks.recipe.execute import Job, Outcome, finished
from specks.recipe.model import Recipe, RecipeStep
from specks.recipe.stamp import make_stamp, read_stamp

__all__ = ["Planned", "plan", "remove_outdated"]


@dataclass(frozen=True)
class Planned:
    """One step on one set of inputs.

    Parameters
    ----------
    step : RecipeStep
    folder : pathlib.Path
        Where its outputs go.
    recognized : mapping of str to mapping
        By what each of its inputs is recognized.
    kept : Outcome or None
        What an earlier run made of it, when nothing has changed since.
    """

    step: RecipeStep
    folder: Path
    recognized: Mapping[str, Any]
    kept: Outcome | None

    def job(self, given: Mapping[str, Any], done: Mapping[str, Outcome]) -> Job:
        """The step with its wires connected to inputs and to outputs of earlier steps."""
        function = find_step(self.step.step)
        data = {}
        for name, wire in named(function.spec(), self.step.inputs).items():
            earlier, _, output = wire.partition(".")
            data[name] = done[earlier].outputs[output] if output else given[wire]
        parameters = named(function.spec(), self.step.parameters)
        return Job(function, data, parameters, self.step.corrections, self.recognized)


def plan(recipe: Recipe, given: Mapping[str, Any], folder: Path, resume: bool) -> list[Planned]:
    """Find out what must be run.

    A step is recognized by its inputs, parameters, corrections and version; an input that is the
    output of an earlier step, by that step.

    Parameters
    ----------
    recipe : Recipe
    given : mapping of str to object
        The inputs of the recipe.
    folder : pathlib.Path
        Where the folders of the steps lie.
    resume : bool
        False finds that everything must be run.

    Returns
    -------
    list of Planned
    """
    facts = {name: recognize(data) for name, data in given.items()}
    planned = []
    for step in recipe.steps:
        spec = find_step(step.step).spec()
        recognized = {name: facts[wire] for name, wire in named(spec, step.inputs).items()}
        stamp = make_stamp(spec, recognized, named(spec, step.parameters), step.corrections)
        digest = hashlib.blake2b(json.dumps(stamp, sort_keys=True).encode(), digest_size=16).hexdigest()
        facts |= {f"{step.name}.{r.name}": {"output": r.name, "of": digest} for r in spec.results}
        kept = finished(step.name, folder / step.name, stamp) if resume else None
        planned.append(Planned(step, folder / step.name, recognized, kept))
    return planned


def remove_outdated(first: Planned, later: Sequence[Planned]) -> None:
    """Remove outputs that were made of what a step gave before, so that they are not taken for new ones."""
    outdated = {first.step.name}
    for one in later:
        if outdated & {wire.partition(".")[0] for wire in one.step.inputs.values() if "." in wire}:
            outdated.add(one.step.name)
            if one.kept is None and read_stamp(one.folder) is not None:
                shutil.rmtree(one.folder)
