"""What every dock is: inputs, settings, preview, Run, and what came out, from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

from napari.components import ViewerModel
from napari.layers import Layer
from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import QCheckBox, QPushButton, QVBoxLayout, QWidget

from specks._core.progress import Progress
from specks._core.registry import find_step
from specks._core.step import StepFunction
from specks.ui.candidates import Candidates
from specks.ui.carry_on import CarryOn
from specks.ui.export import Export
from specks.ui.form import Form
from specks.ui.hand_tools import HandTools
from specks.ui.inputs import Inputs, Takes, unit_symbol
from specks.ui.jobs import Outcome, State
from specks.ui.lifetime import ClosedWatcher
from specks.ui.outcome import OutcomeBox
from specks.ui.page import Page
from specks.ui.preview import PLANE, Preview, PreviewPart
from specks.ui.progress_row import ProgressRow
from specks.ui.recipe_book import book_of
from specks.ui.request import CHOSEN_WITH_THE_LAYER, Estimate, Finished, Request
from specks.ui.results import ResultLayers, is_material
from specks.ui.review import Review
from specks.ui.runs import Runs
from specks.ui.settings_row import SettingsRow
from specks.ui.subscriptions import Subscriptions
from specks.ui.warm_up import WarmUp

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["StepDock"]


class StepDock(QWidget):
    """A dock for one step. A subclass names the step and, where it has them, its looks and plot.

    Parameters
    ----------
    viewer : napari viewer

    Attributes
    ----------
    step : str
        Name of a registered step.
    run_word : str
        What the button says that runs it.
    takes : mapping of str to Takes
        Inputs that take other layers than their roles say.
    hidden, essentials : tuple of str
        Settings that follow from the layers, and those that stand in the open where these are not the first.
    words : mapping of str to mapping
        What choices of settings are called.
    start : mapping
        What settings begin with that have no default.
    no_preview : str
        Why there is no preview; empty where there is one.
    preview_part : PreviewPart
        What a preview shows.
    result_layers : type
        What keeps the layers of results.
    doubts_page : tuple of (str, str), optional
        Page and chapter of the manual on when not to trust the result.
    looks : mapping of str to mapping
        Arguments for the layer of an output when it is first made.
    by_hand : tuple of str
        Kinds of corrections that the step takes; for scribbles and frames there are tools.
    cutting : tuple of str
        Settings that leave what is in doubt as it is, such as a threshold: a review goes on.
    estimate : callable, optional
        ``estimate(request)`` gives settings that fit the data, and says what it saw; run beside
        the window.
    warm_up : callable, optional
        ``warm_up(step)`` runs the step on small data, so that its kernels are compiled before
        they are needed; run beside the window when the dock is first seen.
    """

    step: ClassVar[str]
    run_word: ClassVar[str] = "Run"
    takes: ClassVar[Mapping[str, Takes]] = {}
    hidden: ClassVar[tuple[str, ...]] = ()
    essentials: ClassVar[tuple[str, ...]] = ()
    words: ClassVar[Mapping[str, Mapping[Any, str]]] = {}
    start: ClassVar[Mapping[str, Any]] = {}
    no_preview: ClassVar[str] = ""
    preview_part: ClassVar[PreviewPart] = PLANE
    result_layers: ClassVar[type[ResultLayers]] = ResultLayers
    doubts_page: ClassVar[tuple[str, str] | None] = None
    looks: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    by_hand: ClassVar[tuple[str, ...]] = ()
    cutting: ClassVar[tuple[str, ...]] = ()
    estimate: ClassVar[Callable[[Request], Estimate] | None] = None
    warm_up: ClassVar[Callable[[StepFunction[..., Any]], Generator[Progress, None, Any]] | None] = None

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        # napari hands plugins a proxy that wraps every layer anew, so that no two are the same object.
        self.viewer = getattr(viewer, "__wrapped__", viewer)
        self._closed = self._previewed = False
        self.function = find_step(self.step)
        spec = self.function.spec()
        self.layers = self.result_layers(self.viewer, self.looks)
        self.inputs = Inputs(self.viewer, spec, offer=self._may_be_input, takes=self.takes)
        self.further = self.more_inputs()
        away = (*CHOSEN_WITH_THE_LAYER, *self.hidden)
        self.form = Form(spec, away, self.essentials, self.start, self.words)
        self.settings = SettingsRow(self.form, can_estimate=type(self).estimate is not None)
        self.runs = Runs(self.viewer, self.layers, self)
        shown = self.result_layers(self.viewer, self.looks, preview=True)
        self.preview = Preview(self.viewer, shown, self.layers, self.preview_part, self)
        self.preview_box = QCheckBox(self.no_preview or self.preview_part.words)
        self.preview_box.setChecked(not self.no_preview)
        self.preview_box.setEnabled(not self.no_preview)
        self.progress = ProgressRow(self.runs.runner, self.run_word)
        self.warming = WarmUp(self.function, type(self).warm_up, self)
        self.hand = HandTools(self.viewer, self.by_hand, self.tools())
        plot = self.plot()
        self.review = Review(self.viewer)
        self.outcome = OutcomeBox(self.doubts_page, *self.parts(plot))
        self.carry_on = CarryOn(self.runs, self.outcome, plot, book_of(self.viewer), self.exports)
        self._lay_out()
        self._connect()
        self._on_changed()

    def plot(self) -> QWidget | None:
        """The plot that belongs to the engine; none unless a subclass has one."""
        return None

    def more_inputs(self) -> Sequence[QWidget]:
        """What else is chosen besides layers, below these."""
        return ()

    def head(self) -> Sequence[QWidget]:
        """What stands above Run: inputs, settings, and whether there is a preview."""
        return (
            self.inputs,
            *self.further,
            self.form.native,
            self.settings,
            self.preview_box,
            self.warming.note,
        )

    def tools(self) -> Sequence[QPushButton]:
        """Buttons of the dock's own for correcting by hand."""
        return ()

    def parts(self, plot: QWidget | None) -> Sequence[QWidget | None]:
        """What stands below the sentence about what came out."""
        return (plot, self.hand if self.by_hand else None)

    def exports(self, finished: Finished) -> list[Export]:
        """What can be written besides tables, images and the plot."""
        return []

    def describe(self, result: Any) -> str:
        """What came out, in a sentence."""
        return str(result.summary()) if hasattr(result, "summary") else "Done"

    def doubtful(self, result: Any) -> pd.DataFrame | str:
        """What a result is least sure of, to be reviewed, or why it cannot be; a subclass knows.

        Returns
        -------
        pandas.DataFrame or str
            With the columns that `specks.ui.candidates.Candidates.of` takes; or a reason, empty where
            there never is anything to review.
        """
        return ""

    def settled(self, request: Request) -> Request:
        """A request whose preview shows what its run will do: what follows from axes that a plane lacks is said."""
        return request

    def show_result(self, finished: Finished) -> None:
        """Called after a run, a refit or a preview: a subclass brings its plot up to date here."""

    @property
    def request(self) -> Request:
        """What Run would run now."""
        hand = self.hand.corrections
        return Request(self.function, self.inputs.views, self.form.values, hand, self.inputs.files)

    @property
    def result(self) -> Any:
        """The last result of a run, or None."""
        return None if self.runs.done is None else self.runs.done.result

    @property
    def stale(self) -> bool:
        """Whether Run would give something else than what is shown."""
        return not self.runs.fresh or self.runs.request.asked != self.request.asked

    def run(self) -> None:
        """Run on everything."""
        if self.progress.run_button.isEnabled():
            self.preview.clear()
            self.runs.start(self.request)

    def _connect(self) -> None:
        self.inputs.edited.connect(self.runs.outdate)
        self.inputs.changed.connect(self.progress.forget)
        self.inputs.changed.connect(self._on_changed)
        self.form.changed.connect(self._on_changed)
        self.settings.said.connect(self.progress.say)
        self.settings.estimate.connect(self._estimate)
        self.preview_box.toggled.connect(self._preview_soon)
        self.preview.shown.connect(self._on_previewed)
        self.preview.said.connect(self._forget_preview)
        self.preview.said.connect(self.progress.say)
        self.progress.run.connect(self.run)
        self.runs.finished.connect(self._on_finished)
        self.runs.runner.ended.connect(self._on_ended)
        self.hand.changed.connect(self._on_corrected)
        self.carry_on.said.connect(self.progress.say)
        ClosedWatcher(self).closed.connect(self._on_closed)
        follows = Subscriptions()
        follows.add(self.viewer.dims.events, "point", self._preview_soon)
        follows.add(self.viewer.dims.events, "ndisplay", self._preview_soon)
        follows.add(self.viewer.dims.events, "order", self._preview_soon)
        self.destroyed.connect(lambda: follows.close())

    def _may_be_input(self, layer: Layer) -> bool:
        return is_material(layer) and not any(layer is own for own in self.layers)

    def _on_changed(self) -> None:
        main = next(iter(self.inputs.views.values()), None)
        self.hand.work_on(main)
        if self.review.layer is not None and (main is None or main.layer is not self.review.layer):
            self.review.refuse("")  # it was about another layer
        self.form.set_length_unit("px" if main is None else unit_symbol(main.geometry.length_unit))
        faults = self.form.faults
        self.progress.allow(self.inputs.reason or (faults[0] if faults else None))
        self._warn()
        self._preview_soon()

    def _warn(self) -> None:
        """What is shown may be about other things than what is chosen: that must not go unsaid."""
        self.outcome.warn("" if self._previewed or self.runs.done is None else self._outdated())

    def _outdated(self) -> str:
        """Why Run would give something else than what is shown, in a sentence; empty where it would not."""
        views, shown = self.inputs.views, self.runs.request.main.layer
        again = f"<b>{self.run_word}</b> brings this up to date."
        if shown not in self.viewer.layers:
            return "The layer that this is about is gone."
        if views and next(iter(views.values())).layer is not shown:
            return f'This is about layer "{escape(shown.name)}".'
        if not self.runs.fresh:
            return f"The layer has changed since. {again}"
        return f"The settings have changed since. {again}" if views and self.stale else ""

    def _preview_soon(self, *_: Any) -> None:
        """Ask for a preview where there is something new to see; else take it away."""
        if not self._wants_preview():
            self.preview.clear()
            self._forget_preview()
        else:
            self.preview.ask(lambda: self.settled(self.request) if self._wants_preview() else None)

    def _wants_preview(self) -> bool:
        ready = self.progress.run_button.isEnabled() and not self.runs.runner.busy and not self._closed
        return self.preview_box.isChecked() and not self.no_preview and ready and self.stale

    def _forget_preview(self, *_: Any) -> None:
        """Say again what came out of the last run."""
        if self._previewed and self.runs.done is not None:
            self._tell(self.runs.done)

    def _on_previewed(self, finished: Finished, where: str) -> None:
        self._previewed = True
        self.outcome.say(f"{where}: {self.describe(finished.result)}")
        self._warn()
        self._offer_review(finished, self.preview.plane, self.preview.whole)
        self.show_result(finished)

    def _on_finished(self, finished: Finished) -> None:
        self.outcome.allow(True)
        self._tell(finished)
        self._preview_soon()

    def _on_ended(self, outcome: Outcome) -> None:
        """What is shown and what was corrected must not differ unsaid."""
        if outcome.state is State.CANCELLED and self.runs.behind:
            self.progress.say("Cancelled; the last corrections are not in the result. Run takes them in")

    def _tell(self, finished: Finished) -> None:
        self._previewed = False
        self.outcome.say(self.describe(finished.result))
        self._warn()
        self._offer_review(finished, self.runs.request, self.runs.request)
        self.show_result(finished)

    def _offer_review(self, finished: Finished, request: Request, whole: Request) -> None:
        found = self.doubtful(finished.result)
        if isinstance(found, str):
            self.review.refuse(found)
        else:
            candidates = Candidates.of(found, request.main, whole.main)
            settled = self.settled(whole).values
            values = {name: value for name, value in settled.items() if name not in self.cutting}
            self.review.show_candidates(candidates, whole.main.layer, (request.views, values))

    def _on_corrected(self) -> None:
        """Take the corrections into the result, or into the preview while there is none."""
        if self.stale:
            self._preview_soon()
        else:
            self.runs.refit(self.request)

    def _estimate(self) -> None:
        if not self.inputs.reason:
            self.runs.estimate(type(self).estimate, self.request, self._use)

    def _use(self, found: Estimate) -> None:
        self.form.update(found.values)
        self.progress.say(found.sentence)

    def _on_closed(self) -> None:
        self._closed = True
        self.review.stop()
        self.warming.cancel()
        self.runs.cancel()
        self.preview.clear()

    def showEvent(self, event: QShowEvent) -> None:
        """napari shows a closed dock again when it is asked for: go on where it was left."""
        super().showEvent(event)
        self.warming.start()
        if self._closed:
            self._closed = False
            if self.runs.behind and not self.stale:
                self.runs.refit(self.request)
            self._preview_soon()

    def _lay_out(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(6, 6, 6, 6)
        # The review stands above the sentence, whose length changes with every answer: else it would move away
        # from the mouse.
        for part in (*self.head(), self.progress, self.review, self.outcome):
            column.addWidget(part)
        column.addStretch()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(Page(content))
