"""Run one step into a folder that is there when, and only when, the step has finished."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specks._core.atomic import is_taken, put_in_place, store_faults
from specks._core.checks import bind
from specks._core.corrections import Corrections
from specks._core.errors import StoreError
from specks._core.lock import sole_writer
from specks._core.progress import Steps
from specks._core.provenance import Provenance
from specks._core.spec import StepSpec
from specks._core.step import StepFunction
from specks._core.types import Role
from specks.recipe.data import load_data
from specks.recipe.outputs import write_file, write_outputs
from specks.recipe.stamp import make_stamp, read_stamp, write_stamp

__all__ = ["Job", "Outcome", "finished", "run_job", "run_job_to_file"]

#: Where the result that is being replaced waits, in the folder that is made aside.
OLD = "old"


@dataclass(frozen=True)
class Job:
    """One step with everything that it needs.

    Parameters
    ----------
    step : StepFunction
    data : mapping of str to object
        Paths or data by parameter.
    parameters : mapping of str to object
        Settings that differ from the defaults.
    corrections : Corrections
    recognized : mapping of str to mapping
        By what each of the data is recognized.
    """

    step: StepFunction[..., Any]
    data: Mapping[str, Any]
    parameters: Mapping[str, Any]
    corrections: Corrections
    recognized: Mapping[str, Any]

    @property
    def spec(self) -> StepSpec:
        """The declaration of the step."""
        return self.step.spec()

    def stamp(self) -> dict[str, Any]:
        """By what its outputs are recognized."""
        return make_stamp(self.spec, self.recognized, self.parameters, self.corrections)

    def arguments(self, executor: Executor | None) -> dict[str, Any]:
        """What the step is called with. Reads tables, masks and scribbles."""
        opens_files = any(p.name == "channel" for p in self.spec.params)
        given = {n: load_data(self.spec.param(n), d, opens_files) for n, d in self.data.items()}
        given |= self.parameters
        for p in self.spec.params:
            if p.role is Role.CORRECTIONS and len(self.corrections):
                given[p.name] = self.corrections
        if executor is not None and self.spec.takes_executor:
            given["executor"] = executor
        return given


@dataclass(frozen=True)
class Outcome:
    """What became of one step.

    Parameters
    ----------
    name : str
        Of the step in the recipe, or of the step function.
    folder : pathlib.Path
    outputs : mapping of str to pathlib.Path
        Where each output lies.
    summary : str
        What was found, in a sentence.
    warnings : tuple of str
        Sentences for people.
    seconds : float
    kept : bool
        Whether it had been run before and was left as it is.
    """

    name: str
    folder: Path
    outputs: Mapping[str, Path]
    summary: str
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    kept: bool = False


def finished(name: str, folder: Path, stamp: Mapping[str, Any]) -> Outcome | None:
    """What lies in a folder, when it was made by just this job."""
    there = read_stamp(folder)
    if there is None or there["made_by"] != stamp:
        return None
    outputs = {output: folder / file for output, file in there["outputs"].items()}
    if not all(path.exists() for path in outputs.values()):
        return None
    return Outcome(name, folder, outputs, there["summary"], tuple(there["warnings"]), there["seconds"], True)


def run_job(job: Job, name: str, folder: Path, executor: Executor | None = None) -> Steps[Outcome]:
    """Run a job and write its outputs into `folder`.

    The folder is made aside and renamed at the end; outputs of an earlier run that stand there
    are replaced.

    Raises
    ------
    StoreError
        When something else stands in the way, another run is writing there, or the folder cannot
        be written.
    """
    if is_taken(folder) and read_stamp(folder) is None:
        raise StoreError(f"{folder} exists and was not made by specks; choose another place")
    arguments = job.arguments(executor)
    run = job.step.iterate(**arguments)
    with store_faults(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
    with sole_writer(folder):
        return (yield from _run_aside(job, name, folder, run, arguments))


def _run_aside(
    job: Job, name: str, folder: Path, run: Steps[Any], arguments: dict[str, Any]
) -> Steps[Outcome]:
    """Finish a run beside `folder` and put it in place."""
    aside = folder.with_name(f".{folder.name}.partial")
    built = aside / folder.name
    started = time.perf_counter()
    try:
        with store_faults(folder):
            _start(aside, built, folder)
        result = yield from run
        seconds = round(time.perf_counter() - started, 3)
        provenance = _provenance(job, result, arguments, seconds)
        outputs = yield from write_outputs(job.spec, result, arguments, provenance, built)
        said = summary(job.spec, result)
        write_stamp(
            built,
            {
                "made_by": job.stamp(),
                "outputs": outputs,
                "summary": said,
                "warnings": list(provenance.warnings),
                "seconds": seconds,
                "provenance": provenance.to_dict(),
            },
        )
        with store_faults(folder):
            put_in_place(built, folder, aside / OLD)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    paths = {output: folder / file for output, file in outputs.items()}
    return Outcome(name, folder, paths, said, provenance.warnings, seconds)


def _start(aside: Path, built: Path, folder: Path) -> None:
    """Make room aside. Of what a killed run left there, a store that is half written stays.

    Such a store knows what it was made of: the same result goes on in it, another begins anew. What
    was about to be replaced goes back to its place.
    """
    aside.mkdir(exist_ok=True)
    if (aside / OLD).exists() and not folder.exists():
        os.replace(aside / OLD, folder)
    for left in aside.iterdir():
        if left.name != f"{built.name}.partial":
            shutil.rmtree(left) if left.is_dir() else left.unlink()


def run_job_to_file(job: Job, path: Path, executor: Executor | None = None) -> Steps[Outcome]:
    """Run a job whose only output is a table or a model, and write it to a file of any name.

    Raises
    ------
    StoreError
        When the file cannot be written; found before the work where possible.
    """
    if not os.access(path.parent, os.W_OK):
        raise StoreError(f"{path} cannot be written: its folder does not exist, or there is no permission")
    arguments = job.arguments(executor)
    started = time.perf_counter()
    result = yield from job.step.iterate(**arguments)
    seconds = round(time.perf_counter() - started, 3)
    provenance = _provenance(job, result, arguments, seconds)
    write_file(job.spec, result, path, provenance)
    said = summary(job.spec, result)
    output = job.spec.results[0].name
    return Outcome(job.spec.name, path, {output: path}, said, provenance.warnings, seconds)


def summary(spec: StepSpec, result: Any) -> str:
    """What a result is, in a sentence, and in a second one what it rests on when the result can tell."""
    if callable(getattr(result, "summary", None)):
        details = getattr(result, "details", None)
        return f"{result.summary()}. {details()}" if callable(details) else str(result.summary())
    parts = []
    for output in spec.results:
        value = spec.fields(result)[output.name]
        rows = f"{len(value)} rows" if hasattr(value, "columns") else ""
        parts.append(f"{output.name} ({rows})" if rows and spec.bundled else rows or output.name)
    return f"{spec.title}: {', '.join(parts)}"


def _provenance(job: Job, result: Any, arguments: Mapping[str, Any], seconds: float) -> Provenance:
    found = getattr(result, "provenance", None)
    if isinstance(found, Provenance) and found.step:
        return found
    return Provenance(inputs=job.recognized).completed(job.spec, bind(job.spec, (), arguments), seconds)
