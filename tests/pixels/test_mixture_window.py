"""The Mixture dock in the real window: what is drawn lies where it belongs and can be read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cut_off import fits, parts

pytestmark = pytest.mark.window

#: Scale, translation and place (y, x in pixels) of a square that is found.
SCALE, SHIFT = (0.5, 0.5), (3.0, 10.0)
TOP, LEFT, SIDE = 40, 70, 12


def picture() -> np.ndarray:
    """One bright square on noise."""
    rng = np.random.default_rng(0)
    pixels = rng.normal(60, 4, (120, 160))
    pixels[TOP : TOP + SIDE, LEFT : LEFT + SIDE] += 100
    return pixels.clip(0, 255).astype(np.uint8)


@pytest.fixture
def window(make_napari_viewer_proxy, qtbot) -> Any:
    """A shown viewer with the image and the dock, as a person opens it from the menu."""
    viewer = make_napari_viewer_proxy(show=True)
    viewer.add_image(picture(), name="square", scale=SCALE, translate=SHIFT, units=("um", "um"), rgb=False)
    _, dock = viewer.window.add_plugin_dock_widget("specks", "Mixture")
    dock = getattr(dock, "__wrapped__", dock)
    dock.preview_box.setChecked(False)
    dock.form.update({"diameter": SIDE * SCALE[0], "polarity": "bright"})
    qtbot.waitExposed(dock)
    yield viewer, dock
    dock.runs.cancel()
    dock.preview.clear()
    qtbot.waitUntil(lambda: not dock.runs.runner.busy, timeout=10_000)


def run(dock: Any, qtbot: Any) -> None:
    dock.run()
    qtbot.waitUntil(lambda: not dock.runs.runner.busy, timeout=60_000)
    assert dock.result is not None, dock.progress.message.text()
    qtbot.wait(300)


def on_canvas(viewer: Any, world: tuple[float, float], shape: tuple[int, ...]) -> tuple[float, float]:
    """Where a point of the world lies in a screenshot of the canvas, by camera and size alone."""
    camera = viewer.scene.camera
    middle = np.array(shape[:2]) / 2 - 0.5
    y, x = middle + (np.array(world) - np.array(camera.center[-2:])) * camera.zoom
    return float(y), float(x)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_particle_is_drawn_on_its_pixels(window, qtbot, theme) -> None:
    viewer, dock = window
    viewer.theme = theme
    run(dock, qtbot)
    dock.circle.show(False)
    for layer in viewer.layers:
        layer.visible = layer.name.endswith("particles")
    labels = viewer.layers["square particles"]
    labels.contour, labels.opacity = 0, 1.0
    found = np.asarray(dock.result.labels) == dock.result.labels[TOP + SIDE // 2, LEFT + SIDE // 2]
    qtbot.wait(200)
    shot = viewer.screenshot(canvas_only=True, flash=False).astype(int)
    nothing = shot[2, 2]
    inside = np.abs(shot - nothing).sum(axis=-1) > 60
    corners = np.argwhere(found)
    for wanted, seen in (
        (corners.min(axis=0) - 0.5, np.argwhere(inside).min(axis=0) - 0.5),
        (corners.max(axis=0) + 0.5, np.argwhere(inside).max(axis=0) + 0.5),
    ):
        place = on_canvas(viewer, tuple(wanted * SCALE + SHIFT), shot.shape)
        assert np.abs(np.array(place) - seen).max() <= viewer.scene.camera.zoom * SCALE[0]


def test_the_circle_is_drawn_as_wide_as_the_square(window, qtbot) -> None:
    viewer, _ = window
    viewer.layers[0].visible = False
    qtbot.wait(300)
    shot = viewer.screenshot(canvas_only=True, flash=False).astype(int)
    ring = np.argwhere(np.abs(shot - shot[2, 2]).sum(axis=-1) > 60)
    width = np.ptp(ring, axis=0) + 1
    assert np.abs(width - SIDE * SCALE[0] * viewer.scene.camera.zoom).max() <= 3
    middle = (ring.max(axis=0) + ring.min(axis=0)) / 2
    assert np.abs(middle - np.array(shot.shape[:2]) / 2).max() <= 2


def faint() -> np.ndarray:
    """Squares from hidden to bright, so that some are in doubt."""
    rng = np.random.default_rng(0)
    pixels = rng.normal(60, 8, (240, 320))
    for number, top in enumerate(range(10, 220, 24)):
        for left in range(10, 300, 24):
            pixels[top : top + SIDE, left : left + SIDE] += 3 * number
    return pixels.astype(np.float32)


def test_review_by_keys_draws_a_ring_around_what_it_asks_about(window, qtbot) -> None:
    from qtpy.QtCore import Qt
    from qtpy.QtWidgets import QWidget

    viewer, dock = window
    image = viewer.add_image(
        faint(), name="faint", scale=SCALE, translate=SHIFT, units=("um", "um"), rgb=False
    )
    dock.inputs.choose("image", image)
    run(dock, qtbot)
    canvas = next(
        w for w in dock.window().findChildren(QWidget) if type(w).__name__ == "CanvasBackendDesktop"
    )
    qtbot.keyClick(canvas, Qt.Key.Key_Period)
    first = dock.review.current
    for layer in viewer.layers:
        layer.visible = False
    for shift in (0, 6):
        viewer.scene.camera.center = (0, *(np.array(image.data_to_world(first.place)) + shift))
        qtbot.wait(300)
        shot = viewer.screenshot(canvas_only=True, flash=False).astype(int)
        ring = np.argwhere(np.abs(shot - shot[2, 2]).sum(axis=-1) > 60)
        place = on_canvas(viewer, image.data_to_world(first.place), shot.shape)
        assert np.abs((ring.max(axis=0) + ring.min(axis=0)) / 2 - place).max() <= 2
        drawn = first.diameter * SCALE[0] * viewer.scene.camera.zoom
        assert np.ptp(ring, axis=0).max() == pytest.approx(1.6 * drawn, abs=4)
    qtbot.keyClick(dock.review.buttons["forward"], Qt.Key.Key_G)  # keys work from the dock, too
    qtbot.waitUntil(lambda: len(dock.hand.corrections) == 1 and not dock.review._waits, timeout=10_000)
    assert dock.hand.corrections.records[0]["position"] == first.position
    dock.parentWidget().close()
    qtbot.keyClick(canvas, Qt.Key.Key_N)
    qtbot.wait(100)
    assert len(dock.hand.corrections) == 1
    assert not dock.review.ring.visible


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_at_260_pixels_nothing_is_cut_off(window, qtbot, theme) -> None:
    from qtpy.QtWidgets import QScrollArea

    viewer, dock = window
    viewer.theme = theme
    run(dock, qtbot)
    dock.form.folded.expand()
    dock.parentWidget().setFixedWidth(260)
    qtbot.waitUntil(lambda: dock.width() <= 260, timeout=5000)
    qtbot.wait(200)
    assert len(parts(dock)) > 20
    bar = dock.findChild(QScrollArea).verticalScrollBar()
    assert bar.isVisible(), "everything is unfolded in a small window"
    fits(dock, qtbot)


def test_the_mouse_carries_the_circle_and_leaves_it_where_it_goes(window, qtbot) -> None:
    from qtpy.QtCore import QPoint
    from qtpy.QtGui import QCursor
    from qtpy.QtWidgets import QWidget

    viewer, dock = window
    viewer.layers[0].visible = False
    canvas = next(
        w for w in dock.window().findChildren(QWidget) if type(w).__name__ == "CanvasBackendDesktop"
    )
    place = QPoint(120, 90)
    QCursor.setPos(canvas.mapToGlobal(place - QPoint(9, 9)))
    qtbot.wait(200)
    qtbot.mouseMove(canvas, place)
    qtbot.wait(200)
    QCursor.setPos(dock.mapToGlobal(QPoint(5, 5)))
    qtbot.mouseMove(dock, QPoint(5, 5))
    qtbot.waitUntil(lambda: not viewer.mouse_over_canvas, timeout=3000)
    qtbot.wait(200)
    shot = viewer.screenshot(canvas_only=True, flash=False).astype(int)
    ring = np.argwhere(np.abs(shot - shot[2, 2]).sum(axis=-1) > 60)
    assert np.abs((ring.max(axis=0) + ring.min(axis=0)) / 2 - (place.y(), place.x())).max() <= 2


def test_the_demo_picture_holds_the_whole_dock(tmp_path, qtbot, mock_app_model) -> None:
    from qtpy.QtWidgets import QScrollArea

    import specks
    from specks.cli.demo import WINDOW
    from specks.ui import window

    found = specks.segment_particles(picture(), diameter=SIDE, polarity="bright")
    found.save(tmp_path / "square.zarr")
    viewer = window.open_viewer(tmp_path / "square.zarr")
    try:
        window.screenshot(viewer, tmp_path / "window.png", size=WINDOW)
        page = viewer.window.dock_widgets["Mixture (specks)"].findChild(QScrollArea)
        assert page.widget().height() <= page.viewport().height()
        assert page.widget().width() <= page.viewport().width()
    finally:
        viewer.close()
        qtbot.wait(200)


def test_a_result_opens_in_a_window_and_can_be_photographed(
    tmp_path, qtbot, monkeypatch, mock_app_model
) -> None:
    from napari import Viewer
    from PIL import Image

    import specks
    from specks._core.errors import NotFoundError, StoreError
    from specks.ui import window

    found = specks.segment_particles(picture(), diameter=SIDE, polarity="bright")
    found.save(tmp_path / "square.zarr")
    viewer = window.open_viewer(tmp_path / "square.zarr")
    try:
        assert [layer.name for layer in viewer.layers] == ["square", "square posterior", "square particles"]
        assert "Mixture (specks)" in viewer.window.dock_widgets
        window.screenshot(viewer, tmp_path / "window.png")
        with Image.open(tmp_path / "window.png") as shot:
            assert min(shot.size) > 400
            assert len(shot.convert("RGB").getcolors(maxcolors=2**24)) > 50
        with pytest.raises(StoreError, match="nowhere"):
            window.screenshot(viewer, tmp_path / "nowhere" / "window.png")
    finally:
        viewer.close()
        qtbot.wait(200)
    before = len(Viewer._instances) if hasattr(Viewer, "_instances") else 0
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFoundError, match="empty"):
        window.open_viewer(tmp_path / "empty")
    assert before == (len(Viewer._instances) if hasattr(Viewer, "_instances") else 0)
