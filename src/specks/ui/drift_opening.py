"""Open a drift that was stored, to correct it further or to take it off another layer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFileDialog

from specks._core.errors import InputError
from specks._core.progress import Progress, Steps
from specks._core.words import counted
from specks.drift import Drift
from specks.ui.layer_view import LayerView
from specks.ui.opening import Opening

__all__ = ["OpenDrift", "drift_for"]


class OpenDrift(Opening):
    """A button that reads a drift.

    Attributes
    ----------
    opened : Signal
        With the path and the `Drift`.
    """

    opened = Signal(object, object)

    def __init__(self) -> None:
        super().__init__(
            "Open a drift…",
            "Open a drift that was stored, and hold the layer that is chosen still by it: to correct it further, or "
            "to take it off another channel or series",
        )

    def ask(self) -> str:
        """A file."""
        name, _ = QFileDialog.getOpenFileName(self, "Open a drift", "", "Drifts (*.json *.csv)")
        return str(name)

    @staticmethod
    def reading(path: Path) -> Steps[Drift]:
        """The drift."""
        yield Progress(0, 0, f"Opening {path.name}")
        return Drift.load(path)

    def show_found(self, path: Path, found: Drift) -> None:
        """Hand it on."""
        self.opened.emit(path, found)


def drift_for(drift: Drift, view: LayerView) -> Drift:
    """A stored drift, as if it had been estimated from a layer.

    Raises
    ------
    InputError
        When it is of another number of frames, or moves along an axis that the layer lacks.
    """
    frames, count, name = len(drift.table), view.frame_count, view.layer.name
    if frames != count:
        raise InputError(f'this drift is of {counted(frames, "frame")}, but layer "{name}" has {count}')
    missing = [axis for axis in drift.axes if axis not in view.axes]
    if missing:
        raise InputError(
            f'this drift moves along {", ".join(drift.axes)}; layer "{name}" has no {missing[0]}'
        )
    # Where the layer is looked at is said by its view.
    settings = {key: value for key, value in drift.settings.items() if key not in ("axes", "channel")}
    return replace(drift, source=view.source, settings=settings)
