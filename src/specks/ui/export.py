"""What a dock can write: tables, images and the plot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qtpy.QtGui import QImage
from qtpy.QtWidgets import QWidget

from specks._core.errors import StoreError
from specks._core.progress import Progress, Steps
from specks._core.spec import StepSpec
from specks._core.types import Role
from specks.recipe.outputs import write_outputs
from specks.ui.request import Finished, Request

__all__ = ["Export", "exports"]

TABLE_FILES = "Tables (*.csv *.parquet)"
STORES = "Results (*.zarr)"
PICTURES = "Pictures (*.png)"


@dataclass(frozen=True)
class Export:
    """One thing that can be written.

    Parameters
    ----------
    label : str
        For the menu.
    suggested : str
        A file name.
    files : str
        Filter of the file dialog.
    write : callable
        Called with a path in the main thread; what it returns is run beside the window.
    """

    label: str
    suggested: str
    files: str
    write: Callable[[Path], Steps[Any]]


def exports(request: Request, finished: Finished, plot: QWidget | None) -> list[Export]:
    """Everything that can be written of a result."""
    spec = request.spec
    values = spec.fields(finished.result)
    tables = [
        output.name
        for output in spec.results
        if output.role in (Role.TABLE, Role.POINTS) and values[output.name] is not None
    ]
    found = [
        Export(f"{_called(name)} as a table…", f"{name}.csv", TABLE_FILES, _table(spec, finished, name))
        for name in tables
    ]
    store, folder = _everything(request, finished), getattr(finished.result, "folder", "")
    if folder:
        found.append(Export("Everything in a folder…", folder, "Folders (*)", store))
    elif any(output.role in (Role.IMAGE, Role.LABELS) for output in spec.results):
        found.append(Export("Everything as OME-Zarr…", f"{spec.name}.zarr", STORES, store))
    if plot is not None:
        found.append(Export("Picture of the plot…", f"{spec.name}.png", PICTURES, _picture(plot)))
    return found


def _called(output: str) -> str:
    """An output in a sentence that says itself that it is a table."""
    return "Result" if output == Role.TABLE.value else output.capitalize()


def _table(spec: StepSpec, finished: Finished, name: str) -> Callable[[Path], Steps[Any]]:
    def write(path: Path) -> Steps[Any]:
        from specks.io import write_table

        yield Progress(0, 0, f"Writing {path.name}")
        write_table(spec.fields(finished.result)[name], path, provenance=finished.provenance)

    return write


def _everything(request: Request, finished: Finished) -> Callable[[Path], Steps[Any]]:
    def write(path: Path) -> Steps[Any]:
        given = request.arguments()
        yield from write_outputs(request.spec, finished.result, given, finished.provenance, path)

    return write


def _picture(plot: QWidget) -> Callable[[Path], Steps[Any]]:
    def write(path: Path) -> Steps[Any]:
        return _saved(plot.grab().toImage(), path)

    return write


def _saved(picture: QImage, path: Path) -> Steps[Any]:
    yield Progress(0, 0, f"Writing {path.name}")
    if not picture.save(str(path)):
        raise StoreError(f"{path} cannot be written as a picture")
