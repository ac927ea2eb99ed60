"""What every dock is: inputs, settings, Run, and what came out, from top to bottom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from napari.components import ViewerModel
from qtpy.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from specks._core.registry import find_step
from specks.ui.form import Form
from specks.ui.inputs import Inputs, unit_symbol
from specks.ui.lifetime import ClosedWatcher
from specks.ui.progress_row import ProgressRow
from specks.ui.request import CHOSEN_WITH_THE_LAYER, Finished, Request
from specks.ui.results import ResultLayers
from specks.ui.runs import Runs

__all__ = ["StepDock"]


class StepDock(QWidget):
    """A dock for one step. A subclass names the step and, where it has them, its plot and tools.

    Parameters
    ----------
    viewer : napari viewer

    Attributes
    ----------
    step : str
        Name of a registered step.
    looks : mapping of str to mapping
        Arguments for the layer of an output when it is first made.
    by_hand : tuple of str
        Kinds of corrections for which there are tools.
    """

    step: ClassVar[str]
    looks: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    by_hand: ClassVar[tuple[str, ...]] = ()

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        self.viewer = viewer
        self.function = find_step(self.step)
        spec = self.function.spec()
        self.layers = ResultLayers(viewer, self.looks)
        self.inputs = Inputs(viewer, spec, hide=self._is_own)
        self.form = Form(spec, hidden=CHOSEN_WITH_THE_LAYER)
        self.runs = Runs(viewer, self.layers, self)
        self.progress = ProgressRow(self.runs.runner)
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self._lay_out()
        self.inputs.changed.connect(self._on_changed)
        self.form.changed.connect(self._on_changed)
        self.progress.run.connect(self.run)
        self.runs.finished.connect(self._on_finished)
        ClosedWatcher(self).closed.connect(self.runs.cancel)
        self._on_changed()

    def plot(self) -> QWidget | None:
        """The plot that belongs to the engine; none unless a subclass has one."""
        return None

    def describe(self, result: Any) -> str:
        """What came out, in a sentence."""
        return str(result.summary()) if hasattr(result, "summary") else "Done"

    @property
    def request(self) -> Request:
        """What Run would run now."""
        return Request(self.function, self.inputs.views, self.form.values)

    @property
    def result(self) -> Any:
        """The last result, or None."""
        return None if self.runs.done is None else self.runs.done.result

    def run(self) -> None:
        """Run on everything."""
        if self.progress.run_button.isEnabled():
            self.runs.start(self.request)

    def _is_own(self, layer: Any) -> bool:
        return any(layer is own for own in self.layers)

    def _on_changed(self) -> None:
        main = next(iter(self.inputs.views.values()), None)
        unit = "px" if main is None else unit_symbol(main.source.geometry.length_unit)
        self.form.set_length_unit(unit)
        faults = self.form.faults
        self.progress.allow(self.inputs.reason or (faults[0] if faults else None))

    def _on_finished(self, finished: Finished) -> None:
        self.sentence.setText(self.describe(finished.result))

    def _lay_out(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(6, 6, 6, 6)
        for part in (self.inputs, self.form.native, self.progress, self.sentence, self.plot()):
            if part is not None:
                column.addWidget(part)
        column.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(content)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
