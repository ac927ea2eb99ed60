"""By what a finished step is recognized, so that it is not run again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from specks._core.atomic import write_text
from specks._core.corrections import Corrections, as_json
from specks._core.errors import SpecksError
from specks._core.json_file import read_json
from specks._core.provenance import plain, version
from specks._core.spec import StepSpec

__all__ = ["STAMP", "make_stamp", "read_stamp", "write_stamp"]

STAMP = "step.json"
FORMAT = "specks-step/1"
FIELDS: dict[str, type | tuple[type, ...]] = {
    "made_by": dict,
    "outputs": dict,
    "summary": str,
    "warnings": list,
    "seconds": (int, float),
    "provenance": dict,
}


def make_stamp(
    spec: StepSpec, inputs: Mapping[str, Any], parameters: Mapping[str, Any], corrections: Corrections
) -> dict[str, Any]:
    """Everything that the outputs of a step depend on.

    Parameters
    ----------
    spec : StepSpec
    inputs : mapping of str to mapping
        By what each input is recognized: facts of a file, or the stamp of an earlier step.
    parameters : mapping
        Settings that differ from the defaults.
    corrections : Corrections

    Returns
    -------
    dict
        Plain data.
    """
    settings = {p.name: parameters.get(p.name, p.default) for p in spec.settings}
    stamp = {
        "step": spec.target,
        "version": version(),
        "inputs": dict(inputs),
        "parameters": as_json(settings),
        "corrections": [plain(record) for record in corrections],
    }
    # As it will be read back, so that equal stamps compare equal.
    return dict(json.loads(json.dumps(stamp)))


def read_stamp(folder: Path) -> dict[str, Any] | None:
    """The stamp in a folder, or None when there is none that can be believed."""
    try:
        found = read_json(folder / STAMP)
    except SpecksError:
        return None
    sound = (
        isinstance(found, dict)
        and found.get("format") == FORMAT
        and all(isinstance(found.get(name), kind) for name, kind in FIELDS.items())
        and all(isinstance(place, str) and _is_inside(place) for place in found["outputs"].values())
    )
    return found if sound else None


def _is_inside(place: str) -> bool:
    """Whether a place, as a stamp names it, lies in the folder of the stamp."""
    path = PurePosixPath(place)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in place and ":" not in place


def write_stamp(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write the stamp of a folder."""
    write_text(folder / STAMP, json.dumps({"format": FORMAT, **facts}, indent=1) + "\n")
