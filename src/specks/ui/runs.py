"""What happens between Run and the layers: one request at a time, its result shown in place."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any

from napari.components import ViewerModel
from napari.layers import Layer
from qtpy.QtCore import QObject, Signal

from specks._core.corrections import Corrections
from specks._core.progress import Progress
from specks.ui.jobs import Job, JobRunner, Outcome, State
from specks.ui.request import Estimate, Finished, Request
from specks.ui.results import ResultLayers
from specks.ui.shelf import shelf_of
from specks.ui.subscriptions import Subscriptions

__all__ = ["Runs"]


class Runs(QObject):
    """Run requests of one dock and show what comes of them.

    Parameters
    ----------
    viewer : napari viewer
    layers : ResultLayers
    parent : QObject

    Attributes
    ----------
    finished : Signal
        With the `Finished` of a run or a refit, after its layers are there.
    request, done : Request, Finished or None
        The last that ended well.
    fresh : bool
        Whether its inputs are still as they were then.
    behind : bool
        Whether there are corrections that it lacks, because a refit was cancelled or failed.
    """

    finished = Signal(object)

    def __init__(self, viewer: ViewerModel, layers: ResultLayers, parent: QObject) -> None:
        super().__init__(parent)
        self.layers = layers
        self.runner = JobRunner(self)
        self.request: Request | None = None
        self.done: Finished | None = None
        self.fresh = self.behind = self._current = False
        self._running: Request | None = None
        watched = Subscriptions()
        watched.add(viewer.layers.events, "removing", self._on_removing)
        self._viewer = viewer
        self.destroyed.connect(lambda: watched.close())

    def start(self, request: Request) -> None:
        """Run a request; one that runs is cancelled first."""
        self._submit(request, lambda out: request.run(out))

    def refit(self, request: Request) -> None:
        """Take the last result with other corrections; only what they touch is computed again.

        Parameters
        ----------
        request : Request
            The request of the last result with the new corrections.
        """
        before = self.done
        if before is None:
            return

        def steps(_: Any) -> Generator[Progress, None, Finished]:
            yield Progress(0, 0, "Refitting")
            return (yield from _refitted(before, request.corrections))

        self._submit(request, steps, whole=False)

    def estimate(
        self,
        estimate: Callable[[Request], Estimate],
        request: Request,
        use: Callable[[Estimate], None],
    ) -> None:
        """Find settings from the data, beside the window, and hand them to `use`."""

        def steps() -> Generator[Progress, None, Estimate]:
            yield Progress(0, 0, "Estimating")
            return estimate(request)

        def ended(outcome: Outcome) -> None:
            if outcome.state is State.DONE:
                use(outcome.result)

        self.runner.start(Job(lambda: steps, lambda news: None, ended))

    def take_up(self, request: Request, finished: Finished, layers: Mapping[str, Layer]) -> None:
        """Go on from a result that is there already, as if it had just been run.

        Parameters
        ----------
        request : Request
            That gives it.
        finished : Finished
        layers : mapping of str to Layer
            Where its outputs are shown.
        """
        self.layers.take_up(layers)
        self.request, self.done, self.fresh = request, finished, True
        shelf_of(self._viewer).put(request, finished)
        self.finished.emit(finished)

    def adopt(self, request: Request, finished: Finished) -> None:
        """Show a result that was not run here, as if it had been.

        Parameters
        ----------
        request : Request
            That gives it.
        finished : Finished
        """
        self.layers.finish(request, finished.result, finished.provenance)
        self.take_up(request, finished, dict(self.layers.items()))

    def outdate(self) -> None:
        """Note that an input changed after the last run, and after one began that goes on."""
        self.fresh = self._current = False

    def cancel(self) -> None:
        """End what runs."""
        self.runner.cancel()

    def _submit(
        self,
        request: Request,
        steps: Callable[[Any], Generator[Progress, None, Finished]],
        whole: bool = True,
    ) -> None:
        def prepare() -> Callable[[], Generator[Progress, None, Finished]]:
            self._running = None  # laying out the outputs may take away layers of the last run
            out = self.layers.begin(request) if whole else {}
            self._running, self._current = request, True
            return lambda: steps(out)

        def ended(outcome: Outcome) -> None:
            if outcome.state is not State.DONE:
                self.layers.stop()
                self.behind = self.behind or not whole
                return
            self.layers.finish(request, outcome.result.result, outcome.result.provenance)
            self.request, self.done, self.behind = request, outcome.result, False
            self.fresh = self._current
            shelf_of(self._viewer).put(request, outcome.result)
            self.finished.emit(outcome.result)

        self.runner.start(Job(prepare, self.layers.show, ended))

    def _on_removing(self, event: Any) -> None:
        """A job whose input or result goes is of no use any more."""
        if not self.runner.busy or self._running is None:
            return
        layer = self._viewer.layers[event.index]
        used = [view.layer for view in self._running.views.values()]
        if any(layer is one for one in [*used, *self.layers]):
            self.cancel()


def _refitted(before: Finished, corrections: Corrections) -> Generator[Progress, None, Finished]:
    """A result with other corrections; with progress on the way when it says some."""
    if hasattr(before.result, "refitting"):
        result = yield from before.result.refitting(corrections)
    else:
        result = before.result.refit(corrections)
    return Finished(result, getattr(result, "provenance", before.provenance))
