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
from specks._core.progress import Progress, Steps, drain
from specks._core.registry import find_step
from specks.recipe.check import check_recipe, named
from specks.recipe.data import recognize
from specks.recipe.execute import Job, Outcome, finished, run_job
from specks.recipe.file import load_recipe
from specks.recipe.model import Recipe, RecipeStep
from specks.recipe.places import places

__all__ = ["iterate_recipe", "run_recipe"]


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
    """What `run_recipe` does, with progress on the way; faults are found before the first."""
    known = recipe if isinstance(recipe, Recipe) else load_recipe(recipe)
    check_recipe(known)
    runs = places(known, _by_name(known, inputs), Path(out))
    missing = {
        str(data)
        for given, _ in runs
        for data in given.values()
        if _is_path(data) and not Path(data).exists()
    }
    if missing:
        raise NotFoundError("; ".join(f"there is no file or folder {path}" for path in sorted(missing)))
    return _run_all(known, runs, Path(out), executor, resume)


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
        done: dict[str, tuple[Outcome, dict[str, Any]]] = {}
        with store_faults(folder):
            folder.mkdir(exist_ok=True)
        for step in recipe.steps:
            job = _job(step, given, done)
            outcome = finished(step.name, folder / step.name, job.stamp()) if resume else None
            if outcome is None:
                outcome = yield from _said(
                    f"{prefix}{step.name}: ", run_job(job, step.name, folder / step.name, executor)
                )
            done[step.name] = outcome, job.stamp()
            outcomes.append(outcome)
    return tuple(outcomes)


def _job(
    step: RecipeStep, given: Mapping[str, Any], done: Mapping[str, tuple[Outcome, dict[str, Any]]]
) -> Job:
    """A step of a recipe with its wires connected."""
    function = find_step(step.step)
    spec = function.spec()
    data, recognized = {}, {}
    for name, wire in named(spec, step.inputs).items():
        source, _, output = wire.partition(".")
        if output:
            outcome, stamp = done[source]
            data[name] = outcome.outputs[output]
            recognized[name] = {"output": output, "of": stamp}
        else:
            data[name] = given[wire]
            recognized[name] = recognize(given[wire])
    return Job(function, data, named(spec, step.parameters), step.corrections, recognized)


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
