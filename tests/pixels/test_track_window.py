"""The docks Track and Voids in the real window: tracks lie on their objects, and nothing is cut off."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cut_off import fits, parts
from tracked_squares import OVER_THE_GAP, PLACED, squares

pytestmark = pytest.mark.window

#: Numbers of the squares of `squares` by where they are in a frame (y, x in pixels).
GROWING, GONE, CUT = (31.5, 31.5), (62.5, 22.5), (12.5, 1.5)


@pytest.fixture
def opened(make_napari_viewer_proxy, qtbot) -> Any:
    """Opens a dock on squares in a shown window, and runs it."""
    made = []

    def open_dock(name: str, **settings: Any) -> tuple[Any, Any, Any]:
        viewer = make_napari_viewer_proxy(show=True)
        layer = viewer.add_labels(squares(), name="squares", **PLACED)
        _, dock = viewer.window.add_plugin_dock_widget("specks", name)
        dock = getattr(dock, "__wrapped__", dock)
        dock.preview_box.setChecked(False)
        qtbot.waitExposed(dock)
        dock.form.update(settings)
        dock.run()
        qtbot.waitUntil(lambda: not dock.runs.runner.busy, timeout=120_000)
        assert dock.result is not None, dock.progress.message.text()
        made.append(dock)
        return viewer, dock, layer

    yield open_dock
    for dock in made:
        dock.runs.cancel()
        qtbot.waitUntil(lambda d=dock: not (d.runs.runner.busy or d.warming.runner.busy), timeout=120_000)


def shot(viewer: Any, qtbot: Any) -> np.ndarray:
    """What is on the canvas."""
    qtbot.wait(250)
    return viewer.screenshot(canvas_only=True, flash=False)[..., :3].astype(int)


def drawn(picture: np.ndarray) -> np.ndarray:
    """Pixels of the canvas on which something is."""
    return np.abs(picture - picture[2, 2]).sum(axis=-1) > 60


def on_canvas(viewer: Any, layer: Any, place: tuple[float, float], shape: tuple[int, ...]) -> np.ndarray:
    """Where a place of the layer lies in a picture of the canvas, by camera and size alone."""
    camera = viewer.scene.camera
    world = np.array(layer.data_to_world((0, *place))[-2:])
    return np.array(shape[:2]) / 2 - 0.5 + (world - np.array(camera.center[-2:])) * camera.zoom


def only(viewer: Any, dock: Any, ending: str) -> None:
    """Show one layer, and no circle."""
    dock.circle.show(False)
    for layer in viewer.layers:
        layer.visible = layer.name.endswith(ending)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_track_is_drawn_along_the_way_of_its_object(opened, qtbot, theme) -> None:
    viewer, dock, layer = opened("Track", search_range=3.0)
    viewer.theme = theme
    viewer.dims.set_current_step(0, 7)
    only(viewer, dock, "tracks")
    picture = shot(viewer, qtbot)
    found = np.argwhere(drawn(picture))
    ways = [on_canvas(viewer, layer, (62.5, 22.5 + t), picture.shape) for t in (4, 7)]
    along = found[np.abs(found[:, 0] - ways[0][0]) < 6]
    zoom = viewer.scene.camera.zoom * 0.5
    assert abs(along[:, 1].max() - ways[1][1]) < 3 + zoom
    assert along[:, 1].min() < ways[0][1] + zoom


def test_what_is_inferred_is_a_hollow_ring_in_its_frame_only(opened, qtbot) -> None:
    viewer, dock, layer = opened("Track", search_range=3.0)
    qtbot.waitUntil(lambda: dock.layers.get("inferred") is not None, timeout=10_000)
    only(viewer, dock, "inferred")
    viewer.dims.set_current_step(0, 3)
    picture = shot(viewer, qtbot)
    ring = np.argwhere(drawn(picture))
    center = on_canvas(viewer, layer, (62.5, 25.5), picture.shape)
    assert np.abs((ring.max(axis=0) + ring.min(axis=0)) / 2 - center).max() <= 2
    width = 2 * np.sqrt(36 / np.pi) * 0.5 * viewer.scene.camera.zoom
    assert np.abs(np.ptp(ring, axis=0) - width).max() < 0.25 * width
    assert not drawn(picture)[tuple(np.round(center).astype(int))], "hollow"
    viewer.dims.set_current_step(0, 4)
    assert not drawn(shot(viewer, qtbot)).any()


def test_the_picked_track_has_a_ring_that_goes_with_it(opened, qtbot) -> None:
    viewer, dock, layer = opened("Track", search_range=3.0)
    dock.hand.log.add("link_forbid", **OVER_THE_GAP)
    qtbot.waitUntil(lambda: dock.result.table["particle"].nunique() == 4, timeout=10_000)
    rows = dock.result.table
    row = rows[(rows["frame"] == 0) & (np.abs(rows["y"] - GONE[0]) < 1)]
    dock.picked.pick(int(row["particle"].iloc[0]))
    only(viewer, dock, "nothing")
    for t in (0, 2):
        viewer.dims.set_current_step(0, t)
        picture = shot(viewer, qtbot)
        ring = np.argwhere(drawn(picture))
        center = on_canvas(viewer, layer, (GONE[0], GONE[1] + t), picture.shape)
        assert np.abs((ring.max(axis=0) + ring.min(axis=0)) / 2 - center).max() <= 2
    viewer.dims.set_current_step(0, 3)
    assert not drawn(shot(viewer, qtbot)).any(), "the track ends before the gap"


def test_a_real_click_picks_what_lies_under_the_mouse(opened, qtbot) -> None:
    from qtpy.QtCore import QPoint, Qt
    from qtpy.QtWidgets import QWidget

    viewer, dock, layer = opened("Track", search_range=3.0)
    viewer.dims.set_current_step(0, 2)
    qtbot.wait(200)
    canvas = next(
        w for w in dock.window().findChildren(QWidget) if type(w).__name__ == "CanvasBackendDesktop"
    )
    y, x = on_canvas(viewer, layer, GROWING, (canvas.height(), canvas.width()))
    qtbot.mouseMove(canvas, QPoint(round(x), round(y)))
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(round(x), round(y)))
    rows = dock.result.table
    row = rows[(rows["frame"] == 2) & (np.abs(rows["y"] - GROWING[0]) < 1)]
    assert dock.picked.particle == int(row["particle"].iloc[0])


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize(
    ("name", "settings"), [("Track", {"search_range": 3.0}), ("Voids", {"min_size": 4, "min_frames": 3})]
)
def test_at_260_pixels_nothing_is_cut_off(opened, qtbot, name, settings, theme) -> None:
    viewer, dock, _ = opened(name, **settings)
    viewer.theme = theme
    dock.picked.pick(int(dock.panel.table.particles[0]))
    dock.form.folded.expand()
    dock.parentWidget().setFixedWidth(260)
    qtbot.waitUntil(lambda: dock.width() <= 260, timeout=5000)
    qtbot.wait(200)
    assert len(parts(dock)) > 20
    fits(dock, qtbot)


@pytest.mark.parametrize(
    ("name", "settings"), [("Track", {"search_range": 3.0}), ("Voids", {"min_size": 4, "min_frames": 3})]
)
def test_the_dock_opens_as_wide_as_what_stands_in_it(opened, qtbot, name, settings) -> None:
    from qtpy.QtWidgets import QScrollArea

    _, dock, _ = opened(name, **settings)
    assert dock.findChild(QScrollArea).horizontalScrollBar().maximum() == 0
    assert dock.minimumSizeHint().width() <= 260
    fits(dock, qtbot)


@pytest.mark.parametrize("how", ["dock", "viewer"])
def test_the_sheet_of_plots_closes_with_its_dock(opened, qtbot, how) -> None:
    viewer, dock, _ = opened("Voids", min_size=4, min_frames=3)
    dock.figures.open_sheet()
    sheet = dock.figures.sheet
    qtbot.waitUntil(lambda: len(dock.figures.sheet.plots) == 10, timeout=10_000)
    closed: list[bool] = []
    sheet.destroyed.connect(lambda: closed.append(True))
    dock.parentWidget().close() if how == "dock" else viewer.close()
    del sheet
    qtbot.waitUntil(lambda: bool(closed), timeout=5000)
