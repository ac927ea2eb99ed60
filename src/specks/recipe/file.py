"""Recipes as YAML, with the corrections of each step in a file beside it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from specks._core.atomic import write_text
from specks._core.checks import nearest
from specks._core.corrections import Corrections, as_json
from specks._core.corrections_file import load_corrections, save_corrections
from specks._core.errors import FileFormatError, InputError, SpecksError
from specks._core.paths import as_path
from specks.recipe.check import check_recipe
from specks.recipe.model import Recipe, RecipeStep
from specks.recipe.yaml_file import dump_yaml, read_yaml

__all__ = [
    "FORMAT",
    "load_corrections",
    "load_recipe",
    "save_corrections",
    "save_recipe",
    "step_data",
]

FORMAT = "specks-recipe/1"
FIELDS = ("format", "inputs", "steps")
STEP_FIELDS = ("name", "step", "inputs", "parameters", "corrections")


def load_recipe(path: str | os.PathLike[str]) -> Recipe:
    """Read a recipe and its corrections, and check them against the steps.

    Parameters
    ----------
    path : path-like
        A YAML file.

    Returns
    -------
    Recipe

    Raises
    ------
    NotFoundError
        When it does not exist.
    FileFormatError
        When it is not a recipe in YAML.
    InputError
        With every fault at once: unknown fields, steps, parameters and wires, unusable values, and
        corrections that cannot be read.
    """
    file = as_path(path)
    data = read_yaml(file)
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise FileFormatError(f"{file} is not a recipe; its first line must be 'format: {FORMAT}'")
    faults = _unknown("the recipe", data, FIELDS) + _missing("the recipe", data, FIELDS)
    recipe = Recipe(_inputs(data.get("inputs"), faults), _steps(data.get("steps"), file, faults))
    try:
        check_recipe(recipe)
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError([f"{file.name}: {fault}" for fault in faults])
    return recipe


def save_recipe(recipe: Recipe, path: str | os.PathLike[str]) -> None:
    """Write a recipe as YAML, and the corrections of its steps into JSON files beside it.

    Parameters
    ----------
    recipe : Recipe
    path : path-like
        A ``.yaml`` file; its folder must exist.

    Raises
    ------
    InputError
        When the recipe is faulty.
    StoreError
        When a file cannot be written.
    """
    check_recipe(recipe)
    file = as_path(path)
    steps = []
    for step in recipe.steps:
        beside = f"{file.stem}.{step.name}.json" if len(step.corrections) else None
        if beside is not None:
            save_corrections(step.corrections, file.with_name(beside))
        steps.append(step_data(step, beside))
    write_text(file, dump_yaml({"format": FORMAT, "inputs": list(recipe.inputs), "steps": steps}))


def step_data(step: RecipeStep, corrections: str | None) -> dict[str, Any]:
    """One step as it stands in the file; `corrections` is the name of the file beside."""
    fields: dict[str, Any] = {"name": step.name, "step": step.step, "inputs": dict(step.inputs)}
    if step.parameters:
        fields["parameters"] = as_json(step.parameters)
    if corrections is not None:
        fields["corrections"] = corrections
    return fields


def _unknown(where: str, data: Mapping[Any, Any], known: Iterable[str]) -> list[str]:
    return [f"{where} has no field {n!r}{nearest(str(n), known)}" for n in data if n not in known]


def _missing(where: str, data: Mapping[Any, Any], required: Iterable[str]) -> list[str]:
    return [f"{where} lacks the field {n!r}" for n in required if data.get(n) is None]


def _inputs(found: Any, faults: list[str]) -> tuple[str, ...]:
    if found is not None and not (isinstance(found, list) and all(isinstance(n, str) for n in found)):
        faults.append(f"inputs is {found!r}; it must be a list of names, such as [image]")
        return ()
    return tuple(found or ())


def _steps(found: Any, file: Path, faults: list[str]) -> tuple[RecipeStep, ...]:
    if found is not None and not isinstance(found, list):
        faults.append(f"steps is {found!r}; it must be a list of steps")
    steps = []
    for i, data in enumerate(found if isinstance(found, list) else ()):
        if not isinstance(data, Mapping):
            faults.append(f"step {i + 1} is {data!r}; it must have the fields {', '.join(STEP_FIELDS)}")
            continue
        step = _step(data, f"step {data.get('name', i + 1)!r}", file, faults)
        steps += [step] if step else []
    return tuple(steps)


def _step(data: Mapping[Any, Any], where: str, file: Path, faults: list[str]) -> RecipeStep | None:
    faults += _unknown(where, data, STEP_FIELDS)
    fatal = _missing(where, data, ("name", "step"))
    for name in ("name", "step", "corrections"):
        if data.get(name) is not None and not isinstance(data[name], str):
            fatal.append(f"{where}: {name} is {data[name]!r}; it must be text")
    for name in ("inputs", "parameters"):
        if data.get(name) is not None and not isinstance(data[name], Mapping):
            fatal.append(f"{where}: {name} is {data[name]!r}; it must be a mapping of names to values")
    faults += fatal
    if fatal:
        return None
    return RecipeStep(
        data["name"],
        data["step"],
        dict(data.get("inputs") or {}),
        dict(data.get("parameters") or {}),
        _corrections(data.get("corrections"), where, file, faults),
    )


def _corrections(name: str | None, where: str, file: Path, faults: list[str]) -> Corrections:
    if name is None:
        return Corrections()
    if not name or name != Path(name).name or "\\" in name or "\0" in name:
        faults.append(f"{where}: corrections is {name!r}; it must be the name of a file beside the recipe")
        return Corrections()
    try:
        return load_corrections(file.with_name(name))
    except SpecksError as error:
        faults.append(f"{where}: {error}")
        return Corrections()
