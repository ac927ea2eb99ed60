"""The fit around a point as it is dragged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from qtpy.QtCore import QObject, Signal

from specks._core.corrections import Corrections
from specks._core.progress import Steps
from specks.refinement import Refined, refine
from specks.ui.jobs import Job, JobRunner, Outcome, State
from specks.ui.refine_scene import RefineScene

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LiveFit"]

Floats = npt.NDArray[np.float64]

#: Modes in which a value is shared by more features than those of a cluster: it stays as it is meanwhile.
SHARED = ("global", "frame")
#: How far the fit looks around the point, and how near to the end of that the point may come, in separations.
FAR, NEAR = 8.0, 2.0


@dataclass(frozen=True, eq=False)
class Window:
    """A part of a frame, and the features in it.

    Parameters
    ----------
    scene : RefineScene
    frame, row : int
        The row is that of the point that is dragged.
    center : array (axes,)
        Where it was when this part was cut out.
    low, high : array (axes,)
        First and last pixel, and one more.
    rows : array of int
        Of the table.
    """

    scene: RefineScene
    frame: int
    row: int
    center: Floats
    low: npt.NDArray[np.int64]
    high: npt.NDArray[np.int64]
    rows: npt.NDArray[np.intp]

    @classmethod
    def around(cls, scene: RefineScene, frame: int, row: int, center: Floats) -> Window:
        """The part of a frame around a place."""
        reach = FAR * np.asarray(scene.refined.known.plan.settings.separation)
        shape = np.array(scene.view.source.shape[-len(center) :])
        low = np.clip(np.floor(center - reach), 0, shape).astype(np.int64)
        high = np.clip(np.ceil(center + reach) + 1, 0, shape).astype(np.int64)
        rows = scene.rows_of(frame)
        inside = ((scene.starts[rows] >= low - 0.5) & (scene.starts[rows] < high - 0.5)).all(axis=1)
        return cls(scene, frame, row, center, low, high, rows[inside | (rows == row)])

    def holds(self, place: Floats) -> bool:
        """Whether a fit of the point at a place would see all that it touches."""
        reach = (FAR - NEAR) * np.asarray(self.scene.refined.known.plan.settings.separation)
        return bool((np.abs(place - self.center) <= reach).all())

    def pixels(self) -> npt.NDArray[Any]:
        """The part of the image."""
        view = self.scene.view
        part = [slice(int(a), int(b)) for a, b in zip(self.low, self.high, strict=True)]
        source, timed = view.source, "t" in view.axes
        pixels = source.read(tuple([slice(self.frame, self.frame + 1)] * timed + part))
        return pixels[0] if timed else pixels

    def table(self, values: Mapping[str, Any]) -> pd.DataFrame:
        """Where fits begin, with what was found of values that are shared."""
        scene, rows = self.scene, self.rows
        known, found = scene.refined.known.edited.iloc[rows], scene.table.iloc[rows]
        shared = [name for name in found.columns if name in ("size", "size_z", "size_y", "size_x")]
        shared += ["signal"] if values.get("signal") in SHARED else []
        table = known.drop(columns=[name for name in ("frame",) if name in known])
        starts = np.where((rows == self.row)[:, None], self.center, scene.starts[rows]) - self.low
        table[scene.letters] = starts
        return table.assign(**{name: found[name] for name in shared})

    def changed(self, base: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
        """The rows of the result, but for those that were fitted otherwise than in `base`."""
        letters, part = self.scene.letters, self.scene.table.iloc[self.rows].copy()
        touched = (base[letters].to_numpy() != now[letters].to_numpy()).any(axis=1) | (self.rows == self.row)
        fitted = now.assign(**{letter: now[letter] + a for letter, a in zip(letters, self.low, strict=True)})
        names = [name for name in part.columns if name in fitted and name != "frame"]
        part.loc[touched, names] = fitted.loc[touched, names]
        return part


class LiveFit(QObject):
    """Fits with one point elsewhere, again and again; of what is asked meanwhile only the last counts.

    Only clusters that the point touches are fitted. Values that all features share stay as they are until the
    point is let go.

    Attributes
    ----------
    fitted : Signal
        With rows of the result, and the table of these.
    """

    fitted = Signal(object, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.runner = JobRunner(self)
        self.runner.ended.connect(self._next)
        self._window: Window | None = None
        self._values: Mapping[str, Any] = {}
        self._base: Refined | None = None
        self._asked: Floats | None = None

    @property
    def ready(self) -> bool:
        """Whether a move is fitted at once."""
        return self._base is not None and not self.runner.busy

    def begin(self, scene: RefineScene, values: Mapping[str, Any], frame: int, row: int) -> None:
        """Make ready to drag the point of a row.

        Parameters
        ----------
        scene : RefineScene
        values : mapping
            Settings with which its result was fitted.
        frame, row : int
        """
        self._values, self._asked = values, None
        self._open(Window.around(scene, frame, row, scene.positions[row]))

    def move(self, place: Floats) -> None:
        """Fit with the point beginning at a place."""
        self._asked = np.asarray(place, float)
        self._next()

    def end(self) -> None:
        """Forget the point."""
        self._window = self._base = self._asked = None
        self.runner.cancel()

    def _open(self, window: Window) -> None:
        self._window, self._base = window, None
        settings = live_values(window.scene, self._values)
        table = window.table(self._values)

        def fit() -> Refined:
            return refine(table, window.pixels(), **settings)

        def ended(outcome: Outcome) -> None:
            if outcome.state is State.DONE and self._window is window:
                self._base = outcome.result

        self.runner.start(Job(lambda: lambda: _at_once(fit), lambda news: None, ended))

    def _next(self, *_: Any) -> None:
        window, base, place = self._window, self._base, self._asked
        if self.runner.busy or window is None or base is None or place is None:
            return
        if not window.holds(place):
            self._open(Window.around(window.scene, window.frame, window.row, place))
            return
        self._asked = None
        start, new = ((at - window.low).tolist() for at in (window.center, place))
        log = Corrections().add("point_move", frame=0, position=start, new=new)

        def ended(outcome: Outcome) -> None:
            if outcome.state is State.DONE and self._window is window:
                self.fitted.emit(window.rows, window.changed(base.table, outcome.result.table))

        self.runner.start(Job(lambda: lambda: _at_once(lambda: base.refit(log)), lambda news: None, ended))


def _at_once(fit: Callable[[], Refined]) -> Steps[Refined]:
    """A job that says nothing on its way: to show what it said would take longer than the fit."""
    yield from ()
    return fit()


def live_values(scene: RefineScene, values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings under which clusters share nothing with each other, with the diameter that was found."""
    spec, known = refine.spec(), scene.refined.known.plan.settings
    settings = {**values, "diameter": known.diameter, "axes": "".join(scene.letters)}
    for name in ("size", "signal"):
        if settings.get(name, spec.param(name).default) in SHARED:
            settings[name] = "const"
    modes = settings.get("param_mode")
    if modes:
        settings["param_mode"] = {name: "const" if mode in SHARED else mode for name, mode in modes.items()}
    return settings
