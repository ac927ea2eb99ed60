"""What a fit says of the frame in view: model, residual, and outlines of clusters, drawn when asked for."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from napari.components import ViewerModel
from napari.layers import Image, Layer, Shapes
from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QCheckBox, QGridLayout, QWidget

from specks._core.progress import Progress, Steps
from specks.ui.cluster_outlines import outlines_of
from specks.ui.jobs import Job, JobRunner, Outcome, State
from specks.ui.layer_view import LayerView
from specks.ui.picture import LESS, MORE, SAME
from specks.ui.progress_row import sentence_of
from specks.ui.refine_request import fit_number
from specks.ui.refine_scene import RefineScene
from specks.ui.results import KEY
from specks.ui.subscriptions import Subscriptions
from specks.ui.transforms import move_to

__all__ = ["FramePictures"]

#: What can be shown: words, and a tooltip.
SHOWN = {
    "model": ("Model", "What the fit says that this frame looks like"),
    "residual": (
        "Residual",
        "What this frame shows beyond the model: red where it is brighter, blue where darker",
    ),
    "clusters": ("Clusters", "Outlines around features that touch and are fitted together"),
}
IN_PLANES = "Outlines are drawn of planes only, not of volumes"
OUTLINE = "#c8a2ff"
#: Half range of the colors of a residual: what so many of a thousand pixels do not exceed.
WITHIN = 99.5
#: Outlines that are drawn at most: napari takes a blink for so many.
MOST = 300
WAIT_MS = 60


class FramePictures(QWidget):
    """Switches for pictures of the frame in view; they follow the slider of time and the result.

    Parameters
    ----------
    viewer : napari viewer

    Attributes
    ----------
    said : Signal
        With a sentence on why something is not shown.
    boxes : dict of str to QCheckBox
        By what they show.
    """

    said = Signal(str)

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        self._viewer = viewer
        self._scene: RefineScene | None = None
        self._layers: dict[str, weakref.ref[Layer]] = {}
        self._drawn: dict[str, tuple[RefineScene, int]] = {}
        self.runner = JobRunner(self)
        self.boxes = {name: QCheckBox(words) for name, (words, _) in SHOWN.items()}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        for i, (name, box) in enumerate(self.boxes.items()):
            box.setToolTip(f"<qt>{SHOWN[name][1]}</qt>")
            box.toggled.connect(self._on_toggled)
            grid.addWidget(box, i // 2, i % 2)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WAIT_MS)
        self._timer.timeout.connect(self._draw)
        self.runner.ended.connect(self._again)
        follows = Subscriptions()
        follows.add(viewer.dims.events, "point", self._soon)
        follows.add(viewer.layers.events, "removed", self._on_removed)
        self.destroyed.connect(lambda: follows.close())

    def layer(self, name: str) -> Layer | None:
        """The layer of a picture, unless it was removed."""
        layer = self._layers[name]() if name in self._layers else None
        return layer if layer is not None and layer in self._viewer.layers else None

    def follow(self, scene: RefineScene | None) -> None:
        """Draw another result; of none there are no pictures."""
        self._scene = scene
        if scene is None:
            self.close_pictures()
        flat = scene is None or "z" not in scene.letters
        self.boxes["clusters"].setEnabled(flat)
        self.boxes["clusters"].setToolTip(f"<qt>{SHOWN['clusters'][1] if flat else IN_PLANES}</qt>")
        if not flat:
            self.boxes["clusters"].setChecked(False)
        self._soon()

    def close_pictures(self) -> None:
        """Take the layers away; the switches stay as they are."""
        self._timer.stop()
        self.runner.cancel()
        for name in SHOWN:
            self._remove(name)

    def _wanted(self) -> list[str]:
        return [name for name, box in self.boxes.items() if box.isChecked()]

    def _on_toggled(self, *_: Any) -> None:
        for name, box in self.boxes.items():
            if not box.isChecked():
                self._remove(name)
        self._soon()

    def _remove(self, name: str) -> None:
        layer = self.layer(name)
        self._layers.pop(name, None)
        self._drawn.pop(name, None)
        if layer is not None:
            self._viewer.layers.remove(layer)

    def _on_removed(self, event: Any) -> None:
        """Who throws a layer away does not want to see it any more."""
        for name, held in list(self._layers.items()):
            if held() is event.value:
                del self._layers[name]
                self.boxes[name].setChecked(False)

    def _soon(self, *_: Any) -> None:
        if self._wanted():
            self._timer.start()

    def _again(self, *_: Any) -> None:
        """Go on where the slider has been moved meanwhile."""
        if self._due():
            self._soon()

    def _due(self) -> list[str]:
        """What is shown of another frame or result than it should."""
        scene = self._scene
        frame = None if scene is None else scene.frame(self._viewer)
        if scene is None or frame is None:
            return []
        return [name for name in self._wanted() if self._drawn.get(name) != (scene, frame)]

    def _draw(self) -> None:
        due, scene = self._due(), self._scene
        if not due or self.runner.busy or scene is None or scene.layer not in self._viewer.layers:
            return
        frame = scene.frame(self._viewer)
        assert frame is not None
        radius = scene.refined.known.plan.settings.radius[-len(scene.letters) :]
        makers: Mapping[str, Callable[[], Any]] = {
            "model": lambda: scene.refined.model(fit_number(scene.refined, frame)),
            "residual": lambda: scene.refined.residual(fit_number(scene.refined, frame)),
            "clusters": lambda: _outlines(scene, frame, radius),
        }

        def steps() -> Steps[dict[str, Any]]:
            made = {}
            for i, name in enumerate(due):
                yield Progress(i, len(due), "Drawing")
                made[name] = makers[name]()
            return made

        def ended(outcome: Outcome) -> None:
            for name in due:  # what failed once would fail again
                self._drawn[name] = (scene, frame)
            if outcome.state is State.FAILED:
                self.said.emit(sentence_of(outcome))
            elif outcome.state is State.DONE:
                view = scene.view.at("t", frame) if "t" in scene.view.axes else scene.view
                for name, made in outcome.result.items():
                    if self.boxes[name].isChecked():
                        self._show(name, made, view)

        self.runner.start(Job(lambda: steps, lambda news: None, ended))

    def _show(self, name: str, made: Any, view: LayerView) -> None:
        layer, placed = self.layer(name), view.placed()
        data = _lines(made, view) if name == "clusters" else view.expand(made)
        if name == "clusters" and len(data) > MOST:
            self.said.emit(f"Only {MOST} of {len(data)} clusters are outlined")
            data = data[:MOST]
        if layer is not None and layer.ndim == view.layer.ndim:
            if isinstance(layer, Shapes):
                layer.selected_data = set()
                layer.data = []
                layer.add_paths(data, **_pen())
            else:
                layer.data = data
            move_to(layer, placed)
            return
        self._remove(name)
        look: dict[str, Any] = {
            "name": f"{view.layer.name} {name}",
            "metadata": {KEY: {"aid": name}},
            **placed,
        }
        if name == "clusters":
            layer = Shapes(ndim=view.layer.ndim, **look)
            layer.add_paths(data, **_pen())
        elif name == "model":
            layer = Image(data, rgb=False, contrast_limits=view.layer.contrast_limits, **look)
        else:
            swing = float(np.nanpercentile(np.abs(made), WITHIN)) or 1.0
            layer = Image(data, rgb=False, contrast_limits=(-swing, swing), colormap=_diverging(), **look)
        self._insert(name, layer, view.layer)

    def _insert(self, name: str, layer: Layer, image: Layer) -> None:
        """Pictures lie above the image and below points; what was selected stays selected."""
        layers = self._viewer.layers
        active = layers.selection.active
        self._layers[name] = weakref.ref(layer)
        layers.insert(layers.index(image) + 1 if isinstance(layer, Image) else len(layers), layer)
        if active is not None:
            layers.selection.active = active


def _outlines(scene: RefineScene, frame: int, radius: npt.NDArray[np.float64]) -> list[Any]:
    rows = scene.rows_of(frame)
    rows = rows[scene.table["cluster_size"].to_numpy()[rows] > 1]
    clusters = scene.table["cluster"].to_numpy(np.int64)[rows]
    return outlines_of(scene.positions[rows], clusters, radius)


def _lines(outlines: list[Any], view: LayerView) -> list[Any]:
    """Lines along all axes of the layer."""
    lines = []
    for outline in outlines:
        line = np.zeros((len(outline), view.layer.ndim))
        line[:, list(view.kept)] = outline
        lines.append(line)
    return lines


def _pen() -> dict[str, Any]:
    return {"edge_color": OUTLINE, "edge_width": 0.4, "face_color": "transparent"}


def _diverging() -> Any:
    from napari.utils import Colormap

    ends = [[channel / 255 for channel in color] for color in (LESS, SAME, MORE)]
    return Colormap(ends, name="specks residual", display_name="residual")
