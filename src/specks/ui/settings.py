"""Settings of a dock on disk: kept between sessions, saved and loaded by hand."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qtpy.QtCore import QStandardPaths

from specks._core.atomic import write_text
from specks._core.errors import FileFormatError, SpecksError
from specks._core.provenance import plain
from specks.recipe.yaml_file import dump_yaml, read_yaml
from specks.ui.form import Form

__all__ = ["keep", "load", "recall", "save", "settings_file"]

log = logging.getLogger("specks")


def settings_file(step: str) -> Path:
    """Where the settings of a step are kept.

    The folder for settings of the system (``$XDG_CONFIG_HOME`` or ``~/.config`` on Linux) rather
    than that of napari, whose name changes with the environment it runs in.
    """
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation)
    return Path(place) / "specks" / f"{step}.yaml"


def save(values: Mapping[str, Any], path: Path) -> None:
    """Write settings as the YAML that ``specks <command> --params`` reads too.

    Raises
    ------
    StoreError
        When the file cannot be written.
    """
    write_text(path, dump_yaml(plain(dict(values))))


def load(path: Path) -> dict[str, Any]:
    """Read settings.

    Raises
    ------
    SpecksError
        When the file is missing or holds something else.
    """
    values = read_yaml(path)
    if not isinstance(values, dict):
        raise FileFormatError(f"{path} does not hold settings; it must be a mapping of names to values")
    return values


def keep(form: Form) -> None:
    """Keep what differs from the defaults for the next session."""
    path = settings_file(form.spec.name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save(form.values if not form.faults else {}, path)
    except (SpecksError, OSError):
        log.warning("The settings of %s could not be kept", form.spec.title, exc_info=True)


def recall(form: Form) -> None:
    """Fill in what was kept; settings that fit no more are left out one by one."""
    path = settings_file(form.spec.name)
    if not path.exists():
        return
    try:
        kept = load(path)
    except SpecksError:
        log.warning("The settings kept for %s cannot be read", form.spec.title, exc_info=True)
        return
    for name, value in kept.items():
        try:
            form.update({name: value})
        except SpecksError:
            log.warning("The setting %s that was kept for %s fits no more", name, form.spec.title)
