"""Add a step to a recipe file, leaving what stands there as it is."""

from __future__ import annotations

import itertools
import os
import re
import textwrap
from collections.abc import Mapping
from typing import Any

from specks._core.atomic import write_text
from specks._core.checks import check
from specks._core.corrections import Corrections
from specks._core.corrections_file import save_corrections
from specks._core.errors import FileFormatError, InputError
from specks._core.paths import as_path
from specks._core.spec import StepSpec
from specks.recipe.check import check_recipe
from specks.recipe.file import FORMAT, load_recipe, step_data
from specks.recipe.model import Recipe, RecipeStep
from specks.recipe.yaml_file import dump_yaml, parse_yaml

__all__ = ["append_step"]


def append_step(
    path: str | os.PathLike[str],
    spec: StepSpec,
    values: Mapping[str, Any],
    inputs: Mapping[str, str],
    corrections: Corrections | None = None,
    *,
    name: str | None = None,
) -> str:
    """Add a step at the end of a recipe file, which is made when it is not there.

    Comments and the layout of the file are kept.

    Parameters
    ----------
    path : path-like
        A ``.yaml`` file.
    spec : StepSpec
        The step, as ``find_blobs.spec()`` gives it.
    values : mapping of str to object
        Settings that differ from the defaults.
    inputs : mapping of str to str
        For each data parameter the output of an earlier step that it came from
        (``"segment.labels"``), or a name for it (``"image"``), which becomes an input of the
        recipe when it is not one yet.
    corrections : Corrections, optional
    name : str, optional
        What to call the step; made of the step's own name when not given, and numbered when there
        is one of that name.

    Returns
    -------
    str
        The name under which the step stands in the recipe, for wires to its outputs.

    Raises
    ------
    InputError
        When the values or wires do not fit the step, or the file is a recipe with faults.
    FileFormatError
        When the file is something else than a recipe. It is left as it is.
    StoreError
        When it cannot be written.
    """
    faults = check(spec, dict(values))
    if faults:
        raise InputError(faults)
    file = as_path(path)
    there = load_recipe(file) if file.exists() else Recipe((), ())
    step = RecipeStep(
        _free(name or spec.name, {s.name.casefold() for s in there.steps}),
        spec.name,
        dict(inputs),
        {n: v for n, v in values.items() if spec.param(n).is_setting},
        corrections or Corrections(),
    )
    wires = [wire for wire in dict.fromkeys(inputs.values()) if "." not in wire and wire not in there.inputs]
    check_recipe(Recipe((*there.inputs, *wires), (*there.steps, step)))
    beside = None
    if len(step.corrections):
        taken = {p.stem.casefold() for p in file.parent.glob("*.json")}
        beside = f"{_free(f'{file.stem}.{step.name}', taken)}.json"
        save_corrections(step.corrections, file.with_name(beside))
    old = file.read_text(encoding="utf-8") if file.exists() else dump_yaml({"format": FORMAT, "inputs": []})
    write_text(file, _added(old, wires, step_data(step, beside)))
    return step.name


def _free(name: str, taken: set[str]) -> str:
    """The name, numbered when it is taken."""
    numbered = (name if n == 1 else f"{name}_{n}" for n in itertools.count(1))
    return next(word for word in numbered if word.casefold() not in taken)


def _added(old: str, wires: list[str], step: dict[str, Any]) -> str:
    """The text of a recipe with more inputs and one more step, comments kept where its layout allows."""
    data = parse_yaml(old, "recipe")
    wanted = {**data, "inputs": [*data["inputs"], *wires], "steps": [*data.get("steps", []), step]}
    head = re.sub(r"^inputs: *\[.*\]", f"inputs: [{', '.join(wanted['inputs'])}]", old, count=1, flags=re.M)
    place = re.search(r"^steps: *(?:#.*)?\n(?:\s*#.*\n|\s*\n)*( *)- ", head, flags=re.M)
    head = head if head.endswith("\n") else head + "\n"
    body = textwrap.indent(dump_yaml([step]), place[1] if place else "")
    text = f"{head}{body}" if place else f"{head}steps:\n{body}"
    try:
        fits = parse_yaml(text, "recipe") == wanted
    except FileFormatError:
        fits = False
    return text if fits else dump_yaml(wanted)
