"""Carry a result on: to files, to the clipboard, to a recipe."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from qtpy.QtCore import QObject, QStandardPaths, Signal
from qtpy.QtWidgets import QApplication, QFileDialog, QWidget

from specks._core.errors import SpecksError
from specks._core.progress import Steps
from specks.ui.export import Export, exports
from specks.ui.jobs import Job, Outcome, State
from specks.ui.outcome import OutcomeBox
from specks.ui.python_text import python_text
from specks.ui.recipe_book import RecipeBook
from specks.ui.request import Finished
from specks.ui.runs import Runs

__all__ = ["CarryOn"]

RECIPES = "Recipes (*.yaml *.yml)"


class CarryOn(QObject):
    """What the buttons below a result do.

    Parameters
    ----------
    runs : Runs
        Whose last result is carried on.
    box : OutcomeBox
        With the buttons.
    plot : QWidget or None
        Which can be written as a picture.
    book : RecipeBook
        Of the viewer.
    more : callable, optional
        Further exports of a result.

    Attributes
    ----------
    said : Signal
        With a sentence about what was done, or why not.
    """

    said = Signal(str)

    def __init__(
        self,
        runs: Runs,
        box: OutcomeBox,
        plot: QWidget | None,
        book: RecipeBook,
        more: Callable[[Finished], list[Export]] = lambda finished: [],
    ) -> None:
        super().__init__(box)
        self._runs, self._box, self._plot, self._book, self._more = runs, box, plot, book, more
        box.export_menu.aboutToShow.connect(self._fill_menu)
        box.keep.connect(self._keep)
        box.copy.connect(self.copy_python)
        box.record.connect(self._record)

    @property
    def exports(self) -> list[Export]:
        """What can be written now."""
        runs = self._runs
        if runs.done is None:
            return []
        return self._more(runs.done) + exports(runs.request, runs.done, self._plot)

    def write(self, export: Export, path: Path) -> None:
        """Write one export, beside the window."""

        def prepare() -> Callable[[], Steps[Any]]:
            run = export.write(path)
            return lambda: run

        def ended(outcome: Outcome) -> None:
            if outcome.state is State.DONE:
                self.said.emit(f"Written to {path}")

        self._runs.runner.start(Job(prepare, lambda news: None, ended))

    def copy_python(self) -> None:
        """Put Python that gives the same result on the clipboard."""
        data = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
        text = python_text(self._runs.request, Path(data) / "specks")
        QApplication.clipboard().setText(text)
        self.said.emit("Copied; paste it into napari's console")

    def record(self, path: Path) -> None:
        """Add the step to a recipe; later ones of this viewer go there too."""
        self._book.path = path

        def add() -> None:
            name = self._book.add(self._runs.request, self._runs.layers)
            self._box.show_recipe(f"{name} added to {path}")

        self._try(add, "Added to the recipe")

    def _keep(self) -> None:
        self._runs.layers.keep()
        self.said.emit("Kept; the next run makes new layers")

    def _try(self, action: Callable[[], None], done: str) -> None:
        try:
            action()
            self.said.emit(done)
        except SpecksError as error:
            self.said.emit(str(error))

    def _fill_menu(self) -> None:
        self._box.export_menu.clear()
        for export in self.exports:
            self._box.export_menu.addAction(export.label, lambda export=export: self._ask_where(export))

    def _ask_where(self, export: Export) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self._box, export.label.rstrip("…"), export.suggested, export.files
        )
        if name:
            self.write(export, Path(name))

    def _record(self) -> None:
        path = self._book.path
        if path is None:
            name, _ = QFileDialog.getSaveFileName(
                self._box,
                "Recipe to add to",
                "recipe.yaml",
                RECIPES,
                options=QFileDialog.Option.DontConfirmOverwrite,
            )
            if not name:
                return
            path = Path(name)
        self.record(path)
