"""The dock Refine in the real window: rings lie on blobs, failures are seen, and nothing is cut off."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from touching_blobs import PLACED, SETTINGS, SIZE, TRUTH, blobs

pytestmark = pytest.mark.window


@pytest.fixture
def opened(make_napari_viewer_proxy, qtbot) -> Any:
    """Opens the dock on blobs in a shown window, and runs it."""
    made = []

    def open_dock() -> tuple[Any, Any, Any]:
        viewer = make_napari_viewer_proxy(show=True)
        layer = viewer.add_image(blobs(), name="blobs", **PLACED)
        _, dock = viewer.window.add_plugin_dock_widget("specks", "Refine")
        dock = getattr(dock, "__wrapped__", dock)
        dock.preview_box.setChecked(False)
        qtbot.waitExposed(dock)
        for form, values in zip((dock.locating.form, dock.form), SETTINGS, strict=True):
            form.update(values)
        viewer.dims.set_current_step(0, 1)
        made.append(dock)
        dock.hand.log.add("point_add", frame=1, position=[42.0, 42.0])
        dock.run()
        qtbot.waitUntil(lambda: not dock.runs.runner.busy, timeout=270_000)
        assert dock.result is not None, dock.progress.message.text()
        return viewer, dock, layer

    yield open_dock
    for dock in made:
        dock.runs.cancel()
        dock.locating.clear()
        runners = (
            dock.runs.runner,
            dock.warming.runner,
            dock.panel.pictures.runner,
            dock.locating.preview.runner,
        )
        qtbot.waitUntil(lambda r=runners: not any(one.busy for one in r), timeout=270_000)


def shot(viewer: Any, qtbot: Any) -> np.ndarray:
    """What is on the canvas."""
    qtbot.wait(250)
    return viewer.screenshot(canvas_only=True, flash=False)[..., :3].astype(int)


def drawn(picture: np.ndarray) -> np.ndarray:
    """Pixels of the canvas on which something is."""
    return np.abs(picture - picture[2, 2]).sum(axis=-1) > 60


def on_canvas(viewer: Any, layer: Any, place: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Where a place of the layer lies in a picture of the canvas, by camera and size alone."""
    camera = viewer.scene.camera
    world = np.array(layer.data_to_world((0, *place))[-2:])
    return np.array(shape[:2]) / 2 - 0.5 + (world - np.array(camera.center[-2:])) * camera.zoom


def only(viewer: Any, ending: str) -> None:
    for layer in viewer.layers:
        layer.visible = layer.name.endswith(ending)


def around(picture: np.ndarray, center: np.ndarray, reach: float) -> np.ndarray:
    """What is drawn near a place, relative to it."""
    found = np.argwhere(drawn(picture)) - center
    return found[np.abs(found).max(axis=1) < reach]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_ring_as_wide_as_twice_the_size_lies_around_a_blob(opened, qtbot, theme) -> None:
    viewer, _, layer = opened()
    viewer.theme = theme
    only(viewer, "refined")
    picture = shot(viewer, qtbot)
    zoom = viewer.scene.camera.zoom * 0.5
    place = TRUTH[(TRUTH[:, 0] == 1)][2, 1:]  # the one that is alone
    ring = around(picture, on_canvas(viewer, layer, place, picture.shape), 1.7 * SIZE * zoom)
    assert np.abs((ring.max(axis=0) + ring.min(axis=0)) / 2).max() <= 2
    assert np.abs(np.ptp(ring, axis=0) - 2 * SIZE * zoom).max() < 0.25 * SIZE * zoom
    assert np.linalg.norm(ring, axis=1).min() > 0.5 * SIZE * zoom, "hollow"


def test_what_failed_is_a_red_cross_in_its_frame_only(opened, qtbot) -> None:
    viewer, dock, layer = opened()
    assert not dock.result.table["ok"].iloc[-1]
    only(viewer, "refined")
    place = dock.scene.positions[-1]

    def red() -> np.ndarray:
        picture = shot(viewer, qtbot)
        center = on_canvas(viewer, layer, place, picture.shape)
        part = (picture[..., 0] > 150) & (picture[..., 1] < 110)
        found = np.argwhere(part) - center
        return found[np.abs(found).max(axis=1) < 30]

    cross = red()
    assert len(cross) > 10
    assert np.abs(cross.mean(axis=0)).max() < 2
    viewer.dims.set_current_step(0, 2)
    assert not len(red())


def test_a_real_drag_moves_a_point_and_the_fit_brings_it_back(opened, qtbot) -> None:
    from qtpy.QtCore import QPoint, Qt
    from qtpy.QtWidgets import QWidget

    viewer, dock, layer = opened()
    row = int(dock.scene.rows_of(1)[2])
    before = dock.scene.positions[row].copy()
    dock.point_tools.buttons["move"].click()
    qtbot.wait(200)
    canvas = next(
        w for w in dock.window().findChildren(QWidget) if type(w).__name__ == "CanvasBackendDesktop"
    )
    size = (canvas.height(), canvas.width())
    ends = [on_canvas(viewer, layer, before + step, size) for step in (0.0, 0.8, 1.5)]
    points = [QPoint(round(x), round(y)) for y, x in ends]
    center = viewer.scene.camera.center
    qtbot.mouseMove(canvas, points[0])
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=points[0])
    for point in points[1:]:
        qtbot.mouseMove(canvas, point)
        qtbot.wait(100)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=points[-1])
    qtbot.waitUntil(lambda: not dock.runs.runner.busy and len(dock.hand.corrections) == 2, timeout=30_000)
    record = dock.hand.corrections.records[-1]
    pixel = 1 / (viewer.scene.camera.zoom * 0.5)
    np.testing.assert_allclose(record["new"], before + 1.5, atol=1.5 * pixel)
    np.testing.assert_allclose(dock.scene.positions[row], before, atol=0.02)
    assert viewer.scene.camera.center == center, "the picture stays where it is"


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("page", [0, 1])
def test_at_260_pixels_nothing_is_cut_off(opened, qtbot, page, theme) -> None:
    from qtpy.QtWidgets import QScrollArea, QTableView, QWidget

    viewer, dock, _ = opened()
    viewer.theme = theme
    dock.show_page(page)
    dock.preview_box.setChecked(True)
    dock.choice.choose([dock.result.table.index[-1]])
    for form in (dock.form, dock.locating.form):
        form.folded.expand()
    dock.parentWidget().setFixedWidth(260)
    qtbot.waitUntil(lambda: dock.width() <= 260, timeout=5000)
    qtbot.waitUntil(lambda: page == 1 or dock.locating.found is not None, timeout=30_000)
    area = dock.findChild(QScrollArea)
    qtbot.waitUntil(lambda: area.widget().width() <= area.viewport().width(), timeout=5000)
    inside = [w for w in area.widget().findChildren(QWidget) if not is_in_a_table(w, QTableView)]
    shown = [w for w in inside if w.isVisible() and w.width() and not w.findChildren(QWidget)]
    assert len(shown) > 20
    right = area.viewport().mapToGlobal(area.viewport().rect().topRight()).x()
    for widget in shown:
        text = widget.text() if hasattr(widget, "text") and callable(widget.text) else ""
        what = f"{type(widget).__name__} {text!r}"
        assert widget.mapToGlobal(widget.rect().topRight()).x() <= right, what
        assert widget.width() >= widget.minimumSizeHint().width(), what


def is_in_a_table(widget: Any, kind: type) -> bool:
    """Whether a widget is a part of a table, which scrolls by itself."""
    while widget is not None and not isinstance(widget, kind):
        widget = widget.parentWidget()
    return widget is not None
