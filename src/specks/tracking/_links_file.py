"""Links on disk: a table whose description tells how it was made."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from specks._core.corrections import Corrections
from specks._core.errors import FileFormatError
from specks._core.paths import as_path, existing
from specks._core.provenance import Provenance
from specks.io import read_table, write_table
from specks.tracking._links import Links
from specks.tracking._plan import Settings

__all__ = ["load_links", "save_links"]

#: Names in the folder of a step.
TABLE, PARENTS = "table.csv", "parents.csv"
STEP = "specks.tracking._link:link"


def save_links(links: Links, path: str | os.PathLike[str]) -> None:
    """Write links to a table file, and their parents beside it."""
    file = as_path(path)
    write_table(links.table, file, provenance=links.provenance)
    if links.parents is not None:
        write_table(links.parents, _parents_path(file))


def _parents_path(file: Path) -> Path:
    return file.with_name(f"{file.stem}.parents{file.suffix}")


def load_links(path: str | os.PathLike[str]) -> Links:
    """Read what `save_links` or a step's folder holds."""
    file = existing(path)
    beside = _parents_path(file)
    if file.is_dir():
        file, beside = file / TABLE, file / PARENTS
    table = read_table(file)
    noted = table.attrs.pop("provenance", None)
    if noted is None or noted["step"] != STEP or not {"particle", "confidence"} <= set(table.columns):
        raise FileFormatError(
            f"{file.name} is no result of link: its description does not say that it was linked"
        )
    provenance = Provenance.from_dict(noted)
    settings = _settings(file.name, provenance.parameters)
    parents = read_table(beside) if settings.splitting or settings.merging else None
    return Links(table, parents, provenance, settings, Corrections(provenance.corrections))


def _settings(name: str, noted: Mapping[str, Any]) -> Settings:
    """Settings as they were noted."""
    known = {field.name for field in dataclasses.fields(Settings)}
    if set(noted) != known:
        raise FileFormatError(f"{name} notes the settings {sorted(noted)}; expected {sorted(known)}")
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in noted.items()
    }
    return Settings(**values)
