"""What a command of a step does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from specks._core.atomic import is_taken
from specks._core.checks import check
from specks._core.corrections import Corrections, as_json
from specks._core.errors import InputError
from specks._core.spec import Kind, ResultSpec, StepSpec
from specks._core.step import StepFunction
from specks._core.types import Role
from specks.cli.progress import follow
from specks.cli.report import report
from specks.cli.values import parse
from specks.cli.workers import workers
from specks.io.formats import FORMATS
from specks.recipe.check import named
from specks.recipe.data import recognize
from specks.recipe.execute import Job, run_job, run_job_to_file
from specks.recipe.outputs import is_single_file
from specks.recipe.yaml_file import read_yaml

__all__ = ["Given", "run_step"]

#: Endings of tables; with those of pictures they are no names for a folder.
TABLES = (".csv", ".tsv", ".txt", ".parquet", ".xlsx")


@dataclass(frozen=True)
class Given:
    """What was typed.

    Parameters
    ----------
    typed : mapping of str to object
        Text of the step's own parameters, None where nothing was given.
    out, params : str
    workers : int, optional
    processes, overwrite, dry_run, as_json : bool
    """

    typed: Mapping[str, Any]
    out: str
    params: str | None = None
    workers: int | None = None
    processes: bool = False
    overwrite: bool = False
    dry_run: bool = False
    as_json: bool = False


def run_step(step: StepFunction[..., Any], given: Given) -> None:
    """Run a step from the command line and report."""
    spec = step.spec()
    settings = _settings(spec, given)
    data = {p.name: given.typed[p.name] for p in spec.inputs if given.typed.get(p.name) is not None}
    corrections = _corrections(spec, given)
    out = Path(given.out)
    single = is_single_file(spec)
    if single:
        _check_ending(out, spec.results[0])
    _check_place(out, single, data, given.overwrite)
    with workers(given.workers, given.processes) as executor:
        recognized = {name: recognize(path) for name, path in data.items()}
        job = Job(step, data, settings, corrections, recognized)
        if given.dry_run:
            _tell_plan(job, out, executor, given.as_json)
            return
        run = run_job_to_file(job, out, executor) if single else run_job(job, spec.name, out, executor)
        outcome = follow(run)
    report([outcome], given.as_json)


def _check_ending(out: Path, result: ResultSpec) -> None:
    """Refuse, before the work, a name that the class of a model would refuse after it."""
    if result.suffixes and out.suffix.lower() not in result.suffixes:
        raise InputError(
            f"-o is {out}, but {result.name} is written to a {' or '.join(result.suffixes)} file; "
            f"name it such as {out.with_suffix(result.suffixes[0])}"
        )


def _check_place(out: Path, single: bool, data: Mapping[str, Any], overwrite: bool) -> None:
    """Refuse places where a result would stand in for something else."""
    suffix = out.suffix.lower()
    if not single and suffix in (*TABLES, *FORMATS):
        raise InputError(
            f"-o is {out}, but the result is a folder, not a {suffix} file; name it such as {out.with_suffix('.zarr')}"
        )
    for name, path in data.items():
        if is_taken(out) and Path(path).exists() and out.samefile(path):
            raise InputError(f"-o is {out}, which is the {name} that is read; choose another place")
    if is_taken(out) and not overwrite:
        raise InputError(
            f"{out} exists already; choose another place with -o, or replace it with --overwrite"
        )
    if single and is_taken(out) and (not out.is_file() or suffix in FORMATS):
        raise InputError(f"{out} is no table or model that --overwrite may replace; choose another place")


def _settings(spec: StepSpec, given: Given) -> dict[str, Any]:
    """Settings from the file, overruled by those that were typed."""
    values: dict[str, Any] = {}
    if given.params is not None:
        found = read_yaml(given.params)
        if not isinstance(found, Mapping):
            raise InputError(
                f"{given.params} must hold a mapping of parameters to values, such as 'diameter: 12'"
            )
        values = named(spec, found)
        data = [p.name for p in spec.params if not p.is_setting and p.name in values]
        if data:
            raise InputError([f"{name} is no setting; give it on the command line" for name in data])
    for p in spec.settings:
        text = given.typed.get(p.name)
        if text is not None:
            values[p.name] = text if p.kind is Kind.BOOL else parse(p, text)
    faults = check(spec, values)
    faults += [f"{p.name} is missing" for p in spec.settings if p.required and p.name not in values]
    if faults:
        raise InputError(faults)
    return values


def _corrections(spec: StepSpec, given: Given) -> Corrections:
    name = next((p.name for p in spec.params if p.role is Role.CORRECTIONS), None)
    path = given.typed.get(name) if name else None
    if path is None:
        return Corrections()
    from specks._core.corrections_file import load_corrections

    return load_corrections(path)


def _tell_plan(job: Job, out: Path, executor: Any, in_json: bool) -> None:
    job.step.iterate(**job.arguments(executor)).close()
    settings = {p.name: job.parameters.get(p.name, p.default) for p in job.spec.settings}
    plan = {
        "step": job.spec.name,
        "inputs": {name: str(path) for name, path in job.data.items()},
        "parameters": as_json(settings),
        "corrections": len(job.corrections),
        "out": str(out),
    }
    if in_json:
        typer.echo(json.dumps(plan, indent=1))
        return
    typer.echo(f"{job.spec.title} would be run:")
    for name, value in [*plan["inputs"].items(), *plan["parameters"].items()]:
        typer.echo(f"  {name}: {value}")
    typer.echo(f"  corrections: {plan['corrections']}\n  results: {out}")
