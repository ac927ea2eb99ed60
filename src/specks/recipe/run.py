"""Run a recipe on images; steps that are finished already are not run again."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from specks._core.atomic import store_faults
from specks._core.checks import nearest
from specks._core.errors import InputError, NotFoundError
from specks._core.paths import existing
from specks._core.progress import Progress, Steps, drain
from specks.recipe.check import check_recipe
from specks.recipe.execute import Outcome, run_job
from specks.recipe.file import load_recipe
from specks.recipe.model import Recipe
from specks.recipe.places import places
from specks.recipe.plan import Planned, plan, remove_outdated

__all__ = ["iterate_recipe", "plan_recipe", "run_recipe"]


def run_recipe(
    recipe: Recipe | str | os.PathLike[str],
    inputs: Any,
    out: str | os.PathLike[str],
    *,
    executor: Executor | None = None,
    resume: bool = True,
) -> tuple[Outcome, ...]:
    """Run a recipe.

    Every step gets a folder with its outputs, which is there when the step has finished and not
    before. Run again, steps whose inputs, parameters, corrections and version of specks are
    unchanged are left as they are.

    Parameters
    ----------
    recipe : Recipe or path-like
        A recipe, or the YAML file of one.
    inputs : path-like, array, list or mapping
        The recipe's first input: one path or array, whose outputs go into `out` itself, or a list
        of paths, whose outputs go into a folder each. A mapping gives all inputs by name, and the
        first may again be a list.
    out : path-like
        Folder for the outputs; made when it is not there.
    executor : concurrent.futures.Executor, optional
        Passed on to steps that can use it.
    resume : bool
        False runs every step again.

    Returns
    -------
    tuple of Outcome
        One a step and input: its folder, outputs, sentence and time.

    Raises
    ------
    InputError
        When the recipe has faults, or inputs are unknown, missing or given twice.
    NotFoundError
        When an input does not exist.
    StoreError
        When `out` cannot be written.
    """
    return drain(iterate_recipe(recipe, inputs, out, executor=executor, resume=resume))


def iterate_recipe(
    recipe: Recipe | str | os.PathLike[str],
    inputs: Any,
    out: str | os.PathLike[str],
    *,
    executor: Executor | None = None,
    resume: bool = True,
) -> Generator[Progress, None, tuple[Outcome, ...]]:
    """What `run_recipe` does, with progress on the way; faults are found before the first.

    Parameters
    ----------
    recipe, inputs, out, executor, resume
        As for `run_recipe`.

    Yields
    ------
    Progress

    Returns
    -------
    tuple of Outcome
    """
    known = recipe if isinstance(recipe, Recipe) else load_recipe(recipe)
    return _run_all(known, _checked(known, inputs, Path(out)), Path(out), executor, resume)


def plan_recipe(
    recipe: Recipe | str | os.PathLike[str], inputs: Any, out: str | os.PathLike[str], *, resume: bool = True
) -> list[Planned]:
    """What `run_recipe` would do: one entry a step and input, without doing it.

    Parameters
    ----------
    recipe, inputs, out, resume
        As for `run_recipe`.

    Returns
    -------
    list of Planned
        With ``kept`` where an earlier run has finished the step.
    """
    known = recipe if isinstance(recipe, Recipe) else load_recipe(recipe)
    runs = _checked(known, inputs, Path(out))
    return [one for given, folder in runs for one in plan(known, given, folder, resume)]


def _checked(recipe: Recipe, inputs: Any, out: Path) -> list[tuple[dict[str, Any], Path]]:
    """Sets of inputs with their folders."""
    check_recipe(recipe)
    runs = places(recipe, _by_name(recipe, inputs), out)
    missing = {
        str(data) for given, _ in runs for data in given.values() if _is_path(data) and not _is_there(data)
    }
    if missing:
        raise NotFoundError("; ".join(f"there is no file or folder {path}" for path in sorted(missing)))
    return runs


def _is_there(path: str | os.PathLike[str]) -> bool:
    try:
        existing(path)
    except NotFoundError:
        return False
    return True


def _by_name(recipe: Recipe, inputs: Any) -> dict[str, Any]:
    """All inputs by name."""
    found = dict(inputs) if isinstance(inputs, Mapping) else {recipe.inputs[0]: inputs}
    faults = [
        f"no input {name!r}{nearest(str(name), recipe.inputs)}; the recipe has {', '.join(recipe.inputs)}"
        for name in found
        if name not in recipe.inputs
    ]
    faults += [f"input {name!r} is missing" for name in recipe.inputs if name not in found]
    if faults:
        raise InputError(faults)
    return found


def _is_path(data: Any) -> bool:
    return isinstance(data, str | os.PathLike)


def _run_all(
    recipe: Recipe,
    runs: list[tuple[dict[str, Any], Path]],
    out: Path,
    executor: Executor | None,
    resume: bool,
) -> Steps[tuple[Outcome, ...]]:
    with store_faults(out):
        out.mkdir(parents=True, exist_ok=True)
    outcomes: list[Outcome] = []
    for i, (given, folder) in enumerate(runs):
        prefix = f"{folder.name} ({i + 1} of {len(runs)}): " if len(runs) > 1 else ""
        outcomes += yield from _run_one(recipe, given, folder, executor, resume, prefix)
    return tuple(outcomes)


def _run_one(
    recipe: Recipe,
    given: Mapping[str, Any],
    folder: Path,
    executor: Executor | None,
    resume: bool,
    prefix: str,
) -> Steps[list[Outcome]]:
    """All steps on one set of inputs."""
    with store_faults(folder):
        folder.mkdir(exist_ok=True)
    done: dict[str, Outcome] = {}
    planned = plan(recipe, given, folder, resume)
    for i, one in enumerate(planned):
        name = one.step.name
        if one.kept is not None:
            done[name] = one.kept
            continue
        with store_faults(folder):
            remove_outdated(one, planned[i + 1 :])
        run = run_job(one.job(given, done), name, one.folder, executor)
        done[name] = yield from _said(f"{prefix}{name}: ", run)
    return list(done.values())


def _said(prefix: str, run: Steps[Outcome]) -> Steps[Outcome]:
    """The same run, whose progress says which step and input it is about."""
    try:
        while True:
            progress = next(run)
            yield Progress(progress.done, progress.total, prefix + progress.what)
    except StopIteration as end:
        outcome: Outcome = end.value
        return outcome
    finally:
        run.close()
