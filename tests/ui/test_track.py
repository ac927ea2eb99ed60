"""The dock *Track* with offscreen Qt."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tracked_squares import FRAMES, OVER_THE_GAP, PLACED, squares

from specks import Corrections
from specks.io import track_array

pytestmark = pytest.mark.widgets


@pytest.fixture
def track(viewer, qtbot):
    """The dock on squares, and the means to wait; nothing is run yet."""
    from specks.ui.track import TrackDock

    layer = viewer.add_labels(squares(), name="squares", **PLACED)
    dock = TrackDock(viewer)
    qtbot.addWidget(dock)
    dock.preview_box.setChecked(False)
    dock.form.update({"search_range": 3.0})
    dock.show()
    viewer.canvas.size = (600, 600)

    def settle() -> None:
        qtbot.waitUntil(lambda: not (dock.runs.runner.busy or dock.preview.runner.busy), timeout=30_000)

    def run() -> None:
        dock.run()
        settle()
        assert dock.result is not None, dock.progress.message.text()

    yield SimpleNamespace(viewer=viewer, dock=dock, layer=layer, run=run, settle=settle, qtbot=qtbot)
    dock.runs.cancel()
    dock.preview.clear()
    settle()


def go_to(track: Any, frame: int) -> None:
    track.viewer.dims.set_current_step(0, frame)


def click(track: Any, y: float, x: float, layer: Any = None, drag: int = 0) -> None:
    """Click the canvas at a place of the layer, in pixels, as napari tells its callbacks."""
    world = (layer or track.layer).data_to_world((0, y, x))
    place = np.array([*track.viewer.dims.point[:-2], *world[-2:]])
    event = SimpleNamespace(button=1, pos=(50, 50), position=place, type="mouse_press")
    ours = [one for one in track.viewer.mouse_drag_callbacks if one.__module__.startswith("specks")]
    running = [callback(track.viewer, event) for callback in ours]
    started = [run for run in running if next(run, "over") != "over"]
    if drag:
        event.type, event.pos = "mouse_move", (50 + drag, 50)
        for run in started:
            next(run, None)
    event.type = "mouse_release"
    for run in started:
        next(run, None)


def number_at(track: Any, frame: int, y: float) -> int:
    rows = track.dock.result.table
    rows = rows[rows["frame"] == frame]
    return int(rows["particle"].iloc[np.argmin(np.abs(rows["y"] - y))])


# Layers ----------------------------------------------------------------------------------------


def test_inferred_positions_are_rings_of_their_own_layer(track) -> None:
    track.run()
    gaps = track.dock.layers.get("inferred")
    np.testing.assert_allclose(gaps.data, [[3, 62.5, 22.5 + 3]])
    assert gaps.size[0] == pytest.approx(2 * np.sqrt(36 / np.pi))
    assert gaps.face_color[0, 3] == 0
    assert gaps.border_color[0, 3] > 0
    tracks = track.dock.layers.get("tracks")
    assert 3 not in tracks.data[tracks.data[:, 0] == number_at(track, 0, 62.5)][:, 1]
    track.dock.hand.log.add("link_forbid", **OVER_THE_GAP)
    track.settle()
    assert track.dock.layers.get("inferred") is gaps
    assert len(gaps.data) == 0


def test_where_nothing_follows_anything_there_is_no_layer_but_a_sentence(track) -> None:
    labels = np.zeros((4, 40, 40), np.int32)
    for t in range(4):
        labels[t, 9 * t : 9 * t + 4, 36 - 9 * t : 40 - 9 * t] = 1
    track.run()
    assert track.dock.layers.get("tracks") is not None
    track.layer.data = labels
    track.dock.form.update({"search_range": 1.0})
    track.run()
    assert track.dock.layers.get("tracks") is None
    assert not any(type(layer).__name__ == "Tracks" for layer in track.viewer.layers)
    assert "4 tracks of 4 objects in 4 frames" in track.dock.outcome.sentence.text()


def test_a_layer_that_gets_other_axes_after_a_run_is_refused_in_words(track) -> None:
    track.run()
    go_to(track, 2)
    click(track, 31.5, 31.5)
    for data, axes in ((squares()[0], "yx"), (squares()[:1], "tyx")):
        track.layer.data = data
        assert "has no time axis" in track.dock.progress.message.text(), axes
        click(track, 31.5, 31.5) if data.ndim > 2 else None
        track.dock.link_tools.refresh()
    track.layer.data = squares()
    track.run()
    assert track.dock.layers.get("tracks") is not None


@pytest.mark.parametrize("labels", [np.zeros((4, 30, 30), np.int32), squares()[:1]])
def test_no_objects_or_a_single_frame(track, labels) -> None:
    track.layer.data = labels
    if not track.dock.progress.run_button.isEnabled():
        assert "time" in track.dock.progress.message.text()
        return
    track.dock.run()
    track.settle()
    assert track.dock.layers.get("tracks") is None
    assert track.dock.outcome.sentence.text() or track.dock.progress.message.text()


def test_colors_are_chosen_in_the_dock_and_stay_through_a_refit(track) -> None:
    track.run()
    tracks, box = track.dock.layers.get("tracks"), track.dock.panel.color_box
    seen = set()
    for i in range(box.count()):
        box.setCurrentIndex(i)
        box.activated.emit(i)
        assert tracks.color_by == box.itemData(i)
        assert np.isfinite(tracks.track_colors).all()
        assert tracks.track_colors[:, 3].min() > 0
        seen.add(tracks.track_colors.tobytes())
    assert len(seen) >= 4
    box.setCurrentIndex(1)
    box.activated.emit(1)
    assert tracks.color_by == "radius_nm"
    track.dock.picked.pick(number_at(track, 0, 31.5))
    go_to(track, 4)
    track.dock.link_tools.buttons["forbid"].click()
    track.settle()
    assert track.dock.layers.get("tracks") is tracks
    assert tracks.color_by == "radius_nm"


def test_a_strip_says_what_colors_mean(track) -> None:
    track.run()
    panel, drawn = track.dock.panel, track.dock.layers.drawn
    assert panel.scale.isHidden(), "numbers of tracks mean nothing"
    for i in range(1, panel.color_box.count()):
        panel.color_box.setCurrentIndex(i)
        panel.color_box.activated.emit(i)
        shade = drawn.shades[panel.color_by]
        assert not panel.scale.isHidden()
        assert [float(end.text().replace("−", "-")) for end in (panel.scale.low, panel.scale.high)] == [
            pytest.approx(end, rel=0.005) for end in (shade.low, shade.high)
        ]
        colors = panel.scale.strip.grab().toImage()
        ends = [colors.pixelColor(x, 1).getRgbF()[:3] for x in (0, colors.width() - 1)]
        np.testing.assert_allclose(ends, shade.map([shade.low, shade.high])[:, :3], atol=0.02)
    panel.color_box.setCurrentIndex(0)
    panel.color_box.activated.emit(0)
    assert panel.scale.isHidden()


def test_merging_tracks_have_a_graph(track) -> None:
    labels = np.zeros((6, 60, 60), np.int32)
    for t in range(6):
        if t < 3:
            labels[t, 20:30, 14 + 2 * t : 24 + 2 * t], labels[t, 20:30, 40 - 2 * t : 50 - 2 * t] = 1, 2
        else:
            labels[t, 18:32, 24:40] = 1
        labels[t, 50:56, 5:11] = 3
    track.layer.data = labels
    track.dock.form.update({"merging": True, "search_range": 8.0})
    log = track.dock.hand.log
    for label in (1, 2):
        log.add("link_draw", frame_a=2, label_a=label, frame_b=3, label_b=1)
    track.run()
    tracks = track.dock.layers.get("tracks")
    ((child, parents),) = tracks.graph.items()
    assert {child, *parents} <= set(tracks.data[:, 0])
    assert len(parents) == 2
    assert "1 merge" in track.dock.outcome.sentence.text()


# Picking ---------------------------------------------------------------------------------------


def test_a_click_on_an_object_picks_its_track_everywhere(track) -> None:
    track.run()
    go_to(track, 2)
    click(track, 31.5, 31.5)
    wanted = number_at(track, 2, 31.5)
    dock = track.dock
    assert dock.picked.particle == wanted
    assert dock.panel.size_plot.course.particle == wanted
    (row,) = dock.panel.table.selectionModel().selectedRows()
    assert dock.panel.table.particles[row.row()] == wanted
    assert dock.picked.ring.visible
    click(track, 5.0, 80.0)
    assert dock.picked.particle is None
    assert not dock.panel.table.selectionModel().selectedRows()
    assert not dock.picked.ring.visible


def test_a_drag_and_a_brush_pick_nothing(track) -> None:
    track.run()
    go_to(track, 2)
    click(track, 31.5, 31.5, drag=30)
    assert track.dock.picked.particle is None
    track.viewer.layers.selection.active = track.layer
    track.layer.mode = "paint"
    click(track, 31.5, 31.5)
    assert track.dock.picked.particle is None
    track.layer.mode = "pan_zoom"
    track.dock.close()
    click(track, 31.5, 31.5)
    assert track.dock.picked.particle is None


def test_a_row_of_the_table_leads_to_its_track(track) -> None:
    track.run()
    table = track.dock.panel.table
    go_to(track, 7)
    track.viewer.scene.camera.center = (0, 500.0, 500.0)
    wanted = number_at(track, 0, 31.5)
    table.selectRow(int(np.flatnonzero(table.particles == wanted)[0]))
    assert track.dock.picked.particle == wanted
    assert track.viewer.dims.current_step[0] == 7
    place = track.layer.data_to_world((7, 29.5 + 1, 29.5 + 1))[-2:]
    np.testing.assert_allclose(track.viewer.scene.camera.center[-2:], place, atol=1.0)
    before = track.viewer.scene.camera.center
    table.selectRow(int(np.flatnonzero(table.particles == number_at(track, 0, 12.5))[0]))
    assert track.viewer.scene.camera.center == before, "what is in view already stays where it is"


def test_a_track_stays_picked_when_tracks_are_numbered_anew(track) -> None:
    track.run()
    go_to(track, 6)
    click(track, 62.5, 28.5)
    picked = track.dock.picked
    track.dock.hand.log.add("link_forbid", frame_a=0, label_a=1, frame_b=1, label_b=2)
    track.settle()
    rows = track.dock.result.table
    here = rows[(rows["frame"] == 6) & (rows["label"] == 1 + (1 + 6) % 3)]
    assert picked.particle == int(here["particle"].iloc[0])


def test_a_click_on_the_plot_goes_to_the_frame(track) -> None:
    track.run()
    track.dock.picked.pick(number_at(track, 0, 31.5))
    plot = track.dock.panel.size_plot
    plot.frame_chosen.emit(5)
    assert track.viewer.dims.current_step[0] == 5
    assert plot.frame == 5
    assert plot.line.value() == pytest.approx(10.0)  # seconds
    assert "grows by 0.282 nm/s" in plot.plotItem.titleLabel.text


def test_a_table_of_many_tracks_is_filled_as_it_is_looked_at(qtbot) -> None:
    from specks.ui.column_model import Column
    from specks.ui.track_table import TrackTable

    n = 200_000
    table = TrackTable()
    qtbot.addWidget(table)
    table.show()
    rng = np.random.default_rng(0)
    columns = [Column("Track", np.arange(n)), Column("Frames", rng.integers(1, 99, n))]
    columns += [Column(f"{i}", rng.normal(size=n)) for i in range(8)]
    started = time.thread_time()  # not that of the clock: others may be at work, too
    table.show_columns(columns)
    table.choose(n // 2)
    qtbot.wait(1)
    assert time.thread_time() - started < 0.5
    assert table.particles[table.currentIndex().row()] == n // 2
    table.sortByColumn(2, table.horizontalHeader().sortIndicatorOrder())
    assert table.particles[table.currentIndex().row()] == n // 2, "sorting keeps what is chosen"


def test_what_is_not_known_is_sorted_last(qtbot) -> None:
    from qtpy.QtCore import Qt

    from specks.ui.column_model import Column
    from specks.ui.track_table import TrackTable

    table = TrackTable()
    qtbot.addWidget(table)
    table.show_columns([Column("Track", np.arange(3)), Column("Growth", np.array([2.0, np.nan, 1.0]))])
    for order, wanted in (
        (Qt.SortOrder.AscendingOrder, [2, 0, 1]),
        (Qt.SortOrder.DescendingOrder, [0, 2, 1]),
    ):
        table.sortByColumn(1, order)
        assert table.particles.tolist() == wanted
    assert table.model().data(table.model().index(2, 1)) == "–"


# Corrections -----------------------------------------------------------------------------------


def test_the_link_into_the_frame_in_view_is_judged(track) -> None:
    track.run()
    dock, tools = track.dock, track.dock.link_tools
    dock.picked.pick(number_at(track, 0, 31.5))
    go_to(track, 0)
    assert "begins here" in tools.hint.text()
    assert not tools.buttons["forbid"].isEnabled()
    go_to(track, 4)
    assert f"Link of track {dock.picked.particle} from frame 3 to 4: 100% sure" == tools.hint.text()
    tools.buttons["forbid"].click()
    track.settle()
    (record,) = dock.hand.corrections
    assert record == {
        "kind": "link_forbid",
        "frame_a": 3,
        "label_a": 1,
        "frame_b": 4,
        "label_b": 2,
    }
    assert number_at(track, 3, 31.5) != number_at(track, 4, 31.5)
    go_to(track, 5)
    tools.buttons["confirm"].click()
    track.settle()
    assert "confirmed by hand" in tools.hint.text()
    assert not tools.buttons["confirm"].isEnabled()
    for _ in range(2):
        dock.hand.undo.click()
        track.settle()
    assert number_at(track, 3, 31.5) == number_at(track, 4, 31.5)
    assert len(dock.hand.corrections) == 0


def test_a_link_is_drawn_by_two_clicks_on_two_frames(track) -> None:
    track.run()
    dock = track.dock
    dock.link_tools.buttons["draw"].click()
    go_to(track, 2)
    click(track, 62.5, 24.5)
    assert "first: frame 2" in dock.link_tools.hint.text()
    assert len(dock.hand.corrections) == 0
    go_to(track, 4)
    click(track, 62.5, 26.5)
    track.settle()
    (record,) = dock.hand.corrections
    assert record == {"kind": "link_draw", **OVER_THE_GAP}
    assert number_at(track, 2, 62.5) == number_at(track, 4, 62.5)
    assert dock.picked.particle == number_at(track, 4, 62.5)
    go_to(track, 3)
    dock.link_tools.buttons["draw"].click()
    assert "drawn by hand" in dock.link_tools.hint.text()


def test_only_what_a_correction_touches_is_linked_again(track, monkeypatch) -> None:
    track.run()
    monkeypatch.setattr("specks.tracking._links.make_plan", None)
    monkeypatch.setattr("specks.measure.measure_objects", None)
    track.dock.hand.log.add("link_draw", **OVER_THE_GAP)
    track.settle()
    assert track.dock.progress.message.text() == ""
    assert number_at(track, 2, 62.5) == number_at(track, 4, 62.5)


def test_settings_that_were_changed_disarm_the_tools(track) -> None:
    track.run()
    track.dock.picked.pick(number_at(track, 0, 31.5))
    go_to(track, 4)
    assert track.dock.link_tools.buttons["forbid"].isEnabled()
    track.dock.form.update({"memory": 0})
    assert not track.dock.link_tools.buttons["forbid"].isEnabled()
    assert not track.dock.link_tools.buttons["draw"].isEnabled()
    track.dock.form.update({"memory": 2})
    assert track.dock.link_tools.buttons["forbid"].isEnabled()


def test_corrections_that_do_not_fit_are_said(track) -> None:
    track.run()
    track.dock.hand.log.add("link_forbid", frame_a=0, label_a=77, frame_b=1, label_b=1)
    track.settle()
    assert "there is no object with label 77 in frame 0" in track.dock.progress.message.text()
    track.dock.hand.undo.click()
    track.settle()
    assert track.dock.progress.run_button.isEnabled()


# Preview, circle, inputs -----------------------------------------------------------------------


def test_a_preview_links_three_frames_and_leaves_the_result_alone(track) -> None:
    import specks

    track.run()
    dock, full = track.dock, track.dock.layers.get("tracks")
    before, sentence = full.data.copy(), dock.outcome.sentence.text()
    go_to(track, 6)
    dock.preview_box.setChecked(True)
    dock.form.update({"search_range": 2.0})
    shown = dock.preview.layers
    track.qtbot.waitUntil(lambda: shown.get("tracks") is not None, timeout=10_000)
    table = specks.measure_objects(squares()[5:8], axes="tyx", spacing=(0.5, 0.5), units="nm")
    table["frame"] += 5
    links = specks.link(table, search_range=2.0, spacing=(0.5, 0.5), units="nm")
    wanted = track_array(links.table)
    np.testing.assert_array_equal(shown.get("tracks").data, wanted)
    assert dock.outcome.sentence.text().startswith("Preview of frames 5 to 7: ")
    assert not full.visible
    np.testing.assert_array_equal(full.data, before)
    go_to(track, 0)
    track.qtbot.waitUntil(lambda: shown.get("tracks").data[:, 1].max() == 2, timeout=10_000)
    dock.form.update({"search_range": 3.0})
    assert full.visible
    assert dock.outcome.sentence.text() == sentence
    assert not list(shown)


def test_a_preview_without_a_link_hides_the_last_result_too(track) -> None:
    track.run()
    dock = track.dock
    dock.preview_box.setChecked(True)
    dock.form.update({"search_range": 0.01})
    track.qtbot.waitUntil(lambda: dock.outcome.sentence.text().startswith("Preview"), timeout=10_000)
    if dock.preview.layers.get("tracks") is None:
        assert not dock.layers.get("tracks").visible


def test_the_circle_is_as_wide_as_is_looked(track) -> None:
    zoom = track.viewer.scene.camera.zoom
    assert track.dock.circle.width == round(2 * 3.0 * zoom)
    track.dock.form.update({"method": "trackpy"})  # whose lengths are pixels
    assert track.dock.circle.width == round(2 * 3.0 * 0.5 * zoom)
    assert "(px)" in track.dock.form._labels["search_range"].text()
    track.dock.form.reset()
    assert track.dock.circle.width == 0
    track.run()
    reach = track.dock.result.links.search_range
    assert track.dock.circle.width == round(2 * reach * zoom)
    track.dock.hide()
    assert track.dock.circle.width == 0


def test_the_circle_shows_what_a_preview_has_learned(track) -> None:
    dock = track.dock
    dock.form.reset()
    assert dock.circle.width == 0
    dock.preview_box.setChecked(True)
    track.qtbot.waitUntil(lambda: dock.outcome.sentence.text().startswith("Preview"), timeout=10_000)
    (_, reach) = dock._learned
    assert f"Looked up to {reach:.3g} nm far" in dock.outcome.sentence.text()
    assert dock.circle.width == round(2 * reach * track.viewer.scene.camera.zoom) > 0


def test_estimate_fills_in_what_was_learned(track) -> None:
    track.dock.form.reset()
    track.dock.settings.estimate_button.click()
    track.settle()
    import specks

    table = specks.measure_objects(squares(), axes="tyx", spacing=(0.5, 0.5), units="nm")
    reach = specks.link(table, spacing=(0.5, 0.5), units="nm").search_range
    assert track.dock.form.values == {"search_range": float(f"{reach:.3g}")}
    assert "nm far" in track.dock.progress.message.text()


def test_points_are_linked_as_they_are(track) -> None:
    import specks

    table = specks.measure_objects(squares(), axes="tyx")
    places = table[["frame", "y", "x"]].to_numpy(float)
    points = track.viewer.add_points(places, name="dots", features={"radius": table["radius"]}, **PLACED)
    dock = track.dock
    dock.inputs.choose("table", points)
    assert dock.inputs.facts.text().replace("\N{NO-BREAK SPACE}", " ") == "23 points · tyx · 0.5 nm/px"
    track.run()
    wanted = table[["frame", "y", "x", "radius"]].assign(label=range(1, 24))
    links = specks.link(wanted, search_range=3.0, spacing=(0.5, 0.5), units="nm")
    pd.testing.assert_frame_equal(dock.result.table, links.table, check_dtype=False)
    go_to(track, 4)
    click(track, 31.5, 31.5, layer=points)
    dock.link_tools.buttons["forbid"].click()
    track.settle()
    assert len(dock.hand.corrections) == 1
    assert number_at(track, 3, 31.5) != number_at(track, 4, 31.5)
    from qtpy.QtWidgets import QApplication

    dock.outcome.copy_button.click()
    known = {"viewer": track.viewer}
    exec(QApplication.clipboard().text(), known)
    pd.testing.assert_frame_equal(known["result"].table, dock.result.table, check_like=True)


def test_points_without_a_size_are_ringed_as_they_are_drawn(track) -> None:
    places = [(t, 10.0 + t, 20.0) for t in range(6) if t != 3]
    points = track.viewer.add_points(places, name="dots", size=5, **PLACED)
    dock = track.dock
    dock.inputs.choose("table", points)
    track.run()
    assert dock.layers.get("inferred").size.tolist() == [5]
    go_to(track, 4)
    dock.picked.pick(0)
    assert dock.picked.here.diameter == 5
    size, speed = dock.panel.size_plot, dock.panel.speed_plot
    assert size.words.isVisibleTo(size)
    assert size.words.text() == "These objects have no size"
    assert not speed.words.isVisibleTo(speed)
    dock.picked.pick(None)
    assert speed.words.text() == size.words.text() == "Pick a track to see it here"
    assert speed.words.isVisibleTo(speed)


def test_positions_without_a_time_axis_are_refused_in_words(track) -> None:
    dots = track.viewer.add_points(np.zeros((3, 2)), name="dots")
    track.viewer.layers.remove(track.layer)
    track.viewer.layers.selection.active = dots
    assert track.dock.progress.message.text() == 'layer "dots" has no time axis: its positions are along y, x'


def test_masks_that_were_not_numbered_are_noticed(track) -> None:
    track.layer.data = (squares() > 0).astype(np.int32)
    track.run()
    assert "number their objects first" in track.dock.outcome.sentence.text()


def test_series_of_volumes_are_tracked_and_drawn(track) -> None:
    volume = np.repeat(squares()[:, None], 3, axis=1)
    layer = track.viewer.add_labels(volume, name="volumes")
    track.dock.inputs.choose("table", layer)
    track.run()
    tracks = track.dock.layers.get("tracks")
    assert tracks.data.shape[1] == 5
    np.testing.assert_allclose(tracks.data[:, 2], 1.0)
    go_to(track, 2)
    track.viewer.dims.set_current_step(1, 1)
    world = layer.data_to_world((2, 1, 31.5, 31.5))
    assert track.dock.picked.scene.at(track.viewer, world).particle == number_at(track, 2, 31.5)


# Drift -----------------------------------------------------------------------------------------


@pytest.fixture
def drift(track):
    """A drift of the squares, as the dock Drift leaves it."""
    import specks
    from specks._core.provenance import Provenance
    from specks.ui.layer_view import view_layer
    from specks.ui.request import Finished, Request
    from specks.ui.shelf import shelf_of

    def put(layer: Any, frames: int = FRAMES) -> Any:
        moved = {"frame": range(frames), "particle": 0, "y": np.arange(frames) * 1.0, "x": 5.0}
        found = specks.drift_from_tracks(pd.DataFrame(moved))
        request = Request(specks.estimate_drift, {"images": view_layer(layer, "tyx")}, {})
        shelf_of(track.viewer).put(request, Finished(found, Provenance()))
        return found

    return put


def test_a_drift_of_the_layer_is_taken_and_another_one_offered(track, drift) -> None:
    choice = track.dock.drift_choice
    assert choice.isHidden()
    image = track.viewer.add_image(np.zeros((FRAMES, 80, 90)), name="series", rgb=False, **PLACED)
    drift(image)
    assert [choice.box.itemText(i) for i in range(choice.box.count())] == ["none", "of series"]
    assert choice.wire is None, "whose drift was taken out already is not known"
    drift(track.layer)
    assert choice.box.currentText() == "of squares"
    assert choice.wire is not None
    choice.choose(None)
    assert choice.wire is None
    other = track.viewer.add_image(np.zeros((4, 80, 90)), name="short", rgb=False, **PLACED)
    drift(other, 4)
    assert "of short" not in [choice.box.itemText(i) for i in range(choice.box.count())]
    image.data = np.zeros((80, 90))  # what is known of it is about other axes
    choice.refresh()
    assert [choice.box.itemText(i) for i in range(choice.box.count())] == ["none", "of squares"]
    track.viewer.layers.remove(image)
    assert [choice.box.itemText(i) for i in range(choice.box.count())] == ["none", "of squares"]


def test_tracks_are_drawn_as_measured_or_without_the_drift(track, drift) -> None:
    import specks

    found = drift(track.layer)
    assert track.dock.panel.still_box.isHidden()
    track.run()
    table = specks.measure_objects(squares(), axes="tyx", spacing=(0.5, 0.5), units="nm")
    table = specks.correct_positions(table, found)
    links = specks.link(table, search_range=3.0, spacing=(0.5, 0.5), units="nm")
    pd.testing.assert_frame_equal(track.dock.result.table, links.table, check_exact=True)
    tracks = track.dock.layers.get("tracks")
    count = links.table.groupby("particle")["frame"].transform("size")
    several = links.table[count > 1]
    np.testing.assert_array_equal(tracks.data, track_array(several))
    track.dock.panel.still_box.setChecked(True)
    np.testing.assert_array_equal(tracks.data, track_array(several, corrected=True))
    assert tracks.name == "squares tracks without drift"
    from specks.ui.results import is_material

    assert not is_material(tracks), "layers that are held still must not be moved along"
    track.dock.panel.still_box.setChecked(False)
    assert tracks.name == "squares tracks"
    assert is_material(tracks)


def test_a_drift_that_was_corrected_makes_the_links_stale(track, drift) -> None:
    drift(track.layer)
    track.run()
    assert not track.dock.stale
    from dataclasses import replace

    from specks._core.provenance import Provenance
    from specks.ui.request import Finished
    from specks.ui.shelf import shelf_of

    shelf = shelf_of(track.viewer)
    request, finished = shelf.get(track.layer, "estimate_drift")
    shelf.put(request, Finished(replace(finished.result), Provenance()))
    assert track.dock.stale


# Files -----------------------------------------------------------------------------------------


def test_tracks_are_written_for_other_programs(track, tmp_path) -> None:
    import specks
    from specks.io import read_table, read_track_data

    track.dock.hand.log.add("link_draw", **OVER_THE_GAP)
    track.run()
    dock = track.dock
    names = {export.suggested: export for export in dock.carry_on.exports}
    assert {"tracks.csv", "track-summary.csv", "trackpy.csv", "tracks.geff", "track-data.json"} <= set(names)
    assert "parents.csv" not in names
    for name, export in names.items():
        dock.carry_on.write(export, tmp_path / name)
        track.settle()
        assert dock.progress.message.text() == f"Written to {tmp_path / name}"
    loaded = specks.Links.load(tmp_path / "tracks.csv")
    pd.testing.assert_frame_equal(loaded.table, dock.result.table, check_exact=True)
    assert loaded.corrections.records == dock.hand.corrections.records
    assert len(read_table(tmp_path / "track-summary.csv")) == 3
    assert len(read_track_data(tmp_path / "track-data.json").points) == 24
    trackpy = pd.read_csv(tmp_path / "trackpy.csv")
    assert {"frame", "particle", "y", "x"} <= set(trackpy)
    import zarr

    geff = zarr.open(tmp_path / "tracks.geff", mode="r")
    assert geff["nodes/ids"].shape == (23,)
    assert geff["edges/ids"].shape == (20, 2)
    dock.carry_on.write(names["tracks.csv"], tmp_path / "tracks.parquet")
    track.settle()
    pd.testing.assert_frame_equal(
        specks.Links.load(tmp_path / "tracks.parquet").table, dock.result.table, check_exact=True
    )


def test_a_recipe_has_the_steps_before(track, drift, tmp_path) -> None:
    from specks.recipe import load_recipe

    drift(track.layer)
    track.run()
    track.dock.carry_on.record(tmp_path / "recipe.yaml")
    recipe = load_recipe(tmp_path / "recipe.yaml")
    assert [step.step for step in recipe.steps] == [
        *("measure_objects", "estimate_drift", "correct_positions", "link"),
    ]
    assert recipe.steps[2].inputs == {"table": "measure_objects.table", "drift": "estimate_drift.drift"}
    track.dock.carry_on.record(tmp_path / "recipe.yaml")
    steps = load_recipe(tmp_path / "recipe.yaml").steps
    assert [step.name for step in steps][4:] == ["link_2"], "what is there is not done again"
    assert Corrections() == recipe.steps[3].corrections
