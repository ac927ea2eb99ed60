"""The dock *Refine* with offscreen Qt."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from touching_blobs import PLACED, SETTINGS, SIZE, TRUTH, blobs

import specks
from specks import Corrections

pytestmark = [pytest.mark.widgets, pytest.mark.filterwarnings("ignore:.*no features")]


#: How close fits that share a size come to each other from different starts, in pixels.
CLOSE = 0.005


@pytest.fixture
def refine(viewer, qtbot):
    """The dock on blobs, and the means to wait; nothing is run yet."""
    from specks.ui.refine import RefineDock

    layer = viewer.add_image(blobs(), name="blobs", **PLACED)
    dock = RefineDock(viewer)
    qtbot.addWidget(dock)
    dock.preview_box.setChecked(False)
    for form, values in zip((dock.locating.form, dock.form), SETTINGS, strict=True):
        form.update(values)
    dock.show()
    viewer.canvas.size = (600, 600)
    viewer.dims.set_current_step(0, 1)
    runners = (
        dock.runs.runner,
        dock.preview.runner,
        dock.locating.preview.runner,
        dock.point_tools.live.runner,
        dock.panel.pictures.runner,
    )

    def settle() -> None:
        qtbot.waitUntil(lambda: not any(runner.busy for runner in runners), timeout=60_000)

    def run() -> None:
        dock.run()
        settle()
        assert dock.result is not None, dock.progress.message.text()

    yield SimpleNamespace(viewer=viewer, dock=dock, layer=layer, run=run, settle=settle, qtbot=qtbot)
    dock.preview_box.setChecked(False)
    dock.runs.cancel()
    dock.preview.clear()
    dock.locating.clear()
    settle()


def press(refine: Any, position: Any) -> Callable[[str, Any], None]:
    """Press the mouse at a position of the frame in view; returns what goes on with moves and the release."""

    def world(at: Any) -> np.ndarray:
        return np.asarray(refine.layer.data_to_world((refine.viewer.dims.current_step[0], *at)))

    event = SimpleNamespace(
        button=1, pos=(50, 50), position=world(position), type="mouse_press", handled=False
    )
    ours = [one for one in refine.viewer.mouse_drag_callbacks if one.__module__.startswith("specks")]
    running = [callback(refine.viewer, event) for callback in ours]
    started = [run for run in running if next(run, "over") != "over"]

    def go_on(kind: str, at: Any) -> None:
        event.type, event.position = kind, world(at)
        event.pos = (event.pos[0] + (10 if kind == "mouse_move" else 0), 50)
        for run in started:
            next(run, None)

    return go_on


def click(refine: Any, position: Any) -> None:
    press(refine, position)("mouse_release", position)


def of_frame(table: Any, frame: int) -> np.ndarray:
    rows = table[table["frame"] == frame]
    return rows[["y", "x"]].to_numpy()


def off(found: np.ndarray, frame: int) -> np.ndarray:
    """Distance from each true position of a frame to the nearest found one."""
    truth = TRUTH[TRUTH[:, 0] == frame, 1:]
    return np.linalg.norm(truth[:, None] - found[None], axis=2).min(axis=1)


def row_at(refine: Any, position: Any, frame: int = 1) -> int:
    scene = refine.dock.scene
    rows = scene.rows_of(frame)
    return int(rows[np.argmin(np.linalg.norm(scene.positions[rows] - position, axis=1))])


# What is run ------------------------------------------------------------------------------------


def test_touching_blobs_are_found_to_some_hundredths_of_a_pixel(refine) -> None:
    refine.run()
    table = refine.dock.result.table
    assert len(table) == len(TRUTH)
    assert table["ok"].all()
    assert max(off(of_frame(table, t), t).max() for t in range(3)) < 0.12
    assert np.sqrt(np.mean([off(of_frame(table, t), t) ** 2 for t in range(3)])) < 0.05
    np.testing.assert_allclose(table["size"], SIZE, rtol=0.02)
    assert sorted(table["cluster_size"].unique()) == [1, 2, 3]
    assert refine.dock.outcome.sentence.text() == "21 features in 12 clusters, 3 frames."


def test_points_of_a_layer_are_where_the_fit_begins(refine) -> None:
    start = TRUTH + np.array([0, 0.6, -0.5])
    mine = refine.viewer.add_points(start, name="mine", **PLACED)
    refine.dock.inputs.choose("f", mine)
    assert not refine.dock.tabs.isTabEnabled(0)
    assert list(refine.dock.request.views) == ["images", "f"]
    refine.run()
    table = refine.dock.result.table
    assert len(table) == len(TRUTH)
    assert np.linalg.norm(table[["y", "x"]].to_numpy() - TRUTH[:, 1:], axis=1).max() < 0.12
    np.testing.assert_array_equal(refine.dock.result.known.edited[["frame", "y", "x"]], start)
    np.testing.assert_array_equal(mine.data, start)


def test_points_that_are_drawn_elsewhere_are_told_of_and_taken_by_their_numbers(refine) -> None:
    mine = refine.viewer.add_points(TRUTH, name="mine", scale=(1, 1, 1))
    refine.dock.inputs.choose("f", mine)
    assert refine.dock.elsewhere.text().startswith("“mine” is not drawn in the pixels of “blobs”")
    refine.run()
    assert off(of_frame(refine.dock.result.table, 1), 1).max() < 0.12
    mine.translate, mine.scale = PLACED["translate"], PLACED["scale"]
    assert refine.dock.elsewhere.text() == ""


def test_points_without_time_are_refused_in_words(refine) -> None:
    flat = refine.viewer.add_points([[20.0, 20.0]], name="flat")
    refine.dock.inputs.choose("f", flat)
    assert (
        refine.dock.progress.message.text()
        == 'layer "flat" has positions along 2 axes; those of layer "blobs" are t, y, x'
    )


def test_a_single_frame_and_its_points(refine) -> None:
    refine.viewer.layers.clear()
    refine.viewer.add_image(blobs()[0], name="one")
    mine = refine.viewer.add_points(TRUTH[:7, 1:] + 0.4, name="mine")
    refine.dock.inputs.choose("f", mine)
    refine.run()
    table = refine.dock.result.table
    assert off(table[["y", "x"]].to_numpy(), 0).max() < 0.12
    assert refine.dock.layers.get("table").data.shape == (7, 2)
    refine.dock.hand.log.add("point_delete", frame=0, position=[float(v) for v in TRUTH[2, 1:] + 0.4])
    refine.settle()
    assert len(refine.dock.result.table) == 6


# Layers -----------------------------------------------------------------------------------------


def test_good_ones_are_rings_and_failed_ones_red_crosses(refine) -> None:
    refine.dock.hand.log.add("point_add", frame=1, position=[40.0, 42.0])
    refine.run()
    table, layer = refine.dock.result.table, refine.dock.layers.get("table")
    assert not table["ok"].iloc[-1]
    assert [str(symbol) for symbol in layer.symbol] == ["disc"] * 21 + ["x"]
    np.testing.assert_allclose(layer.border_color[-1], [1, 0.2, 0.25, 1], atol=1e-6)
    np.testing.assert_allclose(layer.size[:-1], 2 * table["size"].to_numpy()[:-1])
    assert (layer.face_color[:, 3] == 0).all()
    assert refine.dock.result.explain(table.index[-1])
    refine.dock.choice.choose([table.index[-1]])
    assert refine.dock.panel.pane.remark.text().startswith(refine.dock.result.explain(table.index[-1]))
    assert refine.viewer.status == refine.dock.result.explain(table.index[-1])


def test_pointing_at_a_feature_tells_what_is_to_be_known_of_it(refine, monkeypatch) -> None:
    from qtpy.QtWidgets import QToolTip

    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda place, text: said.append(text))
    refine.dock.hand.log.add("point_add", frame=1, position=[40.0, 42.0])
    refine.run()

    def point(at: Any) -> None:
        event = SimpleNamespace(position=refine.layer.data_to_world((1, *at)))
        for callback in refine.viewer.mouse_move_callbacks:
            if callback.__module__.startswith("specks"):
                callback(refine.viewer, event)

    point(refine.dock.scene.positions[-1])
    point((40.0, 5.0))
    point(refine.dock.scene.positions[row_at(refine, (22.3, 62.5))])
    assert said == [refine.dock.result.explain(refine.dock.result.table.index[-1]), "", ""]
    assert "signal" in said[0]
    refine.dock.hide()
    assert not any(one.__module__.startswith("specks") for one in refine.viewer.mouse_move_callbacks)


def test_colors_follow_the_column_and_leave_those_of_a_person_alone(refine) -> None:
    refine.run()
    dock, layer = refine.dock, refine.dock.layers.get("table")
    index = dock.panel.color_box.findData("signal")
    dock.panel.color_box.setCurrentIndex(index)
    dock.panel.color_box.activated.emit(index)
    from specks.ui.point_colors import shades_of

    np.testing.assert_allclose(layer.border_color, shades_of(dock.result.table, "signal").colors, atol=1e-6)
    layer.border_color = "white"
    dock.run()
    refine.settle()
    assert (layer.border_color == 1).all()


def test_outlines_are_the_union_of_the_masks() -> None:
    from specks.ui.cluster_outlines import outlines_of

    positions = np.array([[20.0, 20.0], [20.0, 26.0], [60.0, 60.0]])
    pair, single = outlines_of(positions, np.array([0, 0, 1]), np.array([6.0, 6.0]))
    for outline, members in ((pair, positions[:2]), (single, positions[2:])):
        away = np.linalg.norm(outline[:, None] - members[None], axis=2).min(axis=1)
        np.testing.assert_allclose(away, 6, atol=0.1)
        np.testing.assert_array_equal(outline[0], outline[-1])
    np.testing.assert_allclose(np.ptp(pair, axis=0), [12, 18], atol=0.1)


def test_clusters_are_outlined_in_the_frame_in_view(refine) -> None:
    refine.run()
    refine.dock.panel.pictures.boxes["clusters"].setChecked(True)
    pictures = refine.dock.panel.pictures
    refine.qtbot.waitUntil(lambda: pictures.layer("clusters") is not None, timeout=10_000)
    layer = pictures.layer("clusters")
    assert len(layer.data) == 2
    first = layer.data_to_world(layer.data[0][0])
    assert first[0] == 1
    assert layer not in [one for combo in refine.dock.inputs.combos.values() for one in combo.choices]
    refine.viewer.dims.set_current_step(0, 2)
    refine.qtbot.waitUntil(lambda: layer.data_to_world(layer.data[0][0])[0] == 2, timeout=10_000)
    pictures.boxes["clusters"].setChecked(False)
    assert pictures.layer("clusters") is None
    assert layer not in refine.viewer.layers


def test_model_and_residual_lie_on_the_frame_in_view(refine) -> None:
    refine.run()
    pictures, result = refine.dock.panel.pictures, refine.dock.result
    for box in ("model", "residual"):
        pictures.boxes[box].setChecked(True)
    refine.qtbot.waitUntil(lambda: pictures.layer("residual") is not None, timeout=20_000)
    refine.settle()
    for frame in (1, 2):
        refine.viewer.dims.set_current_step(0, frame)
        world = refine.layer.data_to_world((frame, 0, 0))
        refine.qtbot.waitUntil(
            lambda world=world: np.allclose(pictures.layer("model").data_to_world((0, 0, 0)), world),
            timeout=20_000,
        )
        refine.settle()
        np.testing.assert_array_equal(pictures.layer("model").data[0], result.model(frame))
        np.testing.assert_array_equal(pictures.layer("residual").data[0], result.residual(frame))
        assert pictures.layer("residual").data.std() < 2.2
    low, high = pictures.layer("residual").contrast_limits
    assert low == -high < 0
    assert refine.viewer.layers.index(pictures.layer("model")) < refine.viewer.layers.index(
        refine.dock.layers.get("table")
    )
    refine.viewer.layers.remove(pictures.layer("model"))
    assert not pictures.boxes["model"].isChecked()
    refine.dock.close()
    assert pictures.layer("residual") is None


# Locate -----------------------------------------------------------------------------------------


def test_the_preview_counts_what_the_cut_keeps(refine) -> None:
    dock = refine.dock
    dock.preview_box.setChecked(True)
    refine.qtbot.waitUntil(lambda: dock.locating.found is not None, timeout=30_000)
    masses = dock.locating.found["mass"].to_numpy()
    assert (masses > 80).sum() == 7
    layer = dock.locating.layers.get("features")
    assert len(layer.data) == 7
    assert (layer.size == 7).all()
    np.testing.assert_allclose(
        sorted(layer.data_to_world(layer.data[0])[1:]),
        sorted(refine.layer.data_to_world((1, *layer.data[0][1:]))[1:]),
    )
    below = len(masses) - 7
    assert (
        dock.outcome.sentence.text() == f"Preview of frame 1: 7 features, {below} more below the least mass"
    )
    assert dock.locating.mass_plot.kept == 7
    dock.locating.mass_plot.cut_moved.emit(0.0)
    assert len(layer.data) == len(masses)
    dock.locating.mass_plot.cut_dragged.emit(float(np.sort(masses)[-3]))
    assert dock.locating.form.values["minmass"] == np.sort(masses)[-3]
    assert len(layer.data) == 2
    assert dock.locating.preview.layers.get("features") is layer


def test_all_frames_can_be_located_alone_and_refined_from_there(refine) -> None:
    dock = refine.dock
    for _ in range(2):
        dock.locating.button.click()
        refine.settle()
    layer = refine.viewer.layers["blobs located"]
    wanted = specks.locate(blobs(), axes="tyx", **dock.locating.values)
    np.testing.assert_array_equal(layer.data, wanted[["frame", "y", "x"]])
    np.testing.assert_array_equal(layer.features["mass"], wanted["mass"])
    np.testing.assert_allclose(layer.data_to_world((1, 3, 4)), refine.layer.data_to_world((1, 3, 4)))
    assert layer.metadata["specks"]["step"].endswith(":locate")
    assert len(refine.viewer.layers) == 2
    dock.inputs.choose("f", layer)
    refine.run()
    assert len(dock.result.table) == len(TRUTH)


def test_a_preview_of_refine_is_the_call_on_that_frame(refine) -> None:
    dock = refine.dock
    dock.show_page(1)
    dock.preview_box.setChecked(True)
    refine.qtbot.waitUntil(lambda: dock.preview.layers.get("table") is not None, timeout=30_000)
    found = specks.locate(blobs()[1], **dock.locating.values)
    wanted = specks.refine(found, blobs()[1], **SETTINGS[1]).table
    np.testing.assert_array_equal(dock.preview.layers.get("table").data[:, 1:], wanted[["y", "x"]])
    assert dock.locating.layers.get("features") is None


def test_estimate_finds_both_diameters_and_the_gap_of_masses(refine) -> None:
    dock = refine.dock
    dock.locating.form.reset()
    dock.form.reset()
    dock.locating.settings.estimate_button.click()
    refine.settle()
    assert dock.progress.message.text().startswith("7 bright features in this frame, size ")
    assert (dock.locating.values["diameter"], dock.form.values["diameter"]) == (7, 13)
    refine.run()
    assert len(dock.result.table) == len(TRUTH)


def test_one_diameter_follows_from_the_other_until_both_are_set(refine) -> None:
    from specks.ui.refine import RefineDock

    refine.qtbot.wait(500)
    dock = RefineDock(refine.viewer)
    refine.qtbot.addWidget(dock)
    dock.preview_box.setChecked(False)
    dock.locating.form.reset()
    dock.form.reset()
    locating, refining = dock.locating.form, dock.form
    locating.update({"diameter": 11})
    assert refining.values["diameter"] == 25
    assert dock.locating.values["separation"] == 6.6
    refining.update({"diameter": 31})
    assert locating.values["diameter"] == 11
    locating.update({"diameter": 7})
    assert refining.values["diameter"] == 31
    refining.reset()
    locating.update({"diameter": 5})
    assert refining.values["diameter"] == 11


# Corrections ------------------------------------------------------------------------------------


def test_a_click_deletes_and_undo_brings_back(refine) -> None:
    refine.run()
    before = refine.dock.result.table.copy()
    start = refine.dock.scene.starts[row_at(refine, (22.3, 62.5))]
    refine.dock.point_tools.buttons["delete"].click()
    click(refine, (22.3, 62.5))
    refine.settle()
    assert refine.dock.hand.corrections.records == (
        {"kind": "point_delete", "frame": 1, "position": start.tolist()},
    )
    assert len(refine.dock.layers.get("table").data) == 20
    refine.dock.hand.undo.click()
    refine.settle()
    np.testing.assert_allclose(refine.dock.result.table[["y", "x"]], before[["y", "x"]], atol=CLOSE)


def test_a_click_adds_what_was_missed(refine) -> None:
    missed = 12  # in the middle of three
    mine = refine.viewer.add_points(np.delete(TRUTH, missed, axis=0), name="mine", **PLACED)
    refine.dock.inputs.choose("f", mine)
    refine.run()
    assert off(of_frame(refine.dock.result.table, 1), 1).max() > 2
    refine.dock.point_tools.buttons["add"].click()
    click(refine, TRUTH[missed, 1:] + 0.8)
    refine.settle()
    (record,) = refine.dock.hand.corrections
    assert record["kind"] == "point_add"
    np.testing.assert_allclose(record["position"], TRUTH[missed, 1:] + 0.8, atol=1e-3)
    table = refine.dock.result.table
    assert len(table) == len(TRUTH)
    assert off(of_frame(table, 1), 1).max() < 0.12


def test_a_point_that_is_dragged_is_fitted_meanwhile_and_noted_when_let_go(refine) -> None:
    refine.run()
    dock, layer = refine.dock, refine.dock.layers.get("table")
    row = row_at(refine, (60.4, 20.2))
    start, place = dock.scene.starts[row], dock.scene.positions[row]
    shown: list[np.ndarray] = []
    dock.point_tools.live.fitted.connect(lambda rows, part: shown.append(np.array(layer.data[row])))
    dock.point_tools.buttons["move"].click()
    go_on = press(refine, place)
    refine.qtbot.waitUntil(lambda: not dock.point_tools.live.runner.busy, timeout=10_000)
    go_on("mouse_move", place + np.array([1.0, 1.0]))
    refine.qtbot.waitUntil(lambda: len(shown) == 1, timeout=10_000)
    np.testing.assert_allclose(shown[0][1:], place, atol=0.02)
    go_on("mouse_move", place + np.array([15.0, 1.0]))
    refine.qtbot.waitUntil(lambda: len(shown) == 2, timeout=10_000)
    assert np.linalg.norm(shown[1][1:] - place) > 5
    assert len(dock.hand.corrections) == 0
    go_on("mouse_move", place + np.array([1.5, -1.0]))
    go_on("mouse_release", place + np.array([1.5, -1.0]))
    refine.settle()
    (record,) = dock.hand.corrections
    assert (record["kind"], record["frame"], record["position"]) == ("point_move", 1, start.tolist())
    np.testing.assert_allclose(record["new"], place + np.array([1.5, -1.0]), atol=0.01)
    np.testing.assert_allclose(dock.scene.positions[row], place, atol=0.02)
    np.testing.assert_array_equal(layer.data[row, 1:], dock.scene.positions[row])


def test_a_drag_that_leads_nowhere_is_no_correction(refine) -> None:
    refine.run()
    before = np.array(refine.dock.layers.get("table").data)
    refine.dock.point_tools.buttons["move"].click()
    click(refine, refine.dock.scene.positions[row_at(refine, (60.4, 20.2))])
    click(refine, (40.0, 42.0))
    assert refine.dock.point_tools.hint.text() == "No point is there"
    refine.settle()
    assert len(refine.dock.hand.corrections) == 0
    np.testing.assert_array_equal(refine.dock.layers.get("table").data, before)


def test_the_log_gives_the_same_in_a_fresh_run(refine) -> None:
    refine.run()
    log = refine.dock.hand.log
    start = refine.dock.scene.starts[row_at(refine, (20.7, 20.3))].tolist()
    log.add("point_move", frame=1, position=start, new=[start[0] + 1, start[1] - 1])
    refine.settle()
    # Named by where the fit began, which is now somewhere else.
    moved = refine.dock.scene.starts[row_at(refine, (20.7, 20.3))].tolist()
    assert moved == [start[0] + 1, start[1] - 1]
    alone = refine.dock.scene.starts[row_at(refine, (22.3, 62.5))].tolist()
    log.add("point_delete", frame=1, position=alone)
    refine.settle()
    refitted = refine.dock.result.table
    fresh = specks.refine(
        specks.locate(blobs(), axes="tyx", **refine.dock.locating.values),
        blobs(),
        axes="tyx",
        corrections=refine.dock.hand.corrections,
        **SETTINGS[1],
    ).table
    assert len(fresh) == 20
    np.testing.assert_allclose(refitted[["y", "x"]], fresh[["y", "x"]], atol=CLOSE)


def test_points_edited_with_the_tools_of_napari_are_corrections_too(refine) -> None:
    refine.run()
    layer, log = refine.dock.layers.get("table"), refine.dock.hand
    row = row_at(refine, (22.3, 62.5))
    start = refine.dock.scene.starts[row].tolist()
    layer.selected_data = {row}
    layer.remove_selected()
    refine.qtbot.waitUntil(lambda: len(log.corrections) == 1, timeout=5000)
    refine.settle()
    assert log.corrections.records[0] == {"kind": "point_delete", "frame": 1, "position": start}
    assert len(layer.data) == len(refine.dock.result.table) == 20
    layer.add([1, 22.0, 62.0])
    refine.qtbot.waitUntil(lambda: len(log.corrections) == 2, timeout=5000)
    refine.settle()
    assert log.corrections.records[1] == {"kind": "point_add", "frame": 1, "position": [22.0, 62.0]}
    assert off(of_frame(refine.dock.result.table, 1), 1).max() < 0.12
    for n in (1, 0):
        log.undo.click()
        refine.settle()
        assert len(log.corrections) == n
    assert len(layer.data) == 21


def test_showing_a_result_notes_nothing(refine) -> None:
    refine.run()
    refine.dock.locating.form.update({"topn": 5})
    refine.run()
    refine.qtbot.wait(50)
    assert len(refine.dock.hand.corrections) == 0


def test_what_the_residual_holds_is_added_and_undone_in_one(refine) -> None:
    missed = [9, 12]  # one that is alone, and the middle of three
    mine = refine.viewer.add_points(np.delete(TRUTH, missed, axis=0), name="mine", **PLACED)
    refine.dock.inputs.choose("f", mine)
    refine.run()
    refine.dock.point_tools.buttons["missed"].click()
    refine.settle()
    assert refine.dock.progress.message.text() == "2 features added"
    assert {record["kind"] for record in refine.dock.hand.corrections} == {"point_add"}
    table = refine.dock.result.table
    assert len(table) == len(TRUTH)
    assert off(of_frame(table, 1), 1).max() < 0.12
    refine.dock.point_tools.buttons["missed"].click()
    refine.settle()
    assert refine.dock.progress.message.text() == "Nothing is left over"
    refine.dock.hand.undo.click()
    refine.settle()
    assert len(refine.dock.result.table) == len(TRUTH) - 2


# Table and canvas -------------------------------------------------------------------------------


def test_table_pane_and_canvas_show_the_same_feature(refine) -> None:
    refine.run()
    dock, layer = refine.dock, refine.dock.layers.get("table")
    row = row_at(refine, (60.4, 20.2))
    label = dock.result.table.index[row]
    click(refine, (60.4, 20.2))
    assert dock.panel.table.selection == [label]
    assert set(layer.selected_data) == {row}
    assert dock.panel.pane.title.text() == f"Feature {label}, frame 1, alone"
    assert dock.choice.ring.visible
    other = dock.result.table.index[row_at(refine, (22.6, 62.7), frame=2)]
    dock.panel.table.set_selected([other])
    dock.panel.table.selected.emit([other])
    assert refine.viewer.dims.current_step[0] == 2
    assert set(layer.selected_data) == {row_at(refine, (22.6, 62.7), frame=2)}
    layer.selected_data = {row}
    assert dock.panel.table.selection == [label]
    click(refine, (40.0, 42.0))
    assert dock.panel.table.selection == []


def test_tools_work_only_while_the_result_is_about_what_is_chosen(refine) -> None:
    tools = refine.dock.point_tools
    assert not any(button.isEnabled() for button in tools.buttons.values())
    refine.run()
    assert all(button.isEnabled() for button in tools.buttons.values())
    tools.buttons["delete"].click()
    assert not refine.dock.choice._clicks.on
    refine.dock.form.update({"diameter": 15.0})
    assert not any(button.isEnabled() for button in tools.buttons.values())
    assert tools.tool is None


def test_a_log_can_be_written_as_python(refine) -> None:
    from qtpy.QtWidgets import QApplication

    refine.run()
    refine.dock.hand.log.add("point_add", frame=1, position=[40.0, 42.0])
    refine.settle()
    refine.dock.outcome.copy_button.click()
    known: dict[str, Any] = {"viewer": refine.viewer}
    exec(QApplication.clipboard().text(), known)
    assert known["result"].corrections == Corrections().add("point_add", frame=1, position=[40.0, 42.0])
    rows = known["result"].table["ok"]
    np.testing.assert_allclose(
        known["result"].table["y"][rows], refine.dock.result.table["y"][rows], atol=CLOSE
    )


# Sabotage ---------------------------------------------------------------------------------------


def test_edits_that_come_faster_than_the_fit_name_the_right_points(refine) -> None:
    refine.run()
    dock, layer = refine.dock, refine.dock.layers.get("table")
    starts, result = dock.scene.starts.tolist(), dock.result
    layer.remove([2])
    layer.remove([3])  # was row 4
    places = np.array(layer.data)
    layer.add([1, 40.0, 42.0])
    layer.add([1, 42.0, 80.0])
    layer.data[5] += [0, 1.0, 0.5]  # was row 7
    layer.events.data(value=layer.data, action="changed", data_indices=(5,), vertex_indices=((),))
    refine.qtbot.waitUntil(lambda: len(dock.hand.corrections) == 5, timeout=5000)
    assert dock.result is result, "the fit has not come along yet"
    assert [(r["kind"], r["position"]) for r in dock.hand.corrections] == [
        ("point_delete", starts[2]),
        ("point_delete", starts[4]),
        ("point_add", [40.0, 42.0]),
        ("point_add", [42.0, 80.0]),
        ("point_move", starts[7]),
    ]
    np.testing.assert_allclose(
        dock.hand.corrections.records[-1]["new"], places[5, 1:] + [1.0, 0.5], atol=1e-3
    )
    refine.settle()
    assert len(layer.data) == len(dock.result.table) == 21


def test_tools_that_are_faster_than_the_fit_name_points_by_where_they_are_now(refine) -> None:
    refine.run()
    dock = refine.dock
    log, row = dock.hand.log, row_at(refine, (60.4, 20.2))
    dock.point_tools.buttons["move"].click()
    place = dock.scene.positions[row]
    for step in (1.0, 2.0):
        go_on = press(refine, place)
        go_on("mouse_move", place + step)
        go_on("mouse_release", place + step)
    first, second = log.corrections
    assert second["position"] == first["new"]
    dock.point_tools.buttons["delete"].click()
    for _ in range(2):
        click(refine, place)
    assert len(log.corrections) == 3
    assert log.corrections.records[2]["position"] == second["new"]
    assert dock.point_tools.hint.text() == "No point is there"
    refine.settle()
    assert len(dock.result.table) == len(TRUTH) - 1
    assert dock.progress.message.text() == ""


def test_a_result_of_pixels_that_are_gone_lets_go_of_the_canvas(refine) -> None:
    refine.run()
    dock, pictures = refine.dock, refine.dock.panel.pictures
    dock.choice.choose([dock.result.table.index[8]])
    pictures.boxes["residual"].setChecked(True)
    refine.qtbot.waitUntil(lambda: pictures.layer("residual") is not None, timeout=20_000)
    refine.layer.data = blobs()[0]
    assert pictures.layer("residual") is None, "it is that of other pixels"
    assert not dock.choice.ring.visible
    assert not any(button.isEnabled() for button in dock.point_tools.buttons.values())
    refine.run()
    refine.qtbot.waitUntil(lambda: pictures.layer("residual") is not None, timeout=20_000)
    assert pictures.layer("residual").data.shape == blobs()[0].shape


def test_pixels_that_change_while_a_run_goes_on_make_its_result_stale(refine) -> None:
    dock = refine.dock
    dock.run()
    refine.layer.data = blobs()[:2]
    refine.settle()
    assert dock.result is not None
    assert dock.stale
    assert not any(button.isEnabled() for button in dock.point_tools.buttons.values())
    refine.run()
    assert not dock.stale
    assert dock.result.table["frame"].max() == 1


def test_where_nothing_can_be_found_the_dock_says_why(refine) -> None:
    dock = refine.dock
    refine.layer.data = np.full((2, 40, 40), 7, np.uint8)
    dock.preview_box.setChecked(True)
    refine.qtbot.waitUntil(lambda: dock.locating.found is not None, timeout=30_000)
    why = "blank (all pixels are equal): no features are there."
    assert dock.outcome.sentence.text().endswith(f": 0 features. The image {why}")
    refine.run()
    assert dock.outcome.sentence.text().startswith("0 features in 0 clusters")
    assert dock.outcome.sentence.text().endswith(f"All frames {why}")


def test_a_closed_dock_draws_no_pictures_when_the_slider_moves(refine) -> None:
    refine.run()
    pictures = refine.dock.panel.pictures
    pictures.boxes["model"].setChecked(True)
    refine.qtbot.waitUntil(lambda: pictures.layer("model") is not None, timeout=20_000)
    refine.dock.close()
    refine.viewer.dims.set_current_step(0, 2)
    refine.qtbot.wait(150)
    refine.settle()
    assert pictures.layer("model") is None
    refine.dock.show()
    refine.qtbot.waitUntil(lambda: pictures.layer("model") is not None, timeout=20_000)


def test_a_correction_of_a_point_that_is_gone_tells_the_way_out(refine) -> None:
    refine.run()
    refine.dock.hand.log.add("point_delete", frame=1, position=[40.0, 42.0])
    refine.settle()
    said = refine.dock.progress.message.text()
    assert said.startswith("point_delete: no point of frame 1 begins at (40, 42)")
    assert said.endswith("Undo takes them back, the last first")
    refine.dock.hand.undo.click()
    refine.settle()
    assert refine.dock.progress.message.text() == ""


def test_what_was_said_of_another_image_is_not_left_standing(refine) -> None:
    refine.dock.progress.say("126 features in this frame")
    other = refine.viewer.add_image(blobs()[:2], name="other")
    assert refine.dock.progress.message.text() == "126 features in this frame"
    refine.dock.inputs.choose("images", other)
    assert refine.dock.progress.message.text() == ""


def test_an_estimate_that_finds_nothing_changes_nothing(viewer) -> None:
    from specks.ui.layer_view import view_layer
    from specks.ui.refine_estimate import estimate_features
    from specks.ui.refine_request import locate_request

    flat = viewer.add_image(np.stack([blobs()[1]] * 2))  # too flat for a volume: all lies within the margin
    found = estimate_features(locate_request({"images": view_layer(flat, "zyx")}, {}))
    assert (found.values, found.sentence) == (
        {},
        "Nothing stands out clearly; the settings stay as they are",
    )


def test_edits_of_points_that_are_outdated_are_told_not_to_count(refine) -> None:
    refine.run()
    dock, layer = refine.dock, refine.dock.layers.get("table")
    dock.form.update({"diameter": 15.0})
    assert dock.progress.message.text() == ""
    layer.remove([2])
    assert dock.progress.message.text().startswith("These points are those of an earlier fit")
    refine.run()
    assert dock.progress.message.text() == ""
    assert len(layer.data) == len(TRUTH)
    assert len(dock.hand.corrections) == 0


def test_on_turned_axes_a_click_corrects_and_chooses_nothing(refine) -> None:
    refine.run()
    dock = refine.dock
    refine.viewer.dims.order = (1, 0, 2)
    dock.point_tools.buttons["add"].click()
    click(refine, (40.0, 42.0))
    assert dock.point_tools.hint.text() == "Points are corrected where y and x are shown, in 2D"
    assert len(dock.hand.corrections) == 0
    dock.point_tools.buttons["add"].click()
    click(refine, dock.scene.positions[row_at(refine, (60.4, 20.2))])
    assert dock.choice.labels == []


def test_what_is_kept_can_be_edited_without_correcting_anything(refine) -> None:
    refine.run()
    layer = refine.dock.layers.get("table")
    refine.dock.outcome.keep_button.click()
    layer.remove([2])
    refine.qtbot.wait(50)
    refine.settle()
    assert len(refine.dock.hand.corrections) == 0
    assert len(layer.data) == len(TRUTH) - 1


def test_a_tool_of_another_dock_takes_the_mouse(refine) -> None:
    from specks.ui.refine import RefineDock

    refine.run()
    refine.dock.point_tools.buttons["delete"].click()
    other = RefineDock(refine.viewer)
    refine.qtbot.addWidget(other)
    other.preview_box.setChecked(False)
    other.inputs.choose("images", refine.layer)
    for form, values in zip((other.locating.form, other.form), SETTINGS, strict=True):
        form.update(values)
    other.run()
    refine.qtbot.waitUntil(lambda: other.result is not None and not other.runs.runner.busy, timeout=60_000)
    other.point_tools.buttons["move"].click()
    assert (refine.dock.point_tools.tool, other.point_tools.tool) == (None, "move")
    assert sum(one.__module__ == "specks.ui.mouse" for one in refine.viewer.mouse_drag_callbacks) == 1
    refine.dock.point_tools.buttons["add"].click()
    assert (refine.dock.point_tools.tool, other.point_tools.tool) == ("add", None)
    other.preview_box.setChecked(False)
    refine.qtbot.waitUntil(lambda: not other.locating.preview.runner.busy, timeout=10_000)
