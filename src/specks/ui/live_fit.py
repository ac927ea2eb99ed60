"""The fit of one frame as a point of it is dragged."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

from specks._core.corrections import Corrections
from specks._core.progress import Progress, Steps
from specks.refinement import Refined, refine
from specks.ui.jobs import Job, JobRunner, Outcome, State
from specks.ui.refine_scene import RefineScene

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LiveFit"]

#: Modes in which a value is shared by more features than those of a cluster: it stays as it is meanwhile.
SHARED = ("global", "frame")


class LiveFit(QObject):
    """Fits a frame with one point elsewhere, again and again; of what is asked meanwhile only the last counts.

    Only clusters that the point touches are fitted. Values that all features share stay as they are until the
    point is let go.

    Attributes
    ----------
    fitted : Signal
        With the rows of the result that lie in the frame, and the table of these.
    """

    fitted = Signal(object, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.runner = JobRunner(self)
        self.runner.ended.connect(self._next)
        self._scene: RefineScene | None = None
        self._values: Mapping[str, Any] = {}
        self._frame = 0
        self._base: Refined | None = None
        self._asked: tuple[list[float], list[float]] | None = None

    def begin(self, scene: RefineScene, values: Mapping[str, Any], frame: int) -> None:
        """Make ready for a frame.

        Parameters
        ----------
        scene : RefineScene
        values : mapping
            Settings with which its result was fitted.
        frame : int
        """
        self._scene, self._values, self._frame = scene, values, frame
        self._base = self._asked = None
        table, settings = frame_table(scene, frame, values), live_values(scene, values)
        view = scene.view.at("t", frame) if "t" in scene.view.axes else scene.view
        images = view.source

        def steps() -> Steps[Refined]:
            return refine.iterate(table, images, **settings)

        def ended(outcome: Outcome) -> None:
            if outcome.state is State.DONE and self._scene is scene:
                self._base = outcome.result

        self._run(steps, ended)

    def move(self, start: list[float], new: list[float]) -> None:
        """Fit with the point that began at `start` beginning at `new`."""
        self._asked = (start, new)
        self._next()

    def end(self) -> None:
        """Forget the frame."""
        self._scene = self._base = self._asked = None
        self.runner.cancel()

    def _next(self, *_: Any) -> None:
        if self.runner.busy or self._asked is None or self._base is None:
            return
        (start, new), self._asked = self._asked, None
        base, scene = self._base, self._scene
        log = Corrections().add("point_move", frame=0, position=start, new=new)

        def ended(outcome: Outcome) -> None:
            if outcome.state is State.DONE and self._scene is scene and scene is not None:
                self.fitted.emit(scene.rows_of(self._frame), outcome.result.table)

        self._run(lambda: base.refitting(log), ended)

    def _run(
        self, steps: Callable[[], Generator[Progress, None, Any]], ended: Callable[[Outcome], None]
    ) -> None:
        self.runner.start(Job(lambda: steps, lambda news: None, ended))


def frame_table(scene: RefineScene, frame: int, values: Mapping[str, Any]) -> pd.DataFrame:
    """Where fits of a frame begin, with what was found of values that are shared."""
    rows = scene.rows_of(frame)
    known, found = scene.refined.known.edited.iloc[rows], scene.table.iloc[rows]
    shared = [name for name in found.columns if name.split("_")[0] == "size" and not name.endswith("_std")]
    shared += ["signal"] if values.get("signal") in SHARED else []
    table = known.drop(columns=[name for name in ("frame",) if name in known])
    return table.assign(**{name: found[name] for name in shared})


def live_values(scene: RefineScene, values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings under which clusters share nothing with each other, with the diameter that was found."""
    spec, known = refine.spec(), scene.refined.known.plan.settings
    settings = {**values, "diameter": known.diameter}
    for name in ("size", "signal"):
        if settings.get(name, spec.param(name).default) in SHARED:
            settings[name] = "const"
    modes = settings.get("param_mode")
    if modes:
        settings["param_mode"] = {name: "const" if mode in SHARED else mode for name, mode in modes.items()}
    return settings
