"""The commands by name.

Every registered step is a command under its own name; a line in `SHORT` gives it a shorter one, and
a line in `HELP` its sentence. Only names and sentences stand here, so that ``specks --help`` loads
no engine.
"""

from __future__ import annotations

import importlib
from typing import Any

from specks._core.registry import STEPS

__all__ = ["HELP", "PROGRAMS", "SHORT", "command_of", "names", "program", "step_of"]

#: Short names of steps.
SHORT: dict[str, str] = {
    "segment": "segment_particles",
    "fit": "fit_mixture",
    "label": "label_particles",
    "measure": "measure_objects",
    "drift": "estimate_drift",
    "voids": "track_voids",
    "correct": "correct_images",
    "tracks": "summarize_tracks",
    "swelling": "measure_swelling",
}
#: Commands that are no steps.
PROGRAMS: dict[str, str] = {
    "demo": "specks.cli.demo:demo",
    "run": "specks.cli.run:run",
    "view": "specks.cli.view:view",
    "steps": "specks.cli.steps:steps",
}
HELP: dict[str, str] = {
    "segment": "Find the particles in an image: their probability, outlines and sizes.",
    "fit": "Fit background and particles to an image, and save the model.",
    "label": "Number the connected parts of a posterior or mask.",
    "measure": "Measure the objects of a label image.",
    "drift": "Find how far the sample has moved in each frame of a series.",
    "correct": "Move every frame of a series back to where the sample was in the first one.",
    "drift-from-tracks": "Find how far the sample has moved from the tracks of its particles.",
    "correct-positions": "Add positions without the drift to a table.",
    "locate": "Find features that are brighter than what is around them.",
    "link": "Link objects of successive frames into tracks.",
    "tracks": "Summarize tracks, one row a track.",
    "voids": "Follow every void or particle through a series that drifts.",
    "swelling": "Measure swelling, densities and sizes of voids, frame by frame.",
    "demo": "Segment a real micrograph that comes along, and show what was found.",
    "run": "Run a recipe on images.",
    "view": "Open a result in napari.",
    "steps": "List the steps, or describe one.",
}


def names() -> list[str]:
    """All commands: short names first, then the other steps, then programs."""
    return [*_steps(), *PROGRAMS]


def step_of(command: str) -> str | None:
    """The step that a command runs, if it runs one."""
    return _steps().get(command)


def command_of(step: str) -> str:
    """The command that runs a step."""
    return next(command for command, name in _steps().items() if name == step)


def program(name: str) -> Any:
    """The function of a command that is no step."""
    module, _, function = PROGRAMS[name].partition(":")
    return getattr(importlib.import_module(module), function)


def _steps() -> dict[str, str]:
    known = [target.partition(":")[2] for target in STEPS]
    short = {command: step for command, step in SHORT.items() if step in known}
    own = {step.replace("_", "-"): step for step in known if step not in short.values()}
    return short | own
