"""The Drift dock in the real window: the sample stands still on the canvas, and colors say what differs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cut_off import fits, parts

pytestmark = pytest.mark.window

SCALE, SHIFT = (1, 0.5, 0.5), (0.0, 3.0, 10.0)
#: Where a bright square is in the first frame (y, x in pixels), and how it moves.
TOP, LEFT, SIDE = 60, 80, 14
MOVED = np.array([[0, 0], [2, -3], [5, -6], [9, -8], [14, -8]])


def series() -> np.ndarray:
    """Dim grains and one bright square that move together."""
    from scipy.ndimage import gaussian_filter

    scene = gaussian_filter(np.random.default_rng(0).normal(0, 1, (180, 220)), 2)
    scene = 60 + 15 * scene / scene.std()
    y, x = TOP + 20, LEFT + 20
    scene[y : y + SIDE, x : x + SIDE] = 250
    frames = [scene[20 - dy : 160 - dy, 20 - dx : 200 - dx] for dy, dx in MOVED]
    return np.stack(frames).clip(0, 255).astype(np.uint8)


@pytest.fixture
def window(make_napari_viewer_proxy, qtbot) -> Any:
    """A shown viewer with the series and the dock, after a run."""
    viewer = make_napari_viewer_proxy(show=True)
    viewer.add_image(
        series(),
        name="series",
        scale=SCALE,
        translate=SHIFT,
        units=("s", "um", "um"),
        rgb=False,
        contrast_limits=(0, 255),
    )
    _, dock = viewer.window.add_plugin_dock_widget("specks", "Drift")
    dock = getattr(dock, "__wrapped__", dock)
    dock.inputs.reading.value = "tyx"
    qtbot.waitExposed(dock)
    dock.run()
    qtbot.waitUntil(lambda: not dock.runs.runner.busy, timeout=60_000)
    assert dock.result is not None, dock.progress.message.text()
    yield viewer, dock
    dock.runs.cancel()
    qtbot.waitUntil(lambda: not dock.runs.runner.busy and not dock.warming.runner.busy, timeout=60_000)


def shot(viewer: Any, qtbot: Any) -> np.ndarray:
    """What is on the canvas."""
    qtbot.wait(250)
    return viewer.screenshot(canvas_only=True, flash=False)[..., :3].astype(int)


def middle(mask: np.ndarray) -> np.ndarray:
    """Center of what is set, in pixels of the canvas."""
    assert mask.any()
    return np.argwhere(mask).mean(axis=0)


def square(picture: np.ndarray) -> np.ndarray:
    """Where the bright square is on the canvas."""
    return (picture > 220).all(axis=-1)


def test_the_sample_stays_at_the_same_pixel_of_the_canvas(window, qtbot) -> None:
    viewer, dock = window
    step = viewer.scene.camera.zoom * SCALE[1]
    seen = []
    for t in (0, 4, 2, 3):
        viewer.dims.set_current_step(0, t)
        seen.append(middle(square(shot(viewer, qtbot))))
    assert np.abs(np.array(seen) - seen[0]).max() < 1 < step
    dock.look.still_box.setChecked(False)
    raw = []
    for t in (0, 4):
        viewer.dims.set_current_step(0, t)
        raw.append(middle(square(shot(viewer, qtbot))))
    np.testing.assert_allclose(raw[1] - raw[0], MOVED[4] * step, atol=1)
    np.testing.assert_allclose(raw[0], seen[0], atol=1)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_what_two_frames_share_is_white_and_what_not_is_green_or_magenta(window, qtbot, theme) -> None:
    viewer, dock = window
    viewer.theme = theme
    viewer.dims.set_current_step(0, 4)
    dock.look.compare_box.setChecked(True)
    step = viewer.scene.camera.zoom * SCALE[1]
    still = shot(viewer, qtbot)
    white = square(still)
    if theme == "dark":
        size = (SIDE * step) ** 2
        assert white.sum() == pytest.approx(size, rel=0.1)
    dock.look.still_box.setChecked(False)
    raw = shot(viewer, qtbot)
    red, green, blue = (raw[..., i] for i in range(3))
    only_now = (green > 220) & (red < 160) & (blue < 160)
    only_then = (green < 160) & (red > 220) & (blue > 220)
    apart = middle(only_now) - middle(only_then)
    np.testing.assert_allclose(apart, MOVED[4] * step, atol=0.2 * step)
    dock.look.compare_box.setChecked(False)
    gray = shot(viewer, qtbot)
    assert np.abs(gray - gray.mean(axis=-1, keepdims=True))[square(gray)].max() <= 1


def test_the_mouse_drags_the_frame_and_not_the_picture(window, qtbot) -> None:
    from qtpy.QtCore import QPoint, Qt
    from qtpy.QtWidgets import QWidget

    viewer, dock = window
    viewer.dims.set_current_step(0, 3)
    dock.by_hand_tools.buttons["move"].click()
    dock.look.compare_box.setChecked(False)
    canvas = next(
        w for w in dock.window().findChildren(QWidget) if type(w).__name__ == "CanvasBackendDesktop"
    )
    before, center = middle(square(shot(viewer, qtbot))), tuple(viewer.scene.camera.center)
    start, way = QPoint(150, 150), QPoint(30, -20)
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    for part in (0.3, 0.6, 1.0):
        qtbot.mouseMove(canvas, start + way * part)
        qtbot.wait(50)
    during = middle(square(shot(viewer, qtbot)))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=start + way)
    qtbot.waitUntil(lambda: not dock.runs.runner.busy and len(dock.hand.corrections) == 1, timeout=10_000)
    np.testing.assert_allclose(during - before, (-20, 30), atol=1.5)
    np.testing.assert_allclose(middle(square(shot(viewer, qtbot))) - before, (-20, 30), atol=1.5)
    assert tuple(viewer.scene.camera.center) == center
    assert dock.result.table["reason"][3] == "set by hand"
    dock.by_hand_tools.buttons["move"].click()
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(canvas, start + way)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=start + way)
    qtbot.wait(100)
    assert tuple(viewer.scene.camera.center) != center, "the camera has the mouse again"


def test_a_click_on_the_plot_goes_to_the_frame(window, qtbot) -> None:
    from qtpy.QtCore import QPointF, Qt

    viewer, dock = window
    viewer.dims.set_current_step(0, 0)
    plot = dock.drift_plot
    qtbot.waitUntil(plot.isVisible, timeout=3000)
    qtbot.wait(200)
    place = plot.mapFromScene(
        plot.plotItem.vb.mapViewToScene(QPointF(3.1, float(np.mean(plot.viewRange()[1]))))
    )
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: viewer.dims.current_step[0] == 3, timeout=3000)


def test_keys_work_from_canvas_and_dock_and_end_with_it(window, qtbot) -> None:
    from qtpy.QtCore import Qt
    from qtpy.QtWidgets import QWidget

    viewer, dock = window
    viewer.dims.set_current_step(0, 2)
    canvas = next(
        w for w in dock.window().findChildren(QWidget) if type(w).__name__ == "CanvasBackendDesktop"
    )
    qtbot.keyClick(canvas, Qt.Key.Key_U)
    qtbot.waitUntil(lambda: len(dock.hand.corrections) == 1 and not dock.runs.runner.busy, timeout=5000)
    assert not dock.result.table["ok"][2]
    dock.parentWidget().close()
    qtbot.wait(100)
    assert np.array_equal(viewer.layers["series"].translate, SHIFT)
    qtbot.keyClick(canvas, Qt.Key.Key_U)
    qtbot.wait(100)
    assert len(dock.hand.corrections) == 1


def test_the_dock_opens_as_wide_as_what_stands_in_it(window, qtbot) -> None:
    from qtpy.QtCore import Qt
    from qtpy.QtWidgets import QScrollArea

    _, dock = window
    assert dock.findChild(QScrollArea).horizontalScrollBar().maximum() == 0
    fits(dock, qtbot)
    dock.window().resizeDocks([dock.parentWidget()], [600], Qt.Orientation.Horizontal)
    qtbot.waitUntil(lambda: dock.width() > 500, timeout=5000)
    dock.window().resizeDocks([dock.parentWidget()], [10], Qt.Orientation.Horizontal)
    qtbot.waitUntil(lambda: dock.width() <= 260, timeout=5000)
    fits(dock, qtbot)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_at_260_pixels_nothing_is_cut_off(window, qtbot, theme) -> None:
    viewer, dock = window
    viewer.theme = theme
    viewer.add_points(np.zeros((2, 3)), name="a layer with a name that is much longer than the dock is wide")
    dock.by_hand_tools.buttons["landmark"].click()
    dock.form.folded.expand()
    dock.parentWidget().setFixedWidth(260)
    qtbot.waitUntil(lambda: dock.width() <= 260, timeout=5000)
    qtbot.wait(200)
    assert len(parts(dock)) > 25
    fits(dock, qtbot)


def test_closing_the_viewer_while_it_holds_still(make_napari_viewer_proxy, qtbot) -> None:
    viewer = make_napari_viewer_proxy(show=True)
    layer = viewer.add_image(series(), name="series", scale=SCALE, translate=SHIFT, rgb=False)
    _, dock = viewer.window.add_plugin_dock_widget("specks", "Drift")
    dock = getattr(dock, "__wrapped__", dock)
    dock.inputs.reading.value = "tyx"
    dock.run()
    qtbot.waitUntil(lambda: not dock.runs.runner.busy and not dock.warming.runner.busy, timeout=60_000)
    viewer.dims.set_current_step(0, 4)
    dock.look.compare_box.setChecked(True)
    assert not np.array_equal(layer.translate, SHIFT)
    viewer.close()
    qtbot.wait(200)
