"""What a dock can write: tables, images and the plot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from qtpy.QtWidgets import QWidget

from specks._core.errors import StoreError
from specks._core.spec import StepSpec
from specks._core.types import Role
from specks.ui.request import Finished

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
        Writes it to a path.
    quick : bool
        Whether it draws on the screen's widgets and so belongs in the main thread.
    """

    label: str
    suggested: str
    files: str
    write: Callable[[Path], None]
    quick: bool = False


def exports(spec: StepSpec, finished: Finished, plot: QWidget | None) -> list[Export]:
    """Everything that can be written of a result."""
    found = [
        Export(
            f"{output.name.capitalize()} as a table…",
            f"{output.name}.csv",
            TABLE_FILES,
            _table(spec, finished, output.name),
        )
        for output in spec.results
        if output.role in (Role.TABLE, Role.POINTS)
    ]
    if hasattr(finished.result, "save"):
        found.append(Export("Everything as OME-Zarr…", f"{spec.name}.zarr", STORES, finished.result.save))
    if plot is not None:
        found.append(Export("Picture of the plot…", f"{spec.name}.png", PICTURES, _picture(plot), quick=True))
    return found


def _table(spec: StepSpec, finished: Finished, name: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        from specks.io import write_table

        write_table(spec.fields(finished.result)[name], path, provenance=finished.provenance)

    return write


def _picture(plot: QWidget) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        if not plot.grab().save(str(path)):
            raise StoreError(f"{path} cannot be written")

    return write
