"""The Drift dock: what is its own beside what every dock does (tests/contracts/test_docks.py)."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from napari.components import ViewerModel
from strange_arrays import slow

import specks
from specks import synth
from specks.ui.displaced import declared_translate
from specks.ui.drift import DriftDock

pytestmark = pytest.mark.widgets

PLACED = {"scale": (1, 0.5, 0.5), "translate": (0, 3, 4), "units": ("s", "um", "um")}


@pytest.fixture(scope="module")
def series() -> synth.DriftingSeries:
    return synth.drifting_series("mask_easy", frames=8, shape=(96, 112))


@pytest.fixture(scope="module")
def pixels(series) -> np.ndarray:
    return series.images.astype(np.uint8) * 200


@pytest.fixture
def viewer() -> ViewerModel:
    return ViewerModel()


@pytest.fixture
def dock(viewer, qtbot):
    made = DriftDock(viewer)
    qtbot.addWidget(made)
    made.show()
    yield made
    made.runs.cancel()
    settle(made, qtbot)
    made.close()


def settle(dock, qtbot) -> None:
    qtbot.waitUntil(lambda: not dock.runs.runner.busy and not dock.warming.runner.busy, timeout=60_000)


def movie(viewer, pixels, **options):
    return viewer.add_image(
        pixels,
        name="movie",
        rgb=False,
        contrast_limits=(0, 255),
        **PLACED | {"axis_labels": ("t", "y", "x")} | options,
    )


def run(dock, qtbot) -> None:
    dock.run()
    settle(dock, qtbot)
    assert dock.result is not None, dock.progress.message.text()


def message(dock) -> str:
    return dock.progress.message.text()


def button(dock, name):
    return dock.by_hand_tools.buttons[name]


def mouse(viewer, kind, position, pos=(0, 0), number=1) -> SimpleNamespace:
    """What napari does when the mouse does something over the canvas."""
    from napari.utils import interactions
    from napari.utils._proxies import ReadOnlyWrapper

    event = SimpleNamespace(
        is_dragging=kind == "mouse_move",
        type=kind,
        position=tuple(position),
        pos=np.array(pos),
        button=number,
        modifiers=(),
        handled=False,
    )
    name = {"mouse_press": "press", "mouse_move": "move", "mouse_release": "release"}[kind]
    callbacks = getattr(interactions, f"mouse_{name}_callbacks")
    callbacks(viewer, ReadOnlyWrapper(event, exceptions=("handled",)))
    return event


def click(viewer, position) -> None:
    mouse(viewer, "mouse_press", position)
    mouse(viewer, "mouse_release", position)


# What a run shows ----------------------------------------------------------------------------


def test_a_run_draws_the_drift_and_holds_the_layer_still(dock, viewer, qtbot, series, pixels) -> None:
    layer = movie(viewer, pixels)
    assert not dock.look.isVisible()
    run(dock, qtbot)
    called = specks.estimate_drift(pixels)
    curves = dock.drift_plot.curves
    assert np.array_equal(curves.shifts, called.shifts)
    assert np.array_equal(curves.errors, called.table[["y_std", "x_std"]])
    assert dock.outcome.sentence.text().startswith("The sample moved up to ")
    assert dock.look.still_box.isChecked()
    for t in (0, 3, 7):
        viewer.dims.set_current_step(0, t)
        place = layer.data_to_world((t, *(np.array([20, 30]) + series.drift[t])))
        np.testing.assert_allclose(place[1:], (13, 19), atol=0.1)
    dock.look.still_box.setChecked(False)
    assert np.array_equal(layer.translate, (0, 3, 4))


def test_when_not_to_trust_it_opens_beside_the_window(dock, viewer, qtbot, pixels) -> None:
    movie(viewer, pixels)
    run(dock, qtbot)
    assert "When not to trust it" in dock.outcome.doubts.text()
    dock.outcome.doubts.linkActivated.emit("drift")
    assert "no common drift found" in dock.outcome.dialog.text.toPlainText()
    dock.outcome.dialog.close()


def test_closing_and_opening_the_dock(dock, viewer, qtbot, pixels) -> None:
    layer = movie(viewer, pixels)
    run(dock, qtbot)
    viewer.dims.set_current_step(0, 5)
    dock.look.compare_box.setChecked(True)
    shown = layer.translate.copy()
    assert not np.array_equal(shown, (0, 3, 4))
    dock.close()
    assert np.array_equal(layer.translate, (0, 3, 4))
    assert list(viewer.layers) == [layer]
    assert layer.visible
    viewer.dims.set_current_step(0, 2)
    assert np.array_equal(layer.translate, (0, 3, 4))
    viewer.dims.set_current_step(0, 5)
    dock.show()
    np.testing.assert_allclose(layer.translate, shown)
    assert len(viewer.layers) == 3


def test_closing_the_dock_mid_run_and_removing_the_layer_lose_nothing(dock, viewer, qtbot, pixels) -> None:
    layer = movie(viewer, pixels)
    run(dock, qtbot)
    viewer.dims.set_current_step(0, 5)
    layer.data = slow(pixels, 0.02)
    dock.run()
    dock.close()
    settle(dock, qtbot)
    assert np.array_equal(layer.translate, (0, 3, 4))
    dock.show()
    assert not np.array_equal(layer.translate, (0, 3, 4))
    viewer.layers.remove(layer)
    assert np.array_equal(layer.translate, (0, 3, 4))
    assert not dock.progress.run_button.isEnabled()
    assert not any(button(dock, name).isEnabled() for name in ("bad", "move", "landmark", "region"))


def test_the_plot_shows_frames_and_goes_to_them(dock, viewer, qtbot, pixels) -> None:
    spoiled = pixels.copy()
    spoiled[4] = 0
    movie(viewer, spoiled)
    run(dock, qtbot)
    viewer.dims.set_current_step(0, 6)
    for plot in dock.plots.pages:
        assert plot.frame == 6
    dock.drift_plot._choose(2.4)
    assert viewer.dims.current_step[0] == 2
    assert dock.drift_plot.line.value() == 2
    title = dock.drift_plot.plotItem.titleLabel.text
    assert "frame 2" in title
    assert "±" in title
    viewer.dims.set_current_step(0, 4)
    assert "frame 4: all pixels are equal" in dock.drift_plot.plotItem.titleLabel.text
    crosses = [item for item in dock.drift_plot.plotItem.items if type(item).__name__ == "ScatterPlotItem"]
    assert sorted(set(crosses[0].getData()[0])) == [4]
    dock.plots.tabs.setCurrentIndex(1)
    assert np.isnan(dock.error_plot.plotItem.listDataItems()[0].yData[4])


def test_labels_are_a_series_too(dock, viewer, qtbot, series) -> None:
    viewer.add_labels(np.where(series.images, 3, 0), name="voids")
    run(dock, qtbot)
    assert np.abs(dock.result.shifts - series.drift).max() < 0.3
    dock.look.compare_box.setChecked(True)
    current, other = viewer.layers["voids frame in view"], viewer.layers["voids frame 0"]
    assert np.array_equal(other.data, series.images[0])
    assert np.array_equal(current.data[5], series.images[5])


def test_a_stack_of_slices_is_taken_for_a_movie(dock, viewer, qtbot, series, pixels) -> None:
    layer = movie(viewer, pixels, axis_labels=("z", "y", "x"), units=("um",) * 3)
    assert dock.inputs.facts.text().replace("\N{NO-BREAK SPACE}", " ").startswith("8 × 96 × 112 · tyx")
    run(dock, qtbot)
    assert np.array_equal(dock.result.shifts, specks.estimate_drift(pixels).shifts)
    viewer.dims.set_current_step(0, 4)
    np.testing.assert_allclose(layer.translate[1:], (3, 4) - 0.5 * series.drift[4], atol=0.1)


def test_a_volume_is_held_still_and_compared_in_space(dock, viewer, qtbot) -> None:
    made = synth.drifting_series("vol_int", frames=5, shape=(24, 64, 64))
    layer = movie(
        viewer,
        made.images,
        scale=(1, 2, 1, 1),
        translate=(0,) * 4,
        units=("s", "nm", "nm", "nm"),
        axis_labels=tuple("tzyx"),
    )
    run(dock, qtbot)
    assert dock.drift_plot.curves.axes == "zyx"
    viewer.dims.set_current_step((0, 1), (3, 12))
    dock.look.frame_box.setValue(4)
    dock.look.compare_box.setChecked(True)
    other = viewer.layers["movie frame 4"]
    place = np.array([12, 30, 30])
    world = layer.data_to_world((3, *(place + made.drift[3])))[1:]
    np.testing.assert_allclose(world, place * (2, 1, 1), atol=0.5)
    np.testing.assert_allclose(other.data_to_world(place + made.drift[4]), world, atol=0.5)
    dock.apply_row.button.click()
    settle(dock, qtbot)
    assert viewer.layers["movie (still)"].data.shape == made.images.shape


def test_what_a_drift_does_not_explain_is_drawn(dock, viewer, qtbot, pixels) -> None:
    movie(viewer, pixels)
    run(dock, qtbot)
    field = dock.result.residuals
    of_five = field[field["frame"] == 5]
    wanted = np.sqrt((of_five["y_residual"] ** 2 + of_five["x_residual"] ** 2).mean())
    assert dock.residual_plot.curves.residual[5] == pytest.approx(wanted)
    dock.plots.tabs.setCurrentIndex(2)
    drawn = dock.residual_plot.plotItem.listDataItems()[0]
    assert drawn.yData[5] == pytest.approx(wanted)
    assert "median" in dock.residual_plot.plotItem.titleLabel.text


def test_no_common_drift_moves_nothing_and_is_not_applied(dock, viewer, qtbot) -> None:
    noise = np.random.default_rng(0).normal(100, 10, (6, 48, 48)).astype(np.float32)
    layer = movie(viewer, noise)
    run(dock, qtbot)
    assert dock.outcome.sentence.text().count("o common drift found") == 1
    viewer.dims.set_current_step(0, 3)
    assert np.array_equal(layer.translate, (0, 3, 4))
    assert not dock.apply_row.button.isEnabled()
    assert "No frame of the drift can be trusted" in dock.apply_row.button.toolTip()
    dock.apply()
    settle(dock, qtbot)
    assert message(dock) == "no frame of the drift can be trusted, so there is nothing to correct by"
    assert list(viewer.layers) == [layer]


# Two frames ----------------------------------------------------------------------------------


def test_two_frames_lie_over_each_other_in_two_colors(dock, viewer, qtbot, series, pixels) -> None:
    layer = movie(viewer, pixels, colormap="viridis", opacity=0.7)
    run(dock, qtbot)
    viewer.dims.set_current_step(0, 5)
    dock.look.frame_box.setValue(2)
    dock.look.compare_box.setChecked(True)
    other, current = viewer.layers["movie frame 2"], viewer.layers["movie frame in view"]
    assert (other.colormap.name, current.colormap.name) == ("magenta", "green")
    assert np.array_equal(other.data, pixels[2])
    assert current.data is layer.data
    assert not layer.visible
    place = other.data_to_world(np.array([20, 30]) + series.drift[2])
    np.testing.assert_allclose(place, (13, 19), atol=0.1)
    np.testing.assert_allclose(
        current.data_to_world((5, *(np.array([20, 30]) + series.drift[5])))[1:], place, atol=0.1
    )
    dock.look.still_box.setChecked(False)
    assert np.array_equal(other.translate, (3, 4))
    assert np.array_equal(current.translate, (0, 3, 4))
    dock.look.frame_box.setValue(6)
    assert np.array_equal(viewer.layers["movie frame 6"].data, pixels[6])
    assert viewer.layers["movie frame 6"] is other
    dock.look.compare_box.setChecked(False)
    assert list(viewer.layers) == [layer]
    assert (layer.visible, layer.colormap.name, layer.opacity) == (True, "viridis", 0.7)


def test_removing_one_of_the_two_ends_the_comparison(dock, viewer, qtbot, pixels) -> None:
    layer = movie(viewer, pixels)
    run(dock, qtbot)
    dock.look.compare_box.setChecked(True)
    viewer.layers.remove(viewer.layers["movie frame 0"])
    assert list(viewer.layers) == [layer]
    assert layer.visible
    assert not dock.look.compare_box.isChecked()
    dock.look.compare_box.setChecked(True)
    viewer.layers.clear()
    assert not dock.look.compare_box.isChecked()


def test_frames_of_a_channel_and_of_a_turned_layer_are_compared_where_they_are(
    dock, viewer, qtbot, series, pixels
) -> None:
    turned = {
        "scale": (1, 1, 2, 2),
        "translate": (0, 0, 3, 4),
        "rotate": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0.8, -0.6], [0, 0, 0.6, 0.8]],
        "units": ("s", "pixel", "nm", "nm"),
        "axis_labels": tuple("tcyx"),
    }
    layer = movie(viewer, np.stack([0 * pixels, pixels], axis=1), **turned)
    dock.inputs.channel.value = 1
    run(dock, qtbot)
    viewer.dims.set_current_step((0, 1), (3, 1))
    dock.look.frame_box.setValue(5)
    dock.look.compare_box.setChecked(True)
    other = viewer.layers["movie frame 5"]
    assert np.array_equal(other.data[0], pixels[5])
    world = layer.data_to_world((3, 1, *(np.array([20, 30]) + series.drift[3])))
    np.testing.assert_allclose(
        other.data_to_world((0, *(np.array([20, 30]) + series.drift[5]))), world[1:], atol=0.5
    )


# By hand -------------------------------------------------------------------------------------


def test_a_frame_is_marked_bad_by_key_and_good_again(dock, viewer, qtbot, pixels) -> None:
    from napari.utils.key_bindings import coerce_keybinding

    movie(viewer, pixels)
    viewer.dims.set_current_step(0, 3)
    assert button(dock, "bad").isEnabled(), "frames can be marked before anything is known"
    run(dock, qtbot)
    viewer.keymap[coerce_keybinding("U")](viewer)
    settle(dock, qtbot)
    assert dock.result.table["reason"][3] == "marked bad by hand"
    assert button(dock, "bad").isChecked()
    viewer.dims.set_current_step(0, 4)
    assert not button(dock, "bad").isChecked()
    viewer.dims.set_current_step(0, 3)
    button(dock, "bad").click()
    settle(dock, qtbot)
    assert dock.result.table["ok"].all()
    assert len(dock.hand.corrections) == 0
    dock.close()
    assert coerce_keybinding("U") not in viewer.keymap


def test_a_frame_follows_the_mouse_and_stays_where_it_is_let_go(dock, viewer, qtbot, series, pixels) -> None:
    layer = movie(viewer, pixels)
    run(dock, qtbot)
    viewer.dims.set_current_step(0, 5)
    button(dock, "move").click()
    assert dock.look.compare_box.isChecked(), "there is something to move it to"
    assert "colors" in dock.by_hand_tools.hint.text()
    assert viewer.help == dock.by_hand_tools.hint.text()
    before, shift = layer.translate.copy(), dock.result.shifts[5].copy()
    pressed = mouse(viewer, "mouse_press", (5, 20, 20))
    assert pressed.handled, "else the camera moves too"
    mouse(viewer, "mouse_move", (5, 21, 18))
    np.testing.assert_allclose(layer.translate - before, (0, 1, -2))
    np.testing.assert_allclose(viewer.layers["movie frame in view"].translate - before, (0, 1, -2))
    mouse(viewer, "mouse_move", (5, 22, 18))
    mouse(viewer, "mouse_release", (5, 22, 18))
    settle(dock, qtbot)
    (record,) = dock.hand.corrections
    assert record["frame"] == 5
    np.testing.assert_allclose(record["shift"], shift - (4, -4), atol=0.006)
    np.testing.assert_allclose(dock.result.shifts[5], record["shift"])
    np.testing.assert_allclose(layer.translate - before, (0, 2, -2), atol=0.006)
    mouse(viewer, "mouse_press", (5, 20, 20))
    mouse(viewer, "mouse_move", (5, 18, 22))
    mouse(viewer, "mouse_release", (5, 18, 22))
    settle(dock, qtbot)
    assert len(dock.hand.corrections) == 1, "the later one takes the place of the earlier"
    np.testing.assert_allclose(layer.translate, before, atol=0.012)
    assert dock.by_hand_tools.drag.on
    button(dock, "move").click()
    assert not dock.look.compare_box.isChecked(), "as it was before"
    assert not mouse(viewer, "mouse_press", (5, 20, 20)).handled
    dock.hand.undo.click()
    dock.hand.undo.click()
    settle(dock, qtbot)
    np.testing.assert_allclose(dock.result.shifts[5], shift)


@pytest.mark.parametrize("how", ["put down", "closed"])
def test_a_drag_that_is_cut_off_half_way_moves_nothing(dock, viewer, qtbot, pixels, how) -> None:
    layer = movie(viewer, pixels)
    run(dock, qtbot)
    viewer.dims.set_current_step(0, 4)
    before = layer.translate.copy()
    button(dock, "move").click()
    press = mouse(viewer, "mouse_press", (4, 10, 10))
    mouse(viewer, "mouse_move", (4, 14, 13))
    assert press.handled
    np.testing.assert_allclose(layer.translate - before, (0, 4, 3))
    button(dock, "move").click() if how == "put down" else dock.close()
    mouse(viewer, "mouse_move", (4, 16, 15))
    mouse(viewer, "mouse_release", (4, 16, 15))
    settle(dock, qtbot)
    assert len(dock.hand.corrections) == 0
    dock.show()
    np.testing.assert_allclose(layer.translate, before)


def test_a_landmark_tool_that_is_put_down_half_way_marks_nothing(dock, viewer, qtbot, pixels) -> None:
    layer = movie(viewer, pixels)
    run(dock, qtbot)
    viewer.dims.set_current_step(0, 4)
    button(dock, "landmark").click()
    mouse(viewer, "mouse_press", layer.data_to_world((4, 20, 20)))
    button(dock, "landmark").click()
    mouse(viewer, "mouse_release", layer.data_to_world((4, 20, 20)))
    assert dock.by_hand_tools.landmarks.first is None
    assert list(viewer.layers) == [layer]


def test_other_buttons_of_the_mouse_and_other_layers_are_left_alone(dock, viewer, qtbot, pixels) -> None:
    layer = movie(viewer, pixels)
    strokes = viewer.add_labels(np.zeros(pixels.shape, int))
    dock.inputs.choose("images", layer)
    run(dock, qtbot)
    others = list(viewer.mouse_drag_callbacks)
    button(dock, "move").click()
    assert viewer.layers.selection.active is layer
    assert not mouse(viewer, "mouse_press", (5, 20, 20), number=2).handled
    viewer.layers.selection.active = strokes
    qtbot.waitUntil(lambda: not button(dock, "move").isChecked(), timeout=3000)
    assert list(viewer.mouse_drag_callbacks) == others


def test_two_clicks_on_two_frames_are_a_landmark(dock, viewer, qtbot, pixels) -> None:
    movie(viewer, pixels)
    run(dock, qtbot)
    viewer.dims.set_current_step(0, 2)
    button(dock, "landmark").click()
    assert dock.by_hand_tools.hint.text().startswith("Click a thing in this frame")
    place = np.array([40.0, 50.0])
    layer = viewer.layers["movie"]
    click(viewer, layer.data_to_world((2, 1, 1)))
    click(viewer, layer.data_to_world((2, *place)))
    assert "(first: frame 2)" in dock.by_hand_tools.hint.text()
    marks = viewer.layers["movie landmarks"]
    np.testing.assert_allclose(marks.data, [[2, 40, 50]])
    assert button(dock, "landmark").isChecked(), "a new layer of marks is no reason to stop"
    viewer.dims.set_current_step(0, 6)
    np.testing.assert_array_equal(marks.translate, layer.translate)
    step = dock.result.shifts[6] - dock.result.shifts[2] + (0.25, -0.5)
    mouse(viewer, "mouse_press", layer.data_to_world((6, *place)), pos=(0, 0))
    mouse(viewer, "mouse_move", layer.data_to_world((6, *place)), pos=(30, 0))
    mouse(viewer, "mouse_release", layer.data_to_world((6, *place)), pos=(30, 0))
    assert len(dock.hand.corrections) == 0, "who moves the picture marks nothing"
    click(viewer, layer.data_to_world((6, *(place + step))))
    settle(dock, qtbot)
    (record,) = dock.hand.corrections
    assert (record["frame_a"], record["frame_b"]) == (2, 6)
    np.testing.assert_allclose(record["position_a"], place, atol=0.006)
    np.testing.assert_allclose(record["position_b"], place + step, atol=0.006)
    assert dock.result.corrections.of("landmark") == (record,)
    assert len(marks.data) == 2
    dock.hand.undo.click()
    assert marks not in viewer.layers, "no empty layer stays behind"
    assert button(dock, "landmark").isChecked()
    click(viewer, layer.data_to_world((6, *place)))
    assert len(viewer.layers["movie landmarks"].data) == 1
    button(dock, "landmark").click()
    assert list(viewer.layers) == [layer], "a mark without its other half is forgotten"
    assert dock.by_hand_tools.hint.text() == ""
    settle(dock, qtbot)


def test_beside_the_frame_there_is_no_landmark(dock, viewer, qtbot, pixels) -> None:
    layer = movie(viewer, pixels)
    run(dock, qtbot)
    viewer.dims.set_current_step(0, 2)
    button(dock, "landmark").click()
    for beside in ((-3, 50), (40, 112), (96, 50)):
        click(viewer, layer.data_to_world((2, *beside)))
    assert dock.by_hand_tools.landmarks.first is None
    assert list(viewer.layers) == [layer]
    click(viewer, layer.data_to_world((2, 95, 111)))
    assert dock.by_hand_tools.landmarks.first == (2, [95, 111])


def test_a_contradiction_names_both_and_is_taken_back(dock, viewer, qtbot, pixels) -> None:
    movie(viewer, pixels)
    run(dock, qtbot)
    before = dock.result.shifts.copy()
    for t, shift in ((2, (0, 0)), (5, (30, 30))):
        dock.hand.log.add("set_shift", frame=t, shift=list(map(float, shift)))
    dock.hand.log.add("landmark", frame_a=2, position_a=[10, 10], frame_b=5, position_b=[10, 10])
    settle(dock, qtbot)
    assert "landmark (10, 10) on frame 2 = (10, 10) on frame 5 contradicts" in message(dock)
    assert "take one of them back" in message(dock)
    assert dock.progress.run_button.isEnabled()
    for _ in range(3):
        dock.hand.undo.click()
        settle(dock, qtbot)
    assert message(dock) == ""
    np.testing.assert_array_equal(dock.result.shifts, before)


def test_a_polygon_is_a_region_to_look_at(dock, viewer, qtbot, series, pixels) -> None:
    stands = pixels.copy()
    stands[:, :, 60:] = np.random.default_rng(0).integers(0, 255, (96, 52))
    layer = movie(viewer, stands)
    run(dock, qtbot)
    button(dock, "region").click()
    shapes = viewer.layers["movie region"]
    assert (shapes.mode, viewer.layers.selection.active) == ("add_polygon", shapes)
    viewer.dims.set_current_step(0, 4)
    np.testing.assert_allclose(shapes.translate, layer.translate[1:])
    corners = [[2.0, 2.0], [2.0, 58.0], [94.0, 58.0], [94.0, 2.0]]
    shapes.add_polygons([np.array(corners)])
    qtbot.waitUntil(lambda: len(dock.hand.corrections) == 1, timeout=5000)
    settle(dock, qtbot)
    (record,) = dock.hand.corrections
    assert (record["kind"], record["frames"], record["polygon"]) == ("region", None, corners)
    assert np.abs(dock.result.shifts - series.drift).max() < 0.3
    assert len(shapes.data) == 1
    shapes.add_ellipses([np.array([[5, 5], [5, 9], [9, 9], [9, 5]])])
    shapes.add_rectangles([np.array([[70, 5], [70, 9], [90, 9], [90, 5]])])
    qtbot.waitUntil(lambda: len(dock.hand.corrections) == 2, timeout=5000)
    settle(dock, qtbot)
    dock.hand.undo.click()
    assert len(shapes.data) == 1
    dock.hand.undo.click()
    settle(dock, qtbot)
    assert len(shapes.data) == 0
    assert len(dock.result.corrections) == 0
    button(dock, "region").click()
    assert shapes.mode == "pan_zoom"
    dock.close()
    assert shapes not in viewer.layers


def test_who_draws_nothing_leaves_nothing_behind(dock, viewer, qtbot, pixels) -> None:
    layer = movie(viewer, pixels)
    button(dock, "region").click()
    assert len(viewer.layers) == 2
    button(dock, "region").click()
    assert list(viewer.layers) == [layer]
    assert viewer.layers.selection.active is layer


def test_a_drawing_that_is_emptied_as_the_pen_is_put_down_is_no_region(dock, viewer, qtbot, pixels) -> None:
    layer = movie(viewer, pixels)
    button(dock, "region").click()
    drawing = viewer.layers["movie region"]
    drawing.add_polygons([np.array([[2.0, 2.0], [2.0, 58.0], [94.0, 58.0]])])
    qtbot.waitUntil(lambda: len(dock.hand.corrections) == 1, timeout=5000)
    drawing.data = []
    button(dock, "region").click()
    assert len(dock.hand.corrections) == 0
    assert list(viewer.layers) == [layer]


def test_who_chooses_another_layer_while_drawing_has_it(dock, viewer, qtbot, pixels) -> None:
    movie(viewer, pixels)
    other = viewer.add_points(np.zeros((0, 3)), ndim=3, name="other")
    dock.inputs.choose("images", viewer.layers["movie"])
    button(dock, "region").click()
    viewer.layers.selection.active = other
    qtbot.waitUntil(lambda: not button(dock, "region").isChecked(), timeout=5000)
    assert viewer.layers.selection.active is other


def test_who_removes_the_drawing_looks_everywhere_again(dock, viewer, qtbot, pixels) -> None:
    movie(viewer, pixels)
    run(dock, qtbot)
    dock.hand.log.add("region", polygon=[[2, 2], [2, 90], [90, 90], [90, 2]])
    settle(dock, qtbot)
    assert len(dock.result.corrections) == 1
    viewer.layers.remove(viewer.layers["movie region"])
    settle(dock, qtbot)
    assert len(dock.result.corrections) == 0
    dock.hand.undo.click()
    settle(dock, qtbot)
    assert len(viewer.layers["movie region"].data) == 1
    assert len(dock.result.corrections) == 1


def test_frames_of_a_color_are_compared(dock, viewer, qtbot, series, pixels) -> None:
    color = np.stack([0 * pixels, pixels, 0 * pixels], axis=-1)
    viewer.add_image(color, rgb=True, name="photos")
    dock.inputs.channel.value = 1
    run(dock, qtbot)
    dock.look.compare_box.setChecked(True)
    viewer.dims.set_current_step(0, 3)
    assert np.array_equal(viewer.layers["photos frame 0"].data, pixels[0])
    current = viewer.layers["photos frame in view"]
    assert not current.rgb
    assert np.array_equal(current.data[3, :, :], pixels[3])


def test_what_was_corrected_on_a_layer_comes_back_with_it(dock, viewer, qtbot, pixels) -> None:
    first = movie(viewer, pixels)
    dock.inputs.choose("images", first)
    dock.hand.log.add("region", polygon=[[2, 2], [2, 90], [90, 90], [90, 2]])
    assert len(viewer.layers["movie region"].data) == 1
    second = movie(viewer, pixels[:5])
    dock.inputs.choose("images", second)
    assert "movie region" not in viewer.layers
    assert len(dock.hand.corrections) == 0
    dock.inputs.choose("images", first)
    assert len(viewer.layers["movie region"].data) == 1
    run(dock, qtbot)
    assert len(dock.result.corrections) == 1


def test_corrections_wait_for_a_run_where_the_pixels_are_others(dock, viewer, qtbot, pixels) -> None:
    layer = movie(viewer, pixels)
    run(dock, qtbot)
    layer.data = pixels[::-1].copy()
    assert not button(dock, "move").isEnabled()
    viewer.dims.set_current_step(0, 3)
    button(dock, "bad").click()
    assert not dock.runs.runner.busy
    run(dock, qtbot)
    assert not dock.result.table["ok"][3]


# Apply ---------------------------------------------------------------------------------------


@pytest.fixture
def along(viewer, series, pixels) -> SimpleNamespace:
    """A movie, and what was found in it, in other pixels and units."""
    objects = series.objects
    tracks = objects[objects["true_particle"] >= 0].sort_values(["true_particle", "frame"])
    places = objects[["frame", "y", "x"]].to_numpy()
    made = SimpleNamespace(
        movie=movie(viewer, pixels),
        labels=viewer.add_labels(np.where(series.images, 3, 0), name="voids", **PLACED),
        points=viewer.add_points(
            places * (1, 500, 500) + (0, 3000, 4000),
            name="spots",
            features={"radius": objects["radius"].to_numpy()},
            units=("s", "nm", "nm"),
            face_color="red",
        ),
        tracks=viewer.add_tracks(
            tracks[["true_particle", "frame", "y", "x"]].to_numpy(), name="ways", **PLACED
        ),
        flat=viewer.add_image(pixels[0], name="flat", rgb=False),
    )
    made.objects = objects
    return made


def spread(data: np.ndarray, particle: np.ndarray) -> float:
    """How far things that do not move are spread, in the unit of `data`."""
    table = pd.DataFrame(data, columns=["y", "x"]).groupby(np.asarray(particle)).std()
    return float(np.nanmean(table.to_numpy()))


def test_layers_that_lie_over_the_series_are_offered_and_go_along(dock, viewer, qtbot, along) -> None:
    dock.inputs.choose("images", along.movie)
    assert not dock.apply_row.isVisible()
    run(dock, qtbot)
    assert dock.companions.layers == [along.labels, along.points, along.tracks]
    viewer.dims.set_current_step(0, 5)
    for layer in (along.labels, along.points, along.tracks):
        assert not np.array_equal(layer.translate, declared_translate(layer))
    dock.companions.tick(along.points, False)
    assert np.array_equal(along.points.translate, (0, 0, 0))
    late = viewer.add_points(np.zeros((1, 3)), name="late")
    assert late in dock.companions.layers
    short = viewer.add_image(np.zeros((3, 4, 4)), name="short", rgb=False)
    assert short not in dock.companions.layers
    late.name = "renamed"
    names = [dock.companions.list.item(i).text() for i in range(dock.companions.list.count())]
    assert names == ["voids", "spots", "ways", "renamed", "short"]


def test_apply_makes_layers_that_stand_still(dock, viewer, qtbot, along, pixels) -> None:
    dock.inputs.choose("images", along.movie)
    run(dock, qtbot)
    viewer.dims.set_current_step(0, 5)
    dock.look.compare_box.setChecked(True)
    dock.apply_row.button.click()
    settle(dock, qtbot)
    assert message(dock) == "Made movie (still), voids (still), spots (still), ways (still)"
    still = {name: viewer.layers[f"{name} (still)"] for name in ("movie", "voids", "spots", "ways")}
    for layer in still.values():
        assert layer.visible
        assert layer not in dock.companions.layers
    wanted = specks.correct_images(pixels, dock.result)
    np.testing.assert_array_equal(np.asarray(still["movie"].data), wanted)
    assert set(np.unique(np.asarray(still["voids"].data))) == {0, 3}
    particle = along.objects["true_particle"].to_numpy()
    real = particle >= 0
    assert spread(along.points.data[real, 1:], particle[real]) > 1000
    assert spread(still["spots"].data[real, 1:], particle[real]) < 15
    assert spread(still["ways"].data[:, 2:], still["ways"].data[:, 0]) < 0.03
    assert np.array_equal(still["spots"].features["radius"], along.objects["radius"])
    assert still["spots"].face_color.tolist() == along.points.face_color.tolist()
    for name in ("movie", "voids", "ways"):
        assert np.array_equal(still[name].translate, (0, 3, 4))
        assert np.array_equal(still[name].scale, (1, 0.5, 0.5))
    mark = still["spots"].metadata["specks"]
    assert (mark["step"], mark["state"]) == ("specks.drift.positions:correct_positions", "complete")


def test_a_cropped_frame_lies_where_it_was_cut_out(dock, viewer, qtbot, series, along) -> None:
    dock.inputs.choose("images", along.movie)
    run(dock, qtbot)
    still = {}
    for border in ("keep", "crop", "expand"):
        dock.apply_row.border.setCurrentIndex(dock.apply_row.border.findData(border))
        dock.apply_row.button.click()
        settle(dock, qtbot)
        layer = viewer.layers["movie (still)"]
        world = layer.world_to_data((3, 3 + 0.5 * 50, 4 + 0.5 * 60))
        still[border] = layer, layer.data.shape[1:], layer.data[3][tuple(np.round(world[1:]).astype(int))]
    assert len({id(layer) for layer, _, _ in still.values()}) == 1
    assert still["crop"][1] < still["keep"][1] < still["expand"][1]
    assert still["crop"][2] == still["keep"][2] == still["expand"][2]


def test_all_channels_and_colors_are_corrected(dock, viewer, qtbot, pixels) -> None:
    gray = pixels // 2 + 20  # no mask
    layer = viewer.add_image(np.stack([gray, 255 - gray], axis=1), name="two", rgb=False)
    photos = viewer.add_image(np.stack([gray, 0 * gray, 255 - gray], axis=-1), name="photos", rgb=True)
    for source, axis, channels in ((layer, 1, (0, 1)), (photos, 3, (0, 2))):
        dock.inputs.choose("images", source)
        if source is layer:
            dock.inputs.reading.value = "tcyx"
        dock.inputs.channel.value = channels[0]
        run(dock, qtbot)
        dock.apply()
        settle(dock, qtbot)
        still = viewer.layers[f"{source.name} (still)"]
        assert still.data.shape == source.data.shape
        assert still.rgb == source.rgb
        for channel, moved in zip(channels, (gray, 255 - gray), strict=True):
            wanted = specks.correct_images(moved, dock.result)
            np.testing.assert_array_equal(np.take(np.asarray(still.data), channel, axis), wanted)


def test_layers_that_do_not_go_with_the_drift_are_refused_in_words(dock, viewer, qtbot, along) -> None:
    dock.inputs.choose("images", along.movie)
    run(dock, qtbot)
    count = len(viewer.layers)
    longer = viewer.add_labels(np.zeros((12, 96, 112), int), name="longer", **PLACED)
    dock.companions.tick(longer)
    dock.apply_row.button.click()
    settle(dock, qtbot)
    assert message(dock) == 'layer "longer" has 12 frames, of which 4 lie beside the 8 frames of the drift'
    assert len(viewer.layers) == count + 1
    dock.companions.tick(longer, False)
    late = viewer.add_points([[9, 1, 1]], name="late")
    dock.apply_row.button.click()
    settle(dock, qtbot)
    assert message(dock) == 'layer "late" has 1 positions beside the 8 frames of the drift'
    viewer.layers.remove(late)
    viewer.layers.remove(along.movie)
    dock.apply_row.button.click()
    assert message(dock) == "The layer that drifts is gone; estimate the drift of another one"


def test_tracks_and_points_that_changed_are_corrected_anew(dock, viewer, qtbot, along) -> None:
    dock.inputs.choose("images", along.movie)
    run(dock, qtbot)
    dock.apply_row.button.click()
    settle(dock, qtbot)
    layers = list(viewer.layers)
    points, ways = viewer.layers["spots (still)"], viewer.layers["ways (still)"]
    along.points.data = along.points.data[:4]
    along.tracks.data = along.tracks.data[:16]
    dock.apply_row.button.click()
    settle(dock, qtbot)
    assert list(viewer.layers) == layers
    assert (len(points.data), len(points.features)) == (4, 4)
    assert len(ways.data) == 16


# A drift that was stored -----------------------------------------------------------------------


def opened(dock, path, qtbot) -> None:
    dock.opening.open(path)
    qtbot.waitUntil(lambda: not dock.opening.runner.busy, timeout=10_000)
    settle(dock, qtbot)


@pytest.fixture
def stored(pixels, tmp_path):
    """A drift that was corrected, in both kinds of files."""
    drift = specks.estimate_drift(pixels, max_shift=30.0)
    drift = drift.refit(specks.Corrections().add("bad_frame", frame=4))
    drift.save(tmp_path / "drift.json")
    drift.save(tmp_path / "drift.csv")
    return drift, tmp_path


def test_a_stored_drift_goes_on_where_it_was_left(dock, viewer, qtbot, pixels, stored) -> None:
    from qtpy.QtWidgets import QApplication

    drift, folder = stored
    layer = movie(viewer, pixels)
    opened(dock, folder / "drift.json", qtbot)
    pd.testing.assert_frame_equal(dock.result.table, drift.table)
    assert dock.form.values == {"max_shift": 30.0}
    assert not dock.outcome.outdated.text()
    assert [r["kind"] for r in dock.hand.corrections] == ["bad_frame"]
    viewer.dims.set_current_step(0, 5)
    np.testing.assert_allclose(layer.translate[1:], (3, 4) - 0.5 * drift.shifts[5])
    button(dock, "bad").click()
    settle(dock, qtbot)
    assert np.flatnonzero(~dock.result.table["ok"]).tolist() == [4, 5]
    dock.outcome.copy_button.click()
    known = {"viewer": viewer}
    exec(QApplication.clipboard().text(), known)
    pd.testing.assert_frame_equal(known["result"].table, dock.result.table)
    dock.carry_on.record(folder / "recipe.yaml")
    assert "drift.json is no step of a recipe" in message(dock)
    dock.hand.log.add("region", polygon=[[2, 2], [2, 100], [90, 100], [90, 2]])
    settle(dock, qtbot)
    assert dock.result.corrections.of("region"), message(dock)


def test_a_table_of_drift_is_taken_off_another_layer(dock, viewer, qtbot, pixels, stored) -> None:
    drift, folder = stored
    gray = pixels // 2 + 20
    movie(viewer, gray)
    run(dock, qtbot)
    button(dock, "bad").click()
    settle(dock, qtbot)
    opened(dock, folder / "drift.csv", qtbot)
    np.testing.assert_allclose(dock.result.shifts, drift.shifts)
    assert len(dock.hand.corrections) == 0
    dock.apply()
    settle(dock, qtbot)
    still = np.asarray(viewer.layers["movie (still)"].data)
    np.testing.assert_array_equal(still, specks.correct_images(gray, folder / "drift.csv"))
    viewer.dims.set_current_step(0, 2)
    button(dock, "bad").click()
    settle(dock, qtbot)
    assert "bare table" in message(dock)


def test_a_stored_drift_that_does_not_fit_is_refused_in_words(dock, viewer, qtbot, pixels, stored) -> None:
    _, folder = stored
    opened(dock, folder / "drift.json", qtbot)
    assert message(dock) == "Add an image or labels with a time axis"
    movie(viewer, pixels[:5])
    opened(dock, folder / "drift.json", qtbot)
    assert message(dock) == 'drift.json: this drift is of 8 frames, but layer "movie" has 5'
    specks.Drift.load(folder / "drift.csv").table.assign(z=0.0)[["z", "y", "x"]].to_csv(folder / "volume.csv")
    viewer.layers["movie"].data = pixels
    opened(dock, folder / "volume.csv", qtbot)
    assert 'this drift moves along z, y, x; layer "movie" has no z' in message(dock)
    (folder / "drift.json").write_text("{")
    opened(dock, folder / "drift.json", qtbot)
    assert "drift.json" in message(dock)
    assert dock.result is None


def test_exports(dock, viewer, qtbot, pixels, tmp_path) -> None:
    movie(viewer, pixels)
    run(dock, qtbot)
    labels = [export.label for export in dock.carry_on.exports]
    assert labels == ["Drift as a table…", "Drift, to be corrected further…", "Picture of the plot…"]
    viewer.dims.set_current_step(0, 5)
    for export in dock.carry_on.exports:
        dock.carry_on.write(export, tmp_path / export.suggested)
        settle(dock, qtbot)
        assert (tmp_path / export.suggested).stat().st_size > 100
    loaded = specks.Drift.load(tmp_path / "drift.json")
    again = loaded.refit(specks.Corrections().add("bad_frame", frame=3))
    assert not again.table["ok"][3]
